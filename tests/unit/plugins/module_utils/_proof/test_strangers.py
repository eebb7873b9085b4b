# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of answers that another proxy has stored."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.strangers import answers_of_others
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

OTHER = {"name": "other", "answers": 3, "newest": 100.0, "own": False}


def redis(*namespaces: dict[str, Any]) -> dict[str, Any]:
    """Result of redis_cache_info with these namespaces."""
    return told.server(census={"sampled": False, "kinds": {}, "namespaces": list(namespaces)})


def test_whose_answers_they_are_is_told() -> None:
    sentences = list(answers_of_others(redis(OTHER, {**OTHER, "name": "", "answers": 1}, {**OTHER, "own": True})))
    assert sentences == [
        "3 cached answers lie under the namespace other, which is not that of this proxy",
        "1 cached answer lies under no namespace, unlike those of this proxy",
    ]


@pytest.mark.parametrize(("since", "times"), [(0.0, 1), (99.0, 1), (100.0, 0)])
def test_what_is_left_of_before_is_nobody_elses(since: float, times: int) -> None:
    assert len(list(answers_of_others(redis(OTHER), since))) == times


def test_what_a_client_may_have_chosen_is_told_where_another_proxy_is_known() -> None:
    maybe = redis({**OTHER, "own": None})
    assert not list(answers_of_others(maybe)) and len(list(answers_of_others(maybe, unsure=True))) == 1


@pytest.mark.parametrize("nothing", [{}, {"census": None}, {"msg": "not reached"}, told.server()])
def test_a_redis_that_was_not_seen_tells_nothing(nothing: dict[str, Any]) -> None:
    assert not list(answers_of_others(nothing, unsure=True))
