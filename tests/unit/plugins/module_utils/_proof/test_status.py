# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at everything, with a real client at an engine of paper, real files, and whatever can be wrong with them."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import DeploymentError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.status import Status
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged

TEXT = "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: redis\n    password: hunter2\n"
READING = {
    "path": "/app/config.yaml",
    "real_path": "/app/config.yaml",
    "source": "mounted",
    "bucket": None,
    "by_litellm": False,
    "why": [],
    "included": [],
    "set_by_file": [],
    "references": [],
    "cache": {"mode": "redis"},
    "router": {"redis_keys": [], "own_connection": False},
    "problem": None,
}
LOOK = {
    "reading": READING,
    "config_sha256": None,
    "litellm_version": "1.80.0",
    "redis_py_version": "5.2.1",
    "answers": True,
    "cache_type": "redis",
    "redis_problem": None,
    "stored": {"settings": {"type": "local"}, "ignored": None, "problem": None},
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        running.program_says({"ok": True, "answer": LOOK})
        yield running


@pytest.fixture
def params(tmp_path: Path, server: EngineServer) -> dict[str, Any]:
    """Of a deployment with two instances, a file and a state, where all is well."""
    config = tmp_path / "conf" / "litellm" / "config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(TEXT, encoding="utf-8")
    os.utime(config, (0, 0))
    server.has(*(mounted(number, tmp_path, config) for number in (1, 2)))
    state = ChangeState(str(tmp_path / "state"))
    with state.locked():
        state.snapshots.take(b"a: 1", str(config))
        state.open_change(CHANGE, Lease.begin(CHANGE.run, 300))
        state.close_change(CHANGE.record("confirmed"))
    return {
        "project_dir": str(tmp_path),
        "service": "litellm",
        "project_name": None,
        "config_path": None,
        "docker_host": server.host,
        "state_dir": str(tmp_path / "state"),
    }


def mounted(number: int, folder: Path, config: Path, **state: Any) -> dict[str, Any]:
    record = container(number, folder, **{"StartedAt": "2099-01-31T12:00:00Z", **state})
    return {**record, "Mounts": [{"Type": "bind", "Source": str(config), "Destination": "/app/config.yaml"}]}


def unseen(found: dict[str, Any]) -> list[str]:
    return [one["what"] for one in found["unseen"]]


def test_all_is_seen_and_nothing_is_written(params: dict[str, Any], tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    found = Status(params).report()
    assert found["unseen"] == [] and found["mode"] == {"file": "redis", "stored": "local", "effective": ["redis"]}
    assert [(one["name"], one["litellm_version"], one["stale"]) for one in found["instances"]] == [
        ("litellm-1", "1.80.0", []),
        ("litellm-2", "1.80.0", []),
    ]
    assert (found["project"], found["running"], found["pending"], found["guard"]) == ("erni-ki", 2, None, None)
    assert [record["result"] for record in found["history"]] == ["confirmed"]
    assert [snapshot["number"] for snapshot in found["snapshots"]] == [1] and found["damage"] == []
    assert "hunter2" not in json.dumps(found) and sorted(tmp_path.rglob("*")) == before


def test_without_docker_the_file_and_the_history_are_told(params: dict[str, Any], tmp_path: Path) -> None:
    found = Status({**params, "docker_host": f"unix://{tmp_path}/none.sock"}).report()
    assert unseen(found) == ["the instances"] and "does not answer" in found["unseen"][0]["why"]
    assert (found["mode"]["file"], found["instances"], found["project"]) == ("redis", None, None)
    assert len(found["history"]) == len(found["snapshots"]) == 1


def test_without_docker_and_without_a_name_of_the_state_that_is_told_too(
    params: dict[str, Any], tmp_path: Path
) -> None:
    found = Status({**params, "docker_host": f"unix://{tmp_path}/none.sock", "state_dir": None}).report()
    assert unseen(found) == ["the instances", "the state directory"] and found["state_dir"] is None
    assert "set litellm_cache_project_name or litellm_cache_state_dir" in found["unseen"][1]["why"]


def test_without_a_container_of_the_project(params: dict[str, Any], server: EngineServer) -> None:
    server.has()
    found = Status(params).report()
    assert unseen(found) == ["the instances"] and found["mode"]["file"] == "redis" and found["history"]


@pytest.mark.parametrize("content", [None, b"a: [", b"\xff", b""])
def test_without_a_file_that_can_be_read_the_instances_are_told(params: dict[str, Any], content: bytes | None) -> None:
    config = Path(params["project_dir"]) / "conf/litellm/config.yaml"
    config.unlink()
    if content is not None:
        config.write_bytes(content)
        os.utime(config, (0, 0))
    found = Status(params).report()
    assert unseen(found) == ["the file"] and found["mode"]["file"] is None
    assert found["mode"]["effective"] == ["redis"] and len(found["instances"]) == 2
    if content is None:  # what is not known is not held against them
        assert found["stale"] == []


def test_an_instance_that_does_not_run_is_not_asked(
    params: dict[str, Any], server: EngineServer, tmp_path: Path
) -> None:
    config = tmp_path / "conf/litellm/config.yaml"
    server.has(mounted(1, tmp_path, config, Status="exited", ExitCode=1))
    found = Status(params).report()
    assert (found["running"], found["stale"], found["mode"]["effective"]) == (0, ["litellm-1"], [])
    assert found["unseen"] == [] and server.orders == []


def test_instances_that_mount_another_file(params: dict[str, Any], server: EngineServer, tmp_path: Path) -> None:
    server.has(mounted(1, tmp_path, tmp_path / "other.yaml"))
    found = Status(params).report()
    assert unseen(found) == ["the mount"] and [one["name"] for one in found["instances"]] == ["litellm-1"]


def test_an_instance_that_cannot_be_asked_keeps_nobody_from_the_rest(
    params: dict[str, Any], server: EngineServer
) -> None:
    server.program_says({"ok": False, "code": "no_proxy", "message": "no LiteLLM runs here", "facts": {}})
    found = Status(params).report()
    assert [one["problem"] for one in found["instances"]] == [f"litellm-{n}: no LiteLLM runs here" for n in (1, 2)]
    server.answers[f"POST /containers/{2:064d}/exec"] = (500, {"message": "no room"})
    problems = [one["problem"] for one in Status(params).report()["instances"]]
    assert "no LiteLLM runs here" in problems[0] and "no room" in problems[1]


def test_a_pending_change_and_its_guard(params: dict[str, Any]) -> None:
    change = replace(CHANGE, config_path=str(Path(params["project_dir"]) / "conf/litellm/config.yaml"))
    state = ChangeState(params["state_dir"])
    with state.locked():
        state.open_change(change, Lease.begin(CHANGE.run, 300))
    found = Status(params).report()
    assert found["pending"] == change.summary()
    assert (found["guard"]["alive"], found["guard"]["kind"]) == (False, "session")


@pytest.mark.parametrize("name", ["pending.json", "format.json"])
def test_a_damaged_record_is_told_once_and_the_history_all_the_same(params: dict[str, Any], name: str) -> None:
    (Path(params["state_dir"]) / name).write_text("{hunter2", encoding="utf-8")
    found = Status(params).report()
    assert set(unseen(found)) == {"the state directory"} and len(found["unseen"]) == 1
    assert len(found["history"]) == 1 and "hunter2" not in json.dumps(found)


def test_a_damaged_file_that_can_be_done_without_is_told(params: dict[str, Any]) -> None:
    (Path(params["state_dir"]) / "verification.json").write_text("5", encoding="utf-8")
    found = Status(params).report()
    assert (found["verification"], unseen(found)) == (None, [])
    assert "verification.json is damaged, so no verification is known" in found["damage"][0]["message"]


def test_a_state_directory_that_cannot_be_believed(params: dict[str, Any]) -> None:
    os.chmod(params["state_dir"], 0o777)
    found = Status(params).report()
    assert unseen(found) == ["the state directory"] and "may be written by others" in found["unseen"][0]["why"]
    assert (found["mode"]["file"], found["history"]) == ("redis", [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what another user may not read")
def test_a_user_who_may_not_read_the_state(params: dict[str, Any], tmp_path: Path) -> None:
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    told = unprivileged(lambda: json.dumps(Status({**params, "docker_host": "unix:///none.sock"}).report()["unseen"]))
    assert f"this user may not read {params['state_dir']}: run the play with become" in told


def test_without_a_state_directory_nothing_is_known_and_nothing_wrong(params: dict[str, Any], tmp_path: Path) -> None:
    found = Status({**params, "state_dir": str(tmp_path / "none")}).report()
    assert found["unseen"] == [] and found["history"] == [] and not (tmp_path / "none").exists()


def test_without_a_project_there_is_nothing_to_look_at(params: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="there is no directory"):
        Status({**params, "project_dir": str(tmp_path / "none")})


@pytest.mark.parametrize(("flushes", "changes"), [(40, 0), (0, 40), (3, 3)])
def test_the_last_change_and_the_last_flush_are_told_however_old_they_are(
    params: dict[str, Any], flushes: int, changes: int
) -> None:
    state, flush = ChangeState(params["state_dir"]), CHANGE.record("flushed")
    state.note_flush({**flush, "run": "first"})
    for number in range(flushes):
        state.note_flush({**flush, "run": f"flush-{number}"})
    with state.locked():
        for number in range(changes):
            state.close_change({**CHANGE.record("confirmed"), "run": f"change-{number}"})
    history = Status(params).report()["history"]
    last = {record["result"]: record["run"] for record in history}
    assert last["confirmed"] == (f"change-{changes - 1}" if changes else CHANGE.run)
    assert last["flushed"] == (f"flush-{flushes - 1}" if flushes else "first")
    assert len(history) == min(2 + flushes + changes, 21)
