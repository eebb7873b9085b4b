# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pieces of values, and the errors that name their places."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import (
    COMPOSE,
    ComposeError,
    FileText,
    Piece,
    Written,
    text_of,
)

FILE = FileText("/p/compose.yml", "\ufeffa: 1\r\nimage: litellm:v1\r\n")


def test_a_file_keeps_its_byte_order_mark() -> None:
    assert FILE.byte_order_mark == "\ufeff"
    assert FILE.content == "\ufeffa: 1\r\nimage: litellm:v1\r\n"
    assert FILE.text.startswith("a: 1")
    assert [FILE.line_number(FILE.text.index(word)) for word in ("a", "image", "v1")] == [1, 2, 2]


@pytest.mark.parametrize(
    "path, line, said",
    [("", None, "why"), ("/p/a.yml", None, "/p/a.yml: why"), ("/p/a.yml", 3, "/p/a.yml, line 3: why")],
)
def test_an_error_names_its_place(path: str, line: int, said: str) -> None:
    error = ComposeError("why", path, line)
    assert str(error) == said
    assert error.context == {name: value for name, value in {"path": path, "line": line}.items() if value}


def test_an_exact_value_has_exact_pieces() -> None:
    start = FILE.text.index("litellm")
    written = Written(FILE, "litellm:v1", start, start + 10, True)
    piece = written.piece(0, 10, "litellm:v1", COMPOSE, "")
    assert (piece.line, FILE.text[piece.start : piece.end]) == (2, "litellm:v1")
    part = piece.part(8, 10)
    assert (part.text, FILE.text[part.start : part.end]) == ("v1", "v1")
    assert piece.part(0, 10) == piece


def test_a_value_that_reads_otherwise_is_replaced_whole_or_not_at_all() -> None:
    file = FileText("/p/a.yml", 'image: "lite\\u006clm"\n')
    written = Written(file, "litellm", 8, 20, False)
    whole = written.piece(0, 7, "litellm", COMPOSE, "")
    assert file.text[whole.start : whole.end] == "lite\\u006clm"
    assert whole.part(0, 4).start is None
    with_variable = Written(file, "a$B", 8, 20, False)
    assert with_variable.piece(0, 1, "a", COMPOSE, "").start is None
    assert with_variable.piece(0, 3, "a$B", COMPOSE, "").start is None


def test_a_value_without_quotes_that_reads_otherwise_is_not_replaced() -> None:
    file = FileText("/p/a.yml", "image: one # note\n  two\n")
    assert Written(file, "one two", 7, 23, False).piece(0, 7, "one two", COMPOSE, "").start is None


def test_the_text_of_pieces() -> None:
    assert text_of([Piece("a", COMPOSE), Piece("", COMPOSE), Piece("b", COMPOSE)]) == "ab"
