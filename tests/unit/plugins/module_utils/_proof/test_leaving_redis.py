# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the cache may leave Redis: what the answer of an instance, or the text alone, decides."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.leaving_redis import (
    decide,
    decide_by_text,
    limits_not_shared,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.requests import RoundtripError

STOPS = {"starts": False, "drops": False, "accepts": ["environment"]}
DROPS = {"starts": True, "drops": True, "accepts": []}
KEEPS = {"starts": True, "drops": False, "accepts": ["environment"]}


def answer(buffer: dict[str, Any] | None, waiting: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    """The answer of an instance."""
    told = {"litellm_version": "1.2.3", "workers": 1, "coordination": [], "buffer": buffer, "waiting": waiting or {}}
    return {**told, "waiting_problem": None, **more}


def codes(findings: list[dict[str, Any]]) -> list[str]:
    return [finding["code"] for finding in findings]


@pytest.mark.parametrize("refuse", [True, False])
def test_what_would_not_start_is_refused_in_any_case(refuse: bool) -> None:
    with pytest.raises(RoundtripError) as refused:
        decide(answer(STOPS, {"litellm_spend_update_buffer": 2, "litellm_daily_spend_update_buffer": 1}), refuse)
    message = str(refused.value)
    assert "in the local mode LiteLLM 1.2.3 does not start" in message
    assert "3 spend records in Redis" in message and "litellm_spend_update_buffer: 2" in message
    assert "use_redis_transaction_buffer: false" in message and "REDIS_HOST" in message
    assert "litellm_cache_known_issues" not in message


def test_what_would_lose_spend_is_refused_unless_known_issues_only_warn() -> None:
    with pytest.raises(RoundtripError) as refused:
        decide(answer(DROPS), True)
    assert "counts no spend" in str(refused.value) and "litellm_cache_known_issues to warn" in str(refused.value)
    assert "REDIS_HOST" not in str(refused.value)  # this version does not accept it
    (finding,) = decide(answer(DROPS), False)
    assert finding["code"] == "spend_buffer_without_redis" and "Way out" in finding["message"]


def test_a_buffer_that_finds_another_redis_may_leave_and_what_waits_is_told() -> None:
    assert decide(answer(KEEPS), True) == []
    assert codes(decide(answer(KEEPS, {"litellm_spend_update_buffer": 1}), True)) == ["spend_records_wait"]
    assert codes(decide(answer(None, {"litellm_spend_update_buffer": 1}), True)) == ["spend_records_wait"]


def test_records_that_could_not_be_counted_matter_only_with_the_buffer() -> None:
    assert decide(answer(None, waiting_problem="no route"), True) == []
    (finding,) = decide(answer(KEEPS, waiting_problem="no route"), True)
    assert "could not be counted: no route" in finding["message"]


@pytest.mark.parametrize(
    ("instances", "workers", "coordination", "said"),
    [
        (1, 1, [], None),
        (2, 1, [], "2 instances"),
        (1, 4, [], "4 worker processes"),
        (2, 1, ["REDIS_HOST"], None),
    ],
)
def test_shared_limits_end_where_there_are_several_processes(
    instances: int, workers: int, coordination: list[str], said: str | None
) -> None:
    found = limits_not_shared(answer(None, workers=workers, coordination=coordination), instances)
    assert [said in finding["message"] for finding in found] == ([True] if said else [])


@pytest.mark.parametrize("value", ["true", "'True'", "yes"])
def test_without_an_instance_the_text_decides(value: str) -> None:
    text = f"general_settings:\n  use_redis_transaction_buffer: {value}\n"
    with pytest.raises(RoundtripError, match="no instance could be asked"):
        decide_by_text(text, True)
    assert codes(decide_by_text(text, False)) == ["spend_buffer_without_redis"]


def test_a_reference_that_nobody_can_read_is_told_and_refuses_nothing() -> None:
    text = "general_settings: {use_redis_transaction_buffer: os.environ/USE_BUFFER}\n"
    (finding,) = decide_by_text(text, True)
    assert "os.environ/USE_BUFFER" in finding["message"]


@pytest.mark.parametrize(
    "text", ["general_settings:\n", "a: 1\n", "general_settings: {use_redis_transaction_buffer: false}\n"]
)
def test_a_text_without_the_buffer_has_nothing_to_say(text: str) -> None:
    assert decide_by_text(text, True) == []
