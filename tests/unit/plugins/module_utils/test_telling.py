# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers with their words, and tables for a screen."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._telling import (
    SCREEN,
    ago,
    aligned,
    counted,
    folded,
    milliseconds,
)


@pytest.mark.parametrize(
    ("number", "word", "told"),
    [
        (0, "key", "0 keys"),
        (1, "key", "1 key"),
        (2, "key", "2 keys"),
        (1, "entry", "1 entry"),
        (3, "entry", "3 entries"),
        (2, "miss", "2 misses"),
        (0, "byte", "0 bytes"),
        (1, "byte", "1 byte"),
        (576, "byte", "576 bytes"),
        (999, "byte", "999 bytes"),
        (1000, "byte", "1.0 kB"),
        (9150, "byte", "9.2 kB"),
        (999_960, "byte", "1.0 MB"),
        (256_000_000, "byte", "256.0 MB"),
        (4 * 10**18, "byte", "4000.0 PB"),
        (0, "second", "0 s"),
        (0.0274, "second", "27 ms"),
        (0.9996, "second", "1 s"),
        (4.25, "second", "4.2 s"),
        (30, "second", "30 s"),
        (1799.6, "second", "1799 s"),
    ],
)
def test_a_number_has_its_word(number: float, word: str, told: str) -> None:
    assert counted(number, word) == told


def test_columns_are_aligned() -> None:
    assert aligned([("a", "one", "ok"), ("long", "two", ""), ("", "", "ok")]) == [
        "a     one  ok",
        "long  two",
        "           ok",
    ]
    assert aligned([]) == []


def test_a_long_cell_goes_on_below_itself() -> None:
    lines = aligned([("WRONG", "what", "word " * 30), ("ok", "more", "short")])
    assert all(len(line) <= SCREEN for line in lines)
    assert lines[0].startswith("WRONG  what  word word ") and len(lines[0]) > SCREEN - len(" word")
    assert lines[1].startswith("             word word")
    assert lines[-1] == "ok     more  short"
    assert " ".join(" ".join(lines).split()).count("word") == 30


def test_another_column_may_go_on_too() -> None:
    assert aligned([("a", "one, two", "x"), ("b", "one", "y")], {1: 5}) == ["a  one,   x", "   two", "b  one    y"]


def test_wide_columns_leave_the_long_one_something() -> None:
    lines = aligned([("w" * 70, "word " * 10)])
    assert len(lines) == 2 and lines[0].startswith("w" * 70 + "  word word word")


def test_a_long_word_stays_whole() -> None:
    path = "/opt/" + "x" * 90
    assert folded(f"see {path} there", indent="  ") == ["see", f"  {path}", "  there"]
    assert "one-word" in folded("x" * 75 + " one-word", indent="")[1]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0 s ago"),
        (0, "0 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (172_799, "47 h ago"),
        (172_800, "2 days ago"),
    ],
)
def test_how_long_ago(seconds: float, told: str) -> None:
    assert ago(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.000_314, "0.31"), (0.000_996, "1.0"), (0.004_12, "4.1"), (0.0996, "99.6"), (0.099_96, "100"), (1.25, "1250")],
)
def test_milliseconds_have_the_digits_that_matter(seconds: float, words: str) -> None:
    assert milliseconds(seconds) == words
