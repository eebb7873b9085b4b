# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/known-issues.md from the table of known issues; `make docs` calls it.

Nobody writes that page by hand: tests/unit/plugins/module_utils/_proof/test_known_issues.py compares.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.issue import KnownIssue
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.known_issues import KNOWN_ISSUES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "known-issues.md"
INTRODUCTION = """\
# Known issues of LiteLLM with Redis

Written by `make docs` from `plugins/module_utils/_proof/known_issues.py`.

Before a switch the collection lets the LiteLLM inside the container build its cache and its router, and compares what
their clients hold with what was asked for. **That observation decides, never a version number.** This table explains
it: messages name its identifiers, and `verify` lists the issues that are present. "By version" are those that nobody
can observe beforehand.

"""


def versions(issue: KnownIssue) -> str:
    """The versions of an issue in words."""
    if issue.tags:
        return "image tag " + ", ".join(issue.tags)
    if issue.first and issue.last:
        return f"{issue.first} to {issue.last}"
    if issue.first or issue.last:
        return f"from {issue.first}" if issue.first else f"up to {issue.last}"
    return "all"


def page() -> str:
    """The text of the page."""
    rows = ["| identifier | versions | found |", "| --- | --- | --- |"]
    sections = []
    for issue in KNOWN_ISSUES:
        found = "by observation" if issue.observed_as else "by version"
        anchor = issue.identifier.lower()
        rows.append(f"| [{issue.identifier}](#{anchor}) | {versions(issue)} | {found} |")
        sections.append(
            f"## {issue.identifier}\n\n**{issue.title}.** {issue.symptom}\n\n"
            f"- Way out: {issue.way_out}.\n- Versions: {versions(issue)}.\n- Source: {issue.source}.\n"
        )
    return INTRODUCTION + "\n".join(rows) + "\n\n" + "\n".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(PAGE.parents[1]))
