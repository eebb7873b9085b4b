# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filter makes of values as a play hands them in."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.filter.verdict import FilterModule
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
