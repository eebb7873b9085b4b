# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One change of the cache mode in the file: planned, committed, confirmed.

Ties the plan (_cache_edit) to the file (_config_file), to the state (_change_state), and to
the guard that takes an unconfirmed change back (_guard).
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from typing import Any

from .._deployment.config_file import ConfigFile, sha256_of
from .._edit.journal import Journal
from .._edit.plan import Plan, plan_revert
from .._edit.plan_mode import plan_cache_mode, plan_text
from .._errors import ConfigError, JournalError, LitellmCacheError, OptionError
from .._finding import finding
from .._settings.wishes import CacheWishes
from .arming import arm
from .damage import WITHOUT_JOURNAL
from .guard import NO_GUARD, Guard
from .metrics_file import tell
from .pending import FLUSHED, Lease, PendingChange
from .precautions import Precautions
from .state import ChangeState, PendingChangeError
from .state_directory import CONFIRMING, JOURNAL, StateError


class ChangedMeanwhileError(LitellmCacheError):
    """The file is no longer the one that was planned on."""


@dataclass(frozen=True)
class Author:
    """Who changes, in which run, why, and what is said of it: the versions of LiteLLM."""

    run: str
    user: str
    reason: str
    versions: tuple[str, ...] = ()


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
        state.adopt_where(self._leads_back)
        self._guard = Guard(state)
        self._told = state.findings()  # now: a change mends some of it
        self._take_over_at_once = take_over
        self._planned_on: tuple[Journal | None, ...] = ()
        self.left_behind = self._pending_of_others()

    def _leads_back(self, stored: dict[str, Any]) -> bool:
        """Whether a stored journal describes the file as it is: each of its operations is there to be undone."""
        try:
            journal = Journal.from_dict(stored)
            plan = plan_revert(self.file.text, journal)
        except (JournalError, ConfigError):
            return False
        return plan.exact and len(plan.operations) == len(journal.operations)

    def _pending_of_others(self) -> PendingChange | None:
        """The change of another run that nobody will end any more.

        :raises PendingChangeError: somebody is at work.
        """
        cut_off = self.state.reverting()
        if cut_off is not None:
            if self._guard.alive:
                raise PendingChangeError(
                    f"{cut_off.in_words()}, is being taken back at this moment: wait until that is done. What it does "
                    f"is in {self.state.directory}/guard.log",
                    pending=cut_off.summary(),
                )
            return cut_off
        pending = self.state.pending()
        if pending is None or pending.run == self.author.run:
            return None
        lease = self.state.lease()
        remaining = lease.remaining() if lease is not None else 0.0
        if (remaining > 0 or self._guard.alive) and not self._take_over_at_once:
            raise PendingChangeError(
                f"{pending.in_words()}, is under way. Unless that run gives a sign of life, the change "
                f"{'is taken back' if self._guard.alive else 'lapses'} in {max(1, round(remaining))} s. "
                f"Wait for it; or, when that run is known to be dead, set "
                f"litellm_cache_take_over. The playbook erni_ki.litellm.history shows it, from "
                f"{self.state.directory}/pending.json",
                pending=pending.summary(),
            )
        return pending

    def taken_back(self) -> str | None:
        """In words, how the last change ended, where it was taken back without its run."""
        last = [record for record in self.state.history() if record["result"] != FLUSHED][-1:]
        if not last or last[0].get("by") != "guard":
            return None
        told = last[0].get("told", last[0]["result"])
        return f"the last change, from {last[0]['from']} to {last[0]['to']} by {last[0]['user']}: {told}"

    def journal(self) -> Journal | None:
        """The journal that describes the file as it is: of an unfinished change when that is in the file."""
        stored = self.state.journal()
        unfinished = self.left_behind or self.state.confirming() or self.own()
        if unfinished is not None and self.file.sha256 != unfinished.base_sha256:
            stored = unfinished.journal
        return self._journal_of(stored)

    def _journal_of(self, stored: dict[str, Any] | None) -> Journal | None:
        """A stored journal; None where it is damaged, which the report tells."""
        try:
            return Journal.from_dict(stored) if stored is not None else None
        except JournalError as error:
            self._told += [
                finding(
                    "journal_damaged",
                    f"{error}, so {WITHOUT_JOURNAL}; move {self.state.directory / JOURNAL} away to be told of it no more",
                )
            ]
            return None

    def plan(self, wishes: CacheWishes, snapshot: int | None = None) -> Plan:
        """What would change in the file.

        :param snapshot: number of the snapshot to restore, None to edit the file by the wishes.
        :raises ConfigError: the file cannot be edited safely.
        :raises OptionError: the snapshot is of another mode.
        """
        if snapshot is None:
            journal = self.journal()
            self._planned_on = (journal,)
            return plan_cache_mode(self.file.text, wishes, journal)
        self.state.snapshots.require_file(snapshot, self.file.path)
        journal = self._journal_of(self.state.snapshots.journal(snapshot))
        plan = plan_text(self.file.text, self.state.snapshots.text(snapshot), journal)
        if plan.mode_after != wishes.mode:
            raise OptionError(
                "snapshot",
                f"snapshot {snapshot} is in the cache mode {plan.mode_after}, not {wishes.mode}: restore it with the "
                "playbook of its own mode",
            )
        return plan

    def describe(self, plan: Plan) -> dict[str, Any]:
        """A plan as the modules return it."""
        described = {
            "run": self.author.run,
            "cache": plan.cache,
            "mode_before": plan.mode_before,
            "mode_after": plan.mode_after,
            "base_sha256": self.file.sha256,
            "candidate_sha256": sha256_of(plan.candidate.encode("utf-8")),
            "findings": [*plan.findings, *self._told],
            "exact": plan.exact,
            "changes": list(plan.changes),
            "pending": self.left_behind is not None,
        }
        if plan.changed:
            described["second_reader"] = plan.second_reader
        if self.left_behind is not None:
            described["taken_over"] = f"taken over: {self.left_behind.in_words()}, which nobody confirmed"
        elif self.taken_back() is not None:
            described["taken_over"] = self.taken_back()
        return described

    def commit(self, plan: Plan, expected_base: str | None, precautions: Precautions) -> PendingChange | None:
        """Put the candidate in the file's place and leave the change pending, with a guard that would take it back.

        :param expected_base: hash of the file that was planned on earlier, or None.
        :returns: this run's pending change, None when it has none because the file is as wanted already.
        :raises ChangedMeanwhileError: the file was changed since.
        :raises GuardError: the guard does not start; nothing was changed.
        """
        if expected_base and expected_base != self.file.sha256:
            raise ChangedMeanwhileError(
                f"{self.file.path} was changed by somebody since it was planned on; nothing was written. Run again"
            )
        if not plan.changed and self.left_behind is None and self.state.confirming() is None and not self._remains():
            return self.own()  # not even a state directory is made
        with self.state.locked():
            self.file.clear_away_remains()
            self.end_what_was_left_behind()
            own = self.own()
            if not plan.changed:
                return own
            kept_before = self.state.snapshots.numbers()
            change = self._continued(own, plan) if own is not None else self._new(plan, precautions)
            try:
                self.state.open_change(change, Lease.begin(self.author.run, precautions.lease))
                if change.guard != NO_GUARD:
                    arm(self.state, change.guard)
                tell(self.state, change, self._guard.status())
                if ConfigFile.read(self.file.path).sha256 != self.file.sha256:
                    raise ChangedMeanwhileError(
                        f"{self.file.path} was changed by somebody at this moment; nothing was written. Run again"
                    )
                self._tell_lost(self.file.replace(plan.candidate.encode("utf-8")))
            except LitellmCacheError:
                if own is not None:
                    self.state.open_change(own, Lease.begin(self.author.run, precautions.lease))
                else:
                    self.state.abandon_change()
                    tell(self.state, change)
                    if change.snapshot not in kept_before:
                        self.state.snapshots.drop(change.snapshot)
                raise
            with contextlib.suppress(StateError):  # not before: a change that is refused pushes none out
                self.state.snapshots.purge(max(1, precautions.keep))
            return change

    def _tell_lost(self, attributes: tuple[str, ...]) -> None:
        if attributes:
            message = (
                f"{self.file.path} lost what could not be kept of its extended attributes: {', '.join(attributes)}. For "
                "security.selinux run restorecon on it, and look whether the instances may read it"
            )
            self._told.append(finding("attributes_lost", message))

    def _remains(self) -> bool:
        """Whether a killed process of ours left something that holds a configuration."""
        return bool(self.state.remains() or self.file.remains())

    def _new(self, plan: Plan, precautions: Precautions) -> PendingChange:
        """The record of this run's first change, its snapshot taken."""
        return PendingChange(
            run=self.author.run,
            user=self.author.user,
            since=time.time(),
            mode_before=plan.mode_before,
            mode_after=plan.mode_after,
            base_sha256=self.file.sha256,
            candidate_sha256=sha256_of(plan.candidate.encode("utf-8")),
            config_path=self.file.path,
            snapshot=self.state.snapshots.take(self.file.content, self.file.path),
            modified=self.file.modified,
            reason=self.author.reason,
            journal=plan.journal.to_dict() if plan.journal is not None else None,
            deployment=precautions.deployment,
            waits=precautions.waits,
            started=precautions.started,
            planted=precautions.planted,
            guard=precautions.guard,
            versions=list(self.author.versions),
            answered=precautions.answered,
            outlives=precautions.outlives,
            metrics=precautions.metrics,
        )

    def _continued(self, own: PendingChange, plan: Plan) -> PendingChange:
        """The record of this run's pending change with another candidate; the way back stays that of the first.

        :raises ChangedMeanwhileError: somebody edited the file in between, which that way back would lose.
        """
        if self.file.sha256 not in (own.base_sha256, own.candidate_sha256):
            raise ChangedMeanwhileError(
                f"{self.file.path} was edited by somebody since this run changed it; nothing was written. End the "
                "pending change first"
            )
        return replace(
            own,
            mode_after=plan.mode_after,
            candidate_sha256=sha256_of(plan.candidate.encode("utf-8")),
            journal=plan.journal.to_dict() if plan.journal is not None else None,
        )

    def end_what_was_left_behind(self) -> None:
        """Close the changes of others that nobody will end any more.

        :raises PendingChangeError: somebody is at work.
        :raises ChangedMeanwhileError: somebody ended a change since this one was planned, so that it was planned on a journal
            which does not describe the file.
        """
        self.left_behind = self._pending_of_others()
        if self._planned_on and self.journal() != self._planned_on[0]:
            raise ChangedMeanwhileError(
                f"another change of {self.file.path} ended since this one was planned; nothing was written. Run again"
            )
        self._finish_confirming()
        if self.left_behind is not None:
            self._take_over(self.left_behind)

    def _take_over(self, lapsed: PendingChange) -> None:
        """Close a change that nobody confirmed: its journal counts when its text is in the file."""
        if self.state.reverting() is None:
            self.state.claim(lapsed, CONFIRMING)
        in_file = self.file.sha256 != lapsed.base_sha256
        told = f"nobody confirmed it, and run {self.author.run} took over"
        if in_file:
            self.state.keep_journal(lapsed.journal)
        self.state.close_change(lapsed.record("lapsed", told=told))

    def _finish_confirming(self) -> None:
        """Do the rest of what a run could not do that died while it made its change final."""
        change = self.state.confirming()
        if change is not None:
            self.state.keep_journal(change.journal)
            self.state.close_change(change.record("confirmed", evidence={}))

    def own(self) -> PendingChange | None:
        """The pending change of this run, None where it has none."""
        pending = self.state.pending()
        return pending if pending is not None and pending.run == self.author.run else None
