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
from .._telling import counted
from .pending import FLUSHED

DATE, VERSION, STATUS, REASON = "date", "version", "status", "reason"
#: The headings of the runbook's own table, and in English.
HEADINGS = {
    "en": {DATE: "Date", VERSION: "LiteLLM version", STATUS: "Redis status", REASON: "Reason"},
    "ru": {DATE: "Дата", VERSION: "Версия LiteLLM", STATUS: "Статус Redis", REASON: "Причина"},
}
_COLUMN_OF = {heading.lower(): column for headings in HEADINGS.values() for column, heading in headings.items()}
_LANGUAGE_OF = {heading.lower(): language for language, headings in HEADINGS.items() for heading in headings.values()}
#: The words of the cells; an ending is what a change that is not simply confirmed says behind its status.
_WORDS = {
    "en": {
        "on": "Enabled",
        "off": "Disabled",
        "same": "other settings",
        FLUSHED: "cache emptied",
        "image": "other image",
        "no version": "unknown",
        "reverted": ", taken back",
        "revert_incomplete": ", taken back, an instance did not come back",
        "needs_operator": ", left to an operator",
        "lapsed": ", never confirmed",
        "to on": "switch to Redis by {user}",
        "to off": "way back to the local cache by {user}",
        "to same": "other settings by {user}",
        "to image": "image by {user}: {before} → {after}",
        "flush": "cache emptied by {user}: {keys} removed, {instances} restarted",
    },
    "ru": {
        "on": "Включен",
        "off": "Отключен",
        "same": "другие настройки",
        FLUSHED: "кеш очищен",
        "image": "другой образ",
        "no version": "неизвестна",
        "reverted": ", отменено",
        "revert_incomplete": ", отменено, не все экземпляры запустились",
        "needs_operator": ", оставлено оператору",
        "lapsed": ", не подтверждено",
        "to on": "переключение на Redis ({user})",
        "to off": "возврат к локальному кешу ({user})",
        "to same": "другие настройки ({user})",
        "to image": "образ ({user}): {before} → {after}",
        "flush": "очистка кеша ({user}): удалено ключей: {removed}, перезапущено экземпляров: {restarted}",
    },
}
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?))?"),
    re.compile(r"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4})(?:,? (?P<clock>\d\d:\d\d(?::\d\d)?))?"),
)
_CELL = re.compile(r"(?:\\.|[^|\\])*")
_RULE_CELL = re.compile(r" *:?-+:? *\Z")


class HistoryTableError(LitellmCacheError):
    """A document has no table that rows could be added to."""


def row_of(record: dict[str, Any], language: str = "en") -> dict[str, str]:
    """The cells of one record, by column.

    :param language: of the words in the cells; what somebody gave as the reason stays as it is.
    """
    words = _WORDS[language]
    before, after = (words["on" if record[end] == "redis" else "off"] for end in ("from", "to"))
    same = words[FLUSHED if record["result"] == FLUSHED else "image" if _image_of(record) else "same"]
    status = f"{before} → {after}" if before != after else f"{after}, {same}"
    ending = words[record["result"]] if record["result"] not in ("confirmed", FLUSHED) else ""
    return {
        DATE: record["at"].rstrip("Z").replace("T", " "),
        VERSION: " → ".join(dict.fromkeys(filter(None, (", ".join(record["versions"]), _version_after(record)))))
        or words["no version"],
        STATUS: status + ending,
        REASON: _reason(record, language),
    }


def _reason(record: dict[str, Any], language: str) -> str:
    """The reason that was given, else what was done; in English also why it was taken back.

    A run's identifier says nothing to whoever reads a document.
    """
    reason = record["reason"] or _done(record, _WORDS[language])
    why = str(record.get("why") or "") if language == "en" else ""
    for name in (f"run {record['run']}", record["run"]):
        why = why.replace(name, "the run") if record["run"] else why
    return " — ".join(filter(None, (reason, why)))


def _done(record: dict[str, Any], words: dict[str, str]) -> str:
    """What was done, in one sentence."""
    if record["result"] == FLUSHED:
        evidence = record.get("evidence")
        facts = evidence if isinstance(evidence, dict) else {}
        removed, restarted = int(facts.get("removed") or 0), len(facts.get("restarted") or [])
        keys, instances = counted(removed, "key"), counted(restarted, "instance")
        numbers = {"removed": removed, "restarted": restarted, "keys": keys, "instances": instances}
        return words["flush"].format(user=record["user"], **numbers)
    image = _image_of(record)
    if image is not None and record["from"] == record["to"]:
        return words["to image"].format(user=record["user"], before=image["from"], after=image["to"])
    way = "same" if record["from"] == record["to"] else "on" if record["to"] == "redis" else "off"
    return words[f"to {way}"].format(user=record["user"])


def _image_of(record: dict[str, Any]) -> dict[str, Any] | None:
    """From which image to which, where the change was about that."""
    image = record.get("image")
    return image if isinstance(image, dict) and {"from", "to"} <= set(image) else None


def _version_after(record: dict[str, Any]) -> str:
    """The versions of LiteLLM after a change of the image; empty for the same."""
    evidence = record.get("evidence")
    after = evidence.get("versions") if isinstance(evidence, dict) else None
    return ", ".join(map(str, after)) if isinstance(after, list) and _image_of(record) else ""


def table_of(records: list[dict[str, Any]], language: str = "en") -> str:
    """The whole history as a table of its own, oldest first."""
    headings = HEADINGS[language]
    lines = [_line(list(headings.values())), "|" + " --- |" * len(headings)]
    return "\n".join(lines + [_line(list(row_of(record, language).values())) for record in records]) + "\n"


def with_records(document: str, records: list[dict[str, Any]], language: str = "en") -> str:
    """A document whose table has a row for every record; rows that are there stay as they are.

    A record is known by its time. New rows come where the table has its newest, in the words of its language. A document
    without such a table gets one at its end.

    :param records: oldest first.
    :param language: of a new table.
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
        return document + gap + table_of(records, language)
    return _grown(lines, tables[0], records)


def _grown(lines: list[str], table: _Table, records: list[dict[str, Any]]) -> str:
    """The document with the rows that its table lacks."""
    known = "".join(lines[table.start : table.end])
    ending = "\r\n" if lines[table.start].endswith("\r\n") else "\n"
    rows = [row_of(record, table.language) for record in records]
    new = [_line([row.get(column, "") for column in table.columns]) + ending for row in rows if row[DATE] not in known]
    if new and not lines[table.end - 1].endswith("\n"):
        lines[table.end - 1] += ending
    if table.newest_first(lines):
        place, new = table.start + 2, new[::-1]
    else:
        place = table.end
    return "".join(lines[:place] + new + lines[place:])


@dataclass(frozen=True)
class _Table:
    """Where a table of the history stands: the line of its headings, the line behind its last row, its columns."""

    start: int
    end: int
    columns: tuple[str, ...]
    language: str

    @classmethod
    def at(cls, lines: list[str], start: int) -> _Table | None:
        """The table whose headings are in that line, or None."""
        headings = [cell.strip().strip("*").lower() for cell in _cells(lines[start])]
        columns = tuple(_COLUMN_OF.get(heading, "") for heading in headings)
        if not {DATE, VERSION, STATUS, REASON} <= set(columns) or start + 1 >= len(lines):
            return None
        rule = _cells(lines[start + 1])
        if not rule or not all(_RULE_CELL.match(cell) for cell in rule):
            return None
        end = start + 2
        while end < len(lines) and lines[end].lstrip().startswith("|"):
            end += 1
        return cls(start, end, columns, _LANGUAGE_OF[headings[columns.index(STATUS)]])

    def newest_first(self, lines: list[str]) -> bool:
        """Whether its first dated row is newer than its last one; two that tell no order are taken as oldest first."""
        column = self.columns.index(DATE)
        rows = [_cells(line) for line in lines[self.start + 2 : self.end]]
        dates = [date for date in (_date_of(cells[column]) for cells in rows if len(cells) > column) if date]
        return bool(dates) and dates[0] > dates[-1]


def _date_of(cell: str) -> str:
    """The date of a cell in an order that text can be sorted by, empty for none."""
    for pattern in _DATES:
        found = pattern.search(cell)
        if found:
            return "{year}-{month}-{day} ".format(**found.groupdict()) + (found["clock"] or "")
    return ""


def _cells(line: str) -> list[str]:
    """The cells of a line of a table; [] when it is none."""
    stripped = line.strip()
    if not stripped.startswith("|"):
        return []
    return [match.group(0) for match in _CELL.finditer(stripped.strip("|")) if match.group(0)]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in cells) + " |"
