# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of the restart of an instance."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.restart_words import (
    bridge_in_words,
    restart_in_words,
)

BRIDGE = {"raised_seconds": 8.2, "connections": 378, "killed": False}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"name": "a"}, ""),
        ({"name": "a", "gone": True}, "removed by somebody during the run"),
        ({"ready_seconds": 7.07}, "away 7.1 s"),
        ({"ready_seconds": 7.07, "bridge": {"why_not": "nobody asks"}}, "away 7.1 s"),
        ({"ready_seconds": 7.07, "bridge": BRIDGE}, "away 7.1 s, a bridge took 378 connections"),
        ({"ready_seconds": 7.07, "bridge": {**BRIDGE, "connections": 1}}, "away 7.1 s, a bridge took 1 connection"),
        (
            {"ready_seconds": 7.07, "bridge": {**BRIDGE, "connections": None}},
            "away 7.1 s, a bridge answered meanwhile",
        ),
        (
            {"ready_seconds": 7.07, "bridge": {**BRIDGE, "killed": True}},
            "away 7.1 s, a bridge took 378 connections and was killed, because it did not end in time",
        ),
    ],
)
def test_a_restart_in_words(entry: dict[str, Any], words: str) -> None:
    assert restart_in_words(entry) == words


def test_a_bridge_in_words() -> None:
    assert bridge_in_words({"name": "a"}) == ""
    assert bridge_in_words({"bridge": BRIDGE}) == ""
    assert bridge_in_words({"bridge": {"why_not": "nobody asks"}}) == "no bridge: nobody asks"
    assert bridge_in_words({"bridge": {"why_not": "nobody asks", "foreseen": "no bridge at all"}}) == "no bridge at all"
