# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of the documents is run by a test, or it is said why none can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.unit.support.documented_commands import (
    NOT_HERE,
    ROOT,
    RUN_ELSEWHERE,
    TYPED,
    commands,
    documents,
)


def told() -> dict[str, list[str]]:
    """Each command, with the pages that tell it."""
    found: dict[str, list[str]] = {}
    for page in documents():
        for command in commands(page.read_text(encoding="utf-8")):
            found.setdefault(command, []).append(str(page.relative_to(ROOT)))
    return found


def test_every_command_is_known() -> None:
    known = {*TYPED, *RUN_ELSEWHERE, *NOT_HERE}
    assert {command: pages for command, pages in told().items() if command not in known} == {}


def test_no_command_is_known_that_nobody_is_told() -> None:
    assert {*TYPED, *RUN_ELSEWHERE, *NOT_HERE} - set(told()) == set()


def test_a_command_is_known_once() -> None:
    assert len({*TYPED, *RUN_ELSEWHERE, *NOT_HERE}) == len(TYPED) + len(RUN_ELSEWHERE) + len(NOT_HERE)


@pytest.mark.parametrize("test", sorted(set(RUN_ELSEWHERE.values())))
def test_what_runs_it_is_there(test: str) -> None:
    path, name = test.split("::")
    assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```\nansible-playbook x  # why\n```\n", ["ansible-playbook x"]),
        ("1. so:\n\n   ```\n   docker compose logs\n   ```\n", ["docker compose logs"]),
        ("```shell\nexport A=1\nA=2\n```\n", ["export A=1"]),
        ("```yaml\nansible-playbook x\n```\n", []),
        ("```\nFAILED: of docker compose\n```\n", []),
    ],
)
def test_what_is_a_command(text: str, found: list[str]) -> None:
    assert commands(text) == found


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_pages_say_to_make_is_a_target(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    targets = set(re.search(r"^verbs := (.+)$", makefile, re.M).group(1).split())
    assert set(re.findall(r"`make ([\w-]+)`", page.read_text(encoding="utf-8"))) <= targets


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_pages_say_to_play_is_a_playbook(page: Path) -> None:
    """Also in the middle of a sentence: `erni_ki.litellm.history -e ...`."""
    named = set(re.findall(r"erni_ki\.litellm\.(\w+)", page.read_text(encoding="utf-8")))
    there = {
        path.stem
        for folder in ("playbooks", "plugins/modules", "plugins/filter", "roles")
        for path in (ROOT / folder).iterdir()
    }
    # The last one is the group of the modules.
    assert named - there - {"litellm"} == set()
