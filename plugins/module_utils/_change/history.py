# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history in a file of JSON lines: what of it can be read, and a line more, whole or not at all.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What every record has, and of which type.
FIELDS = {"at": str, "run": str, "user": str, "from": str, "to": str, "reason": str, "versions": list, "result": str}


@dataclass(frozen=True)
class History:
    """The records that can be read, oldest first, and the numbers (from 1) of the lines that cannot."""

    records: tuple[dict[str, Any], ...] = ()
    damaged: tuple[int, ...] = ()

    @classmethod
    def of(cls, content: bytes) -> History:
        """From the bytes of the file. A damaged line costs that line alone, and never a run."""
        records, damaged = [], []
        for number, line in enumerate(content.split(b"\n"), 1):
            record = _record_of(line)
            if record is not None:
                records.append(record)
            elif line.strip():
                damaged.append(number)
        return cls(tuple(records), tuple(damaged))


def _record_of(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not all(isinstance(record.get(name), kind) for name, kind in FIELDS.items()):
        return None
    return record


def append(path: Path, record: dict[str, Any]) -> None:
    """Add one line. What a write cannot take whole is taken back, so that no reader finds half of it.

    What a power cut left of a line goes: its record was never whole, and whoever was cut off writes it again.

    :raises OSError: it was not added.
    """
    line = (json.dumps(record, sort_keys=True, ensure_ascii=False) + "\n").encode()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        last = os.pread(descriptor, size, 0).rpartition(b"\n")[2]
        if _record_of(last) is not None:
            line = b"\n" + line
        elif last:
            size -= len(last)
            os.ftruncate(descriptor, size)
        try:
            while line:
                line = line[os.write(descriptor, line) :]
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
