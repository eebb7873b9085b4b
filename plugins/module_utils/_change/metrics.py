# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Prometheus is told of a deployment: the names, their meaning, the text format, and what the state directory gives.

Only what was observed becomes a sample; what is unknown is absent. Pure; standard library only: the guard uses it too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .pending import FLUSHED, moment_of

PREFIX = "litellm_cache_"
#: Characters of a value of a label; a longer one ends in CUT.
LONGEST_LABEL, CUT = 120, "..."
_PERCENTILES = ("p50", "p95", "p99")
#: Every metric and what it says, in the order of the file. All of them are gauges: a file knows no more than its last writer saw.
FAMILIES = {
    "last_written_timestamp_seconds": "When this file was written.",
    "observed_timestamp_seconds": "When the file, the instances and the state directory were looked at; absent where the "
    "writer knows the state directory alone.",
    "unseen": "1 for each place that could not be looked at, else 0.",
    "problems": "How many things the status calls wrong.",
    "mode_info": "Cache mode by where it stands: the config file, LiteLLM's database (stored), the running proxies (effective).",
    "in_effect": "Whether each instance runs what the config file says.",
    "verified": "Whether the mode of the file was verified, and nothing was changed or started since.",
    "instances": "How many instances there are, in any state.",
    "instances_running": "How many instances run.",
    "instances_stale": "How many instances do not run what the config file says.",
    "container_info": "What each instance is.",
    "container_stale": "Whether the instance does not run what the config file says.",
    "container_start_timestamp_seconds": "When the instance was started.",
    "pending_change": "Whether a change is not final yet.",
    "pending_change_start_timestamp_seconds": "Since when the pending change is there.",
    "pending_change_deadline_timestamp_seconds": "When the guard takes the pending change back, unless its run gives a sign of "
    "life; each one moves it on, and is not written here.",
    "guard_alive": "Whether a guard watches the pending change.",
    "last_change_timestamp_seconds": "When the last change ended.",
    "last_change_success": "Whether the last change was confirmed.",
    "last_change_info": "The last change: its modes, its result, who ended it, and the new image where that changes.",
    "last_flush_timestamp_seconds": "When the cache was emptied last.",
    "last_verification_timestamp_seconds": "When the cache was verified last.",
    "last_verification_success": "Whether the last verification found nothing wrong.",
    "last_verification_problems": "How many things the last verification found wrong.",
    "drifting_settings": "How many settings the running proxies did not have as the config file says, in the last verification.",
    "latency_seconds": "What was timed in the last verification of each mode.",
    "state_damage": "How many files of the state directory are damaged.",
}


@dataclass(frozen=True)
class Sample:
    """One value of one metric.

    :param name: a key of FAMILIES.
    :param labels: beside those that every sample of the file has.
    """

    name: str
    value: float
    labels: Mapping[str, Any] | None = None


def text_of(samples: Iterable[Sample], about: Mapping[str, Any]) -> str:
    """Samples in Prometheus' text format, each series once.

    :param about: the labels that tell whose they are.
    """
    lines: dict[str, dict[str, str]] = {}
    for sample in samples:
        if math.isfinite(sample.value):
            series = _series(sample.name, {**about, **(sample.labels or {})})
            lines.setdefault(sample.name, {}).setdefault(series, _number(sample.value))
    told = []
    for name in [name for name in FAMILIES if name in lines]:
        told += [f"# HELP {PREFIX}{name} {FAMILIES[name]}", f"# TYPE {PREFIX}{name} gauge"]
        told += [f"{series} {value}" for series, value in lines[name].items()]
    return "".join(f"{line}\n" for line in told)


def _series(name: str, labels: Mapping[str, Any]) -> str:
    return f"{PREFIX}{name}{{{','.join(f'{label}={_quoted(value)}' for label, value in labels.items())}}}"


def _quoted(value: Any) -> str:
    """The value of a label: of bounded length, and nothing in it ends the label or the line."""
    shown = "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in str(value))
    if len(shown) > LONGEST_LABEL:
        shown = shown[: LONGEST_LABEL - len(CUT)] + CUT
    escaped = shown.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return f'"{escaped}"'


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def of_state(told: Mapping[str, Any]) -> Iterator[Sample]:
    """What the state directory gives.

    :param told: has ``at`` in seconds since the epoch, and ``pending``, ``guard``, ``history``, ``verification`` and
        ``damage`` as litellm_cache_status returns them.
    """
    yield from _of_pending(told["at"], told["pending"], told["guard"])
    yield from _of_history(told["history"])
    if told["verification"] is not None:
        yield from _of_verification(told["verification"])
    yield Sample("state_damage", len(told["damage"]))


def _of_pending(at: float, pending: Mapping[str, Any] | None, guard: Mapping[str, Any] | None) -> Iterator[Sample]:
    yield Sample("pending_change", pending is not None)
    if pending is None:
        return
    yield Sample("pending_change_start_timestamp_seconds", pending["since"])
    if guard is None:
        return
    yield Sample("guard_alive", guard["alive"])
    if guard["alive"] and guard["remaining_seconds"] is not None:
        yield Sample("pending_change_deadline_timestamp_seconds", at + guard["remaining_seconds"])


def _of_history(history: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    records = list(history)
    for record in [record for record in records if record["result"] != FLUSHED][-1:]:
        ends = {"from": record["from"], "to": record["to"]}
        yield Sample("last_change_success", record["result"] == "confirmed")
        image = record.get("image")
        of_image = {"image": image.get("to", "")} if isinstance(image, dict) else {}
        told = {"result": record["result"], "by": record.get("by", "run")}
        yield Sample("last_change_info", 1, {**ends, **told, **of_image})
        yield from _moment("last_change_timestamp_seconds", record["at"])
    for record in [record for record in records if record["result"] == FLUSHED][-1:]:
        yield from _moment("last_flush_timestamp_seconds", record["at"])


def _moment(name: str, text: str) -> Iterator[Sample]:
    moment = moment_of(text)
    if moment is not None:
        yield Sample(name, moment)


def _of_verification(known: Mapping[str, Any]) -> Iterator[Sample]:
    yield Sample("last_verification_timestamp_seconds", known["at"])
    yield Sample("last_verification_success", not known["problems"])
    yield Sample("last_verification_problems", len(known["problems"]))
    if known.get("drift") is not None:
        yield Sample("drifting_settings", len(known["drift"]))
    for summary in [summary for of_mode in known["latency"].values() for summary in of_mode]:
        yield from _latency(summary)


def _latency(summary: Mapping[str, Any]) -> Iterator[Sample]:
    """Percentiles of one thing that was timed; a summary may lack any of its parts."""
    labels = {"container": summary.get("instance", ""), "mode": summary["mode"], "what": summary.get("what", "")}
    for percentile in _PERCENTILES:
        value = summary.get(percentile, {}).get("value")
        if value is not None:
            yield Sample("latency_seconds", value, {**labels, "percentile": percentile})
