# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a section of config.yaml should hold, without text or positions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from .._yaml.scalar import flow_token
from .keys import NODE_KEYS, NUMBER_OR_TEXT_KEYS
from .public_values import environment_name
from .secret_values import secrets_of_model

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Wanted:
    """A key that should have ``value``; with ``default`` only where the key is absent.

    ``secret`` tells that the value is a literal secret. With ``reference_stays`` a reference to a variable stays what it is:
    what it leads to is the deployment's own choice.
    """

    key: str
    value: Any
    default: bool = False
    secret: bool = False
    reference_stays: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the value is a number; a boolean is none."""
        return isinstance(self.value, (int, float)) and not isinstance(self.value, bool)

    def same_as(self, current: Any) -> bool:
        """Whether LiteLLM makes the same of ``current`` as of the wanted value."""
        if isinstance(self.value, bool) or isinstance(current, bool):
            return current is self.value
        if self.key in NODE_KEYS:
            return _servers_in(current) == _servers_in(self.value)
        if isinstance(self.value, list):
            return isinstance(current, list) and sorted(map(str, current)) == sorted(self.value)
        if self.is_number and isinstance(current, str):
            return self.key in NUMBER_OR_TEXT_KEYS and current.strip() == str(self.value)
        return isinstance(self.value, str) == isinstance(current, str) and current == self.value

    def met_by(self, model: dict) -> bool:
        """Whether a section that loads as ``model`` needs no change for this key."""
        if self.key not in model:
            return False
        if self.reference_stays and environment_name(model[self.key]):
            return True
        return self.default and model[self.key] is not None or self.same_as(model[self.key])


def _servers_in(nodes: Any) -> Any:
    """The servers of a list of mappings or of pairs, in any order; what is neither stays as it is."""
    try:
        pairs = [(node["host"], node["port"]) if isinstance(node, dict) else tuple(node) for node in nodes]
        return {(str(host), str(port)) for host, port in pairs}
    except (TypeError, ValueError, KeyError):
        return nodes


@dataclass(frozen=True)
class SectionTarget:
    """What a section should hold. ``wanted`` holds Wanted and, for sections inside, SectionTarget objects.

    ``order`` is the order of the keys where they must be made.
    """

    key: str
    wanted: tuple = ()
    unwanted: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    @property
    def value(self) -> dict:
        """What the section would load as if it held nothing else."""
        return {item.key: item.value for item in self.wanted}

    def met_by(self, model: dict) -> bool:
        """Whether a parent that loads as ``model`` needs no change for this section."""
        section = model.get(self.key)
        return (
            isinstance(section, dict)
            and not any(key in section for key in self.unwanted)
            and all(item.met_by(section) for item in self.wanted)
        )

    def keeping(self, hidden: Any) -> SectionTarget:
        """This target with what ``hidden`` holds besides, so that a section written anew in its place loses nothing.

        :param hidden: what the section loads as now.
        :raises ValueError: a key or a value in it has no form on one line.
        """
        if not isinstance(hidden, dict):
            raise ValueError("no mapping")
        wanted = [_kept_in(item, hidden) for item in self.wanted]
        named = {*self.unwanted, *(item.key for item in wanted)}
        kept = [_kept(key, value) for key, value in hidden.items() if key not in named]
        places = {key: place for place, key in enumerate(self.order)}
        return replace(self, wanted=tuple(sorted(wanted + kept, key=lambda item: places.get(item.key, len(places)))))


def _kept_in(item: Wanted | SectionTarget, hidden: dict) -> Wanted | SectionTarget:
    """What is wanted in the place of ``hidden``, with the values there that already are what is wanted."""
    if isinstance(item, SectionTarget):
        return item.keeping(hidden[item.key]) if hidden.get(item.key) else item
    return _kept(item.key, hidden[item.key]) if item.met_by(hidden) else item


def _kept(key: Any, value: Any) -> Wanted | SectionTarget:
    """A setting to be written as it is.

    :raises ValueError: it has no form on one line.
    """
    if not _is_plain(key):
        raise ValueError("an odd key")
    if isinstance(value, dict) and value and all(map(_is_plain, value)):
        return SectionTarget(key).keeping(value)
    flow_token(value)
    return Wanted(key, value, secret=bool(secrets_of_model({key: value})))


def _is_plain(key: Any) -> bool:
    return isinstance(key, str) and bool(_PLAIN_KEY.match(key))


@dataclass(frozen=True)
class CacheTarget:
    """The sections as they should be, and what the operator should know about that."""

    sections: tuple[SectionTarget, ...]
    findings: tuple[dict, ...] = ()
