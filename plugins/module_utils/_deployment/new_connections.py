# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The new connections of an instance that is about to stop: the kernel refuses them.

LiteLLM's web server closes its port over connections that it has not taken, or of which it has read nothing yet (measured on
1.80.0 and 1.110.2): the kernel resets those, and a client that repeats nothing loses its request. A client that is refused takes
the next address of the name, at which somebody else answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from .command import CommandError, run
from .instances import Instance

#: Seconds within which the instance has taken what was there before, and seconds in which nothing may be left of that.
TAKEN_SECONDS, QUIET_SECONDS = 2.0, 0.1
_PROGRAM_SECONDS = 5.0
_POLL_SECONDS = 0.01
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
#: State of a socket in /proc/net/tcp that is about to be a connection.
_COMING = "03"


class NewConnections:
    """The new connections of one instance, as it is now.

    :param ports: where it listens.
    """

    def __init__(self, instance: Instance, ports: Iterable[int]) -> None:
        self._instance = instance
        self._ports = sorted(set(ports))
        self._rule: tuple[str, ...] = ()

    def refuse(self, seconds: int) -> bool:
        """Refuse them in the network of the instance, and wait until it has taken those of before. With its stop that ends.

        :param seconds: after which the kernel refuses none any more, by its clock: nobody else takes the rule away where a run is
            killed just then.
        :returns: whether they are refused. They are not where its processes are not on this host, where this process may not
            change its network, and where the host has no iptables: then it stops as always.
        """
        if not self._ports or not _is_here(self._instance):
            return False
        until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + seconds))
        ports = ",".join(str(port) for port in self._ports)
        whom = ("INPUT", "!", "-i", "lo", "-p", "tcp", "--syn", "-m", "multiport", "--dports", ports)
        rule = (*whom, "-m", "time", "--datestop", until, "-j", "REJECT", "--reject-with", "tcp-reset")
        if not self._is_done("-I", rule):
            return False
        self._rule = rule
        _until_taken(self._instance.pid, set(self._ports))
        return True

    def take(self) -> None:
        """Take them again, where the instance was not stopped."""
        if self._rule:
            self._is_done("-D", self._rule)

    def _is_done(self, what: str, rule: tuple[str, ...]) -> bool:
        network = f"--net=/proc/{self._instance.pid}/ns/net"
        try:
            return (
                run(("nsenter", network, "iptables", "-w", "2", what, *rule), _ENVIRONMENT, _PROGRAM_SECONDS).code == 0
            )
        except CommandError:
            return False


def _is_here(instance: Instance) -> bool:
    """Whether the process that Docker names is the instance's here, too: a process in a container, or of another host, is not."""
    try:
        with open(f"/proc/{instance.pid}/net/fib_trie", encoding="ascii") as stream:
            words = set(stream.read().split())
    except (OSError, ValueError):
        return False
    addresses = {address for _network, address in instance.networks}
    return bool(addresses) and addresses <= words


def _until_taken(pid: int, ports: set[int]) -> None:
    """Poll until for a moment no connection waits to be taken, or to be read."""
    deadline = time.monotonic() + TAKEN_SECONDS
    quiet_since = time.monotonic()
    while time.monotonic() < deadline:
        if _waits(pid, ports):
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > QUIET_SECONDS:
            return
        time.sleep(_POLL_SECONDS)


def _waits(pid: int, ports: set[int]) -> bool:
    """Whether a connection to the ports is coming, waits in the queue of its listener, or has sent what was not read."""
    for name in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{pid}/net/{name}", encoding="ascii") as stream:
                rows = [line.split() for line in stream.readlines()[1:]]
        except (OSError, ValueError):  # it ended, or there is no IPv6
            continue
        for row in rows:
            if int(row[1].rpartition(":")[2], 16) in ports:
                # Of a listener the second number is that of the connections in its queue (proc(5)).
                if row[3] == _COMING or int(row[4].rpartition(":")[2], 16):
                    return True
    return False
