# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard's client and the modules' client of the Docker Engine, over a real Unix socket: both must say the same."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_sdk import DockerEngine
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import (
    DockerError,
    converse,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, frame

ID = "c0ffee" * 10


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


@pytest.fixture(params=[DockerEngine, DockerSocket])
def client(request: pytest.FixtureRequest, server: EngineServer) -> Any:
    made = request.param(server.host)
    server.asked.clear()
    return made


def test_containers_by_their_labels(client: Any, server: EngineServer) -> None:
    server.answers["GET /containers/json"] = [{"Id": ID}, {"Id": "gone"}]
    server.answers[f"GET /containers/{ID}/json"] = {"Id": ID, "Name": "/litellm"}
    assert client.containers(["a", "b=c"]) == [{"Id": ID, "Name": "/litellm"}]  # one is gone since it was listed
    _call, query, _order = server.asked[0]
    assert query["all"][0] in ("true", "1")
    assert json.loads(query["filters"][0]) == {"label": ["a", "b=c"]}


def test_one_container(client: Any, server: EngineServer) -> None:
    server.answers[f"GET /containers/{ID}/json"] = {"Id": ID, "Name": "/ключ"}
    assert client.inspect(ID) == {"Id": ID, "Name": "/ключ"}
    with pytest.raises(DockerError, match="cannot inspect container gone: no such container any more"):
        client.inspect("gone")


def test_processes(client: Any, server: EngineServer) -> None:
    path = f"GET /containers/{ID}/top"
    server.answers[path] = {"Titles": [], "Processes": [["7", "0", "0", "python litellm"]]}
    assert client.processes(ID) == [{"pid": "7", "uid": "0", "gid": "0", "args": "python litellm"}]
    assert server.asked[-1][1] == {"ps_args": ["-eo pid,uid,gid,args"]}
    server.answers[path] = {"Processes": None}
    assert client.processes(ID) == []
    server.answers[path] = (500, {"message": "ps: unrecognized option"})
    assert client.processes(ID) == []


def test_a_restart_says_how_long_the_stop_may_take(client: Any, server: EngineServer) -> None:
    server.answers[f"POST /containers/{ID}/restart"] = (204, b"")
    client.restart(ID, 75)
    assert server.asked[-1][:2] == (f"POST /containers/{ID}/restart", {"t": ["75"]})


def test_why_the_engine_refuses_is_told(client: Any, server: EngineServer) -> None:
    server.answers[f"POST /containers/{ID}/restart"] = (500, {"message": "is marked for removal"})
    with pytest.raises(DockerError, match="Docker cannot restart container c0ffeec0ffee: is marked for removal"):
        client.restart(ID, 1)


def test_the_log_without_its_frames(client: Any, server: EngineServer) -> None:
    server.answers[f"GET /containers/{ID}/json"] = {"Id": ID, "Config": {"Tty": False}}
    server.answers[f"GET /containers/{ID}/logs"] = frame(1, "ключ\n".encode()) + frame(2, b"bad \xff\n") + frame(1, b"")
    assert client.log(ID, 1700000000.9, 50) == "ключ\nbad \ufffd\n"
    query = next(query for call, query, _order in server.asked if call.endswith("/logs"))
    assert (query["since"], query["tail"]) == (["1700000000"], ["50"])
    assert query["stdout"][0] in ("true", "1") and query["stderr"][0] in ("true", "1")


def run(server: EngineServer, client: Any, output: bytes, timeout: float = 30.0, exit_code: int = 3) -> Any:
    """Run a program that reads one line and prints what is given."""
    server.answers[f"POST /containers/{ID}/exec"] = (201, {"Id": "e1"})
    server.answers["GET /exec/e1/json"] = {"ExitCode": exit_code}
    read: list[bytes] = []

    def attached(rfile: Any, wfile: Any) -> None:
        read.append(rfile.readline())
        wfile.write(output)

    server.attached = attached
    return client.run(ID, ["python3", "-c", "x"], "10:20", b"an order\n", timeout), read


def test_a_program_gets_its_stdin_and_only_its_stdout_comes_back(client: Any, server: EngineServer) -> None:
    big = bytes(range(256)) * 1000
    answer, read = run(server, client, frame(1, b"one ") + frame(2, b"error") + frame(1, big))
    assert answer == (3, b"one " + big)
    assert read == [b"an order\n"]
    created = next(order for call, _query, order in server.asked if call == f"POST /containers/{ID}/exec")
    assert (created["Cmd"], created["User"]) == (["python3", "-c", "x"], "10:20")
    assert created["AttachStdin"] and created["AttachStdout"] and created["AttachStderr"]
    started = next(order for call, _query, order in server.asked if call == "POST /exec/e1/start")
    assert (started["Detach"], started["Tty"]) == (False, False)


def test_a_program_without_output(client: Any, server: EngineServer) -> None:
    assert run(server, client, b"", exit_code=0)[0] == (0, b"")


def test_a_program_that_is_silent_for_too_long(client: Any, server: EngineServer) -> None:
    server.answers[f"POST /containers/{ID}/exec"] = (201, {"Id": "e1"})
    over = threading.Event()
    server.attached = lambda _rfile, _wfile: over.wait() and None
    try:
        with pytest.raises(DockerError, match="c0ffeec0ffee was silent for 0 s"):
            client.run(ID, ["x"], "", b"", 0.05)
    finally:
        over.set()


def test_no_program_in_a_container_that_is_gone(client: Any) -> None:
    with pytest.raises(DockerError, match="no such container any more"):
        client.run("gone", ["x"], "", b"", 5)


def test_the_modules_say_when_the_engine_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(DockerError, match="does not answer: is the engine running") as caught:
        DockerEngine(f"unix://{tmp_path}/none.sock")
    assert caught.value.context["docker_host"] == f"unix://{tmp_path}/none.sock"


def conversation(sent: bytes) -> bytes:
    """What is collected of a stream that ends behind ``sent``."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        output = converse(ours, b"order", 10)
        assert theirs.recv(100) == b"order"
    return output


@pytest.mark.parametrize(
    "sent, output",
    [
        (b"", b""),
        (frame(1, b"a") + frame(1, b"") + frame(1, b"b"), b"ab"),
        (frame(2, b"error"), b""),
        (frame(1, b"a") + frame(1, b"cut off")[:10], b"acu"),
        (frame(1, b"a") + b"\x01\0\0", b"a"),
    ],
)
def test_frames_of_a_stream(sent: bytes, output: bytes) -> None:
    assert conversation(sent) == output
