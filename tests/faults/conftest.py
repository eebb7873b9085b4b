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
from ansible_collections.erni_ki.litellm.tests.faults.campaign import Campaign, Row, table
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT, AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

DISK_SIZE = "4m"
ROWS: list[Row] = []
PAGE = ROOT / "docs" / "faults.md"
#: What the page has below the table.
RACES = "## Races\n"
INTRODUCTION = """\
# Faults

Written by `bash tests/project.sh faults --page`. Each fault is injected into a real run of `switch_redis`, on a deployment
in the mode `local` with one instance. The longest silence is 20 to 180 seconds here, where it is 60 by default. After each of
them the bytes of `config.yaml` are the old or the new ones, the proxy answers in the mode that the file says, no secret is
in an output, a log or the state directory, and the next run of `switch_redis` ends in the new mode. Seconds are counted
from the fault until a client of the published port had its last failure.

A power cut is replayed apart from that, by `_change/test_mode_change_power_cut.py`: it records each step that a first change,
a change that is taken back, and two changes one after the other take in the file system, 198 in all. After each of them it
lays out every tree that a cut could have left: content that was not flushed is gone, torn or there, and new names are gone or
there in each folder by itself. That makes 158 different trees, and each is gone on from twice, by the next run and by the
guard: the file is the old or the new one, the next run works, and its way back is exact.

"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make faults` write the page, and `make test` be brief."""
    parser.addoption("--page", action="store_true", help="write docs/faults.md")
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
    """One fault."""
    one = Campaign(bed, ansible, tmp_path, Row("", ""), request.config.getoption("--check-next"))
    yield one
    one.watch.end()
    for background in one.running:
        if background.process.poll() is None:
            background.kill_controller()
    if one.row.outcome:
        ROWS.append(one.row)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if ROWS:
        lines = table(ROWS)
        if terminalreporter.config.getoption("--page"):
            races = PAGE.read_text(encoding="utf-8").partition(RACES)  # which are counted out by a unit test
            PAGE.write_text(INTRODUCTION + "\n".join(lines) + "\n\n" + "".join(races[1:]), encoding="utf-8")
        terminalreporter.write_line("")
        for line in lines:
            terminalreporter.write_line(line)
