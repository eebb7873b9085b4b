# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a configuration comes to: mode, place and references."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import effective
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.reader import Reading

NOWHERE = {"host": None, "port": None, "db": None}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_DB"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def config_of(**settings: Any) -> dict[str, Any]:
    return {"litellm_settings": settings}


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({"cache": True}, "redis"),
        ({"cache": True, "cache_params": {}}, "redis"),
        ({"cache": True, "cache_params": {"ttl": 1}}, "local"),
        ({"cache": True, "cache_params": {"type": "local"}}, "local"),
        ({"cache": True, "cache_params": {"type": "redis"}}, "redis"),
        ({"cache": True, "cache_params": {"type": "s3"}}, "other"),
        ({"cache": True, "cache_params": None}, "none"),
        ({"cache": "true", "cache_params": {"type": "redis"}}, "none"),
        ({"cache": False}, "none"),
        ({}, "none"),
    ],
)
def test_the_mode(settings: dict[str, Any], mode: str) -> None:
    assert effective.mode_of(config_of(**settings)) == mode


@pytest.mark.parametrize(
    ("params", "form", "place"),
    [
        ({"host": "a", "port": "7", "db": "2"}, "host", {"host": "a", "port": 7, "db": 2}),
        ({"url": "redis://:s3cret@b:1/3"}, "url", {"host": "b", "port": 1, "db": 3}),
        ({"redis_startup_nodes": [{"host": "a", "port": 1}]}, "cluster", NOWHERE),
        ({"sentinel_nodes": [["a", 1]], "service_name": "s"}, "sentinel", NOWHERE),
        ({"redis_startup_nodes": [], "host": "a"}, "host", {"host": "a", "port": 6379, "db": 0}),
    ],
)
def test_the_place(params: dict[str, Any], form: str, place: dict[str, Any]) -> None:
    told = effective.cache_of(config_of(cache=True, cache_params={"type": "redis", **params}))
    assert told["form"] == form and {name: told[name] for name in NOWHERE} == place
    assert "s3cret" not in str(told)


def test_the_place_of_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REDIS_HOST", "there")
    told = effective.cache_of(config_of(cache=True, cache_params={"type": "redis"}))
    assert (told["form"], told["host"], told["port"]) == ("environment", "there", 6379)


def test_an_address_that_cannot_be_read_shows_nothing_of_it() -> None:
    told = effective.cache_of(config_of(cache=True, cache_params={"type": "redis", "host": "a", "port": "s3cret"}))
    assert told["problem"] and "s3cret" not in str(told)


def test_references_tell_what_they_gave_and_no_secret() -> None:
    raw = config_of(
        cache="os.environ/USE_CACHE",
        cache_params={"host": "os.environ/H", "password": "os.environ/P", "ttl": "os.environ/T", "db": "os.environ/D"},
    )
    raw["environment_variables"] = {"D": 1}
    read = config_of(cache=True, cache_params={"host": "there", "password": "s3cret", "ttl": "", "db": None})
    told = {
        entry["variable"]: (entry["setting"].rpartition(".")[2], entry["gave"], entry["value"], entry["set_by_file"])
        for entry in effective.references_of(Reading(read, raw))
    }
    assert told == {
        "USE_CACHE": ("cache", "value", True, False),
        "H": ("host", "value", "there", False),
        "P": ("password", "value", None, False),
        "T": ("ttl", "empty", "", False),
        "D": ("db", "nothing", None, True),
    }


@pytest.mark.parametrize(
    ("router", "keys", "own"),
    [
        ({"redis_host": "a", "redis_port": 1, "num_retries": 2}, ["redis_host", "redis_port"], True),
        ({"redis_host": "a"}, ["redis_host"], False),
        ({"redis_url": "redis://a"}, ["redis_url"], True),
        ({"redis_url": None}, [], False),
        (None, [], False),
    ],
)
def test_the_router(router: object, keys: list[str], own: bool) -> None:
    assert effective.router_of({"router_settings": router}) == {"redis_keys": keys, "own_connection": own}
