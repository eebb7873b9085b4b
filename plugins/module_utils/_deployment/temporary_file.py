# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are about to take the place of another: their names, and what a killed process left of them.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile

#: How their names begin; the name of the file follows, and what makes them unique.
PREFIX = ".litellm_cache."
_UNIQUE = r"[a-z0-9_]{8}\Z"
#: Names without the prefix, as an earlier version gave them in the state directory.
_FORMER = re.compile(r"\." + _UNIQUE)


def create(path: str) -> tuple[int, str]:
    """Make an empty file beside another, for its owner alone.

    :param path: the file whose place it will take.
    :returns: its descriptor and its path.
    :raises OSError: it cannot be made.
    """
    directory, name = os.path.split(path)
    return tempfile.mkstemp(prefix=f"{PREFIX}{name}.", dir=directory)


def remains_beside(path: str) -> list[str]:
    """What was left of such files of one file.

    :param path: the file; a file of its owner may be ours, too, because it is given to him just before it is renamed.
    """
    directory, name = os.path.split(path)
    with contextlib.suppress(OSError):
        owners = {os.geteuid(), os.lstat(path).st_uid}
        return _remains(directory, re.compile(re.escape(f"{PREFIX}{name}.") + _UNIQUE), owners)
    return []


def remains_in(directory: str) -> list[str]:
    """What was left of such files in a directory of our own."""
    with contextlib.suppress(OSError):
        own = re.compile(re.escape(PREFIX) + r".+\." + _UNIQUE)
        owners = {os.geteuid()}
        return _remains(directory, own, owners) + _remains(directory, _FORMER, owners)
    return []


def remove(paths: list[str]) -> None:
    """Remove them, as far as that can be done; the caller holds the lock of the state."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _remains(directory: str, pattern: re.Pattern[str], owners: set[int]) -> list[str]:
    found = []
    for name in sorted(os.listdir(directory)):
        if pattern.match(name):
            path = os.path.join(directory, name)
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode) and status.st_uid in owners:
                found.append(path)
    return found
