# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options become wishes, or one error that names the option."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes


def test_unset_options_are_the_defaults() -> None:
    unset = {name: "" for name in CacheWishes.__dataclass_fields__ if name != "mode"}
    assert CacheWishes.from_options(dict(unset, mode="redis", other="ignored")) == CacheWishes("redis")


def test_words_of_a_survey_become_values() -> None:
    wishes = CacheWishes.from_options(
        {
            "mode": "redis",
            "redis_port": "6380",
            "redis_db": "2",
            "ttl": "60",
            "socket_timeout": "2.5",
            "retry_on_timeout": "no",
            "supported_call_types": "acompletion aembedding",
            "max_connections": 7,
        }
    )
    assert (wishes.redis_port, wishes.redis_db, wishes.ttl, wishes.socket_timeout) == (6380, 2, 60, 2.5)
    assert wishes.retry_on_timeout is False
    assert wishes.supported_call_types == ("acompletion", "aembedding")
    assert isinstance(wishes.ttl, int)


@pytest.mark.parametrize(
    "options, option",
    [
        ({"mode": ""}, "mode"),
        ({"mode": "disk"}, "mode"),
        ({"redis_form": "cluster"}, "redis_form"),
        ({"redis_port": 0}, "redis_port"),
        ({"redis_port": 65536}, "redis_port"),
        ({"redis_port": "tcp://x"}, "redis_port"),
        ({"redis_db": -1}, "redis_db"),
        ({"redis_db": 1.5}, "redis_db"),
        ({"redis_host": "redis://x"}, "redis_host"),
        ({"redis_host": "a b"}, "redis_host"),
        ({"redis_password_env": "$X"}, "redis_password_env"),
        ({"redis_url_env": "A-B"}, "redis_url_env"),
        ({"redis_url_env": "A", "redis_form": "host"}, "redis_url_env"),
        ({"redis_password": "a", "redis_password_env": "A"}, "redis_password"),
        ({"redis_password": "os.environ/A"}, "redis_password"),
        ({"redis_password": "two\nlines"}, "redis_password"),
        ({"redis_password": "redis"}, "redis_password"),
        ({"redis_password": "local"}, "redis_password"),
        ({"redis_password": "6379"}, "redis_password"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": "nan"}, "ttl"),
        ({"ttl": True}, "ttl"),
        ({"socket_timeout": -1}, "socket_timeout"),
        ({"socket_timeout": "soon"}, "socket_timeout"),
        ({"retry_on_timeout": "maybe"}, "retry_on_timeout"),
        ({"supported_call_types": ["A B"]}, "supported_call_types"),
        ({"supported_call_types": 5}, "supported_call_types"),
        ({"router": "always"}, "router"),
    ],
)
def test_errors_name_the_option_and_no_secret(options: dict, option: str) -> None:
    with pytest.raises(OptionError) as caught:
        CacheWishes.from_options(dict({"mode": "redis"}, **options))
    assert caught.value.context["option"] == option
    assert option in str(caught.value)
    assert "os.environ/A" not in str(caught.value)
