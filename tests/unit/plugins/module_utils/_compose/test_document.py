# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compose files as YAML, with the places of their values."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.document import Value, documents_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError, FileText


def value_of(text: str, *keys: str) -> Value:
    """The value under keys of a text of one document."""
    (value,) = list(documents_of(FileText("/p/compose.yml", text)))
    for key in keys:
        value = value.pairs()[key]
    return value


@pytest.mark.parametrize(
    "text, stands",
    [
        ("a: litellm:v1\n", "litellm:v1"),
        ("a: litellm:v1   # note\n", "litellm:v1"),
        ("a: 'litellm:v1'\n", "litellm:v1"),
        ('\ufeffa: "litellm:v1"', "litellm:v1"),
        ("a: &x litellm:v1\r\n", "litellm:v1"),
        ("a: !!str 'litellm:v1'\n", "litellm:v1"),
        ("a: &x !!str litellm:v1\n", "litellm:v1"),
        ("a: &x # note\n  !!str # note\n\n  litellm:v1\n", "litellm:v1"),
        ("{a: litellm:v1}\n", "litellm:v1"),
        ('{"a": "litellm:v1"}\n', "litellm:v1"),
        ("a:\n  litellm:v1\n", "litellm:v1"),
        ("? a\n: litellm:v1\n", "litellm:v1"),
        ("a: >-\n  litellm:v1\n", "litellm:v1"),
        ("a: |- # note\n  litellm:v1\n", "litellm:v1"),
        ("x: &x litellm:v1\na: *x\n", "litellm:v1"),
        ("a:\tlitellm:v1\n", "litellm:v1"),
    ],
)
def test_where_a_value_stands(text: str, stands: str) -> None:
    value = value_of(text, "a")
    written = value.written()
    assert written.exact
    assert written.text == stands
    assert value.file.text[written.start : written.end] == stands


@pytest.mark.parametrize(
    "text, stands",
    [('a: "lite\\x6clm"\n', "lite\\x6clm"), ("a: 'it''s'\n", "it''s"), ('a: "one\n  two"\n', "one\n  two")],
)
def test_a_value_that_reads_otherwise_than_it_stands(text: str, stands: str) -> None:
    written = value_of(text, "a").written()
    assert not written.exact
    assert written.file.text[written.start : written.end] == stands


def test_a_block_that_keeps_its_line_end_is_not_exact() -> None:
    assert not value_of("a: |\n  one\n  two\n", "a").written().exact


def test_merge_keys_are_followed() -> None:
    text = "x: &x {a: 1, b: 1, c: 1}\ny: &y {<<: *x, b: 2, c: 2}\nz: {c: 3, <<: [*y, *x], d: 3}\n"
    found = {key: int(value.node.value) for key, value in value_of(text, "z").pairs().items()}
    # The first of a list wins, as Compose has it, too; PyYAML 6.0.4 takes the last one.
    assert found == {"a": 1, "b": 2, "c": 3, "d": 3}


def test_a_key_in_quotes_is_no_merge_key() -> None:
    assert set(value_of('x: {"<<": 1}\n', "x").pairs()) == {"<<"}


def test_items() -> None:
    assert [item.node.value for item in value_of("a: [b, c]\n", "a").items()] == ["b", "c"]
    assert [item.node.value for item in value_of("a: b\n", "a").items()] == ["b"]
    assert value_of("a:\n", "a").items() == []


def test_get_knows_no_null() -> None:
    root = value_of("a: ~\nb: 1\n")
    assert root.get("a") is None
    assert root.get("c") is None
    assert root.get("b") is not None


def test_several_documents() -> None:
    documents = documents_of(FileText("/p/compose.yml", "a: 1\n---\nb: 2\n...\n"))
    assert [set(document.pairs()) for document in documents] == [{"a"}, {"b"}]
    assert documents_of(FileText("/p/compose.yml", "# nothing\n")) == []


def test_a_file_is_parsed_once() -> None:
    file = FileText("/p/compose.yml", "a: 1\n")
    assert documents_of(file) is documents_of(file)


@pytest.mark.parametrize(
    "text, line, why",
    [
        ("a: [s3cr3t\n", 1, "does not parse"),
        ("a: 1\n\tb: s3cr3t\n", 2, "does not parse"),
        ("a: \x07\n", 1, "does not parse"),
        ("a: caf\udce9\n", 1, "does not parse"),
        ("a:\tcaf\udce9\n", 1, "does not parse"),
        ('a: "\\UFFFFFFFF"\n', None, "does not parse: not valid"),
        ("- a\n", 1, "has keys such as services"),
        ("a\n", 1, "has keys such as services"),
        ("a: 1\nb: &x [*x]\n", 2, "an alias of what it stands in"),
        ("a: 1\nb: &x {<<: *x}\n", 2, "an alias of what it stands in"),
        (
            "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
            1,
            "more than 100000 values",
        ),
        ("a: " + "[" * 200 + "]" * 200, 1, "nested"),
        ("a: " + "{b: " * 5000, None, "does not parse"),
    ],
)
def test_what_is_no_compose_file(text: str, line: int, why: str) -> None:
    with pytest.raises(ComposeError, match=why) as caught:
        documents_of(FileText("/p/compose.yml", text))
    assert str(caught.value).startswith("/p/compose.yml")
    assert caught.value.context.get("line") == line
    assert "s3cr3t" not in str(caught.value)


def test_a_key_that_is_there_twice() -> None:
    with pytest.raises(
        ComposeError, match="/p/compose.yml, line 3: image stands there again, first on line 2; remove one"
    ):
        value_of("a:\n  image: x\n  image: y\n", "a").pairs()


def test_values_of_another_form() -> None:
    with pytest.raises(ComposeError, match="line 2: Compose wants keys"):
        value_of("x: 1\na: b\n", "a").pairs()
    with pytest.raises(ComposeError, match="line 2: Compose wants one value"):
        value_of("x: 1\na: [b]\n", "a").written()
