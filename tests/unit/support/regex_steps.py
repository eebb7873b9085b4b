# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts what a regular expression costs, in characters looked at, and not in seconds.

A backtracking matcher of our own, over the tree that Python's own parser makes of a pattern. It tries in the order of
Python's matcher and without its short cuts, so it counts no less.
"""

from __future__ import annotations

import re
import sys
from typing import Any, Callable, Iterator

try:
    from re import _constants as sre
    from re import _parser as sre_parser
except ImportError:  # before Python 3.11
    import sre_constants as sre  # type: ignore[no-redef]
    import sre_parse as sre_parser  # type: ignore[no-redef]

#: More steps than any text of these tests needs: whoever comes here is not linear.
GIVEN_UP = 20_000
#: Calls within each other that the longest text takes.
DEPTH = 20_000
_CATEGORIES = {
    sre.CATEGORY_DIGIT: (r"\d", "1"),
    sre.CATEGORY_NOT_DIGIT: (r"\D", "x"),
    sre.CATEGORY_SPACE: (r"\s", " "),
    sre.CATEGORY_NOT_SPACE: (r"\S", "x"),
    sre.CATEGORY_WORD: (r"\w", "a"),
    sre.CATEGORY_NOT_WORD: (r"\W", "-"),
}
_SINGLE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)
_REPEATS = tuple(getattr(sre, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if hasattr(sre, name))

Go = Callable[[int], bool]


class GivenUpError(Exception):
    """The steps are too many to go on."""


class Steps:
    """The cost of one pattern.

    :param pattern: of text or of bytes; bytes are taken as characters.
    """

    def __init__(self, pattern: Any) -> None:
        self.pattern = pattern
        self.flags = pattern.flags
        source = pattern.pattern
        self.tree = list(sre_parser.parse(source, pattern.flags & ~re.DEBUG))
        self.count = 0
        self._text = ""
        self._groups: dict[int, tuple[int, int]] = {}
        self._known: dict[tuple[int, str], bool] = {}

    def of(self, text: str, use: str) -> int:
        """Steps that a use of the pattern takes on a text.

        :param use: ``match``, ``search``, or another method, which goes on behind each match.
        """
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, DEPTH))
        self.count, self._text, self._groups = 0, text, {}
        start = 0
        try:
            while start <= len(text):
                end = self._from(start)
                if use in ("match", "fullmatch") or (end is not None and use == "search"):
                    break
                start = start + 1 if end is None or end == start else end
        except GivenUpError:
            return GIVEN_UP
        finally:
            sys.setrecursionlimit(limit)
        return self.count

    def _from(self, start: int) -> int | None:
        ends: list[int] = []

        def done(position: int) -> bool:
            ends.append(position)
            return True

        return ends[0] if self._sequence(self.tree, 0, start, done) else None

    def _sequence(self, items: Any, index: int, at: int, go: Go) -> bool:
        if index == len(items):
            return go(at)
        return self._item(items[index], at, lambda position: self._sequence(items, index + 1, position, go))

    def _item(self, item: Any, at: int, go: Go) -> bool:
        kind, value = item
        if kind in _SINGLE:
            return self._single(item, at) and go(at + 1)
        if kind is sre.BRANCH:
            return any(self._sequence(list(branch), 0, at, go) for branch in value[1])
        if kind is sre.SUBPATTERN:
            return self._group(value, at, go)
        if kind in _REPEATS:
            return self._repeat(kind, value, at, go)
        if kind is sre.AT:
            return self._place(value, at) and go(at)
        if kind in (sre.ASSERT, sre.ASSERT_NOT):
            return self._around(value, at) == (kind is sre.ASSERT) and go(at)
        if kind is sre.GROUPREF:
            start, end = self._groups.get(value, (0, 0))
            self._step(end - start)
            return self._text.startswith(self._text[start:end], at) and go(at + end - start)
        raise ValueError(f"steps of {kind} in a pattern are not counted here: say how many it takes")

    def _group(self, value: Any, at: int, go: Go) -> bool:
        number, items = value[0], list(value[3])

        def behind(position: int) -> bool:
            if number is not None:
                self._groups[number] = (at, position)
            return go(position)

        return self._sequence(items, 0, at, behind)

    def _repeat(self, kind: Any, value: Any, at: int, go: Go) -> bool:
        least, most, items = value[0], value[1], list(value[2])
        lazy = kind is sre.MIN_REPEAT
        if len(items) == 1 and items[0][0] in _SINGLE:
            return self._run(items[0], least, most, lazy, at, go)

        def again(done: int, position: int) -> bool:
            def once_more(further: int) -> bool:
                return (further > position or done < least) and again(done + 1, further)

            if lazy and done >= least and go(position):
                return True
            if done < most and self._sequence(items, 0, position, once_more):
                return True
            return not lazy and done >= least and go(position)

        return again(0, at)

    def _run(self, item: Any, least: int, most: int, lazy: bool, at: int, go: Go) -> bool:
        """A repetition of one character, which Python does without recursion."""
        end = at
        while end - at < (least if lazy else most) and self._single(item, end):
            end += 1
        if end - at < least:
            return False
        if lazy:
            while not go(end):
                if end - at >= most or not self._single(item, end):
                    return False
                end += 1
            return True
        for position in range(end, at + least - 1, -1):
            self._step()
            if go(position):
                return True
        return False

    def _around(self, value: Any, at: int) -> bool:
        direction, items = value[0], list(value[1])
        if direction > 0:
            return self._sequence(items, 0, at, lambda _position: True)
        low, high = value[1].getwidth()
        starts = range(max(0, at - high), at - low + 1)
        return any(self._sequence(items, 0, start, lambda position: position == at) for start in starts)

    def _place(self, where: Any, at: int) -> bool:
        text = self._text
        if where in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            lines = where is sre.AT_BEGINNING and self.flags & re.MULTILINE
            return at == 0 or bool(lines and text[at - 1] == "\n")
        if where in (sre.AT_END, sre.AT_END_STRING):
            if at == len(text) or where is sre.AT_END_STRING:
                return at == len(text)
            return text[at] == "\n" and (at == len(text) - 1 or bool(self.flags & re.MULTILINE))
        border = bool(at and re.match(r"\w", text[at - 1])) != bool(at < len(text) and re.match(r"\w", text[at]))
        return border == (where is sre.AT_BOUNDARY)

    def _single(self, item: Any, at: int) -> bool:
        self._step()
        if at >= len(self._text):
            return False
        character = self._text[at]
        key = id(item), character
        if key not in self._known:
            forms = {character, character.lower(), character.upper()} if self.flags & re.IGNORECASE else {character}
            self._known[key] = any(in_class(item, form, self.flags) for form in forms)
        return self._known[key]

    def _step(self, number: int = 1) -> None:
        self.count += number
        if self.count > GIVEN_UP:
            raise GivenUpError


def in_class(item: Any, character: str, flags: int) -> bool:
    """Whether one item of a pattern takes a character."""
    kind, value = item
    if kind is sre.LITERAL:
        return ord(character) == value
    if kind is sre.NOT_LITERAL:
        return ord(character) != value
    if kind is sre.ANY:
        return character != "\n" or bool(flags & re.DOTALL)
    negated = value[0][0] is sre.NEGATE
    return negated != any(_in_entry(entry, character) for entry in value if entry[0] is not sre.NEGATE)


def _in_entry(entry: Any, character: str) -> bool:
    kind, value = entry
    if kind is sre.LITERAL:
        return ord(character) == value
    if kind is sre.RANGE:
        return value[0] <= ord(character) <= value[1]
    return re.match(_CATEGORIES[value][0], character) is not None


# -- texts that a pattern is slow on, if it is ------------------------------------------------------------


def sample_of(item: Any, flags: int) -> str:
    """A short text that an item takes; what it cannot be made for is empty."""
    kind, value = item
    if kind in _SINGLE:
        offered = [chr(entry[1]) for entry in value if entry[0] is sre.LITERAL] if kind is sre.IN else []
        offered += [chr(value)] if kind is sre.LITERAL else []
        return next((one for one in [*offered, *"a1 x-/:"] if in_class(item, one, flags)), "")
    if kind is sre.BRANCH:
        return "".join(sample_of(one, flags) for one in value[1][0])
    if kind is sre.SUBPATTERN:
        return "".join(sample_of(one, flags) for one in value[3])
    if kind in _REPEATS:
        return "".join(sample_of(one, flags) for one in value[2]) * max(1, value[0])
    return ""


def pieces_of(items: Any, flags: int) -> Iterator[str]:
    """Words and characters that the parts of a pattern take."""
    word = ""
    for item in items:
        kind, value = item
        if kind is sre.LITERAL:
            word += chr(value)
            continue
        yield word
        word = ""
        if kind in _SINGLE:
            yield sample_of(item, flags)
            if kind is sre.IN and len(value) > 1:
                yield from (one for one in " \t-a1/:#'" if in_class(item, one, flags))
        elif kind is sre.BRANCH:
            for branch in value[1]:
                yield from pieces_of(branch, flags)
        elif kind is sre.SUBPATTERN:
            yield from pieces_of(value[3], flags)
        elif kind in _REPEATS:
            yield from pieces_of(value[2], flags)
            yield sample_of(item, flags)
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            yield from pieces_of(value[1], flags)
    yield word


def texts_of(steps: Steps, length: int) -> dict[tuple[str, str], str]:
    """Texts of about one length: a piece again and again, behind each beginning of what the pattern takes.

    :returns: by the beginning and the piece.
    """
    samples = [sample_of(item, steps.flags) for item in steps.tree]
    literal = [item[0] is sre.LITERAL for item in steps.tree]
    borders = [index for index in range(1, len(literal)) if not (literal[index - 1] and literal[index])]
    beginnings = {"".join(samples[:index]) for index in (0, *borders, len(samples))}
    pieces = {piece for piece in pieces_of(steps.tree, steps.flags) if piece} | beginnings - {""}
    beginnings |= {piece for piece in pieces if len(piece) == 1}
    return {
        (beginning, piece): beginning + piece * max(1, length // len(piece)) + "\x01"
        for beginning in sorted(beginnings)
        for piece in sorted(pieces)
    }
