# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule about Redis: what makes it speak makes no other one speak."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.log_findings import OF_REDIS
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import Facts
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.findings import findings_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules import RULES
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules_of_redis import RULES as OF_REDIS_RULES
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen


def trouble(code: str, step: str | None, **facts: Any) -> Facts:
    """Facts of an instance whose way to Redis ends in trouble, which its log tells too."""
    event = {"code": OF_REDIS[0], "text": "Error connecting", "count": 3, "first": seen.AT - 60, "last": seen.AT - 5}
    whole = seen.more(redis=seen.problem(code, step), log=seen.log(event))
    return seen.facts(seen=[whole], **facts)


def server(**redis: Any) -> Facts:
    """Facts of an instance that Redis tells something else."""
    return seen.facts(seen=[seen.more(redis=seen.redis(**redis))])


FULL = {"SET": "OutOfMemoryError: command not allowed when used memory > 'maxmemory'"}
EVENT = {"code": "redis_write_failed", "text": "async set() - Got exception from REDIS", "count": 2}
CASES: dict[str, Facts] = {
    "redis_stopped": trouble(
        "redis_unreachable", "dns", container={"name": "erni-ki-redis-1", "service": "redis", "status": "exited"}
    ),
    "redis_name_unknown": trouble("redis_unreachable", "dns"),
    "redis_unreachable": trouble("redis_unreachable", "connect"),
    "redis_silent": trouble("redis_silent", "login"),
    "login_refused": trouble("redis_auth", "login"),
    "database_refused": trouble("redis_database", "login"),
    "place_unreadable": trouble("url_unreadable", None),
    "redis_full": server(
        refused=FULL, server=seen.server(memory_used=64_000_000, evicted_keys=9, policy="volatile-lru")
    ),
    "not_permitted": server(
        refused={"GET": "NoPermissionError: this user has no permissions to run the 'get' command"}
    ),
    "redis_evicts": server(server=seen.server(memory_used=63_000_000, evicted_keys=120)),
    "redis_slow": server(seconds={"ping": [0.4, 0.5, 0.3]}),
    "redis_crowded": server(server=seen.server(connected_clients=9_500)),
    "entries_without_end": seen.facts(
        census={"sampled": False, "kinds": {"response": {"keys": 5, "bytes": 2, "ttl": None, "without_ttl": 2}}}
    ),
    "redis_shared": seen.facts(
        census=seen.census({"name": "other", "answers": 2, "newest": seen.AT - 5, "own": False})
    ),
    "waits_long": seen.facts(complaint="timeouts"),
    "redis_failed_before": seen.facts(
        seen=[seen.more(log=seen.log({**EVENT, "first": seen.AT - 900, "last": seen.AT - 600}))]
    ),
}


def test_each_rule_has_its_case() -> None:
    assert CASES.keys() == {rule.code for rule in OF_REDIS_RULES}


@pytest.mark.parametrize("code", CASES)
def test_it_alone_speaks(code: str) -> None:
    assert [finding.rule.code for finding in findings_of(CASES[code], RULES)] == [code]


@pytest.mark.parametrize("code", [code for code in CASES if code not in ("waits_long",)])
def test_what_is_seen_is_told(code: str) -> None:
    (finding,) = findings_of(CASES[code], RULES)
    assert finding.evidence and all(finding.evidence) and "{" not in finding.mend
