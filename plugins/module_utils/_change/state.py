# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the state directory: snapshots, journal, the pending change, and the history.

Standard library only: the guard uses it too. State format version 1, all of it below one
directory, made with mode 0700::

    format.json                     {"version": 1}
    lock                            held with flock while somebody changes anything here
    snapshots/000001.yaml           the exact bytes before a change; the only place that may hold a secret
    snapshots/000001.journal.json   the journal that belongs to these bytes, where there was one
    journal.json                    operations since the file was last in the other mode
    pending.json                    the change that is not final; it is also the lock between runs
    firing.json                     the same record while the change is being taken back
    confirming.json                 the same record while the change is made final
    lease.json                      the last sign of life of the run that owns the change
    guard.pyz, guard.log            the program that takes the change back, and what it said
    guard.lock                      held with flock by that program as long as it lives
    history.jsonl                   one line for each change that ended
    removal.json                    when entries were last removed from Redis
    emptied.json                    containers that were shown to hold no answer in memory, and how that is known later

To make a change final and to take it back both begin with a rename of the pending record, so that only one of them can.
Each file is written beside its place, flushed and renamed, so that it is whole after a power cut.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Iterator

from .._deployment.config_file import sync_directory
from .._errors import LitellmCacheError
from .pending import Lease, PendingChange

FORMAT_VERSION = 1
PENDING, FIRING, CONFIRMING = "pending.json", "firing.json", "confirming.json"
REMOVAL, EMPTIED = "removal.json", "emptied.json"
OWN_NAMES = frozenset(
    ("format.json", "lock", "snapshots", "journal.json", "history.jsonl", "lease.json", PENDING, FIRING, CONFIRMING)
    + ("guard.pyz", "guard.log", "guard.lock", REMOVAL, EMPTIED)
)


class StateError(LitellmCacheError):
    """The state directory cannot be used, or is of another format."""


class PendingChangeError(LitellmCacheError):
    """Another run has a change under way, or there is none to end."""


class ChangeState:
    """The state of one deployment.

    :param directory: the state directory; made when something is first written.
    """

    def __init__(self, directory: str) -> None:
        self.directory = Path(directory)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the directory where it is missing, check its format, and keep other modules out meanwhile.

        :raises StateError: it cannot be made, is of another format, or another module holds it.
        """
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._require_own_directory()
            (self.directory / "snapshots").mkdir(mode=0o700, exist_ok=True)
            lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateError(
                f"the state directory {self.directory} cannot be written: {error.strerror}; run the play with become "
                "or set litellm_cache_state_dir",
                path=str(self.directory),
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self._require_format():
                self._store("format.json", {"version": FORMAT_VERSION})
            yield
        except BlockingIOError:
            raise StateError(self._at_work(), path=str(self.directory)) from None
        finally:
            os.close(lock)

    def _at_work(self) -> str:
        """Who holds the lock, in words."""
        firing = self.firing()
        if firing is not None:
            return (
                f"{firing.in_words()}, is being taken back at this moment. Wait until that is done; what it does is in "
                f"{self.directory}/guard.log, and its outcome will be the last line of {self.directory}/history.jsonl"
            )
        return f"another module is changing {self.directory} at this moment: try again"

    def _require_own_directory(self) -> None:
        """Refuse a directory that somebody uses for something else."""
        names = os.listdir(self.directory)
        foreign = sorted(name for name in names if name not in OWN_NAMES and not name.startswith("."))
        if foreign and "format.json" not in names:
            raise StateError(
                f"{self.directory} is no state directory, it holds {foreign[0]}: set litellm_cache_state_dir to a "
                "directory of its own",
                path=str(self.directory),
            )

    def _require_format(self) -> bool:
        """Whether the directory has a format yet.

        :raises StateError: it is another one.
        """
        stored = self._load("format.json")
        if stored is not None and stored.get("version") != FORMAT_VERSION:
            raise StateError(
                f"{self.directory} is of state format {stored.get('version')}, this collection writes "
                f"{FORMAT_VERSION}: use the version of the collection that wrote it",
                path=str(self.directory),
            )
        return stored is not None

    # -- what is there ------------------------------------------------------------------------------------

    def pending(self) -> PendingChange | None:
        """The change that is not final, if there is one.

        :raises StateError: the state is of another format.
        """
        return self._change(PENDING)

    def firing(self) -> PendingChange | None:
        """The change that is being taken back, or whose taking back was cut off."""
        return self._change(FIRING)

    def confirming(self) -> PendingChange | None:
        """The change whose last step, making it final, was cut off."""
        return self._change(CONFIRMING)

    def _change(self, name: str) -> PendingChange | None:
        self._require_format()
        stored = self._load(name)
        try:
            return PendingChange.from_dict(stored) if stored is not None else None
        except TypeError:
            raise StateError(f"{self.directory / name} is not a record of state format 1") from None

    def lease(self) -> Lease | None:
        """The lease of the pending change."""
        stored = self._load("lease.json")
        return Lease(**stored) if stored is not None else None

    def journal(self) -> dict[str, Any] | None:
        """The stored journal; see _edit.journal.Journal.

        :raises StateError: the state is of another format.
        """
        self._require_format()
        return self._load("journal.json")

    def history(self) -> list[dict[str, Any]]:
        """The changes that ended, oldest first."""
        try:
            lines = (self.directory / "history.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unreadable("history.jsonl", error) from None
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def snapshots(self) -> list[int]:
        """The numbers of the snapshots, oldest first."""
        names = (path.stem for path in (self.directory / "snapshots").glob("*.yaml"))
        return sorted(int(name) for name in names if name.isdigit())

    def snapshot_time(self, number: int) -> float:
        """When one snapshot was taken, seconds since the epoch."""
        return self._snapshot_path(number).stat().st_mtime

    def snapshot_journal(self, number: int) -> dict[str, Any] | None:
        """The journal that belongs to the bytes of one snapshot."""
        return self._load(str(self._snapshot_path(number).with_suffix(".journal.json")))

    def snapshot(self, number: int) -> bytes:
        """The bytes of one snapshot.

        :raises StateError: there is none of that number.
        """
        try:
            return self._snapshot_path(number).read_bytes()
        except FileNotFoundError:
            known = ", ".join(map(str, self.snapshots())) or "none"
            raise StateError(f"there is no snapshot {number}, only: {known}", snapshot=number) from None
        except OSError as error:
            raise StateError(f"snapshot {number} cannot be read: {error.strerror}", snapshot=number) from None

    # -- what a change does to it; each only inside locked() ----------------------------------------------

    def take_snapshot(self, content: bytes, keep: int) -> int:
        """Store the bytes before a change with the journal that belongs to them, and drop the oldest snapshots.

        :param keep: how many there are at most afterwards.
        :returns: the new snapshot's number.
        """
        numbers = self.snapshots()
        number = (numbers[-1] if numbers else 0) + 1
        journal = self.journal()
        if journal is not None:
            self._store(str(self._snapshot_path(number).with_suffix(".journal.json")), journal)
        self._write(self._snapshot_path(number), content)
        self.purge(max(1, keep))
        return number

    def purge(self, keep: int) -> list[int]:
        """Drop the oldest snapshots.

        :param keep: how many stay.
        :returns: the numbers of those dropped.
        """
        numbers = self.snapshots()
        dropped = numbers[: len(numbers) - keep] if keep < len(numbers) else []
        for number in dropped:
            self._snapshot_path(number).unlink()
            self._snapshot_path(number).with_suffix(".journal.json").unlink(missing_ok=True)
        return dropped

    def open_change(self, change: PendingChange, lease: Lease) -> None:
        """Record a change before the file is replaced."""
        self._store("lease.json", asdict(lease))
        self._store(PENDING, change.to_dict())

    def abandon_change(self) -> None:
        """Take back the record of a change that was never written."""
        self._remove(PENDING)

    def renew(self, lease: Lease) -> None:
        """Begin a lease anew. Needs no lock."""
        self._store("lease.json", asdict(lease.renew()))

    def sign_of_life(self, run: str | None) -> None:
        """Renew the lease of a run's pending change, if it has one.

        :raises PendingChangeError: its change was taken back, or taken over by another run.
        """
        pending, lease = self.pending(), self.lease()
        if run is None or (pending is not None and pending.run != run):
            pending = None
        if pending is not None and lease is not None:
            self.renew(lease)
            return
        for record in reversed(self.history() if run is not None else []):
            if record["run"] == run and record["result"] != "confirmed":
                raise PendingChangeError(f"the change of this run was ended by somebody else: {record['told']}")
        firing = self.firing()
        if firing is not None and firing.run == run:
            raise PendingChangeError("the change of this run is being taken back: it was silent for too long")

    def require_quiet(self, run: str | None) -> None:
        """Check that no change of another run is on its way.

        :raises PendingChangeError: one is.
        """
        change = self.pending() or self.firing()
        if change is not None and change.run != run:
            raise PendingChangeError(
                f"{change.in_words()}, is not final yet, and needs what lies in Redis: wait until it is; the playbook "
                "erni_ki.litellm.history tells how it stands"
            )

    @contextlib.contextmanager
    def removal(self) -> Iterator[Callable[[], None]]:
        """Remember that entries are removed from Redis: a process that was started before may have them in its memory.

        Remembered from the beginning, so also when the module dies; forgotten where the body does not call what it is
        given, which says that something was removed.
        """
        before, removed = self.last_removal(), []
        self._note_removal(time.time())
        try:
            yield lambda: removed.append(True)
        finally:
            self._note_removal(time.time() if removed else before)

    def _note_removal(self, at: float | None) -> None:
        with self.locked():
            if at is None:
                self._remove(REMOVAL)
            else:
                self._store(REMOVAL, {"at": at})

    def last_removal(self) -> float | None:
        """When entries were last removed from Redis by us, seconds since the epoch."""
        stored = self._load(REMOVAL)
        return float(stored["at"]) if stored is not None else None

    def note_emptied(self, instances: dict[str, dict[str, Any]]) -> None:
        """Remember containers whose memory was shown to be empty, in the place of those of before.

        :param instances: what shows later that it is still so, by the container's id.
        :raises StateError: the directory cannot be written.
        """
        with self.locked():
            self._store(EMPTIED, {"instances": instances})

    def emptied(self) -> dict[str, dict[str, Any]]:
        """What was noted of containers whose memory was shown to be empty, by their ids."""
        return dict((self._load(EMPTIED) or {}).get("instances") or {})

    def claim(self, change: PendingChange, name: str) -> None:
        """Take the pending change for its last step: of all who try, one succeeds.

        :param name: ``FIRING`` or ``CONFIRMING``.
        :raises PendingChangeError: somebody else was faster.
        """
        try:
            os.rename(self.directory / PENDING, self.directory / name)
        except FileNotFoundError:
            raise PendingChangeError(f"{change.in_words()}, was ended by somebody else at this moment") from None
        sync_directory(str(self.directory))

    def close_change(self, record: dict[str, Any], journal: dict[str, Any] | None, keep_journal: bool) -> None:
        """End a claimed change: the journal first, then the history, the record last.

        :param record: the line for the history.
        :param journal: the journal from now on, None for none.
        :param keep_journal: leave the stored journal as it is.
        """
        if not keep_journal:
            if journal is not None:
                self._store("journal.json", journal)
            else:
                self._remove("journal.json")
        last = self.history()[-1:]
        if not last or last[0].get("run") != record["run"] or last[0]["result"] != record["result"]:
            self._append_history(record)  # else it was cut off behind this very step
        for name in (FIRING, CONFIRMING, PENDING):
            self._remove(name)

    def _append_history(self, record: dict[str, Any]) -> None:
        path = self.directory / "history.jsonl"
        line = (json.dumps(record, sort_keys=True, ensure_ascii=False) + "\n").encode()
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line  # a write before was cut off
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # -- files --------------------------------------------------------------------------------------------

    def _snapshot_path(self, number: int) -> Path:
        return self.directory / "snapshots" / f"{number:06d}.yaml"

    def _load(self, name: str) -> Any:
        try:
            return json.loads((self.directory / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            raise StateError(f"{self.directory / name} is not JSON: move it away to go on without it") from None
        except OSError as error:
            raise self._unreadable(name, error) from None

    def _unreadable(self, name: str, error: OSError) -> StateError:
        return StateError(
            f"{self.directory / name} cannot be read: {error.strerror}; run the play with become or set "
            "litellm_cache_state_dir",
            path=str(self.directory / name),
        )

    def _store(self, name: str, content: Any) -> None:
        self._write(self.directory / name, json.dumps(content, sort_keys=True, ensure_ascii=False).encode())

    def _write(self, path: Path, content: bytes) -> None:
        try:
            descriptor, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
            sync_directory(str(path.parent))
        except OSError as error:
            raise StateError(f"{path} cannot be written: {error.strerror}", path=str(path)) from None

    def _remove(self, name: str) -> None:
        (self.directory / name).unlink(missing_ok=True)
        sync_directory(str(self.directory))
