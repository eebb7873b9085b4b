# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The watch of the guard, on real files and a Docker Engine of paper behind a real socket."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import guard_program
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard_program import watch
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease, PendingChange, uptime
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import sha256_of
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer

BEFORE, CANDIDATE = b"a: before\n", b"a: candidate\n"


class Place:
    """A changed config file with its pending change, and an engine without containers."""

    def __init__(self, folder: Path, engine: EngineServer) -> None:
        self.config = folder / "config.yaml"
        self.state = ChangeState(str(folder / "state"))
        engine.answers["GET /containers/json"] = []
        self.config.write_bytes(CANDIDATE)
        with self.state.locked():
            snapshot = self.state.snapshots.take(BEFORE, str(self.config))
        self.change: PendingChange = replace(
            CHANGE,
            base_sha256=sha256_of(BEFORE),
            candidate_sha256=sha256_of(CANDIDATE),
            config_path=str(self.config),
            snapshot=snapshot,
            planted=[],
            deployment={
                "project_dir": str(folder),
                "project_name": "none",
                "service": "litellm",
                "config_path": str(self.config),
                "docker_host": engine.host,
                "state_dir": str(folder / "state"),
            },
        )

    def open(self, lease: Lease) -> None:
        with self.state.locked():
            self.state.open_change(self.change, lease)

    @property
    def ended(self) -> list[tuple[str, str]]:
        return [(entry["result"], entry["by"]) for entry in self.state.history()]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with EngineServer(tmp_path) as engine:
        yield Place(tmp_path, engine)


def lapsed(run: str = CHANGE.run, seconds: float = 5) -> Lease:
    """A lease that is over since that many seconds."""
    return replace(Lease.begin(run, 60), renewed=uptime() - 60 - seconds)


def test_nothing_pending_ends_the_watch(place: Place) -> None:
    watch(place.state)
    assert place.config.read_bytes() == CANDIDATE
    assert place.ended == []


def test_a_silent_run_is_taken_back(place: Place) -> None:
    place.open(lapsed())
    watch(place.state)
    assert place.config.read_bytes() == BEFORE
    (entry,) = place.state.history()
    assert entry["by"] == "guard" and entry["file"] == "restored"
    assert "run night-1 was silent for 60 s, so the guard took its change back at 20" in entry["why"]
    assert (place.state.pending(), place.state.reverting()) == (None, None)


def test_a_change_without_a_lease_is_taken_back(place: Place) -> None:
    place.open(lapsed())
    (place.state.directory / "lease.json").unlink()
    watch(place.state)
    assert place.config.read_bytes() == BEFORE
    assert "silent for too long" in place.state.history()[0]["why"]


def test_a_way_back_that_was_cut_off_is_gone_on_with_whatever_the_lease_says(place: Place) -> None:
    place.open(Lease.begin(CHANGE.run, 3600))
    with place.state.locked():
        place.state.claim(place.change, REVERTING)
    watch(place.state)
    assert place.config.read_bytes() == BEFORE
    assert "was cut off, so the guard went on with it" in place.state.history()[0]["why"]


def while_waiting(monkeypatch: pytest.MonkeyPatch, *happenings: Any) -> list[float]:
    """Let things happen, one after another, each time the guard waits; return for how long it wanted to."""
    waits: list[float] = []
    pending = iter(happenings)

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        next(pending)()

    monkeypatch.setattr(guard_program.time, "sleep", sleep)
    return waits


def test_a_run_that_gives_signs_of_life_is_left_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.open(Lease.begin(CHANGE.run, 3600))

    def alive() -> None:
        place.state.sign_of_life(CHANGE.run)

    waits = while_waiting(monkeypatch, alive, alive, place.state.abandon_change)
    watch(place.state)
    assert len(waits) == 3
    assert all(0 < wait <= guard_program.LOOK_SECONDS for wait in waits)
    assert place.config.read_bytes() == CANDIDATE and place.ended == []


def test_it_wakes_no_later_than_the_lease_ends(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.open(replace(Lease.begin(CHANGE.run, 3600), renewed=uptime() - 3600 + 0.4))
    waits = while_waiting(monkeypatch, place.state.abandon_change)
    watch(place.state)
    assert sum(waits) <= 0.4


def test_after_a_start_of_the_host_the_lease_begins_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.open(replace(lapsed(), boot="another"))
    while_waiting(monkeypatch, place.state.abandon_change)
    watch(place.state)
    assert place.config.read_bytes() == CANDIDATE
    lease = place.state.lease()
    assert lease is not None and lease.of_this_boot and lease.remaining() > 0


def test_a_module_at_work_is_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.open(lapsed())
    lock = place.state.locked()
    lock.__enter__()
    waits = while_waiting(monkeypatch, lambda: lock.__exit__(None, None, None))
    watch(place.state)
    assert waits == [guard_program.RETRY_SECONDS]
    assert place.config.read_bytes() == BEFORE


def test_an_engine_that_does_not_answer_keeps_the_change_claimed_until_it_does(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = place.change.deployment["docker_host"][len("unix://") :]
    Path(socket).rename(socket + ".away")
    place.open(lapsed())

    def comes_back() -> None:
        assert place.state.reverting() == place.change and place.ended == []
        assert place.config.read_bytes() == BEFORE  # the file comes first
        Path(socket + ".away").rename(socket)

    while_waiting(monkeypatch, comes_back)
    watch(place.state)
    assert len(place.ended) == 1


def test_it_comes_up_without_what_only_the_way_back_needs() -> None:
    """A commit waits until the guard is up."""
    loaded = f"import sys, {guard_program.__name__}; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", loaded],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not [
        name for name in found if name.endswith(("._change.revert", "._deployment.deployment", ".docker_socket"))
    ]
