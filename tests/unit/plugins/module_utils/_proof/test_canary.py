# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the answers of a clone tell of the calls of models."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.canary import upstream_calls


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        (
            [(200, "a", None), (200, "a", None)],
            1,
        ),  # nothing is told: one that was given twice was given by a model once
        ([(200, "a", True), (200, "a", None)], 1),
        ([(200, "a", True), (200, "a", True), (200, "a", None)], 2),
        ([(200, "v", True), (200, "v", False), (200, "v", False)], 1),  # vectors
        ([(200, "planted", None), (200, "a", True)], 1),
        ([(200, "planted", False)], 0),
        ([(500, None, None), (500, None, None)], 2),
        ([(429, None, True)], 1),
        ([], 0),
    ],
)
def test_each_answer_of_a_model_is_counted_once(answers: list[tuple[int, Any, Any]], calls: int) -> None:
    told = [{"status": status, "id": identifier, "computed": computed} for status, identifier, computed in answers]
    assert upstream_calls(told, ["planted"]) == calls
