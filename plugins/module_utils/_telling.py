# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How people are told numbers, tables and which playbook to run. Private to the collection.

Pure; standard library only.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

#: Columns of a terminal that nobody has widened.
SCREEN = 80
#: The last column of a table gets so many at least, or it would be all line ends.
_NARROWEST = 24
_GAP = "  "
#: The playbook that brings the cache to a mode.
PLAYBOOKS = {"redis": "switch_redis", "local": "rollback_local"}
#: Units of bytes above the byte itself, each a thousand of the one before.
_SIZES = ("kB", "MB", "GB", "TB", "PB")


def counted(number: float, word: str) -> str:
    """A number with its word: ``1 key``, ``2 entries``, ``576 bytes``, ``9.1 kB``, ``27 ms``, ``30 s``.

    :param number: how many; of the words ``byte`` and ``second`` it may be any number, and gets the unit that suits it.
    :param word: in the singular.
    """
    if word == "byte":
        return _size(number)
    if word == "second":
        return _duration(number)
    return f"{number} {word if number == 1 else _plural(word)}"


def _plural(word: str) -> str:
    if re.search(r"[^aeiou]y\Z", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(?:s|x|ch|sh)\Z", word) else "s")


def _size(number: float) -> str:
    """Bytes in the unit in which they are below a thousand."""
    if round(number) < 1000:
        return f"{round(number)} {'byte' if round(number) == 1 else 'bytes'}"
    value, unit = number / 1000, _SIZES[0]
    for larger in _SIZES[1:]:
        if round(value, 1) < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}"


def _duration(seconds: float) -> str:
    """Seconds, in milliseconds where they are less than one."""
    milliseconds = round(seconds * 1000)
    if 0 < milliseconds < 1000:
        return f"{milliseconds} ms"
    value = round(seconds, 1)
    return f"{int(value) if value == int(value) or value >= 10 else value} s"


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds, without the unit, with the digits that matter: ``0.31``, ``4.1``, ``250``."""
    value = seconds * 1000
    return f"{value:.2f}" if value < 0.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def ago(seconds: float) -> str:
    """How long ago something was: ``12 s ago``, ``5 min ago``, ``30 h ago``, ``3 days ago``; a clock that went back tells 0."""
    for size, unit, longest in ((1, "s", 60), (60, "min", 60), (3600, "h", 48)):
        if seconds < size * longest:
            return f"{int(max(seconds, 0) // size)} {unit} ago"
    return f"{int(seconds // 86400)} days ago"


def aligned(rows: Iterable[Sequence[str]], limits: Mapping[int, int] | None = None) -> list[str]:
    """Rows as lines with aligned columns. The last one has what the others leave of a screen, and goes on in further lines.

    :param rows: their cells, as many in each.
    :param limits: by the number of another column its width, beyond which it goes on in further lines too.
    :returns: lines without spaces at their ends.
    """
    table = [list(row) for row in rows]
    if not table:
        return []
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for column, limit in (limits or {}).items():
        widths[column] = min(widths[column], limit)
    left = SCREEN - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(left, _NARROWEST))
    lines = []
    for row in table:
        pieces = [[cell] if len(cell) <= width else folded(cell, width) for cell, width in zip(row, widths)]
        for cells in zip_longest(*pieces, fillvalue=""):
            lines.append(_GAP.join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    return lines


def folded(text: str, width: int = SCREEN, indent: str = "") -> list[str]:
    """A text in lines of that width; a word that is longer, such as a path, stays whole.

    :param indent: of the lines after the first.
    """
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
