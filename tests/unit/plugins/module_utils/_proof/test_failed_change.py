# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report files of a change are made of that went back, or could not."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.failed_change import failed_change_document
from ansible_collections.erni_ki.litellm.tests.unit.plugins.module_utils._proof.test_change_document import (
    ONE,
    PLAN,
    SCHEMA,
    TWO,
    UPGRADE,
)

CHANGED = {**PLAN, "changed": True}
WORDS = "FAILED: erni-ki is\nback.\n\nRestart failed: no answer.\n\n\nWhat was done: it\nis back.\n"
RESTART = {
    "failed": True,
    "instances": [
        {"name": ONE, "stopped_at": 1002.0, "ready_seconds": 5.0, "stable_seconds": 15.0},
        {"name": TWO, "stopped_at": 1030.0},
    ],
    "evidence": [{"instance": ONE, "kind": "harvested", "seconds": 0.027, "at": 1007.5}],
}
ENDED = {
    "result": "reverted",
    "file": "restored",
    "file_told": "the bytes of before are back",
    "restarted": [
        {"name": ONE, "problem": None, "stopped_at": 1100.0, "ready_seconds": 6.0},
        {"name": TWO, "problem": "it did not come back", "stopped_at": 1110.0},
    ],
}
OLD = {"at": 1120.0, "evidence": [{"instance": ONE, "kind": "hit", "seconds": 0.002, "at": 1119.0}]}


def made(
    plan: dict[str, Any], restart: dict[str, Any], ended: dict[str, Any], old: dict[str, Any], words: str = WORDS
) -> dict[str, Any]:
    """The document, which is valid."""
    document = failed_change_document(plan, restart, ended, old, words)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def test_how_things_stand_and_why_and_the_way_of_each_instance_there_and_back() -> None:
    document = made(CHANGED, RESTART, ENDED, OLD)
    assert document["verdict"] == {
        "ok": False,
        "word": "FAILED",
        "words": "erni-ki is back.",
        "problems": ["Restart failed: no answer.", "What was done: it is back."],
    }
    assert (document["at"], document["mode"]) == (1120.0, {"file": "local", "before": "local"})
    rows = [(row["verdict"], row["what"], row["seen"]) for row in document["rows"]]
    assert rows[:7] == [
        ("", "asked for", "local -> redis"),
        ("ok", "the file", "the bytes of before are back"),
        ("", ONE, "LiteLLM 1.80.0"),
        ("ok", "  restart", "away 5 s"),
        ("ok", "  proof", "answered from Redis in 27 ms"),
        ("ok", "  restart on the way back", "away 6 s"),
        ("ok", "  proof of the old mode", rows[6][2]),
    ]
    assert rows[7:] == [
        ("", TWO, "LiteLLM 1.80.0"),
        ("WRONG", "  restart", "did not answer"),
        ("WRONG", "  restart on the way back", "it did not come back"),
        ("note", "worth knowing", "to be told"),
    ]
    seen = [(one["instance"], one["stopped"], one["ready"], one["proved"]) for one in document["timeline"]]
    assert seen == [
        (ONE, 1002.0, 1007.0, 1007.5),
        (TWO, 1030.0, None, None),
        (ONE, 1100.0, 1106.0, 1119.0),
        (TWO, 1110.0, None, None),
    ]
    assert ["going_back" in one for one in document["timeline"]] == [False, False, True, True]
    assert "back" not in document


def test_an_upgrade_that_went_back_tells_its_images() -> None:
    document = made({**UPGRADE, "changed": True}, RESTART, ENDED, OLD)
    assert (document["mode"]["file"], document["image"]["after"]) == ("local", UPGRADE["image"]["after"])
    assert document["rows"][0]["seen"] == f"{UPGRADE['image']['before']} -> {UPGRADE['image']['after']}"
    assert "back" not in document
    damaged = made({**UPGRADE, "changed": True}, RESTART, {**ENDED, "file": "snapshot damaged"}, OLD)
    assert damaged["back"].endswith(f"upgrade_litellm -e litellm_upgrade_image={UPGRADE['image']['before']}")


def test_nothing_of_an_earlier_run_is_told() -> None:
    document = made({**CHANGED, "began": 2000.0}, RESTART, {}, {})
    assert (document["timeline"], document["at"]) == ([], 2000.0)
    assert [row["what"] for row in document["rows"]] == ["asked for", ONE, TWO, "worth knowing"]


@pytest.mark.parametrize(
    ("changed", "file", "mode", "back"),
    [
        (True, "as before", "local", None),
        (True, "kept", "redis", None),
        (True, "snapshot damaged", "redis", "ansible-playbook erni_ki.litellm.rollback_local"),
        (True, "edited by somebody", None, None),
        (True, None, None, None),
        (False, None, "redis", None),
    ],
)
def test_the_mode_that_the_file_has_now_where_it_is_known(
    changed: bool, file: str | None, mode: str | None, back: str | None
) -> None:
    ended = {"file": file, "file_told": "so it is"} if file else {}
    document = made({**CHANGED, "changed": changed}, {}, ended, {})
    assert (document["mode"]["file"], document.get("back")) == (mode, back)


def test_the_record_of_an_older_version_has_no_times() -> None:
    document = made(CHANGED, {}, {**ENDED, "restarted": [{"name": ONE, "problem": None}]}, {})
    assert ("  restart on the way back", "is back") in [(row["what"], row["seen"]) for row in document["rows"]]
    assert document["timeline"] == []
