# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a config says about the cache, and which of its words could be secrets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import ConfigParseError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.description import (
    describe_cache,
    load_config,
    mode_of,
    secrets_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LIVE_REDIS, RUNBOOK


@pytest.mark.parametrize(
    "settings, mode",
    [
        (None, "none"),
        ({}, "none"),
        ({"cache": False, "cache_params": {"type": "redis"}}, "none"),
        ({"cache": "true", "cache_params": {"type": "redis"}}, "none"),
        ({"cache": {"type": "redis"}}, "none"),
        ({"cache": True, "cache_params": None}, "none"),
        ({"cache": True}, "redis"),
        ({"cache": True, "cache_params": {}}, "redis"),
        ({"cache": True, "cache_params": {"host": "redis"}}, "local"),
        ({"cache": True, "cache_params": {"type": "local"}}, "local"),
        ({"cache": True, "cache_params": {"type": "redis", "host": "redis"}}, "redis"),
        ({"cache": True, "cache_params": {"type": "redis-semantic"}}, "other"),
        ({"cache": True, "cache_params": {"type": "reddis"}}, "other"),
    ],
)
def test_mode_as_litellm_has_it(settings: Any, mode: str) -> None:
    assert mode_of({"litellm_settings": settings}) == mode


def test_description_of_redis() -> None:
    text = LIVE_REDIS + (
        "model_list:\n  - model_name: '*'\n  - model_name: embed\n    model_info: {mode: embedding}\n  - model_name: chat\n"
        "general_settings:\n  master_key: sk-1234\n  database_url: os.environ/DATABASE_URL\n  store_model_in_db: true\n"
    )
    described = describe_cache(text)
    assert described["mode"] == "redis"
    assert described["form"] == "host"
    assert described["redis"]["host"] == "redis"
    assert described["redis"]["password"] == "literal"
    assert described["router"]["cache_kwargs"] == {"db": 1}
    assert described["router"]["own_connection"] is True
    assert described["test_model"] == "chat"
    assert described["master_key"] == "literal"
    assert described["database"] is True
    assert described["store_model_in_db"] is True
    assert "OldPassw0rd" not in str(described)
    assert "sk-1234" not in str(described)


def test_description_names_variables() -> None:
    text = LIVE_REDIS.replace('"OldPassw0rd"', "os.environ/REDIS_PASSWORD")
    assert describe_cache(text)["redis"]["password"] == "environment variable REDIS_PASSWORD"
    assert describe_cache(text)["router"]["redis_password"] == "environment variable REDIS_PASSWORD"


def test_description_of_local_mode_and_of_nothing() -> None:
    assert describe_cache(RUNBOOK)["mode"] == "local"
    assert describe_cache(RUNBOOK)["form"] is None
    assert describe_cache("a: 1\n")["mode"] == "none"


def test_values_outside_the_allow_list_are_not_shown() -> None:
    described = describe_cache(LIVE_REDIS.replace("host: redis\n", "host: 'redis://:hunter2@a'\n"))
    assert described["redis"]["host"] == "literal"


def test_load_says_where_it_fails() -> None:
    with pytest.raises(ConfigParseError) as caught:
        load_config("a: 1\nb: [\n")
    assert (caught.value.line, caught.value.column) == (2, 6)


@pytest.mark.parametrize(
    "text, secrets",
    [
        ("a:\n  api_key: sk-1\n", {"sk-1"}),
        ("a: {api_key: 'sk-1', aws_secret_access_key: \"sk-2\"}\n", {"sk-1", "sk-2"}),
        ("password: 1234\n", {"1234"}),
        ("max_tokens: 4096\nmaster_key: os.environ/X\nredis_password: ''\n", set()),
        ('# redis_password: "old one" # was changed\n', {"old one"}),
        ("url: redis://user:hunter2@redis:6379/1\n", {"hunter2", "redis://user:hunter2@redis:6379/1"}),
        ("broken: [\napi_key: sk-1\n  - token: 'it''s'  # x\n", {"sk-1", "it's"}),
        ("keys:\n  - api_keys: [sk-1, sk-2]\n", {"sk-1", "sk-2"}),
    ],
)
def test_secrets(text: str, secrets: set[str]) -> None:
    found = secrets_of(text)
    assert secrets <= found
    assert not found & {"4096", "", "os.environ/X", "true"}


@pytest.mark.parametrize(
    "model",
    ["text-embedding-3-small", "openai/whisper-1", "openai/tts-1", "text-completion-openai/gpt-3.5-turbo-instruct"],
)
def test_test_model_is_one_that_chats(model: str) -> None:
    entries = "".join(
        "  - model_name: %s\n    litellm_params:\n      model: %s\n" % pair
        for pair in (("first", model), ("second", "gpt-4o"))
    )
    assert describe_cache("model_list:\n" + entries)["test_model"] == "second"


def test_request_mode_is_told() -> None:
    text = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n    mode: %s\n"
    assert describe_cache(text % "default_off")["request_mode"] == "default_off"
    assert describe_cache(text % "sk-secret")["request_mode"] is None
