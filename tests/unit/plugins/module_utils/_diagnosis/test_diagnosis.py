# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is printed of a diagnosis, and its document."""

from __future__ import annotations

import json

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.diagnosis import diagnosis_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._telling import SCREEN
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen

STOPPED = {"name": "erni-ki-redis-1", "service": "redis", "status": "exited"}
UNKNOWN_NAME = "Redis at redis:6379: the container cannot look up that name"


def test_a_finding_has_evidence_cause_and_what_mends_it() -> None:
    whole = seen.more(redis=seen.problem("redis_unreachable", "dns", UNKNOWN_NAME))
    told = diagnosis_of(seen.facts(seen=[whole], container=STOPPED))
    assert told["problems"] == ["The container of Redis does not run"]
    assert told["lines"] == [
        "FOUND  erni-ki  redis  1 finding, the most likely first",
        "",
        "1  The container of Redis does not run (certain, redis_stopped)",
        "   seen   the container erni-ki-redis-1 is exited",
        "   cause  Without Redis nothing is shared, and each request first waits for it.",
        "   mend: docker compose up -d redis, then ansible-playbook",
        "         erni_ki.litellm.verify; to do without it, ansible-playbook",
        "         erni_ki.litellm.rollback_local",
        "",
        "next: mend the first one, then ansible-playbook erni_ki.litellm.diagnose again",
    ]


def test_a_healthy_one_tells_what_was_seen() -> None:
    told = diagnosis_of(seen.facts())
    assert told["problems"] == [] and told["lines"][0] == "OK  erni-ki  redis  no rule finds anything wrong"
    assert any(line.startswith("  ping") for line in told["lines"])


def test_what_no_rule_explains_is_told_as_it_was_seen() -> None:
    event = {"code": "rate_limit_failed", "text": "TTL preservation failed", "count": 2, "first": 1.0, "last": 2.0}
    told = diagnosis_of(seen.facts(seen=[seen.more(log=seen.log(event))], complaint="not_cached"))
    assert told["lines"][0] == "UNKNOWN  erni-ki  redis  not_cached: not explained; here is what was seen"
    assert any("TTL preservation failed, 2 times" in line for line in told["lines"])


@pytest.mark.parametrize("complaint", [None, "not_cached", "timeouts", "does_not_empty", "slow"])
def test_it_has_the_width_of_a_screen(complaint: str | None) -> None:
    whole = seen.more(redis=seen.problem("redis_silent", "ping"), clock_off=99.0)
    stale = seen.instance(stale=["the file is newer than its start"])
    for facts in (seen.facts(complaint=complaint), seen.facts(stale, seen=[whole], complaint=complaint)):
        assert [line for line in diagnosis_of(facts)["lines"] if len(line) > SCREEN] == []


def test_the_document_is_plain_json() -> None:
    document = diagnosis_of(seen.facts(container=STOPPED))["document"]
    assert json.loads(json.dumps(document)) == document
    assert (document["schema"], document["kind"], document["service"]) == (1, "diagnose", "litellm")
    assert document["verdict"]["ok"] is False and document["findings"][0]["code"] == "redis_stopped"
    assert document["findings"][0].keys() == {"code", "title", "evidence", "cause", "mend", "likelihood"}
    assert document["latency"][0]["seconds"] == [0.001] * 5 and document["census"]["place"] == "redis:6379/1"
