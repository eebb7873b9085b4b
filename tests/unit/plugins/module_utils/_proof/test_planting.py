# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run planted, and the words in which an instance's refusal is explained."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instance_client import InstanceError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.planting import Planted, explained

TOLD = {
    "plants": [
        {"answer_id": "one", "keys": ["a", "b"]},
        {"answer_id": "two", "keys": ["c"]},
    ],
    "written_keys": ["d"],
    "observations": ["of the probe"],
}


def test_the_keys_are_those_of_all_entries() -> None:
    planted = Planted.from_dict(TOLD)
    assert planted.keys == ["a", "b", "c", "d"]
    assert (planted.keys_of("two"), planted.keys_of("another run's")) == (["c"], [])


def test_it_comes_back_from_what_a_module_returns() -> None:
    planted = Planted.from_dict(TOLD)
    assert planted.to_dict()["keys"] == planted.keys
    assert Planted.from_dict(planted.to_dict()) == planted


@pytest.mark.parametrize("told", [{}, {"plants": None, "written_keys": None}, {"plants": [], "written_keys": []}])
def test_nothing_planted_has_no_keys(told: dict) -> None:
    assert Planted.from_dict(told) == Planted() and Planted().keys == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"variable": "REDIS_SSL"}, "no. The proxy's environment variable REDIS_SSL does it: do not export it"),
        ({"where": "router", "setting": "lfu"}, "no. Remove lfu from router_settings.cache_kwargs"),
        ({"where": "cache", "setting": "lfu"}, "no"),
        ({}, "no"),
    ],
)
def test_a_refusal_names_its_way_out(facts: dict, words: str) -> None:
    assert explained(InstanceError("no", **facts)).startswith(words)
