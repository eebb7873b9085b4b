# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody writes between what we made a comment and what we wrote in its place stays between them."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import Plan
from ansible_collections.erni_ki.litellm.tests.unit.support.cache_oracle import Judged, loaded
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    revert,
    stored,
    switch,
    variants,
    wishes,
)

#: Texts of which something is a comment in both modes, with the way there, that comment, and what stands in its place.
SHAPES = {
    "flow settings": (
        "a: 1\nlitellm_settings: {cache: true, cache_params: {type: redis, host: redis}, callbacks: [a, {b: c}]}\nb: 1\n",
        {"mode": "local"},
        "# litellm_settings:",
        "litellm_settings:",
    ),
    "flow settings on several lines": (
        "litellm_settings: {cache: true, cache_params: {type: redis, host: redis},\n  callbacks: [a]\n  }\nb: 1\n",
        {"mode": "local"},
        "# litellm_settings:",
        "litellm_settings:",
    ),
    "flow router": (
        "a: 1\nrouter_settings: {redis_host: redis, redis_port: 6379, num_retries: 3}\n",
        {"mode": "local"},
        "# router_settings:",
        "router_settings:",
    ),
    "flow parameters": (
        "litellm_settings:\n  cache: true\n  cache_params: {type: redis, host: redis, mine: 5}\n  callbacks: [a]\n",
        {"mode": "local"},
        "# cache_params:",
        "cache_params:",
    ),
    "alias": (
        "p: &p {type: redis, host: redis, mine: 3}\nlitellm_settings:\n  cache: true\n  cache_params: *p\n  x: 1\n",
        {"mode": "local"},
        "# cache_params:",
        "cache_params:",
    ),
    "merge key": (
        "r: &r {redis_url: 'redis://merged', retry_after: 7}\nrouter_settings:\n  <<: *r\n  num_retries: 3\nb: 1\n",
        {"mode": "local", "router": "none"},
        "# <<:",
        "retry_after:",
    ),
    "merge key at the root": (
        "base: &base\n  litellm_settings:\n    callbacks: [a]\n<<: *base\nb: 1\n",
        {"mode": "local"},
        "b: 1",
        "litellm_settings:",
    ),
    "list": (
        "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n    supported_call_types: [acompletion]\n  x: 1\n",
        {"mode": "redis", "supported_call_types": ["aembedding"]},
        "# supported_call_types:",
        "supported_call_types:",
    ),
}
BY_HAND = {
    "key": ["by_hand: 1"],
    "comment": ["# by_hand"],
    "several": ["# one", "by_hand: 1", "", "# two", "by_hand_too: {a: 1}"],
    "block": ["by_hand:", "  inner:", "    deep: 1", "  # in it"],
    "scalar": ["by_hand: |", "  text", "", "  text"],
}


def written(text: str, header: str, by_hand: list[str]) -> str:
    """The text with lines above the last one that begins with ``header``."""
    lines = text.split("\n")
    line = max(number for number, content in enumerate(lines) if content.lstrip(" ").startswith(header))
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip(" "))]
    end = "\r" if lines[line].endswith("\r") else ""
    lines[line:line] = [(indent + content if content else "") + end for content in by_hand]
    return "\n".join(lines)


def order_of(text: str, *words: str) -> list[int]:
    """The last lines that begin with the words."""
    lines = [line.lstrip(" ") for line in text.split("\n")]
    return [max(number for number, line in enumerate(lines) if line.startswith(word)) for word in words]


def holds(before: str, options: dict, plan: Plan) -> None:
    """Require what the oracle requires, and that a second run changes nothing."""
    assert not list(Judged(before, plan.candidate, options).faults())
    assert not switch(plan.candidate, wishes(**options), stored(plan.journal)).changed


@pytest.mark.parametrize("by_hand", BY_HAND.values(), ids=BY_HAND)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("variant", ["original", "crlf", "open end"])
def test_what_stands_in_between_stays_there(shape: tuple, by_hand: list[str], variant: str) -> None:
    text, first, comment, header = shape
    then = {**first, "mode": "redis" if first["mode"] == "local" else "local"}
    there = switch(variants(text)[variant], wishes(**first))
    edited = written(there.candidate, header, by_hand)
    assert loaded(edited) is not None
    other = switch(edited, wishes(**then), stored(there.journal))
    holds(edited, then, other)
    again = switch(other.candidate, wishes(**first), stored(other.journal))
    holds(other.candidate, first, again)
    for plan in (other, again):
        if not any(line.lstrip(" ").startswith(header) for line in plan.candidate.split("\n")):
            continue  # what was made a comment is live again, and nothing stands in its place
        places = order_of(plan.candidate, comment, by_hand[0], header)
        assert places == sorted(places)
    if other.journal is not None:  # the mode of the first text is another one than that
        assert again.candidate == edited


def test_an_empty_line_above_a_section_stays_with_it() -> None:
    there = switch("a: 1\n\nb: 1\n", wishes("local"))
    assert "\n\nlitellm_settings:" in there.candidate
    edited = there.candidate + "\nby_hand: 1\n"
    other = switch(edited, wishes("redis"), stored(there.journal))
    assert "b: 1\n\nlitellm_settings:" in other.candidate
    assert revert(other).candidate == "a: 1\n\nb: 1\n\nby_hand: 1\n"


@pytest.mark.parametrize(
    "old, new", [("  # <<: *r\n", ""), ("# <<: *r", "# <<: *r  # by hand")], ids=["gone", "changed"]
)
@pytest.mark.parametrize("first", ["local", "redis"])
def test_what_a_merge_key_brought_in_stays_when_its_comment_does_not(first: str, old: str, new: str) -> None:
    text, _first, _comment, _header = SHAPES["merge key"]
    options = [{"mode": first, "router": "none"}, {"mode": "local" if first == "redis" else "redis"}]
    there = switch(text, wishes(**options[0]))
    assert old in there.candidate
    edited = there.candidate.replace(old, new)
    other = switch(edited, wishes(**options[1]), stored(there.journal))
    holds(edited, options[1], other)
    assert "retry_after: 7\n" in other.candidate
    assert not other.exact


def test_without_a_hand_edit_a_way_around_ends_where_the_straight_one_does() -> None:
    """A value that Redis mode has of its own is in another place than one that is written out of a merge key."""
    text = "p: &p\n  type: redis\n  host: merged\n  ttl: 60\nlitellm_settings:\n  cache: false\n"
    text += "  cache_params:\n    <<: *p\n    mode:\n    db: 0\nb: 1\n"
    straight = switch(text, wishes("local"))
    there = switch(straight.candidate, wishes("redis", ttl=0.5), stored(straight.journal))
    back = switch(there.candidate, wishes("local"), stored(there.journal))
    assert back.candidate == straight.candidate
