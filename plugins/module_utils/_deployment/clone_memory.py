# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory that a second LiteLLM needs on the host of the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._telling import counted
from .clone import CloneRefusedError
from .containers import Containers
from .instances import Instance

#: Bytes that a LiteLLM needs at its start, and a proof inside it besides.
LEAST_MEMORY = 400_000_000
_MEMORY = Path("/proc/meminfo")


def require_memory(engine: Containers, origin: Instance, record: dict[str, Any]) -> None:
    """Require that the host has the memory that a clone will need.

    :param record: inspection record of the instance that it is like.
    :raises CloneRefusedError: it does not have it.
    """
    limit = record["HostConfig"].get("Memory") or 0
    used = engine.memory_of(origin.id) if origin.running else None
    needed = max(used or 0, LEAST_MEMORY)
    needed = min(needed, limit) if limit else needed
    available = available_memory(engine)
    if available is not None and available < needed:
        raise CloneRefusedError(
            f"this host has {counted(available, 'byte')} of memory left, and a clone of {origin.name} needs "
            f"{counted(needed, 'byte')}: the proxy itself could be the one that is ended for it"
        )


def available_memory(engine: Containers) -> int | None:
    """Bytes of memory that the host has for a new process; None where it is another host, or does not tell."""
    if not engine.is_local:
        return None
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
