# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the instances counts as a trouble, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.of_the_instances import (
    clock_off,
    environment_over_file,
    instance_down,
    instances_differ,
    local_not_shared,
    memory_answers,
    models_fail,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.drift import drift_of
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told


def asked(**requests: Any) -> dict[str, Any]:
    """An instance whose log tells of requests."""
    return seen.more(log=seen.log(**requests))


def test_an_instance_that_does_not_come_up_says_why() -> None:
    down = seen.instance(answers=False, problem=f"{told.NAME}: its log says TypeError")
    found = instance_down(seen.facts(down))
    assert found is not None and found.seen == (f"{told.NAME} does not answer: its log says TypeError",)


def test_the_way_out_of_the_proof_is_what_mends_it() -> None:
    answer = {
        "wanted": told.EFFECTIVE,
        "cache": {"async": {**told.EFFECTIVE, "db": 0}},
        "observations": [{"where": "cache", "setting": "db", "variable": "REDIS_URL"}],
    }
    finding = {"code": "misplaced", "class": "ineffective", "where": "cache", "setting": "db", "message": "elsewhere"}
    settings = {
        "rows": drift_of("redis", "redis", answer, None, False),
        "findings": [{**finding, "way_out": "do not export REDIS_URL", "known_issue": None}],
        "known_issues": [],
        "problem": None,
    }
    found = environment_over_file(seen.facts(seen.instance(settings=settings)))
    assert found is not None and found.mend == "do not export REDIS_URL"
    assert found.seen == (
        "db is 1 in the file, and 0 in effect: the proxy's environment variable REDIS_URL overrides the file",
    )


@pytest.mark.parametrize(
    ("requests", "told_of"),
    [
        ({"count": 100, "failed": 3, "statuses": {"500": 3}, "last": {"failed": False}}, False),
        ({"count": 100, "failed": 3, "statuses": {"500": 3}, "last": {"failed": True}}, True),
        ({"count": 10, "failed": 5, "statuses": {"429": 5}, "last": {"failed": False}}, True),
    ],
)
def test_a_failure_now_and_then_is_nobodys_trouble(requests: dict[str, Any], told_of: bool) -> None:
    assert (models_fail(seen.facts(seen=[asked(**requests)])) is not None) is told_of


def test_clocks_are_compared_with_both() -> None:
    redis = seen.redis(server={**seen.server(), "clock_off": 90.0})
    found = clock_off(seen.facts(seen=[seen.more(clock_off=3600.0, redis=redis)]))
    assert found is not None and found.seen == (
        "the clock of the instance is 3600 s ahead of that of its host",
        "the clock of the instance is 90 s behind that of Redis",
    )
    assert clock_off(seen.facts(seen=[seen.more(clock_off=None)])) is None


def test_workers_share_no_cache_in_memory() -> None:
    given = told.local(answers=True, stored=None)
    found = local_not_shared(seen.facts(given, seen=[seen.more(workers=4, redis=None)], mode="local"))
    assert found is not None and found.seen == (f"{told.NAME} serves with 4 processes, and the cache is local",)
    assert local_not_shared(seen.facts(seen=[seen.more(workers=4)])) is None


def test_an_instance_that_was_asked_nothing_holds_no_answer() -> None:
    assert memory_answers(seen.facts(seen.instance(untouched=True))) is None


def test_two_namespaces_are_told_apart_by_their_marks() -> None:
    both = [seen.instance("a"), seen.instance("b")]
    found = instances_differ(
        seen.facts(*both, seen=[seen.more("a", namespace="none"), seen.more("b", namespace="5f2c1a00")])
    )
    assert found is not None and found.seen == ("the mark of the namespace: none in a, 5f2c1a00 in b",)
    alike = [seen.more("a", namespace="none"), seen.more("b", namespace=None)]
    assert instances_differ(seen.facts(*both, seen=alike)) is None
