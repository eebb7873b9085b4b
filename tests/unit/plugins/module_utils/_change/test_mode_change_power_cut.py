# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A power cut after each step of a change leaves the old file or the new one, and a state that the next run can work with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import pending
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.mode_change import Author, ModeChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.precautions import Precautions
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.revert import Revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.empty_engine import EmptyEngine
from ansible_collections.erni_ki.litellm.tests.unit.support.power_cut import Recording

TEXT = """\
litellm_settings:
  cache: true
  cache_params:
    type: local  # in the process
    ttl: 1800
"""
REDIS, LOCAL = CacheWishes(mode="redis"), CacheWishes(mode="local")
DEPLOYMENT = {"project_dir": "/", "service": "litellm", "project_name": "none"}


class Host:
    """A config file and its state, in folders of their own below one that is recorded."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "conf" / "config.yaml"
        self.config.parent.mkdir(parents=True)
        self.config.write_text(TEXT)
        self.directory = folder / "var" / "lib" / "state"
        (folder / "var").mkdir()

    @property
    def state(self) -> ChangeState:
        return ChangeState(str(self.directory), str(self.config))

    def commit(self, run: str, wishes: CacheWishes) -> None:
        change = ModeChange(str(self.config), self.state, Author(run, "alice", ""))
        change.commit(change.plan(wishes), None, Precautions(300, 2, deployment=DEPLOYMENT))

    def make(self, run: str, wishes: CacheWishes) -> None:
        self.commit(run, wishes)
        self.state.confirm(run, {})

    def revert(self) -> None:
        """As the guard does it, also where it was cut off."""
        state = self.state
        change = state.reverting() or state.pending()
        if change is None:
            return
        with state.locked():
            if state.reverting() is None:
                state.claim(change, REVERTING)
            Revert(state, change, EmptyEngine(), "guard").run("a try")

    @property
    def text(self) -> str:
        return self.config.read_text()


def change(host: Host) -> None:
    host.make("a", REDIS)


def change_twice(host: Host) -> None:
    host.make("a", LOCAL)
    host.make("b", REDIS)


def go_back(host: Host) -> None:
    host.commit("a", LOCAL)
    host.revert()


@pytest.fixture
def another_boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Begins another boot, after which no lease holds."""

    def begin() -> None:
        (tmp_path / "boot").write_text("after the cut")
        monkeypatch.setattr(os, "fsync", os.fstat)  # what follows is cut off no more
        monkeypatch.setattr(pending, "BOOT_ID", tmp_path / "boot")

    return begin


@pytest.mark.parametrize(
    ("begin", "act"),
    [(None, change), (REDIS, go_back), pytest.param(REDIS, change_twice, marks=pytest.mark.rest)],
    ids=["first change", "taken back", "changed twice"],
)
@pytest.mark.parametrize("guarded", [False, True], ids=["next run", "guard, then next run"])
def test_a_power_cut_at_each_step(
    tmp_path: Path, another_boot: Callable[[], None], begin: Any, act: Callable[[Host], None], guarded: bool
) -> None:
    host = Host(tmp_path / "host")
    if begin is not None:
        host.make("before", begin)
    whole = {TEXT, host.text}
    recording = Recording(tmp_path / "host")
    with recording.running():
        act(host)
    whole.add(host.text)
    another_boot()
    trees = recording.trees()
    for tree in trees:
        recording.lay_out(tree)
        assert host.text in whole
        if guarded:
            host.revert()
            assert host.text in whole
        host.make("next", LOCAL)
        assert host.text == TEXT  # exactly: no journal was lost
        assert host.state.findings() == []
        host.make("after", REDIS)
        host.make("at last", LOCAL)
        assert host.text == TEXT
        assert not list((tmp_path / "host").rglob(".*"))
    print(f"{len(list(recording.prefixes()))} prefixes, {len(trees)} different trees")
    assert len(trees) > len(list(recording.prefixes())) / 2
