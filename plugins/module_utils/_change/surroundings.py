# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a process that is started here outlives, seen in the host itself: no name of a folder or file tells it."""

from __future__ import annotations

import glob
import os
import pwd
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .._deployment.instances import Instance

#: What a guard may outlive.
CONTROLLER, LOGOUT, CONTAINER, REBOOT = "controller", "logout", "container", "reboot"
#: The first process namespace of a kernel (include/linux/proc_ns.h), in which no container is.
FIRST_NAMESPACE = "pid:[4026531836]"
#: In the path of a control group: a container of Docker, containerd, CRI-O or Podman; a session of a user.
_CONTAINER = re.compile(r"[0-9a-f]{64}|kubepods|libpod")
_SESSION = re.compile(r"/user-(\d+)\.slice/session-[^/]+\.scope")
#: Seconds by which Docker's time of a start may differ from that of the process.
START_DIFFERS = 10.0
#: Folders of logind's settings, the last one wins.
LOGIND = ("usr/lib/systemd", "usr/local/lib/systemd", "run/systemd", "etc/systemd")


@dataclass(frozen=True)
class Surroundings:
    """Where the modules run.

    ``in_container``: all that runs here ends with a container. ``with_controller``: Ansible itself runs here, too.
    ``ends_at_logout``: what runs here ends when its user logs out. ``systemd``: it is process 1, and obeys us.
    """

    in_container: bool
    with_controller: bool
    ends_at_logout: bool
    systemd: bool

    @classmethod
    def observed(cls, instances: Iterable[Instance], root: str = "/") -> Surroundings:
        """Those of this process.

        :param instances: of a deployment in the engine that the guard would ask.
        :param root: where the file system of the host begins.
        """
        proc = _Processes(root)
        return cls(
            in_container=proc.in_container(tuple(instances)),
            with_controller=any(_is_ansible(argv) for argv in proc.ancestors()),
            ends_at_logout=_ends_at_logout(proc.groups("self"), root),
            systemd=os.path.isdir(os.path.join(root, "run/systemd/system")) and os.geteuid() == 0,
        )

    def outlived(self, service: bool) -> list[str]:
        """What a process outlives that is started here in a session of its own.

        :param service: it is a service of systemd.
        """
        found = [CONTROLLER] if service or not (self.in_container and self.with_controller) else []
        found += [LOGOUT] if service or not self.ends_at_logout else []
        found += [CONTAINER] if not self.in_container else []
        return found + ([REBOOT] if service else [])


class _Processes:
    """What /proc tells.

    :param root: where the file system of the host begins.
    """

    def __init__(self, root: str) -> None:
        self._proc = os.path.join(root, "proc")

    def _read(self, *names: str) -> str:
        """A file, empty where it is not there or may not be read."""
        try:
            with open(os.path.join(self._proc, *names), encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError:
            return ""

    def groups(self, pid: int | str) -> str:
        """The control groups of a process."""
        return self._read(str(pid), "cgroup")

    def in_container(self, instances: tuple[Instance, ...]) -> bool:
        """Whether this process is in a container, and not where the instances' engine is.

        The engine names the process of each instance: who sees it under its number is where the engine is.
        """
        if _CONTAINER.search(self.groups("self")) or "/.." in self.groups(1):
            return True  # also one that sees the processes of its host
        if any(self._is_of(instance) for instance in instances):
            return False
        try:
            return os.readlink(os.path.join(self._proc, "self/ns/pid")) != FIRST_NAMESPACE
        except OSError:  # no Linux
            return False

    def _is_of(self, instance: Instance) -> bool:
        """Whether the process that Docker names for an instance is that one here, too."""
        if not instance.running or not instance.pid:
            return False
        if instance.id in self.groups(instance.pid):
            return True
        booted = re.search(r"^btime (\d+)", self._read("stat"), re.MULTILINE)
        fields = self._fields(str(instance.pid))
        if booted is None or not fields:
            return False
        started = int(booted.group(1)) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return abs(started - instance.started) < START_DIFFERS

    def _fields(self, pid: str) -> list[str]:
        """The fields of a process behind its name, from the third one on; none where it is not there."""
        return self._read(pid, "stat").rpartition(")")[2].split()

    def ancestors(self) -> Iterator[list[str]]:
        """The command lines of those that started this process."""
        pid = self._parent_of("self")
        while pid > 0:
            yield self._read(str(pid), "cmdline").split("\0")
            pid = self._parent_of(str(pid))

    def _parent_of(self, pid: str) -> int:
        fields = self._fields(pid)
        return int(fields[1]) if fields else 0


def _is_ansible(argv: list[str]) -> bool:
    """Whether a command line is that of a program of Ansible, by itself or by way of Python."""
    return any(os.path.basename(word).startswith("ansible") for word in argv[:3])


def _ends_at_logout(groups: str, root: str) -> bool:
    """Whether logind ends this process when its user logs out, whatever session it made for itself."""
    session = _SESSION.search(groups)
    if session is None:
        return False
    settings = {"KillUserProcesses": "no", "KillOnlyUsers": "", "KillExcludeUsers": "root"}
    for path in _logind_files(root):
        try:
            with open(path, encoding="utf-8", errors="replace") as stream:
                settings.update(re.findall(r"^\s*(Kill\w+)\s*=[ \t]*(.*?)\s*$", stream.read(), re.MULTILINE))
        except OSError:
            continue
    user = {session.group(1), _name_of(int(session.group(1)))}
    only, excluded = settings["KillOnlyUsers"].split(), settings["KillExcludeUsers"].split()
    wanted = settings["KillUserProcesses"].lower() in ("1", "yes", "y", "true", "t", "on")
    return wanted and not user & set(excluded) and (not only or bool(user & set(only)))


def _logind_files(root: str) -> list[str]:
    """The files of logind's settings in the order in which they count: of one name, the one of the last folder."""
    main = [path for path in (os.path.join(root, folder, "logind.conf") for folder in LOGIND) if os.path.exists(path)]
    parts: dict[str, str] = {}
    for folder in LOGIND:
        for path in glob.glob(os.path.join(root, folder, "logind.conf.d", "*.conf")):
            parts[os.path.basename(path)] = path
    return main[-1:] + [parts[name] for name in sorted(parts)]


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
