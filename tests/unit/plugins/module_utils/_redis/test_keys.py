# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of keys, as seen in LiteLLM's Redis."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.keys import is_answer, is_hex, kind_of, shown

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


def test_examples_shorten_hashes_of_api_keys() -> None:
    assert shown(f"{{api_key:{HASH}}}:tokens".encode()) == "{api_key:b46cb03f...}:tokens"
    assert shown(HASH.encode()) == HASH
    assert shown(b"\xff") == "\\xff"
