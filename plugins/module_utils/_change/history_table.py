# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history as a table in Markdown, also within a document that somebody else began.

Pure: records and text in, text out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .._errors import LitellmCacheError
from .pending import FLUSHED

DATE, VERSION, STATUS, REASON = "date", "version", "status", "reason"
#: The headings of the runbook's own table, and in English.
HEADINGS = {
    "en": {DATE: "Date", VERSION: "LiteLLM version", STATUS: "Redis status", REASON: "Reason"},
    "ru": {DATE: "Дата", VERSION: "Версия LiteLLM", STATUS: "Статус Redis", REASON: "Причина"},
}
_COLUMN_OF = {heading.lower(): column for headings in HEADINGS.values() for column, heading in headings.items()}
#: What a change that is not simply confirmed says behind its status.
_ENDINGS = {
    "reverted": ", taken back",
    "revert_incomplete": ", taken back, an instance did not come back",
    "needs_operator": ", left to an operator",
    "lapsed": ", never confirmed",
}
_CELL = re.compile(r"(?:\\.|[^|\\])*")
_RULE_CELL = re.compile(r" *:?-+:? *\Z")


class HistoryTableError(LitellmCacheError):
    """A document has no table that rows could be added to."""


def row_of(record: dict[str, Any]) -> dict[str, str]:
    """The cells of one record, by column."""
    before, after = ("Enabled" if record[end] == "redis" else "Disabled" for end in ("from", "to"))
    same = "cache emptied" if record["result"] == FLUSHED else "other settings"
    status = f"{before} → {after}" if before != after else f"{after}, {same}"
    return {
        DATE: record["at"].rstrip("Z").replace("T", " "),
        VERSION: ", ".join(record["versions"]) or "unknown",
        STATUS: status + _ENDINGS.get(record["result"], ""),
        REASON: " — ".join(filter(None, (record["reason"], record.get("why")))) or f"run {record['run']}",
    }


def table_of(records: list[dict[str, Any]], language: str = "en") -> str:
    """The whole history as a table of its own."""
    headings = HEADINGS[language]
    lines = [_line(list(headings.values())), "|" + " --- |" * len(headings)]
    return "\n".join(lines + [_line(list(row_of(record).values())) for record in records]) + "\n"


def with_records(document: str, records: list[dict[str, Any]]) -> str:
    """A document whose table has a row for every record; rows that are there stay as they are.

    A record is known by its time. A document without such a table gets one at its end.

    :raises HistoryTableError: it has more than one such table.
    """
    lines = document.splitlines(keepends=True)
    tables = [table for table in map(lambda start: _Table.at(lines, start), range(len(lines))) if table is not None]
    if len(tables) > 1:
        numbers = " and ".join(str(table.start + 1) for table in tables)
        raise HistoryTableError(
            f"the document has such a table at the lines {numbers}: leave one of them, or name another document"
        )
    if not tables:
        gap = "" if not document else "\n" if document.endswith("\n") else "\n\n"
        return document + gap + table_of(records)
    table = tables[0]
    known = "".join(lines[table.start : table.end])
    ending = "\r\n" if lines[table.start].endswith("\r\n") else "\n"
    rows = [row_of(record) for record in records]
    new = [_line([row.get(column, "") for column in table.columns]) + ending for row in rows if row[DATE] not in known]
    if new and not lines[table.end - 1].endswith("\n"):
        lines[table.end - 1] += ending
    return "".join(lines[: table.end] + new + lines[table.end :])


@dataclass(frozen=True)
class _Table:
    """Where a table of the history stands: the line of its headings, the line behind its last row, its columns."""

    start: int
    end: int
    columns: tuple[str, ...]

    @classmethod
    def at(cls, lines: list[str], start: int) -> _Table | None:
        """The table whose headings are in that line, or None."""
        columns = tuple(_COLUMN_OF.get(cell.strip().strip("*").lower(), "") for cell in _cells(lines[start]))
        if not {DATE, VERSION, STATUS, REASON} <= set(columns) or start + 1 >= len(lines):
            return None
        rule = _cells(lines[start + 1])
        if not rule or not all(_RULE_CELL.match(cell) for cell in rule):
            return None
        end = start + 2
        while end < len(lines) and lines[end].lstrip().startswith("|"):
            end += 1
        return cls(start, end, columns)


def _cells(line: str) -> list[str]:
    """The cells of a line of a table; [] when it is none."""
    stripped = line.strip()
    if not stripped.startswith("|"):
        return []
    return [match.group(0) for match in _CELL.finditer(stripped.strip("|")) if match.group(0)]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in cells) + " |"
