# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A candidate, as LiteLLM takes it."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import builder as inside


def test_the_router_s_connection_under_the_names_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_PASSWORD", "p")
    monkeypatch.setenv("REDIS_URL", "redis://other")
    config = {
        "litellm_settings": {"cache_params": {"type": "redis", "password": "os.environ/REDIS_PASSWORD"}},
        "router_settings": {
            "redis_host": "redis",
            "redis_port": 6379,
            "redis_db": 1,
            "cache_kwargs": {"db": 2, "socket_timeout": 30},
            "routing_strategy": "simple-shuffle",
        },
    }
    candidate = inside.Candidate(config)
    assert candidate.router_params() == {"host": "redis", "port": 6379, "db": 2, "socket_timeout": 30}
    assert "routing_strategy" not in candidate.router
    assert "REDIS_URL" in candidate.foreign_variables()
    assert "REDIS_PASSWORD" not in candidate.foreign_variables()
    assert candidate.group is None


def test_half_a_connection_of_the_router_is_none() -> None:
    assert inside.Candidate({"router_settings": {"redis_host": "redis"}}).router_params() == {}
    assert inside.Candidate({"router_settings": None}).router_params() == {}
