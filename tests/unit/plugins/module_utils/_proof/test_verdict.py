# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one screen of a verification: its first line, its width, what to do next."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict import verdict_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict_rows import Looks
from ansible_collections.erni_ki.litellm.plugins.module_utils._telling import SCREEN
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

NO_REDIS: dict[str, Any] = {"msg": "the file's cache is of type local, not redis"}
DOWN = "erni-ki-litellm-1: Redis does not answer: Error 111 connecting to redis:6379. Connection refused."


def test_a_good_one_fits_on_a_screen() -> None:
    verdict = verdict_of(Looks(told.found(), told.proof(), told.server()))
    assert verdict == {
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
    assert lines[0] == ("FAILED  erni-ki  redis: the mode is not proved; erni-ki-litellm-1 does not reach Redis")
    assert verdict["problems"] == ["the mode is not proved", "erni-ki-litellm-1 does not reach Redis"]
    assert [line[:28].split() for line in lines if line.startswith("WRONG")] == [["WRONG", "proof"], ["WRONG", "Redis"]]
    assert all(len(line) <= SCREEN for line in lines[1:])
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
