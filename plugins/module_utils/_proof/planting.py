# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves a configuration inside an instance, and plants answers in Redis that each instance must give later.

An answer that nobody ever asked for, given by an instance, can only have come from Redis.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._deployment.instances import Instance
from .findings import REFUSING_CODES, findings_of
from .requests import RoundtripError, answering


def planted_prompt(run: str, instance: Instance) -> str:
    """What the planted request of one instance says."""
    return f"erni_ki.litellm planted request {run} for {instance.name}"


def planted_id(run: str, instance: Instance) -> str:
    """Identifier of the planted answer of one instance."""
    return f"erni-ki-plant-{run}-{instance.name}"


def written_prompt(run: str) -> str:
    """What the request of the write path says."""
    return f"erni_ki.litellm written request {run}"


@dataclass(frozen=True)
class Planted:
    """The entries of one run in Redis.

    ``plants`` are the planted answers, each with its ``answer_id`` and ``keys``; ``written_keys`` those under which the
    answer to the request of the write path will be stored.
    """

    plants: tuple[dict[str, Any], ...] = ()
    written_keys: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Planted:
        """From the answer of a probe, or from what a module returned; further entries are ignored."""
        return cls(tuple(told.get("plants") or ()), tuple(told.get("written_keys") or ()))

    def to_dict(self) -> dict[str, Any]:
        """As modules return it, with the keys of all of them."""
        return dict(asdict(self), keys=self.keys)

    @property
    def keys(self) -> list[str]:
        """The keys of all of them."""
        return [key for plant in self.plants for key in plant["keys"]] + list(self.written_keys)

    def keys_of(self, answer_id: str) -> list[str]:
        """The keys of one planted answer."""
        return next((plant["keys"] for plant in self.plants if plant["answer_id"] == answer_id), [])


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

    def make(self, model: str | None, ttl: int | None, refuse: bool) -> dict[str, Any]:
        """Prove it, and plant one answer for each instance.

        :param model: that of the planted requests, None to plant nothing.
        :param ttl: seconds that the planted entries live.
        :param refuse: whether nothing is planted where a wanted value would not be effective.
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
                model=model,
                plants=plants,
                written=written_prompt(self.run),
                ttl=ttl if model is not None else None,
                refused_by=REFUSING_CODES if refuse else (),
            )
        except InstanceError as error:
            raise RoundtripError(explained(error), **error.context) from None
        return dict(answer, findings=findings_of(answer, self.form), instance=instance.name)


def explained(error: InstanceError) -> str:
    """Why an instance refused a candidate, with the way out where it told what is at fault."""
    variable = error.context.get("variable")
    if variable:
        return f"{error}. The proxy's environment variable {variable} does it: do not export it to the proxy"
    if error.context.get("where") == "router" and error.context.get("setting"):
        return f"{error}. Remove {error.context['setting']} from router_settings.cache_kwargs"
    return str(error)
