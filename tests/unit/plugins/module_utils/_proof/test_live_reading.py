# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an instance makes of a configuration, at an engine of paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instance_client import InstanceError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.live_reading import LiveLook, read_in, reading_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.requests import RoundtripError
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

OPTIONS = {"master_key": None, "master_key_env": "KEY", "master_key_file": None}
REDIS, LOCAL = {"mode": "redis"}, {"mode": "local"}
TOLD = {"source": "mounted", "path": "/app/config.yaml"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


def opened(server: EngineServer, folder: Path, **state: Any) -> Deployment:
    server.has(container(1, folder, **state))
    server.answers[f"GET /containers/{1:064d}/top"] = {"Processes": []}
    return Deployment.open({"project_dir": str(folder), "service": "litellm", "docker_host": server.host})


def test_the_configuration_in_force_and_another_one(tmp_path: Path, server: EngineServer) -> None:
    server.program_says({"ok": True, "answer": TOLD})
    deployment = opened(server, tmp_path)
    wanted = dict(TOLD, host_path=None, problem=None, current=True)
    assert reading_of(deployment) == wanted == read_in(deployment, "a: 1")
    assert [order["candidate"] for order in server.orders] == [None, "a: 1"]


def test_nobody_can_tell(tmp_path: Path, server: EngineServer) -> None:
    server.program_says({"ok": False, "code": "config", "message": "no", "facts": {}})
    deployment = opened(server, tmp_path)
    assert reading_of(deployment) is None
    with pytest.raises(InstanceError, match="no"):
        read_in(deployment, "a: 1")
    assert reading_of(opened(server, tmp_path, Status="exited")) is None


def test_one_look_tells_both(tmp_path: Path, server: EngineServer) -> None:
    told = {"reading": dict(TOLD, problem=None), "access": {"status": 200}}
    server.program_says({"ok": True, "answer": told})
    look = LiveLook(opened(server, tmp_path), OPTIONS)
    assert look.reading == dict(TOLD, host_path=None, problem=None, current=True)
    assert look.access(REDIS).told == {"status": 200}
    assert [(order["operation"], order["key_variable"]) for order in server.orders] == [("look", "KEY")]


def test_a_configuration_that_the_instance_cannot_read_is_known_by_its_text(
    tmp_path: Path, server: EngineServer
) -> None:
    told = {"reading": dict(TOLD, problem="it is no YAML"), "access": None}
    server.program_says({"ok": True, "answer": told})
    look = LiveLook(opened(server, tmp_path), OPTIONS)
    assert (look.reading, look.access(REDIS).told) == (None, {})


def test_a_look_that_fails_is_a_hindrance_in_the_mode_that_needs_a_server(tmp_path: Path, server: EngineServer) -> None:
    server.program_says({"ok": False, "code": "deadline", "message": "no", "facts": {}})
    look = LiveLook(opened(server, tmp_path), OPTIONS)
    assert (look.reading, look.access(LOCAL).told) == (None, {})
    assert [order["operation"] for order in server.orders] == ["look", "read"]
    with pytest.raises(InstanceError, match="the operation look was no"):
        look.access(REDIS)


def test_no_instance_runs_that_could_be_looked_at(tmp_path: Path, server: EngineServer) -> None:
    look = LiveLook(opened(server, tmp_path, Status="exited"), OPTIONS)
    assert look.reading is None
    with pytest.raises(RoundtripError, match="no instance runs"):
        look.access(LOCAL)
    assert server.orders == []
