# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The longest wait, by what is in effect."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.waits import in_words, longest_wait


@pytest.mark.parametrize(
    ("effective", "seconds"),
    [
        ({"socket_timeout": 30.0, "socket_connect_timeout": 10.0, "retry_on_timeout": True}, 60.0),
        ({"socket_timeout": 5, "socket_connect_timeout": 10, "retry_on_timeout": False}, 10.0),
        ({"socket_timeout": None, "socket_connect_timeout": 10.0}, None),
        ({}, None),
    ],
)
def test_the_longest_wait(effective: dict[str, Any], seconds: float | None) -> None:
    assert longest_wait(effective) == seconds


def test_no_timeout_is_said_in_so_many_words() -> None:
    assert "without an end" in in_words({"socket_timeout": None})
    assert in_words({}) == ""
