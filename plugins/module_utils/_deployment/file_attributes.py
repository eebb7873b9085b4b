# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a file has besides its content, which the file that takes its place is given, as far as that can be done.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

PROCESS_STATUS = Path("/proc/self/status")
#: The capability to give files away, as a bit of the effective set.
_CAP_CHOWN = 1 << 0


def keep_attributes(source: str, target: str) -> tuple[str, ...]:
    """Give a file owner, group, mode and extended attributes of another: its ACL and SELinux context are among them.

    :returns: names of the extended attributes that it could not be given.
    :raises OSError: owner, group or mode cannot be given.
    """
    status = os.stat(source)
    os.chown(target, status.st_uid, status.st_gid)
    os.chmod(target, stat.S_IMODE(status.st_mode))  # after the owner, whose change drops bits of it
    return tuple(name for name in _names_of(source) if not _kept(name, source, target))


def _names_of(path: str) -> list[str]:
    try:
        return sorted(os.listxattr(path))
    except OSError:  # the file system has none
        return []


def _kept(name: str, source: str, target: str) -> bool:
    """Whether the target has the attribute of the source in the end."""
    try:
        wanted = os.getxattr(source, name)
    except OSError:  # it went away, or may not be read
        return False
    try:
        if os.getxattr(target, name) == wanted:  # as the SELinux context of a new file in most cases
            return True
    except OSError:
        pass
    try:
        os.setxattr(target, name, wanted)
        return os.getxattr(target, name) == wanted
    except OSError:
        return False


def lacks_right_to_owner(path: str) -> str | None:
    """What this user may not do, in words, so that a new file cannot have the owner and group of another; else None.

    :param path: the other file; one that cannot be looked at is told by whoever reads it.
    """
    try:
        status = os.stat(path)
    except OSError:
        return None
    own = status.st_uid == os.geteuid() and status.st_gid in (os.getegid(), *os.getgroups())
    if own or _may_give_away():
        return None
    return (
        f"give a file to the owner of {path} ({status.st_uid}:{status.st_gid}), as the one that takes its place must be"
    )


def _may_give_away() -> bool:
    try:
        lines = PROCESS_STATUS.read_text(encoding="utf-8").splitlines()
        effective = next(line.split()[1] for line in lines if line.startswith("CapEff:"))
    except (OSError, StopIteration):
        return os.geteuid() == 0
    return bool(int(effective, 16) & _CAP_CHOWN)
