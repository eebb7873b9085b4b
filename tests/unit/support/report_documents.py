# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of reports as the playbooks make them, with everything that a page can show."""

from __future__ import annotations

import random
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.promises import promised

#: A piece of text that would be an element, an entity, a link and a table in the wrong hands.
HOSTILE = '<script>alert(1)</script>&amp;| `x` [a](https://attacker.example) "quoted"'
AT = 1_764_165_900.0


def verification() -> dict[str, Any]:
    """A verification in Redis mode of two instances, with all that it can tell."""
    drawn = random.Random(7)
    rows = [
        ("", "mode in the file", "redis", ""),
        ("ok", "mode in effect", "redis", ""),
        ("", "erni-ki-litellm-1", "LiteLLM 1.80.0, redis-py 5.2.1", ""),
        ("", "  image", "ghcr.io/berriai/litellm:v1.80.0", ""),
        ("ok", "  proof", "answered from Redis in 37 ms", ""),
        (
            "note",
            "  known issue",
            "ROUTER_DB: the router's keys name another database",
            "ansible-playbook erni_ki.litellm.switch_redis",
        ),
        ("ok", "  log since its start", "nothing about the cache", ""),
        ("", "erni-ki-litellm-2", "LiteLLM 1.80.0, redis-py 5.2.1", ""),
        ("WRONG", "  stale", "the file is newer than its start", "ansible-playbook erni_ki.litellm.switch_redis"),
        (
            "ok",
            "Redis from this host",
            "redis:6379/1 Redis 7.0.15, 1.4 MB used of 256 MB, allkeys-lru, 0 keys evicted",
            "",
        ),
    ]
    return {
        "schema": 1,
        "kind": "verify",
        "at": AT,
        "check": False,
        "host": "server1.example.org",
        "collection": "0.2.0",
        "project": "erni-ki",
        "service": "litellm",
        "mode": {"file": "redis", "stored": None, "effective": ["redis", "redis"]},
        "verdict": {
            "ok": False,
            "words": "1 of 2 instances does not run what the file says",
            "problems": ["erni-ki-litellm-2 is stale"],
        },
        "rows": [dict(zip(("verdict", "what", "seen", "mend"), row), **promised(str(row[1]), "redis")) for row in rows],
        "instances": [
            {
                "name": f"erni-ki-litellm-{number}",
                "litellm_version": "1.80.0",
                "redis_py_version": "5.2.1",
                "image": "ghcr.io/berriai/litellm:v1.80.0",
                "stale": [],
            }
            for number in (1, 2)
        ],
        "latency": [
            measured("redis hit", "redis", [drawn.lognormvariate(-5.4, 0.25) for _number in range(60)], 0.010),
            measured("memory hit", "redis", [drawn.lognormvariate(-6.1, 0.2) for _number in range(60)], None),
            measured("redis ping", "redis", [drawn.lognormvariate(-8.6, 0.3) for _number in range(20)], None),
            measured("local hit", "local", [drawn.lognormvariate(-6.15, 0.2) for _number in range(60)], 0.002),
        ],
        "timeline": [
            {"instance": "erni-ki-litellm-1", "stopped": AT, "started": AT + 1, "ready": AT + 7.5, "proved": AT + 7.9},
            {"instance": "erni-ki-litellm-2", "stopped": AT + 23, "started": AT + 24, "ready": AT + 31, "proved": None},
        ],
        "census": {
            "place": "redis:6379/1",
            "kinds": {
                "response": {"keys": 812, "bytes": 1_240_000},
                "counter": {"keys": 14, "bytes": 900},
                "other": {"keys": 1, "bytes": None},
            },
        },
        "history": [
            {
                "at": AT - 86400,
                "from": "local",
                "to": "redis",
                "result": "confirmed",
                "user": "anna",
                "reason": "several instances",
            },
            {
                "at": AT - 9000,
                "from": "redis",
                "to": "redis",
                "result": "reverted",
                "user": "boris",
                "reason": "a longer time to live",
            },
        ],
        "back": "ansible-playbook erni_ki.litellm.rollback_local",
    }


def diagnosis() -> dict[str, Any]:
    """A diagnosis with two findings."""
    return {
        **{
            name: value
            for name, value in verification().items()
            if name in ("schema", "at", "check", "host", "project", "service", "mode")
        },
        "kind": "diagnose",
        "verdict": {"ok": False, "words": "2 findings", "problems": []},
        "findings": [
            {
                "code": "redis_unreachable",
                "title": "Redis does not answer",
                "evidence": [
                    "erni-ki-litellm-1: connecting to redis:6379 was refused",
                    "the log says so 31 times since its start",
                ],
                "cause": "The container of Redis does not run, or has another name on the network.",
                "mend": "docker compose up -d redis",
                "likelihood": "certain",
            },
            {
                "code": "ttl_short",
                "title": "Answers live for 5 seconds only",
                "evidence": ["cache_params.ttl is 5"],
                "cause": "",
                "mend": "ansible-playbook erni_ki.litellm.switch_redis -e litellm_cache_ttl=1800",
                "likelihood": "possible",
            },
        ],
    }


def smallest() -> dict[str, Any]:
    """What each document has."""
    return {
        "schema": 1,
        "kind": "status",
        "at": AT,
        "check": True,
        "project": "erni-ki",
        "service": "litellm",
        "mode": {"file": "local", "stored": None, "effective": []},
        "verdict": {"ok": True, "words": "local", "problems": []},
    }


def hostile() -> dict[str, Any]:
    """A document in which every text is hostile."""
    return {
        **_with_text(diagnosis(), HOSTILE),
        **{
            name: _with_text(verification()[name], HOSTILE)
            for name in ("rows", "latency", "timeline", "census", "history")
        },
    }


def measured(what: str, mode: str, seconds: list[float], budget: float | None) -> dict[str, Any]:
    """An entry of ``latency``."""
    ordered = sorted(seconds)

    def at(share: float) -> dict[str, float]:
        value = ordered[int(share * (len(ordered) - 1))]
        return {"value": value, "low": value * 0.95, "high": value * 1.06}

    return {
        "instance": "erni-ki-litellm-1",
        "what": what,
        "mode": mode,
        "seconds": seconds,
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "budget": budget,
        "at": AT,
    }


def _with_text(value: Any, text: str) -> Any:
    """The same with another text in the place of each, but in what has a choice of values."""
    if isinstance(value, dict):
        return {
            name: inner
            if name in ("kind", "verdict", "likelihood") and isinstance(inner, str)
            else _with_text(inner, text)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_with_text(inner, text) for inner in value]
    return text if isinstance(value, str) else value
