# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pieces change to make another reference."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.alternatives import alternatives
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import COMPOSE, UNSET, VARIABLE, Piece

DIGEST = "@sha256:" + "0" * 64


def pieces_of(*texts: str) -> list[Piece]:
    """Pieces, where a text with a dollar sign before it is the value of a variable in a file of its own."""
    found = []
    index = 0
    for number, text in enumerate(texts):
        if text.startswith("$"):
            found.append(Piece(text[1:], VARIABLE, f"/p/{number}", 1, 0, len(text) - 1, f"V{number}"))
        else:
            found.append(Piece(text, COMPOSE, "/p/compose.yml", 1, index, index + len(text)))
        index += len(text)
    return found


@pytest.mark.parametrize(
    "texts, wanted, changes",
    [
        (["r.io/a/b:1"], "r.io/a/b:2", [("r.io/a/b:1", "r.io/a/b:2")]),
        (["r.io/a/b:", "$1"], "r.io/a/b:2", [("1", "2")]),
        (["r.io/a/b:", "$1"], f"r.io/a/b:2{DIGEST}", [("1", f"2{DIGEST}")]),
        (["r.io/a/b:v", "$1"], "r.io/a/b:v2", [("1", "2")]),
        (["r.io/a/b:", "$1"], "r.io/c:1", [("r.io/a/b:", "r.io/c:")]),
        (["$r.io", "/a/b:", "$1"], "s.io/a/b:1", [("r.io", "s.io")]),
        (["$r.io", "/a/b:", "$1"], "s.io/a/b:2", [("r.io", "s.io"), ("1", "2")]),
        (["$r.io", "/a/b:", "$1"], "r.io/a/b:2", [("1", "2")]),
        (["$r.io/a/b", ":1"], "r.io/a/b:2", [(":1", ":2")]),
        (["r.io/a/b:", "$1"], "r.io/c/d:2", [("r.io/a/b", "r.io/c/d"), ("1", "2")]),
        (["b", "", ":", "$1"], "b:2", [("1", "2")]),
        ([f"b:1{DIGEST}"], "b:2", [(f"b:1{DIGEST}", "b:2")]),
    ],
)
def test_the_first_one(texts: list[str], wanted: str, changes: list[tuple[str, str]]) -> None:
    first = next(alternatives(pieces_of(*texts), wanted))
    assert [(replacement.piece.text, replacement.text) for replacement in first] == changes


def test_each_gives_what_is_wanted() -> None:
    pieces = pieces_of("$a", "/", "$a", ":", "$a", "a")
    for replacements in alternatives(pieces, "a/aa:aaa"):
        texts = {
            replacement.piece.path + str(replacement.piece.start): replacement.text for replacement in replacements
        }
        assert "".join(texts.get(piece.path + str(piece.start), piece.text) for piece in pieces) == "a/aa:aaa"


def test_what_has_no_value_does_not_change() -> None:
    pieces = [*pieces_of("a:1"), Piece("", UNSET, variable="NOT")]
    assert all(replacement.piece.kind == COMPOSE for found in alternatives(pieces, "a:12") for replacement in found)


def test_none() -> None:
    assert list(alternatives(pieces_of("r.io/a:", "$1", ".", "$2"), "r.io/a:x")) == []
    assert list(alternatives(pieces_of("no reference"), "a:1")) == []
