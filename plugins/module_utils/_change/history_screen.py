# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator reads of the history: the changes, what is pending, and the snapshots, in the width of a screen.

Pure: results of the modules in, lines out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._telling import PLAYBOOKS, aligned, counted, folded
from .history_table import DATE, HEADINGS, STATUS, row_of
from .pending import clock, way_in_words

#: Characters of a status in a line: both modes, and what goes on below them.
_STATUS_WIDTH = 19


@dataclass(frozen=True)
class HistoryScreen:
    """What was seen, as the modules tell it.

    :param found: result of litellm_cache_history.
    :param guard: result of litellm_cache_guard.
    :param snapshots: result of litellm_cache_snapshots.
    :param language: of the table of the changes.
    """

    found: dict[str, Any]
    guard: dict[str, Any]
    snapshots: dict[str, Any]
    language: str = "en"

    def lines(self) -> list[str]:
        """All of it; a comparison that was asked for stands at the end, as it is."""
        state = aligned([*self._pending(), *self._guard(), *self._snapshots()])
        findings = [line for finding in self.found["findings"] for line in folded(finding["message"])]
        compared = (self.snapshots.get("comparison") or {}).get("after", "").splitlines()
        parts = [self._changes(), findings, state, self._next(), compared]
        return [line for part in parts if part for line in ("", *part)][1:]

    def _changes(self) -> list[str]:
        if not self.found["records"]:
            return ["No change of the cache is in the history."]
        rows = [row_of(record, self.language) for record in self.found["records"]]
        minutes = [{**row, DATE: row[DATE].rpartition(":")[0] or row[DATE]} for row in rows]
        cells = [list(HEADINGS[self.language].values()), *(list(row.values()) for row in minutes)]
        return aligned(cells, {list(HEADINGS[self.language]).index(STATUS): _STATUS_WIDTH})

    def _pending(self) -> Iterator[tuple[str, str]]:
        pending = self.guard["pending"]
        if not pending:
            yield "pending change", "none"
            return
        yield (
            "pending change",
            f"{way_in_words(pending)} by {pending['user']} since {clock(pending['since'])}, run {pending['run']}",
        )

    def _guard(self) -> Iterator[tuple[str, str]]:
        yield "guard", guard_in_words(self.guard["guard"]) if self.guard["pending"] else "none is needed"

    def _snapshots(self) -> Iterator[tuple[str, str]]:
        taken = self.snapshots["snapshots"]
        if not taken:
            yield "snapshots", "none"
        cells = [(str(one["number"]), one["at"].rstrip("Z").replace("T", " "), one["mode"]) for one in taken]
        for number, line in enumerate(aligned(cells)):
            yield "" if number else "snapshots", line

    def _next(self) -> list[str]:
        """How the newest snapshot would be restored."""
        usable = [one for one in self.snapshots["snapshots"] if one["mode"] in PLAYBOOKS]
        if self.guard["pending"] or not usable:
            return []
        playbook, number = PLAYBOOKS[usable[-1]["mode"]], usable[-1]["number"]
        command = f"ansible-playbook erni_ki.litellm.{playbook} -e litellm_cache_snapshot={number}"
        return ["next: a snapshot comes back by its number, the newest with", f"  {command}"]


def guard_in_words(guard: dict[str, Any]) -> str:
    """How the guard of a pending change stands.

    :param guard: as ``Guard.status`` tells it.
    """
    if not guard["alive"]:
        return "none watches: nobody goes back by himself when the run dies"
    if guard["reverts"]:
        return f"takes the change back at this moment ({guard['kind']})"
    outlives = f", outlives {', '.join(guard['outlives'])}" if guard["outlives"] else ""
    left = guard.get("remaining_seconds")
    when = f", goes back after {counted(max(left, 0), 'second')} of silence" if left is not None else ""
    return f"watches ({guard['kind']}){outlives}{when}"
