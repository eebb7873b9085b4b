# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen of a guard, with a lock in the place of its program."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import systemd_unit
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard import Guard
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.systemd_unit import SystemdUnit
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE

WATCHED = replace(CHANGE, outlives=["controller", "reboot"])


@pytest.fixture
def state(tmp_path: Path) -> ChangeState:
    """One with a pending change."""
    state = ChangeState(str(tmp_path / "state"))
    with state.locked():
        state.open_change(WATCHED, Lease.begin(WATCHED.run, 300))
    return state


@contextlib.contextmanager
def watching(state: ChangeState) -> Iterator[None]:
    with (state.directory / "guard.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_nothing_is_pending(tmp_path: Path) -> None:
    status = Guard(ChangeState(str(tmp_path / "state"))).status()
    assert (status["alive"], status["kind"], status["outlives"]) == (False, "none", [])
    assert status["remaining_seconds"] is None


def test_a_change_that_nobody_watches(state: ChangeState) -> None:
    status = Guard(state).status()
    assert (status["alive"], status["kind"], status["outlives"]) == (False, "session", [])
    assert status["remaining_seconds"] > 0


@pytest.mark.parametrize(("service", "outlives"), [(False, ["controller"]), (True, ["controller", "reboot"])])
def test_only_a_service_outlives_a_reboot(
    state: ChangeState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: bool, outlives: list[str]
) -> None:
    monkeypatch.setattr(systemd_unit, "UNIT_DIRECTORY", tmp_path)
    if service:
        SystemdUnit.of(str(state.directory)).path.touch()
    with watching(state):
        status = Guard(state).status()
    assert (status["alive"], status["survives_reboot"], status["outlives"]) == (True, service, outlives)
    assert status["reverts"] is False
    assert not Guard(state).alive


def test_one_that_goes_back(state: ChangeState) -> None:
    with state.locked():
        state.claim(WATCHED, REVERTING)
    with watching(state):
        status = Guard(state).status()
    assert (status["reverts"], status["kind"], status["remaining_seconds"]) == (True, "session", None)
