# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The target of the local mode, and which decisions answer for which mode."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.decisions import cache_target
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.keys import REDIS_ONLY_PARAMS, ROUTER_REDIS_KEYS
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import CacheTarget, SectionTarget
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LIVE_REDIS, RUNBOOK, load, wishes

LOCAL_MODEL = {"litellm_settings": {"cache": True, "cache_params": {"type": "local"}}}


def local(model: dict, **options: Any) -> tuple[SectionTarget, SectionTarget]:
    """Targets of cache_params and of the router."""
    settings, router = cache_target(wishes("local", **options), model).sections
    return settings.wanted[1], router


@pytest.mark.parametrize("model", [{}, load(LIVE_REDIS)], ids=["no cache", "redis"])
def test_into_local_mode(model: dict) -> None:
    params, router = local(model)
    assert [item.key for item in params.wanted] == ["type", "ttl", "supported_call_types"]
    assert params.value["type"] == "local"
    assert set(params.unwanted) == set(REDIS_ONLY_PARAMS)
    assert router.wanted == ()
    assert set(router.unwanted) == set(ROUTER_REDIS_KEYS)


@pytest.mark.parametrize("model", [LOCAL_MODEL, load(RUNBOOK)], ids=["plain", "runbook"])
def test_a_file_that_is_local_keeps_its_shape(model: dict) -> None:
    params, router = local(model)
    assert (params.wanted, params.unwanted) == ((), ())
    assert set(router.unwanted) == set(ROUTER_REDIS_KEYS)  # with these the router would stay on Redis
    assert all(target.met_by(model) for target in cache_target(wishes("local"), model).sections[:1])


def test_a_wished_setting_is_enforced_in_a_file_that_is_local() -> None:
    params, _router = local(LOCAL_MODEL, ttl=5)
    assert params.value == {"ttl": 5}


def test_the_mode_of_the_wishes_decides() -> None:
    def type_in(target: CacheTarget) -> str:
        return target.sections[0].wanted[1].value["type"]

    assert type_in(cache_target(wishes("redis"), LOCAL_MODEL)) == "redis"
    assert type_in(cache_target(wishes("local"), {})) == "local"


def test_deciding_changes_nothing_in_the_model() -> None:
    for mode in ("redis", "local"):
        model = load(LIVE_REDIS)
        cache_target(wishes(mode), model)
        assert model == load(LIVE_REDIS)
