# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirming requests: which model, with which key, sent to which instances."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instances import Instance
from .._errors import LitellmCacheError, OptionError
from .._inside.kinds import CALLS, CHAT, EMBEDDING, is_given_again
from .access import REFUSED, Access
from .planted import Planted

#: How often a request is repeated until its answer is a hit; LiteLLM stores an answer after it was sent.
REPEAT_AT_MOST = 3


class RoundtripError(LitellmCacheError):
    """The cache does not do what was to be proved."""


@dataclass(frozen=True)
class Requests:
    """How the confirming requests are sent.

    ``kind`` is chat or embedding. ``model`` is None where no request can show a hit, and ``why_not`` tells the reason;
    ``refused`` is true where it is that the proxy would not answer. ``key`` is a literal LiteLLM key, ``key_variable`` the
    name of the proxy's variable that holds it; None for the proxy's own. ``key_header`` is where the proxy looks
    for a key of who asks it from outside, see :class:`Access`. ``timeout`` is in seconds. ``user`` is the end
    user that requests name. ``use_cache`` asks for the cache in so many words, which ``cache_params.mode: default_off``
    needs. ``sent`` are the answers so far.
    """

    model: str | None
    timeout: int
    kind: str = CHAT
    key: str | None = None
    key_variable: str | None = None
    key_header: str | None = None
    user: str | None = None
    use_cache: bool = False
    why_not: str | None = None
    refused: bool = False
    sent: list[dict[str, Any]] = field(default_factory=list, compare=False)

    @classmethod
    def from_options(cls, params: dict[str, Any], cache: dict[str, Any], access: Access) -> Requests:
        """The requests that can show a hit under a configuration.

        :param params: options of a module with the bundle of requests.
        :param cache: what describe_cache tells of the configuration.
        :param access: what the proxy lets the key ask for.
        :raises OptionError: the key file cannot be read.
        """
        user = params["test_user"] or None
        problem = access.problem(user)
        model, kind, reason = (None, CHAT, problem) if problem else _model_of(params["test_model"], cache, access)
        return cls(
            model,
            params["request_timeout"],
            kind,
            user=user,
            use_cache=cache["request_mode"] == "default_off",
            why_not=reason,
            refused=problem is not None,
            key_header=access.key_header,
            **key_of(params),
        )

    def planted(self, planted: Planted) -> Requests:
        """The requests that harvest what was planted."""
        return replace(self, model=planted.model, kind=planted.kind or CHAT)

    @property
    def of_key(self) -> dict[str, Any]:
        """The key, as the operations of the program inside take it."""
        return {"key": self.key, "key_variable": self.key_variable}

    def send(
        self, deployment: Deployment, instance: Instance, prompts: list[str], **request: Any
    ) -> list[dict[str, Any]]:
        """Send requests to one instance over one connection.

        :param request: further arguments of :meth:`InstanceClient.ask`.
        :returns: the answers.
        :raises InstanceError: the instance cannot be asked, or does not answer.
        """
        answers = deployment.client(instance).ask(timeout=self.timeout, **self.conversation(prompts, **request))
        self.sent.extend(answers)
        return answers

    def conversation(self, prompts: list[str], **request: Any) -> dict[str, Any]:
        """Requests over one connection, as :meth:`InstanceClient.ask` takes them, but for the timeout."""
        return dict(
            request,
            prompts=prompts,
            model=self.model,
            kind=self.kind,
            user=self.user,
            use_cache=self.use_cache,
            **self.of_key,
        )

    def ask(self, deployment: Deployment, instance: Instance, prompt: str, **request: Any) -> dict[str, Any]:
        """Send one request; see :meth:`send`.

        :returns: the answer.
        """
        return self.send(deployment, instance, [prompt], **request)[0]


def key_of(params: dict[str, Any]) -> dict[str, Any]:
    """The key that the options name, as the operations of the program inside take it.

    :param params: options of a module with the bundle of requests.
    :returns: ``key`` and ``key_variable``.
    :raises OptionError: the key file cannot be read.
    """
    key = params["master_key"] or None
    if params["master_key_file"]:
        try:
            key = Path(params["master_key_file"]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise OptionError("master_key_file", f"{params['master_key_file']} cannot be read: {reason}") from None
    return {"key": key, "key_variable": params["master_key_env"] or None}


def _model_of(wanted: str | None, cache: dict[str, Any], access: Access) -> tuple[str | None, str, str | None]:
    """Model and kind of the requests, or None and why no request can show a hit.

    Nobody is to cache what he does not want cached: a kind whose answers are not cached shows nothing.
    """
    call_types = cache["supported_call_types"]
    kinds = [kind for kind in (CHAT, EMBEDDING) if is_cached(kind, call_types)]
    if not kinds:
        return None, CHAT, "supported_call_types has neither acompletion nor aembedding, so no answer is cached"
    if wanted:
        kind = access.kind_of(wanted)
        if kind in kinds:
            return wanted, kind, None
        return (
            None,
            kind,
            f"supported_call_types leaves out {CALLS[kind]}, so no answer of litellm_cache_test_model is cached",
        )
    for kind in kinds:
        model = cache["test_model"] if kind == CHAT and cache["test_model"] else access.first(kind)
        if model:
            return model, kind, None
    served = " or ".join(kinds)
    return (
        None,
        CHAT,
        f"no {served} model is known whose answers are cached: set litellm_cache_test_model to one that the proxy serves",
    )


def is_cached(kind: str, call_types: object) -> bool:
    """Whether answers of a kind are cached.

    :param call_types: ``supported_call_types`` of the file; where it names none, LiteLLM caches all of them.
    """
    return not isinstance(call_types, list) or CALLS[kind] in call_types


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


def failure_of(answer: dict[str, Any]) -> str | None:
    """Why an answer is none, None where it is one.

    The status tells of the proxy or of what is behind it; only the two of a key tell which.
    """
    status = answer["status"]
    if status == 200:
        return None
    if status in REFUSED:
        return f"the proxy answers {status} to this key"
    return f"the request to the model {answer['model']} ends with status {status}, from the proxy or from the upstream"


def repeats(answers: list[dict[str, Any]]) -> bool:
    """Whether the last answer is one that was given before: a hit.

    Embeddings are alike without a cache. Of them it is one where LiteLLM tells those of a model from those that are none.
    """
    *before, last = answers
    told_apart = last["computed"] is None or any(answer["computed"] for answer in before)
    return told_apart and is_given_again(last, [answer["id"] for answer in before])
