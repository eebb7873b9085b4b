# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of the troubles of a server; the way to it is shown by tests/integration/test_diagnose.py."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_health import (
    _name_of,
    _summed,
    _together,
    beyond,
    mark_of,
)


@pytest.mark.parametrize(("moment", "off"), [(5.0, 0.0), (3.0, 0.0), (1.0, -2.0), (9.5, 1.5)])
def test_a_clock_is_off_by_what_is_sure(moment: float, off: float) -> None:
    assert beyond(moment, 3.0, 8.0) == off


@pytest.mark.parametrize(
    ("command", "name"),
    [(b"GET secret", "GET"), ("eval return 1", "EVAL"), (b"\xff\x00", "a command"), (b"", "a command")],
)
def test_of_a_slow_command_its_name_alone_is_told(command: Any, name: str) -> None:
    assert _name_of(command) == name


def test_the_longest_command_is_told_and_their_number() -> None:
    slow = [("GET", 10, 0.2), ("KEYS", 11, 0.75)]
    assert _summed(slow) == {"count": 2, "longest": {"command": "KEYS", "at": 11, "seconds": 0.75}}
    assert _summed([]) == {"count": 0, "longest": None}


def test_the_numbers_of_several_servers_are_one() -> None:
    one = {"evicted_keys": 1, "blocked_clients": None, "policy": "noeviction", "databases": {"0": 3}}
    names = ("connected_clients", "most_clients", "rejected_connections", "memory_used", "memory_limit")
    told = _together([{**dict.fromkeys(names, 2), **one}, {**dict.fromkeys(names, 3), **one}])
    assert (told["evicted_keys"], told["connected_clients"], told["blocked_clients"]) == (2, 5, None)
    assert told["databases"] == {"0": 6}


def test_a_namespace_has_a_mark_and_is_not_named() -> None:
    assert mark_of(None) == mark_of("") == "none"
    assert mark_of("team-a") == mark_of("team-a") != mark_of("team-b") and "team" not in mark_of("team-a")
