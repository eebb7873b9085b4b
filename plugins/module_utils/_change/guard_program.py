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
import sys
import time

from .._errors import LitellmCacheError
from .pending import PendingChange, clock, uptime
from .state import ChangeState, PendingChangeError
from .state_directory import REVERTING
from .systemd_unit import SystemdUnit

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
RETRY_SECONDS = 2.0


def main() -> None:
    """Entry point: the only argument is the state directory."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s guard: %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
    )
    os.chdir("/")  # no file system is kept busy by a program that only waits
    state = ChangeState(sys.argv[1])
    lock = os.open(state.directory / "guard.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while True:
        fcntl.flock(lock, fcntl.LOCK_EX)
        LOG.info("process %d watches %s", os.getpid(), state.directory)
        watch(state)
        LOG.info("nothing is pending any more")
        SystemdUnit.of(str(state.directory)).remove()
        fcntl.flock(lock, fcntl.LOCK_UN)
        # A change that began before the lock was let go took this guard for its own.
        if state.pending() is None and state.reverting() is None:
            return


def watch(state: ChangeState) -> None:
    """Stay until no change is pending, take back the one whose run falls silent."""
    while True:
        try:
            change, cut_off = state.pending(), state.reverting()
            if change is None and cut_off is None:
                return
            remaining = 0.0 if change is None else _remaining(state)
            if remaining > 0:
                time.sleep(min(LOOK_SECONDS, remaining))
            else:
                _revert(state)
        except LitellmCacheError as error:
            LOG.info("%s; tried again", error)
            time.sleep(RETRY_SECONDS)


def _remaining(state: ChangeState) -> float:
    """Seconds that the run may still be silent. After a start of the host the lease begins anew, once."""
    lease = state.lease()
    if lease is None:
        return 0.0
    if not lease.of_this_boot:
        LOG.info("the host was started since: the lease begins anew")
        state.renew(lease)
        return lease.timeout
    return lease.remaining()


def _revert(state: ChangeState) -> None:
    """Take the change back, unless its run gave a sign of life, or ended it, at this very moment.

    :raises StateError: a module is at work in the state directory.
    """
    # Here, and not above: a commit waits until the guard is up, and these take as long as all of the rest.
    from .._deployment.docker_socket import DockerSocket
    from .revert import Revert

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
        LOG.info("takes back %s", change.in_words())
        why = _why(state, change) if cut_off is None else _cut_off(change)
        record = Revert(state, change, DockerSocket(change.deployment["docker_host"]), "guard").run(why)
        LOG.info("%s: %s", record["result"], record["told"])


def _why(state: ChangeState, change: PendingChange) -> str:
    lease = state.lease()
    silence = "too long"
    if lease is not None:  # the first sign is due sooner, so the change itself may be younger than its lease
        silence = f"{min(uptime() - lease.renewed, time.time() - change.since):.0f} s"
    return f"run {change.run} was silent for {silence}, so the guard took its change back at {clock(time.time())}"


def _cut_off(change: PendingChange) -> str:
    return f"the way back of run {change.run} was cut off, so the guard went on with it at {clock(time.time())}"
