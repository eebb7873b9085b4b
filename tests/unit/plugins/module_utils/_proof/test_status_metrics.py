# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status gives Prometheus: all that was seen, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics import FAMILIES, Sample
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.status_metrics import MOST_INSTANCES, metrics_of
from ansible_collections.erni_ki.litellm.tests.unit.support import standings as told
from ansible_collections.erni_ki.litellm.tests.unit.support.standings import AT, NAME

UNSEEN = {"instances": None, "mode": {"file": None, "stored": None, "effective": []}, "running": 0, "cache": None}


def values(found: dict[str, Any]) -> dict[str, float]:
    """Values of those without labels, by name."""
    return {sample.name: float(sample.value) for sample in metrics_of(found) if sample.labels is None}


def labels(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [dict(sample.labels or {}) for sample in metrics_of(found) if sample.name == name and sample.value]


def unseen(*places: str) -> dict[str, Any]:
    return {"unseen": [{"what": place, "why": "no"} for place in places]}


def test_a_deployment_that_is_well() -> None:
    found = told.found()
    seen = values(found)
    assert seen["observed_timestamp_seconds"] == AT and seen["problems"] == 0
    assert (seen["instances"], seen["instances_running"], seen["instances_stale"]) == (1, 1, 0)
    assert (seen["in_effect"], seen["verified"], seen["pending_change"]) == (1, 1, 0)
    assert labels(found, "unseen") == [] and labels(found, "container_stale") == []
    assert labels(found, "mode_info") == [
        {"source": "file", "mode": "redis"},
        {"source": "effective", "mode": "redis"},
    ]
    (info,) = labels(found, "container_info")
    assert (info["container"], info["litellm_version"], info["cache_type"]) == (NAME, "1.80.0", "redis")
    assert Sample("container_start_timestamp_seconds", AT - 7000, {"container": NAME}) in list(metrics_of(found))
    assert {sample.name for sample in metrics_of(found)} <= set(FAMILIES)


def test_one_that_is_stale() -> None:
    found = told.found(told.instance(stale=["the file is newer than its start"]), told.instance("erni-ki-litellm-2"))
    seen = values(found)
    assert (seen["in_effect"], seen["instances"], seen["instances_stale"], seen["problems"]) == (0, 2, 1, 1)
    assert labels(found, "container_stale") == [{"container": NAME}]


@pytest.mark.parametrize(
    "facts",
    [
        {"running": 0, "stale": [NAME]},
        {"running": 0},
        unseen("the mount"),
    ],
)
def test_what_does_not_run_the_file_is_not_in_effect(facts: dict[str, Any]) -> None:
    assert values(told.found(**facts))["in_effect"] == 0


def test_what_was_not_seen_is_absent() -> None:
    seen = values(told.found(**UNSEEN, **unseen("the file", "the instances", "the state directory")))
    assert set(seen) == {"observed_timestamp_seconds", "problems"} and seen["problems"] > 0
    nothing = told.found(**UNSEEN, **unseen("the file", "the instances", "the state directory"))
    assert [one["what"] for one in labels(nothing, "unseen")] == ["file", "instances", "state"]
    assert labels(nothing, "mode_info") == []


def test_a_state_that_was_read_in_part_says_nothing() -> None:
    damaged = values(told.found(pending=None, **unseen("the state directory")))
    assert "pending_change" not in damaged and "verified" not in damaged and damaged["in_effect"] == 1


def test_without_the_file_nothing_is_in_effect_or_out_of_it() -> None:
    found = told.found(mode={"file": None, "stored": None, "effective": ["redis"]}, cache=None, **unseen("the file"))
    assert "in_effect" not in values(found) and "verified" not in values(found)
    assert labels(found, "mode_info") == [{"source": "effective", "mode": "redis"}]


def test_nothing_was_verified_yet() -> None:
    seen = values(told.found(verification=None))
    assert seen["verified"] == 0 and "last_verification_success" not in seen


def test_very_many_instances_are_counted_and_some_are_told() -> None:
    found = told.found(*(told.instance(f"x-{number}") for number in range(500)))
    assert values(found)["instances"] == 500 and len(labels(found, "container_info")) == MOST_INSTANCES


def test_an_instance_of_which_little_is_known() -> None:
    silent = told.instance(litellm_version=None, redis_py_version=None, cache_type=None, started=0)
    found = told.found(silent)
    assert labels(found, "container_info") == [{"container": NAME, "image": silent["image"], "status": "running"}]
    assert labels(found, "container_start_timestamp_seconds") == []
