# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is refused, and what is waited for; tests/integration/test_docker_engine.py refuses connections of a real instance."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import new_connections
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.new_connections import NewConnections

RECORD: dict[str, Any] = {
    "Id": "1" * 64,
    "Name": "/litellm-1",
    "Config": {"Image": "litellm", "Labels": {}},
    "State": {"Status": "running", "StartedAt": "2026-01-01T00:00:00Z", "Pid": 0},
    "NetworkSettings": {"Networks": {}},
}


def instance(pid: int, *addresses: str) -> Instance:
    """An instance of a process, with addresses."""
    networks = {f"network-{number}": {"IPAddress": address} for number, address in enumerate(addresses)}
    record = {**RECORD, "State": {**RECORD["State"], "Pid": pid}, "NetworkSettings": {"Networks": networks}}
    return Instance.from_inspection(record)


@pytest.mark.parametrize(
    "other",
    [
        instance(os.getpid(), "192.0.2.7"),  # a process of that number, whose network is another one
        instance(os.getpid(), "127.0.0.1", "192.0.2.7"),
        instance(os.getpid()),
        instance(0, "127.0.0.1"),
        instance(2**22 + 1, "127.0.0.1"),
    ],
    ids=["other network", "one of two", "no network", "not running", "no process"],
)
def test_what_is_not_here_is_left_alone(other: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "told"
    for name in ("nsenter", "iptables"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch {told}\n")
        program.chmod(0o755)
    monkeypatch.setitem(new_connections._ENVIRONMENT, "PATH", str(tmp_path))
    assert not NewConnections(other, [4000]).refuse(5)
    assert not NewConnections(instance(os.getpid(), "127.0.0.1"), []).refuse(5)
    assert not told.exists()


@pytest.mark.parametrize("program", ["", "#!/bin/sh\nexit 4\n"], ids=["not there", "refused"])
def test_where_it_cannot_be_the_instance_stops_as_always(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if program:
        (tmp_path / "nsenter").write_text(program)
        (tmp_path / "nsenter").chmod(0o755)
    monkeypatch.setitem(new_connections._ENVIRONMENT, "PATH", str(tmp_path))
    assert not NewConnections(instance(os.getpid(), "127.0.0.1"), [4000]).refuse(5)


def test_a_rule_that_was_made_is_taken_away_once_it_is_wished(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / "nsenter").write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    (tmp_path / "nsenter").chmod(0o755)
    monkeypatch.setitem(new_connections._ENVIRONMENT, "PATH", f"{tmp_path}:/usr/bin:/bin")
    connections = NewConnections(instance(os.getpid(), "127.0.0.1"), [4001, 4000])
    connections.take()
    assert not told.exists() and connections.refuse(5)
    connections.take()
    made, taken = told.read_text().splitlines()
    assert made.startswith(f"--net=/proc/{os.getpid()}/ns/net iptables -w 2 -I INPUT ! -i lo -p tcp --syn ")
    assert " --dports 4000,4001 " in made and taken == made.replace(" -I ", " -D ")


@pytest.mark.parametrize(("family", "place"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_what_was_not_taken_and_what_was_not_read_is_seen(family: int, place: str) -> None:
    with socket.socket(family) as listening, socket.socket(family) as client:
        try:
            listening.bind((place, 0))
        except OSError:
            pytest.skip("this machine has no such network")
        listening.listen()
        ports = {listening.getsockname()[1]}
        assert not new_connections._waits(os.getpid(), ports)
        client.connect(listening.getsockname())
        assert new_connections._waits(os.getpid(), ports)
        taken, _address = listening.accept()
        with taken:
            assert not new_connections._waits(os.getpid(), ports)
            client.sendall(b"GET")
            assert new_connections._waits(os.getpid(), ports)
            assert not new_connections._waits(os.getpid(), {1})
            taken.recv(10)
            assert not new_connections._waits(os.getpid(), ports)


def test_it_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_connections, "TAKEN_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()):
        port = listening.getsockname()[1]
        began = time.monotonic()
        new_connections._until_taken(os.getpid(), {port})
        assert time.monotonic() - began >= 0.2
