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


def test_whole_numbers_stay_whole() -> None:
    """Ansible reads 30 as 30.0 where a fraction is allowed, and the file should say 30."""
    wishes = CacheWishes.from_options(
        {"mode": "redis", "ttl": 60, "socket_timeout": 30.0, "socket_connect_timeout": 2.5}
    )
    assert [repr(value) for value in (wishes.ttl, wishes.socket_timeout, wishes.socket_connect_timeout)] == [
        "60",
        "30",
        "2.5",
    ]


def test_a_list_becomes_a_tuple() -> None:
    wishes = CacheWishes.from_options({"mode": "redis", "supported_call_types": ["acompletion", "aembedding"]})
    assert wishes.supported_call_types == ("acompletion", "aembedding")


@pytest.mark.parametrize(
    "options, option",
    [
        ({"redis_port": 0}, "redis_port"),
        ({"redis_port": 65536}, "redis_port"),
        ({"redis_db": -1}, "redis_db"),
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
        ({"socket_timeout": float("nan")}, "socket_timeout"),
        ({"socket_timeout": float("inf")}, "socket_timeout"),
        ({"socket_timeout": -1}, "socket_timeout"),
        ({"supported_call_types": ["A B"]}, "supported_call_types"),
        ({"leave_out": ["namespace", "host"]}, "leave_out"),
    ],
)
def test_errors_name_the_option_and_no_secret(options: dict, option: str) -> None:
    with pytest.raises(OptionError) as caught:
        CacheWishes.from_options(dict({"mode": "redis"}, **options))
    assert caught.value.context["option"] == option
    assert option in str(caught.value)
    assert "os.environ/A" not in str(caught.value)
