# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the fault campaign: one stack whose project and state lie on a small file system of their own.

So that the disk can be full, or read-only, for real.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.faults.campaign import Campaign
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.pages.faults import Row, store, table

DISK_SIZE = "4m"
ROWS: list[Row] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `faults --page` keep the table, and `make test` be brief."""
    parser.addoption(
        "--table", type=Path, help="file for the rows of the table, JSON lines, where all faults were survived"
    )
    parser.addoption("--check-next", action="store_true", help="after a run was taken back, only check the next one")


@pytest.fixture(scope="session")
def shared_bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """The stack of this session."""
    disk = tmp_path_factory.mktemp("disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE}", "tmpfs", str(disk)], check=True)
    try:
        bed = Bed.up(disk / "project", f"erni-ki-faults-{os.getpid()}")
        try:
            yield bed
        finally:
            bed.down()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def bed(shared_bed: Bed) -> Iterator[Bed]:
    """The stack as after its first start."""
    shared_bed.reset()
    yield shared_bed
    subprocess.run(["mount", "-o", "remount,rw", str(shared_bed.directory.parent)], check=True)


@pytest.fixture(scope="session")
def ansible(shared_bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> AnsibleRunner:
    """Runs playbooks against the stack."""
    return AnsibleRunner(shared_bed.inventory, tmp_path_factory.mktemp("ansible"), Canary(shared_bed.secrets))


@pytest.fixture
def campaign(bed: Bed, ansible: AnsibleRunner, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Campaign]:
    """One fault; a parameter says what the runs are told of the guard."""
    guard = getattr(request, "param", "auto")
    one = Campaign(bed, ansible, tmp_path, Row("", ""), request.config.getoption("--check-next"), guard)
    yield one
    one.watch.end()
    for background in one.running:
        if background.process.poll() is None:
            background.kill_controller()
    if guard == "none":
        one.row.where += ", without a guard"
    if one.row.outcome:
        ROWS.append(one.row)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Print the table, and keep it."""
    target = terminalreporter.config.getoption("--table")
    if target and exitstatus == pytest.ExitCode.OK:
        store(target, ROWS)
    if ROWS:
        terminalreporter.write_line("")
        for line in table(ROWS):
            terminalreporter.write_line(line)
