# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of docs/compatibility.md that the tests write: what becomes of each shape of a deployment.

The tests marked ``shape`` read it, and fail where they see something else; with ``--write-shapes`` they write what they see.
"""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
BEGIN, END = "<!-- written by the tests, --write-shapes -->\n", "<!-- end -->\n"
#: The playbooks with a column.
COLUMNS = ("switch_redis", "verify", "flush_cache", "rollback_local")
#: Shape and version of LiteLLM, and for each playbook what became of it.
Table = dict[tuple[str, str], dict[str, str]]


def table() -> Table:
    """What the page says."""
    text = PAGE.read_text(encoding="utf-8")
    lines = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(row[0], row[1]): {name: cell for name, cell in zip(COLUMNS, row[2:]) if cell} for row in cells}


def write(rows: Table) -> None:
    """Put these rows into the page; its other rows, and what was not seen of these, stay."""
    text = PAGE.read_text(encoding="utf-8")
    known = table()
    merged = {**known, **{row: {**known.get(row, {}), **seen} for row, seen in rows.items()}}
    head = ("deployment", "LiteLLM", *(f"`{name}`" for name in COLUMNS))
    lines = [head, ("---",) * len(head)]
    for (shape, version), outcomes in sorted(merged.items()):
        lines.append((shape, version, *(outcomes.get(name, "") for name in COLUMNS)))
    written = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    PAGE.write_text(text[: text.index(BEGIN) + len(BEGIN)] + written + text[text.index(END) :], encoding="utf-8")
