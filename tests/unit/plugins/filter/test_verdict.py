# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filter makes of values as a play hands them in."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.filter.verdict import FilterModule
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.verification import Verification
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.latency import measured
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

MEASURED = {"latency": measured(told.NAME, "redis", {"redis hit": [0.0041] * 10}, 5.0), "not_measured": []}


@pytest.mark.parametrize(
    ("budgets", "verdict", "budget"),
    [
        (None, "ok", 0.01),
        ({"redis": "", "local": ""}, "ok", 0.01),
        ({"redis": "0.004"}, "note", 0.004),
        ({"redis": 0}, "note", 0.0),
    ],
)
def test_a_budget_that_is_empty_is_that_of_the_runbook(budgets: Any, verdict: str, budget: float) -> None:
    made = FilterModule().filters()["verdict"](
        told.found(), told.proof(), told.server(), latency=MEASURED, budgets=budgets
    )
    assert [row["verdict"] for row in made["document"]["rows"] if row["what"] == "  latency"] == [verdict]
    assert [entry["budget"] for entry in made["document"]["latency"]] == [budget]


def test_what_was_not_measured_may_be_left_out() -> None:
    made = FilterModule().filters()["verdict"](told.found(), told.proof(), told.server())
    assert not [row for row in made["document"]["rows"] if "latency" in row["what"]]


def kept(mode: str, **times: list[float]) -> dict[str, Any]:
    """A verification before, as the state directory keeps it."""
    entries = measured(told.NAME, mode, {what.replace("_", " "): seconds for what, seconds in times.items()}, 4.0)
    facts = {"user": "anna", "mode": mode, "versions": [], "words": "", "problems": []}
    return Verification.of(4.0, entries, None, **facts).to_dict()


def test_hits_of_the_other_mode_stand_beside_those_of_now_without_single_times() -> None:
    former = kept("local", local_hit=[0.0012] * 10, other=[1.0] * 10)
    made = FilterModule().filters()["verdict"](
        told.found(), told.proof(), told.server(), latency=MEASURED, former=former
    )
    now, before = made["document"]["latency"]
    assert (now["what"], now["budget"], len(now["seconds"])) == ("redis hit", 0.01, 10)
    assert (before["what"], before["mode"], before["budget"], before["at"]) == ("local hit", "local", 0.002, 4.0)
    assert before["p50"]["value"] == 0.0012 and "seconds" not in before
    assert "local mode" in "\n".join(made["lines"])


@pytest.mark.parametrize(
    "former",
    [
        kept("redis", redis_hit=[0.2] * 10),
        {
            "latency": {
                "local": [{}, {"what": "local hit", "mode": "local", "instance": "a", "at": 4.0, "p50": {"value": 1}}]
            }
        },
        None,
    ],
)
def test_the_same_mode_and_what_is_not_whole_is_not_told(former: Any) -> None:
    made = FilterModule().filters()["verdict"](
        told.found(), told.proof(), told.server(), latency=MEASURED, former=former
    )
    assert [entry["what"] for entry in made["document"]["latency"]] == ["redis hit"]


def test_without_a_measuring_of_now_there_is_nothing_to_compare_with() -> None:
    former = kept("local", local_hit=[0.0012] * 10)
    made = FilterModule().filters()["verdict"](told.found(), told.proof(), told.server(), former=former)
    assert made["document"]["latency"] == []
