# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The screen of a status, and the same for programs."""

from __future__ import annotations

import json

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.status_report import status_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._telling import SCREEN
from ansible_collections.erni_ki.litellm.tests.unit.support import standings as told
from ansible_collections.erni_ki.litellm.tests.unit.support.standings import AT, NAME


def test_one_screen_of_a_deployment_that_is_well() -> None:
    assert status_of(told.found())["lines"] == [
        "OK  erni-ki  redis  verified",
        "",
        "    mode in the file   redis",
        "ok  mode in effect     redis",
        f"    {NAME}  LiteLLM 1.80.0, redis-py 5.2.1, started 1 h ago",
        "      image            ghcr.io/berriai/litellm:v1.80.0.rc.1",
        "    last change        Disabled → Enabled, 2 h ago (2026-01-31 10:00) by alice",
        "      reason           several instances",
        "    pending change     none",
        "ok  last verification  OK  redis, 5 min ago (2026-01-31 11:55) by bob, proved by",
        "                       requests",
        "    snapshots          1, the newest 2 h ago (2026-01-31 09:58)",
        "",
        "back: ansible-playbook erni_ki.litellm.rollback_local",
    ]


def test_the_first_line_says_whether_it_was_verified() -> None:
    later = told.instance(started=AT)
    assert status_of(told.found(later))["lines"][0].endswith("  redis  not verified since it was changed or started")
    assert status_of(told.found(verification=None))["lines"][0] == "OK  erni-ki  redis  not verified yet"


def test_what_is_wrong_stands_in_the_first_line_and_its_way_out_in_the_last_ones() -> None:
    stale = told.instance(stale=["the file is newer than its start"])
    found = told.found(stale, told.instance("erni-ki-litellm-2"), verification=None)
    status = status_of(found)
    assert status["lines"][0] == f"WRONG  erni-ki  redis: {NAME} is stale"
    assert status["lines"][-4:] == [
        "",
        "next: ansible-playbook erni_ki.litellm.switch_redis",
        "next: ansible-playbook erni_ki.litellm.verify",
        "back: ansible-playbook erni_ki.litellm.rollback_local",
    ]
    assert status["problems"] == status["document"]["verdict"]["problems"] == [f"{NAME} is stale"]


def test_while_a_change_is_pending_nothing_else_is_to_be_mended() -> None:
    found = told.found(told.instance(stale=["LiteLLM does not answer"]), pending=told.PENDING, guard=told.GUARD)
    lines = status_of(found)["lines"]
    steps = [line for line in lines if line.startswith(("next: ", "back: "))]
    assert steps == ["next: ansible-playbook erni_ki.litellm.history tells how the pending change"]
    assert "back" not in status_of(found)["document"]


def test_with_nothing_to_be_seen_there_is_a_screen_all_the_same() -> None:
    unseen = [
        {"what": "the instances", "why": "Docker does not answer " * 9},
        {"what": "the file", "why": "it is away"},
    ]
    nothing = {"project": None, "cache": None, "instances": None, "history": [], "verification": None, "snapshots": []}
    found = told.found(unseen=unseen, mode={"file": None, "stored": None, "effective": []}, running=0, **nothing)
    lines = status_of(found)["lines"]
    assert " ".join(lines[:2]).startswith(
        "WRONG  unknown project  unknown mode: the instances cannot be seen; the file"
    )
    assert max(map(len, lines)) <= SCREEN and lines[-1] == "next: ansible-playbook erni_ki.litellm.verify"


@pytest.mark.parametrize("instances", [1, 3])
def test_it_fits_on_a_screen(instances: int) -> None:
    found = told.found(*(told.instance(f"erni-ki-litellm-{number}") for number in range(1, instances + 1)))
    lines = status_of(found)["lines"]
    assert len(lines) <= 24 and max(map(len, lines)) <= SCREEN


def test_the_document_is_plain_and_says_the_same() -> None:
    latency = {"mode": "redis", "what": "redis hit", "p50": {"value": 0.004}}
    found = told.found(verification={**told.VERIFICATION, "latency": {"redis": [latency]}})
    document = status_of(found, check=True)["document"]
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["schema"], document["kind"], document["at"], document["check"]) == (1, "status", AT, True)
    assert document["verdict"] == {"ok": True, "words": "verified", "problems": []}
    assert document["mode"] == {"file": "redis", "stored": None, "effective": ["redis"]}
    assert document["rows"][1] == {"verdict": "ok", "what": "mode in effect", "seen": "redis", "mend": ""}
    assert document["instances"] == [
        {
            "name": NAME,
            "litellm_version": "1.80.0",
            "redis_py_version": "5.2.1",
            "image": "ghcr.io/berriai/litellm:v1.80.0.rc.1",
            "stale": [],
        }
    ]
    assert document["latency"] == [latency] and document["history"] == [told.RECORD]
    assert document["back"] == "ansible-playbook erni_ki.litellm.rollback_local"
