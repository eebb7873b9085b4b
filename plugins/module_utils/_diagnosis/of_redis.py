# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Redis shows of a trouble. Each function tells the evidence for one rule, None for none.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .._deployment.log_findings import OF_REDIS
from .._proof.strangers import answers_of_others
from .._proof.waits import in_words, longest_wait
from .._telling import counted
from .facts import PLAYBOOK, TIMEOUTS, Evidence, Facts, InstanceFacts

#: The fastest of some tries of a step from which on Redis is slow, seconds. A healthy one takes less than a hundredth of it; on a
#: busy host single tries take long.
SLOW_STEP = 0.1
#: A command, or an event of the latency monitor, of so many seconds holds up everybody else who asks.
SLOW_COMMAND = 0.25
#: The share of its limit from which on a memory counts as full, and connections as used up.
NEARLY_ALL = 0.9
#: The longest wait for one command from which on somebody notices, seconds.
LONG_WAIT = 10.0
#: Failures that are over for longer are the trouble of nobody who does not ask, seconds.
RECENT_SECONDS = 3600
DNS = "dns"
#: What mends a Redis that is only far away.
_SLOW_WAY = (
    "look at what stands between the instance and Redis (a proxy, a tunnel, the distance); name a Redis that is nearer in "
    f"litellm_cache_redis_host, then {PLAYBOOK}switch_redis; until then {PLAYBOOK}rollback_local does without it"
)
#: Codes of what else than an unreadable place can go wrong on the way; see _inside/redis_look.py.
_ON_THE_WAY = ("redis_unreachable", "redis_silent", "redis_auth", "redis_database")


def _evidence(seen: Iterable[str], mend: str = "") -> Evidence | None:
    told = tuple(seen)
    return Evidence(told, mend) if told else None


def _full(reason: str) -> bool:
    return "maxmemory" in reason or "OutOfMemory" in reason


def redis_stopped(facts: Facts) -> Evidence | None:
    """The container that the file names is there, and does not run."""
    container = facts.gathered.get("redis_container")
    if not facts.in_redis or not container or container["status"] == "running":
        return None
    return Evidence((f"the container {container['name']} is {container['status']}",))


def redis_name_unknown(facts: Facts) -> Evidence | None:
    """The instance cannot look up the host of Redis."""
    return _problem(facts, lambda problem: problem["code"] == "redis_unreachable" and problem["step"] == DNS)


def redis_unreachable(facts: Facts) -> Evidence | None:
    """Nobody listens there, or the network is cut."""
    return _problem(facts, lambda problem: problem["code"] == "redis_unreachable" and problem["step"] != DNS)


def redis_silent(facts: Facts) -> Evidence | None:
    """Redis takes the connection, or does not even do that, and does not answer in time."""
    found = _problem(facts, lambda problem: problem["code"] == "redis_silent")
    waits = facts.of_each(lambda one: filter(None, [in_words(one.effective) or _by_the_file(facts)]))
    return Evidence((*found.seen, *waits)) if found else None


def _by_the_file(facts: Facts) -> str:
    """The longest wait where the proof could not look at the clients, because Redis did not answer it either."""
    redis = facts.cache["redis"]
    told = in_words(redis) if longest_wait(redis) is not None else ""
    return f"by the file, {told}" if told else ""


def login_refused(facts: Facts) -> Evidence | None:
    """Redis refuses the user or password that the proxy has."""
    return _problem(facts, lambda problem: problem["code"] == "redis_auth")


def database_refused(facts: Facts) -> Evidence | None:
    """Redis has no such database."""
    return _problem(facts, lambda problem: problem["code"] == "redis_database")


def place_unreadable(facts: Facts) -> Evidence | None:
    """Where Redis is cannot be read."""
    return _problem(facts, lambda problem: problem["code"] not in _ON_THE_WAY)


def _problem(facts: Facts, which: Callable[[dict[str, Any]], bool]) -> Evidence | None:
    return _evidence(facts.of_each(lambda one: [one.problem["message"]] if one.problem and which(one.problem) else []))


def not_permitted(facts: Facts) -> Evidence | None:
    """The user of the proxy may not use a command of the cache."""

    def told(one: InstanceFacts) -> Iterator[str]:
        for command, reason in (one.redis.get("refused") or {}).items():
            if not _full(reason):
                yield f"{command} is refused: {reason}"

    return _evidence(facts.of_each(told))


def redis_full(facts: Facts) -> Evidence | None:
    """Redis takes no entry, because its memory is full."""

    def told(one: InstanceFacts) -> Iterator[str]:
        if any(_full(reason) for reason in (one.redis.get("refused") or {}).values()):
            yield f"a write is refused; {_memory(one)}"

    return _evidence(facts.of_each(told))


def redis_evicts(facts: Facts) -> Evidence | None:
    """Redis throws entries away before their time, because its memory is full."""

    def told(one: InstanceFacts) -> Iterator[str]:
        used, limit, evicted = (one.numbers.get(name) for name in ("memory_used", "memory_limit", "evicted_keys"))
        if limit and evicted and used and used >= NEARLY_ALL * limit:
            yield f"{counted(evicted, 'key')} evicted since its start; {_memory(one)}"

    return _evidence(facts.of_each(told))


def _memory(one: InstanceFacts) -> str:
    numbers = one.numbers
    if not numbers.get("memory_limit"):
        return "its memory is not told"
    used, limit = (counted(numbers[name], "byte") for name in ("memory_used", "memory_limit"))
    return f"{used} of {limit} used, {numbers['policy']}"


def redis_slow(facts: Facts) -> Evidence | None:
    """A step of the way takes long, or commands do that hold up all others."""
    way, server = facts.of_each(_slow_steps), facts.of_each(_slow_server)
    if way and not server and all(one.server.get("slow_commands") is not None for one in facts.running):
        return Evidence((*way, "Redis itself tells of no command that took long"), _SLOW_WAY)
    return _evidence((*way, *server))


def _slow_steps(one: InstanceFacts) -> Iterator[str]:
    for step, samples in (one.redis.get("seconds") or {}).items():
        if samples and min(samples) >= SLOW_STEP:
            took = f"{counted(min(samples), 'second')} to {counted(max(samples), 'second')}"
            yield f"{step} takes {took}, by {counted(len(samples), 'try')}"


def _slow_server(one: InstanceFacts) -> Iterator[str]:
    slow = one.server.get("slow_commands") or {}
    if slow.get("longest") and slow["longest"]["seconds"] >= SLOW_COMMAND:
        longest = counted(slow["longest"]["seconds"], "second")
        told_of = f"the longest {longest}, {slow['longest']['command']}"
        yield f"{counted(slow['count'], 'slow command')} within the last hour, {told_of}"
    for event in one.server.get("latency_events") or []:
        if event["seconds"] >= SLOW_COMMAND:
            yield f"the latency monitor tells of {event['event']}, {counted(event['seconds'], 'second')}"


def redis_crowded(facts: Facts) -> Evidence | None:
    """Redis takes no further connection, or soon will not."""

    def told(one: InstanceFacts) -> Iterator[str]:
        now, most = one.numbers.get("connected_clients"), one.numbers.get("most_clients")
        if now and most and now >= NEARLY_ALL * most:
            yield f"{counted(now, 'connection')} of {most} are in use"

    return _evidence(facts.of_each(told))


def failed_before(facts: Facts) -> Evidence | None:
    """The log tells of failures, and Redis answers now. Old ones matter to whoever complains of them alone."""
    oldest = 0.0 if facts.complaint == TIMEOUTS else facts.gathered["at"] - RECENT_SECONDS

    def told(one: InstanceFacts) -> Iterator[str]:
        for event in one.events:
            if event["code"] in OF_REDIS and event["last"] >= oldest:
                yield f"its log: {event['text']}, {counted(event['count'], 'time')}"

    return _evidence(facts.of_each(told)) if facts.in_redis else None


def entries_without_end(facts: Facts) -> Evidence | None:
    """Cached answers that never expire."""
    kind = ((facts.redis.get("census") or {}).get("kinds") or {}).get("response") or {}
    if not kind.get("without_ttl"):
        return None
    return Evidence((f"{counted(kind['without_ttl'], 'cached answer')} of {kind['keys']} have no time to live",))


def redis_shared(facts: Facts) -> Evidence | None:
    """Another proxy stores in the database of the cache. Where it does so as this one does, both may be meant to share."""
    if not facts.in_redis:
        return None
    others = list(_connected_proxies(facts))
    # An instance that was started with another namespace has left answers under the one of before.
    since = max((one.more.get("started") or 0.0 for one in facts.running), default=0.0)
    answers = list(answers_of_others(facts.redis, since, unsure=bool(others)))
    return _evidence([*answers, *others]) if answers or facts.complaint else None


def _connected_proxies(facts: Facts) -> Iterator[str]:
    names = {address: one["name"] for one in facts.gathered.get("other_proxies") or [] for address in one["addresses"]}
    for place in (facts.redis.get("clients") or {}).get("others") or []:
        if place["db"] == facts.redis["db"] and place["address"] in names:
            connections = counted(place["connections"], "connection")
            yield f"{names[place['address']]}, another LiteLLM, has {connections} to database {place['db']}"


def waits_long(facts: Facts) -> Evidence | None:
    """A Redis that hangs holds up requests for long, by what is in effect."""

    def told(one: InstanceFacts) -> Iterator[str]:
        effective = one.effective
        if "socket_timeout" in effective and (longest_wait(effective) or LONG_WAIT) >= LONG_WAIT:
            yield in_words(effective)

    return _evidence(facts.of_each(told)) if facts.in_redis else None
