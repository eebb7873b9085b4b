# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a state directory can be believed: whoever may write in it decides what is restored, and what a guard runs.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

ROOT = 0
OTHERWISE = "; or set litellm_cache_state_dir to another directory"


def distrust_of(directory: Path) -> str | None:
    """Why a directory is not to be believed, and how to mend it; None where it is, also where there is none yet.

    :param directory: an absolute path.
    """
    try:
        status = os.lstat(directory)
    except OSError:  # none yet; what forbids to look at it is told by whoever opens it
        return _distrust_of_place(directory)
    if stat.S_ISLNK(status.st_mode):
        return f"{directory} is a symbolic link: name the directory itself in litellm_cache_state_dir"
    if status.st_uid not in (os.geteuid(), ROOT):
        return (
            f"{directory} belongs to {_name_of(status.st_uid)}, so nothing in it is believed: look at what is in it, then "
            f"chown -R {_name_of(os.geteuid())} {directory}{OTHERWISE}"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return (
            f"{directory} may be written by others than its owner (mode {stat.S_IMODE(status.st_mode):04o}), so nothing in "
            f"it is believed: look at what is in it, then chmod go-w {directory}{OTHERWISE}"
        )
    return _distrust_of_place(directory)


def _distrust_of_place(directory: Path) -> str | None:
    """Why a folder above could have another directory put in its place by anybody; None where none could."""
    for parent in Path(os.path.realpath(directory.parent)), *Path(os.path.realpath(directory.parent)).parents:
        try:
            mode = os.stat(parent).st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return (
                f"{parent} may be written by everybody (mode {stat.S_IMODE(mode):04o}), who could put another directory in "
                f"the place of {directory}: chmod o-w {parent}, or chmod +t {parent}{OTHERWISE}"
            )
    return None


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"the user {user}"
