# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New lines for keys that were not there: PyYAML must load them as the value, in the manner of the file."""

from __future__ import annotations

import hashlib
from typing import Any, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.new_lines import (
    NewLines,
    first_list_of_words,
    gap_above,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.keys import PRAGMA
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import SectionTarget, Wanted
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.section import Section
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import load

PLAIN = "a: 1\n"
BLOCK_LISTS = {
    "no indentation": ("x:\n- 1\n- 2\n", ["  key:", "  - a", "  - b"]),
    "two columns": ("x:\n  - 1\n", ["  key:", "    - a", "    - b"]),
    "four columns": ("o:\n  x:\n      - 1\n", ["  key:", "      - a", "      - b"]),
    "flow": ("x: [1]\ny:\n  - 1\n", ['  key: ["a", "b"]']),
    "none": ("x: 1\n", ['  key: ["a", "b"]']),
    "of mappings only": ("x:\n  - y: 1\n", ['  key: ["a", "b"]']),
    "deep in a list": ("x:\n  - y:\n    - 1\n", ["  key:", "  - a", "  - b"]),
    "empty ones do not tell": ("x: []\ny:\n  - 1\n", ["  key:", "    - a", "    - b"]),
}


def lines_of(item: Any, text: str = PLAIN, column: int = 2, step: int = 2) -> list[str]:
    contents, operations = NewLines(YamlText(text), step).of(item, ("s",), column)
    inserted = [operation for operation in operations if not operation.container]
    assert sum(operation.line_count for operation in operations) == len(contents)
    assert all(operation.kind == "insert" and operation.old_token is None for operation in operations)
    position = 0
    for operation in operations:
        own = contents[position : position + operation.line_count]
        assert operation.digest == hashlib.sha256("\n".join(own).encode()).hexdigest()
        position += operation.line_count
    assert inserted or isinstance(item, SectionTarget)
    return contents


@pytest.mark.parametrize(
    "value",
    [
        "redis",
        "yes",
        "",
        "a: b",
        "os.environ/X",
        5,
        1.5,
        1e21,
        float("inf"),
        True,
        False,
        None,
        ["a"],
        [],
        ["1", "null"],
    ]
    + [["a", 1], [[], {"b c": None}], {}, {"1": {2: "x # y"}}],
)
@pytest.mark.parametrize("text", [PLAIN, "x:\n  - 1\n"], ids=["no list", "block list"])
def test_new_lines_load_as_the_value(value: Any, text: str) -> None:
    contents = lines_of(Wanted("key", value), text)
    model = load(text + "s:\n  before: 1\n" + "\n".join(contents) + "\n  behind: 2\n")
    assert model["s"] == {"before": 1, "key": value, "behind": 2}


def test_a_secret_is_in_quotes_and_marked_for_scanners() -> None:
    (line,) = lines_of(Wanted("password", "it's 5", secret=True))
    assert line == '  password: "it\'s 5"  ' + PRAGMA
    assert load(line) == {"password": "it's 5"}


def test_a_list_with_a_secret_is_marked_for_scanners() -> None:
    (line,) = lines_of(Wanted("keys", [{"api_key": "it's 5"}], secret=True))
    assert line == '  keys: [{"api_key": "it\'s 5"}]  ' + PRAGMA


def test_a_section_that_holds_nothing_is_an_empty_mapping() -> None:
    contents, _operations = NewLines(YamlText(PLAIN), 2).of(SectionTarget("s"), (), 0)
    assert contents == ["s: {}"]


@pytest.mark.parametrize("text, wanted", BLOCK_LISTS.values(), ids=BLOCK_LISTS)
def test_a_list_stands_as_the_files_own_do(text: str, wanted: list[str]) -> None:
    assert lines_of(Wanted("key", ["a", "b"]), text) == wanted


@pytest.mark.parametrize("column, step", [(0, 2), (2, 2), (4, 4), (1, 3)])
def test_a_section_with_one_inside(column: int, step: int) -> None:
    target = SectionTarget("outer", (Wanted("a", 1), SectionTarget("inner", (Wanted("b", "x"), Wanted("c", [])))))
    contents = lines_of(target, column=column, step=step)
    assert load("\n".join(contents)) == {"outer": target.value}
    assert contents[0] == " " * column + "outer:"
    assert contents[3] == " " * (column + 2 * step) + "b: x"


def test_each_key_of_a_section_has_an_operation_and_the_headers_are_containers() -> None:
    target = SectionTarget("outer", (SectionTarget("inner", (Wanted("b", 1),)), Wanted("a", 1)))
    _contents, operations = NewLines(YamlText(PLAIN), 2).of(target, ("s",), 0)
    assert [(operation.place, operation.container) for operation in operations] == [
        (("s", "outer"), True),
        (("s", "outer", "inner"), True),
        (("s", "outer", "inner", "b"), False),
        (("s", "outer", "a"), False),
    ]


@pytest.mark.parametrize(
    "text, key",
    [
        ("a: 1\n", None),
        ("a: []\n", None),
        ("a:\n  - b: 1\n", None),
        ("a:\n  - [1]\n", None),
        ("a: &x [1]\nb: *x\n", "a"),
        ("a: &x\n  self: *x\nb: [1]\n", "b"),
    ],
)
def test_first_list(text: str, key: Optional[str]) -> None:
    found = first_list_of_words(YamlText(text).root)
    assert (found and found[0].value) == key


def test_the_style_of_lists_is_that_of_the_own_section() -> None:
    text = "model_list:\n  - tags:\n      - x\nlitellm_settings:\n  callbacks: [a]\nother: 1\n"
    for path, wanted in ((("litellm_settings",), ['  key: ["a"]']), (("other",), ["  key:", "    - a"])):
        contents, _operations = NewLines(YamlText(text), 2).of(Wanted("key", ["a"]), path, 2)
        assert contents == wanted


@pytest.mark.parametrize(
    "text, behind_new, gap",
    [
        ("a: 1\n\nb: 1\n", False, 1),
        ("a: 1\n\n# of b\nb: 1\n", False, 1),
        ("a: 1\n\nb: 1\nc: 1\n", False, 0),
        ("a: 1\nb: 1\n", False, 0),
        ("a: 1\n", False, 0),
        ("a: 1\n\n# of something else\n", False, 1),
        ("a: 1\n\n# of something else\n", True, 0),
        ("a: 1\n\nb: 1\n\n", False, 0),
        ("a: 1\n\nb: 1\n\n", True, 1),
    ],
)
def test_an_empty_line_above_a_new_section_where_the_file_has_them(text: str, behind_new: bool, gap: int) -> None:
    document = YamlText(text)
    assert gap_above(Section.root_of(document), len(document.lines), behind_new) == gap
