# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a candidate's clients are, in words."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._roundtrip import misplaced

WANTED = {"host": "redis", "port": 6379, "db": 1}
ELSEWHERE = {"host": "redis", "port": 6379, "db": 0}


def test_clients_that_are_where_they_were_wanted() -> None:
    assert misplaced(WANTED, {"sync": WANTED, "async": dict(WANTED)}, ["REDIS_PASSWORD"]) is None


def test_a_client_elsewhere_is_told_with_both_places() -> None:
    text = misplaced(WANTED, {"sync": WANTED, "async": ELSEWHERE}, [])
    assert text is not None
    assert "async client would use redis:6379, database 0, not redis:6379, database 1" in text
    assert "REDIS_URL" not in text


def test_the_ways_out_of_an_exported_url_are_told() -> None:
    text = misplaced(WANTED, {"sync": ELSEWHERE}, ["REDIS_PASSWORD", "REDIS_URL"])
    assert text is not None
    for way in (
        "do not export REDIS_URL",
        "litellm_cache_redis_url_env",
        "?socket_timeout=30&socket_connect_timeout=10",
    ):
        assert way in text
