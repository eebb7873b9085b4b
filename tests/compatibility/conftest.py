# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ansible-core goes with which managed host: environments that tests/project.sh made, and the table of the page.

``--write-cores`` writes the table of docs/compatibility.md; without it the tests hold what they see against it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.pages import cores


@dataclass(frozen=True)
class Core:
    """An ansible-core, and the folder of its environment."""

    version: str
    folder: Path

    def __str__(self) -> str:
        return self.version


@dataclass(frozen=True)
class ManagedPython:
    """A Python of a managed host with its libraries, and the folder of its environment."""

    words: str
    folder: Path

    def __str__(self) -> str:
        return self.words


def pytest_addoption(parser: pytest.Parser) -> None:
    """What there is on this machine, and whether the page is written."""
    parser.addoption("--environments", type=Path, required=True, help="file that `make compatibility` writes")
    parser.addoption("--write-cores", action="store_true", help="write what is seen into docs/compatibility.md")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each core with each managed host that this machine has Pythons for."""
    lines = metafunc.config.getoption("--environments").read_text(encoding="utf-8").splitlines()
    there = [line.split("|") for line in lines]
    there = [(kind, words.replace(" / ", " | "), path) for kind, words, path in there]
    metafunc.parametrize(
        "host", [ManagedPython(words, Path(path)) for kind, words, path in there if kind == "host"], ids=str
    )
    metafunc.parametrize("core", [Core(words, Path(path)) for kind, words, path in there if kind == "core"], ids=str)


@pytest.fixture(scope="session")
def switched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One deployment for all, which caches in Redis."""
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", f"erni-ki-cores-{os.getpid()}")
    try:
        done = bed.ansible(tmp_path_factory.mktemp("ansible")).playbook("erni_ki.litellm.switch_redis")
        assert done.code == 0, done.output
        yield bed
    finally:
        bed.down()


@pytest.fixture
def told(request: pytest.FixtureRequest, core: Core, host: ManagedPython) -> Iterator[list[str]]:
    """Takes the words on a core and a host, and holds them against the page, or writes them there."""
    words: list[str] = []
    yield words
    if not words:
        return  # it failed before there was a word
    if request.config.getoption("--write-cores"):
        cores.write({host.words: {core.version: words[0]}})
    else:
        assert cores.table().get(host.words, {}).get(core.version) == words[0], (
            "docs/compatibility.md; see --write-cores"
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    terminalreporter.write_line("\n".join(cores.lines(cores.table())))
