# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment files, such as ``.env``, as Compose reads them: the parser of dotenv/parser.go of compose-go."""

from __future__ import annotations

import re

from .pieces import VARIABLE, FileText, Piece, Written
from .template import Lookup, pieces_of

# What Go calls a space; `_BLANKS` are those that end no line.
_BLANKS = "\t\v\f\r \x85\xa0"
_SPACES = "\n" + _BLANKS + "\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_STATEMENT = re.compile(rf"(?:[{_SPACES}]+|#[^\n]*)*")
_EXPORT = re.compile(r"export[\t\n\f\r ]+")
_AFTER_EXPORT = re.compile(rf"[{_BLANKS}]*")
_NAME = re.compile(rf"[\w.\-\[\]{_BLANKS}]*")
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_ESCAPE = re.compile(r'\\([abcfnrtv$"\\]|0[0-7]{0,3})')
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_environment_file(file: FileText, values: dict[str, list[Piece]], outside: Lookup) -> None:
    """Add the variables of an environment file to ``values``, where a later assignment replaces an earlier one.

    :param outside: the values that are set already; in this file they win over its own where it refers to a variable.
    :raises ComposeError: Compose could not read it; without any of its text, since secrets may stand there.
    """
    text = file.text
    position = _end(_STATEMENT, text, 0)

    def lookup(name: str) -> list[Piece] | None:
        found = outside(name)
        return values.get(name) if found is None else found

    while position < len(text):
        name, sign, position = _name_at(file, position)
        if sign == "\n":  # a name alone hands on what is set already
            handed_on = lookup(name)
            if handed_on is not None:
                values[name] = handed_on
        else:
            written, position = _value_at(file, position, name)
            # In single quotes nothing is a variable.
            values[name] = (
                [written.piece(0, len(written.text), written.text, VARIABLE, name)]
                if text[written.start - 1 : written.start] == "'"
                else pieces_of(written, lookup)
            )
        position = _end(_STATEMENT, text, position)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where what ``pattern`` knows to stand at ``start`` ends."""
    match = pattern.match(text, start)
    return match.end() if match else start


def _name_at(file: FileText, start: int) -> tuple[str, str, int]:
    """The name of the statement at ``start``, what follows it (``=``, ``:``, a line end, '' at the end), and the index behind."""
    text = file.text
    exported = _EXPORT.match(text, start)
    if exported:
        start = _end(_AFTER_EXPORT, text, start + len("export"))
    end = _end(_NAME, text, start)
    sign = text[end : end + 1]
    if not sign:  # the last line, with a name alone and no line end: to Compose a value without a name
        return "", "", start
    name = text[start:end].rstrip(_SPACES)
    if sign not in "=:\n" or " " in name:
        wrong = end if sign not in "=:\n" else start
        raise file.refuse(wrong, "this is no NAME=value, so Compose cannot read it; mend or remove it")
    return name, sign, _end(_AFTER_EXPORT, text, end + 1)


def _value_at(file: FileText, start: int, name: str) -> tuple[Written, int]:
    """The value that begins at ``start``, and the index behind it."""
    text = file.text
    quote = text[start : start + 1]
    if quote and quote in "'\"":
        match = _QUOTED.match(text, start)
        if match is None:
            raise file.refuse(start, "a quote is opened there and not closed, so Compose cannot read it; close it")
        inner = text[start + 1 : match.end() - 1]
        value = _unescaped(inner, quote) if "\\" in inner else inner
        return Written(file, value, start + 1, match.end() - 1, value == inner, VARIABLE, name), match.end()
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    value = text[start:end].partition(" #")[0].rstrip(_SPACES)
    return Written(file, value, start, start + len(value), True, VARIABLE, name), end


def _unescaped(inner: str, quote: str) -> str:
    """What stands between quotes, as it reads; a variable in it is still one."""
    text = re.sub(rf"\\({quote})", r"\1", inner)
    if quote == "'":
        return text
    return _ESCAPE.sub(lambda match: _meaning(match[1]), text)


def _meaning(escape: str) -> str:
    """What an escape stands for, by what is behind its backslash."""
    if escape == "$":
        return "$$"
    if escape.startswith("0"):
        code = int(escape[1:], 8) if len(escape) == 4 else -1
        return chr(code) if 0 <= code < 256 else "\\" + escape
    return _ESCAPED.get(escape, "\\" + escape if escape == "c" else escape)
