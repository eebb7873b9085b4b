# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run planted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.planted import Planted

TOLD: dict[str, Any] = {
    "plants": [
        {"answer_id": "one", "seen_as": "one", "keys": ["a", "b"]},
        {"answer_id": "two", "seen_as": "vector", "keys": ["c"]},
    ],
    "written_keys": ["d"],
    "model": "words",
    "kind": "embedding",
    "ping_key": "p",
    "why_not": None,
    "observations": ["of the probe"],
}


def test_the_keys_are_those_of_all_entries() -> None:
    planted = Planted.from_dict(TOLD)
    assert planted.keys == ["a", "b", "c", "d"]
    assert planted.of("two") == TOLD["plants"][1] and planted.of("another run's") is None


def test_it_comes_back_from_what_a_module_returns() -> None:
    planted = Planted.from_dict(TOLD)
    assert planted.to_dict()["keys"] == planted.keys
    assert Planted.from_dict(planted.to_dict()) == planted


@pytest.mark.parametrize("told", [{}, {"plants": None, "written_keys": None}, {"plants": [], "written_keys": []}])
def test_nothing_planted_has_no_keys(told: dict) -> None:
    assert Planted.from_dict(told) == Planted() and Planted().keys == []
