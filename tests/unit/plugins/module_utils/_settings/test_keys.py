# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of keys agree with each other: a key that is in one and missed in another would be left live or in an odd place."""

from __future__ import annotations

from typing import Iterable

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings import keys

LISTS = ("HOST_KEYS", "CLUSTER_KEYS", "SENTINEL_KEYS", "TLS_KEYS", "TIMEOUT_KEYS", "CACHE_PARAMS_ORDER", "ROUTER_ORDER")
LISTS += ("CACHE_KWARGS_ORDER", "REDIS_ONLY_PARAMS", "DEFAULT_CALL_TYPES")


@pytest.mark.parametrize("name", LISTS)
def test_no_key_is_in_a_list_twice(name: str) -> None:
    words = getattr(keys, name)
    assert len(words) == len(set(words))
    assert all(isinstance(word, str) and word == word.strip() != "" for word in words)


@pytest.mark.parametrize("form", keys.KEYS_OF_FORM)
def test_the_keys_of_each_form_go_with_redis(form: str) -> None:
    assert set(keys.KEYS_OF_FORM[form]) <= set(keys.REDIS_ONLY_PARAMS)


def test_no_key_belongs_to_two_forms() -> None:
    every = [key for words in keys.KEYS_OF_FORM.values() for key in words]
    assert len(every) == len(set(every))


def test_what_serves_every_mode_is_not_redis_alone() -> None:
    shared = {"type", "ttl", "supported_call_types", "namespace", "mode"}
    assert not shared & set(keys.REDIS_ONLY_PARAMS)
    # Every other key that has a place in cache_params goes when the cache leaves Redis.
    assert set(keys.CACHE_PARAMS_ORDER) - set(keys.REDIS_ONLY_PARAMS) == {
        "type",
        "ttl",
        "supported_call_types",
        "namespace",
    }


def test_all_that_the_router_has_of_redis_goes_with_it() -> None:
    assert set(keys.ROUTER_REDIS_KEYS) == set(keys.ROUTER_ORDER)


def test_a_connection_is_named_before_what_tunes_it() -> None:
    def places(words: Iterable[str]) -> list[int]:
        return [keys.CACHE_PARAMS_ORDER.index(word) for word in words]

    assert keys.CACHE_PARAMS_ORDER[0] == "type"
    assert max(places(keys.HOST_KEYS)) < min(places(keys.TIMEOUT_KEYS))
    assert places(keys.HOST_KEYS) == sorted(places(keys.HOST_KEYS))
    assert set(keys.TIMEOUT_KEYS) <= set(keys.CACHE_KWARGS_ORDER)


def test_modes_are_types_of_litellm() -> None:
    assert {keys.MODE_REDIS, keys.MODE_LOCAL} <= keys.KNOWN_CACHE_TYPES
    assert keys.MODE_NONE not in keys.KNOWN_CACHE_TYPES and keys.MODE_OTHER not in keys.KNOWN_CACHE_TYPES


def test_sections_are_where_litellm_has_them() -> None:
    assert keys.CACHE_PARAMS_PATH == ("litellm_settings", "cache_params")
    assert keys.ROUTER_PATH == ("router_settings",)
