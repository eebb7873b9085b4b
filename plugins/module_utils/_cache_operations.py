# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: reversible key-level operations since the file was last in the other mode. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One change of one key."""


@dataclass(frozen=True)
class Journal:
    """What must be undone to bring the file back to ``from_mode``. Holds no secret."""

    from_mode: str
    to_mode: str
    operations: tuple

    def to_dict(self):
        """Return the journal as plain data (format version 1)."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data):
        """Return the journal in plain data. Raises JournalError."""
        raise NotImplementedError
