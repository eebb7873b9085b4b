# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._variables.values import is_unset, wrong_values

CHOICES = ["auto", "none"]


def wrong(value: Any, **option: Any) -> list[str]:
    """What is said of one value of a variable x."""
    return wrong_values({"x": value}, {"x": option})


@pytest.mark.parametrize("value", ["", None, [], {}])
def test_what_is_empty_is_unset_and_fits_every_type(value: Any) -> None:
    assert is_unset(value)
    assert [wrong(value, type=kind) for kind in ("int", "float", "bool", "list", "dict", "str", "path")] == [[]] * 7


@pytest.mark.parametrize("value", [0, False])
def test_nought_and_false_are_values(value: Any) -> None:
    assert not is_unset(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", 30),
        ("int", "30"),
        ("int", " 30 "),
        ("int", 30.0),
        ("float", "2.5"),
        ("float", 2),
        ("bool", True),
        ("bool", "Yes"),
        ("bool", 0),
        ("list", ["a", "b"]),
        ("list", "a,b"),
        ("dict", {"a": 1}),
        ("dict", '{"a": 1}'),
        ("dict", "a=1"),
        ("str", 5),
        ("path", "/srv"),
    ],
)
def test_what_the_modules_would_read_is_right(kind: str, value: Any) -> None:
    assert wrong(value, type=kind) == []


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("int", "six", "a whole number"),
        ("int", "-1", "a whole number"),
        ("int", True, "a whole number"),
        ("int", 2.5, "a whole number"),
        ("int", [1], "a whole number"),
        ("float", "nan", "a number that is not negative"),
        ("float", "inf", "a number that is not negative"),
        ("float", -1, "a number that is not negative"),
        ("float", {}.keys(), "a number that is not negative"),
        ("bool", "maybe", "true or false"),
        ("bool", 2, "true or false"),
        ("list", {"a": 1}, "a list"),
        ("dict", "nothing of the kind", "a mapping"),
        ("dict", [1], "a mapping"),
        ("str", ["a"], "text"),
        ("path", {"a": 1}, "a path"),
    ],
)
def test_a_wrong_type_is_one_line_without_the_value(kind: str, value: Any, said: str) -> None:
    assert wrong(value, type=kind) == [f"x must be {said}, or empty"]


def test_what_is_required_may_not_be_emptied() -> None:
    assert wrong(["/srv"], type="path", required=True) == ["x must be a path"]


def test_a_choice_names_the_others_and_no_empty_one() -> None:
    assert wrong("nnone", type="str", choices=CHOICES) == ["x must be auto or none, or empty, not nnone"]
    assert wrong("x", type="str", choices=["a", "b", "c"]) == ["x must be a, b or c, or empty, not x"]
    assert wrong("auto", type="str", choices=CHOICES) == []


def test_what_may_be_a_secret_in_the_wrong_place_is_not_told() -> None:
    assert wrong("s3cret/with blank", type="str", choices=CHOICES) == ["x must be auto or none, or empty"]


def test_elements_have_types_and_choices_of_their_own() -> None:
    assert wrong("3,0", type="list", elements="int") == []
    assert wrong([3, "x"], type="list", elements="int") == ["x must be a list, each element a whole number, or empty"]
    assert wrong("auto, none", type="list", elements="str", choices=CHOICES) == []
    assert wrong(["auto", "b"], type="list", elements="str", choices=CHOICES) == [
        "each element of x must be auto or none, not b"
    ]


def test_members_have_names_and_types() -> None:
    options = {"redis_host": {"type": "str"}, "redis_port": {"type": "int"}}
    assert wrong({"redis_host": "a", "redis_port": "1"}, type="dict", options=options) == []
    assert wrong({"redis_hots": "a"}, type="dict", options=options) == ["x has no redis_hots, did you mean redis_host?"]
    assert wrong({"zzz": "a"}, type="dict", options=options) == ["x has no zzz, only redis_host, redis_port"]
    assert wrong({"redis_port": "six"}, type="dict", options=options) == [
        "x: redis_port must be a whole number, or empty"
    ]


def test_a_member_that_may_be_a_secret_is_not_told() -> None:
    told = wrong({"p4ss word!": "a"}, type="dict", options={"redis_host": {"type": "str"}})
    assert told == ["x has no such key, only redis_host"]
