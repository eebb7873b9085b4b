# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of the Docker Engine, over a real Unix socket."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import docker_socket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import (
    ContainerGoneError,
    DockerError,
    ProgramError,
    TooLongError,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container, frame

ID = "c0ffee" * 10
#: What an engine answers that has a trouble, or is none.
TROUBLES = {
    "refused": (500, {"message": "layer does not exist"}),
    "unavailable": (503, b"<html>busy</html>"),
    "garbage": b"<html>\xff</html>",
    "cut off": b'{"Id": "c0f',
    "of another kind": {"message": "hello"},
    "a number": 7,
    "nested": b"[" * 100000,
}
RECORD = dict(container(1, Path("/opt/ключ")), Id=ID)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


@pytest.fixture
def client(server: EngineServer) -> DockerSocket:
    return DockerSocket(server.host)


def test_containers_by_their_labels(client: DockerSocket, server: EngineServer) -> None:
    server.answers["GET /containers/json"] = [{"Id": ID}, {"Id": "gone"}]
    server.answers[f"GET /containers/{ID}/json"] = RECORD
    assert client.containers(["a", "b=c"]) == [RECORD]  # one is gone since it was listed
    _call, query, _order = server.asked[0]
    assert query["all"][0] in ("true", "1")
    assert json.loads(query["filters"][0]) == {"label": ["a", "b=c"]}


def test_one_container(client: DockerSocket, server: EngineServer) -> None:
    server.answers[f"GET /containers/{ID}/json"] = RECORD
    assert client.inspect(ID) == RECORD
    with pytest.raises(DockerError, match="cannot inspect container gone: no such container any more"):
        client.inspect("gone")


def test_processes(client: DockerSocket, server: EngineServer) -> None:
    path = f"GET /containers/{ID}/top"
    server.answers[path] = {"Titles": [], "Processes": [["7", "0", "0", "python litellm"]]}
    assert client.processes(ID) == [{"pid": "7", "uid": "0", "gid": "0", "args": "python litellm"}]
    assert server.asked[-1][1] == {"ps_args": ["-eo pid,uid,gid,args"]}
    server.answers[path] = {"Processes": None}
    assert client.processes(ID) == []
    server.answers[path] = (500, {"message": "ps: unrecognized option"})
    assert client.processes(ID) == []


def test_a_restart_says_how_long_the_stop_may_take(client: DockerSocket, server: EngineServer) -> None:
    server.answers[f"POST /containers/{ID}/restart"] = (204, b"")
    client.restart(ID, 75)
    assert server.asked[-1][:2] == (f"POST /containers/{ID}/restart", {"t": ["75"]})


def test_why_the_engine_refuses_is_told(client: DockerSocket, server: EngineServer) -> None:
    server.answers[f"POST /containers/{ID}/restart"] = (500, {"message": "is marked for removal"})
    with pytest.raises(DockerError, match="Docker cannot restart container c0ffeec0ffee: is marked for removal"):
        client.restart(ID, 1)


def test_the_log_without_its_frames(client: DockerSocket, server: EngineServer) -> None:
    server.answers[f"GET /containers/{ID}/json"] = {"Id": ID, "Config": {"Tty": False}}
    server.answers[f"GET /containers/{ID}/logs"] = frame(1, "ключ\n".encode()) + frame(2, b"bad \xff\n") + frame(1, b"")
    assert client.log(ID, 1700000000.9, 50) == "ключ\nbad \ufffd\n"
    query = next(query for call, query, _order in server.asked if call.endswith("/logs"))
    assert (query["since"], query["tail"]) == (["1700000000"], ["50"])
    assert query["stdout"][0] in ("true", "1") and query["stderr"][0] in ("true", "1")
    assert "until" not in query
    client.log(ID, 1700000000.9, 50, 1700000009.2)
    assert server.asked[-1][1]["until"] == ["1700000010"]


def run(server: EngineServer, client: DockerSocket, output: bytes, timeout: float = 30.0, exit_code: int = 3) -> Any:
    """Run a program that reads one line and prints what is given."""
    server.answers[f"POST /containers/{ID}/exec"] = (201, {"Id": "e1"})
    server.answers["GET /exec/e1/json"] = {"ExitCode": exit_code}
    read: list[bytes] = []

    def attached(rfile: Any, wfile: Any) -> None:
        read.append(rfile.readline())
        wfile.write(output)

    server.attached = attached
    return client.run(ID, ["python3", "-c", "x"], "10:20", b"an order\n", timeout), read


def test_a_program_gets_its_stdin_and_only_its_stdout_comes_back(client: DockerSocket, server: EngineServer) -> None:
    big = bytes(range(256)) * 1000
    answer, read = run(server, client, frame(1, b"one ") + frame(2, b"error") + frame(1, big))
    assert answer == (3, b"one " + big)
    assert read == [b"an order\n"]
    created = next(order for call, _query, order in server.asked if call == f"POST /containers/{ID}/exec")
    assert (created["Cmd"], created["User"]) == (["python3", "-c", "x"], "10:20")
    assert created["AttachStdin"] and created["AttachStdout"] and created["AttachStderr"]
    started = next(order for call, _query, order in server.asked if call == "POST /exec/e1/start")
    assert (started["Detach"], started["Tty"]) == (False, False)


def test_a_program_without_output(client: DockerSocket, server: EngineServer) -> None:
    assert run(server, client, b"", exit_code=0)[0] == (0, b"")


def test_an_exit_that_docker_notices_a_moment_later(client: DockerSocket, server: EngineServer) -> None:
    answer, asked = server.answer, server.calls

    def late(request: Any) -> None:
        if request.path.endswith("/exec/e1/json"):
            ended = bool(asked("/exec/e1/json"))
            server.answers["GET /exec/e1/json"] = {"Running": not ended, "ExitCode": 7 if ended else None}
        answer(request)

    server.answer = late  # type: ignore[method-assign]
    assert run(server, client, frame(1, b"x"))[0] == (7, b"x")
    assert len(asked("/exec/e1/json")) == 2


def test_a_program_that_is_silent_for_too_long(client: DockerSocket, server: EngineServer) -> None:
    server.answers[f"POST /containers/{ID}/exec"] = (201, {"Id": "e1"})
    over = threading.Event()
    server.attached = lambda _rfile, _wfile: over.wait() and None
    try:
        with pytest.raises(DockerError, match="c0ffeec0ffee did not end within 0 s"):
            client.run(ID, ["x"], "", b"", 0.05)
    finally:
        over.set()


def test_no_program_in_a_container_that_is_gone(client: DockerSocket) -> None:
    with pytest.raises(DockerError, match="no such container any more"):
        client.run("gone", ["x"], "", b"", 5)


def test_no_socket_is_a_typed_error(tmp_path: Path) -> None:
    client = DockerSocket(f"unix://{tmp_path}/none.sock")
    for call in (
        lambda: client.containers(["a"]),
        lambda: client.processes(ID),
        lambda: client.run(ID, ["x"], "", b"", 1),
    ):
        with pytest.raises(
            DockerError, match="Docker at unix://.*/none.sock does not answer: is the engine running"
        ) as caught:
            call()
        assert caught.value.context["docker_host"] == f"unix://{tmp_path}/none.sock"


@pytest.mark.parametrize("trouble", TROUBLES)
def test_only_a_container_that_is_gone_falls_out_of_the_list(
    server: EngineServer, client: DockerSocket, trouble: str
) -> None:
    server.has(container(1, Path("/opt")), container(2, Path("/opt")))
    server.answers[f"GET /containers/{2:064d}/json"] = TROUBLES[trouble]
    with pytest.raises(DockerError) as caught:
        client.containers(["a"])
    assert not isinstance(caught.value, ContainerGoneError)
    server.answers[f"GET /containers/{2:064d}/json"] = (404, {"message": "No such container"})
    assert [record["Name"] for record in client.containers(["a"])] == ["/litellm-1"]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("call", ["list", "version", "exec", "end of exec"])
def test_an_answer_that_is_none_is_a_typed_error(
    server: EngineServer, client: DockerSocket, trouble: str, call: str
) -> None:
    server.has(container(1, Path("/opt")))
    server.program_prints(b"done")
    path = {
        "list": "GET /containers/json",
        "version": "GET /version",
        "exec": f"POST /containers/{1:064d}/exec",
        "end of exec": f"GET /exec/{1:064d}/json",
    }[call]
    server.answers[path] = TROUBLES[trouble]
    with pytest.raises(DockerError):
        client.containers(["a"])
        client.run(f"{1:064d}", ["x"], "", b"\n{}\n", 30)


def test_an_engine_that_is_slow_ends_in_time(
    server: EngineServer, client: DockerSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.require()
    monkeypatch.setattr(docker_socket.DockerSocket._call, "__defaults__", (None, 0.05))
    over = threading.Event()
    answer = server.answer

    def late(request: Any) -> None:
        over.wait()
        answer(request)

    server.answer = late  # type: ignore[method-assign]
    try:
        with pytest.raises(DockerError, match="cannot inspect container c0ffeec0ffee: no whole answer within 0 s"):
            client.inspect(ID)
    finally:
        over.set()


def test_a_record_with_a_label_without_end_is_not_read_to_its_end(server: EngineServer) -> None:
    server.answers[f"GET /containers/{ID}/json"] = dict(RECORD, More="x" * 20000)
    with pytest.raises(
        TooLongError, match="cannot inspect container c0ffeec0ffee: its answer has more than 10000 bytes"
    ):
        DockerSocket(server.host, at_most=10000).inspect(ID)


def test_of_a_log_with_long_lines_the_newest_are_read(server: EngineServer) -> None:
    lines = [frame(1, bytes([97 + number]) * 999 + b"\n") for number in range(20)]
    asked: list[int] = []
    answer = server.answer

    def tail(request: Any) -> None:
        if "/logs?" in request.path:
            asked.append(int(request.path.partition("tail=")[2]))
            server.answers[f"GET /containers/{ID}/logs"] = b"".join(lines[-asked[-1] :])
        answer(request)

    server.answer = tail  # type: ignore[method-assign]
    assert DockerSocket(server.host, at_most=10000).log(ID, 0, 20) == "".join(letter * 999 + "\n" for letter in "pqrst")
    assert asked == [20, 5]
    lines[-1] = frame(1, b"x" * 20000)
    assert DockerSocket(server.host, at_most=10000).log(ID, 0, 20) == ""


@pytest.mark.parametrize("stream", [1, 2])
def test_a_program_that_prints_without_end(server: EngineServer, stream: int) -> None:
    server.answers[f"POST /containers/{ID}/exec"] = (201, {"Id": "e1"})

    def attached(_rfile: Any, wfile: Any) -> None:
        while True:  # until nobody reads it any more
            wfile.write(frame(stream, b"x" * 1000))

    server.attached = attached
    with pytest.raises(ProgramError, match="a program in container c0ffeec0ffee printed more than 100000 bytes"):
        DockerSocket(server.host, at_most=100000).run(ID, ["x"], "", b"", 60)


def test_a_program_that_dribbles_is_over_in_time(server: EngineServer, client: DockerSocket) -> None:
    server.answers[f"POST /containers/{ID}/exec"] = (201, {"Id": "e1"})
    over = threading.Event()

    def attached(_rfile: Any, wfile: Any) -> None:
        while not over.wait(0.02):
            wfile.write(frame(1, b"."))

    server.attached = attached
    try:
        with pytest.raises(ProgramError, match="a program in container c0ffeec0ffee did not end within 0 s"):
            client.run(ID, ["x"], "", b"", 0.3)
    finally:
        over.set()


def test_the_version_of_the_api_is_the_one_that_the_engine_prefers(server: EngineServer) -> None:
    server.minimum, server.answers["GET /version"] = 1.44, {"ApiVersion": "1.52", "MinAPIVersion": "1.44"}
    server.has(container(1, Path("/opt")))
    server.program_prints(b"done")
    client = DockerSocket(server.host)
    assert [record["Name"] for record in client.containers(["a"])] == ["/litellm-1"]
    assert client.run(f"{1:064d}", ["x"], "", b"\n{}\n", 30) == (0, b"done")
    client.restart(f"{1:064d}", 5)
    assert {version for version in server.versions if version} == {"1.52"}


def test_podman_is_refused_in_words(server: EngineServer, client: DockerSocket) -> None:
    server.answers["GET /version"] = {
        "ApiVersion": "1.41",
        "Components": [{"Name": "Podman Engine", "Version": "5.4.2"}],
    }
    for _time in (1, 2):
        with pytest.raises(DockerError, match="Podman answers at unix:///.*: set litellm_cache_docker_host"):
            client.containers(["a"])
    assert server.asked == []


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
    server.answers[f"GET /containers/{ID}/json"] = RECORD
    client = DockerSocket(server.host)
    assert client.inspect(ID) == client.inspect(ID) == RECORD


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
