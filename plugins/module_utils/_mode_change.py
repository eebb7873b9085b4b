# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One change of the cache mode in the file: planned, committed, confirmed or reverted.

Private to the collection. Ties the plan (_cache_edit) to the file (_config_file) and to the state
(_change_state).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_config import describe_cache
from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_edit import Plan, plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_operations import Journal
from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_wishes import CacheWishes
from ansible_collections.erni_ki.litellm.plugins.module_utils._change_state import (
    ChangeState,
    PendingChange,
    PendingChangeError,
    clock,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._config_file import ConfigFile, sha256_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError


class ChangedMeanwhileError(LitellmCacheError):
    """The file is no longer the one that was planned on."""


@dataclass(frozen=True)
class Author:
    """Who changes, in which run, why."""

    run: str
    user: str
    reason: str


class ModeChange:
    """A change of one config file.

    :param config_path: path of config.yaml on the managed host.
    :param state: state of the deployment.
    :param author: who changes.
    :param take_over: treat a pending change of another run as one that lapsed.
    """

    def __init__(self, config_path: str, state: ChangeState, author: Author, take_over: bool = False) -> None:
        self.file = ConfigFile.read(config_path)
        self.state = state
        self.author = author
        self._take_over_at_once = take_over
        self.left_behind = self._pending_of_others()

    def _pending_of_others(self) -> PendingChange | None:
        """The change of another run that lapsed without being confirmed.

        :raises PendingChangeError: it has not lapsed: somebody is at work.
        """
        pending = self.state.pending()
        if pending is None or pending.run == self.author.run:
            return None
        if pending.expires > time.time() and not self._take_over_at_once:
            raise PendingChangeError(
                f"{pending.in_words()}, is under way. Unless it is confirmed it lapses at {clock(pending.expires)}. "
                f"Wait for it; or, when that run is known to be dead, set "
                f"litellm_cache_take_over. Its record is {self.state.directory}/pending.json",
                pending=pending.summary(),
            )
        return pending

    def journal(self) -> Journal | None:
        """The journal that describes the file as it is: of an unfinished change when that is in the file."""
        stored = self.state.journal()
        unfinished = self.left_behind or self._own()
        if unfinished is not None and self.file.sha256 != unfinished.base_sha256:
            stored = unfinished.journal
        return Journal.from_dict(stored) if stored is not None else None

    def plan(self, wishes: CacheWishes) -> Plan:
        """What would change in the file.

        :raises ConfigError: the file cannot be edited safely.
        """
        return plan_cache_mode(self.file.text, wishes, self.journal())

    def describe(self, plan: Plan) -> dict[str, Any]:
        """A plan as the modules return it."""
        described = {
            "run": self.author.run,
            "cache": describe_cache(plan.candidate),
            "mode_before": plan.mode_before,
            "mode_after": plan.mode_after,
            "base_sha256": self.file.sha256,
            "candidate_sha256": sha256_of(plan.candidate.encode("utf-8")),
            "findings": list(plan.findings),
            "exact": plan.exact,
            "pending": self.left_behind is not None,
        }
        if self.left_behind is not None:
            described["taken_over"] = f"taken over: {self.left_behind.in_words()}, which nobody confirmed"
        return described

    def commit(self, plan: Plan, expected_base: str | None, lease: int, keep: int) -> PendingChange | None:
        """Put the candidate in the file's place and leave the change pending.

        :param expected_base: hash of the file that was planned on earlier, or None.
        :param lease: seconds until an unconfirmed change lapses.
        :param keep: how many snapshots are kept.
        :returns: this run's pending change, None when it has none because the file is as wanted already.
        :raises ChangedMeanwhileError: the file was changed since.
        """
        if expected_base and expected_base != self.file.sha256:
            raise ChangedMeanwhileError(
                f"{self.file.path} was changed by somebody since it was planned on; nothing was written. Run again"
            )
        with self.state.locked():
            self.left_behind = self._pending_of_others()
            if self.left_behind is not None:
                self._take_over(self.left_behind)
            own = self._own()
            if not plan.changed:
                return own
            change = self._continued(own, plan, lease) if own is not None else self._new(plan, lease, keep)
            self.state.open_change(change)
            try:
                if ConfigFile.read(self.file.path).sha256 != self.file.sha256:
                    raise ChangedMeanwhileError(
                        f"{self.file.path} was changed by somebody at this moment; nothing was written. Run again"
                    )
                self.file.replace(plan.candidate.encode("utf-8"))
            except LitellmCacheError:
                self._abandon(change, own)
                raise
            return change

    def _new(self, plan: Plan, lease: int, keep: int) -> PendingChange:
        """The record of this run's first change, its snapshot taken."""
        now = time.time()
        return PendingChange(
            run=self.author.run,
            user=self.author.user,
            since=now,
            expires=now + lease,
            mode_before=plan.mode_before,
            mode_after=plan.mode_after,
            base_sha256=self.file.sha256,
            candidate_sha256=sha256_of(plan.candidate.encode("utf-8")),
            config_path=self.file.path,
            snapshot=self.state.take_snapshot(self.file.content, keep),
            modified=self.file.modified,
            reason=self.author.reason,
            journal=plan.journal.to_dict() if plan.journal is not None else None,
        )

    def _continued(self, own: PendingChange, plan: Plan, lease: int) -> PendingChange:
        """The record of this run's pending change with another candidate; the way back stays that of the first.

        :raises ChangedMeanwhileError: somebody edited the file in between, which that way back would lose.
        """
        if self.file.sha256 not in (own.base_sha256, own.candidate_sha256):
            raise ChangedMeanwhileError(
                f"{self.file.path} was edited by somebody since this run changed it; nothing was written. End the "
                "pending change first (state: confirmed)"
            )
        return replace(
            own,
            expires=time.time() + lease,
            mode_after=plan.mode_after,
            candidate_sha256=sha256_of(plan.candidate.encode("utf-8")),
            journal=plan.journal.to_dict() if plan.journal is not None else None,
        )

    def _abandon(self, change: PendingChange, own: PendingChange | None) -> None:
        """Take back the record of a change that was not written."""
        if own is not None:
            self.state.open_change(own)
        else:
            self.state.close_change(_record(change, "not written"), None, keep_journal=True)

    def _take_over(self, lapsed: PendingChange) -> None:
        """Close a change that nobody confirmed: its journal counts when its text is in the file."""
        in_file = self.file.sha256 != lapsed.base_sha256
        self.state.close_change(_record(lapsed, "lapsed"), lapsed.journal, keep_journal=not in_file)

    def confirm(self, evidence: dict[str, Any]) -> PendingChange | None:
        """Make this run's pending change final.

        :param evidence: what was observed, for the history; no secret.
        :returns: the change, None when this run has made none.
        :raises PendingChangeError: another run took it over meanwhile.
        """
        with self.state.locked():
            change = self._own()
            if change is None and self._lapsed():
                raise PendingChangeError(
                    "the change of this run was not confirmed in time, and another run took over; "
                    "raise litellm_cache_confirm_timeout"
                )
            if change is not None:
                record = dict(_record(change, "confirmed"), evidence=evidence)
                self.state.close_change(record, change.journal, keep_journal=False)
            return change

    def revert(self) -> PendingChange | None:
        """Put back the bytes, and the modification time, of before this run's pending change.

        :returns: the change that was undone, None when this run has none.
        :raises ChangedMeanwhileError: the file holds neither the candidate nor the base.
        """
        with self.state.locked():
            change = self._own()
            if change is None:
                return None
            self.file = ConfigFile.read(self.file.path)
            if self.file.sha256 == change.candidate_sha256:
                self.file.replace(self.state.snapshot(change.snapshot), modified=change.modified)
            elif self.file.sha256 != change.base_sha256:
                raise ChangedMeanwhileError(
                    f"{self.file.path} was edited by somebody since this run changed it, so it stays as it is; the "
                    f"bytes of before are in snapshot {change.snapshot} in {self.state.directory}/snapshots",
                    snapshot=change.snapshot,
                )
            self.state.close_change(_record(change, "reverted"), None, keep_journal=True)
            return change

    def _lapsed(self) -> bool:
        """Whether another run closed this run's change."""
        return any(record["run"] == self.author.run and record["result"] == "lapsed" for record in self.state.history())

    def _own(self) -> PendingChange | None:
        pending = self.state.pending()
        return pending if pending is not None and pending.run == self.author.run else None


def _record(change: PendingChange, result: str) -> dict[str, Any]:
    """A line of the history."""
    return {
        "at": clock(time.time()),
        "run": change.run,
        "user": change.user,
        "from": change.mode_before,
        "to": change.mode_after,
        "reason": change.reason,
        "snapshot": change.snapshot,
        "result": result,
    }
