# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ``cache_params:`` whose keys lost their indentation.

Formatters and wikis do this to printed YAML. LiteLLM then stops at its start, either because the text does not parse or
because ``cache_params`` is null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._errors import LostIndentationError
from .._yaml.lines import LineTable

_HEADER = re.compile(r"( *)cache_params[ ]*:[ ]*(#.*)?\Z")
_CHILD = re.compile(r"( *)(type|host|port|url|password|db|ttl|supported_call_types|namespace|socket_timeout)[ ]*:")
_IDLE = re.compile(r"[ \t]*(#.*)?\Z")


@dataclass(frozen=True)
class LostIndentation:
    """Where the keys of ``cache_params`` stand wrong; lines count from 1."""

    line: int
    first_key_line: int

    @property
    def message(self) -> str:
        """What is wrong and how to mend it, in one sentence."""
        return (
            f"the keys of cache_params (line {self.line}) lost their indentation: indent them, from line "
            f"{self.first_key_line} on, deeper than cache_params itself"
        )


def find_lost_indentation(lines: LineTable) -> LostIndentation | None:
    """The LostIndentation of the text behind ``lines``, or None."""
    for line in range(len(lines)):
        header = _HEADER.match(lines.content(line))
        if header:
            lost = _lost_child(lines, line, len(header.group(1)))
            if lost is not None:
                return LostIndentation(line + 1, lost + 1)
    return None


def _lost_child(lines: LineTable, header_line: int, header_column: int) -> int | None:
    """Line of the first key after the header if it is one of ``cache_params`` and not indented, else None."""
    for line in range(header_line + 1, len(lines)):
        content = lines.content(line)
        if _IDLE.match(content):
            continue
        child = _CHILD.match(content)
        return line if child and len(child.group(1)) <= header_column else None
    return None


def refuse_lost_indentation(lines: LineTable) -> None:
    """Refuse a text with this damage.

    :raises LostIndentationError: the text behind ``lines`` has it.
    """
    lost = find_lost_indentation(lines)
    if lost:
        raise LostIndentationError(lost.message, line=lost.line, column=1)
