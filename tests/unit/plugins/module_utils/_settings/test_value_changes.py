# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.value_changes import changes_between


def model(router: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
    return {"litellm_settings": {"cache": True, "cache_params": params}, "router_settings": router or {}}


def test_what_is_the_same_is_not_told() -> None:
    assert changes_between(model(ttl=600, password="s3cret"), model(password="s3cret", ttl=600)) == []
    assert changes_between(None, {"litellm_settings": None}) == []


def test_numbers_switches_lists_and_what_was_not_set() -> None:
    before = model(ttl=600, retry_on_timeout=True, supported_call_types=["acompletion"])
    after = model(
        ttl=900, retry_on_timeout=False, supported_call_types=["acompletion", "aembedding"], connection_pool_timeout=3
    )
    assert changes_between(before, after) == [
        "ttl 600 -> 900",
        "supported_call_types acompletion -> acompletion aembedding",
        "retry_on_timeout true -> false",
        "connection_pool_timeout not set -> 3",
    ]
    assert changes_between(after, model())[-1] == "connection_pool_timeout 3 -> not set"


def test_the_router_has_its_path() -> None:
    before = model({"redis_db": 0, "cache_kwargs": {"socket_timeout": 5}})
    after = model({"redis_db": 1, "cache_kwargs": {"socket_timeout": 30.5}})
    assert changes_between(before, after) == [
        "router_settings.redis_db 0 -> 1",
        "router_settings.cache_kwargs.socket_timeout 5 -> 30.5",
    ]


def test_no_secret_is_told_and_no_key_of_the_operator() -> None:
    secrets = {
        "password": "s3cret",
        "url": "redis://:s3cret@redis",
        "namespace": "s3cret",
        "s3cret": 1,
        "ttl": "s3cret",
    }
    reference = {"password": "os.environ/REDIS_PASSWORD", "ttl": 600}
    assert changes_between(model(**secrets), model(**reference)) == [
        "password changed",
        "ttl changed",
        "url -> not set",
        "namespace -> not set",
    ]
    assert changes_between(model(**reference), model(**secrets)) == [
        "url set",
        "password changed",
        "ttl changed",
        "namespace set",
    ]
    assert changes_between(model(redis_password="x"), model(password="os.environ/OTHER")) == [
        "password not set -> os.environ/OTHER"
    ]
