# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look at Redis makes of settings and keys."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import redis_look as inside


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("REDIS_")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"host": "redis", "port": "6380", "db": "3"}, ("redis", 6380, 3)),
        ({"host": "redis"}, ("redis", 6379, 0)),
        ({"url": "redis://:secret@cache:6380/2"}, ("cache", 6380, 2)),
        ({"url": "rediss://cache"}, ("cache", 6379, 0)),
        ({"url": "redis://cache/1?db=4&socket_timeout=30"}, ("cache", 6379, 4)),
        ({"url": "redis://cache/1", "host": "other", "db": 9}, ("cache", 6379, 1)),
        ({"url": "unix:///run/redis.sock?db=5"}, ("/run/redis.sock", 0, 5)),
        ({"path": "/run/redis.sock", "db": 6}, ("/run/redis.sock", 0, 6)),
    ],
)
def test_places(settings: dict[str, Any], place: tuple[str, int, int]) -> None:
    assert inside.place_of(settings) == dict(zip(("host", "port", "db"), place))


def test_a_plain_client_takes_from_the_environment_what_litellm_takes_from_there(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("REDIS_PASSWORD", "exported")
    environment.setenv("REDIS_DB", "7")
    environment.setenv("REDIS_SSL", "False")
    environment.setenv("REDIS_USERNAME", "")
    assert inside.connection_settings({"host": "redis", "port": 6380, "ttl": 5}) == {
        "host": "redis",
        "port": 6380,
        "db": 7,
        "password": "exported",
        "ssl": False,
    }
    assert inside.connection_settings({"host": "redis", "password": "own", "db": 1})["password"] == "own"


CLUSTER = [{"host": "one", "port": 7000}]
SENTINELS = [["two", 26379]]


@pytest.mark.parametrize(
    ("params", "variables", "kind"),
    [
        ({"host": "redis"}, {}, "host"),
        ({"host": "redis"}, {"REDIS_CLUSTER_NODES": '[{"host": "one", "port": 7000}]'}, "redis_startup_nodes"),
        ({"host": "redis"}, {"REDIS_SENTINEL_NODES": '[["two", 26379]]'}, "sentinel_nodes"),
        ({"redis_startup_nodes": CLUSTER}, {"REDIS_SENTINEL_NODES": '[["two", 26379]]'}, "redis_startup_nodes"),
        ({"url": "redis://redis"}, {"REDIS_CLUSTER_NODES": '[{"host": "one", "port": 7000}]'}, "url"),
        ({}, {"REDIS_URL": "redis://redis/3"}, "url"),
        ({}, {"REDIS_HOST": "redis"}, "host"),
    ],
)
def test_where_the_proxy_connects(
    environment: pytest.MonkeyPatch, params: dict[str, Any], variables: dict[str, str], kind: str
) -> None:
    """REDIS_URL beside a host of the file is for LiteLLM to decide: the predictions try it on the real one."""
    for name, value in {**variables, "REDIS_SERVICE_NAME": "cache"}.items():
        environment.setenv(name, value)
    found = inside.as_the_proxy_connects({"type": "redis", **params})
    kinds = [name for name in ("redis_startup_nodes", "sentinel_nodes", "url", "host") if found.get(name)]
    assert kinds[0] == kind
    assert found.get("redis_startup_nodes") in (None, CLUSTER) and found.get("sentinel_nodes") in (None, SENTINELS)
    assert (found.get("service_name") == "cache") is (kind == "sentinel_nodes")


def test_nodes_that_are_no_json_are_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REDIS_CLUSTER_NODES", "one:7000,two:7000")
    with pytest.raises(inside.Refusal, match="REDIS_CLUSTER_NODES"):
        inside.as_the_proxy_connects({"type": "redis", "host": "redis"})


@pytest.mark.parametrize("key", ["a" * 64, "0123456789abcdef" * 4])
def test_response_keys(key: str) -> None:
    assert inside._is_response_key(key, "")
    assert inside._is_response_key("space:" + key, "space:")
    assert not inside._is_response_key("space:" + key, "")
    assert not inside._is_response_key(key[1:], "")
    assert not inside._is_response_key("g" + key[1:], "")


def test_the_query_of_a_url_does_not_reach_the_plain_client() -> None:
    pytest.importorskip("redis")
    url = "redis://:secret@cache:6380/2?timeout=7&socket_timeout=90&ssl_cert_reqs=none"
    settings = inside.plain_client({"url": url}, 3.0).connection_pool.connection_kwargs
    assert (settings["host"], settings["port"], settings["db"]) == ("cache", 6380, 2)
    assert (settings["socket_timeout"], settings["socket_connect_timeout"]) == (3.0, 3.0)
    assert "timeout" not in settings
