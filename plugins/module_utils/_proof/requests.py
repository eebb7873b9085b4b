# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirming requests: which model, with which key, sent to which instances."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instances import Instance
from .._errors import LitellmCacheError, OptionError

#: How often a request is repeated until its answer is a hit; LiteLLM stores an answer after it was sent.
REPEAT_AT_MOST = 3


class RoundtripError(LitellmCacheError):
    """The cache does not do what was to be proved."""


@dataclass(frozen=True)
class Requests:
    """How the confirming requests are sent.

    ``key`` is a literal LiteLLM key, ``key_variable`` the name of the proxy's variable that holds it; None for
    the proxy's own. ``timeout`` is in seconds. ``use_cache`` asks for the cache in so many words, which
    ``cache_params.mode: default_off`` needs.
    """

    model: str
    timeout: int
    key: str | None = None
    key_variable: str | None = None
    use_cache: bool = False

    @classmethod
    def from_options(cls, params: dict[str, Any], cache: dict[str, Any]) -> Requests:
        """The requests that prove a configuration.

        :param params: options of a module with the bundle of requests.
        :param cache: what describe_cache tells of the configuration.
        :raises OptionError: no model is known, its answers are not cached, or the key file cannot be read.
        """
        model = params["test_model"] or cache["test_model"]
        if not model:
            raise OptionError(
                "test_model",
                "the file's model_list has no chat model without a wildcard to prove the cache with: set "
                "litellm_cache_test_model to a model that the proxy serves",
            )
        call_types = cache["supported_call_types"]
        if isinstance(call_types, list) and "acompletion" not in call_types:
            raise OptionError(
                "supported_call_types",
                "supported_call_types leaves out acompletion, so no chat answer is cached and nothing can be proved by "
                "one: add it in litellm_cache_supported_call_types",
            )
        key = params["master_key"] or None
        if params["master_key_file"]:
            try:
                key = Path(params["master_key_file"]).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise OptionError(
                    "master_key_file", f"{params['master_key_file']} cannot be read: {error.strerror}"
                ) from None
        use_cache = cache["request_mode"] == "default_off"
        return cls(model, params["request_timeout"], key, params["master_key_env"] or None, use_cache)

    def chat(
        self, deployment: Deployment, instance: Instance, prompts: list[str], **request: Any
    ) -> list[dict[str, Any]]:
        """Send requests to one instance over one connection.

        :param request: further arguments of :meth:`InstanceClient.chat`.
        :returns: the answers.
        :raises InstanceError: the instance cannot be asked.
        """
        return deployment.client(instance).chat(
            prompts,
            self.timeout,
            model=self.model,
            key=self.key,
            key_variable=self.key_variable,
            use_cache=self.use_cache,
            **request,
        )

    def ask(self, deployment: Deployment, instance: Instance, prompt: str, **request: Any) -> dict[str, Any]:
        """Send one request; see :meth:`chat`.

        :returns: the answer.
        """
        return self.chat(deployment, instance, [prompt], **request)[0]


def answering(deployment: Deployment) -> list[Instance]:
    """The instances that run.

    :raises RoundtripError: none does.
    """
    running = list(deployment.running())
    if not running:
        raise RoundtripError(
            "no instance runs that could be asked. To get a proxy back that does not start, run the playbook "
            "erni_ki.litellm.rollback_local"
        )
    return running


def repeats(answers: list[dict[str, Any]]) -> bool:
    """Whether the last answer is one that was given before: a hit."""
    last = answers[-1]
    return last["status"] == 200 and last["id"] in [answer["id"] for answer in answers[:-1]]
