# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What measured times say: percentiles, how sure they are, and where the milliseconds of a hit are.

Pure; times in seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

#: What is measured; the first four as _inside/latency.py names them.
REDIS_HIT, MEMORY_HIT, LOCAL_HIT, REDIS_PING = "redis hit", "memory hit", "local hit", "redis ping"
CLIENT_HIT = {"redis": "redis hit as a client sees it", "local": "local hit as a client sees it"}
#: The hit of each mode that has a budget.
HIT = {"redis": REDIS_HIT, "local": LOCAL_HIT}
PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
#: Fewer times than these say nothing of percentiles.
FEWEST, MOST = 10, 500
#: How sure the interval of a percentile is, and from how many draws it is made.
CONFIDENCE = 0.95
DRAWS = 400


def percentile(ascending: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies, between two of them in proportion.

    :param ascending: at least one value.
    :param share: from 0 to 1.
    """
    position = (len(ascending) - 1) * share
    below = int(position)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (ascending[above] - ascending[below]) * (position - below)


def percentiles(seconds: Sequence[float]) -> dict[str, dict[str, float]]:
    """``p50``, ``p95`` and ``p99``, each with ``value``, and ``low`` and ``high`` of its interval.

    The interval is that of a bootstrap: what the percentile would be, had other times of these been drawn. The draws are the
    same each time.

    :param seconds: at least one time.
    """
    draw = random.Random(0)
    drawn: dict[str, list[float]] = {name: [] for name in PERCENTILES}
    for _number in range(DRAWS):
        again = sorted(draw.choices(seconds, k=len(seconds)))
        for name, share in PERCENTILES.items():
            drawn[name].append(percentile(again, share))
    ascending = sorted(seconds)
    outside = (1 - CONFIDENCE) / 2
    return {
        name: {
            "value": round(percentile(ascending, share), 6),
            "low": round(percentile(sorted(drawn[name]), outside), 6),
            "high": round(percentile(sorted(drawn[name]), 1 - outside), 6),
        }
        for name, share in PERCENTILES.items()
    }


def measured(instance: str, mode: str, times: dict[str, list[float]], at: float) -> list[dict[str, Any]]:
    """The entries of the result for one instance, one for each kind that has enough times.

    :param instance: its name, empty for what a client sees.
    :param mode: the cache mode.
    :param times: seconds by kind.
    :param at: when they were measured, seconds since the epoch.
    """
    return [
        {"instance": instance, "what": what, "mode": mode, "seconds": seconds[:MOST], **percentiles(seconds), "at": at}
        for what, seconds in times.items()
        if len(seconds) >= FEWEST
    ]


def summary(entries: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """For each mode that was measured the hit of the slowest instance, to be kept until the other mode is measured.

    :param entries: those of :func:`measured`, also without their ``seconds``.
    :returns: by mode ``p50``, ``p95``, ``p99`` in seconds, ``samples``, and ``at``.
    """
    kept: dict[str, dict[str, Any]] = {}
    for entry in entries:
        mode, p50 = entry["mode"], (entry.get("p50") or {}).get("value", 0)
        if entry["what"] == HIT.get(mode) and p50 >= kept.get(mode, {}).get("p50", 0):
            values = {name: entry[name]["value"] for name in PERCENTILES}
            kept[mode] = {**values, "samples": len(entry.get("seconds") or []), "at": entry["at"]}
    return kept


def whole(entries: Iterable[Any]) -> list[dict[str, Any]]:
    """The kept entries that have all that is told of them; a state directory may hold others."""
    ends = {"value", "low", "high"}
    return [
        entry
        for entry in entries
        if {"instance", "what", "mode", "at"} <= set(entry)
        and all(ends <= set(entry.get(name) or ()) for name in PERCENTILES)
    ]


def parts(entries: Iterable[dict[str, Any]], instance: str) -> dict[str, float]:
    """Where the time of a Redis hit of one instance is, by its middle value.

    A hit in the memory of the process goes the whole way of a request but the one to Redis, so it is LiteLLM's own part. A PING
    is what the network and a server that has nothing else to do cost.

    :returns: ``litellm``, ``network`` and ``redis`` in seconds, the last without the network; {} where one was not measured.
    """
    middle = {entry["what"]: entry["p50"]["value"] for entry in entries if entry["instance"] == instance}
    if not {REDIS_HIT, MEMORY_HIT, REDIS_PING} <= set(middle):
        return {}
    beside = max(middle[REDIS_HIT] - middle[MEMORY_HIT], 0.0)
    network = min(middle[REDIS_PING], beside)
    return {"litellm": middle[REDIS_HIT] - beside, "network": network, "redis": beside - network}
