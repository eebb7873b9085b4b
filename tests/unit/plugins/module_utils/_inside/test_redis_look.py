# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look at Redis makes of keys and connections."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import redis_look as inside


@pytest.mark.parametrize("key", ["a" * 64, "0123456789abcdef" * 4])
def test_response_keys(key: str) -> None:
    assert inside._is_response_key(key, "")
    assert inside._is_response_key("space:" + key, "space:")
    assert not inside._is_response_key("space:" + key, "")
    assert not inside._is_response_key(key[1:], "")
    assert not inside._is_response_key("g" + key[1:], "")


def connected(number: int, address: str, db: int = 1, command: str = "get") -> dict[str, str]:
    """An entry of CLIENT LIST."""
    return {"id": str(number), "addr": address, "db": str(db), "user": "default", "cmd": command}


def test_own_connections_are_those_from_own_addresses() -> None:
    entries = [connected(1, "172.20.0.5:40000"), connected(2, "172.20.0.5:40001"), connected(3, "172.20.0.9:40002")]
    entries += [connected(4, "[fd00::5]:40003", 0), connected(5, "/run/redis.sock:0")]
    assert inside.clients_among(entries, 1, {"172.20.0.5", "fd00::5"}) == [
        {"address": "172.20.0.5", "db": 1, "user": "default", "connections": 1},
        {"address": "fd00::5", "db": 0, "user": "default", "connections": 1},
    ]


def test_a_connection_that_is_being_made_does_not_count() -> None:
    made = [
        connected(number, "172.20.0.5:1", 0, command) for number, command in enumerate(inside.UNTIL_SELECT, start=3)
    ]
    entries = [connected(1, "172.20.0.5:1"), connected(2, "172.20.0.5:1", command="select"), *made]
    assert [(one["db"], one["connections"]) for one in inside.clients_among(entries, 1, {"172.20.0.5"})] == [(1, 1)]


def test_over_a_unix_socket_all_are_alike() -> None:
    entries = [connected(1, "/run/redis.sock:0"), connected(2, "/run/redis.sock:0"), connected(3, "172.20.0.9:40002")]
    assert inside.clients_among(entries, 1, {"172.20.0.5"}) == [
        {"address": "", "db": 1, "user": "default", "connections": 1}
    ]


def test_behind_a_relay_nobody_knows_which_connections_are_own() -> None:
    entries = [connected(1, "172.20.0.1:40000"), connected(2, "172.20.0.1:40001")]
    with pytest.raises(inside.Refusal, match="sees this instance as 172.20.0.1, which is no address of its own"):
        inside.clients_among(entries, 1, {"172.20.0.5"})
