# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the environment adds to a connection, and what it puts in its place."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import redis_environment as inside


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("REDIS_")]:
        monkeypatch.delenv(name)
    return monkeypatch


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


def test_what_the_file_leaves_out_of_the_host_form_comes_from_the_environment(
    environment: pytest.MonkeyPatch,
) -> None:
    """As ``_get_redis_client_logic`` of LiteLLM 1.80.0 has it: database 2 and the password, with the host of the file."""
    pytest.importorskip("redis")
    environment.setattr(inside, "_signature_tells", lambda: True)  # as with redis-py up to 7.3
    environment.setenv("REDIS_DB", "2")
    environment.setenv("REDIS_PASSWORD", "exported")
    environment.setenv("REDIS_USERNAME", "")
    found = inside.as_the_proxy_connects({"type": "redis", "host": "redis", "ttl": 60})
    assert found == {"type": "redis", "host": "redis", "ttl": 60, "db": 2, "password": "exported"}
    assert inside.as_the_proxy_connects({"type": "redis", "host": "redis", "db": 0})["db"] == 0
    named = {"type": "redis", "host": "redis", "db": 1, "password": "own"}
    assert inside.as_the_proxy_connects(named) == named
    nodes = inside.as_the_proxy_connects({"type": "redis", "redis_startup_nodes": CLUSTER})
    assert (nodes["redis_startup_nodes"], nodes["password"]) == (CLUSTER, "exported")


def test_litellm_is_asked_where_the_signature_of_redis_py_tells_nothing(environment: pytest.MonkeyPatch) -> None:
    environment.setattr(inside, "_signature_tells", lambda: False)
    environment.setitem(sys.modules, "litellm", None)
    environment.setenv("REDIS_DB", "2")
    with pytest.raises(inside.Refusal, match="LiteLLM cannot be imported"):
        inside.as_the_proxy_connects({"type": "redis", "host": "redis"})
    assert inside.as_the_proxy_connects({"type": "redis", "host": "redis", "db": 1})["db"] == 1


def test_nodes_that_are_no_json_are_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REDIS_CLUSTER_NODES", "one:7000,two:7000")
    with pytest.raises(inside.Refusal, match="REDIS_CLUSTER_NODES"):
        inside.as_the_proxy_connects({"type": "redis", "host": "redis"})
