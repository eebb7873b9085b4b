# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes and their sockets, as /proc tells them."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import sockets as inside


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ("0100007F:18EB", ("127.0.0.1", 6379)),
        ("00000000000000000000000001000000:18EB", ("::1", 6379)),
        ("0000000000000000FFFF0000030012AC:18EB", ("172.18.0.3", 6379)),
    ],
)
def test_the_other_side_of_a_connection(text: str, peer: tuple[str, int]) -> None:
    assert inside._place(text) == peer


def test_the_connections_of_a_process_are_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        address = server.getsockname()
        assert client.getpeername() == address
        assert inside.peers_of([os.getpid()]).count(address) == 1
    assert address not in inside.peers_of([os.getpid()])


def test_a_process_belongs_to_its_own_family_and_its_children_too() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        family = inside.family_of(os.getpid())
        assert {os.getpid(), child.pid} <= set(family) and os.getppid() not in family
