# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state directory as files: made, locked, its format checked, each file read and written whole.

Standard library only: the guard uses it too. State format version 1, all of it below one directory, made with mode 0700::

    format.json                     {"version": 1}
    place.json                      the path of the config file whose state it is
    lock                            held with flock while somebody changes anything here
    snapshots/index.json            the highest number of a snapshot so far, and of which file each is
    snapshots/000001.yaml           the exact bytes before a change; only they and canary/ may hold a secret
    snapshots/000001.journal.json   the journal that belongs to these bytes, where there was one
    journal.json                    operations since the file was last in the other mode
    pending.json                    the change that is not final; it is also the lock between runs
    reverting.json                     the same record while the change is being taken back
    confirming.json                 the same record while the change is made final
    lease.json                      the last sign of life of the run that owns the change
    room                            bytes without a meaning, so that a full disk still takes the end of a change
    guard.pyz, guard.log            the program that takes the change back, and what it said
    guard.lock                      held with flock by that program as long as it lives
    history.jsonl                   one line for each change that ended
    removal.json                    when entries were last removed from Redis
    emptied.json                    containers that were shown to hold no answer in memory, and how that is known later
    verification.json               what the last verification found, and the newest latencies of each mode
    canary/                         what a clone reads as long as it lives, see _deployment/clone_folder.py; held with flock

Each file is written beside its place, flushed and renamed, so that it is whole after a power cut.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

from .._deployment import temporary_file
from .._deployment.config_file import sync_directory
from .._errors import LitellmCacheError
from .history import History, append
from .state_place import PLACE, file_of, former_of, is_watched
from .systemd_unit import SystemdUnit
from .trust import distrust_of

FORMAT_VERSION = 1
SNAPSHOTS = "snapshots"
PENDING, REVERTING, CONFIRMING = "pending.json", "reverting.json", "confirming.json"
REMOVAL, EMPTIED, VERIFICATION, ROOM = "removal.json", "emptied.json", "verification.json", "room"
LEASE, JOURNAL, HISTORY = "lease.json", "journal.json", "history.jsonl"
#: The bytes of the Compose file that a pending change of the image touches.
IMAGE_FILE = "compose-file"
OWN_NAMES = frozenset(
    ("format.json", "lock", SNAPSHOTS, JOURNAL, HISTORY, LEASE, PENDING, REVERTING, CONFIRMING)
    + ("guard.pyz", "guard.log", "guard.lock", REMOVAL, EMPTIED, VERIFICATION, ROOM, PLACE, IMAGE_FILE, "canary")
)


class StateError(LitellmCacheError):
    """The state directory cannot be used, or is of another format."""


class DamagedStateError(StateError):
    """A file of the state directory does not hold what it should."""


class StateDirectory:
    """The files of one state directory.

    :param directory: its path; made when something is first written. What an earlier version kept for this file
        elsewhere is used there, and moved when the directory is first locked and no guard watches it.
    :param config_path: real path of the config file whose state is meant; None for whichever it is.
    :raises StateError: others than this user and root could have written what is in it.
    """

    def __init__(self, directory: str, config_path: str | None = None) -> None:
        self._place = self.path = Path(directory)
        self._config_path = config_path
        self._require_trust()
        former = None if os.path.exists(self.path) else former_of(self.path)
        if former is not None and config_path is not None and file_of(former) == config_path:
            self.path = former
            self._require_trust()

    @contextlib.contextmanager
    def locked(self, held: Callable[[], str | None]) -> Iterator[None]:
        """Make the directory where it is missing, check its format, and keep other modules out meanwhile.

        :param held: says in words who holds the lock, where that is known.
        :raises StateError: it cannot be made, is of another format, or another module holds it.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._require_trust()
            self._require_own_directory()
            (self.path / SNAPSHOTS).mkdir(mode=0o700, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateError(
                f"the state directory {self.path} cannot be written: {error.strerror}; run the play with become "
                "or set litellm_cache_state_dir",
                path=str(self.path),
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._move()
            if not self.require_format():
                self._flush_place()
                self.store("format.json", {"version": FORMAT_VERSION})
            if self._config_path is not None and file_of(self.path, (PLACE,)) is None:
                self.store(PLACE, {"config_path": self._config_path})
            temporary_file.remove(self.remains())
            yield
        except BlockingIOError:
            at_work = held() or f"another module is changing {self.path} at this moment: try again"
            raise StateError(at_work, path=str(self.path)) from None
        finally:
            os.close(lock)

    def _require_trust(self) -> None:
        """Refuse a directory, before anything in it is believed or run, that others could have written."""
        for one in (self.path, self.path / SNAPSHOTS):
            distrust = distrust_of(one)
            if distrust is not None:
                raise StateError(distrust, path=str(one))

    def remains(self) -> list[str]:
        """Files that a killed process of ours was writing."""
        return [path for one in (self.path, self.path / SNAPSHOTS) for path in temporary_file.remains_in(str(one))]

    def _flush_place(self) -> None:
        """Flush the folders above, which may be new too: else a power cut takes the whole state and leaves the change."""
        for parent in self.path.parents:
            with contextlib.suppress(OSError):  # one of them may be closed to this user, who has not made it then
                sync_directory(str(parent))

    def _move(self) -> None:
        """Move the state of an earlier version to its place; the lock goes with it.

        :raises StateError: it cannot be moved.
        """
        if self.path == self._place or is_watched(self.path):
            return
        try:
            os.rename(self.path, self._place)
            sync_directory(str(self._place.parent))
        except OSError as error:
            raise self.unwritten(self.path, error) from None
        SystemdUnit.of(str(self.path)).remove()
        self.path = self._place

    def left_alone(self) -> Path | None:
        """A directory of an earlier version that does not tell of which file it is; None once this one is there."""
        adopted = self.path != self._place
        former = None if adopted or os.path.exists(self._place) else former_of(self._place)
        return former if former is not None and file_of(former) is None else None

    def adopt(self, former: Path) -> None:
        """Use the directory of an earlier version that turned out to be of this file; it is moved like one that says so.

        :param former: what :meth:`left_alone` told.
        :raises StateError: others could have written what is in it.
        """
        self.path = former
        self._require_trust()

    def _require_own_directory(self) -> None:
        """Refuse a directory that somebody uses for something else."""
        names = os.listdir(self.path)
        foreign = sorted(name for name in names if name not in OWN_NAMES and not name.startswith("."))
        if foreign and "format.json" not in names:
            raise StateError(
                f"{self.path} is no state directory, it holds {foreign[0]}: set litellm_cache_state_dir to a "
                "directory of its own",
                path=str(self.path),
            )

    def require_format(self) -> bool:
        """Whether the directory has a format yet.

        :raises StateError: it is another one, or the directory is that of another config file.
        """
        named = file_of(self.path)
        if None not in (named, self._config_path) and named != self._config_path:
            raise StateError(
                f"{self.path} holds the state of {named}, not of {self._config_path}: set litellm_cache_state_dir to a "
                f"directory of its own, or, when that file was moved, remove {self.path / PLACE}",
                path=str(self.path),
            )
        stored = self.load("format.json")
        if stored is not None and not isinstance(stored, dict):
            raise self.damaged("format.json", "names no state format")
        if stored is not None and stored.get("version") != FORMAT_VERSION:
            raise StateError(
                f"{self.path} is of state format {stored.get('version')}, this collection writes "
                f"{FORMAT_VERSION}: use the version of the collection that wrote it",
                path=str(self.path),
            )
        return stored is not None

    def history(self) -> History:
        """What can be read of the history.

        :raises StateError: the file cannot be opened.
        """
        try:
            return History.of((self.path / HISTORY).read_bytes())
        except FileNotFoundError:
            return History()
        except OSError as error:
            raise self.unreadable(HISTORY, error) from None

    def append_history(self, record: dict[str, Any]) -> None:
        """Add one line to the history.

        :raises StateError: it cannot be written; the file is as before.
        """
        try:
            append(self.path / HISTORY, record)
        except OSError as error:
            raise self.unwritten(self.path / HISTORY, error) from None

    def load(self, name: str) -> Any:
        """The content of a JSON file, None where there is none.

        :raises DamagedStateError: it is no JSON.
        :raises StateError: it cannot be read.
        """
        try:
            return json.loads((self.path / name).read_bytes().decode("utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError):
            raise self.damaged(name, "is not JSON") from None
        except OSError as error:
            raise self.unreadable(name, error) from None

    def unreadable(self, name: str, error: OSError) -> StateError:
        """The error for a file that cannot be read."""
        return StateError(
            f"{self.path / name} cannot be read: {error.strerror}; run the play with become or set "
            "litellm_cache_state_dir",
            path=str(self.path / name),
        )

    def unwritten(self, path: Path, error: OSError) -> StateError:
        """The error for a file that cannot be written, renamed or removed."""
        return StateError(f"{path} cannot be written: {error.strerror}", path=str(path))

    def damaged(self, name: str, what: str) -> DamagedStateError:
        """The error for a file that does not hold what it should.

        :param what: what it is not.
        """
        path = str(self.path / name)
        return DamagedStateError(f"{path} {what}: move it away to go on without it", path=path)

    def store(self, name: str, content: Any) -> None:
        """Write a JSON file whole.

        :raises StateError: it cannot be written.
        """
        self.write(self.path / name, json.dumps(content, sort_keys=True, ensure_ascii=False).encode())

    def write(self, path: Path, content: bytes) -> None:
        """Write a file whole.

        :raises StateError: it cannot be written.
        """
        try:
            while not write_whole(path, content):
                pass  # somebody swept it away: a lease is renewed without the lock
        except OSError as error:
            raise self.unwritten(path, error) from None

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        :raises StateError: it cannot be removed.
        """
        try:
            (self.path / name).unlink(missing_ok=True)
            sync_directory(str(self.path))
        except OSError as error:
            raise self.unwritten(self.path / name, error) from None

    def rename(self, name: str, to: str) -> None:
        """Give a file another name; of all who try at once, one succeeds.

        :raises FileNotFoundError: there is no such file any more.
        :raises StateError: it cannot be renamed.
        """
        try:
            os.rename(self.path / name, self.path / to)
            sync_directory(str(self.path))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self.unwritten(self.path / name, error) from None


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> bool:
    """Whether the file was written; not where what was about to take its place went away before.

    :param mode: its permissions.
    :raises OSError: it cannot be written.
    """
    descriptor, temporary = temporary_file.create(str(path))
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except FileNotFoundError:
        return False
    except OSError:
        temporary_file.remove([temporary])
        raise
    sync_directory(str(path.parent))
    return True
