# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard as whoever meets one sees it: whether it watches, what, and for how long still. arming.py starts it."""

from __future__ import annotations

from typing import Any

from .state import ChangeState
from .state_place import is_watched
from .surroundings import REBOOT
from .systemd_unit import SystemdUnit

#: How a guard is kept alive.
SYSTEMD, SESSION, NO_GUARD = "systemd", "session", "none"


class Guard:
    """The guard of one deployment.

    :param state: its state; the guard watches the pending change there.
    """

    def __init__(self, state: ChangeState) -> None:
        self._state = state

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return is_watched(self._state.directory)  # which is moved by the first change, where an earlier version made it

    def status(self) -> dict[str, Any]:
        """Whether it watches, what, and for how long still."""
        reverting = self._state.reverting()
        change = reverting or self._state.pending()
        lease = self._state.lease()
        alive = self.alive
        survives_reboot = alive and SystemdUnit.of(str(self._state.directory)).path.exists()
        outlives = change.outlives if change is not None and alive else []
        return {
            "alive": alive,
            "kind": change.guard if change is not None else NO_GUARD,
            "survives_reboot": survives_reboot,
            "reverts": alive and reverting is not None,
            "outlives": [one for one in outlives if one != REBOOT or survives_reboot],
            "remaining_seconds": round(max(0.0, lease.remaining()))
            if change is not None and lease is not None and reverting is None
            else None,
        }
