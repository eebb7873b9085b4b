# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token of a value on one line: as PyYAML's scanner cuts it."""

from __future__ import annotations

from typing import Optional

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.section import LiveToken, Section

TOKENS = [
    ("redis", "redis"),
    ("a b  # behind", "a b"),
    ("'it''s' # behind", "'it''s'"),
    ('"a # b"', '"a # b"'),
    ("5", "5"),
    ("", None),
    ("# nothing", None),
    ("&a x", None),
    ("!!str x", None),
    ("[x]", None),
    ("{x: y}", None),
    ("|\n    x", None),
    ("x\n    y", None),
]


@pytest.mark.parametrize("value, token", TOKENS)
def test_token_of_a_key(value: str, token: Optional[str]) -> None:
    text = "# 🔑\nsection:\n  key: %s\n" % value
    document = YamlText(text)
    entry = Section.root_of(document).section("section").entry("key")
    assert entry is not None
    found = LiveToken.of(document, entry)
    assert (found.text if found else None) == token
    if found:
        assert text[found.start : found.end] == token
        changed = found.replaced_in(text, '"new"')
        assert yaml.load(changed, Loader=yaml.SafeLoader) == {"section": {"key": "new"}}
        assert changed.replace('"new"', found.text) == text


def test_an_alias_has_none() -> None:
    document = YamlText("a: &x 1\nsection:\n  key: *x\n")
    entry = Section.root_of(document).section("section").entry("key")
    assert entry is not None
    assert LiveToken.of(document, entry) is None


@pytest.mark.parametrize("content", ["  port: 6379  # x", 'port: "6379"', "port: ключ"])
def test_token_in_a_line_of_its_own(content: str) -> None:
    found = LiveToken.in_line(content)
    assert found is not None
    moved = found.moved(5)
    assert content[found.start : found.end] == found.text == moved.text
    assert ("12345" + content)[moved.start : moved.end] == found.text
    before, after = (
        yaml.load(line, Loader=yaml.SafeLoader)["port"] for line in (content, found.replaced_in(content, "1"))
    )
    assert str(before) in found.text
    assert after == 1


def test_a_line_without_a_value_has_none() -> None:
    assert LiveToken.in_line("key:") is None
