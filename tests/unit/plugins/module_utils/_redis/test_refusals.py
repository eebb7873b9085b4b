# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What real servers answered, and what it means; classes are those of redis-py 4.3 to 8.1."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.refusals import code_of_refusal, without_arguments

UNKNOWN = "unknown command 'EVAL', with args beginning with: ' local cursor, count' '0' "


@pytest.mark.parametrize(
    ("error_class", "text", "code"),
    [
        ("ResponseError", "WRONGPASS invalid username-password pair or user is disabled.", "login"),
        ("AuthenticationError", "invalid username-password pair or user is disabled.", "login"),
        ("NoPermissionError", "this user has no permissions to run the 'eval' command", "forbidden"),
        ("ResponseError", "NOPERM User u has no permissions to run the 'eval' command", "forbidden"),
        ("ResponseError", UNKNOWN, "forbidden"),
        ("ResponseError", "unknown command `EVAL`, with args beginning with: `return 1`, ", "forbidden"),
        ("ResponseError", "DB index is out of range", "database"),
        ("ResponseError", "SELECT is not allowed in cluster mode", "a_node"),
        ("BusyLoadingError", "Redis is loading the dataset in memory", "busy"),
        ("ResponseError", "BUSY Redis is busy running a script. You can only call SCRIPT KILL", "busy"),
        ("ResponseError", "BUSYKEY Target key name already exists.", "refused"),
        ("MovedError", "3999 127.0.0.1:6381", "moved"),
        ("ReadOnlyError", "You can't write against a read only replica.", "moved"),
        ("OutOfMemoryError", "command not allowed when used memory > 'maxmemory'.", "full"),
        ("ResponseError", "OOM command not allowed when used memory > 'maxmemory'.", "full"),
        ("ResponseError", "WRONGTYPE Operation against a key holding the wrong kind of value", "refused"),
    ],
)
def test_codes(error_class: str, text: str, code: str) -> None:
    assert code_of_refusal(error_class, text) == code


def test_an_unknown_command_is_told_without_its_arguments() -> None:
    assert without_arguments(UNKNOWN) == "unknown command 'EVAL'"
    assert without_arguments("BUSY Redis is busy") == "BUSY Redis is busy"
