# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs of Redis that are read as redis-py reads them, and those that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import redis_url as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from redis.connection import parse_url

READABLE = [
    "redis://redis:6379/1",
    "redis://redis",
    "redis://",
    "redis://:6380/2",
    "rediss://cache.example:6390/3?socket_timeout=30&ssl_cert_reqs=none",
    "redis://user:p%40s%2Fs%23%25@redis:6379/1",
    "redis://:a:b&c+d=e!@redis:6379/0",
    "redis://:pass w\u00f6rd@redis:6379/0",
    "redis://redis:6379?db=4&password=p%2540ss",
    "redis://redis:6379/1?password=p@ss&username=me",
    "redis://[::1]:6379/1",
    "redis://10.0.0.7:6379/1?",
    "redis://my_redis.local/",
    "unix:///run/redis.sock?db=5",
    "unix://user:secret@/run/redis.sock",
]
#: Passwords that a URL cannot have as they are.
RAW_PASSWORDS = ["S3cr3t@Hunter2/x9", "pw#Hunter2", "a/b+c=", "12/x9", "12?x9", "12#x9", "12?db=3&x9", "p@ss", "100%", "p%zz",
                 "p[x9", "p[x9]", "pw?Hunter2", "/x9", "#", "?", "pw\\x9@", "\u2100x9", "pw\nx9", "@@"]  # fmt: skip
UNREADABLE = [
    *(
        f"{scheme}://{login}:{raw}@redis:6379/1"
        for raw in RAW_PASSWORDS
        for scheme, login in (("redis", ""), ("rediss", "me"))
    ),
    *(f"redis://{raw}:pw@redis:6379/1" for raw in ("us/er", "us#er", "us@er", "us?er")),
    *(f"unix://:{raw}@/run/redis.sock?db=1" for raw in ("a/b", "a@b", "a#b", "a?b")),
    *(f"redis://redis:6379/1?password={raw}" for raw in ("a#b", "a&b", "100%")),
    "redis://redis:port/1",
    "redis://redis:65536/1",
    "redis://host name/1",
    "redis://re$dis/1",
    "redis://redis/1?db=1@x",
    "unix://run/redis.sock",
    " redis://redis/1",
    "redis://" + "x" * 5000,
]


@pytest.mark.parametrize("text", READABLE)
def test_a_url_is_read_as_redis_py_reads_it(text: str) -> None:
    read, theirs = inside.read_url(text, "REDIS_URL"), parse_url(text)
    assert (read.username, read.password) == (theirs.get("username"), theirs.get("password"))
    assert (read.socket, read.db) == (theirs.get("path"), theirs.get("db"))
    if read.socket is None:
        assert (read.host, read.port) == (theirs.get("host", "localhost"), theirs.get("port", 6379))


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_url_that_does_not_parse_as_meant_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(Refusal) as raised:
        inside.read_url(text, "REDIS_URL")
    assert str(raised.value) == (
        "the URL in REDIS_URL does not parse as meant: a password in a URL must be percent-encoded (or use host and password)"
    )
    assert raised.value.facts == {} and raised.value.__cause__ is None


@pytest.mark.parametrize(
    "text", ["redis+sentinel://:pw@redis/1", "http://:pw@redis", "S3cr3t", "redis:/pw@redis", "REDIS://pw"]
)
def test_a_url_of_something_else_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(Refusal) as raised:
        inside.read_url(text, "REDIS_URL")
    assert raised.value.code == "redis_url_scheme"
    assert str(raised.value) == "the URL in REDIS_URL begins with none of redis://, rediss://, unix://"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"host": "redis"}, None),
        ({"host": "redis://:pw@redis"}, "cache_params.host is no host name and no address (a URL is none)"),
        ({"host": "pass@word"}, "cache_params.host is no host name and no address (a URL is none)"),
        ({"url": "redis://:p@w@redis"}, inside.unlike_meant("cache_params.url")),
        ({"sentinel_nodes": [["one", 1], ["p@w", 2]]}, "a host in cache_params is no host name"),
        ({"redis_startup_nodes": [{"host": "p/w"}]}, "a host in cache_params is no host name"),
        ({"redis_startup_nodes": "p/w", "sentinel_nodes": [[]]}, None),
        ({}, None),
    ],
)
def test_settings_that_name_a_place(params: dict[str, Any], told: str | None) -> None:
    said = inside.problem_of(params, {})
    assert said is None if told is None else (said or "").startswith(told)


def test_the_variable_that_holds_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTHER", "ZZZ"):
        monkeypatch.setenv(name, "redis://:p@w@redis")
    assert inside.problem_of({"url": "redis://:p@w@redis"}, {}) == inside.unlike_meant("OTHER")
    monkeypatch.setenv("REDIS_URL", "redis://:p@w@redis")
    assert inside.problem_of({}, {}) == inside.unlike_meant("REDIS_URL")
    assert inside.problem_of({"host": "redis"}, {}) is None
    assert inside.problem_of({"host": "redis"}, {"redis_url": "redis://p@w@h"}) == inside.unlike_meant(
        "router_settings.redis_url"
    )
