# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guard would outlive: real processes and namespaces where they can be had, else the files of a host as they are."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.surroundings import (
    FIRST_NAMESPACE,
    Surroundings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import container

ID = "c0ffee" * 10 + "1234"
#: Tells the surroundings of the process that runs it, with an instance of a number and a start.
PROGRAM = f"""import json, sys
sys.path[:0] = {sys.path!r}
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.surroundings import Surroundings
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance
record = json.loads(sys.argv[1])
here = Surroundings.observed([Instance.from_inspection(record)] if record else [])
print(json.dumps([here.in_container, here.with_controller]))
"""


def instance(pid: int = 4711, **state: Any) -> Instance:
    record = dict(container(1, Path("/opt"), Pid=pid, **state), Id=ID)
    return Instance.from_inspection(record)


class Host:
    """The files of a host that are looked at, of a login over ssh to begin with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.groups("self", "0::/user.slice/user-1000.slice/session-3.scope")
        self.groups("1", "0::/init.scope")
        self.namespace(FIRST_NAMESPACE)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def groups(self, pid: str, text: str) -> None:
        self.write(f"proc/{pid}/cgroup", text + "\n")

    def namespace(self, name: str) -> None:
        link = self.root / "proc/self/ns/pid"
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(name)

    def seen(self, *instances: Instance) -> Surroundings:
        return Surroundings.observed(instances, str(self.root))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_a_host_is_none_whatever_folders_it_has(host: Host) -> None:
    host.write(".dockerenv", "")
    host.write("run/.containerenv", "")
    (host.root / "runner").mkdir()
    assert not host.seen().in_container
    assert not host.seen(instance()).in_container  # the engine is in a machine of its own, as Docker Desktop's is


def test_a_job_without_a_mark_is_a_container(host: Host) -> None:
    host.namespace("pid:[4026532999]")
    assert host.seen().in_container
    assert host.seen(instance()).in_container
    assert host.seen(instance(Status="exited"), instance(pid=0)).in_container


@pytest.mark.parametrize("group", [f"0::/system.slice/docker-{ID}.scope", f"5:pids:/docker/{ID}\n0::/"])
def test_who_sees_the_process_of_an_instance_is_where_the_engine_is(host: Host, group: str) -> None:
    host.namespace("pid:[4026532999]")  # as in a machine of LXC
    host.groups("4711", group)
    assert not host.seen(instance()).in_container
    host.groups("4711", "0::/system.slice/cron.service")
    assert host.seen(instance()).in_container  # a number that is somebody else's here


@pytest.mark.parametrize(
    "own, first",
    [
        (f"0::/system.slice/docker-{ID}.scope", "0::/init.scope"),
        ("0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-1.scope", "0::/"),
        ("0::/", "0::/../../../init.scope"),
        ("12:pids:/docker/" + ID, "12:pids:/"),
        ("0::/machine.slice/libpod-1.scope", "0::/"),
    ],
)
def test_a_container_that_sees_the_processes_of_its_host_is_one(host: Host, own: str, first: str) -> None:
    host.groups("self", own)
    host.groups("1", first)
    host.groups("4711", f"0::/docker-{ID}.scope")
    assert host.seen(instance()).in_container


def run(words: list[str], record: Any = None) -> Any:
    done = subprocess.run([*words, json.dumps(record)], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_real_namespace_of_processes() -> None:
    program = [sys.executable, "-c", PROGRAM]
    fresh = ["unshare", "--pid", "--fork", "--mount-proc"]
    if not shutil.which(fresh[0]) or subprocess.run([*fresh, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this user may not make a namespace of processes")
    assert run([*fresh, *program]) == [True, False]
    record = dict(container(1, Path("/opt"), Pid=1), Id=ID)
    record["State"]["StartedAt"] = time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime())
    assert run([*fresh, *program], record) == [False, False]  # its first process is that of the instance
    record["State"]["StartedAt"] = "2026-01-31T12:00:00Z"
    assert run([*fresh, *program], record) == [True, False]


def test_ansible_that_runs_here_is_seen_above_its_modules(tmp_path: Path) -> None:
    module = tmp_path / "AnsiballZ_module.py"
    module.write_text(PROGRAM)
    controller = tmp_path / "ansible-playbook"
    controller.write_text(
        f"import subprocess, sys\nsys.exit(subprocess.call(['/bin/sh', '-c', '{sys.executable} {module} null && exit 0']))\n"
    )
    assert run([sys.executable, str(controller)])[1] is True


def test_a_session_that_logind_ends(host: Host) -> None:
    assert not host.seen().ends_at_logout
    host.write("etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\n")
    assert not host.seen().ends_at_logout
    host.write("etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\n")
    assert host.seen().ends_at_logout
    host.write("usr/lib/systemd/logind.conf.d/10-mine.conf", "[Login]\nKillUserProcesses = no\n")
    assert not host.seen().ends_at_logout
    host.write(
        "etc/systemd/logind.conf.d/20-mine.conf", "[Login]\nKillUserProcesses=true\nKillExcludeUsers=root 1000\n"
    )
    assert not host.seen().ends_at_logout
    host.write("run/systemd/logind.conf.d/30-mine.conf", "[Login]\nKillExcludeUsers=\nKillOnlyUsers=1001\n")
    assert not host.seen().ends_at_logout
    host.write("etc/systemd/logind.conf.d/30-mine.conf", "[Login]\nKillExcludeUsers=\nKillOnlyUsers=1000 1001\n")
    assert host.seen().ends_at_logout  # in the place of that of the same name
    host.groups("self", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service")
    assert not host.seen().ends_at_logout


def test_the_session_of_root_is_left_alone_by_default(host: Host) -> None:
    host.write("etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\n")
    host.groups("self", "1:name=systemd:/user.slice/user-0.slice/session-c2.scope\n0::/")
    assert not host.seen().ends_at_logout
    host.write("etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n")
    assert host.seen().ends_at_logout


HOST = Surroundings(in_container=False, with_controller=False, ends_at_logout=False, systemd=False)


@pytest.mark.parametrize(
    "here, service, outlived",
    [
        (HOST, False, ["controller", "logout", "container"]),
        (HOST, True, ["controller", "logout", "container", "reboot"]),
        (replace(HOST, with_controller=True), False, ["controller", "logout", "container"]),
        (replace(HOST, in_container=True), False, ["controller", "logout"]),
        (replace(HOST, in_container=True, with_controller=True), False, ["logout"]),
        (replace(HOST, in_container=True, with_controller=True), True, ["controller", "logout", "reboot"]),
        (replace(HOST, ends_at_logout=True), False, ["controller", "container"]),
        (replace(HOST, ends_at_logout=True), True, ["controller", "logout", "container", "reboot"]),
    ],
)
def test_what_is_outlived(here: Surroundings, service: bool, outlived: list[str]) -> None:
    assert here.outlived(service) == outlived
