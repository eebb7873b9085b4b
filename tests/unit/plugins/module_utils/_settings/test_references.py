# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""References to variables stay where no option contradicts them, and one that is replaced is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.references import (
    replaced_references,
    wanted_place,
    wanted_timeouts,
    with_references_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import Wanted
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes

DEFAULT = {"host": "redis", "port": 6379, "db": 1}
HOST, PORT = "os.environ/REDIS_HOST", "os.environ/REDIS_PORT"


@pytest.mark.parametrize(
    ("params", "options", "place"),
    [
        ({}, {}, DEFAULT),
        ({"host": "cache1", "port": 1, "db": 0}, {}, DEFAULT),
        ({"host": HOST, "port": PORT}, {}, {"host": HOST, "port": PORT}),
        ({"host": HOST, "port": 7000, "db": 3}, {}, {"host": HOST, "port": 7000, "db": 3}),
        ({"host": HOST, "port": PORT}, {"redis_db": 2}, {"host": HOST, "port": PORT, "db": 2}),
        ({"host": HOST, "port": PORT}, {"redis_host": "other"}, {"host": "other", "port": PORT, "db": 1}),
        ({"host": "cache1", "port": PORT}, {"redis_port": 7000}, {"host": "redis", "port": 7000, "db": 1}),
        ({"host": "cache1", "db": "os.environ/DB"}, {}, {"host": "redis", "port": 6379, "db": "os.environ/DB"}),
    ],
)
def test_the_place(params: dict[str, Any], options: dict[str, Any], place: dict[str, Any]) -> None:
    assert wanted_place(CacheWishes("redis", **options), params) == place


def test_a_timeout_by_reference_stays_while_its_option_has_the_default() -> None:
    params = {"socket_timeout": "os.environ/A", "socket_connect_timeout": "os.environ/B"}
    wanted = {item.key: item for item in wanted_timeouts(CacheWishes("redis", socket_timeout=7))}
    assert not wanted["socket_timeout"].met_by(params) and wanted["socket_connect_timeout"].met_by(params)
    elsewhere = {item.key: item.value for item in with_references_of(wanted.values(), params)}
    assert (elsewhere["socket_timeout"], elsewhere["socket_connect_timeout"]) == (7, "os.environ/B")


def test_what_is_replaced_is_told_and_no_secret() -> None:
    wanted = [
        Wanted("cache", True),
        Wanted("host", "redis"),
        Wanted("password", "s3cret", secret=True),
        Wanted("ttl", 5, default=True),
        Wanted("port", 1),
    ]
    model = {key: f"os.environ/{key.upper()}" for key in ("cache", "host", "password", "ttl")}
    told = [entry["message"] for entry in replaced_references("cache_params", wanted, model)]
    assert told == [
        "cache_params.cache was os.environ/CACHE, and is true after the change",
        "cache_params.host was os.environ/HOST, and is redis after the change",
        "cache_params.password was os.environ/PASSWORD, and is a literal after the change",
    ]
