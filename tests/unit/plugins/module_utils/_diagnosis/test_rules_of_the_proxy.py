# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule about the file, the instances and the models: what makes it speak makes no other one speak."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import Facts
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.findings import findings_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules import RULES
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules_of_the_proxy import RULES as OF_THE_PROXY
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.drift import drift_of
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

PENDING = {"mode_before": "local", "mode_after": "redis", "user": "ann", "since": "2026-11-26T10:00:00Z"}


def settings(effective: dict[str, Any], stored: dict[str, Any] | None = None, **seen_by_probe: Any) -> dict[str, Any]:
    """An instance with settings that are not as configured.

    :param effective: what its client has other than the file says.
    :param stored: settings of LiteLLM's database.
    :param seen_by_probe: an observation with ``setting`` and ``variable``.
    """
    observations = [{"where": "cache", **seen_by_probe}] if seen_by_probe else []
    answer = {
        "wanted": told.EFFECTIVE,
        "cache": {"async": {**told.EFFECTIVE, **effective}},
        "observations": observations,
    }
    rows = drift_of("redis", "redis", answer, stored, False)
    return seen.instance(settings={"rows": rows, "findings": [], "known_issues": [], "problem": None})


def router(code: str, message: str) -> dict[str, Any]:
    """An instance whose router has a connection of its own that differs."""
    finding = {"code": code, "class": "ineffective", "where": "router", "setting": "db", "message": message}
    return seen.instance(settings=told.settings(findings=[{**finding, "way_out": None, "known_issue": None}]))


def local(*more: dict[str, Any], **facts: Any) -> Facts:
    """Facts of the local mode."""
    names = [one["name"] for one in more]
    given = [told.local(name=name, answers=True, stored=None) for name in names]
    return seen.facts(*given, seen=list(more), mode="local", **facts)


TWO = ("erni-ki-litellm-1", "erni-ki-litellm-2")
CASES: dict[str, Facts] = {
    "instance_down": seen.facts(
        seen.instance(status="exited", running=False, answers=False, stale=["it is exited"]),
        seen=[seen.more(redis=None)],
    ),
    "cache_off": seen.facts(mode="none", cache={"cache_enabled": False}, seen=[seen.more(redis=None)]),
    "another_file": seen.facts(reading={"source": "other", "path": "/app/other.yaml"}),
    "stored_over_file": seen.facts(settings({}, {"type": "redis", "db": 7})),
    "environment_over_file": seen.facts(settings({"db": 0}, setting="db", variable="REDIS_URL")),
    "stale_instance": seen.facts(seen.instance(stale=["the file is newer than its start"])),
    "place_not_heeded": seen.facts(settings({"db": 0})),
    "timeout_not_heeded": seen.facts(settings({"socket_timeout": 5.0})),
    "router_timeout": seen.facts(router("ineffective", "the router would have socket_timeout 5, not the 30 asked for")),
    "router_elsewhere": seen.facts(router("misplaced", "the router would use database 0, not 1")),
    "requests_must_ask": seen.facts(cache={"request_mode": "default_off"}),
    "call_type_missing": seen.facts(
        cache={"supported_call_types": ["aembedding", "atext_completion", "atranscription"]}
    ),
    "models_fail": seen.facts(
        seen=[
            seen.more(
                log=seen.log(
                    count=4, failed=3, statuses={"500": 3}, last={"at": seen.AT, "status": 500, "failed": True}
                )
            )
        ]
    ),
    "instances_differ": seen.facts(
        seen.instance(TWO[0]), seen.instance(TWO[1], litellm_version="1.81.0"), seen=[seen.more(name) for name in TWO]
    ),
    "not_as_the_variables": seen.facts(cache={"redis": {"host": "redis", "port": None, "db": 5}}),
    "clock_off": seen.facts(seen=[seen.more(clock_off=-120.0)]),
    "ttl_short": seen.facts(cache={"ttl": 5}, complaint="not_cached"),
    "local_not_shared": local(*(seen.more(name, redis=None) for name in TWO), complaint="not_cached"),
    "memory_answers": seen.facts(complaint="does_not_empty"),
    "pending_change": seen.facts(pending=PENDING),
}


def test_each_rule_has_its_case() -> None:
    assert CASES.keys() == {rule.code for rule in OF_THE_PROXY}


@pytest.mark.parametrize("code", CASES)
def test_it_alone_speaks(code: str) -> None:
    findings = findings_of(CASES[code], RULES)
    assert [finding.rule.code for finding in findings] == [code]
    assert findings[0].evidence and all(findings[0].evidence) and findings[0].mend
