# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the cache may leave Redis, decided before the file is touched, and what stays connected afterwards."""

from __future__ import annotations

from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._finding import finding
from .._settings.description import load_config, mapping_at, mode_of
from .._settings.keys import MODE_REDIS
from .._settings.public_values import environment_name
from .._telling import counted
from .findings import COSMETIC
from .requests import RoundtripError

BUFFER = "use_redis_transaction_buffer"
SETTING = f"general_settings.{BUFFER}"
#: The row of known_issues.py that explains all of this.
KNOWN_ISSUE = "LITELLM-SPEND-BUFFER-NEEDS-REDIS"
_OFF = f"set {BUFFER}: false in general_settings"
_ALL_THE_SAME = "To go on all the same, set litellm_cache_known_issues to warn"
_WAYS_IN = {
    "environment": "export REDIS_HOST, REDIS_PORT and REDIS_PASSWORD to the proxy, which this version accepts instead",
    "coordination_redis": "name that Redis in general_settings.coordination_redis",
}


def before_leaving(deployment: Deployment, base: str, candidate: str, refuse: bool) -> list[dict[str, Any]]:
    """See that LiteLLM would start without its Redis cache, and would go on counting what its keys spend.

    :param base: text of the configuration in force.
    :param candidate: the text with the local cache.
    :param refuse: whether what would silently do less is refused; what would not start is in any case.
    :returns: what the operator should know.
    :raises RoundtripError: the candidate is refused; nothing was touched.
    """
    told = _told(deployment, base, candidate)
    if told is None:
        return decide_by_text(candidate, refuse)
    found = decide(told, refuse)
    if mode_of(load_config(base)) == MODE_REDIS:
        found += limits_not_shared(told, len(deployment.instances))
    return found


def _told(deployment: Deployment, base: str, candidate: str) -> dict[str, Any] | None:
    """The answer of the first instance that can be asked; None where none can."""
    for instance in deployment.running():
        try:
            return deployment.client(instance).leaving_redis(candidate, base)
        except InstanceError:
            continue  # one that just crashes, or has no memory for it
    return None


def decide(told: dict[str, Any], refuse: bool) -> list[dict[str, Any]]:
    """Findings on a cache that is to leave Redis.

    :param told: what ``_inside.leaving_redis.leaving_redis`` returned.
    :param refuse: see :func:`before_leaving`.
    :raises RoundtripError: it may not.
    """
    found = _waiting(told)
    reason = _reason_to_stay(told)
    if reason is None:
        return found
    way_out = _way_out(told["buffer"]["accepts"])
    if refuse or not told["buffer"]["starts"]:
        sentences = [reason, *(entry["message"] for entry in found), f"Way out: {way_out}"]
        raise RoundtripError(". ".join(sentences + ([_ALL_THE_SAME] if told["buffer"]["starts"] else [])))
    return [_finding("spend_buffer_without_redis", reason, way_out), *found]


def _reason_to_stay(told: dict[str, Any]) -> str | None:
    """Why the candidate should not be made live; None where there is no reason."""
    buffer = told["buffer"]
    if buffer is None or (buffer["starts"] and not buffer["drops"]):
        return None
    does = "starts, and counts no spend from then on" if buffer["starts"] else "does not start"
    return (
        f"in the local mode LiteLLM {told['litellm_version']} {does}: {SETTING} is on and needs Redis (known issue "
        f"{KNOWN_ISSUE})"
    )


def _way_out(accepts: list[str]) -> str:
    return "; or ".join([_OFF, *(_WAYS_IN[word] for word in accepts)])


def _waiting(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The finding that records of spend lie in Redis, or that nobody could look."""
    waiting = told["waiting"]
    if waiting:
        lists = ", ".join(f"{name}: {number}" for name, number in sorted(waiting.items()))
        message = (
            f"{counted(sum(waiting.values()), 'spend record')} in Redis ({lists}), unread in the local mode; LiteLLM "
            "writes them to its database when it is back in Redis"
        )
        return [_finding("spend_records_wait", message)]
    if told["buffer"] is not None and told["waiting_problem"]:
        message = f"the spend records that wait in Redis could not be counted: {told['waiting_problem']}"
        return [_finding("spend_records_wait", message)]
    return []


def limits_not_shared(told: dict[str, Any], instances: int) -> list[dict[str, Any]]:
    """The finding, once, that processes no longer share what they count.

    :param told: what ``_inside.leaving_redis.leaving_redis`` returned.
    :param instances: how many there are.
    """
    if told["coordination"] or (instances == 1 and told["workers"] == 1):
        return []
    several = counted(instances, "instance") if instances > 1 else counted(told["workers"], "worker process")
    message = (
        f"in the local mode rate limits, budgets and cooldowns hold for each process by itself, and there are {several}: "
        "a key may use its limit once in each"
    )
    return [_finding("limits_per_process", message)]


def decide_by_text(candidate: str, refuse: bool) -> list[dict[str, Any]]:
    """What the text alone tells, where no instance can be asked.

    :param candidate: the text with the local cache.
    :param refuse: see :func:`before_leaving`.
    :raises RoundtripError: it switches the buffer on, and may not start.
    """
    value = mapping_at(load_config(candidate), "general_settings").get(BUFFER)
    variable = environment_name(value)
    if not (variable or value is True or str(value).strip().lower() == "true"):
        return []
    said = f"is os.environ/{variable}, and where that is true" if variable else "is on"
    reason = (
        f"no instance could be asked, and {SETTING} {said}: without Redis a LiteLLM of 2026 does not start with it, "
        f"an older one counts no spend (known issue {KNOWN_ISSUE})"
    )
    if refuse and not variable:
        raise RoundtripError(f"{reason}. Way out: {_OFF}. {_ALL_THE_SAME}")
    return [_finding("spend_buffer_without_redis", reason, _OFF)]


def still_connected(deployment: Deployment, text: str) -> list[dict[str, Any]]:
    """Findings on what is connected to Redis although the cache is local, with its reason; never a failure.

    :param text: the configuration in force.
    """
    found = []
    for instance in deployment.running():
        try:
            told = deployment.client(instance).still_connected(text)
        except InstanceError:
            continue
        found += [_connected(instance.name, place) for place in told["places"]]
        if told["drops_spend"]:
            message = f"{instance.name} counts no spend: {SETTING} is on and needs Redis (known issue {KNOWN_ISSUE})"
            found.append(_finding("spend_buffer_without_redis", message, _OFF))
    return found


_REASONS = {
    "general_settings.coordination_redis": "the file names it there, for rate limits, budgets and cooldowns",
    "router_settings": "the file names it there, for the router's state",
    "litellm_settings.cache_params": "its processes still have the cache of before",
    "REDIS_URL": "the proxy's environment has it; newer versions count rate limits, budgets and cooldowns there",
    "REDIS_HOST": "the proxy's environment has it; newer versions count rate limits, budgets and cooldowns there",
    None: "neither the file nor the environment names it; a row in LiteLLM's database may",
}


def _connected(instance: str, place: dict[str, Any]) -> dict[str, Any]:
    name = place["name"]
    message = (
        f"{instance}: the cache is local, and {counted(place['connections'], 'connection')} to Redis at "
        f"{place['host']}:{place['port']} open{f' ({name})' if name else ''}: {_REASONS[name]}"
    )
    return _finding("still_connected", message)


def _finding(code: str, message: str, way_out: str | None = None) -> dict[str, Any]:
    facts = {
        "class": COSMETIC,
        "where": "redis",
        "setting": SETTING if code == "spend_buffer_without_redis" else None,
        "known_issue": KNOWN_ISSUE if code == "spend_buffer_without_redis" else None,
        "way_out": way_out,
    }
    return finding(code, message + (f". Way out: {way_out}" if way_out else ""), facts=facts)
