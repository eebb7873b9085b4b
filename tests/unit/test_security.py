# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of security claims nothing without a test that there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
#: A row of a table: the claim, and what shows it.
ROWS = [row for row in re.findall(r"(?m)^\| (.+) \| (.+) \|$", PAGE) if row[1] not in ("shown by", "---")]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def names_in(path: Path) -> set[str]:
    """Names of the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_claim_has_a_test() -> None:
    assert len(ROWS) > 20
    assert [claim for claim, shown in ROWS if not NAMED.search(shown)] == []


def test_each_test_that_is_named_is_there() -> None:
    named = NAMED.findall(PAGE)
    missing = [
        f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in names_in(ROOT / path)
    ]
    assert missing == []
    assert [name for _path, name in named if not name.startswith("test_")] == []


def test_each_of_those_who_can_reach_something_has_a_chapter() -> None:
    chapters = re.findall(r"(?m)^## (.+)$", PAGE)
    assert chapters[:6] == [
        "The operator",
        "AWX",
        "The managed host",
        "The container",
        "Redis",
        "A client of the proxy",
    ]
