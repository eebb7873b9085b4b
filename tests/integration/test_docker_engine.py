# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clients of the Docker Engine, that of the modules and that of the guard, against the real one."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_sdk import DockerEngine
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged

SOCKET = "/var/run/docker.sock"


@pytest.fixture(
    scope="module", params=[DockerEngine, lambda: DockerSocket(f"unix://{SOCKET}")], ids=["modules", "guard"]
)
def engine(request: pytest.FixtureRequest) -> Any:
    return request.param()


def test_a_socket_that_is_not_permitted_names_the_ways_out() -> None:
    if os.geteuid() != 0 and os.access(SOCKET, os.W_OK):
        pytest.skip("this user may open the socket, and cannot become another one")

    def connect() -> str:
        with pytest.raises(DockerError) as error:
            DockerEngine(f"unix://{SOCKET}")
        return str(error.value)

    assert unprivileged(connect) == (
        f"Docker at unix://{SOCKET} may not be opened by this user: add the user to the group docker, or run the play "
        "with become, or set litellm_cache_docker_host"
    )


@pytest.mark.parametrize("address", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:9", "not an address"])
def test_an_engine_that_does_not_answer_names_the_variable(address: str) -> None:
    with pytest.raises(DockerError, match="does not answer.*litellm_cache_docker_host"):
        DockerEngine(address)


def test_runs_a_program_that_reads_its_stdin(engine: Any, shared_bed: Bed) -> None:
    container = shared_bed.container("litellm").id
    program = ["python3", "-c", "import sys; print(len(sys.stdin.buffer.read(300000))); print('x', file=sys.stderr)"]
    assert engine.run(container, program, "", b"y" * 300000, 30) == (0, b"300000\n")


def test_tells_the_exit_code(engine: Any, shared_bed: Bed) -> None:
    container = shared_bed.container("litellm").id
    assert engine.run(container, ["python3", "-c", "raise SystemExit(7)"], "", b"", 30) == (7, b"")
    assert engine.run(container, ["no-such-program"], "", b"", 30)[0] in (126, 127)


def test_a_silent_program_is_given_up(engine: Any, shared_bed: Bed) -> None:
    container = shared_bed.container("litellm").id
    with pytest.raises(DockerError, match="was silent for 1 s"):
        engine.run(container, ["sleep", "30"], "", b"", 1)


def test_a_container_that_is_gone_is_told(engine: DockerEngine) -> None:
    with pytest.raises(DockerError, match="no such container any more"):
        engine.inspect("0" * 64)


def test_shows_processes_with_their_users(engine: Any, shared_bed: Bed) -> None:
    found = engine.processes(shared_bed.container("litellm").id)
    assert any("litellm" in process["args"] and process["uid"].isdigit() for process in found)
    assert all(process["gid"].isdigit() and process["pid"].isdigit() for process in found)


def test_finds_containers_by_labels(engine: Any, shared_bed: Bed) -> None:
    found = engine.containers([f"com.docker.compose.project={shared_bed.name}"])
    assert sorted(record["Name"].lstrip("/") for record in found) == [one.name for one in shared_bed.containers()]


def test_both_see_the_same(shared_bed: Bed) -> None:
    engine, guard = DockerEngine(), DockerSocket(f"unix://{SOCKET}")
    labels = [f"com.docker.compose.project={shared_bed.name}"]
    names = [sorted(record["Name"] for record in client.containers(labels)) for client in (engine, guard)]
    assert names[0] == names[1] and len(names[0]) == 3
    proxy = shared_bed.container("litellm").id
    assert engine.processes(proxy) == guard.processes(proxy) != []
    assert engine.log(proxy, 1, 50) == guard.log(proxy, 1, 50) != ""


def test_the_guards_client_tells_what_the_engine_refuses() -> None:
    guard = DockerSocket(f"unix://{SOCKET}")
    with pytest.raises(DockerError, match="Docker cannot inspect container nothing: no such container any more"):
        guard.inspect("nothing")
    with pytest.raises(DockerError, match="Docker cannot list containers: FileNotFoundError at /nowhere.sock"):
        DockerSocket("unix:///nowhere.sock").containers([])
