# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves a configuration inside an instance, and plants answers in Redis that each instance must give later.

An answer that nobody ever asked for, given by an instance, can only have come from Redis.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._errors import LitellmCacheError
from .findings import REFUSING_CODES, findings_of
from .planted import planted_id, planted_prompt, written_prompt
from .requests import Requests, RoundtripError, answering


@dataclass(frozen=True)
class Probe:
    """The proof of a configuration inside the first instance that runs.

    :param text: the configuration. It goes into the container with the order, because an instance that was not
        restarted still sees the file of before.
    :param form: how it says where Redis is, as describe_cache tells.
    :param run: name of the run; it makes the requests unique and lets two tasks agree on them.
    """

    deployment: Deployment
    text: str
    form: str | None
    run: str

    def make(
        self,
        requests: Requests | None,
        ttl: int,
        refuse: bool,
        more: Iterable[dict[str, Any]] = (),
        foreign: str | None = None,
    ) -> dict[str, Any]:
        """Prove it, and plant one answer for each instance.

        :param requests: those that will harvest the answers, None to plant nothing.
        :param ttl: seconds that the planted entries live.
        :param refuse: whether nothing is planted where a wanted value would not be effective.
        :param more: further answers to plant, as ``_inside.probe.probe`` takes them.
        :param foreign: id of an answer to the request of the write path that is planted under another namespace.
        :returns: what was observed, that of :class:`Planted`, ``findings``, and ``instance``.
        :raises RoundtripError: no instance runs, Redis does not work, or LiteLLM would not start.
        """
        instance = answering(self.deployment)[0]
        plants = [
            {"prompt": planted_prompt(self.run, one), "answer_id": planted_id(self.run, one)}
            for one in self.deployment.instances
        ]
        try:
            answer = self.deployment.client(instance).probe(
                self.text,
                model=requests.model if requests else None,
                kind=requests.kind if requests else None,
                user=requests.user if requests else None,
                **(requests.of_key if requests else {}),
                plants=plants,
                written=written_prompt(self.run),
                ttl=ttl,
                more=list(more),
                foreign=foreign,
                refused_by=REFUSING_CODES if refuse else (),
            )
        except InstanceError as error:
            raise RoundtripError(explained(error), **error.context) from None
        if requests is not None:
            answer.update(model=requests.model, kind=requests.kind, why_not=requests.why_not)
        return dict(answer, findings=findings_of(answer, self.form), instance=instance.name)


def explained(error: LitellmCacheError) -> str:
    """Why an instance refused a candidate, with the way out where it told what is at fault."""
    variable = error.context.get("variable")
    if variable:
        return f"{error}. The proxy's environment variable {variable} does it: do not export it to the proxy"
    if error.context.get("where") == "router" and error.context.get("setting"):
        return f"{error}. Remove {error.context['setting']} from router_settings.cache_kwargs"
    return str(error)
