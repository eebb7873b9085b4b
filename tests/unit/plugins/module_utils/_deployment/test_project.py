# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One deployment, found by a real client at an engine of paper, and the paths that belong to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import DeploymentError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.project import (
    Project,
    config_path_of,
    place_without_docker,
    state_dir_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


def options(folder: Path, **more: Any) -> dict[str, Any]:
    names = ("config_path", "project_name", "state_dir", "docker_host")
    return {"project_dir": str(folder), "service": "litellm", **dict.fromkeys(names), **more}


def test_the_config_file_is_where_the_project_has_it_or_the_option_says(tmp_path: Path) -> None:
    assert config_path_of(options(tmp_path)) == str(tmp_path / "conf/litellm/config.yaml")
    (tmp_path / "real.yaml").touch()
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    assert config_path_of(options(tmp_path, config_path=str(tmp_path / "link.yaml"))) == str(tmp_path / "real.yaml")


@pytest.mark.parametrize("name", ["none", "file"])
def test_no_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeploymentError, match="there is no directory .*: set litellm_cache_project_dir"):
        config_path_of(options(tmp_path / name))


def test_a_deployment_is_found_by_its_directory(tmp_path: Path, server: EngineServer) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "link").symlink_to("project")
    folder = tmp_path / "project"
    server.has(container(2, folder, Status="exited"), container(1, folder), container(3, tmp_path / "other"))
    deployment = Project.open(options(tmp_path / "link"), DockerSocket(server.host))
    assert [instance.name for instance in deployment.instances] == ["litellm-1", "litellm-2"]
    assert [instance.name for instance in deployment.running()] == ["litellm-1"]
    assert deployment.config_path == str(folder / "conf/litellm/config.yaml")
    assert deployment.state_dir == state_dir_of(options(folder, project_name="erni-ki"))
    assert '"com.docker.compose.project"' in server.asked[0][1]["filters"][0]


def test_a_container_of_somebody_else_that_docker_cannot_describe_is_no_reason_to_fail(
    tmp_path: Path, server: EngineServer
) -> None:
    server.has(container(1, tmp_path), container(2, tmp_path / "other"))
    dead = (500, {"message": "RWLayer of container 2 is unexpectedly nil"})
    server.answers[f"GET /containers/{2:064d}/json"] = dead
    deployment = Project.open(options(tmp_path), DockerSocket(server.host))
    assert [instance.name for instance in deployment.instances] == ["litellm-1"]
    server.answers[f"GET /containers/{1:064d}/json"] = dead
    with pytest.raises(DockerError, match="RWLayer"):
        Project.open(options(tmp_path), DockerSocket(server.host))


def test_the_name_of_the_project_goes_to_the_engine(tmp_path: Path, server: EngineServer) -> None:
    server.has(container(1, tmp_path / "elsewhere"))
    found = Project.open(options(tmp_path, project_name="erni-ki", state_dir="/s"), DockerSocket(server.host))
    assert found.state_dir == "/s"
    assert "com.docker.compose.project=erni-ki" in server.asked[0][1]["filters"][0]


def test_an_instance_as_it_is_now(tmp_path: Path, server: EngineServer) -> None:
    server.has(container(1, tmp_path))
    deployment = Project.open(options(tmp_path), DockerSocket(server.host))
    server.has(container(1, tmp_path, Status="exited", ExitCode=3))
    (before,) = deployment.instances
    assert before.running
    assert (deployment.refreshed(before).status, deployment.refreshed(before).exit_code) == ("exited", 3)


def test_nothing_found_is_told(tmp_path: Path, server: EngineServer) -> None:
    server.has()
    with pytest.raises(DeploymentError):
        Project.open(options(tmp_path), DockerSocket(server.host))


def test_the_state_directory_is_known_without_docker_where_the_options_tell_the_project(tmp_path: Path) -> None:
    nowhere = f"unix://{tmp_path}/none.sock"
    named = options(tmp_path, project_name="p", docker_host=nowhere)
    assert re.match(r"/var/lib/erni_ki_litellm/p\.litellm\.[0-9a-f]{12}\Z", state_dir_of(named))
    assert state_dir_of(dict(named, config_path=str(tmp_path / "conf/litellm/config.yaml"))) == state_dir_of(named)
    others = (dict(named, service="two"), dict(named, project_name="q"), dict(named, config_path="/other.yaml"))
    assert len({state_dir_of(other) for other in (named, *others)}) == 4
    assert state_dir_of(options(tmp_path, project_name="p", state_dir="/s", docker_host=nowhere)) == "/s"
    assert state_dir_of(options(tmp_path, state_dir="/s", docker_host=nowhere)) == "/s"


def test_the_state_directory_of_an_unnamed_project(tmp_path: Path, server: EngineServer) -> None:
    server.has(container(1, tmp_path))
    assert state_dir_of(options(tmp_path, docker_host=server.host)).startswith(
        "/var/lib/erni_ki_litellm/erni-ki.litellm."
    )


def test_without_docker_a_state_directory_is_known_by_service_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{Project.__module__}.DEFAULT_STATE_DIRECTORY", str(tmp_path / "states"))
    given = options(tmp_path, docker_host=f"unix://{tmp_path}/none.sock")
    assert place_without_docker(given) == (None, None)
    named = state_dir_of({**given, "project_name": "erni-ki"})
    for other in ({**given, "service": "two"}, {**given, "config_path": "/other.yaml"}, given):
        Path(state_dir_of({**other, "project_name": "erni-ki"})).mkdir(parents=True)
    assert place_without_docker(given) == (named, "erni-ki")
    assert place_without_docker({**given, "project_name": "p"}) == (state_dir_of({**given, "project_name": "p"}), "p")
    assert place_without_docker({**given, "state_dir": "/s"}) == ("/s", None)
    Path(state_dir_of({**given, "project_name": "another"})).mkdir()
    assert place_without_docker(given) == (None, None)
