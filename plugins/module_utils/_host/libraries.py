# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which libraries the modules need on a managed host, and in which version. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: The oldest Python of a managed host.
OLDEST_PYTHON = (3, 9)
_NUMBERS = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*)")


@dataclass(frozen=True)
class Library:
    """A library of Python.

    :param name: of the module that is imported.
    :param project: as its users call it.
    :param requirement: as pip takes it.
    :param lowest: the oldest version that serves.
    :param use: what needs it.
    """

    name: str
    project: str
    requirement: str
    lowest: tuple[int, ...]
    use: str

    @property
    def lowest_in_words(self) -> str:
        """The oldest version that serves, as it is written."""
        return ".".join(str(number) for number in self.lowest)

    def served_by(self, version: str | None) -> bool:
        """Whether a version serves; one that is no number is believed.

        :param version: None for none at all.
        """
        if version is None:
            return False
        numbers = numbers_of(version)
        return not numbers or numbers >= self.lowest


LIBRARIES = (
    Library("yaml", "PyYAML", "PyYAML>=5.4", (5, 4), "every playbook"),
    Library("redis", "redis-py", "redis>=4.3", (4, 3), "flush_cache, and the look of verify into Redis"),
)


def numbers_of(version: str) -> tuple[int, ...]:
    """The numbers of a version of a library or of a package, without the epoch and the revision of the package."""
    found = _NUMBERS.match(version)
    return tuple(int(number) for number in found.group(1).split(".")) if found else ()


def lacking(versions: Mapping[str, str | None]) -> list[Library]:
    """The libraries that are missing or too old.

    :param versions: by name of the module that is imported.
    """
    return [library for library in LIBRARIES if not library.served_by(versions.get(library.name))]
