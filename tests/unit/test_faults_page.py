# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the campaign is made of the tables of all its parts, whichever of them ran last."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.pages import faults
from ansible_collections.erni_ki.litellm.tests.pages.faults import PAGE, PARTS, RACES, Row


def test_the_page_begins_as_it_is_written() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith(faults.INTRODUCTION + faults.table([])[0]) and RACES in text


def test_rows_are_as_they_were(tmp_path: Path) -> None:
    rows = [Row("a", "there", 'one | "two"', 1.5), Row("b", "here")]
    faults.store(tmp_path / "table", rows)
    assert faults.stored(tmp_path / "table") == rows
    assert faults.table(rows)[2:] == ['| a | there | one / "two" | 1.5 |', "| b | here |  | never away |"]


def test_all_parts_are_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, before = tmp_path / "page.md", PAGE.read_text(encoding="utf-8")
    page.write_text(before, encoding="utf-8")
    monkeypatch.setattr(faults, "PAGE", page)
    for part in reversed(PARTS):
        assert part in faults.missing(tmp_path)
        faults.store(faults.table_of(tmp_path, part), [Row(f"fault {part}", "there")])
    assert not faults.missing(tmp_path)
    faults.write(tmp_path)
    told = page.read_text(encoding="utf-8")
    places = [told.index(f"| fault {part} | there |") for part in PARTS]
    assert places == sorted(places) and told.partition(RACES)[2] == before.partition(RACES)[2]


def test_a_part_alone_says_what_is_missing(tmp_path: Path) -> None:
    before = PAGE.read_bytes()
    faults.store(faults.table_of(tmp_path, 2), [Row("a", "there")])
    done = subprocess.run([sys.executable, faults.__file__, str(tmp_path)], capture_output=True, text=True, check=True)
    assert (
        done.stdout
        == "faults.md is written when faults-1 and faults-3 and faults-4 and faults-5 ran with --page, too\n"
    )
    assert PAGE.read_bytes() == before
