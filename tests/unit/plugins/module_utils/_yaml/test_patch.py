# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edits of a text by spans, and the way back."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.lines import LineTable
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.patch import (
    Splice,
    TextPatch,
    apply_splices,
    index_after,
    inverse_splices,
)


def patched(text: str, *changes: Any) -> str:
    patch = TextPatch(LineTable(text))
    for name, *arguments in changes:
        getattr(patch, name)(*arguments)
    splices = patch.splices()
    result = apply_splices(text, splices)
    assert apply_splices(result, inverse_splices(text, splices)) == text
    return result


@pytest.mark.parametrize(
    "text, changes, expected",
    [
        ("a\nb\n", [("insert_lines", 1, ["x"])], "a\nx\nb\n"),
        ("a\nb", [("insert_lines", 2, ["x", "y"])], "a\nb\nx\ny"),
        ("a\r\nb", [("insert_lines", 2, ["x"])], "a\r\nb\r\nx"),
        ("a\nb", [("delete_lines", 1, 1)], "a"),
        ("a\nb", [("delete_lines", 0, 0)], "b"),
        ("a\nb\nc", [("delete_lines", 1, 2), ("insert_lines", 1, ["x"])], "a\nx"),
        ("a\nb\nc", [("delete_lines", 1, 1), ("insert_lines", 2, ["x"])], "a\nx\nc"),
        ("a\nb\n", [("delete_lines", 0, 1)], ""),
        ("a\nb", [("delete_lines", 0, 1)], ""),
        ("", [("insert_lines", 0, ["x"])], "x\n"),
        ("a: 1\n", [("replace", 3, 4, "2"), ("insert_lines", 1, ["b"])], "a: 2\nb\n"),
        ("a\nb\n", [("replace", 2, 2, "# "), ("insert_lines", 1, ["x"])], "a\nx\n# b\n"),
        ("a:", [("replace", 2, 2, " 1"), ("insert_lines", 1, ["x"])], "a: 1\nx"),
        (
            "a\n",
            [("insert_lines", 1, ["x"]), ("insert_lines", 1, ["  y"]), ("insert_lines", 1, ["z"])],
            "a\n  y\nx\nz\n",
        ),
    ],
)
def test_changes(text: str, changes: Any, expected: str) -> None:
    assert patched(text, *changes) == expected


def test_overlapping_changes_are_an_error() -> None:
    with pytest.raises(ValueError, match="overlap at index 1"):
        patched("abc", ("replace", 0, 2, "x"), ("replace", 1, 3, "y"))


def test_a_change_inside_a_deleted_line_is_an_error() -> None:
    with pytest.raises(ValueError, match="overlap"):
        patched("ab\ncd\n", ("replace", 1, 2, "x"), ("delete_lines", 0, 0))


def test_change_to_the_same_is_none() -> None:
    patch = TextPatch(LineTable("abc"))
    patch.replace(0, 1, "a")
    assert patch.empty
    patch.replace(0, 1, "b")
    assert not patch.empty


def test_neighbouring_changes_do_not_overlap() -> None:
    assert patched("abc", ("replace", 1, 2, ""), ("replace", 0, 1, "long"), ("replace", 2, 3, "x")) == "longx"


@pytest.mark.parametrize("seed", range(20))
def test_the_inverse_of_any_splices_leads_back(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choice("ab\r\n🔑 ") for _character in range(60))
    cuts = sorted(chance.sample(range(61), 8))
    splices = [Splice(start, end, "xy"[: chance.randrange(3)]) for start, end in zip(cuts[::2], cuts[1::2])]
    result = apply_splices(text, splices)
    characters = list(text)  # the same from behind, where no index moves
    for splice in reversed(splices):
        characters[splice.start : splice.end] = splice.new
    assert result == "".join(characters)
    assert apply_splices(result, inverse_splices(text, splices)) == text


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_whole_lines_are_edited_as_a_list_of_lines_is(seed: int, line_end: str, last: str) -> None:
    chance = random.Random(seed)
    contents = [str(number) for number in range(8)]
    text = line_end.join([*contents, last])
    whole = contents + ([last] if last else [])
    deleted = {line for line in range(len(whole)) if chance.random() < 0.3}
    inserted = {line: [f"new {line}"] for line in range(len(whole) + 1) if chance.random() < 0.3}
    changes: list[Any] = [("delete_lines", line, line) for line in deleted]
    changes += [("insert_lines", line, new) for line, new in inserted.items()]
    chance.shuffle(changes)
    wanted: list[str] = []
    for line in range(len(whole) + 1):
        wanted += inserted.get(line, [])
        wanted += whole[line : line + 1] if line not in deleted else []
    assert patched(text, *changes) == line_end.join(wanted) + (line_end if not last and wanted else "")


@pytest.mark.parametrize("index, after", [(0, 0), (2, 2), (3, 2), (5, 2), (6, 3), (7, 4), (8, 8), (10, 10)])
def test_where_a_place_is_after_the_edit(index: int, after: int) -> None:
    splices = [Splice(2, 5, ""), Splice(7, 7, "new")]
    assert apply_splices("0123456789", splices) == "0156new789"
    assert index_after(splices, index) == after
