# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of our own, at an engine of paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.containers import Containers
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import NOT_FOUND, EngineServer

NO_IMAGE = (404, {"message": "No such image: nowhere/litellm:1"})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


def test_an_image_is_there_or_not(server: EngineServer) -> None:
    server.answers["GET /images/registry:5000/litellm@sha256:0/json"] = {"Id": "sha256:1", "Config": {}}
    server.answers["GET /images/nowhere/litellm:1/json"] = NO_IMAGE
    server.answers["GET /images/odd/json"] = []
    server.answers["GET /images/broken/json"] = (500, {"message": "disk"})
    engine = Containers(server.host)
    assert (engine.image("registry:5000/litellm@sha256:0") or {})["Id"] == "sha256:1"
    assert engine.image("nowhere/litellm:1") is None
    with pytest.raises(DockerError, match="its answer is not understood"):
        engine.image("odd")
    with pytest.raises(DockerError, match="cannot look at the image broken: disk"):
        engine.image("broken")
    server.answers["GET /images/html/json"] = b"<html>"
    with pytest.raises(DockerError, match="its answer is not understood"):
        engine.image("html")


@pytest.mark.parametrize(
    ("told", "bytes_"),
    [
        ({"memory_stats": {"usage": 300, "stats": {"inactive_file": 100}}}, 200),
        ({"memory_stats": {"usage": 300, "stats": {"total_inactive_file": 50}}}, 250),  # cgroup v1
        ({"memory_stats": {"usage": 300}}, 300),
        ({"memory_stats": {}}, None),  # it does not run
        ([], None),
    ],
)
def test_the_memory_of_a_container(server: EngineServer, told: Any, bytes_: int | None) -> None:
    server.answers["GET /containers/c/stats"] = told
    assert Containers(server.host).memory_of("c") == bytes_


def test_a_container_of_our_own_ends_with_its_volumes(server: EngineServer) -> None:
    server.answers.update({"POST /containers/c/stop": (204, b""), "DELETE /containers/c": (204, b"")})
    Containers(server.host).end("c")
    asked = [(call, query) for call, query, _order in server.asked if "/containers/" in call]
    assert asked == [
        ("POST /containers/c/stop", {"t": ["1"]}),
        ("DELETE /containers/c", {"force": ["true"], "v": ["true"]}),
    ]


def test_one_that_is_gone_is_no_error(server: EngineServer) -> None:
    server.answers.update({"POST /containers/c/stop": NOT_FOUND, "DELETE /containers/c": NOT_FOUND})
    Containers(server.host).end("c")


def test_one_that_hangs_is_removed_and_one_that_cannot_be_is_told(server: EngineServer) -> None:
    server.answers.update({"POST /containers/c/stop": (500, {"message": "hangs"}), "DELETE /containers/c": (204, b"")})
    Containers(server.host).end("c")
    server.answers["DELETE /containers/c"] = (500, {"message": "device is busy"})
    with pytest.raises(DockerError, match="cannot remove container c: device is busy"):
        Containers(server.host).end("c")


def test_which_engine_is_that_of_this_host(server: EngineServer) -> None:
    assert Containers(server.host).is_local
    assert not Containers("tcp://docker.test:2375").is_local
