# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state directory: format, lock, snapshots, pending change, history."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import (
    ROOM_BYTES,
    ChangeState,
    PendingChangeError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import (
    CONFIRMING,
    REVERTING,
    ROOM,
    StateError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.verification import Verification
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged

LEASE = Lease.begin("night-1", 300).renew()


@pytest.fixture
def state(tmp_path: Path) -> ChangeState:
    return ChangeState(str(tmp_path / "deep" / "state"))


def test_nothing_is_made_by_looking(state: ChangeState) -> None:
    assert state.pending() is None
    assert state.journal() is None
    assert state.history() == []
    assert not state.directory.parent.exists()


def test_only_the_owner_may_read_it(state: ChangeState) -> None:
    with state.locked():
        state.snapshots.take(b"secret", "/c")
        state.open_change(CHANGE, LEASE)
        state.keep_journal({"version": 1})
        state.close_change(CHANGE.record("confirmed"))
    assert state.directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in state.directory.rglob("*")} == {0}


def test_a_change_opened_and_closed(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
    assert ChangeState(str(state.directory)).pending() == CHANGE
    with state.locked():
        state.keep_journal(CHANGE.journal)
        state.close_change(CHANGE.record("confirmed"))
    assert state.pending() is None
    assert state.journal() == {"version": 1}
    with state.locked():
        state.close_change(CHANGE.record("reverted"))
    assert state.journal() == {"version": 1}
    with state.locked():
        state.keep_journal(None)
        state.close_change(CHANGE.record("confirmed"))
    assert state.journal() is None
    assert [entry["result"] for entry in state.history()] == ["confirmed", "reverted", "confirmed"]


def test_the_journal_gets_the_room_that_was_kept(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
        assert (state.directory / ROOM).stat().st_size == ROOM_BYTES
        state.keep_journal({"version": 1})
    assert not (state.directory / ROOM).exists() and state.journal() == {"version": 1}


def test_of_two_who_claim_a_change_one_gets_it(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
    state.claim(CHANGE, REVERTING)
    assert state.pending() is None and state.reverting() == CHANGE
    with pytest.raises(PendingChangeError, match="was ended by somebody else at this moment"):
        state.claim(CHANGE, CONFIRMING)
    assert state.confirming() is None


def test_a_line_that_was_written_before_the_cut_is_not_written_again(state: ChangeState) -> None:
    with state.locked():
        for _attempt in range(2):
            state.open_change(CHANGE, LEASE)
            state.close_change(CHANGE.record("reverted"))
    assert len(state.history()) == 1


def test_a_sign_of_life_renews_the_lease_of_its_own_run(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, replace(LEASE, renewed=LEASE.renewed - 200))
    for stranger in (None, "another"):
        state.sign_of_life(stranger)
        lease = state.lease()
        assert lease is not None and lease.remaining() < 150
    state.sign_of_life(CHANGE.run)
    lease = state.lease()
    assert lease is not None and lease.remaining() > 250


def test_a_run_whose_change_was_taken_back_learns_it(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
    state.claim(CHANGE, REVERTING)
    with pytest.raises(PendingChangeError, match="is being taken back: it was silent for too long"):
        state.sign_of_life(CHANGE.run)
    with state.locked():
        state.close_change(CHANGE.record("reverted", told="the bytes of before are back"))
    with pytest.raises(PendingChangeError, match="ended by somebody else: the bytes of before are back"):
        state.sign_of_life(CHANGE.run)
    state.sign_of_life("another")


def test_two_cannot_hold_it(state: ChangeState) -> None:
    with state.locked():
        with pytest.raises(StateError, match="another module is changing"):
            with ChangeState(str(state.directory)).locked():
                raise AssertionError("two hold the lock")
    with state.locked():
        assert state.pending() is None


def test_an_error_inside_lets_go(state: ChangeState) -> None:
    with pytest.raises(ZeroDivisionError):
        with state.locked():
            raise ZeroDivisionError
    with state.locked():
        assert state.pending() is None


def test_another_format_is_refused_before_anything_is_read_or_written(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
    (state.directory / "format.json").write_text('{"version": 2}')
    before = sorted(path.name for path in state.directory.rglob("*"))
    for look in (state.pending, state.journal):
        with pytest.raises(StateError, match="is of state format 2, this collection writes 1"):
            look()
    with pytest.raises(StateError, match="is of state format 2"):
        with state.locked():
            raise AssertionError("another format was accepted")
    assert sorted(path.name for path in state.directory.rglob("*")) == before


def test_a_directory_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "compose.yml").write_text("services: {}")
    with pytest.raises(StateError, match="is no state directory, it holds compose.yml: set litellm_cache_state_dir"):
        with ChangeState(str(tmp_path)).locked():
            raise AssertionError("a foreign directory was accepted")
    assert os.listdir(tmp_path) == ["compose.yml"]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("content", ["", "{", "\x00"])
def test_a_broken_file_is_told(state: ChangeState, content: str) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
    (state.directory / "pending.json").write_text(content)
    with pytest.raises(
        StateError, match="pending.json is not a record of state format 1: move it away, then no change"
    ):
        state.pending()


@pytest.mark.parametrize(
    "content", [{}, {"run": "x"}, {"further": 1}, [], 5, dict(CHANGE.to_dict(), started=[]), [[]] * 3]
)
def test_a_record_of_another_shape_is_told(state: ChangeState, content: object) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
    (state.directory / "pending.json").write_text(json.dumps(content))
    with pytest.raises(StateError, match="is not a record of state format 1"):
        state.pending()


def test_half_a_line_of_the_history_is_passed_over(state: ChangeState) -> None:
    with state.locked():
        state.keep_journal(None)
        state.close_change(CHANGE.record("confirmed"))
    with (state.directory / "history.jsonl").open("a") as stream:
        stream.write('{"result": "conf')
    assert [entry["result"] for entry in state.history()] == ["confirmed"]
    with state.locked():
        state.close_change(CHANGE.record("reverted"))
    assert [entry["result"] for entry in state.history()] == ["confirmed", "reverted"]


def test_a_damaged_format_is_told_with_how_to_mend_it(state: ChangeState) -> None:
    with state.locked():
        state.keep_journal({"version": 1})
    (state.directory / "format.json").write_text("[]")
    with pytest.raises(StateError, match="format.json names no state format: move it away to go on without it"):
        state.pending()
    (state.directory / "format.json").unlink()
    with state.locked():
        assert state.journal() == {"version": 1}


@pytest.mark.parametrize("name", ["pending.json", "reverting.json", "journal.json"])
def test_what_cannot_be_removed_or_renamed_is_an_error_of_ours(state: ChangeState, name: str) -> None:
    with state.locked():
        (state.directory / name).mkdir()
        with pytest.raises(StateError, match=f"{name} cannot be written: Is a directory"):
            state.keep_journal(None) if name == "journal.json" else state.close_change(CHANGE.record("reverted"))


def test_a_place_that_may_not_be_written_names_the_variable(tmp_path: Path) -> None:
    for directory in [tmp_path, *list(tmp_path.parents)[:3]]:
        directory.chmod(directory.stat().st_mode | 0o011)
    tmp_path.chmod(0o555)

    def lock() -> str:
        with pytest.raises(StateError) as error:
            with ChangeState(str(tmp_path / "state")).locked():
                pass
        return str(error.value)

    told = unprivileged(lock)
    tmp_path.chmod(0o755)
    assert told == (
        f"the state directory {tmp_path}/state cannot be written: Permission denied; run the play with become or set "
        "litellm_cache_state_dir"
    )


def test_in_words() -> None:
    assert CHANGE.in_words() == ("a change from local to redis by alice since 2023-11-14T22:13:20Z, run night-1")
    assert "journal" not in replace(CHANGE, journal={"operations": []}).summary()


VERIFICATION = Verification.of(5.0, [], None, user="alice", mode="redis", versions=[], words="", problems=[])


def test_a_verification_is_kept_whole_and_for_its_owner_alone(state: ChangeState) -> None:
    assert state.verification() is None
    state.note_verification(VERIFICATION, make=True)
    assert ChangeState(str(state.directory)).verification() == VERIFICATION
    assert (state.directory / "verification.json").stat().st_mode & 0o777 == 0o600
    assert state.directory.stat().st_mode & 0o777 == 0o700 and not state.remains()


def test_a_verification_neither_waits_for_a_change_nor_stops_one(state: ChangeState) -> None:
    with state.locked():
        state.open_change(CHANGE, LEASE)
        ChangeState(str(state.directory)).note_verification(VERIFICATION)
        state.abandon_change()
    assert state.verification() == VERIFICATION


def test_a_verification_that_cannot_be_written_is_told(state: ChangeState, tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("no directory")
    with pytest.raises(StateError, match="cannot be"):
        state.note_verification(VERIFICATION, make=True)


def test_a_verification_makes_no_directory_that_it_should_not(state: ChangeState, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="there is no state in .* yet: the first change makes it"):
        state.note_verification(VERIFICATION)
    former = tmp_path / "erni-ki"
    former.mkdir()
    (former / "format.json").write_text('{"version": 1}')
    unmoved = ChangeState(str(tmp_path / "erni-ki.litellm.0123456789ab"), "/opt/x/config.yaml")
    with pytest.raises(StateError, match="the first change makes it"):
        unmoved.note_verification(VERIFICATION, make=True)
    assert not state.directory.exists() and not unmoved.directory.exists()
