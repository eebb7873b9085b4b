# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A damaged file that can be done without is done without, and told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE

NAMES = ["lease.json", "journal.json", "removal.json", "emptied.json", "verification.json"]
DAMAGE = [b"", b"{", b"\x00", b"\xff\xfe", b"[]", b"5", b"[" * 100_000]


@pytest.fixture
def state(tmp_path: Path) -> ChangeState:
    made = ChangeState(str(tmp_path / "state"))
    with made.locked():
        made.open_change(CHANGE, Lease.begin(CHANGE.run, 300))
    return made


@pytest.mark.parametrize("content", DAMAGE)
@pytest.mark.parametrize("name", NAMES)
def test_what_can_be_done_without_is_done_without_and_told(state: ChangeState, name: str, content: bytes) -> None:
    (state.directory / name).write_bytes(content)
    os.utime(state.directory / name, (5, 5))
    assert (state.journal(), state.emptied()) == (None, {})
    assert state.last_removal() == (5.0 if name == "removal.json" else None)
    assert (state.lease() is None) == (name == "lease.json")
    state.sign_of_life("another")
    (told,) = state.findings()
    assert told["code"] == "state_damaged"
    assert told["message"].startswith(f"{state.directory}/{name} is damaged, so ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lease.json", '{"run": "hunter2"}'),
        ("lease.json", '{"run": "hunter2", "timeout": "60", "boot": "", "renewed": 1}'),
        ("removal.json", '{"at": "hunter2"}'),
        ("emptied.json", '{"instances": {"hunter2": 5}}'),
        ("emptied.json", '{"instances": ["hunter2"]}'),
        ("verification.json", '{"at": "hunter2"}'),
    ],
)
def test_another_shape_is_damage_too_and_its_content_is_not_told(state: ChangeState, name: str, content: str) -> None:
    (state.directory / name).write_text(content)
    assert state.emptied() == {}
    assert (state.lease() is None) == (name == "lease.json")
    (told,) = state.findings()
    assert "hunter2" not in told["message"]


def test_nothing_is_told_where_nothing_is_damaged(state: ChangeState) -> None:
    state.note_removal(1.5)  # each takes the lock by itself
    state.note_emptied({"c0ffee": {"asked": []}})
    assert (state.last_removal(), state.emptied()) == (1.5, {"c0ffee": {"asked": []}})
    assert state.findings() == []
