# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the rules of a diagnosis into docs/troubleshooting.md; `make docs` calls it.

Nobody writes that section by hand: tests/unit/plugins/module_utils/_diagnosis/test_rules.py compares.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import COMPLAINTS
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.findings import Rule
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "troubleshooting.md"
BEGIN, END = "<!-- made by `make docs` from the rules of a diagnosis -->\n", "<!-- end of the rules -->\n"
#: What stands in the page where a diagnosis puts in words of the deployment.
WORDS = {"apply": "ansible-playbook erni_ki.litellm.switch_redis", "redis": "redis"}


def told(rule: Rule) -> str:
    """One rule, under a heading that is its code."""
    complaints = "any" if rule.complaints == COMPLAINTS else ", ".join(f"`{one}`" for one in rule.complaints)
    asked = "; told only where somebody complains of it" if rule.asked else ""
    return (
        f"### {rule.code}\n\n**{rule.title}.** {rule.cause}\n\n- Complaint: {complaints}{asked}.\n"
        f"- Likelihood: {rule.likelihood}.\n- Mend: {rule.mend.format(**WORDS)}.\n"
    )


def section() -> str:
    """The text between the marks."""
    return "\n" + "\n".join(told(rule) for rule in RULES) + "\n"


def written() -> str:
    """What the page has between the marks."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page.replace(BEGIN + written(), BEGIN + section()), encoding="utf-8")
    print(PAGE.relative_to(PAGE.parents[1]))
