# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image a service had before a pending change, and what the way back to it needs.

Standard library only: the guard reads it too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class ImageRecord:
    """The other image of a pending change.

    ``before`` and ``after`` are the references in the Compose files, ``image_id`` is the image that all containers had, empty
    where they had several. ``path`` is the file that names it, with the hashes of its bytes, and ``modified`` its modification
    time before, in nanoseconds. ``numbers`` are Compose's of the containers before, by their names. ``command`` is
    :class:`~.._deployment.compose_command.ComposeCommand` as a mapping.
    """

    service: str
    before: str
    after: str
    image_id: str
    path: str
    base_sha256: str
    candidate_sha256: str
    modified: int
    numbers: dict[str, int]
    command: dict[str, Any]

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> ImageRecord:
        """The record that :meth:`to_dict` gave.

        :raises TypeError: it is none.
        """
        if set(stored) != {one.name for one in fields(cls)}:
            raise TypeError("not a record: ImageRecord")
        return cls(**stored)

    def to_dict(self) -> dict[str, Any]:
        """All of it, for the record of the change."""
        return asdict(self)

    @property
    def way(self) -> dict[str, str]:
        """From which image to which, for the history."""
        return {"from": self.before, "to": self.after}


def repository_and_tag(reference: str) -> tuple[str, str] | None:
    """The parts of a reference by which an image can be named again; None where it names one by its content."""
    if "@" in reference:
        return None
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "latest")
