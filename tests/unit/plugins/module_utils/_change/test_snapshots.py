# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots keep bytes with their journal, under a number that is never given twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.snapshots import Snapshots
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import StateError
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.full_disk import files_end_at

CONFIG = "/opt/x/config.yaml"


@pytest.fixture
def state(tmp_path: Path) -> ChangeState:
    return ChangeState(str(tmp_path / "state"))


@pytest.fixture
def snapshots(state: ChangeState) -> Snapshots:
    with state.locked():
        pass  # the directory is made
    return state.snapshots


def taken(snapshots: Snapshots, *contents: bytes) -> list[int]:
    return [snapshots.take(content, CONFIG) for content in contents]


def test_the_oldest_go(snapshots: Snapshots) -> None:
    assert taken(snapshots, b"0", b"1", b"2", b"3", b"4") == [1, 2, 3, 4, 5]
    assert snapshots.purge(3) == [1, 2]
    assert snapshots.numbers() == [3, 4, 5]
    assert snapshots.content(4) == b"3"
    with pytest.raises(StateError, match="there is no snapshot 1, only: 3, 4, 5"):
        snapshots.content(1)


def test_one_keeps_the_journal_of_its_bytes(state: ChangeState, snapshots: Snapshots) -> None:
    assert taken(snapshots, b"first") == [1]
    state.keep_journal({"version": 1, "operations": []})
    assert taken(snapshots, b"second") == [2]
    assert snapshots.journal(1) is None
    assert snapshots.journal(2) == {"version": 1, "operations": []}
    assert snapshots.purge(0) == [1, 2]
    assert os.listdir(snapshots.path(1).parent) == ["index.json"]


def test_what_the_newest_holds_is_not_kept_again(state: ChangeState, snapshots: Snapshots) -> None:
    assert taken(snapshots, b"a", b"a", b"b", b"b", b"a") == [1, 1, 2, 2, 3]
    state.keep_journal({"version": 1})
    assert taken(snapshots, b"a", b"a") == [4, 4]
    assert snapshots.take(b"a", "/opt/y/config.yaml") == 5


@pytest.mark.parametrize("lost", [False, True], ids=["index", "history alone"])
def test_a_number_is_never_given_twice(state: ChangeState, snapshots: Snapshots, lost: bool) -> None:
    assert taken(snapshots, b"a", b"b") == [1, 2]
    state.close_change(dict(CHANGE.record("confirmed"), snapshot=2))
    assert snapshots.purge(0) == [1, 2]
    if lost:
        (snapshots.path(1).parent / "index.json").write_bytes(b"\xff")
    assert taken(snapshots, b"c") == [3]


def test_one_that_the_disk_does_not_take_leaves_nothing_of_itself(state: ChangeState, snapshots: Snapshots) -> None:
    state.keep_journal({"version": 1})
    with files_end_at(1000), pytest.raises(StateError, match="000001.yaml cannot be written: File too large"):
        snapshots.take(b"x" * 2000, CONFIG)
    assert os.listdir(snapshots.path(1).parent) == ["index.json"]
    assert taken(snapshots, b"a") == [2]


def test_a_damaged_one_is_told(snapshots: Snapshots) -> None:
    (number,) = taken(snapshots, b"a: caf\xe9")
    with pytest.raises(StateError, match="snapshot 1 is damaged, it is no text: drop it with"):
        snapshots.text(number)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"highest": "x"}', b'{"highest": 1, "files": {"x": ""}}'])
def test_a_damaged_index_is_done_without_and_told(state: ChangeState, snapshots: Snapshots, content: bytes) -> None:
    taken(snapshots, b"a")
    (snapshots.path(1).parent / "index.json").write_bytes(content)
    (told,) = state.findings()
    assert (
        "snapshots/index.json is damaged, so a snapshot of before does not tell of which file it is" in told["message"]
    )
    assert taken(snapshots, b"b") == [2]
    assert state.findings() == []
