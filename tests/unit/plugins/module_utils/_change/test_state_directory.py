# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a state directory: whole, private, and left alone where they are not ours."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import StateDirectory, StateError
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE


@pytest.fixture
def files(tmp_path: Path) -> StateDirectory:
    return StateDirectory(str(tmp_path / "state"))


def nobody() -> None:
    return None


def test_it_is_private_and_has_its_format(files: StateDirectory) -> None:
    with files.locked(nobody):
        files.store("journal.json", {"version": 1})
    assert stat.S_IMODE(files.path.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in files.path.iterdir() if path.is_file()} == {
        "format.json": 0o600,
        "journal.json": 0o600,
        "lock": 0o600,
    }
    assert files.load("journal.json") == {"version": 1} and files.load("none.json") is None


def test_who_holds_the_lock_is_told_where_that_is_known(files: StateDirectory) -> None:
    with files.locked(nobody):
        with pytest.raises(StateError, match="another module is changing .* try again"), files.locked(nobody):
            pass
        with pytest.raises(StateError, match="the guard is at work"), files.locked(lambda: "the guard is at work"):
            pass
    with files.locked(nobody):
        pass


def test_a_directory_of_somebody_else_is_left_alone(files: StateDirectory) -> None:
    files.path.mkdir()
    (files.path / "photos").touch()
    with pytest.raises(StateError, match="is no state directory, it holds photos"), files.locked(nobody):
        pass
    assert [path.name for path in files.path.iterdir()] == ["photos"]


def test_another_format_is_refused(files: StateDirectory) -> None:
    with files.locked(nobody):
        files.store("format.json", {"version": 2})
    with pytest.raises(StateError, match="is of state format 2, this collection writes 1"):
        files.require_format()


def test_what_is_no_json_is_named(files: StateDirectory) -> None:
    with files.locked(nobody):
        files.write(files.path / "lease.json", b"{cut o")
    with pytest.raises(StateError, match="lease.json is not JSON: move it away"):
        files.load("lease.json")


def test_a_line_behind_one_that_was_cut_off_is_whole(files: StateDirectory) -> None:
    with files.locked(nobody):
        files.append_history(CHANGE.record("reverted"))
        with (files.path / "history.jsonl").open("ab") as stream:
            stream.write(b'{"run": "cut o')
        files.append_history(CHANGE.record("confirmed"))
    history = files.history()
    assert [record["result"] for record in history.records] == ["reverted", "confirmed"]
    assert history.damaged == ()


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(files: StateDirectory) -> None:
    with files.locked(nobody):
        files.store("journal.json", {"version": 1})
        files.store("journal.json", {"version": 1, "operations": []})
        files.remove("journal.json")
        files.remove("journal.json")
    assert sorted(path.name for path in files.path.iterdir()) == ["format.json", "lock", "snapshots"]
