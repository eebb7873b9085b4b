# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guard under systemd survives a reboot of the managed host.

The host is a container in which systemd is process 1; a restart of that container ends every process on it, and systemd
starts what is enabled. The kernel, and with it the identifier of the boot, stays: a lease of another boot is a unit test.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.systemd_unit import SystemdUnit
from ansible_collections.erni_ki.litellm.tests.faults.campaign import REST, Campaign
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT, AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

IMAGE = "systemd-host:bookworm"
#: Room for a restart of the proxy before the guard reverts.
SILENCE = 25


def inside(host: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the managed host."""
    return subprocess.run(["docker", "exec", host, *words], stdout=subprocess.PIPE, text=True, check=False)


def started(host: str) -> bool:
    """Whether systemd has started everything."""
    return inside(host, "systemctl", "is-system-running").stdout.strip() in ("running", "degraded")


@pytest.fixture
def host(bed: Bed) -> Iterator[str]:
    """Name of a managed host with systemd, which sees the project directory and the Docker socket."""
    name = f"{bed.name}-systemd"
    subprocess.run([sys.executable, str(ROOT / "tests/stack/images.py"), "build", IMAGE], check=True)
    flags = ["--detach", "--network=none", "--cap-add=SYS_ADMIN", "--cgroupns=host", "--tmpfs=/run", "--tmpfs=/tmp"]
    volumes = ["/sys/fs/cgroup:/sys/fs/cgroup", "/var/run/docker.sock:/var/run/docker.sock"]
    volumes.append(f"{bed.directory}:{bed.directory}")
    flags += [f"--volume={volume}" for volume in volumes] + ["--env=container=docker", f"--name={name}"]
    subprocess.run(["docker", "run", *flags, f"erni-ki-test/{IMAGE}"], check=True, stdout=subprocess.DEVNULL)
    try:
        until(lambda: started(name), "systemd runs")
        yield name
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=True, stdout=subprocess.DEVNULL)


def committed(campaign: Campaign, host: str, tmp_path: Path) -> SystemdUnit:
    """Make a change on the host that nobody will confirm, and return the service of its guard."""
    bed = campaign.bed
    inventory: dict[str, Any] = yaml.safe_load(Path(bed.inventory).read_text(encoding="utf-8"))
    connection = {"ansible_connection": "community.docker.docker", "ansible_host": host}
    inventory["litellm"]["hosts"] = {"host": {**connection, "ansible_python_interpreter": "/usr/bin/python3"}}
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    ansible = AnsibleRunner(str(path), tmp_path, campaign.ansible.canary)
    options = {"project_dir": str(bed.directory), "state_dir": str(bed.state)}
    change = {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD", "run": "doomed", "confirm": "later"}
    run = ansible.tasks(
        {
            "commit": {"litellm_cache_mode": {**change, "confirm_timeout": SILENCE}},
            "restart": {"litellm_restart": {**options, "run": "doomed", "stable_for": 0}},
            "look": {"litellm_cache_guard": options},
        },
        environment={"ANSIBLE_COLLECTIONS_PATH": f"{ROOT / '.cache' / 'lean'}"},
    )
    assert run.code == 0, run.output
    assert run.of("commit")["guard"] == "systemd"
    assert run.of("look")["guard"]["survives_reboot"] is True
    assert run.of("look")["guard"]["outlives"] == ["controller", "logout", "reboot"]  # the host is a container here
    unit = SystemdUnit.of(str(bed.state))
    assert inside(host, "systemctl", "is-enabled", unit.name).stdout.strip() == "enabled"
    assert bed.cache_type() == "redis"
    return unit


def reboot(host: str) -> None:
    """Start the host anew."""
    subprocess.run(["docker", "restart", "--time=5", host], check=True, stdout=subprocess.DEVNULL)
    until(lambda: started(host), "systemd runs again")


def goes_back(campaign: Campaign, host: str, unit: SystemdUnit) -> None:
    """Wait until the guard has gone back, and its service is gone."""
    until(lambda: campaign.bed.config.read_bytes() == campaign.bed.pristine, "the guard has gone back")
    until(lambda: inside(host, "test", "-e", str(unit.path)).returncode != 0, "the unit is gone")
    last = campaign.state.history()[-1]
    assert (last["result"], last["by"]) == ("reverted", "guard")
    campaign.expect("old")


def test_the_managed_host_is_rebooted(campaign: Campaign, host: str, tmp_path: Path) -> None:
    campaign.row.fault, campaign.row.where = "managed host rebooted, controller gone", "restart"
    unit = committed(campaign, host, tmp_path)
    campaign.now()
    reboot(host)
    goes_back(campaign, host, unit)


@REST
def test_the_state_directory_cannot_be_believed_at_the_boot(campaign: Campaign, host: str, tmp_path: Path) -> None:
    campaign.row.fault, campaign.row.where = "managed host rebooted, its state directory open to others", "restart"
    state = campaign.bed.state
    unit = committed(campaign, host, tmp_path)
    campaign.now()
    state.chmod(0o777)
    reboot(host)
    log = state / "guard.log"
    until(lambda: "may be written by others than its owner" in log.read_text(encoding="utf-8"), "it says why it waits")
    restarts = inside(host, "systemctl", "show", "--property=NRestarts,ActiveState", unit.name).stdout.split()
    assert sorted(restarts) == ["ActiveState=active", "NRestarts=0"]
    assert campaign.bed.config.read_bytes() != campaign.bed.pristine
    state.chmod(0o700)
    goes_back(campaign, host, unit)
    # Once for each process: the one before the boot may have seen it, too.
    assert log.read_text(encoding="utf-8").count("may be written by others than its owner") <= 2
