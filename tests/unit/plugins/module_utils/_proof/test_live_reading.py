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
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.live_reading import read_in, reading_of
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

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
