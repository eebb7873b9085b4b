# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a clone on the managed host: the files that it reads, and the lock that tells whether its run lives."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from .._errors import LitellmCacheError
from .._inside import clone_start
from .file_attributes import keep_attributes
from .programs import source_of

FOLDER, CONFIG, START = "canary", "config.yaml", "sitecustomize.py"
FOR_A_CANARY = "proves a change of this deployment with a canary"
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class CloneFolderError(LitellmCacheError):
    """The folder of the clone cannot be made, or another run has a clone."""


class CloneFolder:
    """The folder of one clone, inside the state directory.

    :param path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.config, self.start = path / CONFIG, path / START
        self._path = path

    @classmethod
    @contextlib.contextmanager
    def of(cls, state_dir: str, name: str = FOLDER, purpose: str = FOR_A_CANARY) -> Iterator[CloneFolder]:
        """A folder for as long as the run lives. What a killed run left in it is removed, and so is what was made for it.

        :param name: of the folder.
        :param purpose: what a run does that has it, in words.
        :raises CloneFolderError: it cannot be made, or another run has it.
        """
        path = Path(state_dir) / name
        made = [one for one in (path, *path.parents) if not one.exists()]
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise CloneFolderError(
                f"{path} cannot be made: {error.strerror}; run the play with become or set litellm_cache_state_dir"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise CloneFolderError(
                f"another run {purpose} at this moment (its files are in {path}): wait until it is done"
            ) from None
        try:
            folder = cls(path)
            folder.empty()
            yield folder
        finally:
            folder.empty()
            with contextlib.suppress(OSError):  # the state directory stays where something else is in it
                for one in [path, *made[1:]]:
                    one.rmdir()
            os.close(lock)

    def write(self, text: str, like: str) -> None:
        """Write the files.

        :param text: configuration of the clone.
        :param like: the config file of the instances: whoever may read that in a container may read these.
        :raises CloneFolderError: they cannot be written.
        """
        try:
            for path, content in ((self.config, text), (self.start, source_of(clone_start.__name__))):
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                    stream.write(content)
                keep_attributes(like, str(path))
        except OSError as error:
            raise CloneFolderError(f"{self._path} cannot be written: {error.strerror}") from None

    def empty(self) -> None:
        """Remove the files."""
        for path in (self.config, self.start):
            with contextlib.suppress(OSError):
                path.unlink()


@contextlib.contextmanager
def cleaned_up_when_ended() -> Iterator[None]:
    """Let whoever ends this process by a signal wait until what it has made is removed: the signal becomes an exit.

    Only one: what is removed then is removed whole.
    """

    def exit_once(number: int, _frame: object) -> None:
        for one in _ENDING_SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {one: signal.signal(one, exit_once) for one in _ENDING_SIGNALS}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
