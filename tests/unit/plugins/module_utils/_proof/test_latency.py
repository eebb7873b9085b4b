# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Percentiles and their intervals, against values that were computed apart."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import latency as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof import latency
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.latency import (
    measured,
    parts,
    percentile,
    percentiles,
    summary,
)

TEN = [float(number) for number in range(1, 11)]


def test_what_is_measured_is_called_alike_on_both_sides() -> None:
    for name in ("REDIS_HIT", "MEMORY_HIT", "LOCAL_HIT", "REDIS_PING"):
        assert getattr(latency, name) == getattr(inside, name)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [  # as numpy.percentile and statistics.quantiles(method="inclusive") have them
        (TEN, 0.50, 5.5),
        (TEN, 0.95, 9.55),
        (TEN, 0.99, 9.91),
        ([15.0, 20.0, 35.0, 40.0, 50.0], 0.40, 29.0),
        ([3.0], 0.99, 3.0),
        (TEN, 0.0, 1.0),
        (TEN, 1.0, 10.0),
    ],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == pytest.approx(expected)


def exact_interval(count: int) -> tuple[float, float]:
    """The bootstrap interval of the median of 0, 1, ... count - 1 (odd), without drawing: by the binomial distribution.

    The median of a draw is at most k when more than half of the drawn values are, and each is with (k + 1) / count.
    """

    def at_most(value: int) -> float:
        share, half = (value + 1) / count, count // 2
        return sum(math.comb(count, n) * share**n * (1 - share) ** (count - n) for n in range(half + 1, count + 1))

    low = next(value for value in range(count) if at_most(value) >= 0.025)
    return low, next(value for value in range(count) if at_most(value) >= 0.975)


@pytest.mark.parametrize("count", [21, 61, 201])
def test_the_interval_is_that_of_the_whole_distribution(count: int) -> None:
    """400 draws are no more than a rank or two away from all draws."""
    low, high = exact_interval(count)
    found = percentiles([float(value) for value in reversed(range(count))])["p50"]
    assert found["value"] == count // 2
    assert found["low"] == pytest.approx(low, abs=0.02 * count) and found["high"] == pytest.approx(
        high, abs=0.02 * count
    )


def test_the_same_times_have_the_same_interval_and_equal_times_none() -> None:
    assert percentiles(TEN) == percentiles(TEN)
    assert percentiles([0.004] * 10)["p99"] == {"value": 0.004, "low": 0.004, "high": 0.004}
    for found in percentiles(TEN).values():
        assert found["low"] <= found["value"] <= found["high"]


def entry(what: str, p50: float, instance: str = "a", mode: str = "redis", at: float = 5.0) -> dict[str, Any]:
    (found,) = measured(instance, mode, {what: [p50] * 10}, at)
    return found


def test_too_few_times_say_nothing_and_not_more_than_500_are_kept() -> None:
    found = measured("a", "redis", {"redis hit": [0.1] * 9, "memory hit": [0.2] * 501}, 5.0)
    assert [(one["instance"], one["what"], one["mode"], len(one["seconds"]), one["at"]) for one in found] == [
        ("a", "memory hit", "redis", 500, 5.0)
    ]


def test_the_summary_is_the_slowest_instance_of_each_mode() -> None:
    entries = [
        entry("redis hit", 0.004),
        entry("redis hit", 0.006, "b", at=6.0),
        entry("memory hit", 0.009),
        entry("redis hit as a client sees it", 0.05, ""),
        entry("local hit", 0.001, mode="local"),
    ]
    assert summary(entries) == {
        "redis": {"p50": 0.006, "p95": 0.006, "p99": 0.006, "samples": 10, "at": 6.0},
        "local": {"p50": 0.001, "p95": 0.001, "p99": 0.001, "samples": 10, "at": 5.0},
    }
    assert summary([]) == {}


@pytest.mark.parametrize(
    ("redis", "memory", "ping", "expected"),
    [
        (0.005, 0.003, 0.0005, {"litellm": 0.003, "network": 0.0005, "redis": 0.0015}),
        # No part is less than nothing, and they make up the whole, whatever a busy machine measures.
        (0.005, 0.006, 0.0005, {"litellm": 0.005, "network": 0.0, "redis": 0.0}),
        (0.005, 0.003, 0.004, {"litellm": 0.003, "network": 0.002, "redis": 0.0}),
    ],
)
def test_where_the_milliseconds_are(redis: float, memory: float, ping: float, expected: dict[str, float]) -> None:
    entries = [
        entry("redis hit", redis),
        entry("memory hit", memory),
        entry("redis ping", ping),
        entry("redis ping", 9, "b"),
    ]
    found = parts(entries, "a")
    assert found == pytest.approx(expected) and sum(found.values()) == pytest.approx(redis)
    assert parts(entries, "b") == {}
