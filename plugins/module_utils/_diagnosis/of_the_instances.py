# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the instances show of a trouble. Each function tells the evidence for one rule, None for none.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._proof.drift import DATABASE, ENVIRONMENT, LITELLM
from .._proof.findings import INEFFECTIVE
from .._settings.keys import MODE_LOCAL, PLACE_KEYS, TIMEOUT_KEYS
from .._telling import counted
from .facts import Evidence, Facts, InstanceFacts

#: A clock that is off by less changes nothing that is stored for minutes, seconds.
CLOCK_OFF = 2.0
#: The share of requests that fail from which on it is the models' trouble.
FAILING_SHARE = 0.2
_ROUTER_IS_ELSEWHERE = ("misplaced", "shared_client", "moved")


def _evidence(seen: Iterable[str], mend: str = "") -> Evidence | None:
    told = tuple(seen)
    return Evidence(told, mend) if told else None


def instance_down(facts: Facts) -> Evidence | None:
    """An instance does not run, or does not answer."""

    def told() -> Iterator[str]:
        for one in facts.instances:
            why = f": {one.told['problem'].removeprefix(f'{one.name}: ')}" if one.told["problem"] else ""
            if not one.told["running"]:
                yield f"{one.name} is {one.told['status']}{why}"
            elif not one.told["answers"]:
                yield f"{one.name} does not answer{why}"

    return _evidence(told())


def stale_instance(facts: Facts) -> Evidence | None:
    """An instance does not run what the file says."""
    return _evidence(facts.of_each(lambda one: one.told["stale"]))


def instances_differ(facts: Facts) -> Evidence | None:
    """Two instances are not alike, so they do not find each other's answers."""
    looks = {
        "the image": lambda one: one.told["image"],
        "the version of LiteLLM": lambda one: one.told["litellm_version"],
        "the type of the cache": lambda one: one.told["cache_type"],
        "the mark of the namespace": lambda one: one.more.get("namespace"),
        **{key: _effective(key) for key in PLACE_KEYS},
    }
    told = []
    for what, look in looks.items():
        values = {one.name: look(one) for one in facts.running}
        if len({str(value) for value in values.values() if value is not None}) > 1:
            told.append(f"{what}: " + ", ".join(f"{value} in {name}" for name, value in values.items()))
    return _evidence(told)


def _effective(key: str) -> Any:
    return lambda one: one.effective.get(key)


def environment_over_file(facts: Facts) -> Evidence | None:
    """A variable of the proxy's environment wins over the file."""
    return _drifted(facts, ENVIRONMENT, None)


def stored_over_file(facts: Facts) -> Evidence | None:
    """Settings in LiteLLM's database win over the file."""
    return _drifted(facts, DATABASE, None)


def place_not_heeded(facts: Facts) -> Evidence | None:
    """LiteLLM goes to another place than the file says, and no variable or database is why."""
    return _drifted(facts, LITELLM, PLACE_KEYS)


def timeout_not_heeded(facts: Facts) -> Evidence | None:
    """LiteLLM does not heed a timeout of the file."""
    return _drifted(facts, LITELLM, TIMEOUT_KEYS)


def _drifted(facts: Facts, wins: str, settings: Iterable[str] | None) -> Evidence | None:
    """The settings that somebody else than the file decides.

    :param settings: those that are looked at, None for all.
    """
    of_these = None if settings is None else set(settings)
    mends: list[str] = []

    def told(one: InstanceFacts) -> Iterator[str]:
        for row in one.drifted(wins):
            if of_these is None or row["setting"] in of_these:
                written, effective = _plain(row["configured"]), _plain(row["effective"])
                yield f"{row['setting']} is {written} in the file, and {effective} in effect: {row['why']}"
                mends.extend(_way_out(one, row["setting"]))

    return _evidence(facts.of_each(told), mends[0] if mends else "")


def _way_out(one: InstanceFacts, setting: str) -> Iterator[str]:
    """What the proof knows against it."""
    for finding in one.findings:
        if finding["setting"] == setting and finding["where"] == "cache" and finding["way_out"]:
            yield finding["way_out"]


def router_elsewhere(facts: Facts) -> Evidence | None:
    """The router's own connection is not that of the cache."""
    return _of_the_router(facts, _ROUTER_IS_ELSEWHERE)


def router_timeout(facts: Facts) -> Evidence | None:
    """The router's own connection has another timeout."""
    return _of_the_router(facts, ("ineffective",))


def _of_the_router(facts: Facts, codes: Iterable[str]) -> Evidence | None:
    wanted = tuple(codes)

    def told(one: InstanceFacts) -> Iterator[str]:
        for finding in one.findings:
            if finding["where"] == "router" and finding["code"] in wanted and finding["class"] == INEFFECTIVE:
                yield finding["message"].partition(". Way out: ")[0].partition(" (known issue ")[0]

    return _evidence(facts.of_each(told))


def clock_off(facts: Facts) -> Evidence | None:
    """The clock of an instance is not that of its host, or of Redis."""

    def told(one: InstanceFacts) -> Iterator[str]:
        off = one.more.get("clock_off") or 0.0
        if abs(off) >= CLOCK_OFF:
            yield f"the clock of the instance is {_off(off)} that of its host"
        off = -(one.server.get("clock_off") or 0.0)
        if abs(off) >= CLOCK_OFF:
            yield f"the clock of the instance is {_off(off)} that of Redis"

    return _evidence(facts.of_each(told))


def _off(seconds: float) -> str:
    return f"{counted(abs(seconds), 'second')} {'ahead of' if seconds > 0 else 'behind'}"


def local_not_shared(facts: Facts) -> Evidence | None:
    """Several processes, each with a cache of its own."""
    if facts.mode != MODE_LOCAL:
        return None
    told = [f"{counted(len(facts.running), 'instance')} run, and the cache is local"] if len(facts.running) > 1 else []
    for one in facts.running:
        if (one.more.get("workers") or 1) > 1:
            told.append(f"{one.name} serves with {counted(one.more['workers'], 'process')}, and the cache is local")
    return _evidence(told)


def memory_answers(facts: Facts) -> Evidence | None:
    """Each process keeps answers in its memory."""

    def told(one: InstanceFacts) -> Iterator[str]:
        if not one.told.get("untouched"):
            where = "before it asks Redis" if facts.in_redis else "and nowhere else"
            yield f"it answers from its memory {where}, and was asked since that was last emptied"

    return _evidence(facts.of_each(told))


def models_fail(facts: Facts) -> Evidence | None:
    """The models behind the proxy fail, and a failure is never cached."""

    def told(one: InstanceFacts) -> Iterator[str]:
        asked = one.requests
        if not asked.get("failed"):
            return
        if asked["last"]["failed"] or asked["failed"] >= FAILING_SHARE * asked["count"]:
            statuses = ", ".join(f"{status} {counted(times, 'time')}" for status, times in asked["statuses"].items())
            yield f"of {counted(asked['count'], 'request')} in its log {asked['failed']} failed: status {statuses}"

    return _evidence(facts.of_each(told))


def _plain(value: Any) -> str:
    """A setting as a file of YAML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
