# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines, patches, scalars and comparisons: the tools below the edit."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.check import same_data
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.public_values import environment_name, is_public
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText, needs_pure_loader
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.lines import LineTable
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.patch import (
    TextPatch,
    apply_splices,
    inverse_splices,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.scalar import flow_list, scalar_token


class TestLineTable:
    def test_only_line_feeds_end_lines(self) -> None:
        lines = LineTable("a\x0b\x85\u2028b\r\nc")
        assert len(lines) == 2
        assert lines.contents(0, 1) == ["a\x0b\x85\u2028b", "c"]
        assert (lines.line_end(0), lines.line_end(1)) == ("\r\n", "")
        assert lines.ends_open

    def test_places(self) -> None:
        lines = LineTable("ab\ncd\n")
        assert [lines.at(index) for index in range(6)] == [0, 0, 0, 1, 1, 1]
        assert (lines.start(1), lines.end(1), lines.start(2)) == (3, 5, 6)

    def test_empty_text(self) -> None:
        assert len(LineTable("")) == 0
        assert not LineTable("").ends_open


def patched(text: str, *changes: Any) -> str:
    patch = TextPatch(LineTable(text))
    for name, *arguments in changes:
        getattr(patch, name)(*arguments)
    splices = patch.splices()
    result = apply_splices(text, splices)
    assert apply_splices(result, inverse_splices(text, splices)) == text
    return result


class TestTextPatch:
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
            ("a: 1\n", [("replace", 3, 4, "2"), ("insert_lines", 1, ["b"])], "a: 2\nb\n"),
            (
                "a\n",
                [("insert_lines", 1, ["x"]), ("insert_lines", 1, ["  y"]), ("insert_lines", 1, ["z"])],
                "a\n  y\nx\nz\n",
            ),
        ],
    )
    def test_changes(self, text: str, changes: Any, expected: str) -> None:
        assert patched(text, *changes) == expected

    def test_overlapping_changes_are_an_error(self) -> None:
        with pytest.raises(ValueError, match="overlap"):
            patched("abc", ("replace", 0, 2, "x"), ("replace", 1, 3, "y"))

    def test_change_to_the_same_is_none(self) -> None:
        patch = TextPatch(LineTable("abc"))
        patch.replace(0, 1, "a")
        assert patch.empty


@pytest.mark.parametrize(
    "value",
    [
        "redis",
        "6379",
        "1.5",
        "yes",
        "on",
        "null",
        "~",
        "",
        " ",
        "a: b",
        "a #b",
        "#x",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "- a",
        "?",
        "'",
        '"',
        "it's",
        "\\",
        "a\\nb",
        "tab\there",
        "ключ",
        "🔑",
        "\x07",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "{a}",
        "[a]",
        "|",
        ">",
        "0x1f",
        "017",
        "1:30",
        "1_000",
        "2026-01-01",
        "<<",
        "=",
        "os.environ/NAME",
        "a" * 500,
        "true",
        5,
        1.5,
        True,
        False,
    ],
)
@pytest.mark.parametrize("model", ["", "x", "'x'", '"x"'])
def test_scalars_load_as_written(value: Any, model: str) -> None:
    loaded = yaml.load("key: %s  # comment\n" % scalar_token(value, model), Loader=yaml.SafeLoader)
    assert loaded == {"key": value}
    assert type(loaded["key"]) is type(value)


@pytest.mark.parametrize(
    "value, model, token",
    [
        ("redis", '"local"', '"redis"'),
        ("redis", "'local'", "'redis'"),
        ("redis", "local", "redis"),
        (True, "False", "True"),
        (True, "FALSE", "TRUE"),
        (False, "true", "false"),
        ("it's", "'x'", "'it''s'"),
    ],
)
def test_scalars_follow_the_manner_of_the_old_token(value: Any, model: str, token: str) -> None:
    assert scalar_token(value, model) == token


def test_list_in_one_line() -> None:
    assert flow_list(["a", "b"]) == '["a", "b"]'


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
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ],
)
def test_same_data(first: Any, second: Any, same: bool) -> None:
    assert same_data(first, second) is same


@pytest.mark.parametrize(
    "key, value, public",
    [
        ("host", "redis.example", True),
        ("host", "::1", True),
        ("host", "a b", False),
        ("port", 6379, True),
        ("port", "6379", True),
        ("port", "hunter2", False),
        ("password", "x", False),
        ("password", "os.environ/X", True),
        ("url", "redis://x", False),
        ("retry_on_timeout", True, True),
        ("namespace", "x", False),
        ("type", "redis", True),
        ("type", "hunter2", False),
        ("db", True, False),
        ("supported_call_types", ["acompletion"], True),
        ("supported_call_types", ["hunter2"], False),
        ("unknown", 1, False),
    ],
)
def test_allow_list(key: str, value: Any, public: bool) -> None:
    assert is_public(key, value) is public


def test_environment_name() -> None:
    assert environment_name("os.environ/A_1") == "A_1"
    assert environment_name("os.environ/A 1") is None
    assert environment_name(None) is None


@pytest.mark.parametrize("rarity", ["a:\tb", 'x: "\ufeff"', "a: |#x", "a: ! b", "? on"])
def test_long_texts_with_rarities_get_the_pure_loader(rarity: str) -> None:
    plain = "a: 1\n" * 3000
    assert needs_pure_loader(plain, LineTable(plain)) is not yaml.__with_libyaml__
    assert needs_pure_loader(plain + rarity + "\n", LineTable(plain))


def test_document_made_from_another_loads_the_same() -> None:
    long = "".join("key%d:\n  a: %d\n" % (number, number) for number in range(1500))
    before = YamlText(long)
    text = long.replace("  a: 7\n", "  a: 8\n") + "more: 1\n"
    assert YamlText(text, before=before).model == yaml.load(text, Loader=yaml.SafeLoader)
