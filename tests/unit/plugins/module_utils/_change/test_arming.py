# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a guard may be armed, the program as one file, and that it lives."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import arming as module
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import systemd_unit
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.arming import (
    GuardError,
    arm,
    kind_of_guard,
    program_bytes,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard import Guard
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.surroundings import Surroundings
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import sha256_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import docker_host_of
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

SOCKET = "unix:///var/run/docker.sock"


HOST = Surroundings(in_container=False, with_controller=False, ends_at_logout=False, systemd=False)


def test_it_is_a_service_where_systemd_is() -> None:
    assert kind_of_guard(SOCKET, HOST) == "session"
    assert kind_of_guard(SOCKET, replace(HOST, systemd=True)) == "systemd"
    assert kind_of_guard(SOCKET, replace(HOST, systemd=True, in_container=True, with_controller=True)) == "systemd"
    assert kind_of_guard(SOCKET, replace(HOST, systemd=True, ends_at_logout=True)) == "systemd"


def test_a_container_with_ansible_is_refused_and_another_one_is_not() -> None:
    assert kind_of_guard(SOCKET, replace(HOST, in_container=True)) == "session"
    assert kind_of_guard(SOCKET, replace(HOST, with_controller=True)) == "session"
    with pytest.raises(GuardError, match="inside one container .*a job of a CI.*set litellm_cache_guard to none"):
        kind_of_guard(SOCKET, replace(HOST, in_container=True, with_controller=True))


def test_a_session_that_logind_ends_is_refused() -> None:
    with pytest.raises(GuardError, match="KillUserProcesses=yes.*run the play with become"):
        kind_of_guard(SOCKET, replace(HOST, ends_at_logout=True))


def test_an_engine_over_the_network_is_refused() -> None:
    with pytest.raises(GuardError, match="over a Unix socket of the managed host, not tcp://"):
        kind_of_guard("tcp://192.0.2.1:2376", replace(HOST, systemd=True))


def test_the_address_of_docker_is_that_of_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    assert docker_host_of(None) == SOCKET
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/1000/docker.sock")
    assert docker_host_of(None) == "unix:///run/user/1000/docker.sock"
    assert docker_host_of("unix:///elsewhere.sock") == "unix:///elsewhere.sock"


def test_the_program_needs_the_standard_library_alone(tmp_path: Path) -> None:
    program, state = tmp_path / "guard.pyz", tmp_path / "state"
    program.write_bytes(program_bytes())
    state.mkdir()
    # Isolated, and without site-packages: whatever else it imported would be missing.
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(program), str(state)], text=True, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("guard: nothing is pending any more\n")


def test_the_program_holds_each_part_once(tmp_path: Path) -> None:
    program = tmp_path / "guard.pyz"
    program.write_bytes(program_bytes())
    names = zipfile.ZipFile(program).namelist()
    assert len(names) == len(set(names))
    assert "__main__.py" in names


def test_it_lives_until_nothing_is_pending(tmp_path: Path) -> None:
    state = ChangeState(str(tmp_path / "state"))
    guard = Guard(state)
    with state.locked():
        state.open_change(replace(CHANGE, outlives=["controller", "reboot"]), Lease.begin(CHANGE.run, 300))
        assert not guard.alive and guard.status()["outlives"] == []
        arm(state, "session")
    assert guard.alive
    assert guard.status()["outlives"] == ["controller"]  # it is no service
    assert guard.status()["survives_reboot"] is False and guard.status()["remaining_seconds"] > 25
    environment = next(
        path / "environ"
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and str(state.directory / "guard.pyz").encode() in _read(path / "cmdline")
    )
    assert {line.split(b"=")[0] for line in _read(environment).split(b"\0") if line} <= {
        b"PATH",
        b"LC_ALL",
        b"LC_CTYPE",
    }
    state.abandon_change()
    lock = (state.directory / "guard.lock").open()
    fcntl.flock(lock, fcntl.LOCK_SH)  # waits until the program has let go
    lock.close()
    assert not guard.alive


def test_the_real_program_goes_on_until_docker_has_restarted_what_ran_the_change(tmp_path: Path) -> None:
    config, state = tmp_path / "config.yaml", ChangeState(str(tmp_path / "state"))
    config.write_bytes(b"a: candidate\n")
    with EngineServer(tmp_path) as engine:
        engine.has(container(1, tmp_path))
        engine.program_says({"ok": True, "answer": {"ready_seconds": 1.0, "stable_seconds": 0.0}})
        options = {"project_dir": tmp_path, "config_path": config, "state_dir": state.directory}
        path = f"GET /containers/{1:064d}/json"
        fine, engine.answers[path] = engine.answers[path], (500, {"message": "layer does not exist"})
        with state.locked():
            change = replace(
                CHANGE,
                base_sha256=sha256_of(b"a: before\n"),
                candidate_sha256=sha256_of(b"a: candidate\n"),
                config_path=str(config),
                snapshot=state.snapshots.take(b"a: before\n", str(config)),
                planted=[],
                waits={"ready_timeout": 60, "stable_for": 0, "stop_timeout": 5},
                deployment={
                    **{name: str(value) for name, value in options.items()},
                    "project_name": "erni-ki",
                    "service": "litellm",
                    "docker_host": engine.host,
                },
            )
            state.open_change(change, Lease.begin(CHANGE.run, 0))
            arm(state, "session")
        polled(lambda: engine.calls(f"{1:064d}/json")[1:] != [], "Docker has refused twice")
        assert config.read_bytes() == b"a: before\n" and state.history() == [] and not engine.calls("/restart")
        engine.answers[path] = fine
        polled(lambda: bool(state.history()), "it has gone back")
        assert [(entry["result"], entry["by"]) for entry in state.history()] == [("reverted", "guard")]
        assert engine.calls("/restart") == [f"POST /containers/{1:064d}/restart"]


def test_the_real_program_waits_for_a_directory_that_can_be_believed(tmp_path: Path) -> None:
    """At a boot systemd started it again and again, which ended each time."""
    program, log, state = tmp_path / "guard.pyz", tmp_path / "log", ChangeState(str(tmp_path / "state"))
    program.write_bytes(program_bytes())
    with state.locked():
        state.open_change(replace(CHANGE, config_path=str(tmp_path / "config.yaml")), Lease.begin(CHANGE.run, 3600))
    state.directory.chmod(0o777)
    with log.open("ab") as stream:
        process = subprocess.Popen([sys.executable, "-I", str(program), str(state.directory)], stdout=stream)
    try:
        polled(lambda: "may be written by others than its owner" in log.read_text(), "it says why it waits")
        assert process.poll() is None and not Guard(state).alive
        state.directory.chmod(0o700)
        polled(lambda: Guard(state).alive, "it goes on")
        state.abandon_change()
        assert process.wait(timeout=120) == 0
        assert log.read_text().count("may be written by others") == 1
    finally:
        process.kill()
        process.wait()


def polled(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.05)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_a_program_that_does_not_start_is_told_and_nothing_else_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = ChangeState(str(tmp_path / "state"))
    monkeypatch.setattr(module, "START_SECONDS", 0.5)
    monkeypatch.setattr(module, "program_bytes", lambda: b"no archive")
    with state.locked(), pytest.raises(GuardError, match="did not come up.*set litellm_cache_guard to none"):
        arm(state, "session")


def test_no_service_is_left_of_one_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = ChangeState(str(tmp_path / "state"))
    monkeypatch.setattr(systemd_unit, "UNIT_DIRECTORY", tmp_path)
    asked: list[str] = []
    monkeypatch.setattr(systemd_unit, "_systemctl", lambda *words: asked.append(words[0]))
    monkeypatch.setattr(module, "START_SECONDS", 0.1)
    with state.locked(), pytest.raises(GuardError, match="did not come up"):
        arm(state, "systemd")
    assert asked == ["daemon-reload", "enable", "restart", "disable", "daemon-reload"]
    assert not list(tmp_path.glob("*.service"))
