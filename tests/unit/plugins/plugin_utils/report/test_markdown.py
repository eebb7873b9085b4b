# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in Markdown."""

from __future__ import annotations

import re

import pytest
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.markdown import markdown_of, plain
from ansible_collections.erni_ki.litellm.tests.unit.support import report_documents


def test_a_verification() -> None:
    text = markdown_of(report_documents.verification())
    assert text.startswith(
        "## Verification of the cache: erni-ki\n\nserver1.example.org, litellm, 2025-11-26 14:05:00 UTC\n\n**FAILED** 1 of 2"
    )
    assert (
        "| WRONG | stale |  | the file is newer than its start; next: ansible-playbook erni\\_ki.litellm.switch\\_redis |"
        in text
    )
    assert "Way back: `ansible-playbook erni_ki.litellm.rollback_local`\n" in text
    assert re.search(r"^\| redis hit \| \d+\.\d ms \(.*\) \| .* \| 10 ms \|$", text, re.MULTILINE)


def test_a_diagnosis() -> None:
    text = markdown_of(report_documents.diagnosis())
    assert "### Redis does not answer (certain)\n\n- erni-ki-litellm-1: connecting to redis:6379 was refused\n" in text
    assert "\nMend: `docker compose up -d redis`\n" in text


def test_tables_are_tables() -> None:
    """As many cells in each row as in the head, whatever stands in them."""
    for document in (report_documents.verification(), report_documents.hostile()):
        for block in markdown_of(document).split("\n\n"):
            lines = block.splitlines()
            if lines[0].startswith("| "):
                cells = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
                assert len(set(cells)) == 1, block


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b*c", r"a\_b\*c"),
        ("two\nlines\r\n# no heading", r"two lines \# no heading"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        ("[a](b) `c` |", r"\[a\](b) \`c\` \|"),
        ("https://attacker.example", "https:\u200b//attacker.example"),
        ("@somebody", "@somebody"),
        ("somebody@host", "somebody@\u200bhost"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_nothing_hostile_is_left() -> None:
    text = re.sub(r"(?<!\\)`.*(?<!\\)`", "", markdown_of(report_documents.hostile()))  # what is code is code
    assert not re.search(r"(?<!\\)[<`\[]", text)
