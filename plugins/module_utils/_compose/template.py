# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compose's variables in a value: ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and its relatives, ``$$`` for a dollar sign.

The grammar is that of template.go of compose-go, by which Compose reads both its own files and environment files.
"""

from __future__ import annotations

import re
from typing import Callable, Optional

from .pieces import DEFAULT, UNSET, Piece, Written

#: The pieces that are the value of a variable, None where it has none.
Lookup = Callable[[str], Optional["list[Piece]"]]

MOST_LEVELS = 30
#: Characters and pieces of one value. Compose knows no such limit, and a few lines could keep it busy for ever.
MOST_CHARACTERS = 1 << 21

_DOLLAR = re.compile(r"\$(?:(?P<dollar>\$)|(?P<named>[_a-zA-Z][_a-zA-Z0-9]*)|\{)")
_IN_BRACES = re.compile(r"(?P<name>[_a-zA-Z][_a-zA-Z0-9]*)(?:(?P<operator>:?[-+?])(?P<word>.*))?\Z", re.DOTALL)


def pieces_of(written: Written, lookup: Lookup) -> list[Piece]:
    """What a value is made of once Compose has put the values of variables in; at least one piece.

    :raises ComposeError: Compose would not understand it, or it grows without measure.
    """
    return _Reading(written, lookup).pieces(0, len(written.text), written.kind, written.variable, 0)


class _Reading:
    """One value on its way to pieces."""

    def __init__(self, written: Written, lookup: Lookup) -> None:
        self._written = written
        self._lookup = lookup
        self._size = 0

    def pieces(self, start: int, end: int, kind: str, variable: str, level: int) -> list[Piece]:
        """Those of the characters from ``start`` to ``end``."""
        if level > MOST_LEVELS:
            raise self._written.refuse(start, f"defaults stand there in more than {MOST_LEVELS} levels; write fewer")
        found: list[Piece] = []
        position = start
        while True:
            match = _DOLLAR.search(self._written.text, position, end)
            if match is None:
                break
            if match.start() > position:
                found.append(self._literal(position, match.start(), kind, variable))
            if match["dollar"]:
                position = match.end()
                found.append(self._written.piece(match.start(), position, "$", kind, variable))
            elif match["named"]:
                position = match.end()
                found += self._value(match["named"])
            else:
                position = self._closing_brace(match.end() - 1, end) + 1
                found += self._braced(match.end(), position - 1, level)
        if position < end or not found:
            found.append(self._literal(position, end, kind, variable))
        return found

    def _literal(self, first: int, last: int, kind: str, variable: str) -> Piece:
        return self._written.piece(first, last, self._written.text[first:last], kind, variable)

    def _value(self, name: str) -> list[Piece]:
        value = self._lookup(name) or [Piece("", UNSET, variable=name)]
        self._size += sum(len(piece.text) + 1 for piece in value)
        if self._size > MOST_CHARACTERS:
            raise self._written.refuse(0, "the value there grows without measure by its variables; write it out")
        return value

    def _closing_brace(self, opening: int, end: int) -> int:
        """Index of the brace that closes the one at ``opening``."""
        is_open = 0
        for index in range(opening, end):
            character = self._written.text[index]
            if character == "{":
                is_open += 1
            elif character == "}":
                is_open -= 1
                if not is_open:
                    return index
        raise self._written.refuse(opening, "a brace of a variable is opened there and not closed; close it")

    def _braced(self, first: int, last: int, level: int) -> list[Piece]:
        """The pieces of what stands between braces."""
        match = _IN_BRACES.match(self._written.text[first:last])
        if match is None:
            raise self._written.refuse(
                first, "no variable of Compose's stands in the braces there; a dollar sign itself is written $$"
            )
        name, operator = match["name"], match["operator"] or ""
        value = self._lookup(name)
        is_set = value is not None and (not operator.startswith(":") or any(piece.text for piece in value))
        takes_word = is_set if operator.endswith("+") else not is_set and operator.endswith("-")
        if takes_word:
            return self.pieces(first + match.start("word"), last, DEFAULT, name, level + 1)
        return self._value(name)  # also where `?` demands one: Compose itself stops there
