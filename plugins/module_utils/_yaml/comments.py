# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that stand in config.yaml as comments.

Three manners are known: ``  # key: value`` with the hash at the key's own column, ``#   key: value`` with the hash at the
column of the parent and the key's inner indentation behind it, and ``#  key: value`` with the hash put in front of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .document import load_yaml, yaml
from .lines import LineTable
from .section import EMPTY, EMPTY_TOKEN, Section

_COMMENT = re.compile(r"(?P<indent> *)(?P<hashes>#+)(?P<gap> *)(?P<rest>[^\s#].*)\Z")
_KEY = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_]*) *:(?P<value> .*|)\Z")


@dataclass(frozen=True)
class CommentLine:
    """A line that is a comment alone."""

    line: int
    indent: int
    prefix: str
    rest: str

    @property
    def key(self) -> str | None:
        """The key that the comment would be if it were live, or None."""
        match = _KEY.match(self.rest)
        return match.group("key") if match else None

    @property
    def opens_block(self) -> bool:
        """Whether the comment looks like ``# key:`` without a value."""
        match = _KEY.match(self.rest)
        return match is not None and not match.group("value").split(" #")[0].strip()

    @property
    def gap(self) -> int:
        """Number of blanks between the hash and the text."""
        return len(self.prefix) - len(self.prefix.rstrip(" "))

    def is_deeper_than(self, column: int) -> bool:
        """Whether the comment, made live, would be part of a value whose key stands at ``column``."""
        return self.indent > column or (self.indent == column and self.gap > 1)


@dataclass(frozen=True)
class CommentedEntry:
    """A key with its value that stands as a comment; ``value`` is what it would load as.

    ``prefixes`` are what stands before the text of each line, ``contents`` the lines as they would be when live.
    """

    key: str
    first_line: int
    prefixes: tuple[str, ...]
    contents: tuple[str, ...]
    value: Any

    @property
    def last_line(self) -> int:
        """Last line of the entry."""
        return self.first_line + len(self.prefixes) - 1


def comment_line(lines: LineTable, line: int) -> CommentLine | None:
    """The CommentLine on ``line``, or None when it is anything else."""
    match = _COMMENT.match(lines.content(line))
    if not match:
        return None
    prefix = match.group("indent") + match.group("hashes") + match.group("gap")
    return CommentLine(line, len(match.group("indent")), prefix, match.group("rest"))


class SectionComments:
    """The commented keys of one section.

    ``column`` is where the section's keys stand or, in a section that holds only comments, would stand; ``entries`` are the
    CommentedEntry objects in the order of the file.
    """

    def __init__(self, section: Section) -> None:
        self._section = section
        self._lines = section.document.lines
        self.column = self._child_column()
        comments = self._comment_lines() if section.header else []
        self.entries = [entry for entry in map(self._entry, self._units(comments)) if entry]

    def of(self, key: str) -> list[CommentedEntry]:
        """The commented entries of ``key``."""
        return [entry for entry in self.entries if entry.key == key]

    def _child_column(self) -> int:
        section = self._section
        if section.state in (EMPTY, EMPTY_TOKEN):
            for line in range(section.own_entry.last_line + 1, section.limit):
                comment = comment_line(self._lines, line)
                if comment and comment.indent > section.own_entry.column:
                    return comment.indent
        return section.child_column

    def _lines_inside_values(self) -> set[int]:
        """Lines that continue a value begun on a line above: a comment there is none of this section, or no comment."""
        entries = self._section.entries
        return {line for entry in entries for line in range(entry.first_line + 1, entry.last_line + 1)}

    def _comment_lines(self) -> list[CommentLine]:
        """The comment lines of the section: those between its keys, and the run behind its last value."""
        section = self._section
        taken = self._lines_inside_values()
        inside = range(section.own_entry.first_line + 1, section.last_line + 1)
        comments = [comment_line(self._lines, line) for line in inside if line not in taken]
        return [comment for comment in comments if comment] + self._trailing_comments()

    def _trailing_comments(self) -> list[CommentLine]:
        section = self._section
        empty = section.state in (EMPTY, EMPTY_TOKEN)
        trailing = []
        for line in range(section.last_line + 1, section.limit):
            comment = comment_line(self._lines, line)
            if comment is None:
                if empty and not self._lines.content(line).strip():
                    continue
                break
            if comment.indent < self.column and not (comment.indent and self._fits(comment)):
                break
            trailing.append(comment)
        return trailing

    def _fits(self, comment: CommentLine) -> bool:
        """Whether the comment, made live, would stand at the column of the section's keys."""
        if comment.indent == self.column:
            return comment.gap <= 1
        if comment.indent == self._section.header_column:
            return comment.indent + comment.gap - 1 == self.column
        return comment.indent == 0 and comment.gap == self.column

    def _units(self, comments: list[CommentLine]) -> list[list[CommentLine]]:
        """Group ``# key:`` with the deeper comment lines right below it; all others stand alone."""
        units = []
        for comment in comments:
            if units and self._continues(units[-1], comment):
                units[-1].append(comment)
            else:
                units.append([comment])
        return units

    @staticmethod
    def _continues(unit: list[CommentLine], comment: CommentLine) -> bool:
        opener = unit[0]
        deeper = len(comment.prefix) > len(opener.prefix)
        item = len(comment.prefix) == len(opener.prefix) and comment.rest.startswith("- ")
        return (
            opener.opens_block
            and comment.line == unit[-1].line + 1
            and comment.indent == opener.indent
            and (deeper or item)
        )

    def _entry(self, unit: list[CommentLine]) -> CommentedEntry | None:
        key = unit[0].key
        if key is None or not self._fits(unit[0]):
            return None
        base = len(unit[0].prefix)
        contents = tuple(" " * (self.column + len(comment.prefix) - base) + comment.rest for comment in unit)
        try:
            loaded = load_yaml("\n".join(contents))
        except (yaml.YAMLError, ValueError):
            return None
        if not isinstance(loaded, dict) or list(loaded) != [key] or loaded[key] is None:
            return None
        return CommentedEntry(key, unit[0].line, tuple(comment.prefix for comment in unit), contents, loaded[key])
