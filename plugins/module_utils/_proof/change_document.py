# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report files of a change are made of, docs/report.md.

Pure: results of the modules in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._telling import counted
from .evidence import in_words
from .row import FACT, NOTE, OK, WRONG
from .verdict_rows import PLAYBOOK_OF

#: Findings that something else tells already, and what was foretold when it has been seen; as in main_report.j2.
_TOLD_OTHERWISE = ("one_client", "not_local")
_FORETOLD = "hit_not_to_be_shown"


def change_document(
    plan: dict[str, Any],
    restarted: list[dict[str, Any]],
    proof: dict[str, Any],
    problems: Iterable[str] = (),
    check: bool = False,
) -> dict[str, Any]:
    """The document of a switch or a rollback that did not go back.

    :param plan: result of litellm_cache_mode.
    :param restarted: the instances that were restarted, as litellm_restart returns them.
    :param proof: result of litellm_cache_roundtrip; without ``at`` where nothing was proved.
    :param problems: why the run ends failed whose change stays.
    :param check: whether it was a check run.
    """
    problems = list(problems)
    found, ends = plan["deployment"], (plan["mode_before"], plan["mode_after"])
    way = " -> ".join(dict.fromkeys(ends))
    back = PLAYBOOK_OF.get(ends[0], "") if plan.get("snapshot") is not None else ""
    same = f" -e litellm_cache_snapshot={plan['snapshot']}" if back and ends[0] == ends[1] else ""
    return {
        "schema": 1,
        "kind": "change",
        "at": proof.get("at") or plan["began"],
        "check": check,
        "project": found["project"],
        "mode": {"file": ends[1], "before": ends[0], "effective": [one["cache_type"] for one in found["instances"]]},
        "verdict": {"ok": not problems, "words": f"{way}, {_how(plan, proof, check)}", "problems": problems},
        "rows": [dict(zip(("verdict", "what", "seen"), row)) for row in _rows(found, restarted, proof, plan)],
        "instances": [
            {name: one[name] for name in ("name", "litellm_version", "redis_py_version", "image")}
            for one in found["instances"]
        ],
        "timeline": [] if check else timeline_of(restarted, proof),
        **({"back": back + same} if back else {}),
    }


def timeline_of(restarted: list[dict[str, Any]], proof: dict[str, Any]) -> list[dict[str, Any]]:
    """When each instance was stopped, was ready, and was proved: seconds since the epoch, None for not seen."""
    proved = {seen["instance"]: seen.get("at") for seen in proof.get("evidence") or []}
    return [
        {
            "instance": one["name"],
            "stopped": one["stopped_at"],
            "started": None,
            "ready": one["stopped_at"] + one["ready_seconds"],
            "proved": proved.get(one["name"]),
        }
        for one in restarted
        if "stopped_at" in one
    ]


def _how(plan: dict[str, Any], proof: dict[str, Any], check: bool) -> str:
    if not plan["work"]:
        return "as before: nothing was changed, nothing was restarted"
    if check or "at" not in proof:
        return "as a run would do it; nothing was touched"
    return f"in {counted(proof['at'] - plan['began'], 'second')}"


def _rows(
    found: dict[str, Any], restarted: list[dict[str, Any]], proof: dict[str, Any], plan: dict[str, Any]
) -> Iterator[tuple[str, str, str]]:
    yield FACT, "mode in the file", " -> ".join(dict.fromkeys((plan["mode_before"], plan["mode_after"])))
    done = {one["name"]: one for one in restarted}
    seen = {entry["instance"]: entry for entry in proof.get("evidence") or []}
    versions = {one["name"]: one["litellm_version"] for one in found["instances"]}
    for name in dict.fromkeys([*versions, *seen]):
        yield FACT, name, f"LiteLLM {versions.get(name) or 'unknown'}"
        if done.get(name, {}).get("gone"):
            yield NOTE, "  restart", "removed by somebody during the run"
        elif done.get(name, {}).get("ready_seconds") is not None:
            yield OK, "  restart", f"away {counted(done[name]['ready_seconds'], 'second')}"
        if name in seen:
            kind = seen[name]["kind"]
            verdict = WRONG if kind == "contradicted" else NOTE if kind in ("unproved", "added") else OK
            yield verdict, "  proof", in_words(seen[name])
    told = (*_TOLD_OTHERWISE, *([_FORETOLD] if "at" in proof else []))
    for one in [*plan["findings"], *(proof.get("findings") or [])]:
        if one["code"] not in told:
            yield NOTE, "worth knowing", one["message"]
