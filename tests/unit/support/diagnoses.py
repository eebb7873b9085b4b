# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules of a diagnosis tell of a deployment where all is well, for tests that change a part of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import Facts
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

AT = 1_764_150_000.0
CACHE: dict[str, Any] = {
    "cache_enabled": True,
    "form": "host",
    "redis": {"host": "redis", "port": 6379, "db": 1},
    "ttl": 1800,
    "supported_call_types": ["acompletion", "atext_completion", "aembedding", "atranscription"],
    "request_mode": None,
}
WANTED = {"redis_host": "redis", "redis_port": "6379", "redis_db": 1}


def server(**numbers: Any) -> dict[str, Any]:
    """What the server tells.

    :param numbers: those that are other ones.
    """
    known = {"connected_clients": 8, "most_clients": 10_000, "evicted_keys": 0, "memory_used": 1_000_000}
    return {
        "numbers": {**known, "memory_limit": 64_000_000, "policy": "allkeys-lru", "databases": {"1": 3}, **numbers},
        "slow_commands": {"count": 0, "longest": None},
        "latency_events": [],
        "clock_off": 0.0,
    }


def redis(**facts: Any) -> dict[str, Any]:
    """The way of an instance to Redis."""
    return {
        "place": told.PLACE,
        "seconds": {step: [0.001] * 5 for step in ("dns", "connect", "login", "ping")},
        "problem": None,
        "refused": {},
        "server": server(),
        "not_observable": {},
        **facts,
    }


def problem(code: str, step: str | None, message: str = "Redis at redis:6379 is in trouble") -> dict[str, Any]:
    """The way of an instance to Redis that ends in trouble."""
    return redis(problem={"code": code, "step": step, "message": message}, server=None, seconds={}, refused=None)


def log(*events: dict[str, Any], **requests: Any) -> dict[str, Any]:
    """What a log tells."""
    return {
        "lines": 12,
        "complete": True,
        "events": list(events),
        "requests": {"count": 0, "failed": 0, "statuses": {}, "last": None, **requests},
    }


def more(name: str = told.NAME, **facts: Any) -> dict[str, Any]:
    """An instance as litellm_cache_diagnosis tells it."""
    return {
        "name": name,
        "started": AT - 900,
        "workers": None,
        "clock_off": 0.0,
        "problem": None,
        "redis": redis(),
        "log": log(),
        **facts,
    }


def instance(name: str = told.NAME, **facts: Any) -> dict[str, Any]:
    """An instance as litellm_cache_info tells it."""
    return told.instance(name, **{"answers": True, "stored": None, "untouched": False, **facts})


def census(*namespaces: dict[str, Any]) -> dict[str, Any]:
    """Answers in Redis, under these namespaces."""
    kinds = {"response": {"keys": 5, "bytes": 2, "ttl": None, "without_ttl": 0}}
    return {"sampled": False, "kinds": kinds, "namespaces": list(namespaces)}


def request(**facts: Any) -> dict[str, Any]:
    """A request of which no answer lies anywhere."""
    return {
        "call_type": "acompletion",
        "is_supported": True,
        "streams": False,
        "controls": {},
        "deployments": 1,
        "keys": ["a" * 64],
        "in_key": ["temperature"],
        "not_in_key": ["user"],
        "entries": [],
        "looked_into": [1, 0],
        "problem": None,
        **facts,
    }


def key(**facts: Any) -> dict[str, Any]:
    """A virtual key that may do everything."""
    return {"status": 200, "known": True, "controls": None, "allowed": [], **facts}


def facts(
    *instances: dict[str, Any],
    seen: list[dict[str, Any]] | None = None,
    complaint: str | None = None,
    mode: str = "redis",
    cache: dict[str, Any] | None = None,
    wanted: dict[str, Any] | None = None,
    census: dict[str, Any] | None = None,
    container: dict[str, Any] | None = None,
    request: dict[str, Any] | None = None,
    **found: Any,
) -> Facts:
    """The facts of a deployment.

    :param instances: as litellm_cache_info tells them; one, if none is given.
    :param seen: the same as litellm_cache_diagnosis tells them.
    :param cache: what the file says otherwise.
    :param census: of Redis.
    :param container: of Redis.
    :param request: what becomes of the request that somebody complains of.
    :param found: what else litellm_cache_info tells otherwise.
    """
    given = instances or (instance(),)
    read = {"config_path": "/opt/erni-ki/config.yaml", "reading": {"source": "mounted"}}
    whole = told.found(*given, **{**read, **found})
    whole["cache"] = {**CACHE, "mode": mode, **(cache or {})}
    gathered = {
        "at": AT,
        "service": "litellm",
        "redis_container": container or {"name": "erni-ki-redis-1", "service": "redis", "status": "running"},
        "request": request,
        "instances": seen if seen is not None else [more(one["name"]) for one in given],
    }
    return Facts(whole, told.server(**({"census": census} if census else {})), gathered, complaint, wanted or WANTED)
