# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guard's client of the Docker Engine does alone; what it shares with the modules' client is in test_engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, frame

ID = "c0ffee" * 10


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


def test_no_socket_is_a_typed_error(tmp_path: Path) -> None:
    client = DockerSocket(f"unix://{tmp_path}/none.sock")
    with pytest.raises(DockerError, match="Docker cannot list containers: FileNotFoundError at .*/none.sock"):
        client.containers(["a"])
    assert client.processes(ID) == []
    with pytest.raises(DockerError, match="cannot run a program"):
        client.run(ID, ["x"], "", b"", 1)


@pytest.mark.parametrize(
    "content, reason",
    [
        (b'{"message": "why"}', "why"),
        (b"plain text", "no reason given"),
        (b"[]", "no reason given"),
        (b"{}", "no reason given"),
        (b"", "no reason given"),
    ],
)
def test_reasons(server: EngineServer, content: bytes, reason: str) -> None:
    server.answers[f"GET /containers/{ID}/json"] = (500, content)
    with pytest.raises(DockerError, match=f": {reason}$"):
        DockerSocket(server.host).inspect(ID)


def test_each_call_has_a_connection_of_its_own(server: EngineServer) -> None:
    server.answers[f"GET /containers/{ID}/json"] = {"Id": ID}
    client = DockerSocket(server.host)
    assert client.inspect(ID) == client.inspect(ID) == {"Id": ID}


@pytest.mark.parametrize(
    "content, text",
    [
        (b"of a terminal\nwithout frames\n", "of a terminal\nwithout frames\n"),
        (b"", ""),
        (frame(1, b"a\n") + frame(2, b"b\n"), "a\nb\n"),
        (frame(1, b"cut off\n")[:-4], "cut "),
    ],
)
def test_logs_with_and_without_frames(server: EngineServer, content: bytes, text: str) -> None:
    server.answers[f"GET /containers/{ID}/logs"] = content
    assert DockerSocket(server.host).log(ID, 0, 10) == text


def test_a_program_that_docker_does_not_start(server: EngineServer) -> None:
    server.answers[f"POST /containers/{ID}/exec"] = (201, {"Id": "e1"})
    server.answers["POST /exec/e1/start"] = (409, {"message": "container is not running"})
    with pytest.raises(DockerError, match="did not start a program"):
        DockerSocket(server.host).run(ID, ["x"], "", b"", 5)
    assert json.dumps(server.asked[-1][2], sort_keys=True) == '{"Detach": false, "Tty": false}'
