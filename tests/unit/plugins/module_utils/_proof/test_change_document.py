# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report files of a change are made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.change_document import (
    change_document,
    refused_document,
)

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
ONE, TWO = "erni-ki-litellm-1", "erni-ki-litellm-2"
PLAN: dict[str, Any] = {
    "deployment": {
        "project": "erni-ki",
        "instances": [
            {
                "name": name,
                "litellm_version": "1.80.0",
                "redis_py_version": "5.2.1",
                "image": "i",
                "cache_type": "local",
            }
            for name in (ONE, TWO)
        ],
    },
    "work": True,
    "began": 1000.25,
    "mode_before": "local",
    "mode_after": "redis",
    "snapshot": 4,
    "findings": [{"code": "one_client", "message": "not to be told"}, {"code": "other", "message": "to be told"}],
}
RESTARTED = [
    {"name": ONE, "stopped_at": 1002.0, "ready_seconds": 5.31, "stable_seconds": 15.0},
    {"name": TWO, "gone": True},
]
PROOF = {
    "at": 1026.4,
    "evidence": [
        {"instance": ONE, "kind": "harvested", "seconds": 0.027, "at": 1007.5},
        {"instance": "erni-ki-litellm-3", "kind": "added", "reason": "it was slow"},
    ],
    "findings": [],
}


@pytest.fixture(autouse=True)
def _as_the_schema_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each document of these tests is valid."""

    def checked(made: Any) -> Any:
        def document_of(*arguments: Any, **named: Any) -> dict[str, Any]:
            document: dict[str, Any] = made(*arguments, **named)
            jsonschema.Draft202012Validator(SCHEMA).validate({"at": 1.0, **document})  # as the action does
            return document

        return document_of

    for made in (change_document, refused_document):
        monkeypatch.setitem(globals(), made.__name__, checked(made))


def test_a_switch() -> None:
    document = change_document(PLAN, RESTARTED, PROOF)
    assert document["verdict"] == {
        "ok": True,
        "word": "OK",
        "words": "local -> redis, in 26 s",
        "problems": [],
    }
    assert [(row["verdict"], row["what"], row["seen"]) for row in document["rows"]] == [
        ("", "mode in the file", "local -> redis"),
        ("", ONE, "LiteLLM 1.80.0"),
        ("ok", "  restart", "away 5.3 s"),
        ("ok", "  proof", "answered from Redis in 27 ms"),
        ("", TWO, "LiteLLM 1.80.0"),
        ("note", "  restart", "removed by somebody during the run"),
        ("", "erni-ki-litellm-3", "LiteLLM unknown"),
        ("note", "  proof", "was added during the run, and not shown to use Redis"),
        ("note", "worth knowing", "to be told"),
    ]
    assert document["timeline"] == [
        {"instance": ONE, "stopped": 1002.0, "started": None, "ready": 1007.31, "proved": 1007.5}
    ]
    assert document["back"] == "ansible-playbook erni_ki.litellm.rollback_local"
    # What was seen at the end; when it was planned, both had a local cache.
    assert document["mode"] == {"file": "redis", "before": "local", "effective": ["redis", None]}


@pytest.mark.parametrize(
    ("seen", "effective"),
    [
        ({"kind": "hit", "seconds": 0.002}, "local"),
        ({"kind": "unproved", "cache_type": "local", "reason": "the upstream failed"}, "local"),
        ({"kind": "unproved", "cache_type": None, "reason": "the upstream failed"}, None),
        ({"kind": "contradicted", "cache_type": "redis"}, "redis"),
    ],
)
def test_the_mode_in_effect_is_that_at_the_end(seen: dict[str, Any], effective: str | None) -> None:
    plan = {**PLAN, "mode_before": "redis", "mode_after": "local"}
    document = change_document(plan, RESTARTED, {**PROOF, "evidence": [{"instance": ONE, **seen}]})
    assert document["mode"]["effective"] == [effective]


@pytest.mark.parametrize(
    ("seen", "proved"),
    [
        ({"kind": "hit", "seconds": 0.002}, 1026.4),
        ({"kind": "hit", "seconds": 0.002, "at": 1010.0}, 1010.0),
        ({"kind": "unproved", "reason": "the upstream failed"}, None),
        ({"kind": "contradicted", "cache_type": "redis"}, None),
    ],
)
def test_when_an_instance_was_proved(seen: dict[str, Any], proved: float | None) -> None:
    document = change_document(PLAN, RESTARTED, {**PROOF, "evidence": [{"instance": ONE, **seen}]})
    assert [entry["proved"] for entry in document["timeline"]] == [proved]


def test_a_change_within_a_mode_goes_back_by_its_snapshot() -> None:
    document = change_document({**PLAN, "mode_before": "redis"}, RESTARTED, PROOF)
    assert document["verdict"]["words"] == "redis, in 26 s"
    assert document["back"] == "ansible-playbook erni_ki.litellm.switch_redis -e litellm_cache_snapshot=4"


OLD, NEW = "ghcr.io/berriai/litellm:v1.80.0", "ghcr.io/berriai/litellm:v1.110.2"
UPGRADE: dict[str, Any] = {
    **{name: value for name, value in PLAN.items() if name != "snapshot"},
    "mode_after": "local",
    "image": {"before": OLD, "after": NEW, "place": "line 3 of .env", "outdated": [ONE]},
}
#: As litellm_cache_info tells them behind the upgrade; the second one came meanwhile.
NOW = [
    {**PLAN["deployment"]["instances"][0], "litellm_version": "1.110.2", "redis_py_version": "8.1.0", "image": NEW},
    {**PLAN["deployment"]["instances"][1], "name": "erni-ki-litellm-3", "litellm_version": None, "image": NEW},
]


def test_an_upgrade_tells_the_images_and_what_runs_behind_it() -> None:
    proof = {**PROOF, "evidence": [{"instance": ONE, "kind": "hit", "seconds": 0.002}]}
    document = change_document(UPGRADE, RESTARTED[:1], proof, now=NOW)
    assert document["verdict"]["words"] == f"{OLD} -> {NEW}, in 26 s"
    assert document["image"] == {"before": OLD, "after": NEW}
    assert document["mode"] == {"file": "local", "before": "local", "effective": ["local"]}
    assert [(row["what"], row["seen"]) for row in document["rows"]] == [
        ("image", f"{OLD} -> {NEW}"),
        ("mode in the file", "local"),
        (ONE, "LiteLLM 1.80.0 -> 1.110.2"),
        ("  restart", "away 5.3 s"),
        ("  proof", "answered from its memory in 2 ms"),
        (TWO, "LiteLLM 1.80.0"),
        ("erni-ki-litellm-3", "LiteLLM unknown"),
        ("worth knowing", "to be told"),
    ]
    assert [(one["name"], one["litellm_version"], one["image"]) for one in document["instances"]] == [
        (ONE, "1.110.2", NEW),
        ("erni-ki-litellm-3", None, NEW),
    ]
    assert document["back"] == f"ansible-playbook erni_ki.litellm.upgrade_litellm -e litellm_upgrade_image={OLD}"


def test_an_upgrade_that_has_not_been_leads_nowhere_back() -> None:
    check = change_document(UPGRADE, [], {}, check=True)
    assert (check["verdict"]["words"], "back" in check) == (
        f"{OLD} -> {NEW}, as a run would do it; nothing was touched",
        False,
    )
    assert [one["litellm_version"] for one in check["instances"]] == ["1.80.0", "1.80.0"]
    same = {**UPGRADE, "image": {**UPGRADE["image"], "after": OLD}}
    for word, plan in (("OK", same), ("UNCHANGED", {**same, "work": False})):
        document = change_document(plan, [], PROOF)
        assert (document["verdict"]["word"], "back" in document) == (word, False)


def test_a_check_and_a_run_without_work_touched_nothing() -> None:
    plan = {name: value for name, value in PLAN.items() if name != "snapshot"}
    nothing: dict[str, Any] = {"evidence": [], "findings": []}
    check = change_document(plan, [{"name": ONE}], nothing, check=True)
    assert check["verdict"]["words"] == "local -> redis, as a run would do it; nothing was touched"
    assert (check["verdict"]["word"], idle_word(plan)) == ("CHECK", "UNCHANGED")
    assert (check["check"], check["timeline"], "back" in check) == (True, [], False)
    assert check["mode"]["effective"] == ["local", "local"]
    idle = change_document({**plan, "work": False, "mode_before": "redis"}, [], nothing)
    assert idle["verdict"]["words"] == "redis, as before: nothing was changed, nothing was restarted"
    assert idle["timeline"] == []


def idle_word(plan: dict[str, Any]) -> str:
    """The word of a check of what is as wanted already."""
    return str(change_document({**plan, "work": False}, [], {}, check=True)["verdict"]["word"])


def test_a_run_that_ends_failed_because_it_was_told_to_has_nothing_wrong() -> None:
    verdict = change_document(PLAN, RESTARTED, PROOF, ["litellm_cache_end_failed is set"])["verdict"]
    assert (verdict["ok"], verdict["word"], verdict["problems"]) == (True, "OK", [])


def test_a_refusal() -> None:
    asked = {"mode": "redis", "project_dir": "/opt/erni-ki", "project_name": ""}
    document = refused_document({"failed": True, "msg": "no such file"}, asked, check=True)
    assert document["verdict"] == {"ok": False, "word": "REFUSED", "words": "", "problems": ["no such file"]}
    assert (document["project"], document["check"], document["mode"]) == (None, True, {"file": None})
    assert [row["seen"] for row in document["rows"]] == ["the mode redis", "/opt/erni-ki"]
    assert refused_document({}, {**asked, "project_name": "erni-ki"})["project"] == "erni-ki"


def test_an_instance_that_says_otherwise() -> None:
    seen = {"instance": ONE, "kind": "contradicted", "cache_type": "redis"}
    proof = {**PROOF, "evidence": [seen], "findings": [{"code": "not_local", "message": "not to be told"}]}
    document = change_document(
        {**PLAN, "mode_before": "redis", "mode_after": "local"}, RESTARTED, proof, ["it says redis"]
    )
    assert document["verdict"] == {
        "ok": False,
        "word": "FAILED",
        "words": "redis -> local, in 26 s",
        "problems": ["it says redis"],
    }
    assert ("WRONG", "  proof") in [(row["verdict"], row["what"]) for row in document["rows"]]
    assert "not to be told" not in json.dumps(document)


def test_what_a_canary_has_shown_is_told_before_the_instances() -> None:
    canary = {
        "version": "1.80.0",
        "ready_seconds": 3.2,
        "evidence": [{"instance": "c", "kind": "hit", "seconds": 0.005}],
        "requests": 2,
        "upstream_calls": 1,
        "not_proved": ["the way in"],
    }
    rows = change_document(dict(PLAN, canary=canary), RESTARTED, PROOF)["rows"]
    assert [row["what"] for row in rows][:4] == ["mode in the file", "canary", "canary", ONE]
    assert rows[2]["seen"] == "it does not show the way in"
