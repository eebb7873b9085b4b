# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one screen of a verification: its first line, its width, what to do next."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.latency import measured
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict import verdict_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict_rows import Looks
from ansible_collections.erni_ki.litellm.plugins.module_utils._telling import SCREEN
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

NO_REDIS: dict[str, Any] = {"msg": "the file's cache is of type local, not redis"}
DOWN = "erni-ki-litellm-1: Redis does not answer: Error 111 connecting to redis:6379. Connection refused."


def test_a_good_one_fits_on_a_screen() -> None:
    verdict = verdict_of(Looks(told.found(), told.proof(), told.server()))
    assert {name: verdict[name] for name in ("problems", "lines")} == {
        "problems": [],
        "lines": [
            "OK  erni-ki  redis  proved by requests",
            "",
            "    mode in the file       redis",
            "ok  mode in effect         redis",
            "ok  write path             an answer was written, to live 1800 s",
            "    erni-ki-litellm-1      LiteLLM 1.80.0, redis-py 5.2.1",
            "      image                ghcr.io/berriai/litellm:v1.80.0.rc.1",
            "ok    proof                answered from Redis in 27 ms",
            "ok    waits in effect      socket_timeout 30 s, socket_connect_timeout 10 s,",
            "                           retry_on_timeout true",
            "ok    connections          4 connections from 172.18.0.3 to database 1",
            "ok    log since its start  nothing about the cache",
            "ok  Redis from this host   redis:6379/1 redis 7.0.15, 1.2 MB used of 256.0 MB,",
            "                           allkeys-lru, 0 keys evicted since its start",
            "      entries              1 key of the kind response, 576 bytes, 30 s to live",
            "",
            "next: nothing to mend; ansible-playbook erni_ki.litellm.history tells what was",
            "      changed, and when",
        ],
    }


def test_a_bad_one_says_what_is_wrong_and_what_mends_it() -> None:
    instance = told.instance(redis={"problem": DOWN})
    proof = {"failed": True, "msg": DOWN}
    verdict = verdict_of(Looks(told.found(instance), proof, {"msg": "not reached"}))
    lines = verdict["lines"]
    head = "FAILED  erni-ki  redis: the mode is not proved; erni-ki-litellm-1 does not reach"
    assert lines[:2] == [head, "Redis"]
    assert verdict["problems"] == ["the mode is not proved", "erni-ki-litellm-1 does not reach Redis"]
    assert [line[:28].split() for line in lines if line.startswith("WRONG")] == [["WRONG", "proof"], ["WRONG", "Redis"]]
    assert all(len(line) <= SCREEN for line in lines)
    assert " ".join(" ".join(lines).split()).count(DOWN.partition(": ")[2]) == 2
    assert [line for line in lines if line.startswith("next: ")] == [
        "next: ansible-playbook erni_ki.litellm.verify, as soon as Redis answers the"
    ]


@pytest.mark.parametrize(
    ("found", "proof", "first"),
    [
        (told.found(told.local(), mode="local"), told.proof("hit"), "OK  erni-ki  local  proved by requests"),
        (
            told.found(told.local(), mode="local"),
            dict(told.proof("unproved"), proved=False),
            "OK  erni-ki  local  not shown by requests, see proof",
        ),
        (told.found(), told.proof("pinged"), "OK  erni-ki  redis  proved without a request"),
        (told.found(), {"would_ask": []}, "OK  erni-ki  redis  not proved: a check run sends no request"),
        (told.found(mode="none"), {"msg": "nothing to prove"}, "FAILED  erni-ki  none: the mode is not proved"),
    ],
)
def test_the_first_line_says_how_it_is_known(found: dict[str, Any], proof: dict[str, Any], first: str) -> None:
    assert verdict_of(Looks(found, proof, told.server()))["lines"][0] == first


@pytest.mark.parametrize(
    ("found", "proof", "mend"),
    [
        (told.found(told.instance(stale=["the file is newer than its start"])), told.proof(), "switch_redis"),
        (told.found(told.local(stale=["old"]), mode="local"), told.proof("hit"), "rollback_local"),
        (
            told.found(told.instance(running=False, status="exited", stale=["it is exited"])),
            {"msg": "no instance runs"},
            "rollback_local, which needs no running instance",
        ),
        (
            told.found(mode="s3"),
            {"msg": "nothing to prove"},
            "rollback_local, or ansible-playbook erni_ki.litellm.switch",
        ),
        (
            told.found(pending={"mode_before": "local", "mode_after": "redis", "user": "a", "since": 5.0}),
            told.proof(),
            "history tells how the pending change stands",
        ),
    ],
)
def test_the_next_step_is_a_command(found: dict[str, Any], proof: dict[str, Any], mend: str) -> None:
    lines = verdict_of(Looks(found, proof, told.server()))["lines"]
    steps = " ".join(" ".join(lines[lines.index("", 2) :]).split())
    assert steps.startswith("next: ansible-playbook erni_ki.litellm.") and mend in steps
    assert "nothing to mend" not in steps


def test_each_problem_and_each_step_is_said_once() -> None:
    stale = ["the file is newer than its start"]
    found = told.found(told.instance(stale=stale), told.instance("erni-ki-litellm-2", stale=stale))
    verdict = verdict_of(Looks(found, told.proof(), told.server()))
    assert verdict["problems"] == ["erni-ki-litellm-1 is stale", "erni-ki-litellm-2 is stale"]
    assert len([line for line in verdict["lines"] if line.startswith("next: ")]) == 1


# ------------------------------------------------------------------------------------------------- latency
MEASURED = {
    "latency": measured(told.NAME, "redis", {"redis hit": [0.0041] * 10, "memory hit": [0.0029] * 10}, 1_764_100_005.0),
    "not_measured": [{"instance": "a client", "reason": "no key"}],
}


def test_how_fast_a_hit_is_stands_below_its_instance_and_fails_nothing() -> None:
    looks = Looks(told.found(), told.proof(), told.server(), latency=MEASURED, budgets={"redis": 0.003, "local": 0.002})
    verdict = verdict_of(looks)
    rows = [line.split("  ") for line in verdict["lines"]]
    names = [[cell for cell in row if cell][:2] for row in rows]
    assert names.index(["note", "latency"]) == names.index(["ok", "proof"]) + 1
    assert verdict["problems"] == [] and verdict["lines"][0].startswith("OK  ")
    assert any(line.startswith("note  latency of a client") for line in verdict["lines"])
    assert all(len(line) <= SCREEN for line in verdict["lines"])


def test_the_document_is_the_same_as_plain_data() -> None:
    stored = {"settings": {"type": "local", "password": "set"}, "ignored": None, "problem": None}
    found = told.found(told.instance(stored=stored), told.instance("erni-ki-litellm-2", cache_type="local"))
    proof = dict(told.proof(), at=1_764_100_000.0)
    verdict = verdict_of(Looks(found, proof, told.server(), latency=MEASURED))
    document = verdict["document"]
    assert json.loads(json.dumps(document)) == document
    assert (document["schema"], document["kind"], document["at"], document["check"]) == (
        1,
        "verify",
        1_764_100_005.0,
        False,
    )
    assert document["mode"] == {"file": "redis", "stored": "local", "effective": ["local", "redis"]}
    assert document["verdict"] == {"ok": False, "words": "", "problems": verdict["problems"]}
    assert document["rows"][0] == {"verdict": "", "what": "mode in the file", "seen": "redis", "mend": ""}
    assert [one["name"] for one in document["instances"]] == [told.NAME, "erni-ki-litellm-2"]
    assert [(entry["what"], entry["budget"]) for entry in document["latency"]] == [
        ("redis hit", 0.01),
        ("memory hit", None),
    ]
    assert document["census"] == {"place": "redis:6379/1", "kinds": {"response": {"keys": 1, "bytes": 576}}}


def test_the_document_of_a_check_says_so_and_has_no_time() -> None:
    document = verdict_of(Looks(told.found(told.local(), mode="local"), {"would_ask": []}, NO_REDIS))["document"]
    assert document["check"] is True and document["at"] is None and document["latency"] == []
    assert document["verdict"] == {"ok": True, "words": "not proved: a check run sends no request", "problems": []}
    assert "census" not in document and document["mode"]["stored"] is None


def test_which_settings_drift_is_told_where_every_instance_could_be_asked() -> None:
    def drift(*instances: dict[str, Any], **facts: Any) -> list[str] | None:
        return verdict_of(Looks(told.found(*instances, **facts), told.proof(), told.server()))["drift"]

    other = told.instance("erni-ki-litellm-2", settings=told.settings({"db": 0, "socket_timeout": 5.0}))
    assert drift() == [] and drift(told.instance(), other) == ["db", "socket_timeout"]
    assert drift(told.local(), mode="local") == []
    silent = told.instance("erni-ki-litellm-2", settings=told.settings(problem="it did not answer"))
    assert drift(other, silent) is None
    unasked = told.instance("erni-ki-litellm-2")
    del unasked["settings"]
    assert drift(other, unasked) is None and drift(told.instance(running=False)) is None
