# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/predictions.md from the table of a matrix run; `make test-matrix` calls it.

Usage: predictions.py TABLE.jsonl...
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "predictions.md"
INTRODUCTION = """\
# Predicted and real

Written by `make test-matrix`. For each row the proof ran inside a running instance first, and wrote nothing; then the
proxy was restarted on that candidate, and looked at from outside: whether it answers, in which database an entry appears,
in which databases it has connections, and how long a request waits while Redis hangs ("as asked for" is one or two seconds in
these candidates). A prediction that does not come true fails the test. `make test` runs some for the oldest and the newest
version, `make predictions` more of them, and LiteLLM 1.80.0 with its stand-in whose socket timeout is fixed.

"""


def page(rows: list[dict[str, str]]) -> str:
    """The text of the page: one table for each server and version."""
    lines = [f"{len(rows)} predictions, {sum(row['predicted'] == row['real'] for row in rows)} came true.", ""]
    heading = None
    for row in rows:
        if (row["server"], row["litellm"]) != heading:
            heading = row["server"], row["litellm"]
            lines += ["", f"## LiteLLM {row['litellm']}, {row['server'].replace(':', ' ')}", ""]
            lines += ["| candidate | predicted | real |", "| --- | --- | --- |"]
        real = "the same" if row["real"] == row["predicted"] else f"**{row['real']}**"
        lines.append(f"| {row['candidate']} | {row['predicted']} | {real} |")
    return INTRODUCTION + "\n".join(lines) + "\n"


if __name__ == "__main__":
    table = [line for name in sys.argv[1:] for line in Path(name).read_text(encoding="utf-8").splitlines()]
    PAGE.write_text(page([json.loads(line) for line in table]), encoding="utf-8")
    print(PAGE.relative_to(PAGE.parents[1]))
