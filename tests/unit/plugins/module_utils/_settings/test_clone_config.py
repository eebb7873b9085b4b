# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the configuration of a clone leaves out and adds."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import ConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.clone_config import (
    ALERTS,
    CALLBACKS,
    CHECKS,
    DATABASE,
    SHARED,
    CloneConfig,
    clone_config,
    touching_include,
)

OWN = "erni_ki_canary_1"
TOUCHING = """\
model_list:
- model_name: chat  # of the team
  litellm_params: {model: openai/chat, api_key: os.environ/KEY}
litellm_settings:
  drop_params: true
  callbacks: [langfuse, hooks.mine]
  success_callback: [langfuse]
  failure_callback: [sentry]
  service_callback: [prometheus_system]
  cache: true
  cache_params: {type: redis, host: redis, namespace: team}
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  alerting: [slack]
  alerting_threshold: 300
  database_url: os.environ/DATABASE_URL
  store_model_in_db: true
  use_redis_transaction_buffer: true
  background_health_checks: true
  coordination_redis: {host: redis}
router_settings:
  routing_strategy: simple-shuffle
  redis_host: redis
  redis_port: 6379
  cache_kwargs: {db: 1}
environment_variables:
  DATABASE_URL: postgresql://u:p@h/d
  LANG: C
"""


def loaded(config: CloneConfig) -> dict[str, Any]:
    return yaml.safe_load(config.text)


def test_what_touches_others_is_left_out_and_told() -> None:
    config = clone_config(TOUCHING, OWN)
    model = loaded(config)
    assert model["litellm_settings"] == {
        "drop_params": True,
        "cache": True,
        "cache_params": {"type": "redis", "host": "redis", "namespace": f"team:{OWN}"},
    }
    assert model["general_settings"] == {"master_key": "os.environ/LITELLM_MASTER_KEY"}
    assert model["environment_variables"] == {"LANG": "C"}
    assert model["router_settings"]["cache_kwargs"] == {"db": 1, "namespace": OWN}
    assert model["model_list"] == yaml.safe_load(TOUCHING)["model_list"]
    assert {matter: len(keys) for matter, keys in config.left_out.items()} == {
        CALLBACKS: 4,
        ALERTS: 2,
        DATABASE: 4,
        CHECKS: 1,
        SHARED: 1,
    }
    assert "litellm_settings.success_callback" in config.left_out[CALLBACKS]
    assert (config.namespace, config.without) == (f"team:{OWN}", ())


def test_a_plain_file_stays_what_it_is() -> None:
    text = "litellm_settings:\n  cache: true\n  cache_params: {type: local, ttl: 60}\n"
    config = clone_config(text, OWN)
    assert loaded(config) == yaml.safe_load(text) and config.left_out == {}


@pytest.mark.parametrize(
    ("params", "given"),
    [
        ({}, {"type": "redis", "namespace": OWN}),  # without a type, parameters that say anything are local
        ({"type": "redis", "url": "os.environ/REDIS_URL"}, None),
        ({"type": "redis", "namespace": "os.environ/NAME"}, {"type": "redis", "namespace": OWN}),
    ],
)
def test_the_cache_gets_a_namespace_of_its_own(params: dict[str, Any], given: dict[str, Any] | None) -> None:
    config = clone_config(yaml.safe_dump({"litellm_settings": {"cache": True, "cache_params": params}}), OWN)
    assert loaded(config)["litellm_settings"]["cache_params"] == (given or {**params, "namespace": OWN})
    assert config.namespace == OWN


def test_a_redis_of_the_environment_is_given_up_where_the_file_needs_none() -> None:
    text = "litellm_settings: {cache: true, cache_params: {type: local}}\n"
    assert set(clone_config(text, OWN).without) >= {"REDIS_URL", "REDIS_HOST"}
    named = clone_config(f"{text}router_settings: {{redis_url: os.environ/REDIS_URL}}\n", OWN)
    assert "REDIS_URL" not in named.without and "REDIS_HOST" in named.without
    assert loaded(named)["router_settings"]["cache_kwargs"] == {"namespace": OWN}


@pytest.mark.parametrize("text", ["a: [", "- a list\n"])
def test_what_litellm_would_not_load_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        clone_config(text, OWN)


def test_an_included_file_that_could_hold_such_a_setting() -> None:
    models = {"path": "/app/models.yaml", "sections": []}
    settings = {"path": "/app/settings.yaml", "sections": ["litellm_settings"]}
    assert touching_include(None) is None
    assert touching_include({"included": [models]}) is None
    told = touching_include({"included": [models, settings]})
    assert told == "litellm_settings of /app/settings.yaml, which is included"
