# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the tests that failed, as Markdown, from a JUnit file.

Standard library only: a workflow calls it where the tools may not even be there.

Usage: failed_tests.py REPORT
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree
from pathlib import Path

#: Characters of a message that are told; the whole one stands in the log of the run.
LONGEST = 300


def told(report: Path) -> str:
    """The failed tests and why, or why nothing is known of them.

    :param report: the JUnit file.
    """
    try:
        cases = list(xml.etree.ElementTree.parse(report).getroot().iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError):
        return "It failed before a test could tell why."
    lines = []
    for case in cases:
        for kind in ("failure", "error"):
            found = case.find(kind)
            if found is not None:
                message = " ".join(found.get("message", "").split())[:LONGEST]
                lines.append(f"- `{case.get('name')}`: `{message.replace('`', chr(39))}`")
    return "\n".join(lines) or "No test failed, and yet the run did."


if __name__ == "__main__":
    print(told(Path(sys.argv[1])))
