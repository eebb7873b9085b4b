# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the router gets of the cache in Redis, and that what is said of it is so in the file."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.router_share import RouterShare
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import SectionTarget
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    NO_CACHE,
    codes,
    load,
    stored,
    switch,
    wishes,
)

PLAIN = {"redis_host": "node1", "redis_port": 6379, "redis_password": "os.environ/REDIS_PASSWORD"}
NODES = {"cache_kwargs": {"startup_nodes": [{"host": "node1", "port": 6379}]}}


def share(form: str, live: dict[str, Any], params: dict[str, Any] | None = None, **options: Any) -> RouterShare:
    place = {"host": "redis", "port": 6379, "db": 1}
    return RouterShare(wishes(**options), form, "redis://:hunter2@redis/1", params or {}, live, place)


def said(one: RouterShare) -> list[str]:
    return [finding["code"] for finding in one.findings()]


@pytest.mark.parametrize("form", ["cluster", "sentinel"])
@pytest.mark.parametrize(
    ("router", "option", "code", "goes"),
    [
        ({}, "consistent", "router_shares_connection", False),
        ({"redis_host": "half"}, "consistent", "router_shares_connection", False),
        (PLAIN, "consistent", "router_connection_taken_out", True),
        ({"redis_url": "os.environ/REDIS_URL"}, "consistent", "router_connection_taken_out", True),
        (PLAIN, "runbook", "router_cannot_follow", False),
        (PLAIN, "none", None, True),
        ({**PLAIN, **NODES}, "consistent", "router_own_connection", False),
    ],
)
def test_beside_a_group_of_servers(
    form: str, router: dict[str, Any], option: str, code: str | None, goes: bool
) -> None:
    one = share(form, router, router=option)
    assert one.wanted() == []
    assert said(one) == ([code] if code else [])
    assert ("redis_host" in one.unwanted()) is goes


def test_a_connection_beside_a_literal_url_stays_and_is_not_said_to_be_shared() -> None:
    one = share("url", PLAIN, redis_password_env="")
    assert said(one) == ["router_own_connection"] and one.unwanted() == ()
    assert said(share("url", {}, redis_password_env="")) == ["router_shares_connection"]


def test_user_and_certificates_of_the_file_are_those_of_the_router() -> None:
    params = {"username": "app", "ssl": True, "ssl_ca_certs": "/ca.crt", "password": "os.environ/P"}
    kwargs = share("host", {}, params, redis_password_env="").wanted()[-1]
    assert isinstance(kwargs, SectionTarget)
    assert {"username": "app", "ssl": True, "ssl_ca_certs": "/ca.crt"}.items() <= kwargs.value.items()
    kwargs = share("host", {}, params, redis_username="other").wanted()[-1]
    assert isinstance(kwargs, SectionTarget) and kwargs.value["username"] == "other"


CLUSTER = """\
litellm_settings:
  cache: true
  cache_params:
    type: redis
    password: os.environ/REDIS_PASSWORD
    redis_startup_nodes:
      - host: os.environ/NODE_HOST
        port: os.environ/NODE_PORT

router_settings:
  routing_strategy: usage-based-routing-v2
  redis_host: os.environ/NODE_HOST
  redis_port: os.environ/NODE_PORT
  redis_password: os.environ/REDIS_PASSWORD
  num_retries: 1
"""


def test_a_plain_router_beside_a_cluster_goes_and_the_way_to_local_and_back_is_exact() -> None:
    redis = switch(CLUSTER)
    assert "router_connection_taken_out" in codes(redis) and "router_shares_connection" not in codes(redis)
    assert not redis.cache["router"]["own_connection"]
    assert load(redis.candidate)["router_settings"] == {"routing_strategy": "usage-based-routing-v2", "num_retries": 1}
    for text in (CLUSTER, redis.candidate):
        local = switch(text, wishes("local"))
        assert "redis_host" not in load(local.candidate)["router_settings"]
        assert "redis_startup_nodes" not in load(local.candidate)["litellm_settings"]["cache_params"]
        assert switch(local.candidate, wishes(), stored(local.journal)).candidate == redis.candidate


def test_where_the_plain_router_is_to_stay_the_report_says_what_it_is() -> None:
    plan = switch(CLUSTER, wishes(router="runbook"))
    assert "router_cannot_follow" in codes(plan) and plan.cache["router"]["own_connection"]
    (found,) = [finding for finding in plan.findings if finding["code"] == "router_cannot_follow"]
    assert "MOVED" in found["message"] and "litellm_cache_router" in found["message"]


LOGIN = (
    "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: redis\n    username: {user}\n"
    "    password: os.environ/REDIS_PASSWORD\n"
)


@pytest.mark.parametrize("router", ["consistent", "runbook"])
@pytest.mark.parametrize("user", ["app", "os.environ/REDIS_USER"])
def test_a_password_goes_with_its_user(router: str, user: str) -> None:
    own = CacheWishes.from_options({"mode": "redis", "router": router})
    model = load(switch(LOGIN.format(user=user), own).candidate)["router_settings"]
    assert (model["redis_password"], model["cache_kwargs"]["username"]) == ("os.environ/REDIS_PASSWORD", user)


def test_the_runbooks_router_has_nothing_else_in_its_cache_kwargs() -> None:
    model = load(switch(LOGIN.format(user="app"), wishes(router="runbook")).candidate)["router_settings"]
    assert model["cache_kwargs"] == {"username": "app"}
    assert "cache_kwargs" not in load(switch(NO_CACHE, wishes(router="runbook")).candidate)["router_settings"]
