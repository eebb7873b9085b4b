# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place that settings name, and a client of our own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import redis_client as inside


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"host": "redis", "port": "6380", "db": "3"}, ("redis", 6380, 3)),
        ({"host": "redis"}, ("redis", 6379, 0)),
        ({"url": "redis://:secret@cache:6380/2"}, ("cache", 6380, 2)),
        ({"url": "rediss://cache"}, ("cache", 6379, 0)),
        ({"url": "redis://cache/1?db=4&socket_timeout=30"}, ("cache", 6379, 4)),
        ({"url": "redis://cache/1", "host": "other", "db": 9}, ("cache", 6379, 1)),
        ({"url": "unix:///run/redis.sock?db=5"}, ("/run/redis.sock", 0, 5)),
        ({"path": "/run/redis.sock", "db": 6}, ("/run/redis.sock", 0, 6)),
    ],
)
def test_places(settings: dict[str, Any], place: tuple[str, int, int]) -> None:
    assert inside.place_of(settings) == dict(zip(("host", "port", "db"), place))


def test_the_query_of_a_url_does_not_reach_the_plain_client() -> None:
    pytest.importorskip("redis")
    url = "redis://:secret@cache:6380/2?timeout=7&socket_timeout=90&ssl_cert_reqs=none"
    settings = inside.plain_client({"url": url}, 3.0).connection_pool.connection_kwargs
    assert (settings["host"], settings["port"], settings["db"]) == ("cache", 6380, 2)
    assert (settings["socket_timeout"], settings["socket_connect_timeout"]) == (3.0, 3.0)
    assert "timeout" not in settings


@pytest.mark.parametrize(
    "place", [{"host": "redis"}, {"url": "redis://redis:6379/1"}, {"url": "unix:///run/redis.sock"}]
)
def test_a_wait_of_the_plain_client_is_not_repeated(place: dict) -> None:
    """Redis-py 8 would, ten times, unless it is told not to."""
    settings = inside.plain_client(place, 3.0).connection_pool.connection_kwargs
    assert settings["retry"]._retries == 0
    assert settings.get("path") == ("/run/redis.sock" if "unix" in place.get("url", "") else None)
