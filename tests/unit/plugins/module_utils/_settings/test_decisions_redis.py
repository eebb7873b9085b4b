# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sections should hold for the cache in Redis: by the form of the connection and by the router's share of it."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.decisions import cache_target
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.keys import (
    CLUSTER_KEYS,
    HOST_KEYS,
    SENTINEL_KEYS,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import CacheTarget, SectionTarget
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import wishes

TIMEOUTS = {
    "socket_connect_timeout": 10,
    "socket_timeout": 30,
    "retry_on_timeout": True,
    "health_check_interval": 30,
}
DEFAULTS = {"ttl": 1800, "supported_call_types": ["acompletion", "atext_completion", "aembedding", "atranscription"]}
URL = "redis://:hunter2@redis/1"


def redis(params: Optional[dict] = None, live: Optional[dict] = None, commented: Optional[str] = None, **options: Any):
    """The CacheTarget for a file that is on Redis already, or has no cache for None."""
    model: dict = {"router_settings": live or {}}
    if params is not None:
        model["litellm_settings"] = {"cache": True, "cache_params": dict(params, type="redis")}
    return cache_target(wishes(**options), model, commented)


def params_of(target: CacheTarget) -> SectionTarget:
    return target.sections[0].wanted[1]


def codes(target: CacheTarget) -> set[str]:
    return {finding["code"] for finding in target.findings}


def test_all_of_it_where_there_is_no_cache() -> None:
    target = redis()
    reference = "os.environ/REDIS_PASSWORD"
    assert params_of(target).value == dict(
        {"type": "redis", "host": "redis", "port": 6379, "password": reference, "db": 1}, **DEFAULTS, **TIMEOUTS
    )
    assert target.sections[1].value == {
        "redis_host": "redis",
        "redis_port": 6379,
        "redis_password": reference,
        "redis_db": 1,
        "cache_kwargs": dict(TIMEOUTS, db=1),
    }


def test_a_literal_password_is_marked_as_secret_and_a_reference_is_not() -> None:
    def secrets(target: CacheTarget) -> set[str]:
        items = [*params_of(target).wanted, *target.sections[1].wanted]
        return {item.key for item in items if getattr(item, "secret", False)}

    assert secrets(redis(redis_password="hunter2!")) == {"password", "redis_password"}
    assert secrets(redis()) == set()


def test_options_go_into_their_keys() -> None:
    target = redis(
        redis_host="r",
        redis_port=6380,
        redis_db=4,
        redis_username="alice",
        namespace="n",
        max_connections=7,
        socket_timeout=45,
        retry_on_timeout=False,
    )
    wanted = {"host": "r", "port": 6380, "db": 4, "username": "alice", "namespace": "n", "max_connections": 7}
    assert wanted.items() <= params_of(target).value.items()
    assert params_of(target).value["socket_timeout"] == 45 and params_of(target).value["retry_on_timeout"] is False
    router = target.sections[1].value
    assert (router["redis_host"], router["redis_port"], router["redis_db"]) == ("r", 6380, 4)
    assert router["cache_kwargs"] == dict(TIMEOUTS, username="alice", db=4, socket_timeout=45, retry_on_timeout=False)


def test_what_is_left_out_is_not_live_either() -> None:
    params = params_of(redis(leave_out=["socket_timeout", "mode"]))
    assert "socket_timeout" not in params.value
    assert {"socket_timeout", "mode"} <= set(params.unwanted)
    assert len(params.unwanted) == len(set(params.unwanted))


class TestForms:
    def test_url_of_an_option(self) -> None:
        target = redis({"host": "old", "password": "x"}, redis_url_env="REDIS_URL")
        assert params_of(target).value["url"] == "os.environ/REDIS_URL"
        assert not set(HOST_KEYS) & set(params_of(target).value)
        assert set(HOST_KEYS) <= set(params_of(target).unwanted) and "url" not in params_of(target).unwanted
        assert target.sections[1].value == {"redis_url": "os.environ/REDIS_URL"}
        assert set(target.sections[1].unwanted) >= {"redis_host", "redis_password", "cache_kwargs"}
        assert "url_form_timeouts" in codes(target)

    def test_url_of_the_file_stays_and_the_router_gets_no_copy_of_a_secret(self) -> None:
        target = redis({"url": URL})
        assert params_of(target).value["url"] == URL
        assert "hunter2" not in str(target.sections[1]) + str(target.findings)
        assert target.sections[1].wanted == ()
        assert "router_shares_connection" in codes(target)

    def test_url_in_a_comment_is_the_form_where_nothing_is_live(self) -> None:
        assert params_of(redis({}, commented="os.environ/URL")).value["url"] == "os.environ/URL"
        assert params_of(redis({"host": "r"}, commented="os.environ/URL")).value["host"] == "redis"

    def test_url_from_nowhere_is_refused(self) -> None:
        with pytest.raises(OptionError) as caught:
            redis({"host": "r"}, redis_form="url")
        assert caught.value.context["option"] == "redis_url_env"

    def test_host_in_the_place_of_a_url(self) -> None:
        params = params_of(redis({"url": URL}, redis_form="host"))
        assert params.value["host"] == "redis"
        assert "url" in params.unwanted and not set(HOST_KEYS) & set(params.unwanted)

    @pytest.mark.parametrize(
        "params, own, code",
        [
            ({"redis_startup_nodes": [{"host": "a", "port": 1}]}, CLUSTER_KEYS, "cluster_form_kept"),
            ({"sentinel_nodes": [["a", 1]], "service_name": "m"}, SENTINEL_KEYS, "sentinel_form_kept"),
        ],
    )
    def test_groups_of_servers_are_kept(self, params: dict, own: tuple[str, ...], code: str) -> None:
        target = redis(params)
        assert not {"host", "port", "db", "url"} & set(params_of(target).value)
        assert not set(own) & set(params_of(target).unwanted)
        assert params_of(target).value["password"] == "os.environ/REDIS_PASSWORD"
        assert target.sections[1].wanted == () and target.sections[1].unwanted == ()
        assert {code, "router_shares_connection"} <= codes(target)

    def test_a_connection_from_variables_is_completed(self) -> None:
        assert "environment_form_completed" in codes(redis({}))
        assert "environment_form_completed" not in codes(redis())
        assert "environment_form_completed" not in codes(redis({"host": "r"}))


class TestRouter:
    def test_none(self) -> None:
        router = redis({"host": "r"}, {"redis_host": "r"}, router="none").sections[1]
        assert router.wanted == ()
        assert {"redis_host", "redis_url", "redis_password", "cache_kwargs"} <= set(router.unwanted)

    def test_as_the_runbook_has_it(self) -> None:
        target = redis(router="runbook")
        assert "cache_kwargs" not in target.sections[1].value
        assert "router_differs" in codes(target)
        assert target.sections[1].unwanted == ("redis_url",)

    @pytest.mark.parametrize(
        "password, router, shares, its_own",
        [
            (None, {}, False, None),  # no password anywhere
            ("hunter2", {}, True, None),  # a literal is not copied
            ("hunter2", {"redis_host": "r"}, False, None),
            ("hunter2", {"redis_password": "hunter3"}, False, None),
            ("os.environ/P", {}, False, "os.environ/P"),
            ("os.environ/P", {"redis_password": "hunter3"}, False, None),
        ],
    )
    def test_without_a_wished_password(
        self, password: Optional[str], router: dict, shares: bool, its_own: Optional[str]
    ) -> None:
        params = {"host": "r"} if password is None else {"host": "r", "password": password}
        target = redis(params, router, redis_password="")
        assert (target.sections[1].wanted == ()) is shares
        assert ("router_shares_connection" in codes(target)) is shares
        assert target.sections[1].value.get("redis_password") == its_own
        assert "hunter" not in str(target.sections) + str(target.findings)


def test_a_pool_timeout_would_stop_litellm() -> None:
    target = redis({"host": "r", "connection_pool_timeout": 5})
    assert "connection_pool_timeout" in params_of(target).unwanted
    assert "connection_pool_timeout_commented_out" in codes(target)
    assert not any("pool_timeout" in code for code in codes(redis({"host": "r"})))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "would stop LiteLLM at its start; the real setting is the environment variable REDIS_CONNECTION"),
        (
            {"host": "r"},
            "would stop LiteLLM at its start; the real setting is the environment variable REDIS_CONNECTION",
        ),
        (
            {"url": "os.environ/U"},
            "has no effect beside a URL; the real setting, from LiteLLM 1.83 on, is the environment variable REDIS_",
        ),
        ({"redis_startup_nodes": [{"host": "a", "port": 1}]}, "has no effect with a Redis Cluster, and LiteLLM has no"),
        ({"sentinel_nodes": [["a", 1]], "service_name": "m"}, "has no effect with Sentinels, and LiteLLM has no such"),
    ],
)
def test_a_pool_timeout_that_was_asked_for_is_told_in_every_form(params: dict, words: str) -> None:
    told = {item["code"]: item["message"] for item in redis(params, connection_pool_timeout=5).findings}
    assert told["connection_pool_timeout_left_out"].startswith(f"connection_pool_timeout {words}")
    assert "connection_pool_timeout_left_out" not in codes(redis(params))
