# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a trouble of Redis, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import Facts
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.of_redis import (
    failed_before,
    redis_evicts,
    redis_shared,
    redis_silent,
    redis_slow,
    redis_stopped,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen

FAILED = {"code": "redis_read_failed", "text": "Error occurred in async batch get cache", "count": 2, "first": 0.0}


def server(**facts: Any) -> Facts:
    """Facts of an instance that the server tells something else."""
    return seen.facts(seen=[seen.more(redis=seen.redis(server={**seen.server(), **facts}))])


def test_a_silent_redis_tells_how_long_it_holds_up_a_request() -> None:
    found = redis_silent(seen.facts(seen=[seen.more(redis=seen.problem("redis_silent", "login", "no answer"))]))
    assert found is not None and found.seen == (
        "no answer",
        "a Redis that hangs holds up a request for up to 60 s a command, which is tried twice",
    )


def test_where_nobody_could_look_at_the_clients_the_file_tells_the_wait() -> None:
    unknown = seen.instance(settings={"rows": [], "findings": [], "known_issues": [], "problem": "no answer"})
    silent = [seen.more(redis=seen.problem("redis_silent", "login", "no answer"))]
    waits = {"host": "redis", "port": 6379, "db": 1, "socket_timeout": 20, "socket_connect_timeout": 10}
    found = redis_silent(seen.facts(unknown, seen=silent, cache={"redis": waits}))
    assert found is not None
    assert found.seen[1:] == ("by the file, a Redis that hangs holds up a request for up to 20 s a command",)
    found = redis_silent(seen.facts(unknown, seen=silent))
    assert found is not None and found.seen == ("no answer",)


@pytest.mark.parametrize(("samples", "slow"), [([0.3, 0.2, 0.001], False), ([0.3, 0.2, 0.12], True), ([], False)])
def test_a_busy_host_is_no_slow_redis(samples: list[float], slow: bool) -> None:
    facts = seen.facts(seen=[seen.more(redis=seen.redis(seconds={"ping": samples}))])
    assert (redis_slow(facts) is not None) is slow


def test_a_way_that_is_slow_is_not_mended_at_redis() -> None:
    far = {"seconds": {"connect": [0.2, 0.3], "ping": [0.2, 0.21]}}
    found = redis_slow(seen.facts(seen=[seen.more(redis=seen.redis(**far))]))
    assert found is not None and "between the instance and Redis" in found.mend
    assert found.seen[-1] == "Redis itself tells of no command that took long"
    busy = {**seen.server(), "slow_commands": {"count": 1, "longest": {"command": "KEYS", "at": 1, "seconds": 0.9}}}
    untold = {**seen.server(), "slow_commands": None}
    for server_of_both in (busy, untold):
        found = redis_slow(seen.facts(seen=[seen.more(redis=seen.redis(**far, server=server_of_both))]))
        assert found is not None and found.mend == "" and found.seen[0].startswith("connect takes")


def test_a_slow_command_is_told_by_its_name() -> None:
    longest = {"command": "KEYS", "at": 1, "seconds": 0.9}
    found = redis_slow(server(slow_commands={"count": 4, "longest": longest}))
    assert found is not None and found.seen == ("4 slow commands within the last hour, the longest 900 ms, KEYS",)
    short = {"count": 90, "longest": {**longest, "seconds": 0.02}}
    assert redis_slow(server(slow_commands=short)) is None


def test_an_event_of_the_latency_monitor_is_told() -> None:
    found = redis_slow(server(latency_events=[{"event": "fork", "at": 1, "seconds": 0.5}]))
    assert found is not None and found.seen == ("the latency monitor tells of fork, 500 ms",)


def test_keys_that_were_evicted_long_ago_are_no_full_memory() -> None:
    assert redis_evicts(server(**seen.server(evicted_keys=9))) is None


def test_what_is_not_observable_speaks_for_nothing() -> None:
    hidden = {"numbers": None, "slow_commands": None, "latency_events": None, "clock_off": None}
    assert redis_slow(server(**hidden)) is None and redis_evicts(server(**hidden)) is None


OTHERS = {"clients": {"others": [{"address": "172.20.0.9", "db": 1, "connections": 3}]}}


def shared(*namespaces: dict[str, Any], complaint: str | None = None, connected: bool = True) -> tuple[str, ...]:
    """What is told where another LiteLLM has connections, and answers lie under these namespaces."""
    facts = seen.facts(census=seen.census(*namespaces), complaint=complaint)
    facts.gathered["other_proxies"] = [{"name": "erni-ki-other-1", "addresses": ["172.20.0.9"]}]
    facts.redis.update(OTHERS if connected else {})
    found = redis_shared(facts)
    return found.seen if found else ()


def test_another_proxy_is_told_where_it_stores_otherwise_than_this_one() -> None:
    newer = {"name": "other", "answers": 2, "newest": seen.AT - 5, "own": None}
    connected = "erni-ki-other-1, another LiteLLM, has 3 connections to database 1"
    assert shared(newer)[1:] == (connected,) and not shared(newer, connected=False)
    assert len(shared({**newer, "own": False}, connected=False)) == 1
    assert not shared({**newer, "own": True}) and not shared()
    assert shared(complaint="does_not_empty") == (connected,)


def test_what_was_stored_before_the_last_start_may_be_our_own() -> None:
    assert not shared({"name": "other", "answers": 2, "newest": seen.AT - 1000, "own": False}, connected=False)


@pytest.mark.parametrize(
    ("last", "complaint", "told"),
    [(seen.AT - 60, None, True), (seen.AT - 7200, None, False), (seen.AT - 7200, "timeouts", True)],
)
def test_old_failures_matter_to_who_asks(last: float, complaint: str | None, told: bool) -> None:
    whole = seen.more(log=seen.log({**FAILED, "last": last}))
    assert (failed_before(seen.facts(seen=[whole], complaint=complaint)) is not None) is told


def test_a_redis_of_another_project_is_not_looked_for_in_this_one() -> None:
    facts = seen.facts()
    del facts.gathered["redis_container"]
    assert redis_stopped(facts) is None
