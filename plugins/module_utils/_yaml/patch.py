# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edits of a text by spans.

A patch collects what is to change, each change by its place in the original text, and is applied once. Everything outside
the spans is copied as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from .lines import LineTable


@dataclass(frozen=True)
class Splice:
    """The characters from ``start`` to ``end`` become ``new``."""

    start: int
    end: int
    new: str


def apply_splices(text: str, splices: list[Splice]) -> str:
    """Return ``text`` with the sorted, disjoint ``splices`` applied."""
    pieces = []
    position = 0
    for splice in splices:
        pieces += [text[position : splice.start], splice.new]
        position = splice.end
    pieces.append(text[position:])
    return "".join(pieces)


def inverse_splices(text: str, splices: list[Splice]) -> list[Splice]:
    """The splices that turn the patched text back into ``text``."""
    inverse = []
    shift = 0
    for splice in splices:
        start = splice.start + shift
        inverse.append(Splice(start, start + len(splice.new), text[splice.start : splice.end]))
        shift += len(splice.new) - (splice.end - splice.start)
    return inverse


def index_after(splices: list[Splice], index: int) -> int:
    """The place before ``index`` once ``splices`` are applied, in front of what is put there; inside a cut, where that is."""
    shift = 0
    for splice in splices:
        if splice.start >= index:
            break
        shift += len(splice.new) - (min(splice.end, index) - splice.start)
    return index + shift


def _depth(chunk: list[str]) -> int:
    """Column at which the first of some lines begins."""
    return len(chunk[0]) - len(chunk[0].lstrip(" "))


class TextPatch:
    """Changes of one text, addressed by index or by line."""

    def __init__(self, lines: LineTable) -> None:
        self._lines = lines
        self._splices = []
        self._insertions = {}
        self._deletions = set()

    @property
    def empty(self) -> bool:
        """Whether nothing is to change."""
        return not (self._splices or self._insertions or self._deletions)

    def replace(self, start: int, end: int, new: str) -> None:
        """Replace the characters from ``start`` to ``end``."""
        if self._lines.text[start:end] != new:
            self._splices.append(Splice(start, end, new))

    def insert_lines(self, line: int, contents: list[str]) -> None:
        """Put new lines before ``line``.

        Of several insertions in one place the deepest comes first, because it continues the innermost mapping above; those
        of the same depth keep the order of the calls.
        """
        self._insertions.setdefault(line, []).append(list(contents))

    def delete_lines(self, first: int, last: int) -> None:
        """Remove the lines from ``first`` to ``last``, both included."""
        self._deletions.update(range(first, last + 1))

    def splices(self) -> list[Splice]:
        """All changes as sorted, disjoint splices.

        :raises ValueError: two of them overlap.
        """
        insertions = self._insertion_splices()
        open_end = len(self._lines.text) if self._lines.ends_open else None
        # A new line goes before what is put at the beginning of the next one, but behind the last one that has no end.
        before = [splice for splice in insertions if splice.start != open_end]
        behind = [splice for splice in insertions if splice.start == open_end]
        splices = sorted(
            before + self._splices + behind + self._deletion_splices(),
            key=lambda splice: (splice.start, splice.end),
        )
        for earlier, later in zip(splices, splices[1:]):
            if later.start < earlier.end:
                raise ValueError(f"two changes overlap at index {later.start}")
        return splices

    def _open_tail(self) -> int | None:
        """First line of the deleted run at the end of a text without final line end, else None."""
        line = len(self._lines)
        if not self._lines.ends_open:
            return None
        while line - 1 in self._deletions:
            line -= 1
        return line if line < len(self._lines) else None

    def _insertion_splices(self) -> list[Splice]:
        tail = self._open_tail()
        gathered = {}
        for line in sorted(self._insertions):
            place = len(self._lines) if tail is not None and line >= tail else line
            gathered.setdefault(place, []).extend(self._insertions[line])
        return [self._insertion(line, chunks) for line, chunks in gathered.items()]

    def _insertion(self, line: int, chunks: list[list[str]]) -> Splice:
        contents = [content for chunk in sorted(chunks, key=_depth, reverse=True) for content in chunk]
        index = self._lines.start(line)
        line_end = self._lines.line_end_near(line)
        if line == len(self._lines) and self._lines.ends_open:
            return Splice(index, index, "".join(line_end + content for content in contents))
        return Splice(index, index, "".join(content + line_end for content in contents))

    def _deletion_splices(self) -> list[Splice]:
        tail = self._open_tail()
        splices = []
        for line in sorted(self._deletions):
            if tail is not None and line >= tail:
                continue
            splices.append(Splice(self._lines.start(line), self._lines.start(line + 1), ""))
        if tail is not None:
            start = self._lines.end(tail - 1) if tail else 0
            splices.append(Splice(start, len(self._lines.text), ""))
        return splices
