# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of this container and their sockets, as /proc tells them."""

from __future__ import annotations

import contextlib
import ipaddress
import os

#: States of a connection in /proc/net/tcp.
ESTABLISHED, LISTENING = "01", "0A"


def read(path: str) -> bytes:
    """The bytes of a file."""
    with open(path, "rb") as stream:
        return stream.read()


def family_of(pid: int) -> list:
    """A process and all that descend from it: the workers of a proxy are its children."""
    children: dict = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # Fields after the last ")" of /proc/PID/stat start with field 3; the parent is field 4.
                parent = int(read("/proc/%s/stat" % name).rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return family


def inodes_of(pids: list) -> set:
    """Inodes of the sockets that processes have open.

    :raises PermissionError: those of the first process may not be read.
    """
    inodes = set()
    for pid in pids:
        try:
            names = os.listdir("/proc/%d/fd" % pid)
        except OSError as error:
            if pid == pids[0] and isinstance(error, PermissionError):
                raise
            continue  # it has ended, or is of another user
        for name in names:
            with contextlib.suppress(OSError):
                target = os.readlink("/proc/%d/fd/%s" % (pid, name))
                if target.startswith("socket:["):
                    inodes.add(target[len("socket:[") : -1])
    return inodes


def tcp_sockets(state: str) -> list:
    """The TCP sockets of this network in one state: inode, own address and port, those of the other side."""
    found = []
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):  # a kernel without IPv6
            for fields in (line.split() for line in read(path).decode("ascii").splitlines()[1:]):
                if fields[3] == state:
                    found.append((fields[9], _place(fields[1]), _place(fields[2])))
    return found


def peers_of(pids: list) -> list:
    """Address and port of the other side of each established connection of some processes; none where that is hidden."""
    with contextlib.suppress(PermissionError):
        inodes = inodes_of(pids)
        return [peer for inode, _own, peer in tcp_sockets(ESTABLISHED) if inode in inodes]
    return []


def _place(text: str) -> tuple:
    """Address and port from their form in /proc/net/tcp: 32-bit words in the byte order of the machine, in hexadecimal."""
    words, port = text.split(":")
    raw = b"".join(bytes.fromhex(words[start : start + 8])[::-1] for start in range(0, len(words), 8))
    address = ipaddress.ip_address(raw)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address), int(port, 16)
