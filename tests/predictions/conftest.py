# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real stack of each combination, and the table of predictions against reality."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.predictions.cases import ALWAYS, BY_SERVER, BY_VERSION, CASES
from ansible_collections.erni_ki.litellm.tests.predictions.fates import RealProxy

SERVERS = ("redis:7.0", "redis:8.0", "valkey:8.1")
MATRIX_VERSIONS = (
    "1.77.7",
    "1.79.3",
    "1.80.0",
    "1.80.0-fixed-socket-timeout",
    "1.81.0",
    "1.83.14",
    "1.99.4",
    "1.106.2",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Choose between the pairs of each day and the whole matrix."""
    parser.addoption("--matrix", action="store_true", help="every version, and the other servers")
    parser.addoption("--table", type=Path, help="file for the table of predictions against reality, JSON lines")


def combinations(whole: bool) -> list[tuple[str, str, str]]:
    """Server, version and case; those of one stack stand together."""
    chosen = []
    for version in MATRIX_VERSIONS:
        names = ALWAYS.get(version, frozenset()) | (BY_VERSION if whole else frozenset())
        chosen += [(SERVERS[0], version, case.name) for case in CASES if case.name in names]
    for server in SERVERS[1:] if whole else ():
        chosen += [(server, "1.80.0", case.name) for case in CASES if case.name in BY_SERVER]
    return chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each combination."""
    if "combination" in metafunc.fixturenames:
        chosen = combinations(metafunc.config.getoption("--matrix"))
        metafunc.parametrize("combination", chosen, ids=[", ".join(one) for one in chosen], scope="session")


@pytest.fixture(scope="session")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], RealProxy]]:
    """The stack in use, under its server and version; one at a time."""
    running: dict[tuple[str, str], RealProxy] = {}
    yield running
    for proxy in running.values():
        proxy.bed.down()


@pytest.fixture
def proxy(
    combination: tuple[str, str, str],
    proxies: dict[tuple[str, str], RealProxy],
    tmp_path_factory: pytest.TempPathFactory,
) -> RealProxy:
    """The proxy of a combination, its stack brought up when it is the first of its kind."""
    server, version, _name = combination
    if (server, version) not in proxies:
        while proxies:
            proxies.popitem()[1].bed.down()
        name = f"erni-ki-predict-{os.getpid()}"
        bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, version, server)
        proxies[server, version] = RealProxy(bed)
    return proxies[server, version]


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> list[dict[str, str]]:
    """The rows that were seen, written as they come."""
    target = request.config.getoption("--table")

    class Rows(list):
        def append(self, row: dict[str, str]) -> None:
            super().append(row)
            if target:
                with target.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row) + "\n")

    if target:
        target.unlink(missing_ok=True)
    return Rows()
