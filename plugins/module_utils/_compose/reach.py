# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of files reaches: every service that Compose would find changed, not only the one that it is meant for."""

from __future__ import annotations

import hashlib
import os.path
from collections.abc import Collection
from dataclasses import dataclass

from .document import Value
from .pieces import text_of
from .services import Layer, Layers, Project


@dataclass(frozen=True)
class Reach:
    """Whom a change reaches, sorted.

    :ivar services: those that are not what they were.
    :ivar environments: those of the other services that get all of a file that changed into their environment (``env_file``).
    :ivar sections: the top-level keys beside the services that are not what they were.
    """

    services: tuple[str, ...]
    environments: tuple[str, ...]
    sections: tuple[str, ...]

    def beyond(self, names: Collection[str]) -> tuple[str, ...]:
        """What it reaches beside these services and keys, in words."""
        environments = {name: f"{name} (by its env_file)" for name in self.environments}
        found = (*self.services, *self.environments, *self.sections)
        return tuple(environments.get(name, name) for name in found if name not in names)


def reached_by(before: Project, after: Project, changed: Collection[str]) -> Reach:
    """Whom a change of files reaches.

    A value that a higher layer hides counts as well: better one name too many than one too few.

    :param changed: real paths of the files that changed.
    """
    services = _changed(before.services, after.services)
    handed_on = {name for name, layers in after.services.items() if any(_hands_on(layer, changed) for layer in layers)}
    sections = _changed(before.sections, after.sections)
    return Reach(tuple(sorted(services)), tuple(sorted(handed_on - services)), tuple(sorted(sections)))


def _changed(before: Layers, after: Layers) -> set[str]:
    marks_before, marks_after = _marks_of(before), _marks_of(after)
    names = marks_before.keys() | marks_after.keys()
    return {name for name in names if marks_before.get(name) != marks_after.get(name)}


def _marks_of(layers: Layers) -> dict[str, list[str]]:
    return {name: [_Marks(layer).of(layer.value) for layer in of_name] for name, of_name in layers.items()}


class _Marks:
    """Marks of values: two values with the same mark read the same."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._known: dict[int, str] = {}

    def of(self, value: Value) -> str:
        """The mark of one."""
        known = self._known.get(id(value.node))
        if known is None:
            known = self._known[id(value.node)] = hashlib.sha256(
                self._content(value).encode("utf-8", "replace")
            ).hexdigest()
        return known

    def _content(self, value: Value) -> str:
        if value.is_scalar:
            return f"{value.node.tag} {self._layer.read(value)}{self._of_variable(value.node.value)}"
        if value.is_mapping:
            pairs = sorted(value.pairs().items())
            return "{" + ",".join(f"{self._key(key, item)}:{self.of(item)}" for key, item in pairs) + "}"
        return "[" + ",".join(self.of(item) for item in value.items()) + "]"

    def _key(self, key: str, item: Value) -> str:
        return repr(key) + (self._of_variable(key) if item.is_null else "")

    def _of_variable(self, name: str) -> str:
        """A variable's value where a name alone stands for it, as in a list of environment variables."""
        pieces = self._layer.environment.lookup(name)
        return "" if pieces is None else f"={text_of(pieces)}"


def _hands_on(layer: Layer, changed: Collection[str]) -> bool:
    """Whether a layer puts all variables of a file that changed into the service's environment."""
    named = layer.value.get("env_file")
    for entry in named.items() if named else []:
        value = entry.get("path") if entry.is_mapping else entry
        if value is not None and os.path.realpath(layer.path(value)) in changed:
            return True
    return False
