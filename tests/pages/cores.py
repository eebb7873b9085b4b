# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of docs/compatibility.md on ansible-core and the Python of managed hosts, which tests/compatibility writes."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
BEGIN, END = "<!-- written by the tests, --write-cores -->\n", "<!-- end of cores -->\n"
#: What is told of a host: its Python, what its libraries stand for, PyYAML and redis-py, in this order and in one text.
HOST = ("Python", "libraries", "PyYAML", "redis-py")
#: Host, and for each core the words.
Table = dict[str, dict[str, str]]


def order(version: str) -> list[int]:
    """Puts versions in their order."""
    return [int(number) for number in version.split(".")]


def table() -> Table:
    """What the page says."""
    text = PAGE.read_text(encoding="utf-8")
    rows = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    if not cells:
        return {}
    cores = [name.rpartition(" ")[2] for name in cells[0][len(HOST) :]]
    known = {" | ".join(row[: len(HOST)]): dict(zip(cores, row[len(HOST) :])) for row in cells[2:]}
    return {host: {core: words for core, words in seen.items() if words} for host, seen in known.items()}


def lines(rows: Table) -> list[str]:
    """The table as Markdown."""
    cores = sorted({core for seen in rows.values() for core in seen}, key=order)
    head = [*HOST, *(f"ansible-core {core}" for core in cores)]
    written = [head, ["---"] * len(head)]
    for host in sorted(rows, key=lambda words: (order(words.partition(" ")[0]), order(words.rpartition(" ")[2]))):
        written.append([host, *(rows[host].get(core, "") for core in cores)])
    return [f"| {' | '.join(cells)} |" for cells in written]


def write(rows: Table) -> None:
    """Put these words into the page; what was not seen this time stays."""
    text = PAGE.read_text(encoding="utf-8")
    known = table()
    merged = {**known, **{host: {**known.get(host, {}), **seen} for host, seen in rows.items()}}
    written = "".join(f"{line}\n" for line in lines(merged))
    PAGE.write_text(text[: text.index(BEGIN) + len(BEGIN)] + written + text[text.index(END) :], encoding="utf-8")
