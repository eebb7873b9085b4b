# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules of a verification tell of a deployment where all is well, for tests that change a part of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.drift import drift_of

NAME = "erni-ki-litellm-1"
PLACE = {"host": "redis", "port": 6379, "db": 1}
EFFECTIVE = {**PLACE, "socket_timeout": 30.0, "socket_connect_timeout": 10.0, "retry_on_timeout": True}


def settings(effective: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """Settings of an instance, as litellm_cache_info tells them.

    :param effective: what the client has other than the file says.
    """
    answer = {"wanted": EFFECTIVE, "cache": {"async": {**EFFECTIVE, **(effective or {})}}}
    rows = drift_of("redis", "redis", answer, None, False)
    return {"rows": rows, "findings": [], "known_issues": [], "problem": None, **facts}


def instance(name: str = NAME, **facts: Any) -> dict[str, Any]:
    """An instance on Redis."""
    redis = {
        "place": PLACE,
        "server": None,
        "connections": [{"address": "172.18.0.3", "user": "default", "db": 1, "connections": 4}],
        "entries": {"keys": 3, "responses": 1, "scanned": 3, "complete": True},
        "not_observable": {},
        "problem": None,
    }
    return {
        "name": name,
        "status": "running",
        "running": True,
        "image": "ghcr.io/berriai/litellm:v1.80.0.rc.1",
        "stale": [],
        "litellm_version": "1.80.0",
        "redis_py_version": "5.2.1",
        "cache_type": "redis",
        "problem": None,
        "log": [],
        "redis": redis,
        "settings": settings(),
        **facts,
    }


def found(*instances: dict[str, Any], mode: str = "redis", **facts: Any) -> dict[str, Any]:
    """Result of litellm_cache_info; of one instance on Redis, if none is given."""
    told = list(instances) or [instance()]
    return {
        "project": "erni-ki",
        "cache": {"mode": mode},
        "findings": [],
        "pending": None,
        "running": sum(one["running"] for one in told),
        "instances": told,
        **facts,
    }


def local(**facts: Any) -> dict[str, Any]:
    """An instance in the local mode."""
    whole = instance(cache_type="local", settings=settings(), **facts)
    whole["settings"]["rows"] = drift_of("local", "local", {}, None, False)
    del whole["redis"]
    return whole


def proof(*kinds: str, **facts: Any) -> dict[str, Any]:
    """Result of litellm_cache_roundtrip, with evidence of these kinds; of an answer from Redis, if none is given."""
    evidence = [{"instance": NAME, "kind": kind, "seconds": 0.0274, **facts} for kind in kinds or ("harvested",)]
    write_path = {"proved": True, "ttl": 1800}
    return {"evidence": evidence, "proved": True, "write_path": write_path, "findings": []}


def server(**facts: Any) -> dict[str, Any]:
    """Result of redis_cache_info."""
    kind = {"keys": 1, "bytes": 576, "ttl": {"min": 30, "median": 30, "max": 30}, "without_ttl": 0}
    return {
        "place": "redis:6379/1",
        "db": 1,
        "server": {"name": "redis", "version": "7.0.15"},
        "memory": {"used": 1_234_567, "limit": 256_000_000, "policy": "allkeys-lru", "evicted_keys": 0},
        "clients": {"proxy": [], "others": []},
        "census": {"sampled": False, "kinds": {"response": kind}},
        "not_observable": {},
        **facts,
    }
