# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each thing that a verification shows says what is promised there, and how it was found out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.promises import PROMISES, promised
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict import verdict_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict_rows import Looks
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

#: Rows with a verdict that promise nothing: they tell what became of a run, or of the file.
NO_PROMISE = {"its own cache", "known issue", "pending change", "problem", "settings", "stale", "the file"}


def whole_proof(mode: str) -> dict[str, Any]:
    """Result of litellm_cache_roundtrip with all experiments."""
    proof = told.proof(*(["harvested"] if mode == "redis" else ["hit"]))
    proof["write_path"]["namespaces_apart"] = True
    proof["experiments"] = [
        {"kind": kind, "given": True, "cached": True, "seconds": 0.01}
        for kind in ("streaming", "text completion", "embedding")
    ]
    proof["shared"] = [{"instance": told.NAME, "given": True, "seconds": 0.01}]
    proof["trials"] = [
        {"trial": "restart", "given": True, "reason": ""},
        {"trial": "hang", "given": True, "reason": "", "seconds": 0.5, "hung": 3.0},
    ]
    return proof


@pytest.mark.parametrize("mode", ["redis", "local"])
def test_each_experiment_of_a_whole_verification_has_its_promise(mode: str) -> None:
    one = told.instance() if mode == "redis" else told.local()
    looks = Looks(told.found(one, mode=mode), whole_proof(mode), told.server())
    rows = verdict_of(looks)["document"]["rows"]
    bare = {row["what"].strip() for row in rows if row["verdict"] and "promise" not in row}
    assert bare <= NO_PROMISE
    assert len([row for row in rows if row.get("experiment")]) >= 10


def test_an_experiment_is_told_as_what_is_done_in_that_mode() -> None:
    assert promised("  proof", "redis")["experiment"].startswith("plant")
    assert promised("  proof", "local")["experiment"].startswith("send one request")
    assert promised("image", "redis") == {} and promised("stale", "local") == {}


def test_the_sentences_are_short_and_plain() -> None:
    for promise in PROMISES.values():
        for words in (promise.words, promise.redis, promise.local or "a"):
            assert re.fullmatch(r"[a-zA-Z][^.]{0,99}", words), words


def test_with_the_details_the_experiment_stands_below_what_was_seen() -> None:
    found = told.found(told.instance())
    plain = verdict_of(Looks(found, told.proof(), told.server()))["lines"]
    details = verdict_of(Looks(found, told.proof(), told.server(), details=True))["lines"]
    assert not any("(plant an answer" in line for line in plain)
    assert any("(plant an answer in Redis" in line for line in details) and all(len(line) <= 80 for line in details)
