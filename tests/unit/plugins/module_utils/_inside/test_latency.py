# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measuring loop, against real connections: what it asks, what it counts, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.published import (
    Published,
    PublishedConversation,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import latency as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import Key
from ansible_collections.erni_ki.litellm.tests.unit.support.litellm_server import serving

PLANTS = [{"prompt": f"p{number}", "seen_as": f"id-p{number}"} for number in range(12)]
ORDER: dict[str, Any] = {
    "model": "m",
    "kind": "chat",
    "timeout": 30,
    "warm_up": 2,
    "seconds": 60,
    "pause": 0,
    "plants": PLANTS,
    "again": True,
}
REPEATED = {**ORDER, "prompt": "the one", "samples": 10}


def conversation(port: int) -> PublishedConversation:
    return PublishedConversation(Published("http", "127.0.0.1", port, ""), Key("sk-1"), 30)


def planted(prompts: list[str]) -> tuple[int, str, str | None]:
    return 200, f"id-{prompts[-1]}", "key"


def test_each_plant_is_asked_for_and_asked_for_again_over_one_connection() -> None:
    pings = iter([0.001] * 12)
    with serving(planted) as (port, seen):
        told = inside.planted_hits(conversation(port), ORDER, lambda: next(pings))
    assert seen.prompts == [plant["prompt"] for plant in PLANTS for _kind in range(2)]
    assert len(seen.clients) == 1 and seen.keys == {"Bearer sk-1"}
    assert {what: len(seconds) for what, seconds in told["seconds"].items()} == {
        "redis hit": 10,
        "memory hit": 10,
        "redis ping": 10,
    }
    assert told["stopped"] is None and told["upstream_calls"] == 0
    assert all(seconds > 0 for seconds in told["seconds"]["redis hit"])


def test_a_client_asks_for_each_once_and_a_ping_that_fails_is_left_out() -> None:
    with serving(planted) as (port, seen):
        told = inside.planted_hits(conversation(port), {**ORDER, "again": False}, lambda: None)
    assert seen.prompts == [plant["prompt"] for plant in PLANTS]
    assert list(told["seconds"]) == ["redis hit"]


@pytest.mark.parametrize(
    ("answer", "stopped", "calls"),
    [
        ((200, "of the upstream", None), "an answer did not come from the cache", 1),
        ((429, "", None), "a request ended with status 429", 0),
        ((500, "", None), "a request ended with status 500", 1),
    ],
)
def test_it_ends_with_the_first_request_that_is_no_hit(
    answer: tuple[int, str, str | None], stopped: str, calls: int
) -> None:
    with serving(lambda prompts: answer if len(prompts) == 8 else planted(prompts)) as (port, seen):
        told = inside.planted_hits(conversation(port), ORDER)
    assert len(seen.prompts) == 8
    assert (told["stopped"], told["upstream_calls"]) == (stopped, calls)
    assert {what: len(seconds) for what, seconds in told["seconds"].items()} == {"redis hit": 2, "memory hit": 1}


def test_it_ends_when_three_answers_in_a_row_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "SLOW_SECONDS", 0.0)
    with serving(planted) as (port, seen):
        told = inside.planted_hits(conversation(port), ORDER)
    assert len(seen.prompts) == 3
    assert told["stopped"] == "3 answers in a row took more than 0 s each"


def test_it_ends_when_its_time_is_over_which_is_no_fault() -> None:
    with serving(planted) as (port, seen):
        told = inside.planted_hits(conversation(port), {**ORDER, "seconds": 0})
    assert len(seen.prompts) == 2 and told["stopped"] is None


def test_nobody_who_answers_is_told_and_not_raised() -> None:
    with serving(planted) as (port, _seen):
        pass
    told = inside.planted_hits(conversation(port), ORDER)
    assert told["stopped"] == "the proxy does not answer a request: ConnectionRefusedError" and told["seconds"] == {}
    assert inside.repeated_hits(conversation(port), REPEATED)["stopped"] == told["stopped"]


@pytest.mark.parametrize("known", [True, False])
def test_one_answer_is_asked_for_again_and_again_and_the_first_may_be_paid(known: bool) -> None:
    with serving(lambda prompts: (200, "same", "key" if known or len(prompts) > 1 else None)) as (port, seen):
        told = inside.repeated_hits(conversation(port), REPEATED)
    assert seen.prompts == ["the one"] * 13
    assert told == {
        "seconds": {"local hit": told["seconds"]["local hit"]},
        "stopped": None,
        "upstream_calls": int(not known),
    }
    assert len(told["seconds"]["local hit"]) == 10


def test_the_same_answer_of_an_upstream_twice_is_no_hit() -> None:
    """A model of embeddings gives the same vector each time, and each time is paid."""
    with serving(lambda _prompts: (200, "same", None)) as (port, seen):
        told = inside.repeated_hits(conversation(port), REPEATED)
    assert len(seen.prompts) == 2
    assert told == {"seconds": {}, "stopped": "an answer did not come from the cache", "upstream_calls": 2}
