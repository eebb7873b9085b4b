# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The allow-list: what of config.yaml may be shown and stored."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.keys import (
    CACHE_KWARGS_ORDER,
    CACHE_PARAMS_ORDER,
    KNOWN_CACHE_TYPES,
    REDIS_ONLY_PARAMS,
    ROUTER_ORDER,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.public_values import (
    environment_name,
    is_host_name,
    is_public,
)

SECRETS = [
    "hunter2!",
    "hunter2:x@y",
    "redis://:hunter2@redis",
    "{hunter2}",
    "hunter2 ",
    "-hunter2",
    "\nhunter2",
    "redis\n",
]


@pytest.mark.parametrize(
    "key, value, public",
    [
        ("host", "redis.example", True),
        ("host", "::1", True),
        ("host", "a b", False),
        ("port", 6379, True),
        ("port", "6379", True),
        ("port", "hunter2", False),
        ("password", "x", False),
        ("password", "os.environ/X", True),
        ("url", "redis://x", False),
        ("retry_on_timeout", True, True),
        ("namespace", "x", False),
        ("type", "redis", True),
        ("type", "hunter2", False),
        ("db", True, False),
        ("supported_call_types", ["acompletion"], True),
        ("supported_call_types", ["hunter2"], False),
        ("supported_call_types", "acompletion", False),
        ("supported_call_types", ["acompletion", 1], False),
        ("supported_call_types", [], True),
        ("port", "6379\n", False),
        ("port", -1, False),
        ("ttl", 1.5, True),
        ("ttl", "12345678901", False),
        ("ttl", None, False),
        ("ttl", [1], False),
        ("cache", "true", True),
        ("cache", "hunter2", False),
        ("username", "alice", False),
        ("redis_url", "os.environ/REDIS_URL", True),
        ("unknown", 1, False),
    ],
)
def test_allow_list(key: str, value: Any, public: bool) -> None:
    assert is_public(key, value) is public


@pytest.mark.parametrize("secret", SECRETS)
def test_no_key_shows_what_does_not_look_like_its_value(secret: str) -> None:
    keys = {*CACHE_PARAMS_ORDER, *ROUTER_ORDER, *CACHE_KWARGS_ORDER, *REDIS_ONLY_PARAMS, "cache", "anything"}
    for key in keys:
        assert not is_public(key, secret), key
        assert not is_public(key, [secret]), key
        assert not is_public(key, {"password": secret}), key


def test_a_password_is_never_public_however_it_looks() -> None:
    for value in ("redis", "6379", 6379, True, "local", "true", ["acompletion"]):
        for key in ("password", "redis_password", "sentinel_password", "username", "url", "redis_url", "namespace"):
            assert not is_public(key, value)


@pytest.mark.parametrize("kind", sorted(KNOWN_CACHE_TYPES))
def test_known_types_are_public(kind: str) -> None:
    assert is_public("type", kind)
    assert not is_public("type", kind + "x")


@pytest.mark.parametrize(
    "value, name",
    [
        ("os.environ/A_1", "A_1"),
        ("os.environ/_", "_"),
        ("os.environ/A 1", None),
        ("os.environ/1A", None),
        ("os.environ/", None),
        ("os.environ/A\n", None),
        ("x os.environ/A", None),
        (None, None),
        (5, None),
    ],
)
def test_environment_name(value: Any, name: Optional[str]) -> None:
    assert environment_name(value) == name


@pytest.mark.parametrize(
    "value, host",
    [
        ("redis", True),
        ("r", True),
        ("redis-1.example_net.org", True),
        ("192.0.2.1", True),
        ("2001:db8::1", True),
        ("x" * 254, True),
        ("x" * 255, False),
        ("-redis", False),
        ("redis.", False),
        ("redis:6379", False),
        ("user@redis", False),
        ("", False),
        (5, False),
    ],
)
def test_host_names(value: Any, host: bool) -> None:
    assert is_host_name(value) is host
