# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the state directory: snapshots, journal, the pending change, and the history.

Standard library only: the guard uses it too. To make a change final and to take it back both begin with a rename of the
pending record, so that only one of them can.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .._errors import LitellmCacheError
from .damage import damage_of, emptied_of, mapping_of, removal_of
from .metrics_file import named_by, tell
from .pending import FLUSHED, Lease, PendingChange
from .snapshots import Snapshots
from .state_directory import (
    CONFIRMING,
    EMPTIED,
    IMAGE_FILE,
    JOURNAL,
    LEASE,
    PENDING,
    REMOVAL,
    REVERTING,
    ROOM,
    VERIFICATION,
    DamagedStateError,
    StateDirectory,
    StateError,
)
from .verification import Verification

if TYPE_CHECKING:  # a guard is waited for until it is up, and this takes as long as all of the rest
    from .._deployment.project import Project

#: Bytes of the disk that are kept free for the end of a change.
ROOM_BYTES = 32 * 1024
Stored = TypeVar("Stored")


class PendingChangeError(LitellmCacheError):
    """Another run has a change under way, or there is none to end."""


class ChangeState:
    """The state of one deployment.

    :param directory: the state directory; made when something is first written.
    :param config_path: real path of the config file that is meant; None for whichever it is.
    """

    def __init__(self, directory: str, config_path: str | None = None) -> None:
        self._files = StateDirectory(directory, config_path)

    @classmethod
    def of(cls, deployment: Project) -> ChangeState:
        """That of one deployment."""
        return cls(deployment.state_dir, deployment.config_path)

    @property
    def directory(self) -> Path:
        """Its path."""
        return self._files.path

    def remains(self) -> list[str]:
        """Files that a killed process of ours was writing."""
        return self._files.remains()

    def adopt_where(self, is_ours: Callable[[dict[str, Any]], bool]) -> None:
        """Use the state that an earlier version kept and that does not say of which file it is, if its journal tells.

        :param is_ours: tells of a journal whether it describes this file.
        :raises StateError: others could have written what is in it.
        """
        former = self._files.left_alone()
        if former is None:
            return
        theirs = StateDirectory(str(former))
        with contextlib.suppress(DamagedStateError, TypeError):
            if is_ours(mapping_of(theirs.load(JOURNAL))):
                self._files.adopt(former)

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Keep other modules out meanwhile; see StateDirectory.locked.

        :raises StateError: the directory cannot be made, is of another format, or another module holds it.
        """
        return self._files.locked(self._reverting)

    def _reverting(self) -> str | None:
        """Who holds the lock, in words, where a change is being taken back."""
        reverting = self.reverting()
        if reverting is None:
            return None
        return (
            f"{reverting.in_words()}, is being taken back at this moment. Wait until that is done; what it does is in "
            f"{self.directory}/guard.log, and its outcome will be the last line of {self.directory}/history.jsonl"
        )

    # -- what is there ------------------------------------------------------------------------------------

    def pending(self) -> PendingChange | None:
        """The change that is not final, if there is one.

        :raises StateError: the state is of another format.
        """
        return self._change(PENDING)

    def reverting(self) -> PendingChange | None:
        """The change that is being taken back, or whose taking back was cut off."""
        return self._change(REVERTING)

    def confirming(self) -> PendingChange | None:
        """The change whose last step, making it final, was cut off."""
        return self._change(CONFIRMING)

    def _change(self, name: str) -> PendingChange | None:
        self._files.require_format()
        try:
            stored = self._files.load(name)
            return PendingChange.from_dict(stored) if stored is not None else None
        except (TypeError, DamagedStateError):
            path = self.directory / name
            raise StateError(
                f"{path} is not a record of state format 1: move it away, then no change counts as pending; the bytes "
                f"of before the change are the newest file in {self.directory}/snapshots",
                path=str(path),
            ) from None

    def lease(self) -> Lease | None:
        """The lease of the pending change; None also where it is damaged, so that its run counts as silent."""
        return self._without_damage(LEASE, Lease.from_dict)

    def journal(self) -> dict[str, Any] | None:
        """The stored journal, see _edit.journal.Journal; None also where it is damaged.

        :raises StateError: the state is of another format.
        """
        self._files.require_format()
        return self._without_damage(JOURNAL, mapping_of)

    def _without_damage(self, name: str, make: Callable[[Any], Stored]) -> Stored | None:
        """What a file holds that can be done without; None where there is none, or a damaged one."""
        try:
            stored = self._files.load(name)
            return make(stored) if stored is not None else None
        except (DamagedStateError, TypeError):
            return None

    def history(self) -> list[dict[str, Any]]:
        """The changes that ended, oldest first, without the lines that cannot be read."""
        return list(self._files.history().records)

    def findings(self) -> list[dict[str, Any]]:
        """What is damaged in the directory, and what is done without it."""
        return damage_of(self._files)

    @property
    def snapshots(self) -> Snapshots:
        """The bytes before each change."""
        return Snapshots(self._files)

    def snapshot(self, number: int) -> bytes:
        """The bytes of one snapshot; see Snapshots.content."""
        return self.snapshots.content(number)

    # -- what a change does to it; each only inside locked() ----------------------------------------------

    def open_change(self, change: PendingChange, lease: Lease) -> None:
        """Record a change before the file is replaced, with room on the disk for the record of its end.

        :raises StateError: it cannot be written.
        """
        self._files.write(self.directory / ROOM, os.urandom(ROOM_BYTES))
        self._files.store(LEASE, asdict(lease))
        self._files.store(PENDING, change.to_dict())

    def note_way_back(self, change: PendingChange) -> None:
        """Remember what was done of the way back of a claimed change.

        :raises StateError: it cannot be written.
        """
        self._files.store(REVERTING, change.to_dict())

    def abandon_change(self) -> None:
        """Take back the record of a change that was never written."""
        for name in (PENDING, IMAGE_FILE, ROOM):
            self._files.remove(name)

    def give_room(self) -> None:
        """Give back what was kept free on the disk for the end of a change."""
        self._files.remove(ROOM)

    def renew(self, lease: Lease) -> None:
        """Begin a lease anew. Needs no lock."""
        self._files.store(LEASE, asdict(lease.renew()))

    def sign_of_life(self, run: str | None) -> None:
        """Renew the lease of a run's pending change, if it has one.

        :param run: None for no run, then nothing is done.
        :raises PendingChangeError: its change was taken back, or taken over by another run.
        """
        if run is None:
            return
        pending, lease = self.pending(), self.lease()
        if pending is not None and pending.run == run and lease is not None:
            self.renew(lease)
            return
        for record in reversed(self.history()):
            if record["run"] == run and record["result"] not in ("confirmed", FLUSHED):
                raise PendingChangeError(
                    f"the change of this run was ended by somebody else: {record.get('told', record['result'])}"
                )
        reverting = self.reverting()
        if reverting is not None and reverting.run == run:
            raise PendingChangeError("the change of this run is being taken back: it was silent for too long")

    def require_quiet(self, run: str | None) -> None:
        """Check that no change of another run is on its way.

        :raises PendingChangeError: one is.
        """
        change = self.pending() or self.reverting()
        if change is not None and change.run != run:
            raise PendingChangeError(
                f"{change.in_words()}, is not final yet, and needs what lies in Redis: wait until it is; the playbook "
                "erni_ki.litellm.history tells how it stands"
            )

    def note_removal(self, at: float | None) -> None:
        """Remember when entries were removed from Redis: a process started before may have them in its memory.

        :param at: seconds since the epoch, None for never.
        :raises StateError: the directory cannot be written.
        """
        with self.locked():
            if at is None:
                self._files.remove(REMOVAL)
            else:
                self._files.store(REMOVAL, {"at": at})

    def last_removal(self) -> float | None:
        """When entries were last removed from Redis by us, seconds since the epoch."""
        try:
            stored = self._files.load(REMOVAL)
            return removal_of(stored) if stored is not None else None
        except (DamagedStateError, TypeError):
            return os.stat(self.directory / REMOVAL).st_mtime  # it was written then, whatever it held

    def note_emptied(self, instances: dict[str, dict[str, Any]]) -> None:
        """Remember containers whose memory was shown to be empty, in the place of those of before.

        :param instances: what shows later that it is still so, by the container's id.
        :raises StateError: the directory cannot be written.
        """
        with self.locked():
            self._files.store(EMPTIED, {"instances": instances})

    def emptied(self) -> dict[str, dict[str, Any]]:
        """What was noted of containers whose memory was shown to be empty, by their ids."""
        return self._without_damage(EMPTIED, emptied_of) or {}

    def verification(self) -> Verification | None:
        """The last verification; None where none is known."""
        return self._without_damage(VERIFICATION, Verification.from_dict)

    def note_verification(self, verification: Verification, make: bool = False) -> None:
        """Keep a verification. The lock is taken only to make the directory: a verification must not stop a switch.

        :param make: make the directory where there is none; never where the state of an earlier version would lose its place.
        :raises StateError: it cannot be written, or is not made.
        """
        if not self._files.require_format():
            if not make or self._files.left_alone() is not None:
                raise StateError(f"there is no state in {self.directory} yet: the first change makes it")
            with self.locked():
                pass
        self._files.store(VERIFICATION, verification.to_dict())

    def note_flush(self, record: dict[str, Any]) -> None:
        """Add the line of a flush to the history.

        :param record: of :func:`flush_record`.
        :raises StateError: the directory cannot be written.
        """
        with self.locked():
            self._files.append_history(record)

    def claim(self, change: PendingChange, name: str) -> None:
        """Take the pending change for its last step: of all who try, one succeeds.

        :param name: ``REVERTING`` or ``CONFIRMING``.
        :raises PendingChangeError: somebody else was faster.
        """
        try:
            self._files.rename(PENDING, name)
        except FileNotFoundError:
            raise PendingChangeError(f"{change.in_words()}, was ended by somebody else at this moment") from None

    def confirm(
        self, run: str, evidence: dict[str, Any], look: Callable[[PendingChange], str | None] = lambda _change: None
    ) -> PendingChange | None:
        """Make a run's pending change final. Takes the lock by itself.

        :param evidence: what was observed, for the history; no secret.
        :param look: called at the last moment; what it raises leaves the change pending, what it returns is told.
        :returns: the change, None when the run has made none.
        :raises PendingChangeError: it was taken back, or taken over, meanwhile.
        """
        with self.locked():
            self.sign_of_life(run)
            change = self.pending()
            if change is None or change.run != run:
                return None
            told = look(change)
            self.claim(change, CONFIRMING)
            self.keep_journal(change.journal)
            self.close_change(change.record("confirmed", evidence=evidence, **({"told": told} if told else {})))
            return change

    def keep_journal(self, journal: dict[str, Any] | None) -> None:
        """Store the journal that is in force from now on, None for none. Comes before :meth:`close_change`."""
        self.give_room()
        if journal is not None:
            self._files.store(JOURNAL, journal)
        else:
            self._files.remove(JOURNAL)

    def close_change(self, record: dict[str, Any]) -> None:
        """End a claimed change: the history first, the record last.

        :param record: the line for the history.
        """
        self.give_room()
        last, ended = self.history()[-1:], named_by(self)
        if not last or last[0].get("run") != record["run"] or last[0]["result"] != record["result"]:
            self._files.append_history(record)  # else it was cut off behind this very step
        for name in (IMAGE_FILE, REVERTING, CONFIRMING, PENDING):
            self._files.remove(name)
        tell(self, ended)
