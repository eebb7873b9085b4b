# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of the Docker Engine against the real one."""

from __future__ import annotations

import http.client
import os

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError, ProgramError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.new_connections import NewConnections
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged

SOCKET = "/var/run/docker.sock"


@pytest.fixture(scope="module")
def engine() -> DockerSocket:
    return DockerSocket(f"unix://{SOCKET}")


def test_a_socket_that_is_not_permitted_names_the_ways_out() -> None:
    if os.geteuid() != 0 and os.access(SOCKET, os.W_OK):
        pytest.skip("this user may open the socket, and cannot become another one")

    def connect() -> str:
        with pytest.raises(DockerError) as error:
            DockerSocket(f"unix://{SOCKET}").require()
        return str(error.value)

    assert unprivileged(connect) == (
        f"Docker at unix://{SOCKET} may not be opened by this user: add the user to the group docker, or run the play "
        "with become, or set litellm_cache_docker_host"
    )


@pytest.mark.parametrize("address", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:9", "not an address"])
def test_an_engine_that_does_not_answer_names_the_variable(address: str) -> None:
    with pytest.raises(DockerError, match="(does not answer|is no address).*litellm_cache_docker_host"):
        DockerSocket(address).require()


def test_runs_a_program_that_reads_its_stdin(engine: DockerSocket, shared_bed: Bed) -> None:
    container = shared_bed.container("litellm").id
    program = ["python3", "-c", "import sys; print(len(sys.stdin.buffer.read(300000))); print('x', file=sys.stderr)"]
    assert engine.run(container, program, "", b"y" * 300000, 30) == (0, b"300000\n")


def test_tells_the_exit_code(engine: DockerSocket, shared_bed: Bed) -> None:
    container = shared_bed.container("litellm").id
    assert engine.run(container, ["python3", "-c", "raise SystemExit(7)"], "", b"", 30) == (7, b"")
    assert engine.run(container, ["no-such-program"], "", b"", 30)[0] in (126, 127)


def test_a_silent_program_is_given_up(engine: DockerSocket, shared_bed: Bed) -> None:
    container = shared_bed.container("litellm").id
    with pytest.raises(DockerError, match="did not end within 1 s"):
        engine.run(container, ["sleep", "30"], "", b"", 1)


def test_a_container_that_is_gone_is_told(engine: DockerSocket) -> None:
    with pytest.raises(DockerError, match="no such container any more"):
        engine.inspect("0" * 64)


def test_shows_processes_with_their_users(engine: DockerSocket, shared_bed: Bed) -> None:
    found = engine.processes(shared_bed.container("litellm").id)
    assert any("litellm" in process["args"] and process["uid"].isdigit() for process in found)
    assert all(process["gid"].isdigit() and process["pid"].isdigit() for process in found)


def test_finds_containers_by_labels(engine: DockerSocket, shared_bed: Bed) -> None:
    found = engine.containers([f"com.docker.compose.project={shared_bed.name}"])
    assert sorted(record["Name"].lstrip("/") for record in found) == [one.name for one in shared_bed.containers()]


def test_a_program_that_prints_without_end_is_given_up(shared_bed: Bed) -> None:
    container = shared_bed.container("litellm").id
    with pytest.raises(ProgramError, match="printed more than 1000000 bytes"):
        DockerSocket(f"unix://{SOCKET}", at_most=1000000).run(container, ["yes"], "", b"", 60)


def test_new_connections_are_refused_for_a_moment_and_old_ones_go_on(engine: DockerSocket, shared_bed: Bed) -> None:
    instance = Instance.from_inspection(engine.inspect(shared_bed.container("litellm").id))
    place = (shared_bed.address("litellm"), 4000)

    def asked(connection: http.client.HTTPConnection) -> int:
        connection.request("GET", "/health/liveliness")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def answers() -> bool:
        connection = http.client.HTTPConnection(*place, timeout=10)
        try:
            return asked(connection) == 200
        except ConnectionRefusedError:
            return False
        finally:
            connection.close()

    kept = http.client.HTTPConnection(*place, timeout=10)
    assert asked(kept) == 200
    connections = NewConnections(instance, [4000])
    refused = connections.refuse(600)
    if os.geteuid() != 0:
        assert not refused and answers()
        return
    assert refused and not answers() and asked(kept) == 200
    kept.close()
    ours = ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 4000)).close()"]
    assert engine.run(instance.id, ours, "", b"", 30)[0] == 0
    connections.take()
    assert answers()
    assert connections.refuse(5)
    # Nobody takes the rule away: its time is over.
    until(answers, "new connections are taken again")
