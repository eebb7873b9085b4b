# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a file from being replaced whoever tries, root too: attributes of its file system, and mounts."""

from __future__ import annotations

import fcntl
import os
import re
import sys
from pathlib import Path

#: Where the kernel tells what is mounted.
MOUNTS = Path("/proc/self/mountinfo")
#: FS_IOC_GETFLAGS of linux/fs.h, on the machines that there are images of LiteLLM for; others know no such request.
_GET_FLAGS = 0x80086601
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_LETTERS = {_IMMUTABLE: "i", _APPEND_ONLY: "a"}
_OCTAL = re.compile(r"\\([0-7]{3})")


def seal_of_file(path: str) -> str | None:
    """Why no other file can take the place of one, and how to mend it; None where nothing is seen.

    :param path: its real path.
    """
    if path in _mount_points():
        return f"{path} is a mount point itself, so it cannot be replaced: run the play on the host that holds the file"
    return _attribute_of(path, (_IMMUTABLE, _APPEND_ONLY), "it cannot be replaced")


def seal_of_directory(path: str, replaces: bool = True) -> str | None:
    """Why no file can be put into a directory, and how to mend it; None where nothing is seen.

    :param replaces: whether files there take the place of others; else they are only made.
    """
    try:
        read_only = os.statvfs(path).f_flag & os.ST_RDONLY
    except OSError:  # told by whoever looks at the rights
        return None
    if read_only:
        return f"{path} lies on a file system that is mounted read-only: mount it for writing"
    attributes = (_IMMUTABLE, _APPEND_ONLY) if replaces else (_IMMUTABLE,)
    return _attribute_of(path, attributes, "no file in it can be replaced")


def _attribute_of(path: str, attributes: tuple[int, ...], so: str) -> str | None:
    flags = _flags_of(path)
    for attribute in attributes:
        if flags & attribute:
            letter = _LETTERS[attribute]
            return f"{path} has the attribute {letter} (lsattr), so {so}: chattr -{letter} {path}"
    return None


def _flags_of(path: str) -> int:
    """The attributes that lsattr shows; 0 where they cannot be known, as on file systems without any."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8))[:4], sys.byteorder)
    except OSError:
        return 0
    finally:
        os.close(descriptor)


def _mount_points() -> frozenset[str]:
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return frozenset()
    return frozenset(_OCTAL.sub(lambda code: chr(int(code.group(1), 8)), line.split()[4]) for line in lines)
