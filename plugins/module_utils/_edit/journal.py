# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: reversible key-level operations since the file was last in the other mode.

An operation knows how to find its lines again, by path, key and digest, and what stood there before. No secret is stored: an
inserted or uncommented line is known by its SHA-256, and only values on the allow-list keep their old token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from .._errors import JournalError

FORMAT_VERSION = 1

INSERT = "insert"  # the lines were not there
UNCOMMENT = "uncomment"  # the lines stood behind ``prefixes``
COMMENT = "comment"  # the lines were live
REPLACE = "replace"  # the value was ``old_token``
OPEN = "open"  # the section's key had ``old_token`` (null, ~ or {}) behind its colon
DELETE = "delete"  # a step of a plan only: what was inserted goes away again
_KINDS = frozenset((INSERT, UNCOMMENT, COMMENT, REPLACE, OPEN))


def digest_of(contents: Sequence[str]) -> str:
    """The SHA-256 of lines, their line ends not counted."""
    return hashlib.sha256("\n".join(contents).encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Operation:
    """One change of one key.

    ``digest`` is that of the lines as the operation left them, for REPLACE that of the new token alone. ``line_count`` is
    their number. ``container`` marks the header line of a mapping whose keys have operations of their own. ``twins`` is the
    number of comments above that read the same as what was commented out, ``gap`` that of empty lines inserted above.
    """

    kind: str
    path: tuple[str, ...]
    key: str
    digest: str
    line_count: int = 1
    prefixes: tuple[str, ...] = ()
    old_token: str | None = None
    container: bool = False
    twins: int = 0
    gap: int = 0

    @property
    def place(self) -> tuple[str, ...]:
        """The key with its path."""
        return self.path + (self.key,)

    @property
    def token_before(self) -> str:
        """The old token; '' when the operation has none."""
        return self.old_token or ""

    @property
    def name(self) -> str:
        """The key with its path as people write it."""
        return ".".join(self.place)


@dataclass(frozen=True)
class Journal:
    """What must be undone to bring the file from ``to_mode`` back to ``from_mode``. Holds no secret."""

    from_mode: str
    to_mode: str
    operations: tuple[Operation, ...]

    def to_dict(self) -> dict:
        """The journal as plain data (format version 1)."""
        return {
            "version": FORMAT_VERSION,
            "from_mode": self.from_mode,
            "to_mode": self.to_mode,
            "operations": [asdict(operation) for operation in self.operations],
        }

    @classmethod
    def from_dict(cls, data: Any) -> Journal:
        """The journal in plain data.

        :raises JournalError: it is none, or of another format.
        """
        if not isinstance(data, dict) or data.get("version") != FORMAT_VERSION:
            raise JournalError(f"the journal is not of format version {FORMAT_VERSION}")
        try:
            operations = tuple(_operation_of(item) for item in data["operations"])
            return cls(str(data["from_mode"]), str(data["to_mode"]), operations)
        except (KeyError, TypeError, ValueError) as error:
            raise JournalError("the journal is damaged") from error


def _operation_of(item: dict) -> Operation:
    """The Operation in plain data.

    :raises KeyError, TypeError, ValueError: it is none.
    """
    known = {field.name for field in fields(Operation)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in item.items() if name in known
    }
    operation = Operation(**values)
    if operation.kind not in _KINDS:
        raise ValueError(operation.kind)
    return operation


class Ledger:
    """The operations of a journal while a plan is made: by key, one for its live line and one for a commented one."""

    def __init__(self, operations=()):
        self._operations = {self._slot(operation): operation for operation in operations}

    @staticmethod
    def _slot(operation: Operation) -> tuple[tuple[str, ...], bool]:
        return operation.place, operation.kind == COMMENT

    def live(self, place: tuple[str, ...]) -> Operation | None:
        """The operation that made or changed the live line of ``place``, or None."""
        return self._operations.get((place, False))

    def commented(self, place: tuple[str, ...]) -> Operation | None:
        """The operation that commented out a line of ``place``, or None."""
        return self._operations.get((place, True))

    def below(self, place: tuple[str, ...]) -> list[Operation]:
        """The operations on the keys under ``place``."""
        return [operation for operation in self if operation.path == place]

    def put(self, operation: Operation) -> None:
        """Store ``operation`` in the place of an earlier one of its kind and key."""
        self._operations.pop(self._slot(operation), None)
        self._operations[self._slot(operation)] = operation

    def drop(self, operation: Operation) -> None:
        """Forget ``operation``."""
        self._operations.pop(self._slot(operation), None)

    def __iter__(self) -> Iterator[Operation]:
        return iter(list(self._operations.values()))
