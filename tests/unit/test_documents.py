# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents: short where they must be, made where they are made, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics import FAMILIES, PREFIX
from ansible_collections.erni_ki.litellm.tests.pages import variables

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*(ROOT / name for name in ("README.md", "SECURITY.md", "CODE_OF_CONDUCT.md")), *(ROOT / "docs").rglob("*.md")]
)


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
        path, fragment = link.partition("#")[::2]
        target = (page.parent / path).resolve() if path else page
        known = target.exists() and (
            not fragment or target.suffix != ".md" or fragment in {anchor(text) for _level, text in headings(target)}
        )
        if not known:
            dead.append(link)
    assert dead == []


# --------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize(
    ("english", "russian"), [("README.md", "docs/ru/README.md"), ("docs/runbook.md", "docs/ru/runbook.md")]
)
def test_both_languages_have_the_same_headings(english: str, russian: str) -> None:
    outlines = [[level for level, _text in headings(ROOT / page)] for page in (english, russian)]
    assert outlines[0] == outlines[1]


def test_both_readmes_have_the_same_commands() -> None:
    """Those of the English one are typed by tests/integration/test_readme.py."""
    typed = []
    for page in ("README.md", "docs/ru/README.md"):
        found = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"))
        typed.append([block for language, block in found if not language])
    assert typed[0] == typed[1] != []


def test_both_languages_have_the_same_rows_and_commands_of_the_runbook() -> None:
    """A row for a step, and what is to be called in the section of it."""
    told = []
    for page in ("docs/runbook.md", "docs/ru/runbook.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        told.append(re.findall(r"(?m)^(?:\| R\d+ |ansible-playbook .*|## )", text))
    assert told[0] == told[1]


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "ru").glob("*.md")), ids=lambda page: page.name)
def test_one_russian_word_for_one_thing(page: Path) -> None:
    """``журнал`` is a log; our journal is ``запись правок``."""
    text = page.read_text(encoding="utf-8")
    assert (
        re.findall(r"(?i)маршрутизатор\w*|таймаут\w*|\bсажа\w+|посаж\w+|журнал\w* (?:обратим|операц|правок)\w*", text)
        == []
    )


# --------------------------------------------------------------------------------------- variables


def test_the_page_of_the_variables_is_what_the_spec_says() -> None:
    assert variables.PAGE.read_text(encoding="utf-8") == variables.page(), "run `make docs`"


def test_each_option_has_one_group() -> None:
    for name in variables.options():
        rest = variables.rest_of(name)
        groups = [
            heading
            for heading, _question, words in variables.GROUPS
            if any(rest == word or (word.endswith("_") and rest.startswith(word)) for word in words)
        ]
        assert groups == [variables.place_of(name)[0]], name


def test_the_variables_of_the_playbooks_are_those_of_the_page() -> None:
    used: set[str] = set()
    for playbook in (ROOT / "playbooks").rglob("*.yml"):
        used.update(re.findall(r"(?<![\w.])litellm_cache_\w+(?=[ |])", playbook.read_text(encoding="utf-8")))
    assert used - set(variables.options()) == set(variables.OF_THE_PLAYBOOKS)


# ---------------------------------------------------------------------------------------- examples


def example(name: str) -> Any:
    """The content of a file of examples/."""
    return yaml.safe_load((ROOT / "examples" / name).read_text(encoding="utf-8"))


def blocks(page: Path, language: str) -> list[Any]:
    """The blocks of YAML or JSON of a page."""
    return [yaml.safe_load(block) for block in re.findall(rf"(?ms)^```{language}\n(.*?)^```$", page.read_text("utf-8"))]


def test_there_is_nothing_else_among_the_examples() -> None:
    names = {path.name for path in (ROOT / "examples").iterdir() if not path.is_symlink()}
    assert names == {
        ".awx-project",
        ".reuse",
        "ansible-navigator.yml",
        "draining",
        "execution-environment.yml",
        "inventory.yml",
        "monitoring",
        "requirements.yml",
        "vault.yml",
    }


@pytest.mark.parametrize("name", ["inventory.yml", "vault.yml"])
def test_the_variables_of_the_examples_are_options(name: str) -> None:
    found = example(name)
    given = found["litellm"]["vars"] if name == "inventory.yml" else found
    known = {*variables.options(), *variables.OF_THE_PLAYBOOKS}
    assert [variable for variable in given if variable not in known and not variable.startswith("ansible_")] == []


def test_the_values_of_the_vault_are_no_real_ones() -> None:
    assert [value for value in example("vault.yml").values() if "no-real" not in value] == []


def test_the_inventory_has_what_is_required() -> None:
    given = example("inventory.yml")["litellm"]
    required = [name for name, option in variables.options().items() if option.get("required")]
    of_playbook = {"litellm_cache_mode"}
    assert given["hosts"] and set(required) - of_playbook <= set(given["vars"])


@pytest.mark.parametrize("page", ["README.md", "docs/ru/README.md"])
def test_the_inventory_of_the_readme_is_the_example(page: str) -> None:
    assert example("inventory.yml") in blocks(ROOT / page, "yaml")


def test_the_requirements_name_this_collection_by_an_address_to_replace() -> None:
    assert [(entry["type"], ".example." in entry["name"]) for entry in example("requirements.yml")["collections"]] == [
        ("git", True)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_variables_that_pages_name_are_options(page: Path) -> None:
    """A name that ends in an underscore, or in dots, stands for several; metrics have the same prefix."""
    named = set(re.findall(r"(?<![\w.-])litellm_cache_\w+[a-z](?![\w./]|\.yml)", page.read_text(encoding="utf-8")))
    known = {*variables.options(), *variables.OF_THE_PLAYBOOKS}
    others = {path.stem for folder in ("roles", "plugins/modules") for path in (ROOT / folder).iterdir()}
    metrics = {f"{PREFIX}{name}" for name in FAMILIES}
    assert named - known - others - metrics == set()
