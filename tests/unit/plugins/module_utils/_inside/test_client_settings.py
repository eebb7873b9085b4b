# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings that were asked for, and those that a client of redis-py holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import client_settings as inside

HOST = {"host": "redis", "port": 6379, "db": 1}


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"host": "redis"}, {"host": "redis"}),
        (
            {**HOST, "socket_timeout": "30", "retry_on_timeout": True, "password": "p", "ttl": 5},
            {**HOST, "socket_timeout": 30.0, "retry_on_timeout": True, "password": "p"},
        ),
        (
            {"url": "redis://u:p%40@cache/2?socket_timeout=7&retry_on_timeout=yes", "health_check_interval": 30},
            {
                "host": "cache",
                "port": 6379,
                "db": 2,
                "socket_timeout": 7.0,
                "retry_on_timeout": True,
                "health_check_interval": 30.0,
                "ssl": False,
                "username": "u",
                "password": "p@",
            },
        ),
        # What the file says beside the URL is what the operator asked for.
        (
            {"url": "rediss://cache/2?socket_timeout=7", "socket_timeout": 30, "password": "left over", "ssl": False},
            {"host": "cache", "port": 6379, "db": 2, "socket_timeout": 30.0, "ssl": True},
        ),
    ],
)
def test_what_is_wanted(params: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert inside.wanted_settings(params) == wanted


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_a_client_holds(kind: str) -> None:
    redis = pytest.importorskip("redis")
    library = redis if kind == "sync" else redis.asyncio
    params = {**HOST, "socket_timeout": 30, "socket_connect_timeout": 10, "retry_on_timeout": True, "password": "p"}

    async def build() -> dict[str, Any]:
        return inside.client_settings(library.Redis(**params))

    found = asyncio.run(build())
    assert inside.differences(inside.wanted_settings(params), found) == {}
    assert found["ssl"] is False
    assert inside.differences({**HOST, "db": 3, "password": "other", "socket_timeout": 5.0}, found) == {
        "db": {"wanted": 3, "effective": 1},
        "password": {"wanted": "as configured", "effective": "another one"},
        "socket_timeout": {"wanted": 5.0, "effective": 30.0},
    }


def test_tls_is_seen_on_the_connection() -> None:
    redis = pytest.importorskip("redis")
    found = inside.client_settings(redis.Redis.from_url("rediss://cache/1?ssl_check_hostname=false"))
    assert (found["ssl"], found["ssl_check_hostname"]) == (True, False)


def test_a_cluster_in_the_place_of_a_server() -> None:
    assert inside.differences(HOST, {"kind": "cluster"}) == {
        "host": {"wanted": "redis", "effective": "a Redis Cluster"}
    }


def test_what_is_wanted_of_several_servers_is_no_place() -> None:
    nodes = {"redis_startup_nodes": [{"host": "one", "port": 7000}], "db": 1, "socket_timeout": 30}
    assert inside.wanted_settings(nodes) == {"kind": "cluster", "socket_timeout": 30.0}
    sentinels = {"sentinel_nodes": [["one", 26379]], "service_name": "s", "db": 1, "ssl": True, "ssl_certfile": "/c"}
    assert inside.wanted_settings(sentinels) == {
        "kind": "sentinel",
        "service_name": "s",
        "db": 1,
        "ssl": True,
        "ssl_certfile": "/c",
    }
