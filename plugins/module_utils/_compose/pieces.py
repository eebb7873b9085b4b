# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a value of Compose's is made of: pieces, each with the place that it was written at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .._errors import LitellmCacheError
from .._yaml.document import split_byte_order_mark
from .._yaml.lines import LineTable

COMPOSE = "compose"  # written in a Compose file
DEFAULT = "default"  # written in a file as what a variable without a value becomes
VARIABLE = "variable"  # written in an environment file, as the value of a variable
SHELL = "shell"  # a variable of the environment that Compose runs in
UNSET = "unset"  # a variable that has no value anywhere


class ComposeError(LitellmCacheError):
    """The image of a service cannot be found or changed; the context has ``path`` and ``line`` (from 1) where there are such.

    :param message: what is wrong, and how to mend it; without any value of a variable.
    :param path: the file in question.
    """

    def __init__(self, message: str, path: str = "", line: int | None = None) -> None:
        where = f"{path}, line {line}: " if line else f"{path}: " if path else ""
        super().__init__(where + message, path=path or None, line=line)


class FileText:
    """A file as it was read.

    :param path: its real path.
    :param content: its characters, the byte order mark included. ``text`` is without it, and all indexes count there.
    :ivar documents: what the text is as YAML, None as long as nobody has asked.
    """

    def __init__(self, path: str, content: str) -> None:
        self.path = path
        self.byte_order_mark, self.text = split_byte_order_mark(content)
        self.lines = LineTable(self.text)
        self.documents: list[Any] | None = None

    @property
    def content(self) -> str:
        """All of it, the byte order mark included."""
        return self.byte_order_mark + self.text

    def line_number(self, index: int) -> int:
        """Line of ``index`` as people count: from 1."""
        return self.lines.at(index) + 1

    def refuse(self, index: int, message: str) -> ComposeError:
        """The error for what stands at ``index``."""
        return ComposeError(message, self.path, self.line_number(index))


@dataclass(frozen=True)
class Piece:
    """A part of a value.

    ``kind`` is one of the words above; for the last two, ``path`` is empty and ``line`` 0, else it counts from 1. The
    characters from ``start`` to ``end`` of the file's text are this piece, None where they are written otherwise than they
    read, with escapes for example. ``variable`` is the name of the innermost variable that brings it.
    """

    text: str
    kind: str
    path: str = ""
    line: int = 0
    start: int | None = None
    end: int | None = None
    variable: str = ""

    def part(self, first: int, last: int) -> Piece:
        """The characters of it from ``first`` to ``last``."""
        if (first, last) == (0, len(self.text)):
            return self
        if self.start is None or self.end is None or self.end - self.start != len(self.text):
            return replace(self, text=self.text[first:last], start=None, end=None)
        return replace(self, text=self.text[first:last], start=self.start + first, end=self.start + last)


@dataclass(frozen=True)
class Written:
    """A value as it is written.

    ``text`` is what it reads as. ``start`` and ``end`` are its place in the text of ``file``, quotes not counted; ``exact``
    says that the same characters stand there. ``kind`` is COMPOSE or VARIABLE, ``variable`` the one that it is the value of.
    """

    file: FileText
    text: str
    start: int
    end: int
    exact: bool
    kind: str = COMPOSE
    variable: str = ""

    def piece(self, first: int, last: int, text: str, kind: str, variable: str) -> Piece:
        """The piece that is written as the characters from ``first`` to ``last`` of it."""
        line = self.file.line_number(self.start + first if self.exact else self.start)
        if self.exact:
            return Piece(text, kind, self.file.path, line, self.start + first, self.start + last, variable)
        if (first, last) == (0, len(self.text)) and "$" not in self.text and self._in_quotes:
            return Piece(text, kind, self.file.path, line, self.start, self.end, variable)
        return Piece(text, kind, self.file.path, line, None, None, variable)

    @property
    def _in_quotes(self) -> bool:
        """Whether it is all that stands between two quotes; else something foreign, such as a comment, may stand in its place."""
        quotes = self.file.text[max(self.start - 1, 0) : self.start], self.file.text[self.end : self.end + 1]
        return quotes in (("'", "'"), ('"', '"'))

    def refuse(self, first: int, message: str) -> ComposeError:
        """The error for what stands at its character ``first``."""
        return self.file.refuse(self.start + first if self.exact else self.start, message)


def text_of(pieces: Iterable[Piece]) -> str:
    """What pieces read as."""
    return "".join(piece.text for piece in pieces)
