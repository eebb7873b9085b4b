# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the state directory: snapshots, journal, the pending change, and the history.

Private to the collection. State format version 1, all of it below one directory, made with mode 0700::

    format.json             {"version": 1}
    lock                    held with flock while one module changes anything here
    snapshots/000001.yaml   the exact bytes before a change; the only place that may hold a secret
    journal.json            operations since the file was last in the other mode
    pending.json            the change that is not confirmed; it is also the lock between runs
    history.jsonl           one line for each change that ended

Each file is written beside its place, flushed and renamed, so that it is whole after a power cut.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Iterator

from ansible_collections.erni_ki.litellm.plugins.module_utils._config_file import sync_directory
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError

FORMAT_VERSION = 1
DEFAULT_STATE_DIRECTORY = "/var/lib/erni_ki_litellm"
OWN_NAMES = frozenset(("format.json", "lock", "snapshots", "journal.json", "pending.json", "history.jsonl"))


class StateError(LitellmCacheError):
    """The state directory cannot be used, or is of another format."""


class PendingChangeError(LitellmCacheError):
    """Another run has a change under way, or there is none to end."""


@dataclass(frozen=True)
class PendingChange:
    """A change that is in the file and not confirmed yet.

    ``since`` and ``expires`` are seconds since the epoch, ``snapshot`` is a number, ``modified`` is the
    modification time of the file before the change in nanoseconds, ``journal`` is what the journal will be.
    """

    run: str
    user: str
    since: float
    expires: float
    mode_before: str
    mode_after: str
    base_sha256: str
    candidate_sha256: str
    config_path: str
    snapshot: int
    modified: int
    reason: str
    journal: dict[str, Any] | None

    def summary(self) -> dict[str, Any]:
        """What may be shown of it: everything but the journal."""
        shown = asdict(self)
        del shown["journal"]
        return shown

    def in_words(self) -> str:
        """What, by whom, since when."""
        return (
            f"a change from {self.mode_before} to {self.mode_after} by {self.user} since {clock(self.since)}, "
            f"run {self.run}"
        )


def clock(moment: float) -> str:
    """A moment in UTC, as in 2026-01-31T12:00:00Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


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
            raise StateError(
                f"another module is changing {self.directory} at this moment: try again", path=str(self.directory)
            ) from None
        finally:
            os.close(lock)

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
        """The change that is not confirmed, if there is one.

        :raises StateError: the state is of another format.
        """
        self._require_format()
        stored = self._load("pending.json")
        try:
            return PendingChange(**stored) if stored is not None else None
        except TypeError:
            raise StateError(f"{self.directory / 'pending.json'} is not a record of state format 1") from None

    def journal(self) -> dict[str, Any] | None:
        """The stored journal; see _cache_operations.Journal.

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

    def snapshot(self, number: int) -> bytes:
        """The bytes of one snapshot.

        :raises StateError: there is none of that number.
        """
        try:
            return self._snapshot_path(number).read_bytes()
        except OSError as error:
            raise StateError(f"snapshot {number} cannot be read: {error.strerror}", snapshot=number) from None

    # -- what a change does to it; each only inside locked() ----------------------------------------------

    def take_snapshot(self, content: bytes, keep: int) -> int:
        """Store the bytes before a change, and drop the oldest snapshots.

        :param keep: how many there are at most afterwards.
        :returns: the new snapshot's number.
        """
        numbers = self._snapshot_numbers()
        number = (numbers[-1] if numbers else 0) + 1
        self._write(self._snapshot_path(number), content)
        for old in (numbers + [number])[: -max(1, keep)]:
            self._snapshot_path(old).unlink()
        return number

    def open_change(self, change: PendingChange) -> None:
        """Record a change before the file is replaced."""
        self._store("pending.json", asdict(change))

    def close_change(self, record: dict[str, Any], journal: dict[str, Any] | None, keep_journal: bool) -> None:
        """End the pending change: the journal first, then the history, the record last.

        :param record: the line for the history.
        :param journal: the journal from now on, None for none.
        :param keep_journal: leave the stored journal as it is.
        """
        if not keep_journal:
            if journal is not None:
                self._store("journal.json", journal)
            else:
                self._remove("journal.json")
        self._append_history(record)
        self._remove("pending.json")

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

    def _snapshot_numbers(self) -> list[int]:
        names = (path.stem for path in (self.directory / "snapshots").glob("*.yaml"))
        return sorted(int(name) for name in names if name.isdigit())

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
