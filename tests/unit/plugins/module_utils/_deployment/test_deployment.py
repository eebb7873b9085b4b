# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment whose instances are asked, at an engine of paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


def opened(server: EngineServer, folder: Path, **state: Any) -> Deployment:
    mounts = [{"Type": "bind", "Source": str(folder / "conf/litellm"), "Destination": "/app/conf"}]
    server.has(dict(container(1, folder, **state), Mounts=mounts))
    server.answers[f"GET /containers/{1:064d}/top"] = {"Processes": []}
    options = {"project_dir": str(folder), "service": "litellm", "docker_host": server.host}
    return Deployment.open(options)


def test_an_instance_is_asked_with_the_path_under_which_it_sees_the_file(tmp_path: Path, server: EngineServer) -> None:
    server.program_says({"ok": True, "answer": {"mode": "local"}})
    deployment = opened(server, tmp_path)
    assert deployment.client(deployment.instances[0]).read("a: 1") == {"mode": "local"}
    assert [order["mounted"] for order in server.orders] == ["/app/conf/config.yaml"]


def test_entries_of_ours_are_cleared_away_by_the_first_that_runs(tmp_path: Path, server: EngineServer) -> None:
    server.program_says({"ok": False, "code": "redis_refused", "message": "no", "facts": {}})
    deployment = opened(server, tmp_path)
    deployment.clear_away("a: 1", [])
    assert server.orders == []
    deployment.clear_away("a: 1", ["a key"])  # what it cannot remove goes by its TTL
    assert [(order["operation"], order["delete"]) for order in server.orders] == [("redis", ["a key"])]


def test_without_an_instance_that_runs_nothing_is_cleared_away(tmp_path: Path, server: EngineServer) -> None:
    opened(server, tmp_path, Status="exited").clear_away("a: 1", ["a key"])
    assert server.orders == []
