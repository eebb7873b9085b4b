# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator reads of a verification: one verdict, a table, and what to do next.

Pure: results of the modules in, lines out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._telling import aligned, folded
from .latency_rows import of_the_other_mode, with_budgets
from .promises import promised
from .row import WRONG, Row
from .verdict_rows import BY_REQUESTS, PLAYBOOK, Looks

_NEXT = "next: "
_OF_INSTANCE = ("name", "litellm_version", "redis_py_version", "image", "stale")


def verdict_of(looks: Looks, kept: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """The verdict.

    :param kept: what the verification before measured, entry for entry.
    :returns: ``lines`` to print, ``problems``: what is wrong, a few words each, ``document``: what a report is made of, and
        ``drift``.
    """
    rows = list(looks.rows())
    problems = list(dict.fromkeys(row.brief for row in rows if row.verdict == WRONG and row.brief))
    steps = list(dict.fromkeys(row.mend for row in rows if row.mend))
    if not steps:
        steps = [f"nothing to mend; {PLAYBOOK}history tells what was changed, and when"]
    head = [looks.found["project"], looks.mode]
    first = "  ".join(["FAILED", *head]) + ": " + "; ".join(problems)
    if not problems:
        first = "  ".join(["OK", *head, _how(looks)])
    table = aligned([cells for row in rows for cells in _cells(row, looks)])
    next_steps = [line for step in steps for line in folded(_NEXT + step, indent=" " * len(_NEXT))]
    lines = [*folded(first), "", *table, "", *next_steps]
    document = _document(looks, rows, problems, kept)
    return {"lines": lines, "problems": problems, "document": document, "drift": _drift(looks)}


def _cells(row: Row, looks: Looks) -> Iterator[tuple[str, str, str]]:
    """The lines of a row; with the details, how it was found out stands below what was seen."""
    yield row.verdict, row.what, row.seen
    experiment = promised(row.what, looks.mode).get("experiment") if looks.details else None
    if experiment:
        yield "", "", f"({experiment})"


def _drift(looks: Looks) -> list[str] | None:
    """Settings that a running instance does not have as the file says; None where one could not be asked."""
    seen = [one.get("settings") for one in looks.found["instances"] if one["running"]]
    if not seen or any(settings is None or settings.get("problem") for settings in seen):
        return None
    return sorted({row["setting"] for settings in seen for row in settings["rows"] if row["drift"]})


def _document(looks: Looks, rows: list[Row], problems: list[str], kept: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The same as plain data, without a secret."""
    found, measured = looks.found, looks.latency.get("latency") or []
    times = [looks.proof.get("at"), *(entry["at"] for entry in measured)]
    document: dict[str, Any] = {
        "schema": 1,
        "kind": "verify",
        "at": max((at for at in times if at is not None), default=None),
        "check": "would_ask" in looks.proof,
        "project": found["project"],
        "mode": {"file": looks.mode, "stored": looks.stored, "effective": looks.effective},
        "verdict": {"ok": not problems, "words": "" if problems else _how(looks), "problems": problems},
        "rows": [dict(row.told(), **promised(row.what, looks.mode)) for row in rows],
        "instances": [{name: one[name] for name in _OF_INSTANCE} for one in found["instances"]],
        "latency": [
            *with_budgets(measured, looks.budgets),
            *of_the_other_mode(kept, measured, looks.budgets),
        ],
    }
    census = looks.redis.get("census")
    if census:
        kinds = {kind: {name: seen[name] for name in ("keys", "bytes")} for kind, seen in census["kinds"].items()}
        document["census"] = {"place": looks.redis["place"], "kinds": kinds}
    return document


def _how(looks: Looks) -> str:
    """How the mode was proved, in a few words."""
    if "would_ask" in looks.proof:
        return "not proved: a check run sends no request"
    kinds = {seen["kind"] for seen in looks.proof["evidence"]}
    if kinds <= {*BY_REQUESTS}:
        return "proved by requests"
    return "proved without a request" if looks.proof["proved"] else "not shown by requests, see proof"
