# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a section should hold: whether LiteLLM would make the same of what is there."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import CacheTarget, SectionTarget, Wanted


@pytest.mark.parametrize(
    "key, value, current, same",
    [
        ("type", "redis", "redis", True),
        ("type", "redis", "Redis", False),
        ("port", 6379, 6379, True),
        ("port", 6379, "6379", True),
        ("port", 6379, " 6379 ", True),
        ("port", 6379, "06379", False),
        ("port", "6379", 6379, False),
        ("socket_timeout", 30, 30.0, True),
        ("socket_timeout", 30, "30", False),  # redis-py would get text
        ("socket_timeout", 1, True, False),
        ("cache", True, True, True),
        ("cache", True, 1, False),
        ("cache", True, "true", False),
        ("cache", False, None, False),
        ("supported_call_types", ["a", "b"], ["b", "a"], True),
        ("supported_call_types", ["a", "b"], ["a"], False),
        ("supported_call_types", ["a"], ["a", "a"], False),
        ("supported_call_types", ["a"], "a", False),
        ("supported_call_types", [], None, False),
        ("namespace", "5", 5, False),
        ("host", "redis", None, False),
    ],
)
def test_same(key: str, value: Any, current: Any, same: bool) -> None:
    assert Wanted(key, value).same_as(current) is same
    assert Wanted(key, value).met_by({key: current}) is same


def test_a_default_leaves_what_is_there_and_not_nothing() -> None:
    default = Wanted("ttl", 1800, default=True)
    assert default.met_by({"ttl": 5}) and default.met_by({"ttl": 0}) and default.met_by({"ttl": 1800})
    assert not default.met_by({"ttl": None})
    assert not default.met_by({})
    assert not Wanted("ttl", 1800).met_by({"ttl": 5})


def test_a_wanted_null_must_be_there() -> None:
    assert not Wanted("ttl", None).met_by({})


@pytest.mark.parametrize(
    "value, number", [(1, True), (1.5, True), (True, False), ("1", False), (None, False), ([1], False)]
)
def test_numbers(value: Any, number: bool) -> None:
    assert Wanted("port", value).is_number is number


DAY = datetime.date(2026, 1, 2)
INNER = SectionTarget("cache_kwargs", (Wanted("db", 1),))
OUTER = SectionTarget("router_settings", (Wanted("redis_host", "redis"), INNER))


def test_a_target_is_met_by_what_it_would_load_as() -> None:
    assert OUTER.value == {"redis_host": "redis", "cache_kwargs": {"db": 1}}
    assert OUTER.met_by({"router_settings": OUTER.value})
    assert OUTER.met_by({"router_settings": dict(OUTER.value, num_retries=3)})


@pytest.mark.parametrize(
    "section",
    [None, [], "x", {}, {"redis_host": "redis"}, {"redis_host": "redis", "cache_kwargs": None}]
    + [{"redis_host": "other", "cache_kwargs": {"db": 1}}, {"redis_host": "redis", "cache_kwargs": {"db": 2}}],
)
def test_a_target_is_not_met_by_less(section: Any) -> None:
    assert not OUTER.met_by({"router_settings": section})
    assert not OUTER.met_by({})


def test_an_empty_target_needs_the_section_alone() -> None:
    empty = SectionTarget("s")
    assert empty.met_by({"s": {}})
    assert not empty.met_by({"s": None})
    assert CacheTarget((empty,)).findings == ()


def test_a_target_is_not_met_beside_what_is_unwanted() -> None:
    target = SectionTarget("s", (Wanted("a", 1),), ("b",))
    assert target.met_by({"s": {"a": 1, "c": 2}})
    assert not target.met_by({"s": {"a": 1, "b": 2}})


def test_a_target_keeps_what_it_hides() -> None:
    target = SectionTarget("s", (Wanted("a", 1), Wanted("ttl", 5, default=True), INNER), ("b",))
    hidden = {"a": 2, "b": 3, "ttl": 7, "words": ["x"], "cache_kwargs": {"db": 9, "c": False}, "deep": {"d": "e"}}
    assert target.keeping(hidden).value == {
        "a": 1,
        "ttl": 7,
        "cache_kwargs": {"db": 1, "c": False},
        "words": ["x"],
        "deep": {"d": "e"},
    }


def test_a_target_keeps_its_order_and_values_of_all_kinds() -> None:
    target = SectionTarget("s", (Wanted("a", 1),), order=("b", "a"))
    hidden = {"c": None, "b": [1, {}], "d": {"x y": "z"}, "sentinel_nodes": ["x"]}
    assert list(target.keeping(hidden).value.items()) == [
        ("b", [1, {}]),
        ("a", 1),
        *list(hidden.items())[:1],
        *list(hidden.items())[2:],
    ]


@pytest.mark.parametrize("hidden", [[], "x", {"a": DAY}, {"a": [{"b": DAY}]}, {"a": {DAY: 1}}, {5: 1}, {"a b": 1}])
def test_what_has_no_form_on_one_line_is_not_kept(hidden: Any) -> None:
    with pytest.raises(ValueError, match="no mapping|odd key|neither"):
        SectionTarget("s").keeping(hidden)
