# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A section of the file's own with our keys in it becomes a comment as it was before them."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import REDIS, revert, stored, switch, wishes

LOCAL_CACHE = """\
litellm_settings:
  cache: true
  cache_params:
    type: local
"""


@pytest.mark.parametrize(
    "section",
    [
        "  cache_kwargs:\n",
        "  cache_kwargs: {}\n",
        "  cache_kwargs:\n    db: 7  # seven\n    # ssl: true\n    mine: 3\n    socket_timeout: 5\n",
        "  cache_kwargs:\n    ssl: true\n    db: 1\n",
    ],
)
def test_cache_kwargs_of_the_file_become_a_comment_as_they_were(section: str) -> None:
    text = LOCAL_CACHE + "router_settings:\n" + section + "  num_retries: 2\n"
    there = switch(text, wishes(redis_tls={"enabled": False}))
    plan = switch(there.candidate, wishes(router="none"), stored(there.journal))
    assert [line.replace("# ", "", 1) for line in plan.candidate.split("router_settings:\n")[1].splitlines()[:-1]] == [
        *section.splitlines()
    ]
    assert revert(plan).candidate == text
    again = switch(plan.candidate, REDIS, stored(plan.journal))
    assert revert(again).candidate == text


def test_lines_that_the_operator_changed_stay_in_the_comment_and_are_named() -> None:
    text = LOCAL_CACHE + "router_settings:\n  cache_kwargs:\n    db: 7\n"
    there = switch(text)
    edited = there.candidate.replace("    socket_timeout: 30\n  num", "    socket_timeout: 31\n  num")
    edited = edited.replace("db: 1\n    socket_connect", "db: 2\n    socket_connect")
    plan = switch(edited, wishes(router="none"), stored(there.journal))
    assert "  # cache_kwargs:\n  #   db: 2\n" in plan.candidate
