# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lease of a run, renewed while one of its modules works."""

from __future__ import annotations

import contextlib
import threading
from typing import Iterator

from .._errors import LitellmCacheError
from .state import ChangeState, PendingChangeError

#: Seconds between two signs of life of a module at work, at most; a short lease wants them sooner.
RENEW_SECONDS = 5.0
SIGNS_IN_A_LEASE = 4


@contextlib.contextmanager
def renewed_meanwhile(state: ChangeState, run: str | None) -> Iterator[None]:
    """Renew the lease of a run's pending change while the body works.

    It dies with the module: whoever is killed falls silent.

    :param run: None for no run, then nothing is renewed.
    :raises PendingChangeError: its change was taken back, or taken over by another run.
    :raises StateError: the state directory cannot be written.
    """
    state.sign_of_life(run)
    lease = state.lease()
    if run is None or lease is None or lease.run != run:
        yield
        return
    ended = threading.Event()
    seconds = min(RENEW_SECONDS, lease.timeout / SIGNS_IN_A_LEASE)

    def renew() -> None:
        while not ended.wait(seconds):
            try:
                state.sign_of_life(run)
            except PendingChangeError:
                return  # the module's own next sign tells of it
            except (LitellmCacheError, OSError):
                continue  # a full disk, say; the next sign may get through

    thread = threading.Thread(target=renew, name="renewal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
