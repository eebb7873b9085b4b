# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of docs/troubleshooting.md that a test writes: what diagnose and verify say of each fault.

tests/integration/test_fault_table.py breaks a real deployment in each of these ways and holds what it sees against EXPECTED;
with ``--write-faults`` it writes that into the page. A unit test holds the page against EXPECTED.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "troubleshooting.md"
BEGIN, END = "<!-- written by a test, --write-faults -->\n", "<!-- end of the faults -->\n"
HEAD = ("deployment", "`diagnose` finds", "false alarms", "`verify`")
AGREES, DISAGREES = "agrees", "disagrees"
NOTHING = "none"


@dataclass(frozen=True)
class Told:
    """What the two playbooks say of a deployment.

    :param findings: codes of diagnose, in its order.
    :param verify: AGREES or DISAGREES.
    """

    findings: tuple[str, ...]
    verify: str


#: What is right to say of each, in the order of the page.
EXPECTED = {
    "healthy, one instance, local": Told((), AGREES),
    "healthy, one instance, Redis": Told((), AGREES),
    "healthy, three instances, Redis": Told((), AGREES),
    "healthy, as that of ERNI-KI, timeouts in the URL": Told((), AGREES),
    "the cache is switched off": Told(("cache_off",), DISAGREES),
    "chat is left out of the call types": Told(("call_type_missing",), AGREES),
    "the file names another database than the variables": Told(("not_as_the_variables",), AGREES),
    "LiteLLM waits 5 s whatever the file says": Told(("timeout_not_heeded",), DISAGREES),
    "as that of ERNI-KI, timeouts beside the URL": Told(("timeout_not_heeded",), DISAGREES),
    "Redis is stopped": Told(("redis_stopped",), DISAGREES),
    "Redis hangs (`CLIENT PAUSE`)": Told(("redis_silent",), DISAGREES),
    "the way to Redis delays each answer": Told(("redis_slow",), AGREES),
    "the password of Redis was changed": Told(("login_refused",), DISAGREES),
    "the memory of Redis is full, `noeviction`": Told(("redis_full",), DISAGREES),
    "the memory of Redis is full, `allkeys-lru`": Told(("redis_evicts",), AGREES),
    "settings are stored in LiteLLM's database": Told(("stored_over_file",), DISAGREES),
    "the proxy has `REDIS_URL` beside its file": Told(("environment_over_file",), DISAGREES),
    "the clock of the instance is an hour behind": Told(("clock_off",), AGREES),
    "one of three instances was not restarted": Told(("stale_instance",), DISAGREES),
    "one of three instances has another namespace": Told(("instances_differ",), DISAGREES),
    "the router names another database": Told(("router_elsewhere",), DISAGREES),
    "another service caches in the same database, in a namespace of its own": Told(("redis_shared",), AGREES),
    "the upstream fails": Told(("models_fail",), AGREES),
}


def false_alarms(deployment: str, told: Told) -> tuple[str, ...]:
    """Findings that are not right."""
    return tuple(code for code in told.findings if code not in EXPECTED[deployment].findings)


def table() -> dict[str, Told]:
    """What the page says."""
    text = PAGE.read_text(encoding="utf-8")
    lines = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: Told(_codes(row[1]), row[3]) for row in rows}


def _codes(cell: str) -> tuple[str, ...]:
    return () if cell == NOTHING else tuple(link[1:].partition("]")[0] for link in cell.split(", "))


def write(rows: dict[str, Told]) -> None:
    """Put these rows into the page; its other rows stay."""
    text = PAGE.read_text(encoding="utf-8")
    seen = {**table(), **rows}
    lines = [HEAD, ("---",) * len(HEAD)]
    for deployment in (one for one in EXPECTED if one in seen):
        told = seen[deployment]
        findings = ", ".join(f"[{code}](#{code})" for code in told.findings) or NOTHING
        alarms = ", ".join(false_alarms(deployment, told)) or NOTHING
        lines.append((deployment, findings, alarms, told.verify))
    written = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    PAGE.write_text(text[: text.index(BEGIN) + len(BEGIN)] + written + text[text.index(END) :], encoding="utf-8")
