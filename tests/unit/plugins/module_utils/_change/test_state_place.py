# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each file has a state of its own, and that of an earlier version is taken over where it is known whose it is."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.snapshots import Snapshots
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import StateError
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_place import file_of, former_of
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged

MINE, OTHER = "/opt/x/config.yaml", "/opt/y/config.yaml"


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """The directory of an earlier version, with a change of our file."""
    directory = tmp_path / "erni-ki"
    fill(directory)
    return directory


def fill(directory: Path, config_path: str = MINE) -> None:
    state = ChangeState(str(directory))
    with state.locked():
        state.open_change(replace(CHANGE, config_path=config_path), Lease.begin(CHANGE.run, 0))
        state.keep_journal({"version": 1})


def place_of(former: Path) -> Path:
    return former.with_name("erni-ki.litellm.0123456789ab")


def state_of(former: Path) -> ChangeState:
    return ChangeState(str(place_of(former)), MINE)


def test_a_state_that_names_this_file_is_read_where_it_is_and_moved_by_the_first_change(former: Path) -> None:
    state = state_of(former)
    assert state.pending() is not None and state.journal() == {"version": 1} and state.findings() == []
    assert not place_of(former).exists()
    with state.locked():
        assert state.pending() is not None
    assert not former.exists() and state.directory == place_of(former)
    assert file_of(state.directory) == MINE
    assert state_of(former).pending() == replace(CHANGE, config_path=MINE)


def test_it_is_not_moved_from_under_a_guard(former: Path) -> None:
    with (former / "guard.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        state = state_of(former)
        with state.locked():
            state.abandon_change()
        assert state.directory == former and not place_of(former).exists()
    state = state_of(former)  # it is known now, though no record names the file any more
    with state.locked():
        pass
    assert not former.exists() and state.journal() == {"version": 1}


def test_a_state_of_which_that_is_not_known_is_left_alone_and_told(former: Path) -> None:
    (former / "pending.json").unlink()
    state = state_of(former)
    assert state.journal() is None
    (told,) = state.findings()
    assert told["code"] == "state_left_alone"
    assert told["message"].endswith(f"Where it is that of this one, move it to {place_of(former)}")
    with state.locked():
        assert state.journal() is None
    assert (former / "journal.json").exists() and state.findings() == []


def test_a_state_of_another_file_is_left_alone(former: Path) -> None:
    fill(former, OTHER)
    state = state_of(former)
    with state.locked():
        assert state.pending() is None
    assert (former / "pending.json").exists() and state.findings() == []


def test_two_files_do_not_share_a_directory_that_was_named(tmp_path: Path) -> None:
    with ChangeState(str(tmp_path / "state"), MINE).locked():
        pass
    stranger = ChangeState(str(tmp_path / "state"), OTHER)
    with pytest.raises(
        StateError, match=f"holds the state of {MINE}, not of {OTHER}: set litellm_cache_state_dir to a"
    ):
        stranger.pending()
    with pytest.raises(StateError, match="holds the state of"), stranger.locked():
        pass
    (tmp_path / "state" / "place.json").unlink()
    with stranger.locked():
        assert stranger.pending() is None


@pytest.mark.parametrize("damage", [b"", b"\xff", b"[]", b'{"config_path": 5}'])
def test_a_damaged_name_is_written_again(tmp_path: Path, damage: bytes) -> None:
    state = ChangeState(str(tmp_path / "state"), MINE)
    for _attempt in range(2):
        with state.locked():
            assert state.pending() is None
        assert file_of(state.directory) == MINE
        (state.directory / "place.json").write_bytes(damage)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has what another user may not enter")
def test_a_directory_that_this_user_may_not_enter_is_none_of_his(former: Path) -> None:
    for directory in list(former.parents)[:4]:  # pytest's own are closed to others
        directory.chmod(directory.stat().st_mode | 0o011)
    assert unprivileged(lambda: str(state_of(former).directory)) == str(place_of(former))


def test_only_a_default_name_has_a_former_place(former: Path) -> None:
    assert former_of(place_of(former)) == former
    for name in ("state", "erni-ki.litellm", "other.litellm.0123456789ab"):
        assert former_of(former.with_name(name)) is None


def test_a_snapshot_of_another_file_is_refused(former: Path) -> None:
    state = state_of(former)
    with state.locked():
        snapshots: Snapshots = state.snapshots
        mine, other = snapshots.take(b"a", MINE), snapshots.take(b"b", OTHER)
        (snapshots.path(9)).write_bytes(b"c")
    snapshots.require_file(mine, MINE)
    with pytest.raises(
        StateError, match=rf"snapshot 2 is of {OTHER}, so it does not take the place of {MINE}\. Compare"
    ):
        snapshots.require_file(other, MINE)
    with pytest.raises(StateError, match="snapshot 9 does not tell of which file it is, an earlier version took it"):
        snapshots.require_file(9, MINE)
