# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program of the guard: watches a pending change, and takes it back when its run falls silent.

Standard library only; _guard packs it with all that it needs into one file. Whatever it does
it says on stdout, without a secret.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Callable

from . import guard_log
from .pending import PendingChange, clock, uptime
from .state import ChangeState, PendingChangeError
from .state_directory import REVERTING
from .systemd_unit import SystemdUnit

if TYPE_CHECKING:
    from .revert import Revert

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
#: Seconds until the next try, the first time and at most: each failure doubles them.
RETRY_SECONDS, RETRY_MOST_SECONDS = 2.0, 30.0


def main() -> None:
    """Entry point: the only argument is the state directory."""
    guard_log.begin()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as SIGTERM: between two steps, and never with a half of one
    os.chdir("/")  # no file system is kept busy by a program that only waits
    place = Place(sys.argv[1])
    insist(place.take, RETRY_SECONDS)  # no longer: a commit into a directory that was just mended waits for it
    if place.state is not None:
        LOG.info("process %d watches %s", os.getpid(), place.state.directory)
        Watch(place.state, place.leave).run()
    LOG.info("nothing is pending any more")


def insist(attempt: Callable[[], bool], most: float = RETRY_MOST_SECONDS) -> None:
    """Try again and again: only the end of the work ends it.

    :param attempt: does what is to be done now, and tells whether that was all.
    :param most: seconds between two tries after failures, at most.
    """
    wait, refusals = RETRY_SECONDS, guard_log.Refusals()
    while True:
        try:
            ended = attempt()
        except Exception as error:  # pylint: disable=broad-except  # nobody else would go back
            refusals.tell(error)
            time.sleep(wait)
            wait = min(2 * wait, most)
            continue
        refusals.over()
        wait = RETRY_SECONDS
        if ended:
            return


class Place:
    """The place of the guard of a state directory: at most one process has it."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._lock = -1
        #: What is watched from it; None as long as it was not taken, or where there is nothing to watch.
        self.state: ChangeState | None = None

    def take(self) -> bool:
        """Take it, once the guard of before has left.

        :returns: true, also where the directory was removed, and with it whatever was pending.
        :raises StateError: others could have written what is in the directory.
        :raises OSError: the lock cannot be opened.
        """
        state = ChangeState(self._directory)
        try:
            lock = os.open(state.directory / "guard.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            SystemdUnit.of(self._directory).remove()
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            os.close(lock)
            raise
        self.state, self._lock = state, lock
        return True

    def leave(self) -> None:
        """Give it up."""
        os.close(self._lock)


class Watch:
    """Stays until no change is pending, and takes the one back whose run falls silent.

    :param leave: gives up the place of the guard.
    """

    def __init__(self, state: ChangeState, leave: Callable[[], None]) -> None:
        self._state = state
        self._leave = leave
        self._revert: Revert | None = None
        self._why = ""

    def run(self) -> None:
        """Watch, to the end."""
        insist(self._look)

    def _look(self) -> bool:
        """Do what is to be done now; whether that was all."""
        change, cut_off = self._state.pending(), self._state.reverting()
        if change is None and cut_off is None:
            return self._ended()
        remaining = 0.0 if change is None else _remaining(self._state)
        if remaining > 0:
            time.sleep(min(LOOK_SECONDS, remaining))
        else:
            self._take_back()
        return False

    def _ended(self) -> bool:
        """Take away the service and leave, unless a change began at this very moment.

        Both under the lock: whoever commits holds it, and takes this guard for his own as long as it has its place.

        :raises StateError: a module is at work in the state directory.
        """
        unit = SystemdUnit.of(str(self._state.directory))
        if not self._state.directory.is_dir():  # somebody removed it, and with it whatever was pending
            unit.remove()
            return True
        with self._state.locked():
            if self._state.pending() is not None or self._state.reverting() is not None:
                return False
            unit.remove()
            self._leave()
            return True

    def _take_back(self) -> None:
        """Take the change back, unless its run gave a sign of life, or ended it, at this very moment.

        :raises LitellmCacheError: a module is at work in the state directory, or it did not succeed yet.
        """
        # Here, and not above: a commit waits until the guard is up, and these take as long as all of the rest.
        from .._deployment.docker_socket import DockerSocket
        from .revert import Revert

        state = self._state
        with state.locked():
            cut_off = state.reverting()
            change = cut_off or state.pending()
            if change is None or (cut_off is None and _remaining(state) > 0):
                return
            if cut_off is None:
                try:
                    state.claim(change, REVERTING)
                except PendingChangeError:
                    return
            if self._revert is None or not self._revert.is_of(change):  # else it knows what it did, and why
                self._why = _why(state, change) if cut_off is None else _cut_off(change)
                self._revert = Revert(state, change, DockerSocket(change.deployment["docker_host"]), "guard")
                LOG.info("takes back %s", change.in_words())
            self._revert.learn(change.way_back)
            record = self._revert.run(self._why)
            self._revert = None
            LOG.info("%s: %s", record["result"], record["told"])


def _remaining(state: ChangeState) -> float:
    """Seconds that the run may still be silent. After a start of the host the lease begins anew, once."""
    lease = state.lease()
    if lease is None:
        return 0.0
    if not lease.of_this_boot:
        state.renew(lease)
        LOG.info("the host was started since: the lease begins anew")
        return lease.timeout
    return lease.remaining()


def _why(state: ChangeState, change: PendingChange) -> str:
    lease = state.lease()
    silence = "too long"
    if lease is not None:  # the first sign is due sooner, so the change itself may be younger than its lease
        silence = f"{min(uptime() - lease.renewed, time.time() - change.since):.0f} s"
    return f"run {change.run} was silent for {silence}, so the guard took its change back at {clock(time.time())}"


def _cut_off(change: PendingChange) -> str:
    return f"the way back of run {change.run} was cut off, so the guard went on with it at {clock(time.time())}"
