# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real deployment is broken in one way after another: diagnose finds just what is wrong, and verify ends as it deserves.

What it sees is held against tests/pages/fault_table.py; ``--write-faults`` writes it into docs/troubleshooting.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.diagnosing import DIAGNOSE, VERIFY, asked, codes
from ansible_collections.erni_ki.litellm.tests.integration.support.faults import NEW_PASSWORD, SHORT, WAYS, redis_hangs
from ansible_collections.erni_ki.litellm.tests.integration.support.stand import Stand, scaled
from ansible_collections.erni_ki.litellm.tests.pages import fault_table
from ansible_collections.erni_ki.litellm.tests.pages.fault_table import Told

#: Each with the stack of its deployment, of which one is up at a time.
CASES = [
    pytest.param(stack, name, id=name, marks=() if name in SHORT else pytest.mark.rest)
    for stack, ways in WAYS.items()
    for name in ways
]


@pytest.fixture(scope="module")
def stand(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The stack of that name; the one with one instance is that of the session."""
    if request.param == "one":
        bed: Bed = request.getfixturevalue("shared_bed")
        bed.reset()
        one = Stand(bed)
        yield one
        one.mended()
    else:
        name, shape = f"erni-ki-{request.param}-{os.getpid()}", "scaled" if request.param == "three" else request.param
        bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, shape=shape)
        if request.param == "three":
            scaled(bed)
        yield Stand(bed)
        bed.down()


@pytest.fixture
def runner(stand: Stand, tmp_path: Path) -> AnsibleRunner:
    """Runs playbooks on it; the other password may be seen nowhere, too."""
    runner = stand.bed.ansible(tmp_path)
    runner.canary = Canary({**stand.bed.secrets, "new password": NEW_PASSWORD})
    return runner


def test_each_row_of_the_table_is_seen() -> None:
    assert sorted(name for ways in WAYS.values() for name in ways) == sorted(fault_table.EXPECTED)
    assert {*SHORT} <= {*WAYS["one"]}


@pytest.mark.parametrize(("stand", "name"), CASES, indirect=["stand"], scope="module")
def test_each_fault_gives_its_own_finding_and_no_other_one(
    stand: Stand, name: str, runner: AnsibleRunner, request: pytest.FixtureRequest
) -> None:
    way = WAYS[request.node.callspec.params["stand"]][name]
    since = asked()
    with way(stand) as variables:
        if way is not redis_hangs:  # a request waits for a minute there, and verify sends some
            ask(stand.bed)
        verify = runner.playbook(VERIFY, variables=variables)
        diagnose = runner.playbook(DIAGNOSE, variables={**since, **variables})
    seen = Told(tuple(codes(diagnose)), fault_table.DISAGREES if verify.code else fault_table.AGREES)
    if request.config.getoption("--write-faults"):
        fault_table.write({name: seen})
    else:
        assert seen == fault_table.EXPECTED[name], f"{verify.output}\n{diagnose.output}"


def ask(bed: Bed) -> None:
    """Somebody asks a model, and is answered or not."""
    bed.status_of({"model": "test-chat", "messages": [{"role": "user", "content": f"a question of {time.time()}"}]})
