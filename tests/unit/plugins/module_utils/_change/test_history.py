# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history outlives a write that the disk does not take, and lines that somebody damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import StateError
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.full_disk import files_end_at

RECORD = CHANGE.record("confirmed")


@pytest.fixture
def state(tmp_path: Path) -> ChangeState:
    made = ChangeState(str(tmp_path / "state"))
    with made.locked():
        made.close_change(RECORD)
    return made


@pytest.mark.parametrize("taken", [0, 1, 9, 200])
def test_a_line_that_the_disk_does_not_take_whole_is_taken_back_and_told(state: ChangeState, taken: int) -> None:
    path = state.directory / "history.jsonl"
    before = path.read_bytes()
    with state.locked(), files_end_at(len(before) + taken):
        with pytest.raises(StateError, match="history.jsonl cannot be written: File too large"):
            state.close_change(dict(CHANGE.record("reverted"), told="ключ" * 99))
    assert path.read_bytes() == before
    with state.locked():
        state.close_change(CHANGE.record("reverted"))
    assert [record["result"] for record in state.history()] == ["confirmed", "reverted"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"told": "\xd0',
        b"\xff\xfe\x00",
        b'{"result": "conf',
        b"[]",
        b"5",
        b"{}",
        b"[" * 100_000,
        json.dumps(dict(RECORD, versions="1.80.0")).encode(),
        json.dumps({name: value for name, value in RECORD.items() if name != "run"}).encode(),
    ],
    ids=["cut in a character", "no text", "cut", "list", "number", "empty", "deep", "of another type", "lacks a field"],
)
def test_a_damaged_line_costs_that_line_and_is_told_by_its_number(state: ChangeState, line: bytes) -> None:
    with (state.directory / "history.jsonl").open("ab") as stream:
        stream.write(line + b"\n")
    assert state.history() == [RECORD]
    with state.locked():
        state.close_change(CHANGE.record("reverted"))
    assert [record["result"] for record in state.history()] == ["confirmed", "reverted"]
    (told,) = state.findings()
    assert (told["code"], told["line"]) == ("history_damaged", 2)
    assert told["message"] == (
        f"{state.directory}/history.jsonl cannot be read in line 2, which is passed over: remove it, or restore the file "
        "from a backup"
    )


@pytest.mark.parametrize("tail", [b'{"told": "\xd0', b'{"result": "conf', b"\0\0\0"])
def test_what_a_power_cut_left_of_a_line_goes_with_the_next_one(state: ChangeState, tail: bytes) -> None:
    with (state.directory / "history.jsonl").open("ab") as stream:
        stream.write(tail)
    assert state.history() == [RECORD]
    with state.locked():
        state.close_change(CHANGE.record("reverted"))
    assert [record["result"] for record in state.history()] == ["confirmed", "reverted"]
    assert state.findings() == []


def test_a_whole_line_without_its_end_stays(state: ChangeState) -> None:
    path = state.directory / "history.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    with state.locked():
        state.close_change(CHANGE.record("reverted"))
    assert [record["result"] for record in state.history()] == ["confirmed", "reverted"]
    assert state.findings() == []


def test_many_damaged_lines_are_one_finding(state: ChangeState) -> None:
    with (state.directory / "history.jsonl").open("ab") as stream:
        stream.write(b"a\nb\n" * 10)
    (told,) = state.findings()
    assert "in line 2, 3, 4 and 17 more, which are passed over" in told["message"]


def test_a_whole_history_has_nothing_to_tell(state: ChangeState) -> None:
    assert state.findings() == []
