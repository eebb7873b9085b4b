# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast a hit is, in words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.latency import measured
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.latency_rows import (
    BUDGETS,
    beside_instances,
    of_instance,
    with_budgets,
)

NAME = "erni-ki-litellm-1"
AT = 1_764_100_000.0


def result(mode: str = "redis", instance: str = NAME, **milli: float) -> dict[str, Any]:
    """Result of litellm_cache_latency, with these middle times in milliseconds, as ``redis_hit=4.1``."""
    times = {what.replace("_", " "): [value / 1000] * 10 for what, value in milli.items()}
    return {"latency": measured(instance, mode, times, AT), "not_measured": []}


def told(latency: dict[str, Any], name: str = NAME) -> list[tuple[str, str, str]]:
    return [(row.verdict, row.what, row.seen) for row in of_instance(latency, name, BUDGETS)]


def test_a_redis_hit_within_its_budget_and_where_its_milliseconds_are() -> None:
    assert told(result(redis_hit=4.1, memory_hit=2.9, redis_ping=0.31)) == [
        ("ok", "  latency", "Redis hit p50 4.1 ms (4.1 to 4.1), p95 4.1, p99 4.1; budget 10 ms"),
        ("", "  of it", "LiteLLM itself 2.9 ms, the network 0.31 ms, Redis 0.89 ms"),
    ]
    assert told(result(redis_hit=4.1), "another") == []


@pytest.mark.parametrize(
    ("milli", "most"),
    [
        ({"redis_hit": 14, "memory_hit": 12, "redis_ping": 0.5}, "LiteLLM itself 12.0 ms (most of it), "),
        ({"redis_hit": 24, "memory_hit": 3, "redis_ping": 20}, "the network 20.0 ms (most of it), "),
        ({"redis_hit": 24, "memory_hit": 3, "redis_ping": 0.5}, "Redis 20.5 ms (most of it)"),
    ],
)
def test_one_beyond_its_budget_is_noted_with_what_takes_most(milli: dict[str, float], most: str) -> None:
    (first, second) = told(result(**milli))
    assert first[0] == "note" and first[2].endswith("; budget 10 ms exceeded")
    assert second[0] == "note" and most in second[2] and second[2].count("most") == 1


def test_a_local_hit_has_no_parts() -> None:
    assert told(result("local", local_hit=1.24)) == [
        ("ok", "  latency", "local hit p50 1.2 ms (1.2 to 1.2), p95 1.2, p99 1.2; budget 2 ms")
    ]


def test_why_something_was_not_measured_is_no_failure() -> None:
    missed = {"latency": [], "not_measured": [{"instance": NAME, "reason": "a request ended with status 429"}]}
    assert told(missed) == [("note", "  latency", "not measured: a request ended with status 429")]
    early = dict(result(redis_hit=4.1), not_measured=missed["not_measured"])
    assert told(early)[-1] == ("note", "  latency", "ended early: a request ended with status 429")
    everywhere = {"latency": [], "not_measured": [{"instance": "", "reason": "no answer is cached"}]}
    assert told(everywhere) == []
    (row,) = beside_instances(everywhere, {})
    assert (row.verdict, row.what, row.seen) == ("note", "latency", "not measured: no answer is cached")


def test_what_a_client_sees_has_a_row_and_no_budget() -> None:
    seen = measured("", "redis", {"redis hit as a client sees it": [0.019] * 10}, AT)
    (row,) = beside_instances({"latency": seen, "not_measured": []}, {})
    assert (row.verdict, row.what) == ("", "latency of a client")
    assert row.seen == "Redis hit p50 19.0 ms (19.0 to 19.0), p95 19.0, p99 19.0"
    (row,) = beside_instances({"latency": [], "not_measured": [{"instance": "a client", "reason": "no key"}]}, {})
    assert (row.what, row.seen) == ("latency of a client", "not measured: no key")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (3 * 86400 + 5, "3 days ago"),
        (86400, "1 day ago"),
        (7200, "2 hours ago"),
        (61, "1 minute ago"),
        (59, "just now"),
    ],
)
def test_the_other_mode_is_told_where_it_was_measured_before(ago: float, words: str) -> None:
    kept = {"p50": 0.0012, "p95": 0.002, "p99": 0.0035, "samples": 60}
    former = {"local": {**kept, "at": AT - ago}, "redis": {**kept, "at": AT - ago}}
    (row,) = beside_instances(result(redis_hit=4.1), former)
    assert (row.verdict, row.seen) == ("", f"local mode, measured {words}: p50 1.2, p95 2.0, p99 3.5 ms")
    assert list(beside_instances({"latency": [], "not_measured": []}, former)) == []


def test_a_document_has_the_budget_of_the_hit_of_each_mode_alone() -> None:
    entries = result(redis_hit=4.1, memory_hit=2.9)["latency"]
    assert [(entry["what"], entry["budget"]) for entry in with_budgets(entries, {"redis": 0.02, "local": 0.1})] == [
        ("redis hit", 0.02),
        ("memory hit", None),
    ]
