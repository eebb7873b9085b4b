# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change is made final only where the file still says what was proved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.confirmation import NotInFileError, edited_since
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease, PendingChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import (
    ConfigFileAwayError,
    sha256_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE, IMAGE

BEFORE = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n"
CANDIDATE = BEFORE.replace("local", "redis")


@pytest.fixture
def change(tmp_path: Path) -> PendingChange:
    config = tmp_path / "config.yaml"
    config.write_text(CANDIDATE)
    return replace(
        CHANGE,
        config_path=str(config),
        base_sha256=sha256_of(BEFORE.encode()),
        candidate_sha256=sha256_of(CANDIDATE.encode()),
    )


def test_the_bytes_of_the_change_are_made_final(change: PendingChange) -> None:
    assert edited_since(change) is None


def test_the_compose_file_must_name_the_image(change: PendingChange, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    hashes = {"base_sha256": sha256_of(b"IMAGE=litellm:1"), "candidate_sha256": sha256_of(b"IMAGE=litellm:2")}
    change = replace(change, image=replace(IMAGE, path=str(file), **hashes).to_dict())
    file.write_bytes(b"IMAGE=litellm:2")
    assert edited_since(change) is None
    file.write_bytes(b"IMAGE=litellm:2\nMORE=1")
    assert edited_since(change) == (
        f"{file} was edited by somebody since the change; what they wrote stays, and was not proved"
    )
    file.write_bytes(b"IMAGE=litellm:1")
    with pytest.raises(NotInFileError, match="names litellm:1 again, put back by somebody"):
        edited_since(change)


def test_an_edit_that_leaves_the_mode_is_told(change: PendingChange) -> None:
    Path(change.config_path).write_text(CANDIDATE + "# by hand\n")
    assert "was edited by somebody since the change; what they wrote stays" in (edited_since(change) or "")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (BEFORE, "holds the bytes of before the change again, put back by somebody"),
        (BEFORE + "# by hand\n", "is in the cache mode local now, not redis"),
        ("a: [", "cannot be read any more"),
    ],
)
def test_what_is_not_in_the_file_is_not_made_final(
    change: PendingChange, tmp_path: Path, content: str, told: str
) -> None:
    Path(change.config_path).write_text(content)
    state = ChangeState(str(tmp_path / "state"))
    with state.locked():
        state.open_change(change, Lease.begin(change.run, 300))
    with pytest.raises(NotInFileError, match=told):
        state.confirm(change.run, {}, edited_since)
    assert state.pending() == change and state.history() == []


def test_a_file_that_is_away_says_nothing(change: PendingChange) -> None:
    Path(change.config_path).unlink()
    with pytest.raises(ConfigFileAwayError):
        edited_since(change)


def test_the_history_tells_of_the_edit(change: PendingChange, tmp_path: Path) -> None:
    state = ChangeState(str(tmp_path / "state"))
    with state.locked():
        state.open_change(change, Lease.begin(change.run, 300))
    Path(change.config_path).write_text(CANDIDATE + "# by hand\n")
    state.confirm(change.run, {"seen": 1}, edited_since)
    (record,) = state.history()
    assert (record["result"], record["evidence"]) == ("confirmed", {"seen": 1})
    assert "edited by somebody since" in record["told"]
