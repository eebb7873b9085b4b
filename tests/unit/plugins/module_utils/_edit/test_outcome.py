# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an edited text loads as, held against the wishes: whatever the syntax, never another mode than was asked for."""

from __future__ import annotations

import copy
from typing import Any, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.outcome import require_outcome
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LIVE_REDIS,
    LOCAL,
    NO_CACHE,
    REDIS,
    load,
    revert,
    stored,
    switch,
    wishes,
)

CACHE = "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: redis\n"
ANCHORS = "x: &r\n  redis_host: redis\n  redis_port: 6379\ny: &p\n  connection_pool_timeout: 5\nz: &h\n  ssl: true\n"
WITHOUT_ROUTER = wishes(router="none")
WITHOUT_TLS = CacheWishes.from_options(
    {"mode": "redis", "redis_password_env": "P", "redis_tls": {"enabled": False}, "router": "none"}
)

#: A merge key that is not alone cannot be written out.
TWO = "<<: {}\n"

#: Text, wishes, line, and the key that would stay.
STAYS = {
    "router from two merge keys": (
        ANCHORS + CACHE + "router_settings:\n  num_retries: 3\n  <<: *r\n  " + TWO,
        LOCAL,
        15,
        "router_settings.redis_host",
    ),
    "half a connection": (
        "x: &x {redis_password: a}\n" + CACHE + "router_settings:\n  <<: *x\n  " + TWO,
        LOCAL,
        8,
        "router_settings.redis_password",
    ),
    "the same merge keys, shared": (
        ANCHORS + CACHE + "router_settings:\n  <<: *r\n  " + TWO,
        WITHOUT_ROUTER,
        14,
        "router_settings.redis_host",
    ),
    "own keys above those of merge keys": (
        ANCHORS + CACHE + "router_settings:\n  <<: *r\n  redis_host: other\n  redis_port: 1\n  " + TWO,
        LOCAL,
        14,
        "router_settings.redis_host",
    ),
    "URL of a merge key beside the host": (
        "u: &u\n  redis_url: redis://redis\n" + CACHE + "router_settings:\n  <<: *u\n  " + TWO,
        REDIS,
        9,
        "router_settings.redis_url",
    ),
    "a timeout that stops LiteLLM": (
        ANCHORS + CACHE.replace("    type", "    <<: *p\n    <<: {}\n    type"),
        REDIS,
        11,
        "cache_params.connection_pool_timeout",
    ),
    "the same timeout, left out": (
        ANCHORS + CACHE.replace("    type", "    <<: *p\n    <<: {}\n    type"),
        wishes(leave_out=["connection_pool_timeout"], redis_url_env="REDIS_URL"),
        11,
        "cache_params.connection_pool_timeout",
    ),
    "TLS of a merge key": (
        ANCHORS + CACHE.replace("    type", "    <<: *h\n    <<: {}\n    type"),
        WITHOUT_TLS,
        11,
        "cache_params.ssl",
    ),
    "Redis in local mode": (
        ANCHORS + CACHE.replace("    type", "    <<: *h\n    <<: {}\n    type"),
        LOCAL,
        11,
        "cache_params.ssl",
    ),
}
#: The same with one merge key: it can.
GOES = {
    name: (text.replace("    <<: {}\n", "").replace("  " + TWO, ""), to)
    for name, (text, to, _line, _words) in STAYS.items()
}


@pytest.mark.parametrize("text, to", GOES.values(), ids=GOES)
def test_what_one_merge_key_brings_in_is_taken_away(text: str, to: CacheWishes) -> None:
    there = switch(text, to)
    assert "# <<: *" in there.candidate
    assert revert(there).candidate == text if there.journal else there.mode_before == there.mode_after


@pytest.mark.parametrize("text, to, line, words", STAYS.values(), ids=STAYS)
def test_what_cannot_be_taken_away_is_refused_with_its_line(text: str, to: CacheWishes, line: int, words: str) -> None:
    with pytest.raises(UnsupportedConfigError, match=f"line {line}: .*{words}.*one key a line") as caught:
        switch(text, to)
    assert caught.value.line == line


def test_a_literal_password_that_the_router_lacks_is_asked_for() -> None:
    text = CACHE + '    password: "S3cretS3cret"\nrouter_settings:\n  redis_host: redis\n  redis_port: 6379\n'
    line = text.split("\n").index("router_settings:") + 1
    with pytest.raises(
        UnsupportedConfigError, match=f"line {line}: router_settings.redis_password is missing"
    ) as caught:
        switch(text, CacheWishes.from_options({"mode": "redis"}))
    assert "S3cret" not in str(caught.value) and "merge key" not in str(caught.value)
    switch(text + '  redis_password: "S3cretS3cret"\n', CacheWishes.from_options({"mode": "redis"}))


def test_what_has_no_effect_in_the_mode_is_left_alone() -> None:
    local = "y: &p\n  host: redis\n" + CACHE.replace("redis\n    host: redis", "local\n    <<: *p\n    ttl: 5")
    assert not switch(local, LOCAL).changed
    half = ANCHORS + CACHE + "router_settings:\n  <<: *p\n  redis_host: redis\n"
    assert load(switch(half, LOCAL).candidate)["router_settings"] == {"connection_pool_timeout": 5}


def test_a_router_from_a_merge_key_that_is_what_is_wanted_is_enough() -> None:
    plan = switch(ANCHORS + CACHE + "router_settings:\n  <<: *r\n")
    assert "redis_host: redis\n  redis_db" not in plan.candidate
    assert load(plan.candidate)["router_settings"]["redis_host"] == "redis"


CLUSTER = wishes(redis_cluster_nodes=["a:1", "b:2"])
TLS = wishes(redis_tls={"enabled": True, "ca_file": "/ca.pem"})
DONE = {
    "redis": (switch(LIVE_REDIS, REDIS).candidate, REDIS),
    "url": (switch(NO_CACHE, wishes(redis_url_env="U")).candidate, wishes(redis_url_env="U")),
    "runbook": (switch(NO_CACHE, wishes(router="runbook")).candidate, wishes(router="runbook")),
    "cluster": (switch(NO_CACHE, CLUSTER).candidate, CLUSTER),
    "TLS": (switch(NO_CACHE, TLS).candidate, TLS),
    "local": (switch(NO_CACHE, wishes("local", ttl=7)).candidate, wishes("local", ttl=7)),
}
#: What is done to a right result, and the place that is told.
SPOILED = {
    "not on": ("redis", ("litellm_settings", "cache"), "true", "cache_params.type"),
    "not Redis": ("redis", ("litellm_settings", "cache_params", "type"), "s3", "cache_params.type"),
    "another host": ("redis", ("litellm_settings", "cache_params", "host"), "other", "cache_params.host"),
    "another database": ("redis", ("litellm_settings", "cache_params", "db"), 7, "cache_params.db"),
    "a timeout": ("redis", ("litellm_settings", "cache_params", "socket_timeout"), None, "cache_params.socket_timeout"),
    "another password": ("redis", ("litellm_settings", "cache_params", "password"), "x", "cache_params.password"),
    "another URL": ("url", ("litellm_settings", "cache_params", "url"), "redis://x", "cache_params.url"),
    "the router's URL": ("url", ("router_settings", "redis_url"), "redis://x", "router_settings.redis_url"),
    "the router's database": ("redis", ("router_settings", "redis_db"), 7, "router_settings.redis_db"),
    "the router's port": ("runbook", ("router_settings", "redis_port"), 7, "router_settings.redis_port"),
    "the router's timeout": (
        "redis",
        ("router_settings", "cache_kwargs", "socket_timeout"),
        1,
        "cache_kwargs.socket_timeout",
    ),
    "other nodes": (
        "cluster",
        ("litellm_settings", "cache_params", "redis_startup_nodes"),
        [{"host": "a", "port": 1}],
        "cache_params.redis_startup_nodes",
    ),
    "no TLS": ("TLS", ("litellm_settings", "cache_params", "ssl"), False, "cache_params.ssl"),
    "another CA": ("TLS", ("litellm_settings", "cache_params", "ssl_ca_certs"), None, "cache_params.ssl_ca_certs"),
    "no TLS for the router": ("TLS", ("router_settings", "cache_kwargs", "ssl"), None, "cache_kwargs.ssl"),
    "still Redis": ("local", ("litellm_settings", "cache_params", "type"), "redis", "cache_params.type"),
    "another ttl": ("local", ("litellm_settings", "cache_params", "ttl"), 9, "cache_params.ttl"),
}


@pytest.mark.parametrize("name", DONE)
def test_right_results_pass(name: str) -> None:
    text, to = DONE[name]
    require_outcome(YamlText(text), {}, load(text), to)


@pytest.mark.parametrize("name, place, value, words", SPOILED.values(), ids=SPOILED)
def test_wrong_results_do_not(name: str, place: tuple[str, ...], value: Any, words: str) -> None:
    text, to = DONE[name]
    model = copy.deepcopy(load(text))
    section = model
    for key in place[:-1]:
        section = section[key]
    section[place[-1]] = value
    with pytest.raises(UnsupportedConfigError, match=words):
        require_outcome(YamlText(text), {}, model, to)


MIN_01 = """\
litellm_settings:
  cache: {switch}
  cache_params:
    type: {type}
    host: redis
    port: 6379
    username: litellm
    password: os.environ/REDIS_PASSWORD
    ssl: true
    max_connections: 50
"""


@pytest.mark.parametrize("switch_token, kind", [("false", "redis"), ("true", "redis-semantic"), ("True", "s3")])
def test_login_and_tls_outlast_the_way_over_local(switch_token: str, kind: str) -> None:
    text = MIN_01.format(switch=switch_token, type=kind)
    local = switch(text, LOCAL)
    redis = switch(local.candidate, REDIS, stored(local.journal))
    model = load(redis.candidate)
    for section in (model["litellm_settings"]["cache_params"], model["router_settings"]["cache_kwargs"]):
        assert (section["username"], section["ssl"]) == ("litellm", True)
    assert model["litellm_settings"]["cache_params"]["max_connections"] == 50
    assert redis.candidate == switch(text, REDIS).candidate
    assert switch(redis.candidate, LOCAL, stored(redis.journal)).candidate == local.candidate


@pytest.mark.parametrize("lost, line", [(True, 7), (False, None)])
def test_without_a_journal_what_stays_a_comment_is_told(lost: bool, line: Optional[int]) -> None:
    local = switch(MIN_01.format(switch="false", type="redis"), LOCAL)
    redis = switch(local.candidate, REDIS, None if lost else stored(local.journal))
    told = [item for item in redis.findings if item["code"] == "commented_settings_unused"]
    assert [item["line"] for item in told] == ([line] if lost else [])
    assert all("username, ssl, max_connections" in item["message"] for item in told)
