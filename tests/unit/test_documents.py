# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents: short where they must be, made where they are made, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.pages import variables

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def text_of(page: Path) -> str:
    """A page without its blocks of code, in which a `#` begins a comment."""
    return re.sub(r"(?ms)^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"))


def headings(page: Path) -> list[tuple[int, str]]:
    """Level and text of each heading, in order."""
    return [(len(level), text) for level, text in re.findall(r"(?m)^(#+) (.+)$", text_of(page))]


def anchor(heading: str) -> str:
    """The anchor that GitHub, GitLab and Gitea make of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def links(page: Path) -> list[str]:
    """Where the links of a page lead, but for other sites."""
    found = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    return [link for link in found if not link.startswith(("http://", "https://"))]


# ------------------------------------------------------------------------------------------ README


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    dead = []
    for link in links(page):
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        known = target.exists() and (
            not fragment or target.suffix != ".md" or fragment in {anchor(text) for _level, text in headings(target)}
        )
        if not known:
            dead.append(link)
    assert dead == []


# --------------------------------------------------------------------------------------- variables


def test_the_page_of_the_variables_is_what_the_spec_says() -> None:
    assert variables.PAGE.read_text(encoding="utf-8") == variables.page(), "run `make docs`"


def test_each_option_has_one_group() -> None:
    for name in variables.options():
        rest = name[len("litellm_cache_") :]
        groups = [
            heading
            for heading, _question, words in variables.GROUPS
            if any(rest == word or (word.endswith("_") and rest.startswith(word)) for word in words)
        ]
        assert groups == [variables.group_of(name)], name


def test_the_variables_of_the_playbooks_are_those_of_the_page() -> None:
    used: set[str] = set()
    for playbook in (ROOT / "playbooks").rglob("*.yml"):
        used.update(re.findall(r"(?<![\w.])litellm_cache_\w+(?=[ |])", playbook.read_text(encoding="utf-8")))
    assert used - set(variables.options()) == set(variables.OF_THE_PLAYBOOKS)
