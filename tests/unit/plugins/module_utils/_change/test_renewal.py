# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module at work keeps the lease of its run alive, and nobody else's."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease, uptime
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.renewal import renewed_meanwhile
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState, PendingChangeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE

POLLS, POLL_SECONDS = 600, 0.05
#: Its module gives a sign four times in it.
SHORT = Lease.begin(CHANGE.run, 0.4)


@pytest.fixture
def state(tmp_path: Path) -> ChangeState:
    """The state of a deployment with a pending change whose lease is nearly over."""
    state = ChangeState(str(tmp_path / "state"))
    with state.locked():
        state.open_change(CHANGE, SHORT)
    return state


def renewed_at(state: ChangeState) -> float:
    """When the lease was renewed."""
    lease = state.lease()
    assert lease is not None
    return lease.renewed


def renewals() -> list[threading.Thread]:
    """The threads of renewals that run."""
    return [thread for thread in threading.enumerate() if thread.name == "renewal"]


def until_renewed_after(state: ChangeState, moment: float) -> None:
    """Wait for a sign of life."""
    for _poll in range(POLLS):
        if renewed_at(state) > moment:
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError("nobody gave a sign of life")


def test_the_lease_is_renewed_again_and_again(state: ChangeState) -> None:
    with renewed_meanwhile(state, CHANGE.run):
        for _sign in range(3):
            until_renewed_after(state, uptime())
    assert not renewals()


def test_the_error_of_the_body_is_that_of_the_module(state: ChangeState) -> None:
    with pytest.raises(ValueError, match="of the body"), renewed_meanwhile(state, CHANGE.run):
        raise ValueError("of the body")
    assert not renewals()


@pytest.mark.parametrize("run", [None, "another"])
def test_nobody_renews_the_lease_of_somebody_else(state: ChangeState, run: str | None) -> None:
    before = renewed_at(state)
    with renewed_meanwhile(state, run):
        assert not renewals()
    assert renewed_at(state) == before


def test_a_change_that_was_taken_back_ends_the_module_at_its_beginning(state: ChangeState) -> None:
    state.claim(CHANGE, REVERTING)
    with pytest.raises(PendingChangeError, match="is being taken back"), renewed_meanwhile(state, CHANGE.run):
        raise AssertionError("the body ran")


def test_a_change_that_is_taken_back_meanwhile_is_renewed_no_more(state: ChangeState) -> None:
    with renewed_meanwhile(state, CHANGE.run):
        state.claim(CHANGE, REVERTING)
        for thread in renewals():
            thread.join(POLLS * POLL_SECONDS)
        assert not renewals()


def test_a_sign_that_does_not_get_through_is_followed_by_another(
    state: ChangeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str | None] = []
    real = ChangeState.sign_of_life

    def full_disk_once(self: ChangeState, run: str | None) -> None:
        given.append(run)
        if len(given) == 2:
            raise OSError(28, "No space left on device")
        real(self, run)

    monkeypatch.setattr(ChangeState, "sign_of_life", full_disk_once)
    with renewed_meanwhile(state, CHANGE.run):
        for _poll in range(POLLS):
            if len(given) > 2:
                break
            time.sleep(POLL_SECONDS)
        until_renewed_after(state, uptime())


def test_a_lapsed_lease_is_renewed_at_once_where_nobody_took_the_change_back(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, replace(SHORT, renewed=uptime() - 100))
    with renewed_meanwhile(state, CHANGE.run):
        lease = state.lease()
        assert lease is not None and lease.remaining() > -50
