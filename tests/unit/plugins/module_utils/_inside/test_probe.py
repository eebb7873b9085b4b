# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a probe compares: the settings that were asked for, and those that a client of redis-py holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import probe as inside

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


def test_a_wait_that_no_client_of_several_servers_has_is_told_and_a_certificate_is_asked_for() -> None:
    pytest.importorskip("redis")
    wanted = {"kind": "cluster", "socket_timeout": 30.0, "ssl_certfile": "/c"}
    client = {"kind": "cluster", "socket_timeout": None, "ssl_certfile": None}
    seen = inside._differences_of(wanted, {"sync": client})
    assert [(one["code"], one["setting"]) for one in seen] == [
        ("differs", "socket_timeout"),
        ("ineffective", "ssl_certfile"),
    ]
    node = {"kind": "node", "host": "one"}
    assert inside._differences_of(wanted, {"sync": node})[0]["effective"] == "one server alone"


def test_each_setting_is_observed_once_for_all_clients() -> None:
    pytest.importorskip("redis")
    client = dict(HOST, kind=inside.NODE, db=0, health_check_interval=0)
    wanted = dict(HOST, health_check_interval=30.0)
    assert inside._differences_of(wanted, {"sync": client, "async": client}) == [
        {"code": "misplaced", "setting": "db", "clients": ["sync", "async"], "wanted": 1, "effective": 0},
        {
            "code": "differs",
            "setting": "health_check_interval",
            "clients": ["sync", "async"],
            "wanted": 30.0,
            "effective": 0.0,
        },
    ]


def test_the_router_s_connection_under_the_names_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_PASSWORD", "p")
    monkeypatch.setenv("REDIS_URL", "redis://other")
    config = {
        "litellm_settings": {"cache_params": {"type": "redis", "password": "os.environ/REDIS_PASSWORD"}},
        "router_settings": {
            "redis_host": "redis",
            "redis_port": 6379,
            "redis_db": 1,
            "cache_kwargs": {"db": 2, "socket_timeout": 30},
            "routing_strategy": "simple-shuffle",
        },
    }
    candidate = inside.Candidate(config)
    assert candidate.router_params() == {"host": "redis", "port": 6379, "db": 2, "socket_timeout": 30}
    assert "routing_strategy" not in candidate.router
    assert "REDIS_URL" in candidate.foreign_variables()
    assert "REDIS_PASSWORD" not in candidate.foreign_variables()
    assert candidate.group is None


def test_half_a_connection_of_the_router_is_none() -> None:
    assert inside.Candidate({"router_settings": {"redis_host": "redis"}}).router_params() == {}
    assert inside.Candidate({"router_settings": None}).router_params() == {}


def test_full_memory_is_told_once_and_a_missing_permission_by_its_weight() -> None:
    full = "OutOfMemoryError: command not allowed when used memory > 'maxmemory'"
    server = {
        "refused": {"SET": full, "INCRBYFLOAT": full, "GET": "NoPermissionError: no", "TTL": "NoPermissionError: no"},
        "memory": {"limit": 5, "policy": "noeviction", "used": 6},
    }
    seen = [(entry["code"], entry["setting"]) for entry in inside._of_the_server(server)]
    assert seen == [
        ("redis_full", "SET"),
        ("permission_missing", "GET"),
        ("permission_limited", "TTL"),
        ("eviction_policy", "maxmemory-policy"),
    ]
    assert inside._of_the_server({"refused": None, "memory": None}) == []
