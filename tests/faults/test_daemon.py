# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker daemon is restarted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.faults.campaign import EITHER_GUARD, Campaign
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until


@EITHER_GUARD
def test_the_docker_daemon_is_restarted(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "Docker daemon restarted", "restart"
    pids = subprocess.run(["pgrep", "-x", "dockerd"], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    if len(pids) != 1:
        pytest.skip("the Docker daemon is not a process of this machine")
    command = Path(f"/proc/{pids[0]}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
    campaign.start()
    campaign.module("litellm_restart")
    campaign.now()
    os.kill(int(pids[0]), signal.SIGTERM)
    until(lambda: has_ended(int(pids[0])), "the daemon has ended")
    with (campaign.scratch / "dockerd.log").open("wb") as log:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    until(lambda: subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0, "it answers")
    campaign.settle()
    until(campaign.bed.proxy_answers, "the proxy is back")
    campaign.expect("old")


def has_ended(pid: int) -> bool:
    """Whether a process is gone. One that an earlier test has started is a child of this process, which must ask for it."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return not Path(f"/proc/{pid}").exists()
