# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a text, judged by splitting it at its line feeds."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.lines import LineTable

TEXTS = {
    "empty": "",
    "one line feed": "\n",
    "open end": "a\nb",
    "closed end": "a\nb\n",
    "empty lines": "\n\na\n\n",
    "crlf": "a\r\nb\r\n",
    "mixed": "a\r\nb\nc\r\n\nd",
    "lone carriage return": "a\rb\nc",
    "other separators": "a\x0b\x0c\x1c\x85\u2028\u2029b\r\nc",
    "outside the basic plane": "🔑\nключ: 🚫\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_each_character_stands_on_the_line_that_a_split_gives_it(text: str) -> None:
    lines = LineTable(text)
    wanted = text.split("\n")
    if not wanted[-1]:
        wanted.pop()
    assert len(lines) == len(wanted)
    assert [lines.content(line) for line in range(len(lines))] == [content.removesuffix("\r") for content in wanted]
    for index in range(len(text)):
        assert lines.at(index) == text.count("\n", 0, index)
        assert lines.start(lines.at(index)) <= index < lines.start(lines.at(index) + 1)
    assert lines.ends_open is (text != "" and text[-1] != "\n")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_contents_and_line_ends_together_are_the_text(text: str) -> None:
    lines = LineTable(text)
    assert "".join(lines.content(line) + lines.line_end(line) for line in range(len(lines))) == text
    assert all(lines.line_end(line) in ("\n", "\r\n") for line in range(len(lines) - 1))


def test_only_line_feeds_end_lines() -> None:
    lines = LineTable("a\x0b\x85\u2028b\r\nc")
    assert len(lines) == 2
    assert lines.contents(0, 1) == ["a\x0b\x85\u2028b", "c"]
    assert (lines.line_end(0), lines.line_end(1)) == ("\r\n", "")
    assert lines.ends_open


def test_places() -> None:
    lines = LineTable("ab\ncd\n")
    assert [lines.at(index) for index in range(6)] == [0, 0, 0, 1, 1, 1]
    assert (lines.start(1), lines.end(1), lines.start(2)) == (3, 5, 6)


def test_empty_text() -> None:
    lines = LineTable("")
    assert (len(lines), lines.at(0), lines.start(0), lines.ends_open) == (0, 0, 0, False)


@pytest.mark.parametrize(
    "text, line, line_end",
    [
        ("", 0, "\n"),
        ("a", 0, "\n"),
        ("a\r\nb\nc", 0, "\r\n"),  # nothing above: the line itself tells
        ("a\r\nb\nc", 1, "\r\n"),
        ("a\r\nb\nc", 2, "\n"),
        ("a\r\nb\nc", 3, "\r\n"),  # an open end tells nothing: then what the text has anywhere
        ("a\nb", 2, "\n"),
    ],
)
def test_a_new_line_ends_as_its_neighbour_above_does(text: str, line: int, line_end: str) -> None:
    assert LineTable(text).line_end_near(line) == line_end
