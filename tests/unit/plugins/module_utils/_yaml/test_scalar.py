# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single values written as YAML, loaded again by PyYAML."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.scalar import (
    double_quoted,
    flow_token,
    scalar_token,
    single_quoted,
)


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


def test_no_character_breaks_a_quoted_token() -> None:
    codes = [
        *range(0x20),
        *range(0x7F, 0x100),
        0x2028,
        0x2029,
        0xD7FF,
        0xE000,
        0xFEFF,
        0xFFFD,
        0xFFFE,
        0x1F511,
        0x10FFFF,
    ]
    for code in codes:
        value = "a" + chr(code) + "b"
        token = double_quoted(value)
        assert "\n" not in token
        assert yaml.load("[%s]" % token, Loader=yaml.SafeLoader) == [value], hex(code)


@pytest.mark.parametrize("value", ["", "it's", "''", "a: b # c", "\\n", '"'])
def test_single_quotes(value: str) -> None:
    assert yaml.load("k: %s" % single_quoted(value), Loader=yaml.SafeLoader) == {"k": value}


@pytest.mark.parametrize("values", [[], ["a", "b"], ["a, b", "]", '"', "null", "1"]])
def test_list_in_one_line(values: list[str]) -> None:
    token = flow_token(values)
    assert "\n" not in token
    assert yaml.load("k: %s" % token, Loader=yaml.SafeLoader) == {"k": values}


def test_list_looks_as_in_the_runbook() -> None:
    assert flow_token(["a", "b"]) == '["a", "b"]'


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        [None, True, 1, -1.5, 1e21, 1e-7, float("inf"), -float("inf"), "", "null", "a: b # c", "x\ny"],
        {"a-b": {"c d": [{}, [[]]]}, 5: None, None: "'", True: '"'},
        {"k" * 200: "\x07\u2028"},
    ],
)
def test_a_value_of_any_depth_on_one_line(value: Any) -> None:
    token = flow_token(value)
    assert "\n" not in token
    assert yaml.safe_load(f"before: 1\nkey: {token}  # behind\n")["key"] == value


@pytest.mark.parametrize("value", [datetime.date(2026, 1, 2), b"x", {"a": {1, 2}}])
def test_what_has_no_form_on_one_line(value: Any) -> None:
    with pytest.raises(ValueError, match="neither"):
        flow_token(value)
