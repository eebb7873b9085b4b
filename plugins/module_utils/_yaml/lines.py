# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a text, counted as editors count them.

PyYAML also ends a line at NEL, LS and PS, and ``str.splitlines`` at even more characters. Editors, and therefore the line
numbers in our messages, know ``\\n`` alone (a ``\\r`` before it belongs to the end of the line).
"""

from __future__ import annotations

import re
from bisect import bisect_right


class LineTable:
    """Start and end of every line of a text. Lines count from 0 here, from 1 in messages."""

    def __init__(self, text: str) -> None:
        self.text = text
        starts = [0] + [match.end() for match in re.finditer("\n", text)]
        if starts[-1] == len(text):
            starts.pop()
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts)

    def at(self, index: int) -> int:
        """Line that holds the character at ``index``."""
        return max(bisect_right(self._starts, index) - 1, 0)

    def start(self, line: int) -> int:
        """Index of the first character of ``line``; the end of the text for the line after the last."""
        return self._starts[line] if line < len(self._starts) else len(self.text)

    def end(self, line: int) -> int:
        """Index behind the last character of ``line``, its line end not counted."""
        return self.start(line + 1) - len(self.line_end(line))

    def content(self, line: int) -> str:
        """Text of ``line`` without its line end."""
        return self.text[self.start(line) : self.end(line)]

    def contents(self, first: int, last: int) -> list[str]:
        """Texts of the lines from ``first`` to ``last``, both included."""
        return [self.content(line) for line in range(first, last + 1)]

    def line_end(self, line: int) -> str:
        """The characters that end ``line``: CR LF, LF, or nothing at the end of the text."""
        stop = self.start(line + 1)
        if self.text.endswith("\r\n", 0, stop):
            return "\r\n"
        return "\n" if self.text.endswith("\n", 0, stop) else ""

    def line_end_near(self, line: int) -> str:
        """Line end for a new line put before ``line``: that of its neighbour above, else below, else LF."""
        for neighbour in (line - 1, line):
            if 0 <= neighbour < len(self) and self.line_end(neighbour):
                return self.line_end(neighbour)
        return "\r\n" if "\r\n" in self.text else "\n"

    @property
    def ends_open(self) -> bool:
        """Whether the last line has no line end."""
        return bool(self.text) and not self.text.endswith("\n")
