# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clone that is planned, refused and removed, at an engine of paper; one that starts: integration/test_real_canary.py."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import clone_memory
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.clone import CloneRefusedError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.clone_folder import CloneFolder
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.clone_memory import available_memory
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.cloning import Cloning
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.containers import Containers
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.clone_config import CloneConfig
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

CONFIG = CloneConfig("model_list: []\n", {}, "erni_ki_canary_t", ())
IMAGE = {"Id": "sha256:1", "Config": {}}
MEMORY = "MemTotal: 4000000 kB\nMemAvailable: {} kB\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "meminfo"
    path.write_text(MEMORY.format(2_000_000), encoding="ascii")
    monkeypatch.setattr(clone_memory, "_MEMORY", path)
    return path


def deployment(server: EngineServer, folder: Path, limit: int = 0) -> Deployment:
    """One instance that mounts its config file and uses 900 MB."""
    config = folder / "config.yaml"
    config.touch()
    record = container(1, folder)
    record.update(
        Image="sha256:1",
        HostConfig={"Memory": limit, "NetworkMode": "net"},
        NetworkSettings={"Networks": {"net": {}}},
        Mounts=[{"Type": "bind", "Source": str(config), "Destination": "/app/config.yaml", "RW": False}],
    )
    server.has(record)
    server.answers["GET /images/sha256:1/json"] = IMAGE
    server.answers[f"GET /containers/{record['Id']}/stats"] = {"memory_stats": {"usage": 900_000_000}}
    options = {
        "project_dir": str(folder),
        "service": "litellm",
        "config_path": str(config),
        "state_dir": str(folder / "s"),
    }
    return Deployment.open({**options, "project_name": None, "docker_host": server.host})


def test_a_clone_is_planned(server: EngineServer, tmp_path: Path, memory: Path) -> None:
    planned = Cloning(deployment(server, tmp_path), Containers(server.host), "", CONFIG, "t", 600)
    assert (planned.name, planned.image) == ("litellm-1-canary-t", "litellm:1.80.0")
    assert planned.clone.specification["Image"] == "sha256:1"
    assert memory.exists()


def test_an_image_that_is_not_at_hand(server: EngineServer, tmp_path: Path) -> None:
    found = deployment(server, tmp_path)
    server.answers["GET /images/other:2/json"] = (404, {"message": "No such image: other:2"})
    with pytest.raises(CloneRefusedError, match="other:2 is not on this host: bring it with docker pull other:2"):
        Cloning(found, Containers(server.host), "other:2", CONFIG, "t", 600)


@pytest.mark.parametrize(
    ("limit", "left", "fits"),
    [(0, 900_000, True), (0, 800_000, False), (500_000_000, 500_000, True), (500_000_000, 400_000, False)],
)
def test_memory_for_two(server: EngineServer, tmp_path: Path, memory: Path, limit: int, left: int, fits: bool) -> None:
    memory.write_text(MEMORY.format(left), encoding="ascii")
    found = deployment(server, tmp_path, limit)
    if fits:
        Cloning(found, Containers(server.host), "", CONFIG, "t", 600)
        return
    with pytest.raises(CloneRefusedError, match=r"of memory left, and a clone of litellm-1 needs (900|500)\.0 MB"):
        Cloning(found, Containers(server.host), "", CONFIG, "t", 600)


def test_the_memory_of_another_host_is_not_known(memory: Path) -> None:
    assert available_memory(Containers("tcp://docker.test:2375")) is None
    memory.write_text("nothing", encoding="ascii")
    assert available_memory(Containers("unix:///nowhere")) is None


def test_a_clone_that_cannot_be_started_is_removed(server: EngineServer, tmp_path: Path, memory: Path) -> None:
    planned = Cloning(deployment(server, tmp_path), Containers(server.host), "", CONFIG, "t", 600)
    half_made = container(9, tmp_path)
    half_made["Config"]["Labels"] = {"erni_ki.litellm.canary.run": "t"}
    server.has(half_made)
    path = f"/containers/{half_made['Id']}"
    server.answers.update(
        {
            "POST /containers/create": (201, {"Id": half_made["Id"]}),
            f"POST {path}/start": (500, {"message": "no space left on device"}),
            f"POST {path}/stop": (304, b""),
            f"DELETE {path}": (204, b""),
        }
    )
    assert memory.exists()
    with pytest.raises(DockerError, match="no space left on device"), CloneFolder.of(str(tmp_path / "s")) as folder:
        with planned.started(folder):
            pass
    assert f"DELETE {path}" in [call for call, _query, _order in server.asked]
    assert not (tmp_path / "s").exists()
