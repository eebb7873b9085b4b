# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/faults.md from the tables of the parts of the campaign, as soon as all of them are there.

Usage: faults.py FOLDER, which holds faults-1.jsonl to faults-5.jsonl; `faults --page` calls it, as do its parts.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
PARTS = (1, 2, 3, 4, 5)
#: What the page has below the table.
RACES = "## Races\n"
INTRODUCTION = """\
# Faults

Written by `bash tests/project.sh faults --page`. Each fault is injected into a real run of `switch_redis` or
`upgrade_litellm`, on a deployment in the mode `local` with one instance. The longest silence is 20 to 180 seconds here, where
it is 60 by default. After each of them the bytes of `config.yaml` are the old or the new ones, the proxy answers in the mode
that the file says, no secret is in an output, a log or the state directory, and the next run of `switch_redis` ends in the
new mode. Seconds are counted from the fault until a client of the published port had its last failure. "Without a guard" is
`litellm_cache_guard=none`.

A power cut is replayed apart from that, by `_change/test_mode_change_power_cut.py`: it records each step that a first change,
a change that is taken back, and two changes one after the other take in the file system, 248 in all. After each of them it
lays out every tree that a cut could have left: content that was not flushed is gone, torn or there, and new names are gone or
there in each folder by itself. That makes 191 different trees, and each is gone on from twice, by the next run and by the
guard: the file is the old or the new one, the next run works, and its way back is exact.

Three hosts at once and one after another, with a lease shorter than a restart, and with a Redis that hangs at the first of
them: `tests/integration/test_real_hosts.py`.

"""


@dataclass
class Row:
    """One line of the table of the campaign."""

    fault: str
    where: str
    outcome: str = ""
    seconds: float = 0.0


def table(rows: list[Row]) -> list[str]:
    """The campaign as a table in Markdown."""
    lines = ["| fault | injected | outcome | seconds until the service answered again |", "| --- | --- | --- | ---: |"]
    for row in rows:
        seconds = f"{row.seconds:.1f}" if row.seconds else "never away"
        lines.append(f"| {row.fault} | {row.where} | {re.sub(r'[|]', '/', row.outcome)} | {seconds} |")
    return lines


def store(target: Path, rows: list[Row]) -> None:
    """Keep the rows of one part."""
    target.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows), encoding="utf-8")


def stored(target: Path) -> list[Row]:
    """The rows of one part."""
    return [Row(**json.loads(line)) for line in target.read_text(encoding="utf-8").splitlines()]


def missing(folder: Path) -> list[int]:
    """The parts that have no table yet."""
    return [part for part in PARTS if not table_of(folder, part).exists()]


def table_of(folder: Path, part: int) -> Path:
    """Where the rows of a part are."""
    return folder / f"faults-{part}.jsonl"


def write(folder: Path) -> None:
    """Write the page; what stands below its table, which a unit test counts out, stays."""
    rows = [row for part in PARTS for row in stored(table_of(folder, part))]
    races = "".join(PAGE.read_text(encoding="utf-8").partition(RACES)[1:])
    PAGE.write_text(INTRODUCTION + "\n".join(table(rows)) + f"\n\n{races}", encoding="utf-8")


if __name__ == "__main__":
    tables = Path(sys.argv[1])
    if missing(tables):
        parts = " and ".join(f"faults-{part}" for part in missing(tables))
        print(f"{PAGE.name} is written when {parts} ran with --page, too")
    else:
        write(tables)
        print(PAGE.relative_to(PAGE.parents[1]))
