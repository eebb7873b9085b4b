# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report files of a change are made of that failed behind its commit, and was taken back as far as that went.

Pure: results of the modules in, plain data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._change.outcome import AS_BEFORE, DAMAGED, KEPT, RESTORED, UNDONE
from .._telling import counted
from .change_document import (
    FAILED,
    back_to_image,
    image_of,
    instances_of,
    of_proof,
    timeline_of,
    told,
    way_of,
    worth_knowing,
)
from .row import FACT, OK, WRONG
from .verdict_rows import PLAYBOOK_OF

#: What the sentence of the run begins with, and the page says already.
_HEAD = f"{FAILED}: "
#: What became of the file where it is that of before.
_BACK = (RESTORED, UNDONE, AS_BEFORE)


def failed_change_document(
    plan: dict[str, Any], restart: dict[str, Any], ended: dict[str, Any], old: dict[str, Any], words: str
) -> dict[str, Any]:
    """The document of a switch, a rollback or an upgrade that went back, or could not.

    :param plan: result of litellm_cache_mode or litellm_image.
    :param restart: result of litellm_restart, also of one that failed; {} for none. That of an earlier run does not count.
    :param ended: how the change ended, as litellm_cache_guard tells it; {} where it did not.
    :param old: result of litellm_cache_roundtrip in the old mode; {} for none.
    :param words: what the run tells of it: how things stand, then, each after an empty line, why, and what was done.
    """
    standing, *problems = [" ".join(part.split()) for part in words.split("\n\n") if part.strip()]
    there = [one for one in restart.get("instances") or [] if one.get("stopped_at", 0) >= plan["began"]]
    harvested = {"evidence": restart.get("evidence") if there else []}
    again = ended.get("restarted") or []
    timeline = timeline_of(there, harvested) + [dict(entry, going_back=True) for entry in timeline_of(again, old)]
    moments = [old.get("at"), *(entry[name] for entry in timeline for name in ("stopped", "ready", "proved"))]
    back = None
    if ended.get("file") == DAMAGED:
        back = back_to_image(plan) if "image" in plan else PLAYBOOK_OF.get(plan["mode_before"])
    return {
        "schema": 1,
        "kind": "change",
        "at": max([plan["began"], *(at for at in moments if at is not None)]),
        "check": False,
        "project": plan["deployment"]["project"],
        "mode": {"file": _mode(plan, ended), "before": plan["mode_before"]},
        **image_of(plan),
        "verdict": {"ok": False, "word": FAILED, "words": standing.removeprefix(_HEAD), "problems": problems},
        "rows": told(_rows(plan, there, harvested, ended, old)),
        "instances": instances_of(plan["deployment"]["instances"]),
        "timeline": timeline,
        **({"back": back} if back else {}),
    }


def _mode(plan: dict[str, Any], ended: dict[str, Any]) -> str | None:
    """The mode of the file; None where nobody knows."""
    if ended.get("file") in _BACK:
        return str(plan["mode_before"])
    stays = ended.get("file") in (KEPT, DAMAGED) or not plan["changed"]
    return str(plan["mode_after"]) if stays else None


def _rows(
    plan: dict[str, Any],
    there: list[dict[str, Any]],
    harvested: dict[str, Any],
    ended: dict[str, Any],
    old: dict[str, Any],
) -> Iterator[tuple[str, str, str]]:
    yield FACT, "asked for", way_of(plan)
    if ended.get("file_told"):
        yield OK if ended.get("file") in _BACK else WRONG, "the file", ended["file_told"]
    seen = {entry["instance"]: entry for entry in harvested["evidence"] or []}
    first = {one["name"]: one for one in there}
    second = {one["name"]: one for one in ended.get("restarted") or []}
    proved = {entry["instance"]: entry for entry in old.get("evidence") or []}
    for one in plan["deployment"]["instances"]:
        name = one["name"]
        yield FACT, name, f"LiteLLM {one['litellm_version'] or 'unknown'}"
        if name in first:
            yield _of_restart(first[name])
        if name in seen:
            yield of_proof(seen[name])
        if name in second:
            problem = second[name]["problem"]
            yield WRONG if problem else OK, "  restart on the way back", problem or _away(second[name])
        if name in proved:
            yield of_proof(proved[name], "  proof of the old mode")
    yield from worth_knowing(plan["findings"], proved=False)


def _of_restart(one: dict[str, Any]) -> tuple[str, str, str]:
    answered = "ready_seconds" in one
    return OK if answered else WRONG, "  restart", _away(one) if answered else "did not answer"


def _away(one: dict[str, Any]) -> str:
    """How long it was away; the record of an older version does not know."""
    return f"away {counted(one['ready_seconds'], 'second')}" if "ready_seconds" in one else "is back"
