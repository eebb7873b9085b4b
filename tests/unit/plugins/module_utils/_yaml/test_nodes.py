# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The look over nodes before anything is made of them."""

from __future__ import annotations

from typing import Any, Optional

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.lines import LineTable
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.nodes import (
    MOST_LEVELS,
    children_of,
    has_question_mark_in_flow,
    may_be_too_big,
    refuse_what_has_no_end,
    refuse_what_is_too_big,
)


def root_of(text: str) -> Any:
    return yaml.compose(text, Loader=yaml.SafeLoader)


def doubled(times: int) -> str:
    """A text whose aliases lead to two to the power of ``times`` values."""
    return "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, times))


def test_children() -> None:
    root = root_of("a: [b, c]\n")
    assert [node.id for node in children_of(root)] == ["scalar", "sequence"]
    assert [node.value for node in children_of(root.value[0][1])] == ["b", "c"]
    assert children_of(root.value[0][0]) == []


@pytest.mark.parametrize(
    "text, line",
    [
        ("a: 1\nb: &x [*x]\n", 2),
        ("a: 1\nb: &x\n  c: [1]\n  d: {e: *x}\n", 4),
        ("&x a: 1\nb: *x\n", None),
        ("a: &x [1]\nb: [*x, *x]\nc: *x\n", None),
        ("a: 1\n", None),
        (doubled(60), None),
    ],
)
def test_what_contains_itself(text: str, line: Optional[int]) -> None:
    if line is None:
        refuse_what_has_no_end(root_of(text), LineTable(text))
        return
    with pytest.raises(UnsupportedConfigError, match=f"line {line}: ") as caught:
        refuse_what_has_no_end(root_of(text), LineTable(text))
    assert caught.value.line == line


@pytest.mark.parametrize("levels, refused", [(MOST_LEVELS - 2, False), (MOST_LEVELS + 1, True)])
def test_levels(levels: int, refused: bool) -> None:
    text = "a: 1\nb: " + "[" * levels + "]" * levels + "\n"
    assert may_be_too_big(text)
    if not refused:
        refuse_what_is_too_big(root_of(text), LineTable(text))
        return
    with pytest.raises(UnsupportedConfigError, match="line 2: .* more than 100 levels"):
        refuse_what_is_too_big(root_of(text), LineTable(text))


@pytest.mark.parametrize("times, refused", [(10, False), (30, True), (90, True)])
def test_growth(times: int, refused: bool) -> None:
    text = doubled(times)
    assert may_be_too_big(text)
    if not refused:
        refuse_what_is_too_big(root_of(text), LineTable(text))
        return
    with pytest.raises(UnsupportedConfigError, match="line 1: .* more than 1000000 values"):
        refuse_what_is_too_big(root_of(text), LineTable(text))


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML has the pure loader alone")
@pytest.mark.parametrize(
    "text, found",
    [
        ("a: [b?]\n", True),
        ("a: {b?: 1}\n", True),
        ("a:\n- [1,\n  b?c]\n", True),
        ("a: ['b?', \"c?\"]\n", False),
        ("a: b?\nc: [1] # ?\n", False),
        ("a: &x [*x, 1]\n", False),
    ],
)
def test_question_marks_that_only_libyaml_takes_for_text(text: str, found: bool) -> None:
    assert has_question_mark_in_flow(yaml.compose(text, Loader=yaml.CSafeLoader)) is found
    if found:
        with pytest.raises(yaml.YAMLError):
            yaml.compose(text, Loader=yaml.SafeLoader)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "a: [1, {b: 2}]\n" * 50,
        "a: ']]]'\n" * 50,
        "".join(" " * n + "a:\n" + " " * n + "- b\n" for n in range(20)),
    ],
)
def test_most_texts_need_no_look(text: str) -> None:
    assert not may_be_too_big(text)


@pytest.mark.parametrize(
    "text",
    ["- " * 50 + "a\n", "? " * 50 + "a\n", "".join(" " * n + "a:\n" for n in range(50)), "[\n" * 50 + "]\n" * 50],
)
def test_all_deep_texts_do(text: str) -> None:
    assert may_be_too_big(text)
