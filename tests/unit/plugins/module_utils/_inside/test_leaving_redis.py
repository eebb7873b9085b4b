# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leaves Redis with the cache, and who is connected to it: settings, and connections of a real process."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import leaving_redis as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("REDIS_") or name in inside.WORKER_VARIABLES]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("value", "on"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("True", True),
        (" true ", True),
        ("yes", False),
        (1, True),
        ("os.environ/BUFFER", True),
        ("os.environ/NO_BUFFER", False),
    ],
)
def test_the_buffer_is_on_where_litellm_takes_it_as_true(
    environment: pytest.MonkeyPatch, value: object, on: bool
) -> None:
    environment.setenv("BUFFER", "true")
    assert inside.is_on(value) is on


@pytest.mark.parametrize(
    ("words", "variables", "workers"),
    [
        ("litellm --config x", {}, 1),
        ("litellm --num_workers 4", {}, 4),
        ("gunicorn -w 3 litellm.proxy.proxy_server:app", {}, 3),
        ("uvicorn litellm.proxy.proxy_server:app --workers=2", {"WEB_CONCURRENCY": "9"}, 2),
        ("litellm", {"NUM_WORKERS": "5"}, 5),
        ("litellm", {"NUM_WORKERS": "many"}, 1),
    ],
)
def test_the_number_of_workers(
    environment: pytest.MonkeyPatch, words: str, variables: dict[str, str], workers: int
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)
    assert inside._workers(Proxy(os.getpid(), words.split(), {})) == workers


def test_without_litellm_the_lists_are_those_of_every_version() -> None:
    assert inside._lists() == list(inside.BUFFER_LISTS)


def test_the_places_that_a_configuration_and_the_environment_name(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LIMITS_HOST", "limits")
    environment.setenv("REDIS_HOST", "exported")
    environment.setenv("REDIS_PORT", "tcp://10.0.0.1:6379")
    config: dict[str, Any] = {
        "general_settings": {"coordination_redis": {"host": "os.environ/LIMITS_HOST", "port": 6380}},
        "router_settings": {"redis_url": "redis://router/2"},
        "litellm_settings": {"cache_params": {"type": "local"}},
    }
    assert inside._named_places(config) == [
        ("general_settings.coordination_redis", "limits", 6380),
        ("router_settings", "router", 6379),
    ]
    environment.setenv("REDIS_PORT", "6381")
    assert inside._named_places({}) == [("REDIS_HOST", "exported", 6381)]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"type": "local"}, None),
        ({"type": "redis", "url": "redis://:pa/ss@redis:6379/1"}, "ValueError"),
        ({"type": "redis", "host": "127.0.0.1", "port": 1}, "ConnectionError"),
        (
            {"type": "redis", "redis_startup_nodes": [{"host": "one", "port": 7000}]},
            "Redis is a Cluster or behind Sentinels",
        ),
    ],
)
def test_what_cannot_be_counted_has_a_reason_without_a_piece_of_a_password(
    environment: pytest.MonkeyPatch, params: dict[str, Any], problem: str | None
) -> None:
    pytest.importorskip("redis")
    environment.setattr(inside, "WAIT_SECONDS", 0.5)
    assert inside._waiting({"litellm_settings": {"cache_params": params}}) == ({}, problem)
