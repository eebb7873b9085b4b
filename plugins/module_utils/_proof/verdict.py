# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator reads of a verification: one verdict, a table, and what to do next.

Pure: results of the modules in, lines out.
"""

from __future__ import annotations

from typing import Any

from .._telling import aligned, folded
from .verdict_rows import BY_REQUESTS, PLAYBOOK, WRONG, Looks

_NEXT = "next: "


def verdict_of(looks: Looks) -> dict[str, Any]:
    """The verdict.

    :returns: ``lines`` to print, and ``problems``: what is wrong, a few words each.
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
    table = aligned([(row.verdict, row.what, row.seen) for row in rows])
    next_steps = [line for step in steps for line in folded(_NEXT + step, indent=" " * len(_NEXT))]
    return {"lines": [first, "", *table, "", *next_steps], "problems": problems}


def _how(looks: Looks) -> str:
    """How the mode was proved, in a few words."""
    if "would_ask" in looks.proof:
        return "not proved: a check run sends no request"
    kinds = {seen["kind"] for seen in looks.proof["evidence"]}
    if kinds <= {*BY_REQUESTS}:
        return "proved by requests"
    return "proved without a request" if looks.proof["proved"] else "not shown by requests, see proof"
