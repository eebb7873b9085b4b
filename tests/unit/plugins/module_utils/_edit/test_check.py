# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verification of an edit: a good one passes, and each way to be wrong is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.check import same_data, verify_edit
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.draft import Draft
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsafeEditError
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.patch import Splice

TEXT = "model_list:\n  - a\nlitellm_settings:\n  cache: true\n  ttl: 5\nother: &x [1]\nlast: *x\n"


def replaced(text: str, old: str, new: str) -> tuple[str, Splice]:
    """The text with one piece replaced, and the splice that says so."""
    start = text.index(old)
    return text[:start] + new + text[start + len(old) :], Splice(start, start + len(old), new)


def draft_of(text: str, **expected: Any) -> Draft:
    draft = Draft(YamlText(text))
    for key, value in expected.items():
        draft.expected.set(("litellm_settings",), key, value)
    return draft


def test_the_edit_that_was_meant_passes() -> None:
    edited, splice = replaced(TEXT, "ttl: 5", "ttl: 60")
    verify_edit(draft_of(TEXT, ttl=60), [splice], YamlText(edited))


def test_no_edit_passes() -> None:
    verify_edit(draft_of(TEXT), [], YamlText(TEXT))


@pytest.mark.parametrize("value", ["60", 60.0, 61, None, True, [60]])
def test_a_value_other_than_meant_is_refused(value: Any) -> None:
    edited, splice = replaced(TEXT, "ttl: 5", "ttl: " + json.dumps(value))
    with pytest.raises(UnsafeEditError, match="litellm_settings would not load as intended"):
        verify_edit(draft_of(TEXT, ttl=60), [splice], YamlText(edited))


def test_a_section_that_was_not_meant_is_refused() -> None:
    edited, splice = replaced(TEXT, "last:", "router_settings:\nlast:")
    with pytest.raises(UnsafeEditError, match="router_settings would not load"):
        verify_edit(draft_of(TEXT), [splice], YamlText(edited))


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("- a", "- b", "would change the section in line 1,"),
        ("- a", '- !!str "1"', "would change the section in line 1,"),
        ("- a", "- a\n  - b", "would change the section in line 1,"),
        ("[1]", "[2]", "would change the section in line 6,"),
        ("[1]", "['1']", "would change the section in line 6,"),
        ("last: *x\n", "", "add or remove a section"),
        ("last: *x\n", "last: *x\nmore: 1\n", "add or remove a section"),
        ("last:", "lost:", "would change the section in line 7,"),
    ],
)
def test_a_change_of_what_is_not_ours_is_refused(old: str, new: str, words: str) -> None:
    edited, splice = replaced(TEXT, old, new)
    with pytest.raises(UnsafeEditError, match=words):
        verify_edit(draft_of(TEXT), [splice], YamlText(edited))


@pytest.mark.parametrize("new", ['- "a"', "-   a", "- a  # comment"])
def test_the_same_yaml_in_other_clothes_is_no_change(new: str) -> None:
    edited, splice = replaced(TEXT, "- a", new)
    verify_edit(draft_of(TEXT), [splice], YamlText(edited))


def test_text_outside_the_splices_must_be_the_same() -> None:
    edited, splice = replaced(TEXT, "ttl: 5", "ttl: 60")
    with pytest.raises(UnsafeEditError):
        verify_edit(draft_of(TEXT, ttl=60), [splice], YamlText(edited + "# more\n"))


@pytest.mark.parametrize(
    "first, second, same",
    [
        (1, 1, True),
        (1, True, False),
        (1, 1.0, False),
        ("1", 1, False),
        (float("nan"), float("nan"), True),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": 1}, {"a": True}, False),
        ([1, 2], [2, 1], False),
        ([1], [1, 1], False),
        ([{"a": [1.0]}], [{"a": [1]}], False),
        (0.0, 0, False),
        (float("nan"), 1.0, False),
        (1.0, float("nan"), False),
        (None, {}, False),
        (None, None, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ],
)
def test_same_data(first: Any, second: Any, same: bool) -> None:
    assert same_data(first, second) is same
