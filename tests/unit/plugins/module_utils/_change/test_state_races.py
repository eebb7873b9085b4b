# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who ends a change, when several want to at once: every order of their steps on the files, with the real functions.

The run that made the change wants to make it final, the guard wants to take it back, and a second run wants to take it
over. Whatever the order, the change has one outcome, and the file is what that outcome says.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import guard_program, mode_change
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.confirmation import edited_since
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard_program import Watch
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.mode_change import Author, ModeChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.precautions import Precautions
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import docker_socket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import sha256_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.empty_engine import EmptyEngine
from ansible_collections.erni_ki.litellm.tests.unit.support.interleavings import Interleavings

TEXT = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n"
RECORDS = ("pending.json", "reverting.json", "confirming.json")
SHARED = (*RECORDS, "lease.json", "history.jsonl", "journal.json", "lock", "config.yaml")
FIRST, SECOND = "first", "second"


def meaning(name: str, content: bytes | None) -> Any:
    """What of a file makes a difference to anybody: no time, no number of a snapshot."""
    if content is None or name == "lock":
        return None
    if name in RECORDS:
        record = json.loads(content)
        return record["run"], record["candidate_sha256"], json.dumps(sorted(record["way_back"]))
    if name == "lease.json":
        return Lease(**json.loads(content)).remaining() > 0
    if name == "history.jsonl":
        return [(record["run"], record["result"]) for record in map(json.loads, content.splitlines())]
    return sha256_of(content)


class Place:
    """A change of the first run that is in the file, and whose lease is over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "place"
        self.saved = folder / "saved"
        self.folder.mkdir()
        self.config = self.folder / "config.yaml"
        self.config.write_text(TEXT)
        self.state = ChangeState(str(self.folder / "state"))
        change = ModeChange(str(self.config), self.state, Author(FIRST, "alice", ""))
        deployment = {"project_dir": "/", "service": "litellm", "project_name": "none", "docker_host": "unix:///none"}
        self.precautions = Precautions(60, 5, deployment=deployment)
        pending = change.commit(change.plan(CacheWishes(mode="redis")), None, self.precautions)
        assert pending is not None
        self.change = pending
        with self.state.locked():
            lease = Lease.begin(FIRST, 60)
            self.state.open_change(pending, replace(lease, renewed=lease.renewed - 3600))
        shutil.copytree(self.folder, self.saved)

    def reset(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.saved, self.folder)

    def files(self) -> list[Path]:
        return [self.config] + [self.state.directory / name for name in SHARED if name not in ("config.yaml", "lock")]

    # -- who wants to end it ------------------------------------------------------------------------------

    def confirm(self) -> str:
        self.state.confirm(FIRST, {}, edited_since)
        return "confirmed"

    def guard(self) -> str:
        Watch(self.state, lambda: None)._look()
        return "looked"

    def take_over(self) -> str:
        change = ModeChange(str(self.config), self.state, Author(SECOND, "bob", ""), take_over=True)
        change.commit(change.plan(CacheWishes(mode="redis", ttl=777)), None, self.precautions)
        return "committed"

    # -- what must be so ----------------------------------------------------------------------------------

    def check(self, outcomes: dict[str, Any]) -> None:
        for outcome in outcomes.values():
            assert isinstance(outcome, (str, LitellmCacheError)), repr(outcome)
        second = self.state.pending()
        if second is not None and second.run == SECOND:
            assert outcomes["take_over"] == "committed"
            self.state.confirm(SECOND, {}, edited_since)
        Watch(self.state, lambda: None).run()  # as in life the guard looks again
        assert not [name for name in RECORDS if (self.state.directory / name).exists()]
        results = [(record["run"], record["result"]) for record in self.state.history()]
        ends = [result for run, result in results if run == FIRST]
        assert len(ends) == 1, results
        assert (outcomes.get("confirm") == "confirmed") == (ends == ["confirmed"])
        left = self.change.candidate_sha256 if ends[0] in ("confirmed", "lapsed") else self.change.base_sha256
        if outcomes.get("take_over") == "committed":
            assert (SECOND, "confirmed") in results
            assert sha256_of(self.state.snapshot(max(self.state.snapshots.numbers()))) == left
            assert b"ttl: 777" in self.config.read_bytes()
        else:
            assert sha256_of(self.config.read_bytes()) == left
        assert (self.state.journal() is None) == (b"redis" not in self.config.read_bytes())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path)
    # The plan is the same for the same text and journal, and takes longer than all of the rest.
    planned: dict[Any, Any] = {}
    plan = mode_change.plan_cache_mode

    def planned_once(text: str, wishes: CacheWishes, journal: Any) -> Any:
        key = text, repr(journal), wishes
        if key not in planned:
            planned[key] = plan(text, wishes, journal)
        return planned[key]

    monkeypatch.setattr(mode_change, "plan_cache_mode", planned_once)
    monkeypatch.setattr(docker_socket, "DockerSocket", EmptyEngine)
    monkeypatch.setattr(guard_program.time, "sleep", lambda _seconds: None)
    yield made


def explored(place: Place, monkeypatch: pytest.MonkeyPatch, *names: str) -> Interleavings:
    with monkeypatch.context() as patched:
        search = Interleavings(patched, frozenset(SHARED), meaning, place.reset, place.files)
        search.explore({name: getattr(place, name) for name in names}, place.check)
    return search


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(names, id=" and ".join(names), marks=marks)
        for names, marks in (
            (("confirm", "guard"), ()),
            (("confirm", "take_over"), pytest.mark.rest),
            (("guard", "take_over"), pytest.mark.rest),
        )
    ],
)
def test_a_change_has_one_outcome(place: Place, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
    search = explored(place, monkeypatch, *names)
    print(f"{' and '.join(names)}: {search.states} states, {search.orders} orders with an end of their own")
    assert search.orders > 1
