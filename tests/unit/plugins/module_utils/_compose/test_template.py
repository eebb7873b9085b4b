# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables in values. Compose's own word on the same: tests/integration/test_compose_agrees.py."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import (
    COMPOSE,
    DEFAULT,
    SHELL,
    UNSET,
    ComposeError,
    FileText,
    Piece,
    Written,
    text_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.template import pieces_of
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import TEMPLATE_VARIABLES, TEMPLATES


def lookup(name: str) -> Optional[list[Piece]]:
    value = TEMPLATE_VARIABLES.get(name)
    return None if value is None else [Piece(value, SHELL, variable=name)]


def pieces(text: str) -> list[Piece]:
    return pieces_of(Written(FileText("/p/compose.yml", f"a: {text}\n"), text, 3, 3 + len(text), True), lookup)


@pytest.mark.parametrize("text", TEMPLATES)
def test_what_it_reads_as(text: str) -> None:
    assert text_of(pieces(text)) == TEMPLATES[text]


@pytest.mark.parametrize("text", ["${", "${}", "${A", "${1}", "${A!b}", "a ${A:-${B} c", "${A:=b}", "${ A}"])
def test_what_compose_does_not_take(text: str) -> None:
    with pytest.raises(ComposeError, match=r"/p/compose.yml, line 1: "):
        pieces(text)


def test_kinds_and_places() -> None:
    text = "x/$SET:${NOT:-v${ALSO_NOT-1}}${NOT}"
    found = pieces(text)
    assert [(piece.text, piece.kind, piece.variable) for piece in found] == [
        ("x/", COMPOSE, ""),
        ("value", SHELL, "SET"),
        (":", COMPOSE, ""),
        ("v", DEFAULT, "NOT"),
        ("1", DEFAULT, "ALSO_NOT"),
        ("", UNSET, "NOT"),
    ]
    for piece in found:
        if piece.kind in (COMPOSE, DEFAULT):
            assert f"a: {text}"[piece.start : piece.end] == piece.text


def test_an_empty_value_is_a_piece() -> None:
    assert [(piece.text, piece.start, piece.end) for piece in pieces("")] == [("", 3, 3)]


def test_levels_are_bounded() -> None:
    with pytest.raises(ComposeError, match="more than 30 levels"):
        pieces("${NOT:-" * 40 + "}" * 40)


def test_a_value_that_grows_is_refused() -> None:
    values = {f"A{number}": f"$A{number - 1}$A{number - 1}" for number in range(1, 60)}

    def grown(name: str) -> Optional[list[Piece]]:
        text = values.get(name)
        if text is None:
            return [Piece("x" * 1000, SHELL, variable=name)]
        return pieces_of(Written(FileText("/p/.env", f"{name}={text}"), text, 0, len(text), False), grown)

    with pytest.raises(ComposeError, match="grows without measure"):
        grown("A59")
