# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the integration tests: one stack for the whole session, put back to its beginning for each test.

``--stack DIR`` uses a stack that is up already, and leaves it up.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterator

import pytest
import redis
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.operator import Operator
from ansible_collections.erni_ki.litellm.tests.integration.support.redis_servers import (
    Certificates,
    Cluster,
    Sentinels,
    Standalone,
)
from ansible_collections.erni_ki.litellm.tests.integration.support.witness import GATHERING
from ansible_collections.erni_ki.litellm.tests.pages import compatibility


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let somebody who works on the tests keep a stack."""
    parser.addoption("--stack", help="project directory of a stack that is up, as tests/stack/stack.py made it")
    parser.addoption("--write-shapes", action="store_true", help="write what becomes of shapes into their table")
    parser.addoption("--write-faults", action="store_true", help="write what is found of faults into their table")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What becomes of a shape is what its row in docs/compatibility.md says, or is written there."""
    mark = item.get_closest_marker("shape")
    if mark is None:
        return (yield)
    with GATHERING.of(*mark.args) as seen:
        result = yield
    if item.config.getoption("--write-shapes"):
        compatibility.write(seen)
    else:
        written = compatibility.table()
        said = {row: {name: written.get(row, {}).get(name) for name in outcomes} for row, outcomes in seen.items()}
        assert seen == said, "docs/compatibility.md says otherwise; see --write-shapes"
    return result


@pytest.fixture(scope="session")
def shared_bed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """The stack of this session."""
    given = request.config.getoption("--stack")
    if given:
        bed = Bed(Path(given))
        yield bed
        bed.reset()
        return
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", f"erni-ki-int-{os.getpid()}")
    yield bed
    bed.down()


@pytest.fixture
def bed(shared_bed: Bed) -> Iterator[Bed]:
    """The stack as after its first start: local mode, no state, and nothing failing.

    Afterwards no file of ours and no log of a container holds a secret.
    """
    shared_bed.reset()
    yield shared_bed
    Canary(shared_bed.secrets).search_all(shared_bed.state_files() + shared_bed.logs())


@pytest.fixture(scope="session")
def canary(shared_bed: Bed) -> Canary:
    """What must not be seen anywhere."""
    return Canary(shared_bed.secrets)


@pytest.fixture(scope="session")
def ansible(shared_bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> AnsibleRunner:
    """Runs playbooks against the stack."""
    return shared_bed.ansible(tmp_path_factory.mktemp("ansible"))


@pytest.fixture(scope="session")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A stack in whose place each test brings a deployment of its own."""
    bed = Bed.up(tmp_path_factory.mktemp("operated") / "project", f"erni-ki-operated-{os.getpid()}")
    yield bed
    bed.down()


@pytest.fixture
def operator(operated: Bed, tmp_path: Path) -> Iterator[Operator]:
    """Its operator. Afterwards no file of ours and no log of a container holds a secret."""
    yield Operator(operated, operated.ansible(tmp_path))
    Canary(operated.secrets).search_all(operated.state_files() + operated.logs())


@pytest.fixture
def options(bed: Bed) -> dict[str, Any]:
    """The options that every module needs."""
    return {"project_dir": str(bed.directory), "state_dir": str(bed.state)}


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for loopback."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """One Redis 7.0 for most tests; it keeps its data when it is killed."""
    with Standalone(tmp_path_factory.mktemp("redis"), options="--appendonly yes --appendfsync always") as server:
        yield server


@pytest.fixture
def server(shared_server: Standalone) -> Iterator[Standalone]:
    """The same, empty, and without users."""
    shared_server.client().flushall()
    yield shared_server
    for user in shared_server.client().acl_users():
        if user != "default":
            shared_server.client().acl_deluser(user)


@pytest.fixture(scope="session")
def tls_server(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Standalone]:
    """One that speaks TLS alone."""
    with Standalone(tmp_path_factory.mktemp("tls"), certificates=certificates) as server:
        yield server


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Six nodes."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    """The same, empty."""
    with shared_cluster.client() as client:
        client.flushall(target_nodes=redis.RedisCluster.PRIMARIES)
    return shared_cluster


@pytest.fixture(scope="session")
def shared_sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    """A primary and a replica behind Sentinels."""
    with Sentinels(tmp_path_factory.mktemp("sentinels")) as sentinels:
        yield sentinels


@pytest.fixture
def sentinels(shared_sentinels: Sentinels) -> Sentinels:
    """The same, empty."""
    shared_sentinels.client().flushall()
    return shared_sentinels
