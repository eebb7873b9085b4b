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
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import NOT_FOUND, EngineServer, container

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


def test_who_is_in_networks(server: EngineServer, tmp_path: Path) -> None:
    server.has(container(1, tmp_path), container(2, tmp_path))
    ids = [f"{number:064d}" for number in (1, 2, 3)]  # the last one is gone since
    server.answers["GET /networks/one"] = {"Containers": {ids[0]: {}, ids[2]: {}}}
    server.answers["GET /networks/two"] = {"Containers": {ids[0]: {}, ids[1]: {}}}
    server.answers[f"GET /containers/{ids[2]}/json"] = NOT_FOUND
    found = list(Containers(server.host).members_of(["one", "two"]))
    assert [record["Id"] for record in found] == ids[:2]
    server.answers["GET /networks/one"] = []
    with pytest.raises(DockerError, match="cannot look at the network one: its answer is not understood"):
        next(Containers(server.host).members_of(["one"]))


def test_a_container_leaves_a_network_and_gets_the_polite_signal(server: EngineServer) -> None:
    server.answers.update({"POST /networks/n/disconnect": (200, b""), "POST /containers/c/kill": (204, b"")})
    Containers(server.host).disconnect("n", "c")
    Containers(server.host).ask_to_end("c")
    asked = [(call, query, order) for call, query, order in server.asked if call.startswith("POST")]
    assert asked == [
        ("POST /networks/n/disconnect", {}, {"Container": "c", "Force": False}),
        ("POST /containers/c/kill", {"signal": ["SIGTERM"]}, None),
    ]


def test_which_engine_is_that_of_this_host(server: EngineServer) -> None:
    assert Containers(server.host).is_local
    assert not Containers("tcp://docker.test:2375").is_local
