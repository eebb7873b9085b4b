# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a request can be held up by a Redis that hangs, by what is in effect.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._telling import counted


def waits_in(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The settings in effect by name.

    :param rows: those that litellm_cache_info tells of an instance's settings.
    """
    return {row["setting"]: row["effective"] for row in rows}


def longest_wait(effective: Mapping[str, Any]) -> float | None:
    """Seconds that one command to Redis can take; None where nothing ends it.

    A command that times out is sent once more where ``retry_on_timeout`` is on, over a new connection whose login waits as
    long (redis-py 5.2.1, connection.py). A server that is gone from the network lets each connect wait.

    :param effective: settings by name.
    """
    named = (effective.get("socket_timeout"), effective.get("socket_connect_timeout"))
    waits = [wait for wait in named if isinstance(wait, (int, float))]
    if len(waits) < len(named):
        return None
    attempts = 2 if effective.get("retry_on_timeout") else 1
    return float(attempts * max(waits))


def in_words(effective: Mapping[str, Any]) -> str:
    """The longest wait in one sentence; empty where the settings are not known."""
    if "socket_timeout" not in effective:
        return ""
    longest = longest_wait(effective)
    if longest is None:
        return "a Redis that hangs holds up a request without an end: no timeout is in effect"
    again = ", which is tried twice" if effective.get("retry_on_timeout") else ""
    return f"a Redis that hangs holds up a request for up to {counted(longest, 'second')} a command{again}"
