# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runbook's block on the current status, within a document that somebody else wrote.

Pure: facts and text in, text out. The block is what stands below the heading "Текущий статус" or "Current status", up to the next
heading: a list of names with values, or a table of two columns. Values alone are replaced, each in the form that it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .._errors import LitellmCacheError

VERSION, CACHING, KIND, REASON = "version", "caching", "kind", "reason"
#: The names of the runbook's own block, and in English; the first letter of a word may be large or small.
_NAMES = {
    "ru": {
        VERSION: r"версия litellm",
        CACHING: r"redis[ -]к[еэ]ширование|к[еэ]ширование (?:в )?redis",
        KIND: r"тип к[еэ]ша",
        REASON: r"причина",
    },
    "en": {
        VERSION: r"litellm version",
        CACHING: r"redis caching|caching in redis",
        KIND: r"cache type|type of cache",
        REASON: r"reason",
    },
}
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]")
_IS_STATUS = re.compile(r"[\W\d_]*(?:текущий статус|current status)\b", re.IGNORECASE)
#: What begins something of its own, and does not go on with the item above.
_BEGINS = re.compile(r"\s*(?:[-*+>|#]|\d+[.)]\s|```|~~~)")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
#: Words for a switch that is on or off; what is written of it is in the first form of the language.
_SWITCH = {
    "ru": (
        ("включено", "включен", "включён", "да"),
        ("отключено", "отключен", "отключён", "выключено", "выключен", "нет"),
    ),
    "en": (("enabled", "on", "yes"), ("disabled", "off", "no")),
}
_MARK = re.compile(r"[✅❌]\ufe0f?\s*")
#: Marks of Markdown that may stand around the words of a value, and stay.
_AROUND = "`*_"
#: The name of an item of a list, or of a line of its own: a colon stands within the bold name, or behind the name.
_ITEM = re.compile(
    r"[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?"
    r"(?:(\*\*|__)(?P<bold>[^*_:|]+)(?::\1|\1:)|(?P<plain>[^\s*_:|][^*_:|]*):)"
)
#: The name in the first cell of a row, and a cell.
_ROW = re.compile(
    r"[ \t]*\|[ \t]*(?:(\*\*|__)(?P<bold>[^*_:|]+):?\1:?[ \t]*\||(?P<plain>[^\s*_:|][^*_:|]*)(?::[ \t]*)?\|)"
)
_CELL = re.compile(r"(?:\\.|[^|\\])*")


class StatusBlockError(LitellmCacheError):
    """A document has no block of the status that could be kept, or several."""


@dataclass(frozen=True)
class Standing:
    """What the block is to say. None for what is not known: that line stays.

    :param version: of LiteLLM, by the tag of the image where it tells one.
    :param package: version of the package, which the tag may tell more of.
    :param kind: type of the cache.
    :param reason: why it is so; empty where nobody gave a reason.
    :param done: what was done, by language: told in the place of a reason where the mode of the block changes.
    """

    version: str | None = None
    package: str | None = None
    kind: str | None = None
    reason: str = ""
    done: Mapping[str, str] | None = None


@dataclass(frozen=True)
class _Value:
    """Where a value stands: what it is of, its language, line, and what is before and behind it in the line."""

    of: str
    language: str
    line: int
    head: str
    text: str
    tail: str
    row: bool

    @property
    def words(self) -> str:
        """It without the marks of Markdown around it."""
        return self.text.strip(_AROUND)

    def says(self, *known: str | None) -> bool:
        """Whether its first word is one of these."""
        first = self.words.lower().partition(" ")[0].rstrip(",;.").strip(_AROUND).lstrip("v")
        return bool(first) and first in [word.lower().lstrip("v") for word in known if word]

    def around(self, new: str) -> str:
        """New words within the marks that stand around the old ones."""
        left = self.text[: len(self.text) - len(self.text.lstrip(_AROUND))]
        return left + new + left[::-1] if left and self.text.endswith(left[::-1]) else new

    def with_text(self, new: str) -> str:
        """The line with another value; a cell keeps its width as far as it can."""
        if not self.row:
            return self.head + new + self.tail
        behind = self.tail.lstrip(" \t")
        padding = len(self.tail) - len(behind)
        return self.head + (new + " " * min(padding, 1)).ljust(len(self.text) + padding) + behind


def with_status(document: str, standing: Standing) -> str:
    """A document whose block of the current status says how things stand; everything else stays as it is.

    :raises StatusBlockError: it has no such block, or several.
    """
    lines = document.splitlines(keepends=True)
    code = _code(lines)
    found = [list(_values(lines, code, *section)) for section in _sections(lines, code)]
    blocks = [values for values in found if values]
    if len(blocks) != 1:
        raise StatusBlockError(_refusal([values[0].line for values in blocks]))
    of_mode = [value for value in blocks[0] if value.of in (CACHING, KIND)]
    mode_changes = any(_written(value, standing) != value.text for value in of_mode)
    for value in reversed(blocks[0]):
        new = _reason(value, standing, mode_changes) if value.of == REASON else _written(value, standing)
        if new != value.text:
            lines[value.line : _end_of(lines, value)] = [value.with_text(new)]
    return "".join(lines)


def _refusal(starts: list[int]) -> str:
    if not starts:
        return (
            "it has no block of the current status: a heading 'Текущий статус' or 'Current status', and below it a list or a "
            "table with the LiteLLM version, Redis caching, the cache type and the reason"
        )
    numbers = " and ".join(str(start + 1) for start in starts)
    return f"it has such a block of the current status at the lines {numbers}: leave one of them"


def _code(lines: list[str]) -> list[bool]:
    """For each line whether it is one of a block of code, in which nothing is a heading, an item or a row."""
    told, fence = [], ""
    for line in lines:
        found = _FENCE.match(line)
        told.append(bool(fence or found))
        if found and (not fence or found.group(1).startswith(fence)):
            fence = "" if fence else found.group(1)
    return told


def _sections(lines: list[str], code: list[bool]) -> Iterator[tuple[int, int]]:
    """First line and end of what stands below each heading of the status."""
    headings = [number for number, line in enumerate(lines) if not code[number] and _HEADING.match(line)]
    for number, following in zip(headings, [*headings[1:], len(lines)]):
        if _IS_STATUS.match(lines[number].lstrip(" #")):
            yield number + 1, following


def _values(lines: list[str], code: list[bool], start: int, end: int) -> Iterator[_Value]:
    """The values that are known among the lines, the first of each."""
    seen: set[str] = set()
    for number in range(start, end):
        row, item = _ROW.match(lines[number]), _ITEM.match(lines[number])
        found = row or item
        if found is None or code[number]:
            continue
        of, language = _known((found["bold"] or found["plain"]).strip())
        rest = lines[number][found.end() :]
        value, behind = _cut(rest, _CELL.match(rest) if row else None)
        if of and of not in seen and not (row and behind.strip() not in ("", "|")):
            seen.add(of)
            head = lines[number][: found.end()] + rest[: len(rest) - len(value) - len(behind)]
            yield _Value(of, language, number, head, value, behind, row is not None)


def _cut(rest: str, cell: re.Match[str] | None) -> tuple[str, str]:
    """A value without the spaces around it, and what is behind it.

    :param rest: of a line, behind the name.
    :param cell: the first cell of it; None where all of it is the value.
    """
    whole = cell.group() if cell else rest
    value = whole.strip()
    start = whole.index(value) if value else len(whole.rstrip("\r\n"))
    return value, rest[start + len(value) :]


def _known(name: str) -> tuple[str, str]:
    """What a name is of, and its language; empty for an unknown one."""
    for language, names in _NAMES.items():
        for of, pattern in names.items():
            if re.fullmatch(pattern, name, re.IGNORECASE):
                return of, language
    return "", ""


def _written(value: _Value, standing: Standing) -> str:
    """A value as it is to be; as it is where that is not known, or where it says the same in other words."""
    if value.of == VERSION:
        known = [word for word in (standing.version, standing.package) if word]
        return value.text if not known or value.says(*known) else value.around(known[0])
    if standing.kind is None:
        return value.text
    if value.of == CACHING:
        return _switched(value, standing.kind == "redis")
    return value.text if value.says(standing.kind) else value.around(standing.kind)


def _switched(value: _Value, is_on: bool) -> str:
    """The value of the switch, with the sign that stands before it."""
    words = _SWITCH[value.language][0 if is_on else 1]
    told = re.findall(r"\w+", value.text.lower())
    if told and told[0] in words:
        return value.text
    mark, word = _MARK.match(value.text), words[0].capitalize()
    return ("✅ " if is_on else "❌ ") + word if mark else value.around(word)


def _reason(value: _Value, standing: Standing, mode_changes: bool) -> str:
    """The reason that was given; what was done where the one that stands there is that of another mode."""
    given = standing.reason or ((standing.done or {}).get(value.language) if mode_changes else "") or ""
    told = " ".join(given.split())
    if value.row:
        told = told.replace("|", "\\|")
    return value.around(told) if told else value.text


def _end_of(lines: list[str], value: _Value) -> int:
    """The line behind a value; of an item it goes on in lines that are indented and begin nothing of their own."""
    end = value.line + 1
    indent = len(value.head) - len(value.head.lstrip())
    while not value.row and end < len(lines):
        line = lines[end]
        within = len(line) - len(line.lstrip()) > indent and line.strip()
        if not within or _BEGINS.match(line):
            break
        end += 1
    return end
