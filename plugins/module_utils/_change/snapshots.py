# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The snapshots of a state directory: the exact bytes before a change, by numbers that are never given twice.

Standard library only: the guard uses it too. What is written here is written only while the state is locked.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .state_directory import JOURNAL, SNAPSHOTS, DamagedStateError, StateDirectory, StateError

#: Beside the snapshots: the highest number that was ever given, and of which file each is.
INDEX = f"{SNAPSHOTS}/index.json"


@dataclass(frozen=True)
class Index:
    """What is known of the snapshots besides their bytes.

    ``highest`` is the last number that was given, 0 for none; ``files`` is the path of the file, by number.
    """

    highest: int = 0
    files: dict[int, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, stored: Any) -> Index:
        """The index in plain data.

        :raises TypeError: it is none.
        """
        if not isinstance(stored, dict) or not isinstance(stored.get("highest"), int):
            raise TypeError("not an index")
        files = stored.get("files")
        if not isinstance(files, dict) or not all(name.isdigit() for name in files):
            raise TypeError("not an index")
        return cls(stored["highest"], {int(name): str(path) for name, path in files.items()})

    def to_dict(self) -> dict[str, Any]:
        """All of it, for the state directory."""
        return {"highest": self.highest, "files": {str(number): path for number, path in self.files.items()}}


class Snapshots:
    """The snapshots of one deployment."""

    def __init__(self, files: StateDirectory) -> None:
        self._files = files

    def numbers(self) -> list[int]:
        """Their numbers, oldest first."""
        names = (path.stem for path in (self._files.path / SNAPSHOTS).glob("*.yaml"))
        return sorted(int(name) for name in names if name.isdigit())

    def path(self, number: int) -> Path:
        """Where one is."""
        return self._files.path / SNAPSHOTS / f"{number:06d}.yaml"

    def time(self, number: int) -> float:
        """When one was taken, seconds since the epoch."""
        return self.path(number).stat().st_mtime

    def content(self, number: int) -> bytes:
        """The bytes of one.

        :raises StateError: there is none of that number, or it cannot be read.
        """
        try:
            return self.path(number).read_bytes()
        except FileNotFoundError:
            known = ", ".join(map(str, self.numbers())) or "none"
            raise StateError(f"there is no snapshot {number}, only: {known}", snapshot=number) from None
        except OSError as error:
            raise StateError(f"snapshot {number} cannot be read: {error.strerror}", snapshot=number) from None

    def text(self, number: int) -> str:
        """The text of one.

        :raises StateError: there is none of that number, or it is damaged.
        """
        try:
            return self.content(number).decode("utf-8")
        except UnicodeDecodeError:
            raise StateError(
                f"snapshot {number} is damaged, it is no text: drop it with litellm_cache_history_snapshots_keep, or move "
                f"{self.path(number)} away",
                snapshot=number,
            ) from None

    def journal(self, number: int) -> dict[str, Any] | None:
        """The journal that belongs to the bytes of one; None also where it is damaged."""
        return self._mapping(str(self._journal_path(number)))

    def take(self, content: bytes, config_path: str) -> int:
        """Keep the bytes before a change, with the journal that belongs to them.

        What the newest one holds already is not kept again: changes that are refused push nothing out.

        :param config_path: the file whose bytes these are.
        :returns: the snapshot's number.
        :raises StateError: it cannot be written.
        """
        numbers, index, journal = self.numbers(), self._index(), self._mapping(JOURNAL)
        if numbers and self._holds(numbers[-1], content, journal) and index.files.get(numbers[-1]) == config_path:
            return numbers[-1]
        number = max([index.highest, *numbers, *self._numbers_of_history()]) + 1
        files = {known: index.files[known] for known in numbers if known in index.files}
        self._files.store(INDEX, Index(number, {**files, number: config_path}).to_dict())
        try:
            if journal is not None:
                self._files.store(str(self._journal_path(number)), journal)
            self._files.write(self.path(number), content)
        except StateError:
            with contextlib.suppress(StateError):
                self.drop(number)
            raise
        return number

    def file(self, number: int) -> str | None:
        """Path of the file whose bytes one holds; None where that was not noted."""
        return self._index().files.get(number)

    def require_file(self, number: int, config_path: str) -> None:
        """Check that one holds bytes of a config file, and not of another one.

        :raises StateError: it does not, or that is not known.
        """
        file = self.file(number) if number in self.numbers() else config_path
        if file != config_path:
            told = f"is of {file}" if file else "does not tell of which file it is, an earlier version took it"
            raise StateError(
                f"snapshot {number} {told}, so it does not take the place of {config_path}. Compare them with "
                f"litellm_cache_history_compare=[{number}, 0]; where it is the right one, copy {self.path(number)} over it",
                snapshot=number,
            )

    def drop(self, number: int) -> None:
        """Remove one.

        :raises StateError: it cannot be removed.
        """
        for path in (self.path(number), self._journal_path(number)):
            self._files.remove(str(path))

    def purge(self, keep: int) -> list[int]:
        """Remove the oldest.

        :param keep: how many stay.
        :returns: the numbers of those removed.
        :raises StateError: one cannot be removed.
        """
        numbers = self.numbers()
        dropped = numbers[: len(numbers) - keep] if keep < len(numbers) else []
        for number in dropped:
            self.drop(number)
        return dropped

    def _journal_path(self, number: int) -> Path:
        return self.path(number).with_suffix(".journal.json")

    def _holds(self, number: int, content: bytes, journal: dict[str, Any] | None) -> bool:
        with contextlib.suppress(StateError):
            return self.content(number) == content and self.journal(number) == journal
        return False

    def _index(self) -> Index:
        try:
            stored = self._files.load(INDEX)
            return Index.from_dict(stored) if stored is not None else Index()
        except (DamagedStateError, TypeError):
            return Index()

    def _mapping(self, name: str) -> dict[str, Any] | None:
        """A JSON object; None where there is none, or a damaged one."""
        try:
            stored = self._files.load(name)
        except DamagedStateError:
            return None
        return stored if isinstance(stored, dict) else None

    def _numbers_of_history(self) -> list[int]:
        """The numbers that the history names, where an index was lost or never written."""
        given = [record.get("snapshot") for record in self._files.history().records]
        return [number for number in given if isinstance(number, int)]
