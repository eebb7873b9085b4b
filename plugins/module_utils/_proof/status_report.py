# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator reads of a status, and what a program reads of it.

Pure: the result of litellm_cache_status in, lines and a document out.
"""

from __future__ import annotations

from typing import Any

from .._telling import aligned, folded
from .status_rows import GUARD, PENDING, StatusRows
from .verdict_rows import WRONG, Row

_NEXT = "next: "


def status_of(found: dict[str, Any], check: bool = False) -> dict[str, Any]:
    """The status.

    :param found: result of litellm_cache_status.
    :param check: whether it was a check run.
    :returns: ``lines`` to print, ``problems``: what is wrong, a few words each, and ``document``: the same as plain data.
    """
    told = StatusRows(found, check)
    rows = list(told.rows())
    problems = list(dict.fromkeys(row.brief for row in rows if row.verdict == WRONG and row.brief))
    words = _verified(told)
    head = [str(found["project"] or "unknown project"), told.mode or "unknown mode"]
    first = "  ".join(["WRONG" if problems else "OK", *head])
    first += f": {'; '.join(problems)}" if problems else f"  {words}"
    table = aligned([(row.verdict, row.what, row.seen) for row in rows])
    # While a change is pending, its run or its guard mends the rest, and any other run is refused.
    mending = [row for row in rows if not found["pending"] or row.what.strip() in (PENDING, GUARD)]
    steps = list(dict.fromkeys(row.mend for row in mending if row.mend))
    next_steps = [line for step in steps for line in folded(_NEXT + step, indent=" " * len(_NEXT))]
    back = [f"back: {told.back}"] if told.back else []
    ends = [*next_steps, *back]
    lines = [*folded(first), "", *table, *([""] if ends else []), *ends]
    verdict = {"ok": not problems, "words": "" if problems else words, "problems": problems}
    return {"lines": lines, "problems": problems, "document": _document(found, told, rows, verdict, check)}


def _verified(told: StatusRows) -> str:
    """Whether the mode was verified, in a few words."""
    if told.found["verification"] is None:
        return "not verified yet"
    return "verified" if told.is_verified else "not verified since it was changed or started"


def _document(
    found: dict[str, Any], told: StatusRows, rows: list[Row], verdict: dict[str, Any], check: bool
) -> dict[str, Any]:
    """What report files and programs get."""
    known = ("name", "litellm_version", "redis_py_version", "image", "stale")
    document = {
        "schema": 1,
        "kind": "status",
        "at": found["at"],
        "check": check,
        "project": found["project"],
        "service": found["service"],
        "mode": found["mode"],
        "verdict": verdict,
        "rows": [row.told() for row in rows],
        "instances": [{name: instance[name] for name in known} for instance in found["instances"] or []],
        "latency": [
            summary for of_mode in (found["verification"] or {}).get("latency", {}).values() for summary in of_mode
        ],
        "history": found["history"],
        "pending": found["pending"],
        "guard": found["guard"],
        "verification": found["verification"],
        "unseen": found["unseen"],
    }
    return {**document, "back": told.back} if told.back else document
