# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How people are told how fast a hit is, and where its milliseconds are.

Pure: the result of litellm_cache_latency in, rows out. No row is wrong: a busy host is no broken cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._telling import counted, milliseconds
from .latency import CLIENT_HIT, HIT, PERCENTILES, parts
from .row import FACT, NOTE, OK, Row

#: Seconds that the middle hit of each mode may take, by the runbook.
BUDGETS = {"local": 0.002, "redis": 0.010}
#: What is measured of a client, in the word of _proof/measuring.py.
CLIENT = "a client"
_LATENCY, _OF_CLIENT = "latency", "latency of a client"
_WORDS = {"redis": "Redis hit", "local": "local hit"}
_PARTS = {"litellm": "LiteLLM itself", "network": "the network", "redis": "Redis"}
#: Seconds of the units in which an age is told.
_AGES = ((86400, "day"), (3600, "hour"), (60, "minute"))


def of_instance(latency: dict[str, Any], name: str, budgets: dict[str, float]) -> Iterator[Row]:
    """The rows of one instance, indented below its name.

    :param latency: result of litellm_cache_latency, {} for none.
    :param budgets: seconds by mode.
    """
    entries = [entry for entry in latency.get("latency") or [] if entry["instance"] == name]
    hits = [entry for entry in entries if entry["what"] == HIT[entry["mode"]]]
    for entry in hits:
        budget = budgets[entry["mode"]]
        within = entry["p50"]["value"] <= budget
        told = f"{_hit(entry)}; budget {budget * 1000:g} ms{'' if within else ' exceeded'}"
        yield Row(OK if within else NOTE, f"  {_LATENCY}", told)
        places = parts(entries, name)
        if places:
            most = None if within else max(places, key=lambda place: places[place])
            words = [
                f"{_PARTS[place]} {milliseconds(seconds)} ms{' (most of it)' if place == most else ''}"
                for place, seconds in places.items()
            ]
            yield Row(FACT if within else NOTE, "  of it", ", ".join(words))
    yield from _not_measured(latency, (name,), f"  {_LATENCY}", bool(hits))


def beside_instances(latency: dict[str, Any], former: dict[str, Any]) -> Iterator[Row]:
    """The rows of no instance: what a client sees, what was measured of the other mode, what could not be measured.

    :param former: what ``latency.summary`` made of the last measuring of each mode; {} for nothing.
    """
    entries = latency.get("latency") or []
    seen = [entry for entry in entries if entry["what"] == CLIENT_HIT[entry["mode"]]]
    for entry in seen:
        yield Row(FACT, _OF_CLIENT, _hit(entry))
    yield from _not_measured(latency, (CLIENT,), _OF_CLIENT, bool(seen))
    yield from _not_measured(latency, ("",), _LATENCY, False)
    for mode, kept in former.items():
        if entries and mode in HIT and mode != entries[0]["mode"]:
            told = ", ".join(f"{name} {milliseconds(kept[name])}" for name in PERCENTILES)
            age = _age(max(entry["at"] for entry in entries) - kept["at"])
            yield Row(FACT, _LATENCY, f"{mode} mode, measured {age}: {told} ms")


def with_budgets(entries: Iterable[dict[str, Any]], budgets: dict[str, float]) -> list[dict[str, Any]]:
    """The entries of a result as a document has them: each with the ``budget`` of its kind, None for none."""
    return [
        dict(entry, budget=budgets[entry["mode"]] if entry["what"] == HIT[entry["mode"]] else None) for entry in entries
    ]


def of_the_other_mode(
    kept: Iterable[dict[str, Any]], measured: Iterable[dict[str, Any]], budgets: dict[str, float]
) -> list[dict[str, Any]]:
    """Hits that were measured before, of a mode that was not measured now, as :func:`with_budgets` gives them.

    :param kept: entries of the verification before; they have no ``seconds``.
    :param measured: entries of now; where there are none, there is nothing to compare with.
    """
    modes = {entry["mode"] for entry in measured}
    others = [entry for entry in kept if modes and entry["mode"] in HIT and entry["mode"] not in modes]
    hits = [entry for entry in others if entry["what"] in (HIT[entry["mode"]], CLIENT_HIT[entry["mode"]])]
    return with_budgets(hits, budgets)


def _hit(entry: dict[str, Any]) -> str:
    """The percentiles of hits, in words."""
    p50, p95, p99 = (entry[name] for name in PERCENTILES)
    interval = f"({milliseconds(p50['low'])} to {milliseconds(p50['high'])})"
    rest = f"p95 {milliseconds(p95['value'])}, p99 {milliseconds(p99['value'])}"
    return f"{_WORDS[entry['mode']]} p50 {milliseconds(p50['value'])} ms {interval}, {rest}"


def _not_measured(latency: dict[str, Any], names: Iterable[str], what: str, partly: bool) -> Iterator[Row]:
    """Why something was not measured, or not to its end."""
    for missing in latency.get("not_measured") or []:
        if missing["instance"] in names:
            yield Row(NOTE, what, f"{'ended early' if partly else 'not measured'}: {missing['reason']}")


def _age(seconds: float) -> str:
    """How long ago something was."""
    for length, word in _AGES:
        if seconds >= length:
            return f"{counted(int(seconds // length), word)} ago"
    return "just now"
