# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of one instance: the way in, the program that is sent, and what its end means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import ProgramError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instance_client import (
    INTERPRETERS,
    LOOK_SECONDS,
    InstanceClient,
    InstanceError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container, frame

READY = {"ok": True, "answer": {"ready_seconds": 1.5}}


@pytest.fixture
def record(tmp_path: Path) -> dict[str, Any]:
    return container(1, tmp_path)


@pytest.fixture
def server(tmp_path: Path, record: dict[str, Any]) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        running.has(record)
        running.program_says(READY)
        yield running


def client_of(server: EngineServer, record: dict[str, Any], *processes: list[str]) -> InstanceClient:
    server.answers[f"GET /containers/{record['Id']}/top"] = {"Processes": list(processes)}
    return InstanceClient(DockerSocket(server.host), Instance.from_inspection(record))


def commands(server: EngineServer) -> list[tuple[str, str]]:
    """Interpreter and user of each program that was run."""
    return [(order["Cmd"][0], order["User"]) for call, _query, order in server.asked if call.endswith("/exec")]


@pytest.mark.parametrize(
    "processes, way",
    [
        (
            [["1", "0", "0", "/sbin/tini -- x"], ["7", "10", "20", "/venv/bin/python3 /venv/bin/litellm"]],
            ("/venv/bin/python3", "10:20"),
        ),
        ([["1", "10", "20", "litellm --config x"]], ("python3", "10:20")),
        ([["1", "10", "20", "/bin/sh"]], ("python3", "")),
        ([], ("python3", "")),
    ],
)
def test_the_way_in_is_that_of_the_proxy(
    server: EngineServer, record: dict[str, Any], processes: list[list[str]], way: tuple[str, str]
) -> None:
    assert client_of(server, record, *processes).wait(5, 0) == READY["answer"]
    assert commands(server) == [way]


@pytest.mark.parametrize("option", ["name=userns", "name=rootless"])
def test_the_host_counts_other_users_than_the_container(
    server: EngineServer, record: dict[str, Any], option: str
) -> None:
    server.answers["GET /info"] = {"SecurityOptions": ["name=seccomp,profile=default", option]}
    server.program_says({"ok": True, "answer": {"uid": 10, "gid": 20}})
    client = client_of(server, record, ["7", "100010", "100020", "/venv/bin/python3 /venv/bin/litellm"])
    client.wait(5, 0)
    assert commands(server) == [("/venv/bin/python3", ""), ("/venv/bin/python3", "10:20")]
    assert [order["operation"] for order in server.orders] == ["user_of_proxy", "wait"]


def test_one_that_was_looked_at_before_its_entrypoint_dropped_its_user(
    server: EngineServer, record: dict[str, Any]
) -> None:
    client = client_of(server, record, ["7", "0", "0", "sh /entrypoint.sh"])
    server.answers[f"GET /containers/{record['Id']}/top"] = {
        "Processes": [["7", "10", "20", "/venv/bin/python3 /venv/bin/litellm"]]
    }
    server.programs_say({"ok": False, "code": "other_user", "message": "not 0", "facts": {}}, READY)
    assert client.wait(5, 0)["ready_seconds"] >= READY["answer"]["ready_seconds"]
    assert commands(server) == [("python3", ""), ("/venv/bin/python3", "10:20")]
    assert [order["may_differ"] for order in server.orders] == [False, True]


def test_a_container_that_does_not_tell_its_users_is_asked_as_its_own(
    server: EngineServer, record: dict[str, Any]
) -> None:
    server.answers["GET /info"] = {"SecurityOptions": ["name=userns"]}
    server.program_says({"ok": False, "code": "no_proxy", "message": "none", "facts": {}})
    client = client_of(server, record, ["7", "100010", "100020", "/venv/bin/python3 /venv/bin/litellm"])
    server.program_says(READY)
    assert client.wait(5, 0) == READY["answer"]
    assert commands(server)[-1] == ("/venv/bin/python3", "")


@pytest.mark.parametrize(
    "info", [{}, {"SecurityOptions": None}, {"SecurityOptions": ["name=apparmor"]}, [], (403, b"Forbidden")]
)
def test_an_engine_that_counts_as_the_container_does(server: EngineServer, record: dict[str, Any], info: Any) -> None:
    server.answers["GET /info"] = info
    client = client_of(server, record, ["7", "10", "20", "/venv/bin/python3 /venv/bin/litellm"])
    client.wait(5, 0)
    assert commands(server) == [("/venv/bin/python3", "10:20")]


def test_the_order_goes_in_over_stdin_alone(server: EngineServer, record: dict[str, Any]) -> None:
    client_of(server, record).redis("hunter2", delete=["a key"])
    (order,) = server.orders
    assert (order["operation"], order["candidate"], order["delete"]) == ("redis", "hunter2", ["a key"])
    assert order["deadline"] == LOOK_SECONDS
    assert order["module"].endswith("._inside.redis_look")
    assert "hunter2" not in json.dumps([order for _call, _query, order in server.asked])  # every ps would show it


def test_each_interpreter_is_tried_until_one_is_there(server: EngineServer, record: dict[str, Any]) -> None:
    server.answers[f"GET /exec/{record['Id']}/json"] = {"ExitCode": 127}
    with pytest.raises(InstanceError, match="there is no Python in the container") as caught:
        client_of(server, record).wait(5, 0)
    assert caught.value.context["code"] == "no_python"
    assert [interpreter for interpreter, _user in commands(server)] == list(INTERPRETERS)


def test_a_refusal_comes_with_its_facts(server: EngineServer, record: dict[str, Any]) -> None:
    server.program_says({"ok": False, "code": "redis_auth", "message": "no", "facts": {"variable": "REDIS_URL"}})
    with pytest.raises(InstanceError, match="no") as caught:
        client_of(server, record).redis("a: 1")
    assert (caught.value.context["code"], caught.value.context["variable"]) == ("redis_auth", "REDIS_URL")


@pytest.mark.parametrize("exit_code, words", [(137, "memory limit"), (1, "ended with exit code 1 and no answer")])
@pytest.mark.parametrize("output", [b"", b"Traceback\n", b"\xff\n"])
def test_a_program_that_dies(
    server: EngineServer, record: dict[str, Any], exit_code: int, words: str, output: bytes
) -> None:
    server.answers[f"GET /exec/{record['Id']}/json"] = {"ExitCode": exit_code}
    server.program_prints(output)
    with pytest.raises(InstanceError, match=words) as caught:
        client_of(server, record).probe("a: 1")
    assert (caught.value.context["code"], caught.value.context["exit_code"]) == ("gone", exit_code)


def test_what_else_is_printed_before_the_answer_does_no_harm(server: EngineServer, record: dict[str, Any]) -> None:
    server.program_prints(b"noise\n" + json.dumps(READY).encode() + b"\n")
    assert client_of(server, record).wait(5, 0) == READY["answer"]


UNREADABLE = (
    b"ValueError: Port could not be cast to integer value as 'pw'\nERROR:    Application startup failed. Exiting.\n"
)
URL_FORM = "litellm_settings: {cache: true, cache_params: {type: redis, url: os.environ/SOME_URL}}\n"


@pytest.mark.parametrize(
    ("log", "text", "told"),
    [
        (b"", URL_FORM, "litellm-1: LiteLLM exited by itself while it was asked"),
        (UNREADABLE, URL_FORM, "litellm-1: the URL in SOME_URL does not parse as meant"),
        (UNREADABLE, "a: [", "litellm-1: LiteLLM exited by itself while it was asked"),
    ],
)
@pytest.mark.parametrize(
    "state", [{"Status": "restarting"}, {"StartedAt": "2026-01-31T12:00:09Z"}], ids=["ended", "anew"]
)
@pytest.mark.parametrize("refused", [False, True], ids=["cut off", "not run"])
def test_a_container_that_ends_while_it_is_asked_is_no_lack_of_memory(
    server: EngineServer,
    record: dict[str, Any],
    tmp_path: Path,
    log: bytes,
    text: str,
    told: str,
    state: dict[str, Any],
    refused: bool,
) -> None:
    client = client_of(server, record)
    server.has(container(1, tmp_path, **state))
    server.answers[f"GET /containers/{record['Id']}/logs"] = frame(2, log)
    server.answers[f"GET /exec/{record['Id']}/json"] = {"ExitCode": 137}
    server.program_prints(b"")
    if refused:
        server.answers[f"POST /containers/{record['Id']}/exec"] = (409, {"message": "Container is restarting"})
    with pytest.raises(InstanceError) as caught:
        client.redis(text)
    assert str(caught.value).startswith(told) and caught.value.context["code"] == "gone"


def test_a_program_that_gives_up_says_what_was_asked_where_and_what_to_do(
    server: EngineServer, record: dict[str, Any]
) -> None:
    server.program_says({"ok": False, "code": "deadline", "message": "not done within 60 s", "facts": {}})
    with pytest.raises(InstanceError) as caught:
        client_of(server, record).redis("")
    assert str(caught.value).startswith(
        "litellm-1: the operation redis was not done within 60 s. If the host is overloaded"
    )
    assert "run again" in str(caught.value) and "changes nothing in config.yaml" in str(caught.value)


def test_a_program_that_does_not_end_as_it_should_is_told_with_its_instance(
    server: EngineServer, record: dict[str, Any]
) -> None:
    server.program_prints(b"x" * 2000)
    client = InstanceClient(DockerSocket(server.host, at_most=1000), Instance.from_inspection(record))
    with pytest.raises(ProgramError) as caught:
        client.redis("")
    assert str(caught.value).startswith("litellm-1: in the operation redis a program in container ")
    assert "printed more than 1000 bytes. If the host is overloaded" in str(caught.value)
