# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._variables.switch import (
    wrong_mode,
    wrong_together,
    wrong_variable_names,
)

PASSWORD = "litellm_cache_redis_password"


def test_a_mode_that_is_none_is_refused() -> None:
    assert list(wrong_mode("memory", None)) == [
        'litellm_cache_mode is "memory". It must be redis or local for the role; for a playbook, leave it unset'
    ]


def test_a_mode_against_the_playbook_is_refused() -> None:
    (told,) = wrong_mode("local", "redis")
    assert told.endswith("for a playbook, which brings the cache to redis, leave it unset")


@pytest.mark.parametrize(("mode", "of_playbook"), [("redis", None), ("local", None), ("local", "local")])
def test_a_right_mode_is_let_be(mode: str, of_playbook: Any) -> None:
    assert list(wrong_mode(mode, of_playbook)) == []


def test_two_passwords_exclude_each_other() -> None:
    (told,) = wrong_together({PASSWORD: "s0mething-l0ng", f"{PASSWORD}_env": "REDIS_PASSWORD"})
    assert told.startswith(f"{PASSWORD} and {PASSWORD}_env exclude each other")


@pytest.mark.parametrize("password", ["redis", "local", "litellm", "6379", 6379, "srv/er", "cache-1"])
def test_a_password_that_results_tell_is_refused(password: Any) -> None:
    values = {"litellm_cache_redis_port": 6379, "litellm_cache_project_dir": "/srv/erni-ki"}
    (told,) = wrong_together({**values, "litellm_cache_redis_host": "cache-1", PASSWORD: password})
    assert "a word of our own results" in told and f"Set {PASSWORD}_env alone" in told


def test_a_url_is_no_host_and_is_not_told() -> None:
    (told,) = wrong_together({"litellm_cache_redis_host": "redis://:s3cret@redis"})
    assert told.startswith("litellm_cache_redis_host must be a host name or an address") and "s3cret" not in told


def test_nothing_is_wrong_with_an_everyday_password() -> None:
    assert list(wrong_together({"litellm_cache_redis_host": "redis", PASSWORD: "s0mething-l0ng"})) == []


def test_each_name_of_a_variable_is_looked_at_and_none_is_told() -> None:
    values = {"litellm_cache_redis_url_env": "redis://:s3cret@redis", "litellm_cache_master_key_env": "sk-s3cret"}
    told = list(wrong_variable_names({**values, f"{PASSWORD}_env": "REDIS_PASSWORD", "litellm_cache_reason": "a b"}))
    assert [sentence.split()[0] for sentence in told] == list(values)
    assert "s3cret" not in "".join(told)
