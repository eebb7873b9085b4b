# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the state that can be done without: what each must hold, and what is done where it does not.

Standard library only: the guard uses it too. Nothing here tells the content of a damaged file, which may be anything.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._finding import finding
from .pending import Lease
from .snapshots import INDEX, Index
from .state_directory import EMPTIED, HISTORY, JOURNAL, LEASE, REMOVAL, VERIFICATION, DamagedStateError, StateDirectory
from .verification import Verification

#: Numbers of damaged lines that are told; of more, how many they are.
LINES_TOLD = 3
WITHOUT_JOURNAL = "the way to local comments the Redis keys out in place, as for a file that was changed by hand"


def mapping_of(stored: Any) -> dict[str, Any]:
    """A JSON object.

    :raises TypeError: it is none.
    """
    if not isinstance(stored, dict):
        raise TypeError("not a JSON object")
    return stored


def removal_of(stored: Any) -> float:
    """When entries were last removed from Redis, seconds since the epoch.

    :raises TypeError: it does not tell that.
    """
    at = mapping_of(stored).get("at")
    if not isinstance(at, (int, float)):
        raise TypeError("not a time")
    return float(at)


def emptied_of(stored: Any) -> dict[str, dict[str, Any]]:
    """What is known of instances by their ids.

    :raises TypeError: it does not tell that.
    """
    return {name: mapping_of(known) for name, known in mapping_of(mapping_of(stored).get("instances")).items()}


#: What makes the content out of each such file, and what is done without it.
_DISPENSABLE: dict[str, tuple[Callable[[Any], Any], str]] = {
    LEASE: (Lease.from_dict, "the run that owns a pending change counts as silent"),
    JOURNAL: (mapping_of, WITHOUT_JOURNAL),
    REMOVAL: (removal_of, "the time of that file counts as the time of the last removal"),
    INDEX: (Index.from_dict, "a snapshot of before does not tell of which file it is"),
    EMPTIED: (emptied_of, "every instance counts as one that may hold answers in its memory"),
    VERIFICATION: (Verification.from_dict, "no verification is known"),
}


def damage_of(files: StateDirectory) -> list[dict[str, Any]]:
    """A finding for each damaged file of a state directory that is done without, and for a state that is left alone.

    :raises StateError: one of them cannot be read.
    """
    found = []
    lines = files.history().damaged
    if lines:
        found.append(_of_lines(files.path / HISTORY, lines))
    former = files.left_alone()
    if former is not None:
        message = (
            f"{former} holds the state of an earlier version, for all services of the project together, so it is left alone. "
            f"Where it is that of this one, move it to {files.path}"
        )
        found.append(finding("state_left_alone", message))
    for name, (make, without) in _DISPENSABLE.items():
        try:
            stored = files.load(name)
            if stored is not None:
                make(stored)
        except (DamagedStateError, TypeError):
            found.append(damaged(files.path / name, without))
    return found


def damaged(path: Path, without: str) -> dict[str, Any]:
    """The finding that a file is damaged.

    :param without: what is done without it.
    """
    return finding("state_damaged", f"{path} is damaged, so {without}; move it away to be told of it no more")


def _of_lines(path: Path, lines: tuple[int, ...]) -> dict[str, Any]:
    numbers = ", ".join(map(str, lines[:LINES_TOLD]))
    more = f" and {len(lines) - LINES_TOLD} more" if len(lines) > LINES_TOLD else ""
    passed, them = ("is", "it") if len(lines) == 1 else ("are", "them")
    message = (
        f"{path} cannot be read in line {numbers}{more}, which {passed} passed over: remove {them}, or restore the file "
        "from a backup"
    )
    return finding("history_damaged", message, line=lines[0])
