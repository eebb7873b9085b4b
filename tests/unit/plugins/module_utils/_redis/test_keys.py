# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of keys, as seen in LiteLLM's Redis."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.keys import (
    Selection,
    is_answer,
    is_hex,
    kind_of,
    shown,
    stored_at,
)

HASH = "b46cb03ff9dc8d8ef5b1409ad7588c044290532850b2171649d7c687d64b1a42"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (HASH, "hex"),
        (f"litellm.cache:{HASH}", "hex"),
        (f"{{api_key:{HASH}}}:tokens", "rate_limit"),
        (f"litellm.cache:{{api_key:{HASH}}}:max_parallel_requests", "rate_limit"),
        (f"{{model_per_key:{HASH}:gpt-4o}}:tokens", "rate_limit"),
        ("{user:default_user_id}:tokens", "rate_limit"),
        (f"{HASH}::2026-11-24-20-10::request_count", "rate_limit"),
        ("global_router:abc:gpt-4o:tpm:20-10", "router"),
        ("ns:global_router:abc:gpt-4o:rpm:20-10", "router"),
        ("deployment:abc:cooldown", "router"),
        ("gpt-4o_map", "router"),
        ("litellm_spend_update_buffer", "spend"),
        ("litellm_daily_team_spend_update_buffer", "spend"),
        ("cronjob_lock:reset_budget", "lock"),
        ("daily_metrics_report_sent", "report"),
        ("ns:provider_spend:openai:1d", "budget"),
        ("deployment_spend:abc:30d", "budget"),
        ("tag_spend:production:1d", "budget"),
        ("tag_budget_start_time:production", "budget"),
        (f"virtual_key_spend:{HASH}:gpt-4o:1d", "budget"),
        (f"spend:key:{HASH}", "budget"),
        ("spend_db_floor:spend:team:abc", "budget"),
        ("{session_budget:abc}:spend", "budget"),
        ("litellm_spend_logs_buffer", "spend"),
        ("litellm_window_spend_update_buffer", "spend"),
        ("litellm_gateway_requests_buffer_v2", "unwritten"),
        ("litellm_config:param:general_settings", "setting"),
        ("litellm.cache:litellm_config:param:litellm_settings", "setting"),
        ("litellm:polling:response:abc", "session"),
        ("{mcp_per_team:abc:server}:requests", "rate_limit"),
        ("{model_per_organization:abc:gpt-4o}:requests", "rate_limit"),
        ("batch_enqueued_tokens:key:abc", "rate_limit"),
        ("deployment:abc:prompt_caching", "router"),
        ("deployment_affinity:v1:abc", "router"),
        ("health_check_results:gpt-4o", "router"),
        ("health_check_lock:gpt-4o", "lock"),
        ("abc:latency_daily_metrics", "report"),
        ("weekly_spend_report_sent_2026-11-19_2026-11-26", "report"),
        # Another application may have these as well.
        ("user_id:42", "foreign"),
        ("tag:red", "foreign"),
        ("spend:2026", "foreign"),
        ("session:1", "foreign"),
        (HASH[:-1], "foreign"),
        (HASH.upper(), "foreign"),
    ],
)
def test_kind_of_a_name(name: str, kind: str) -> None:
    assert kind_of(name.encode()) == kind


def test_an_answer_is_told_by_its_beginning() -> None:
    assert is_hex(HASH.encode()) and not is_hex(HASH.encode() + b"\n")
    assert is_answer(b'{"timestamp": 1795551404.77806, "response": "{')
    assert not is_answer(b'{"timestamps": 1, "response": ') and not is_answer(b"")
    of_the_synchronous_client = str({"timestamp": 1795551404.77806, "response": '{"id":"chatcmpl-1"}'}).encode()
    assert stored_at(of_the_synchronous_client) == 1795551404.77806
    assert not is_answer(b"""{'timestamp": 1, 'response': """) and not is_answer(b"{'timestamp': 1, 'answer': ")


@pytest.mark.parametrize(
    ("namespace", "prefix", "meant"),
    [
        (None, "prod:", True),
        ("", "", True),
        ("", "prod:", False),
        ("prod", "prod:", True),
        ("prod", "prod:team:", False),
        ("team", "prod:team:", True),
        ("prod:team", "prod:team:", True),
        ("team", "steam:", False),
        ("team", "prod:steam:", False),
    ],
)
def test_a_namespace_of_a_client_stands_behind_the_configured_one(
    namespace: str | None, prefix: str, meant: bool
) -> None:
    assert Selection(namespace=namespace).in_namespace(f"{prefix}{HASH}".encode()) is meant


def test_examples_shorten_hashes_of_api_keys() -> None:
    assert shown(f"{{api_key:{HASH}}}:tokens".encode()) == "{api_key:b46cb03f...}:tokens"
    assert shown(HASH.encode()) == HASH
    assert shown(b"\xff") == "\\xff"
