# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state directory that others may have written is refused before anything in it is believed or run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import StateError
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE

NOBODY = 65534
by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a directory away")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    state = ChangeState(str(tmp_path / "above" / "state"))
    with state.locked():
        state.open_change(CHANGE, Lease.begin(CHANGE.run, 300))
    return state.directory


def refused(directory: Path) -> str:
    with pytest.raises(StateError) as error:
        ChangeState(str(directory)).pending()
    return str(error.value)


@by_root
@pytest.mark.parametrize("part", ["", "snapshots"])
def test_of_somebody_else(directory: Path, part: str) -> None:
    os.chown(directory / part, NOBODY, NOBODY)
    assert refused(directory).startswith(f"{directory / part} belongs to nobody, so nothing in it is believed: look at")
    assert f"chown -R root {directory / part}; or set litellm_cache_state_dir" in refused(directory)


@pytest.mark.parametrize("part", ["", "snapshots"])
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_written_by_others(directory: Path, part: str, mode: int) -> None:
    (directory / part).chmod(mode)
    assert f"{directory / part} may be written by others than its owner (mode {mode:04o})" in refused(directory)
    (directory / part).chmod(0o755)
    assert ChangeState(str(directory)).pending() == CHANGE


def test_a_link(directory: Path) -> None:
    link = directory.with_name("link")
    link.symlink_to(directory)
    assert refused(link) == f"{link} is a symbolic link: name the directory itself in litellm_cache_state_dir"
    above = directory.parent.with_name("other")
    above.symlink_to(directory.parent)
    assert ChangeState(str(above / "state")).pending() == CHANGE  # where it stands is for root to say


def test_a_folder_above_in_which_everybody_may_write(directory: Path) -> None:
    directory.parent.chmod(0o777)
    for where in (directory, directory.with_name("none yet"), directory.with_name("none") / "yet"):
        assert f"{directory.parent} may be written by everybody (mode 0777)" in refused(where)
    directory.parent.chmod(0o1777)
    assert ChangeState(str(directory)).pending() == CHANGE


def test_made_by_somebody_else_in_between(directory: Path) -> None:
    state = ChangeState(str(directory.with_name("new")))
    directory.with_name("new").symlink_to(directory)
    with pytest.raises(StateError, match="is a symbolic link"), state.locked():
        pass


@by_root
def test_that_of_an_earlier_version_too(directory: Path) -> None:
    os.chown(directory, NOBODY, NOBODY)
    new = directory.with_name("state.litellm.0123456789ab")
    with pytest.raises(StateError, match="belongs to nobody"):
        ChangeState(str(new), CHANGE.config_path)
