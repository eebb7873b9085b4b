# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the marks of a plot stand."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.plots import (
    census_plot,
    latency_plot,
    timeline_plot,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import report_documents


def entry(what: str, seconds: list[float], budget: float | None = None) -> dict:
    middle = {"value": sorted(seconds)[len(seconds) // 2], "low": 0, "high": 0}
    return {
        "instance": "one",
        "what": what,
        "mode": "redis",
        "seconds": seconds,
        "p50": middle,
        "p95": None,
        "p99": None,
        "budget": budget,
    }


def test_the_axis_is_logarithmic_and_holds_everything() -> None:
    plot = latency_plot([entry("slow", [0.1, 0.1, 0.1]), entry("fast", [0.001, 0.001, 0.001], budget=0.01)])
    assert plot is not None
    slow, fast = plot["rows"]
    assert (fast["median"], fast["budget"], slow["median"]) == (4.0, 50.0, 96.0)
    assert [tick["words"] for tick in plot["ticks"]] == ["1 ms", "5 ms", "20 ms", "100 ms"]
    assert fast["y"] > slow["y"]


def test_a_slower_median_than_the_budget_is_marked() -> None:
    plot = latency_plot(
        [entry("one", [0.02], budget=0.01), entry("other", [0.005], budget=0.01), entry("none", [0.005])]
    )
    assert plot is not None
    assert [row["over"] for row in plot["rows"]] == [True, False, False]


@pytest.mark.parametrize("values", [[0.004], [0.004, 0.004], [1e-7], [50.0, 0.0001], [0.0, 0.004]])
def test_any_times_have_their_place(values: list[float]) -> None:
    plot = latency_plot([entry("one", values)])
    assert plot is not None
    places = [dot["x"] for row in plot["rows"] for dot in row["dots"]] + [tick["x"] for tick in plot["ticks"]]
    assert all(4.0 <= place <= 96.0 for place in places) and len(plot["ticks"]) <= 6


def test_many_answers_are_some_dots() -> None:
    plot = latency_plot([entry("one", [0.001 + number / 1e6 for number in range(500)])])
    assert plot is not None
    assert 150 <= len(plot["rows"][0]["dots"]) <= 200


def test_what_was_measured_before_is_a_span_with_its_day() -> None:
    former = {**entry("local hit", [0.001], budget=0.01), "p99": {"value": 0.1, "low": 0, "high": 0}, "at": 0.0}
    del former["seconds"]
    plot = latency_plot([entry("redis hit", [0.004]), former])
    assert plot is not None
    now, before = plot["rows"]
    assert (now["label"], now["span"]) == ("redis hit", None)
    assert (before["label"], before["dots"]) == ("local hit, measured 1970-01-01 00:00 UTC", [])
    assert before["span"] == {"x": 4.0, "width": 92.0} and before["median"] == 4.0


def test_nothing_measured_is_no_plot() -> None:
    assert latency_plot([]) is None
    assert latency_plot([{"instance": "one", "what": "redis hit", "p50": None}]) is None
    assert timeline_plot([]) is None
    assert timeline_plot([{"instance": "one", "stopped": None, "ready": None, "proved": None}]) is None
    assert census_plot(None) is None
    assert census_plot({"place": "redis:6379/1", "kinds": {}}) is None


def test_the_restart_that_took_a_change_back_is_a_row_of_its_own() -> None:
    entry = {"instance": "one", "stopped": 100.0, "started": None, "ready": None, "proved": None}
    plot = timeline_plot([entry, dict(entry, stopped=130.0, ready=136.0, proved=137.0, going_back=True)])
    assert plot is not None
    assert [(row["label"], row["words"]) for row in plot["rows"]] == [
        ("one", "did not come back"),
        ("one, on the way back", "away 6.0 s"),
    ]


def test_a_timeline_begins_with_the_first_stop() -> None:
    plot = timeline_plot(
        [
            {"instance": "one", "stopped": 100.0, "started": 101.0, "ready": 105.0, "proved": 106.0},
            {"instance": "two", "stopped": 106.0, "started": 107.0, "ready": 110.0, "proved": None},
            {"instance": "three", "stopped": None, "started": None, "ready": None, "proved": None},
            {"instance": "four", "stopped": 109.0, "started": None, "ready": None, "proved": None},
        ]
    )
    assert plot is not None
    assert [row["words"] for row in plot["rows"]] == [
        "away 5.0 s",
        "away 4.0 s, not proved",
        "not stopped",
        "did not come back",
    ]
    first = plot["rows"][0]["bars"]
    assert [(step["kind"], step["x"]) for step in first] == [("stopping", 4.0), ("being", 50.0)]
    assert first[0]["width"] == pytest.approx(46.0)
    assert [tick["words"] for tick in plot["ticks"]] == ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]


def test_the_census_has_the_most_first() -> None:
    plot = census_plot(report_documents.verification()["census"])
    assert plot is not None
    assert [(row["label"], row["width"]) for row in plot["rows"]] == [
        ("response", 100.0),
        ("counter", 1.72),
        ("other", 0.12),
    ]
