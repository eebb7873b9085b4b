# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The watch of the guard, on real files and a Docker Engine of paper behind a real socket."""

from __future__ import annotations

import logging
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import guard_program, systemd_unit
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard_program import Place as GuardPlace
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard_program import Watch, insist
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease, PendingChange, uptime
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_place import is_watched
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import sha256_of
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

BEFORE, CANDIDATE = b"a: before\n", b"a: candidate\n"


class Place:
    """A changed config file with its pending change, and an engine without containers."""

    def __init__(self, folder: Path, engine: EngineServer) -> None:
        self.config = folder / "config.yaml"
        self.engine, self.folder = engine, folder
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

    def end_cannot_be_recorded(self) -> Callable[[], None]:
        """Let the history take no further byte, as on a full disk; returns what ends that.

        The kernel refuses a write beyond a length, and only the history is so long.
        """
        history = self.state.directory / "history.jsonl"
        history.write_text("#" * 100_000 + "\n")
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (history.stat().st_size, limit[1]))
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, engine: EngineServer) -> Place:
    return Place(tmp_path, engine)


def watch(state: ChangeState) -> None:
    """The whole watch, of a guard that need not leave its place."""
    Watch(state, lambda: None).run()


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
    assert "run night-1 was silent for 65 s, so the guard took its change back at 20" in entry["why"]
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
        assert place.state.reverting() is not None and place.ended == []
        assert place.config.read_bytes() == BEFORE  # the file comes first
        Path(socket + ".away").rename(socket)

    while_waiting(monkeypatch, comes_back)
    watch(place.state)
    assert len(place.ended) == 1


@pytest.mark.parametrize("trouble", [(500, {"message": "layer does not exist"}), (502, b"<html>"), b"[{}]", b"[", b"7"])
def test_it_goes_on_while_docker_refuses(
    place: Place, engine: EngineServer, monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    engine.has(container(1, place.config.parent))
    place.change.deployment["project_name"] = "erni-ki"
    engine.program_says({"ok": True, "answer": {"ready_seconds": 1.0, "stable_seconds": 0.0}})
    place.open(lapsed())
    paths = [
        "GET /version",
        "GET /containers/json",
        f"GET /containers/{1:064d}/json",
        f"POST /containers/{1:064d}/restart",
    ]
    fine = {path: engine.answers[path] for path in paths}

    def goes_on(path: str, following: str | None) -> None:
        assert place.state.reverting() is not None and place.ended == []
        engine.answers[path] = fine[path]
        if following is not None:
            engine.answers[following] = trouble

    engine.answers[paths[0]] = trouble
    if isinstance(trouble, bytes):
        paths.pop()  # what it says to a restart is not read
    waits = while_waiting(
        monkeypatch, *(partial(goes_on, path, following) for path, following in zip(paths, [*paths[1:], None]))
    )
    watch(place.state)
    assert waits == [guard_program.RETRY_SECONDS * 2**tried for tried in range(len(paths))]
    assert place.ended == [("reverted", "guard")]
    assert engine.calls("/restart")[-1] == f"POST /containers/{1:064d}/restart"


def with_an_instance(place: Place) -> None:
    """One instance, which ran the change."""
    place.engine.program_says({"ok": True, "answer": {"ready_seconds": 1.0, "stable_seconds": 0.0}})
    place.engine.has(container(1, place.folder))
    waits = {"ready_timeout": 60, "stable_for": 0, "stop_timeout": 5}
    place.change = replace(place.change, waits=waits, deployment=dict(place.change.deployment, project_name=""))


def test_a_full_disk_at_the_end_restarts_nothing_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with_an_instance(place)
    place.open(lapsed())
    there_is_room = place.end_cannot_be_recorded()
    try:
        waits = while_waiting(monkeypatch, lambda: None, lambda: None, there_is_room)
        watch(place.state)
    finally:
        there_is_room()
    assert waits == [2.0, 4.0, 8.0]
    assert place.config.read_bytes() == BEFORE
    assert len(place.engine.calls("/restart")) == 1
    assert place.ended == [("reverted", "guard")]


def test_another_guard_only_ends_what_was_done(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with_an_instance(place)
    place.open(lapsed())
    there_is_room = place.end_cannot_be_recorded()
    try:

        def killed() -> None:
            raise KeyboardInterrupt

        while_waiting(monkeypatch, killed)
        with pytest.raises(KeyboardInterrupt):
            watch(place.state)
    finally:
        there_is_room()
    place.engine.path.unlink()  # nothing of Docker is needed any more
    watch(place.state)
    assert len(place.engine.calls("/restart")) == 1
    assert place.ended == [("reverted", "guard")]


def test_what_it_did_to_one_change_is_not_done_to_the_next(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.open(lapsed())
    there_is_room = place.end_cannot_be_recorded()

    def a_run_ends_it_and_another_of_its_name_begins() -> None:
        there_is_room()
        with place.state.locked():
            place.state.close_change(place.change.record("reverted"))
        place.config.write_bytes(CANDIDATE)
        place.change = replace(place.change, since=place.change.since + 60)
        place.open(lapsed())

    try:
        while_waiting(monkeypatch, a_run_ends_it_and_another_of_its_name_begins)
        watch(place.state)
    finally:
        there_is_room()
    assert place.config.read_bytes() == BEFORE


def test_the_end_has_room_on_the_disk_from_the_beginning(place: Place) -> None:
    place.open(Lease.begin(CHANGE.run, 3600))
    room = place.state.directory / "room"
    assert room.stat().st_blocks * 512 >= 32 * 1024
    place.open(lapsed())
    watch(place.state)
    assert not room.exists()


def test_only_its_work_ends_it(place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    deployment = place.change.deployment
    place.change = replace(place.change, deployment={})  # a damaged record
    place.open(lapsed())

    def mended() -> None:
        with place.state.locked():
            place.state.note_way_back(replace(place.change, deployment=deployment))

    def written_over() -> None:
        (place.state.directory / "reverting.json").write_bytes(b"\xff{")

    waits = while_waiting(monkeypatch, *[lambda: None] * 5, written_over, mended)
    watch(place.state)
    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert sum(message.startswith("takes back") for message in caplog.messages) == 1
    assert place.config.read_bytes() == BEFORE and len(place.ended) == 1


def test_a_file_that_is_away_is_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    away = place.folder / "away"
    place.config.rename(away)
    place.open(lapsed())
    while_waiting(monkeypatch, *[lambda: None] * 20, lambda: away.rename(place.config))
    watch(place.state)
    assert place.config.read_bytes() == BEFORE
    assert place.ended == [("revert_incomplete", "guard")]  # there is no instance here


@pytest.fixture
def host_units(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the units of a host whose systemd obeys."""
    units = tmp_path / "units"
    units.mkdir()
    monkeypatch.setattr(systemd_unit, "UNIT_DIRECTORY", units)
    monkeypatch.setattr(systemd_unit, "_systemctl", lambda *_words: None)
    return units


@pytest.mark.usefixtures("host_units")
def test_it_leaves_its_place_and_takes_its_service_away_under_the_lock_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = systemd_unit.SystemdUnit.of(str(place.state.directory))
    unit.path.write_text("")
    lock = place.state.locked()
    lock.__enter__()
    left: list[bool] = []

    def begins_and_finds_a_guard() -> None:
        assert unit.path.exists() and not left
        place.state.open_change(place.change, Lease.begin(CHANGE.run, 3600))
        lock.__exit__(None, None, None)

    def ends() -> None:
        assert unit.path.exists() and not left
        place.state.abandon_change()

    waits = while_waiting(monkeypatch, begins_and_finds_a_guard, ends)
    Watch(place.state, lambda: left.append(unit.path.exists())).run()
    assert left == [False] and len(waits) == 2


def test_a_reason_is_logged_once_and_the_history_tells_the_first_one(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    away = place.folder / "away"
    place.config.rename(away)
    place.open(lapsed())
    while_waiting(monkeypatch, *[lambda: None] * 5, lambda: away.rename(place.config))
    watch(place.state)
    kinds = [next(word for word in WORDS if word in message) for message in caplog.messages]
    assert kinds == list(WORDS)
    assert "run night-1 was silent for" in place.state.history()[0]["why"]


WORDS = ("takes back", "there is no config file", "revert_incomplete", "that is gone, after 6 tries")


def test_only_its_work_keeps_it_from_its_place(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = place.state.directory
    taken = GuardPlace(str(directory))
    directory.chmod(0o777)
    (directory / "guard.lock").mkdir()  # as a file system that is read-only, it cannot be opened for writing
    waits = while_waiting(
        monkeypatch, lambda: None, lambda: directory.chmod(0o700), lambda: None, (directory / "guard.lock").rmdir
    )
    insist(taken.take, guard_program.RETRY_SECONDS)
    assert waits == [guard_program.RETRY_SECONDS] * 4
    assert taken.state is not None and is_watched(directory)
    taken.leave()
    assert not is_watched(directory)


@pytest.mark.usefixtures("host_units")
def test_a_directory_that_was_removed_is_waited_for_by_nobody(place: Place) -> None:
    shutil.rmtree(place.state.directory)
    unit = systemd_unit.SystemdUnit.of(str(place.state.directory))
    unit.path.write_text("")
    taken = GuardPlace(str(place.state.directory))
    insist(taken.take)
    assert taken.state is None and not unit.path.exists()


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
