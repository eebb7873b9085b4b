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
from ansible_collections.erni_ki.litellm.tests.predictions.cases import BY_SERVER, BY_VERSION, CASES, DAILY, PAIRS
from ansible_collections.erni_ki.litellm.tests.predictions.fates import RealProxy

SERVERS = ("redis:7.0", "redis:8.0", "valkey:8.1")
FIRST = SERVERS[0]
#: Stacks of the matrix, server and version; each part of it takes less than half an hour.
PARTS = {
    1: ((FIRST, "1.77.7"), (FIRST, "1.79.3"), (FIRST, "1.80.0")),
    2: ((FIRST, "1.80.0-fixed-socket-timeout"), (FIRST, "1.81.0"), (FIRST, "1.83.14"), (FIRST, "1.93.0")),
    3: ((FIRST, "1.99.4"), (FIRST, "1.106.2"), (FIRST, "1.110.2"), *((server, "1.80.0") for server in SERVERS[1:])),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Choose between the pairs and a part of the whole matrix."""
    parser.addoption("--matrix", type=int, choices=sorted(PARTS), help="this part of the versions and servers")
    parser.addoption("--tried", metavar="VERSION", help="this LiteLLM instead, which the table of images need not have")
    parser.addoption("--table", type=Path, help="file for the table of predictions against reality, JSON lines")


def combinations(part: int | None, tried: str | None = None) -> list[tuple[str, str, str]]:
    """Server, version and case; those of one stack stand together."""
    chosen = []
    if tried:
        names = BY_VERSION | list(PAIRS.values())[-1]
        return [(FIRST, tried, case.name) for case in CASES if case.name in names]
    for server, version in PARTS[part] if part else [(FIRST, version) for version in PAIRS]:
        names = PAIRS.get(version, frozenset())
        if part:
            names = names | BY_VERSION if server == FIRST else BY_SERVER
        chosen += [(server, version, case.name) for case in CASES if case.name in names]
    return chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each combination."""
    if "combination" in metafunc.fixturenames:
        chosen = combinations(metafunc.config.getoption("--matrix"), metafunc.config.getoption("--tried"))
        params = [
            pytest.param(one, id=", ".join(one), marks=() if one[2] in DAILY.get(one[1], ()) else pytest.mark.rest)
            for one in chosen
        ]
        metafunc.parametrize("combination", params, scope="session")


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
