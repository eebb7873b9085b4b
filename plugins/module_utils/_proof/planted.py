# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that were planted in Redis: only an instance that reads there can give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .._deployment.instances import Instance


def planted_prompt(run: str, instance: Instance) -> str:
    """What the planted request of one instance says."""
    return f"erni_ki.litellm planted request {run} for {instance.name}"


def planted_id(run: str, instance: Instance) -> str:
    """Identifier of the planted answer of one instance."""
    return f"erni-ki-plant-{run}-{instance.name}"


def written_prompt(run: str) -> str:
    """What the request of the write path says."""
    return f"erni_ki.litellm written request {run}"


def foreign_id(run: str) -> str:
    """Identifier of the answer to the request of the write path that is planted under another namespace."""
    return f"erni-ki-foreign-{run}"


def keys_of(plants: Iterable[dict[str, Any]]) -> list[str]:
    """The keys of planted answers."""
    return [key for plant in plants for key in plant["keys"]]


@dataclass(frozen=True)
class Planted:
    """The entries of one run in Redis.

    ``plants`` are the planted answers, each with its ``answer_id``, ``seen_as`` (the id that its answer will have) and
    ``keys``; ``written_keys`` those under which the answer to the request of the write path will be stored, and
    ``foreign_keys`` those of another namespace under which one to it lies already; ``model`` and ``kind`` those of the
    requests. ``ping_key`` is the key of the entry that the proxy's own client leaves when it is
    pinged. ``why_not`` tells why nothing was planted, None where something was.
    """

    plants: tuple[dict[str, Any], ...] = ()
    written_keys: tuple[str, ...] = ()
    model: str | None = None
    kind: str | None = None
    ping_key: str | None = None
    why_not: str | None = None
    foreign_keys: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Planted:
        """From the answer of a probe, or from what a module returned; further entries are ignored."""
        return cls(
            plants=tuple(told.get("plants") or ()),
            written_keys=tuple(told.get("written_keys") or ()),
            foreign_keys=tuple(told.get("foreign_keys") or ()),
            model=told.get("model"),
            kind=told.get("kind"),
            ping_key=told.get("ping_key"),
            why_not=told.get("why_not"),
        )

    def to_dict(self) -> dict[str, Any]:
        """As modules return it, with the keys of all of them."""
        return dict(asdict(self), keys=self.keys)

    @property
    def keys(self) -> list[str]:
        """The keys of all of them."""
        return [*keys_of(self.plants), *self.written_keys, *self.foreign_keys]

    def of(self, answer_id: str) -> dict[str, Any] | None:
        """One planted answer, None where it is none."""
        return next((plant for plant in self.plants if plant["answer_id"] == answer_id), None)
