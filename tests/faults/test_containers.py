# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody works on the containers meanwhile, an instance dies, or the clock jumps."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from ansible_collections.erni_ki.litellm.tests.faults.campaign import (
    EITHER_GUARD,
    REST,
    Campaign,
    docker,
)


@REST
@EITHER_GUARD
def test_the_container_is_renamed(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "container renamed", "restart"
    name = campaign.bed.instance
    campaign.start()
    campaign.written()
    docker("rename", name, f"{name}-renamed")
    campaign.now()
    try:
        campaign.settle()
    finally:
        docker("rename", f"{name}-renamed", name)
    held = "old" if campaign.bed.config.read_bytes() == campaign.bed.pristine else "redis"
    campaign.expect(held, (0, 2))


@EITHER_GUARD
def test_the_container_is_removed(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "container removed, and created again by its operator", "restart"
    bed = campaign.bed
    campaign.start()
    campaign.module("litellm_restart")
    docker("rm", "--force", bed.instance)
    campaign.now()
    campaign.settle()
    assert bed.config.read_bytes() == bed.pristine
    assert "no such container" in campaign.running[0].output or "has no container" in campaign.running[0].output
    subprocess.run(
        ["docker", "compose", "up", "--detach", "--no-build", "litellm"],
        cwd=bed.directory,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    campaign.expect("old")


@EITHER_GUARD
def test_an_instance_becomes_ready_and_dies(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = (
        "instance dies ten seconds after it was ready",
        "restart, while it is watched",
    )
    bed = campaign.bed
    before = bed.container("litellm").attrs["State"]["StartedAt"]
    campaign.start(litellm_cache_stable_for=15)
    campaign.module("litellm_restart")
    campaign.wait_for(
        lambda: bed.container("litellm").attrs["State"]["StartedAt"] != before and bed.proxy_answers(), "came back"
    )
    time.sleep(10)  # the fault is that very time
    campaign.now()
    os.kill(bed.container("litellm").attrs["State"]["Pid"], signal.SIGKILL)
    campaign.expect("old")


@EITHER_GUARD
@pytest.mark.parametrize(
    "seconds", [pytest.param(86400, id="a day on"), pytest.param(-86400, id="a day back", marks=REST)]
)
def test_the_clock_jumps(campaign: Campaign, seconds: int) -> None:
    campaign.row.fault, campaign.row.where = f"clock jumps by {seconds} s", "after the commit"
    with campaign.sabotage("litellm_restart", clock=seconds) as interpreter:
        campaign.start(ansible_python_interpreter=interpreter)
        campaign.now()
        campaign.settle()
    campaign.expect("redis", (0,))
