# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept of a verification: bounded, and nothing but what is meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.verification import (
    LONGEST_TEXT,
    MOST_ENTRIES,
    Verification,
)

QUANTILE = {"value": 0.004, "low": 0.0038, "high": 0.0042}
MEASURED = {"instance": "litellm-1", "what": "redis hit", "mode": "redis", "p50": QUANTILE, "budget": 0.01, "at": 5.0}
TOLD: dict[str, Any] = {
    "user": "alice",
    "mode": "redis",
    "versions": ["1.80.0"],
    "words": "proved by requests",
    "problems": [],
}


def test_it_comes_back_as_it_was() -> None:
    made = Verification.of(1000.5, [MEASURED], None, **TOLD)
    assert made.latency == {"redis": [MEASURED]}
    assert Verification.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_samples_and_whatever_else_a_measurement_holds_are_left_out() -> None:
    strange = {
        **MEASURED,
        "seconds": [0.004] * 500,
        "key": "hunter2",
        "p99": {**QUANTILE, "note": "hunter2"},
        "budget": "x",
    }
    (kept,) = Verification.of(0.0, [strange, "hunter2", {"what": "no mode"}], None, **TOLD).latency["redis"]
    assert kept == {**{name: MEASURED[name] for name in MEASURED if name != "budget"}, "p99": QUANTILE}


def test_the_newest_latency_of_each_mode_stays() -> None:
    former = Verification.of(0.0, [MEASURED, {**MEASURED, "mode": "local"}], None, **TOLD)
    now = Verification.of(1.0, [{**MEASURED, "at": 9.0}], former, **TOLD)
    assert [entry["at"] for entries in now.latency.values() for entry in entries] == [9.0, 5.0]
    assert Verification.of(2.0, [], now, **TOLD).latency == now.latency


def test_it_is_bounded() -> None:
    long = {**TOLD, "words": "w" * 9999, "problems": ["p" * 9999] * 999, "versions": ["v"] * 999, "user": "u" * 9999}
    many = [{**MEASURED, "mode": f"m{number}", "instance": "i" * 9999} for number in range(99)]
    made = Verification.of(0.0, [*many, *[MEASURED] * 99], None, **long)
    assert len(made.problems) == len(made.versions) == len(made.latency) == MOST_ENTRIES
    assert len(made.latency["redis"]) == MOST_ENTRIES
    assert {len(text) for text in (made.words, made.user, *made.problems)} == {LONGEST_TEXT}


@pytest.mark.parametrize(
    "change",
    [
        {"at": "now"},
        {"at": True},
        {"user": None},
        {"problems": {}},
        {"latency": []},
        {"latency": {"redis": 5}},
        {"mode": 1},
    ],
)
def test_another_shape_is_no_verification(change: dict[str, Any]) -> None:
    stored = Verification.of(0.0, [], None, **TOLD).to_dict()
    with pytest.raises(TypeError):
        Verification.from_dict({**stored, **change})


def test_what_drifts_is_kept_and_that_nobody_saw_it_too() -> None:
    seen = Verification.of(0.0, [], None, **TOLD, drift=["db", "x" * 999])
    assert seen.drift == ["db", "x" * LONGEST_TEXT] and Verification.from_dict(seen.to_dict()) == seen
    assert Verification.of(0.0, [], None, **TOLD).drift is None
    assert Verification.of(0.0, [], None, **TOLD, drift=[]).drift == []
    of_before = {name: value for name, value in seen.to_dict().items() if name != "drift"}
    assert Verification.from_dict(of_before).drift is None
    assert Verification.from_dict({**of_before, "drift": "hunter2"}).drift is None
