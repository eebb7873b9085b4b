# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mappings with the places of their keys: what a place holds is loaded alone by PyYAML and must be the key's value."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.section import (
    ABSENT,
    BLOCK,
    EMPTY,
    EMPTY_TOKEN,
    FOREIGN,
    Section,
    line_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LIVE_REDIS, RUNBOOK, load, variants

# Each value ends in another way, and is followed by what does not belong to it.
VALUES = """\
plain: a b  # behind
quoted: "a # b"   # behind
two lines: "a
  b"

literal: |
  a

  b

# not part of the literal
kept: |+
  a

folded: >-
  a
  b
flow: {a: [1,
  2], b: 3}  # behind
list:
- 1
-   - 2
    - 3  # last
# comment
block:
    inner:
        deep: 1
    # comment behind the deepest
nothing:
anchor: &a [1, 2]
alias: *a
tag: !!str 5
"""


def root_of(text: str) -> Section:
    return Section.root_of(YamlText(text))


def loaded_alone(section: Section, key: str) -> Any:
    """What the lines of one key say by themselves."""
    entry = section.entry(key)
    assert entry is not None
    lines = section.document.lines
    contents = [lines.content(line) + lines.line_end(line) for line in range(entry.first_line, entry.last_line + 1)]
    return load("".join(contents).replace("*a", "[1, 2]"))


@pytest.mark.parametrize("variant", variants(""))
@pytest.mark.parametrize("text", [VALUES, RUNBOOK, LIVE_REDIS], ids=["values", "runbook", "redis"])
def test_the_lines_of_a_key_are_all_of_it_and_no_more(text: str, variant: str) -> None:
    root = root_of(variants(text)[variant])
    for key, value in root.document.model.items():
        entry = root.entry(key)
        assert entry is not None
        assert loaded_alone(root, key) == {key: value}
        last = root.document.lines.content(entry.last_line)
        assert value is None or key == "kept" or (last.strip() and not last.lstrip().startswith("#"))


def test_a_value_that_keeps_its_empty_lines_holds_them() -> None:
    entry = root_of(VALUES).entry("kept")
    assert entry is not None
    assert entry.last_line - entry.first_line == 2


def test_places_of_a_value_are_those_of_pyyaml() -> None:
    text = "a:\n  b: 'x y'  # z\n  c: [1,\n    2]\n"
    root = root_of(text)
    section = root.section("a")
    for key, token in (("b", "'x y'"), ("c", "[1,\n    2]")):
        entry = section.entry(key)
        assert entry is not None
        assert text[entry.value_start : entry.value_end] == token
        assert (entry.column, entry.is_alias) == (2, False)


def test_an_alias_ends_on_its_own_line() -> None:
    root = root_of("anchor: &a\n  x: 1\n  y: 2\nsection:\n  one: *a\n  two:\n    - *a\n  three: 3\n")
    section = root.section("section")
    assert [(entry.key, entry.first_line, entry.last_line) for entry in section.entries] == [
        ("one", 4, 4),
        ("two", 5, 6),
        ("three", 7, 7),
    ]
    assert [entry.is_alias for entry in section.entries] == [True, False, False]
    assert section.section("one").state == FOREIGN


def test_an_alias_may_stand_on_a_line_of_its_own() -> None:
    section = root_of("anchor: &a 1\nsection:\n  one:\n    *a\n  # comment\n  two: 2\n").section("section")
    assert [(entry.first_line, entry.last_line) for entry in section.entries] == [(2, 3), (5, 5)]


@pytest.mark.parametrize(
    "text, state",
    [
        ("other: 1\n", ABSENT),
        ("s:\n", EMPTY),
        ("s:  # a: 1\n", EMPTY),
        ("s:\n  # a: 1\nother: 1\n", EMPTY),
        ("s: null\n", EMPTY_TOKEN),
        ("s: ~\n", EMPTY_TOKEN),
        ("s: {}\n", EMPTY_TOKEN),
        ("s:\n  a: 1\n", BLOCK),
        ("s:\n  a:\n", BLOCK),
        ("s: {a: 1}\n", FOREIGN),
        ("s: []\n", FOREIGN),
        ("s:\n- a\n", FOREIGN),
        ("s: text\n", FOREIGN),
        ("s: ''\n", FOREIGN),
        ("s: 'null'\n", FOREIGN),
    ],
)
def test_state(text: str, state: str) -> None:
    section = root_of(text).section("s")
    assert section.state == state
    assert bool(section.entries) is (state == BLOCK)
    model = load(text).get("s")
    assert section.model == (model if isinstance(model, dict) else {})


def test_a_key_that_is_there_twice_is_refused_with_its_lines() -> None:
    root = root_of("a: 1\ns:\n  x: 1\n  y: 2\n  x: 3\n")
    section = root.section("s")
    assert section.entry("y") is not None
    with pytest.raises(UnsupportedConfigError, match=r"x stands more than once in s \(lines 3 and 5\)") as caught:
        section.entry("x")
    assert caught.value.line == 5


def test_a_path_is_followed_into_what_is_not_there() -> None:
    root = root_of("a:\n  b: 1\n")
    absent = root.section_at(("a", "x", "y"))
    assert (absent.state, absent.name, absent.header_column, absent.last_line) == (ABSENT, "a.x.y", None, -1)
    assert root.section_at(()) is root
    assert root.name == "the document"
    with pytest.raises(ValueError, match="a.x.y has no key of its own"):
        assert absent.own_entry


@pytest.mark.parametrize(
    "text, column",
    [
        ("s:\n   a: 1\n", 3),
        ("s:\n", 2),
        ("other:\n    x: 1\ns:\n", 4),  # as the file indents elsewhere
        ("other: {x: 1}\nlist:\n    - 1\ns:\n", 2),
        ("other: 1\n", 2),
    ],
)
def test_where_a_key_of_the_section_stands_or_would_stand(text: str, column: int) -> None:
    root = root_of(text)
    assert root.section("s").child_column == column
    assert root.child_column == 0
    # A key at that column becomes one of the section's.
    with_section = text if "s:\n" in text else text + "s:\n"
    assert load(with_section + " " * column + "new: 1\n")["s"]["new"] == 1


def test_what_a_merge_key_brings_in() -> None:
    text = "base: &base\n  a: 1\n  b: 2\ns:\n  <<: *base\n  b: 3\nplain:\n  a: 1\n"
    root = root_of(text)
    assert root.section("s").merged == {"a": 1, "b": 2}
    assert root.section("plain").merged == {}
    assert root.section("s").model == load(text)["s"] == {"a": 1, "b": 3}
    # Asking has changed nothing in the nodes.
    assert [entry.key for entry in root.section("s").entries] == ["<<", "b"]
    assert root.section("s").merged == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    "place, line",
    [
        (("s", "own"), 6),
        (("s", "b"), 5),
        (("s", "a"), 5),
        (("s", "none"), 5),
        (("f", "a"), 8),
        (("l", "a"), 9),
        (("s",), 4),
        (("none", "a"), 1),
    ],
)
def test_line_of_what_a_key_comes_from(place: tuple[str, ...], line: int) -> None:
    text = "base: &base\n  a: 1\n  b: 2\ns:\n  <<: *base\n  own: 1\n  b: 3\nf: {a: 1}\nl: *base\n"
    assert line_of(YamlText(text), place) == line


@pytest.mark.parametrize(
    "text, path, last_line, limit",
    [
        ("a:\n  b:\n    c: 1\n    # behind\n  d: 2\n# end\n", ("a", "b"), 2, 4),
        ("a:\n  b:\n    c: 1\n    # behind\n  d: 2\n# end\n", ("a",), 4, 6),
        ("a:\n  b:\n    c: 1\n\n# between\nd: 2\n", ("a", "b"), 2, 5),
        ("a:\n  # only comments\nd: 2\n", ("a",), 0, 2),
    ],
)
def test_where_a_section_ends_and_where_it_must_end(
    text: str, path: tuple[str, ...], last_line: int, limit: int
) -> None:
    section = root_of(text).section_at(path)
    assert (section.last_line, section.limit) == (last_line, limit)


@pytest.mark.parametrize(
    "text, open_scalar",
    [
        ("a: |\n  x", True),
        ("a:\n  - b: >\n      x", True),
        ("a: |\n  x\n", False),
        ("a: x", False),
        ("a: [x]", False),
        ("a: {x: y}", False),
    ],
)
def test_a_text_that_ends_inside_a_block_scalar(text: str, open_scalar: bool) -> None:
    assert root_of(text).ends_in_open_block_scalar is open_scalar
    # There, and only there, a line more changes the value before it.
    assert (load(text) != {key: load(text + "\nb: 1\n")[key] for key in load(text)}) is open_scalar


def test_flow_style_has_no_entries() -> None:
    root = root_of('{"model_list": []}')
    assert (root.state, root.entries) == (FOREIGN, [])


def test_a_key_that_is_no_text_is_known_by_its_characters() -> None:
    assert [entry.key for entry in root_of("5: x\ntrue: y\nb: 2\n").entries] == ["5", "true", "b"]
