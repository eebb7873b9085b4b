# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status shows, one row for each thing that was looked at, with its verdict.

Pure: the result of litellm_cache_status in, rows out. The rows are those of a verification, as far as both look at the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._change.history_screen import guard_in_words
from .._change.history_table import REASON, STATUS, row_of
from .._change.pending import FLUSHED, clock, moment_of, way_in_words
from .._telling import ago
from .verdict_rows import FACT, NOTE, OK, PLAYBOOK, PLAYBOOK_OF, WRONG, Row, rows_of_modes, rows_of_staleness

#: What may not have been seen, and what is told of it in a few words.
FILE, MOUNT, INSTANCES, STATE = "the file", "the mount", "the instances", "the state directory"
_UNSEEN = {
    FILE: "the file cannot be read",
    MOUNT: "the instances read another file",
    INSTANCES: "the instances cannot be seen",
    STATE: "the state directory cannot be read",
}
#: Rows of a change that is not final.
PENDING, GUARD = "pending change", "guard"
_CHECK_AGAIN = f"{PLAYBOOK}verify"


@dataclass(frozen=True)
class StatusRows:
    """The rows of one status.

    :param found: result of litellm_cache_status.
    :param check: whether it was a check run.
    """

    found: dict[str, Any]
    check: bool = False

    @property
    def mode(self) -> str | None:
        """The cache mode of the file, None for unknown."""
        return self.found["mode"]["file"]

    @property
    def last_change(self) -> dict[str, Any] | None:
        """The newest record of the history that is of a change, and not of a flush."""
        changes = [record for record in self.found["history"] if record["result"] != FLUSHED]
        return changes[-1] if changes else None

    def rows(self) -> Iterator[Row]:
        """All of them, in the order in which they are read."""
        yield from self._unseen()
        yield from self._modes()
        for instance in self.found["instances"] or []:
            yield from self._instance(instance)
        beside = self.found["beside"]
        if beside:
            seen = f"{', '.join(beside)}: of a run that is at work, or that was killed"
            yield Row(NOTE, "beside them", seen, mend=f"docker rm --force {' '.join(beside)}, when no run is at work")
        yield from self._change()
        yield from self._pending()
        yield from self._verification()
        taken = self.found["snapshots"]
        if taken:
            told = f"{taken[0]['number']} to {taken[-1]['number']}" if len(taken) > 1 else str(taken[0]["number"])
            yield Row(FACT, "snapshots", f"{told}, the newest {self._when(taken[-1]['at'])}")
        document = self.found.get("document")
        if document and document["problem"]:
            yield Row(NOTE, "document", f"{document['path']} is not kept up to date: {document['problem']}")
        elif document:
            brought = f"{'would be' if self.check else 'was'} brought up to date"
            yield Row(OK, "document", f"{document['path']} {brought if document['changed'] else 'says the same'}")
        metrics = self.found.get("metrics")
        if metrics and metrics["problem"]:
            yield Row(NOTE, "metrics", f"not written: {metrics['problem']}")
        for finding in self.found["damage"]:
            yield Row(NOTE, "state directory", finding["message"])

    def _unseen(self) -> Iterator[Row]:
        for one in self.found["unseen"]:
            yield Row(WRONG, one["what"], one["why"], _UNSEEN[one["what"]])

    def _modes(self) -> Iterator[Row]:
        if self.mode is not None:
            yield from rows_of_modes(self.mode, self.found["instances"] or [])
        elif self.found["mode"]["effective"]:
            yield Row(FACT, "mode in effect", ", ".join(self.found["mode"]["effective"]))
        stored = self.found["mode"]["stored"]
        if stored is not None:
            told = f"{stored}, which takes the place of the file's"
            yield Row(FACT if stored == self.mode else NOTE, "stored by LiteLLM", told)
        for finding in self.found["findings"]:
            yield Row(NOTE, "the file", finding["message"])

    def _instance(self, told: dict[str, Any]) -> Iterator[Row]:
        versions = f"LiteLLM {told['litellm_version'] or 'unknown'}, redis-py {told['redis_py_version'] or 'unknown'}"
        up = f", started {ago(self.found['at'] - told['started'])}" if told["started"] else ""
        yield Row(FACT, told["name"], f"{versions}{up}" if told["running"] else told["status"])
        yield Row(FACT, "  image", told["image"])
        yield from rows_of_staleness(told, self.mode or "", self.found["running"])
        if told["problem"]:
            seen = told["problem"].removeprefix(f"{told['name']}: ")
            yield Row(WRONG, "  problem", seen, f"{told['name']} does not work")

    def _change(self) -> Iterator[Row]:
        record = self.last_change
        if record is None:
            yield Row(FACT, "last change", "none is in the history")
            return
        cells = row_of(record)
        seen = f"{cells[STATUS]}, {self._when(moment_of(record['at']))} by {record['user']}"
        yield Row(FACT if record["result"] == "confirmed" else NOTE, "last change", seen)
        if record["reason"] or record.get("why"):
            yield Row(FACT, "  reason", cells[REASON])

    def _pending(self) -> Iterator[Row]:
        pending, guard = self.found["pending"], self.found["guard"]
        if pending is None:
            yield Row(FACT, PENDING, "none")
            return
        seen = f"{way_in_words(pending)} by {pending['user']}, {self._when(pending['since'])}, run {pending['run']}"
        yield Row(NOTE, PENDING, seen, mend=f"{PLAYBOOK}history tells how the pending change stands")
        if guard is None:
            return
        if guard["alive"] or guard["kind"] == "none":
            yield Row(NOTE, f"  {GUARD}", guard_in_words(guard))
        else:
            back = PLAYBOOK_OF.get(pending["mode_before"], PLAYBOOK_OF["local"])
            if pending.get("image"):
                back = _upgrade_to(pending["image"])
            mend = f"{back} -e litellm_cache_take_over=true, when that run is known to be dead"
            yield Row(WRONG, f"  {GUARD}", guard_in_words(guard), "nobody watches the pending change", mend)

    def _verification(self) -> Iterator[Row]:
        known = self.found["verification"]
        if known is None:
            yield Row(NOTE, "last verification", "none is known", mend=_CHECK_AGAIN)
            return
        when = f"{known['mode']}, {self._when(known['at'])} by {known['user']}"
        if known["problems"]:
            seen = f"FAILED  {when}: {'; '.join(known['problems'])}"
            yield Row(WRONG, "last verification", seen, "the last verification failed", _CHECK_AGAIN)
            return
        seen = f"OK  {when}" + (f", {known['words']}" if known["words"] else "")
        if self.is_verified:
            yield Row(OK, "last verification", seen)
        else:
            yield Row(NOTE, "last verification", f"{seen}; something was changed since", mend=_CHECK_AGAIN)

    @property
    def is_verified(self) -> bool:
        """Whether the mode of the file was verified, and nothing was changed or restarted since."""
        known = self.found["verification"]
        if known is None or known["problems"] or known["mode"] != self.mode:
            return False
        moments = [instance["started"] for instance in self.found["instances"] or []]
        if self.last_change is not None:
            moments.append(moment_of(self.last_change["at"]))
        return all(moment is None or moment <= known["at"] for moment in moments)

    def _when(self, moment: float | None) -> str:
        """How long ago something was, and when; in UTC."""
        if moment is None:
            return "nobody knows when"
        return f"{ago(self.found['at'] - moment)} ({clock(moment).rstrip('Z').replace('T', ' ')[:16]})"

    @property
    def back(self) -> str:
        """The command that takes the last change back, empty for none. While one is pending, another run is refused."""
        if self.found["pending"] is not None:
            return ""
        record, mode = self.last_change, self.mode
        image = record.get("image") if record is not None and record["result"] == "confirmed" else None
        if isinstance(image, dict) and record is not None and record["from"] == record["to"]:
            return _upgrade_to(image)
        if record is not None and record["result"] == "confirmed" and record["from"] in PLAYBOOK_OF:
            if record["from"] != record["to"]:
                return PLAYBOOK_OF[record["from"]] if mode in (record["to"], None) else ""
            numbers = [snapshot["number"] for snapshot in self.found["snapshots"]]
            if record.get("snapshot") in numbers:
                return f"{PLAYBOOK_OF[record['from']]} -e litellm_cache_snapshot={record['snapshot']}"
        return PLAYBOOK_OF["local"] if mode == "redis" else ""


def _upgrade_to(image: dict[str, Any]) -> str:
    """The command that leads back to the image of before."""
    return f"{PLAYBOOK}upgrade_litellm -e litellm_upgrade_image={image.get('from')}"
