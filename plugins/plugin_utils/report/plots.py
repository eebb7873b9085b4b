# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plots of a report as inline SVG.

Positions are percentages and sizes pixels, so that a plot fills any width and its text keeps its size. Colours are classes of
the page, which knows light from dark. A plot says in its title what it shows; its numbers stand in a table beside it.

Pure: entries of the document of a report in, plain values for the template out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

from ...module_utils._telling import milliseconds

#: Pixels of one row of a plot, and of the axis below the rows.
ROW_PIXELS = 58
AXIS_PIXELS = 26
#: Percent of the width that stays free at both sides, for the words at the ends of the axis.
_SIDE = 4.0
#: How many dots a row has at most; more of them are one dark bar.
_DOTS = 200
#: What the dots of a row are moved by, in turn, so that equal ones are seen: pixels.
_LANES = (0, 6, -6, 3, -3)
#: The steps of a timeline: name, where it begins, where it ends.
STEPS = (("stopping and starting", "stopped", "ready"), ("being proved", "ready", "proved"))


def latency_plot(entries: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Each measured way of answering as a row of dots over one logarithmic axis, with its median and its budget.

    :param entries: ``latency`` of a document.
    :returns: values for the template; None where nothing was measured.
    """
    rows = [entry for entry in entries if entry.get("p50")]
    values = [value for entry in rows for value in _values_of(entry) if value > 0]
    if not values:
        return None
    low, high = _decades(min(values), max(values))
    shown = []
    for number, entry in enumerate(rows):
        middle = number * ROW_PIXELS + 38
        dots = sorted(value for value in entry.get("seconds") or [] if value > 0)
        step = max(1, math.ceil(len(dots) / _DOTS))
        shown.append(
            {
                "label": label_of(entry, rows),
                "words": _in_words(entry),
                "y": middle,
                "label_y": middle - 20,
                "dots": [
                    {"x": _log_percent(value, low, high), "y": middle + _LANES[place % len(_LANES)]}
                    for place, value in enumerate(dots[::step])
                ],
                "median": _log_percent(entry["p50"]["value"], low, high),
                "span": _span_of(entry, low, high),
                "budget": _log_percent(entry["budget"], low, high) if entry.get("budget") else None,
                "over": bool(entry.get("budget")) and entry["p50"]["value"] > entry["budget"],
            }
        )
    ticks = [{"x": _log_percent(value, low, high), "words": f"{value * 1000:g} ms"} for value in _ticks(low, high)]
    return {"rows": shown, "ticks": ticks, "height": len(rows) * ROW_PIXELS}


def label_of(entry: dict[str, Any], beside: Sequence[dict[str, Any]]) -> str:
    """What was measured, of which instance where there are several, and when where it was before."""
    several = len({other.get("instance") for other in beside}) > 1
    told = [str(entry["what"]), *([entry["instance"]] if several and entry.get("instance") else [])]
    if _is_of_before(entry):
        told.append(time.strftime("measured %Y-%m-%d %H:%M UTC", time.gmtime(entry["at"])))
    return ", ".join(told)


def timeline_plot(entries: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """How long each instance was away, and when it was proved, over the seconds since the first one was stopped.

    :param entries: ``timeline`` of a document.
    :returns: values for the template; None where nothing was stopped.
    """
    moments = [entry[name] for entry in entries for name in ("stopped", "ready", "proved") if entry.get(name)]
    if not moments or not any(entry.get("stopped") for entry in entries):
        return None
    first = min(moments)
    length = max(max(moments) - first, 0.001)
    rows = []
    for number, entry in enumerate(entries):
        top = number * ROW_PIXELS + 26
        bars = []
        for name, begin, end in STEPS:
            if entry.get(begin) and entry.get(end):
                x, width = _percent(entry[begin] - first, length), _percent(entry[end] - entry[begin], length) - _SIDE
                bars.append({"kind": name.split()[0], "x": x, "width": max(width, 0.4)})
        label = entry["instance"] + (", on the way back" if entry.get("going_back") else "")
        rows.append({"label": label, "words": _away_in_words(entry), "top": top, "bars": bars})
    step = _step_of(length)
    ticks = [
        {"x": _percent(step * number, length), "words": f"{step * number:g} s"}
        for number in range(int(length / step) + 1)
    ]
    return {"rows": rows, "ticks": ticks, "height": len(rows) * ROW_PIXELS}


def census_plot(census: dict[str, Any] | None) -> dict[str, Any] | None:
    """How many keys of which kind lie in the database, as bars.

    :param census: ``census`` of a document.
    :returns: values for the template; None where nothing was counted.
    """
    kinds = sorted(((census or {}).get("kinds") or {}).items(), key=lambda item: (-item[1]["keys"], item[0]))
    if not kinds:
        return None
    most = max(seen["keys"] for _kind, seen in kinds) or 1
    rows = [
        {"label": kind, "count": seen["keys"], "bytes": seen.get("bytes"), "width": round(100 * seen["keys"] / most, 2)}
        for kind, seen in kinds
    ]
    return {"rows": rows, "place": (census or {}).get("place")}


def _values_of(entry: dict[str, Any]) -> Iterable[float]:
    yield from entry.get("seconds") or []
    yield entry["p50"]["value"]
    if entry.get("p99"):
        yield entry["p99"]["value"]
    if entry.get("budget"):
        yield entry["budget"]


def _is_of_before(entry: dict[str, Any]) -> bool:
    """Whether a verification before measured it, of which only percentiles were kept."""
    return "seconds" not in entry and entry.get("at") is not None


def _span_of(entry: dict[str, Any], low: float, high: float) -> dict[str, float] | None:
    """From the p50 to the p99 of what has no single times; None where they are shown."""
    if entry.get("seconds") or not entry.get("p99"):
        return None
    begin, end = (_log_percent(entry[name]["value"], low, high) for name in ("p50", "p99"))
    return {"x": begin, "width": round(end - begin, 2)}


def _in_words(entry: dict[str, Any]) -> str:
    told = f"p50 {milliseconds(entry['p50']['value'])} ms"
    return told + (f", budget {entry['budget'] * 1000:g} ms" if entry.get("budget") else "")


def _away_in_words(entry: dict[str, Any]) -> str:
    if not entry.get("stopped"):
        return "not stopped"
    if not entry.get("ready"):
        return "did not come back"
    return f"away {entry['ready'] - entry['stopped']:.1f} s" + ("" if entry.get("proved") else ", not proved")


def _decades(least: float, most: float) -> tuple[float, float]:
    """The ends of a logarithmic axis, rounded outwards to 1, 2 or 5 times a power of ten."""
    return _rounded(least, down=True), _rounded(most, down=False)


def _rounded(value: float, down: bool) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    steps = [power * factor for factor in (1, 2, 5, 10)]
    return (
        max(step for step in steps if step <= value * 1.0000001)
        if down
        else min(step for step in steps if step >= value)
    )


def _ticks(low: float, high: float) -> list[float]:
    """Marks of a logarithmic axis, at most six."""
    marks, value = [], low
    while value <= high * 1.0000001:
        marks.append(value)
        value = _rounded(value * 1.5, down=False)
    step = math.ceil(len(marks) / 6)
    return marks[::step]


def _log_percent(value: float, low: float, high: float) -> float:
    if high <= low:
        return 50.0
    place = (math.log(max(value, low)) - math.log(low)) / (math.log(high) - math.log(low))
    return round(_SIDE + min(place, 1.0) * (100 - 2 * _SIDE), 2)


def _percent(value: float, length: float) -> float:
    return round(_SIDE + value / length * (100 - 2 * _SIDE), 2)


def _step_of(length: float) -> float:
    """Seconds between two marks of a timeline, so that there are at most six."""
    return next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1e9) if length / step <= 6)
