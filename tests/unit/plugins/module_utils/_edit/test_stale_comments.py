# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comments behind a value that say the contrary once it has changed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.stale_comments import says_otherwise
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LOCAL, codes, stored, switch


@pytest.mark.parametrize(
    "comment, key, old, value",
    [
        (" # Use in-memory caching", "type", "local", "redis"),
        (" # в процессе", "type", "'local'", "redis"),
        (" # shared between the instances", "type", "redis", "local"),
        (" # Redis, of Compose", "type", '"redis"', "local"),
        (" # caching is off", "cache", "false", True),
        (" # 6380, not the usual one", "port", "6380", 6379),
        (" # 10.", "socket_timeout", "10", 30),
    ],
)
def test_a_comment_that_fits_the_value_of_before(comment: str, key: str, old: str, value: Any) -> None:
    assert says_otherwise(comment, key, old, value)


@pytest.mark.parametrize(
    "comment, key, old, value",
    [
        ("", "type", "local", "redis"),
        (" # local or redis", "type", "local", "redis"),
        (" # what the cache is", "type", "local", "redis"),
        (" # 10.5 s were too many", "socket_timeout", "10", 30),
        (" # see ticket-10", "socket_timeout", "10", 30),
        (" # the instances share it", "host", "redis", "other"),
    ],
)
def test_a_comment_that_fits_both(comment: str, key: str, old: str, value: Any) -> None:
    assert not says_otherwise(comment, key, old, value)


def test_the_plan_names_it_once_and_leaves_it() -> None:
    text = "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis  # shared\n    host: redis\n"
    there = switch(text, LOCAL)
    assert "    type: local  # shared\n" in there.candidate
    (finding,) = [item for item in there.findings if item["code"] == "comment_says_otherwise"]
    assert (finding["line"], "shared" in finding["message"]) == (4, False)
    assert "comment_says_otherwise" not in codes(switch(there.candidate, LOCAL, stored(there.journal)))
