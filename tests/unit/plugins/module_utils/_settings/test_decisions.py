# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both cache modes decide alike: the state of the file, kept settings, findings."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.decisions import FileState, cache_target
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.keys import DEFAULT_CALL_TYPES
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import SectionTarget
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LIVE_REDIS, load, wishes

BOTH = pytest.mark.parametrize("mode", ["redis", "local"])


def sections_of(mode: str, model: dict, **options: Any) -> dict[str, SectionTarget]:
    return {section.key: section for section in cache_target(wishes(mode, **options), model).sections}


def params_of(mode: str, model: dict, **options: Any) -> SectionTarget:
    settings = sections_of(mode, model, **options)["litellm_settings"]
    (params,) = [item for item in settings.wanted if isinstance(item, SectionTarget)]
    return params


def codes_of(mode: str, model: dict) -> list[str]:
    return [finding["code"] for finding in cache_target(wishes(mode), model).findings]


def test_state_of_a_file() -> None:
    state = FileState.of(load(LIVE_REDIS), None)
    assert (state.mode, state.params["host"], state.router["redis_port"]) == ("redis", "redis", 6379)
    assert not state.include


@pytest.mark.parametrize("model", [{}, {"litellm_settings": None}, {"litellm_settings": [], "router_settings": "x"}])
def test_state_of_a_file_without_sections(model: dict) -> None:
    state = FileState.of(model, "redis://x")
    assert (state.mode, state.params, state.router, state.commented_url) == ("none", {}, {}, "redis://x")


@BOTH
def test_the_cache_is_on_and_its_sections_have_an_order(mode: str) -> None:
    sections = sections_of(mode, {})
    settings = sections["litellm_settings"]
    assert [item.key for item in settings.wanted] == ["cache", "cache_params"]
    assert settings.wanted[0].value is True and not settings.wanted[0].default
    assert settings.unwanted == ()
    assert list(sections) == ["litellm_settings", "router_settings"]
    for section in (*sections.values(), params_of(mode, {})):
        known = [item.key for item in section.wanted]
        assert known == sorted(known, key=section.order.index)


@BOTH
def test_kept_where_the_file_has_it_and_enforced_where_wished(mode: str) -> None:
    kept = {item.key: item for item in params_of(mode, {}).wanted}
    assert (kept["ttl"].value, kept["ttl"].default) == (1800, True)
    assert (kept["supported_call_types"].value, kept["supported_call_types"].default) == (
        list(DEFAULT_CALL_TYPES),
        True,
    )
    wished = {item.key: item for item in params_of(mode, {}, ttl=5, supported_call_types=["acompletion"]).wanted}
    assert (wished["ttl"].value, wished["ttl"].default) == (5, False)
    assert (wished["supported_call_types"].value, wished["supported_call_types"].default) == (["acompletion"], False)


@BOTH
def test_no_key_is_both_wanted_and_unwanted(mode: str) -> None:
    for model in ({}, load(LIVE_REDIS)):
        for section in (*sections_of(mode, model).values(), params_of(mode, model)):
            assert not {item.key for item in section.wanted} & set(section.unwanted)


@BOTH
def test_a_cache_of_another_type_is_told(mode: str) -> None:
    assert "cache_type_replaced" in codes_of(
        mode, {"litellm_settings": {"cache": True, "cache_params": {"type": "s3"}}}
    )
    assert "cache_type_replaced" not in codes_of(mode, load(LIVE_REDIS))
    assert "cache_type_replaced" not in codes_of(mode, {})


@BOTH
def test_included_files_are_told(mode: str) -> None:
    assert "include_not_followed" in codes_of(mode, {"include": ["other.yaml"]})
    assert "include_not_followed" not in codes_of(mode, {"include": []})


@BOTH
def test_asking_twice_tells_once(mode: str) -> None:
    model = {"include": ["a"], "litellm_settings": {"cache": True, "cache_params": {"type": "s3"}}}
    assert codes_of(mode, model) == codes_of(mode, model)
    assert len(set(codes_of(mode, model))) == len(codes_of(mode, model))
