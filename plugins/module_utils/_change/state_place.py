# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose state a directory holds, and where an earlier version kept it: in one directory for all services of a project.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from pathlib import Path
from typing import Any

#: Names the config file to which a state directory belongs.
PLACE = "place.json"
#: Records that name it, too, where an earlier version wrote no such file.
_RECORDS = ("pending.json", "reverting.json", "confirming.json")
_DEFAULT_NAME = re.compile(r"([^.]+)\..+\.[0-9a-f]{12}\Z")


def file_of(directory: Path, names: tuple[str, ...] = (PLACE, *_RECORDS)) -> str | None:
    """Path of the config file that a state directory names; None where it names none.

    :param names: files that may tell.
    """
    for name in names:
        try:
            stored: Any = json.loads((directory / name).read_bytes().decode("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue  # whoever needs that file tells of it
        if isinstance(stored, dict) and isinstance(stored.get("config_path"), str):
            return stored["config_path"]
    return None


def former_of(directory: Path) -> Path | None:
    """Where an earlier version kept the state that belongs into a directory of a default name, if it is there."""
    match = _DEFAULT_NAME.match(directory.name)
    former = directory.with_name(match.group(1)) if match else None
    return former if former is not None and os.path.isfile(former / "format.json") else None


def is_watched(directory: Path) -> bool:
    """Whether a guard lives there; it knows the directory by its name."""
    try:
        lock = os.open(directory / "guard.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
