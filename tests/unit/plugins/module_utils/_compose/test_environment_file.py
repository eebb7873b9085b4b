# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment files, read as Compose reads them, and the places of their values."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.environment_file import read_environment_file
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import (
    SHELL,
    VARIABLE,
    ComposeError,
    FileText,
    Piece,
    text_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import ENVIRONMENT_FILES


def outside(name: str) -> Optional[list[Piece]]:
    return [Piece("from outside", SHELL, variable=name)] if name == "OUTSIDE" else None


def values_of(text: str) -> dict[str, list[Piece]]:
    values: dict[str, list[Piece]] = {}
    read_environment_file(FileText("/p/.env", text), values, outside)
    return values


@pytest.mark.parametrize("text", ENVIRONMENT_FILES)
def test_values(text: str) -> None:
    assert {name: text_of(pieces) for name, pieces in values_of(text).items() if name} == ENVIRONMENT_FILES[text]


@pytest.mark.parametrize(
    "text, stands",
    [
        ("A=v1 # note\n", "v1"),
        ("export A = v1\r\n", "v1"),
        ("\ufeffA='v1' # note", "v1"),
        ('B=x\n\nA="v1"\n', "v1"),
        ("A=v0\nA: v1", "v1"),
        ("A=", ""),
        ("A=\nB=x", ""),
        ('A="v\\n1"', "v\\n1"),
    ],
)
def test_places(text: str, stands: str) -> None:
    (piece,) = values_of(text)["A"]
    file = FileText("/p/.env", text)
    assert file.text[piece.start : piece.end] == stands
    assert piece.line == text.count("\n", 0, text.rindex("A")) + 1
    assert (piece.kind, piece.variable) == (VARIABLE, "A")


def test_a_value_of_other_values_leads_to_them() -> None:
    text = "TAG=v1\nIMAGE=litellm:${TAG}\n"
    assert [(piece.text, piece.line, piece.variable) for piece in values_of(text)["IMAGE"]] == [
        ("litellm:", 2, "IMAGE"),
        ("v1", 1, "TAG"),
    ]


def test_a_value_that_is_handed_on() -> None:
    assert values_of("OUTSIDE\nB=1\n")["OUTSIDE"][0].kind == SHELL
    assert "C" not in values_of("C\n")


@pytest.mark.parametrize(
    "text, line",
    [
        ("A=1\nB 2=s3cr3t\n", 2),
        ("A=1\n%=s3cr3t\n", 2),
        ("A='s3cr3t", 1),
        ('A=1\n\nB="s3cr3t\n', 3),
        ("A=${s3cr3t!}", 1),
        ("s3cr3t!\n", 1),
    ],
)
def test_what_compose_cannot_read(text: str, line: int) -> None:
    with pytest.raises(ComposeError, match=f"/p/.env, line {line}: ") as caught:
        values_of(text)
    assert "s3cr3t" not in str(caught.value)


def test_a_long_run_of_blanks_is_no_trap() -> None:
    text = "A=" + "\t" * 200000 + "1\n"
    assert text_of(values_of(text)["A"]) == "1"
    assert text_of(values_of("A=1" + "\t" * 200000 + "2\n")["A"]).endswith("\t2")


def test_bytes_that_are_no_text_stay() -> None:
    text = b"# caf\xe9\nA=v1\n".decode("utf-8", "surrogateescape")
    assert text_of(values_of(text)["A"]) == "v1"
