# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report files of a change are made of, docs/report.md.

Pure: results of the modules in, plain data out. Of a change that went back: failed_change.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._telling import counted
from .canary_words import in_report
from .evidence import in_words
from .restart_words import bridge_in_words, restart_in_words
from .row import FACT, NOTE, OK, WRONG
from .verdict_rows import PLAYBOOK, PLAYBOOK_OF

#: What a run ended with, in one word, as it prints it and as the page says it.
CHANGED, UNCHANGED, CHECKED, FAILED, REFUSED = "OK", "UNCHANGED", "CHECK", "FAILED", "REFUSED"
#: What is worth knowing, and what a canary has shown, is told under these names; the report on the screen takes it from there.
WORTH_KNOWING, CANARY = "worth knowing", "canary"
#: Finding of an instance that still has another cache than the file says.
_CONTRADICTED = "not_local"
#: Findings that something else tells already, and what was foretold when it has been seen.
_TOLD_OTHERWISE = ("one_client", _CONTRADICTED)
_FORETOLD = "hit_not_to_be_shown"
#: Kinds of evidence that show nothing of the cache, or that it is another one.
_NOT_SHOWN, _SHOWN_OTHERWISE = ("unproved", "added"), "contradicted"
_OF_INSTANCE = ("name", "litellm_version", "redis_py_version", "image")


def change_document(
    plan: dict[str, Any],
    restarted: list[dict[str, Any]],
    proof: dict[str, Any],
    problems: Iterable[str] = (),
    check: bool = False,
    now: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The document of a switch, a rollback or an upgrade that did not go back.

    :param plan: result of litellm_cache_mode or litellm_image.
    :param restarted: the instances that were restarted, as litellm_restart returns them.
    :param proof: result of litellm_cache_roundtrip; without ``at`` where nothing was proved.
    :param problems: why the run ends failed whose change stays.
    :param check: whether it was a check run.
    :param now: the instances behind an upgrade, as litellm_cache_info returns them; None for those of the plan.
    """
    word = _word(plan, proof, check)
    back = "" if check or word == UNCHANGED else _back(plan)
    return {
        "schema": 1,
        "kind": "change",
        "at": proof.get("at") or plan["began"],
        "check": check,
        "project": plan["deployment"]["project"],
        "mode": {
            "file": plan["mode_after"],
            "before": plan["mode_before"],
            "effective": _effective(plan, proof, check),
        },
        **image_of(plan),
        "verdict": {
            "ok": word != FAILED,
            "word": word,
            "words": f"{way_of(plan)}, {_how(plan, proof, check)}",
            "problems": list(problems) if word == FAILED else [],
        },
        "rows": told(_rows(plan, restarted, proof, now)),
        "instances": instances_of(now or plan["deployment"]["instances"]),
        "timeline": [] if check else timeline_of(restarted, proof),
        **({"back": back} if back else {}),
    }


def refused_document(plan: dict[str, Any], asked: dict[str, Any], check: bool = False) -> dict[str, Any]:
    """The document of a run that was refused before it touched anything.

    :param plan: result of litellm_cache_mode, which failed.
    :param asked: ``mode`` or ``image``, ``project_dir`` and ``project_name`` of the run; the last is empty where nobody named it.
    :param check: whether it was a check run.
    """
    wanted = f"the image {asked['image']}" if asked.get("image") else f"the mode {asked['mode']}"
    rows = [(FACT, "asked for", wanted), (FACT, "project directory", asked["project_dir"])]
    return {
        "schema": 1,
        "kind": "change",
        "check": check,
        "project": asked.get("project_name") or None,
        "mode": {"file": None},
        "verdict": {
            "ok": False,
            "word": REFUSED,
            "words": "",
            "problems": [str(plan.get("msg") or "no reason is known")],
        },
        "rows": told(rows),
    }


def told(rows: Iterable[tuple[str, str, str]]) -> list[dict[str, str]]:
    """Rows as a document has them."""
    return [dict(zip(("verdict", "what", "seen"), row)) for row in rows]


def way_of(plan: dict[str, Any]) -> str:
    """What a change leads from and to, once where both are the same: images of an upgrade, else modes."""
    ends = plan["image"] if "image" in plan else {"before": plan["mode_before"], "after": plan["mode_after"]}
    return " -> ".join(dict.fromkeys((ends["before"], ends["after"])))


def image_of(plan: dict[str, Any]) -> dict[str, Any]:
    """The key of the document that an upgrade has, and nothing else."""
    return {"image": {name: plan["image"][name] for name in ("before", "after")}} if "image" in plan else {}


def back_to_image(plan: dict[str, Any]) -> str:
    """The command that brings back the image of before an upgrade."""
    return f"{PLAYBOOK}upgrade_litellm -e litellm_upgrade_image={plan['image']['before']}"


def instances_of(instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The instances as a document has them.

    :param instances: as litellm_cache_info returns them.
    """
    return [{name: one[name] for name in _OF_INSTANCE} for one in instances]


def timeline_of(restarted: list[dict[str, Any]], proof: dict[str, Any]) -> list[dict[str, Any]]:
    """When each instance was stopped, was ready, and was proved: seconds since the epoch, None for not seen.

    Evidence that does not say when it was seen was seen by the end of the whole proof.
    """
    proved = {
        seen["instance"]: seen.get("at", proof.get("at"))
        for seen in proof.get("evidence") or []
        if seen["kind"] not in (*_NOT_SHOWN, _SHOWN_OTHERWISE)
    }
    return [
        {
            "instance": one["name"],
            "stopped": one["stopped_at"],
            "started": None,
            "ready": one["stopped_at"] + one["ready_seconds"] if "ready_seconds" in one else None,
            "proved": proved.get(one["name"]),
        }
        for one in restarted
        if "stopped_at" in one
    ]


def worth_knowing(findings: Iterable[dict[str, Any]], proved: bool) -> Iterator[tuple[str, str, str]]:
    """The rows of what no other row tells.

    :param findings: those of the plan and of the proof.
    :param proved: whether the mode was proved, so that nothing need be foretold.
    """
    elsewhere = (*_TOLD_OTHERWISE, *([_FORETOLD] if proved else []))
    for one in findings:
        if one["code"] not in elsewhere:
            yield NOTE, WORTH_KNOWING, one["message"]


def of_proof(seen: dict[str, Any], what: str = "  proof") -> tuple[str, str, str]:
    """The row of what was seen of an instance.

    :param seen: its entry of ``evidence``.
    """
    verdict = WRONG if seen["kind"] == _SHOWN_OTHERWISE else NOTE if seen["kind"] in _NOT_SHOWN else OK
    return verdict, what, in_words(seen)


def _word(plan: dict[str, Any], proof: dict[str, Any], check: bool) -> str:
    if not plan["work"]:
        return UNCHANGED
    if check:
        return CHECKED
    return FAILED if any(one["code"] == _CONTRADICTED for one in proof.get("findings") or []) else CHANGED


def _back(plan: dict[str, Any]) -> str:
    """The command of the way back; empty where there is none, or nothing to take back."""
    if "image" in plan:
        return back_to_image(plan) if plan["image"]["before"] != plan["image"]["after"] else ""
    command = PLAYBOOK_OF.get(plan["mode_before"], "") if plan.get("snapshot") is not None else ""
    same = command and plan["mode_before"] == plan["mode_after"]
    return f"{command} -e litellm_cache_snapshot={plan['snapshot']}" if same else command


def _effective(plan: dict[str, Any], proof: dict[str, Any], check: bool) -> list[str | None]:
    """The types of cache at the end, None for one that was not seen: the look of the plan was before the change."""
    if check or not plan["work"]:
        return [one["cache_type"] for one in plan["deployment"]["instances"]]
    return [
        seen.get("cache_type") or (None if seen["kind"] in _NOT_SHOWN else plan["mode_after"])
        for seen in proof.get("evidence") or []
    ]


def _how(plan: dict[str, Any], proof: dict[str, Any], check: bool) -> str:
    if not plan["work"]:
        return "as before: nothing was changed, nothing was restarted"
    if check or "at" not in proof:
        return "as a run would do it; nothing was touched"
    return f"in {counted(proof['at'] - plan['began'], 'second')}"


def _rows(
    plan: dict[str, Any], restarted: list[dict[str, Any]], proof: dict[str, Any], now: list[dict[str, Any]] | None
) -> Iterator[tuple[str, str, str]]:
    if "image" in plan:
        yield FACT, "image", way_of(plan)
        yield FACT, "mode in the file", plan["mode_after"]
    else:
        yield FACT, "mode in the file", way_of(plan)
    for words in in_report(plan["canary"]) if "canary" in plan else ():
        yield FACT, CANARY, words
    done = {one["name"]: one for one in restarted}
    seen = {entry["instance"]: entry for entry in proof.get("evidence") or []}
    versions: dict[str, list[str]] = {}
    for one in [*plan["deployment"]["instances"], *(now or [])]:
        versions.setdefault(one["name"], []).append(one["litellm_version"] or "unknown")
    for name in dict.fromkeys([*versions, *seen]):
        yield FACT, name, "LiteLLM " + " -> ".join(dict.fromkeys(versions.get(name, ["unknown"])))
        became, bridge = restart_in_words(done.get(name, {})), bridge_in_words(done.get(name, {}))
        if became:
            yield NOTE if done[name].get("gone") else OK, "  restart", became
        if bridge:
            yield NOTE, "  bridge", bridge
        if name in seen:
            yield of_proof(seen[name])
    yield from worth_knowing([*plan["findings"], *(proof.get("findings") or [])], "at" in proof)
