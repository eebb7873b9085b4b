# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of our own end and go, at an engine of paper."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.owned import (
    RUN_LABEL,
    bridge_label,
    end,
    names_of_ours,
    remove_those_of,
    take_down_bridge,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import NOT_FOUND, EngineServer, container


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


def test_a_container_of_our_own_ends_with_its_volumes(server: EngineServer) -> None:
    server.answers.update({"POST /containers/c/stop": (204, b""), "DELETE /containers/c": (204, b"")})
    end(DockerSocket(server.host), "c")
    asked = [(call, query) for call, query, _order in server.asked if "/containers/" in call]
    assert asked == [
        ("POST /containers/c/stop", {"t": ["1"]}),
        ("DELETE /containers/c", {"force": ["true"], "v": ["true"]}),
    ]


def test_one_that_is_gone_is_no_error(server: EngineServer) -> None:
    server.answers.update({"POST /containers/c/stop": NOT_FOUND, "DELETE /containers/c": NOT_FOUND})
    end(DockerSocket(server.host), "c")


def test_one_that_hangs_is_removed_and_one_that_cannot_be_is_told(server: EngineServer) -> None:
    server.answers.update({"POST /containers/c/stop": (500, {"message": "hangs"}), "DELETE /containers/c": (204, b"")})
    end(DockerSocket(server.host), "c")
    server.answers["DELETE /containers/c"] = (500, {"message": "device is busy"})
    with pytest.raises(DockerError, match="cannot remove container c: device is busy"):
        end(DockerSocket(server.host), "c")


def test_those_with_a_label_go_each_with_its_run(server: EngineServer, tmp_path: Path) -> None:
    record = container(7, tmp_path)
    record["Config"]["Labels"][RUN_LABEL] = "night"
    server.has(record)
    path = f"/containers/{record['Id']}"
    server.answers.update({f"POST {path}/stop": (304, b""), f"DELETE {path}": (204, b"")})
    assert remove_those_of(DockerSocket(server.host), "x=y") == {"litellm-7": "night"}


def test_only_those_of_this_deployment_are_ours(server: EngineServer, tmp_path: Path) -> None:
    own, foreign = container(7, tmp_path), container(8, tmp_path)
    label, _equals, owner = bridge_label(str(tmp_path)).partition("=")
    own["Config"]["Labels"][label], foreign["Config"]["Labels"][label] = owner, "another"
    server.has(own, foreign, container(1, tmp_path))
    assert names_of_ours(DockerSocket(server.host), str(tmp_path)) == ["litellm-7"]


def test_a_bridge_that_cannot_be_taken_down_stops_nobody(server: EngineServer, tmp_path: Path) -> None:
    server.has(container(7, tmp_path))
    server.answers[f"DELETE /containers/{7:064d}"] = (500, {"message": "device is busy"})
    take_down_bridge(DockerSocket(server.host), str(tmp_path))


def test_each_deployment_has_a_label_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "state")
    assert bridge_label(str(tmp_path / "link")) == bridge_label(str(tmp_path / "state")) != bridge_label(str(tmp_path))
