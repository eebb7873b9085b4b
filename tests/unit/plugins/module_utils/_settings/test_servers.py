# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of several servers and of TLS: what they must be, and what they come to in the file."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.servers import (
    TlsWishes,
    cluster_nodes,
    read_nodes,
    sentinel_nodes,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    NO_CACHE,
    RUNBOOK,
    load,
    revert,
    stored,
    switch,
    wishes,
)

FILES = {"ca_file": "/tls/ca.crt", "cert_file": "/tls/client.crt", "key_file": "/tls/client.key"}


def test_nodes() -> None:
    texts = ["one", "two:7001", "[fd00::1]:7002", "two:7001"]
    assert read_nodes("nodes", texts, 6379) == (("one", 6379), ("two", 7001), ("fd00::1", 7002))


@pytest.mark.parametrize(
    "text", ["", ":7000", "one:", "one:x", "one:0", "one:65536", "a b", "redis://one", "u:p@one:1"]
)
def test_what_is_no_node_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_nodes("redis_cluster_nodes", [text], 6379)
    assert "each node must be HOST or HOST:PORT" in str(caught.value) and "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"redis_cluster_nodes": ["a"], "redis_sentinel_nodes": ["b"]}, "redis_cluster_nodes and redis_sentinel_nodes"),
        ({"redis_cluster_nodes": ["a"], "redis_url_env": "U"}, "redis_cluster_nodes and redis_url_env"),
        ({"redis_cluster_nodes": ["a"], "redis_form": "host"}, "redis_cluster_nodes and redis_form"),
        ({"redis_sentinel_nodes": ["a"], "redis_host": "r"}, "redis_sentinel_nodes and redis_host"),
        ({"redis_cluster_nodes": ["a"], "redis_db": 3}, "a Redis Cluster has database 0 alone, not 3"),
        ({"redis_sentinel_nodes": ["a"]}, "redis_sentinel_nodes needs redis_sentinel_service"),
        ({"redis_sentinel_service": "s"}, "redis_sentinel_service needs redis_sentinel_nodes"),
        ({"redis_sentinel_password_env": "S"}, "redis_sentinel_password_env needs redis_sentinel_nodes"),
        ({"redis_tls": {"ca_file": "ca.crt"}}, "absolute paths"),
        ({"redis_tls": {"cert_file": "/c"}}, "cert_file and key_file go together"),
        ({"redis_tls": {"validate_certs": False, "check_hostname": True}}, "neither ca_file nor check_hostname"),
        ({"redis_tls": {"enabled": False, "ca_file": "/c"}}, "with enabled false nothing else"),
        ({"redis_tls": {"enabled": True}, "redis_url_env": "U"}, "redis_tls does not go with the form url"),
    ],
)
def test_each_bad_combination_is_one_clear_error(options: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError) as caught:
        switch(NO_CACHE, wishes(**options))
    assert says in str(caught.value)


def test_two_places_keep_nobody_from_going_to_local() -> None:
    both = {"redis_cluster_nodes": ["a"], "redis_sentinel_nodes": ["b"], "redis_url_env": "U"}
    assert not switch(NO_CACHE, wishes("local", **both)).cache["redis"]["host"]


def values(params: dict[str, Any], **option: Any) -> dict[str, Any]:
    wanted = TlsWishes.from_option("redis_tls", option).wanted(params)
    return {item.key: item.value for item in wanted if not (item.default and params.get(item.key) is not None)}


def test_tls_in_the_file() -> None:
    every = {
        "ssl": True,
        "ssl_ca_certs": "/tls/ca.crt",
        "ssl_certfile": "/tls/client.crt",
        "ssl_keyfile": "/tls/client.key",
    }
    assert values({}, **FILES) == {**every, "ssl_check_hostname": True}
    assert values({}, enabled=True, ca_file="") == {"ssl": True, "ssl_check_hostname": True}
    assert values({}, enabled=False) == {}
    # redis-py refuses to check the name in a certificate that it does not check.
    unchecked = {"ssl": True, "ssl_check_hostname": False}
    assert values({}, validate_certs=False) == {**unchecked, "ssl_cert_reqs": "none"}
    assert values({"ssl_cert_reqs": None}) == unchecked
    # What the file says of its own stays, where no option says otherwise.
    assert values({"ssl_check_hostname": False}) == {"ssl": True}
    assert values({"ssl_cert_reqs": "none"}, validate_certs=True) == {
        "ssl": True,
        "ssl_check_hostname": True,
        "ssl_cert_reqs": "required",
    }


def test_the_same_servers_in_another_order_or_spelling_are_the_same() -> None:
    cluster = cluster_nodes((("one", 7000), ("two", 7001)))
    assert cluster.same_as([{"port": "7001", "host": "two"}, {"host": "one", "port": 7000}])
    assert not cluster.same_as([{"host": "one", "port": 7000}])
    assert not cluster.same_as("one:7000") and not cluster.same_as([["one", 7000, 1]])
    assert sentinel_nodes((("one", 26379),)).same_as([["one", "26379"]])


GROUPS = {
    "cluster": {"redis_cluster_nodes": ["node1:7001", "node2:7002"], "redis_tls": FILES},
    "sentinel": {
        "redis_sentinel_nodes": ["s1", "s2:26380"],
        "redis_sentinel_service": "cache",
        "redis_sentinel_password_env": "SENTINEL_PASSWORD",
    },
}
IN_FILE = {
    "cluster": {
        "redis_startup_nodes": [{"host": "node1", "port": 7001}, {"host": "node2", "port": 7002}],
        "ssl": True,
        "ssl_ca_certs": "/tls/ca.crt",
        "ssl_check_hostname": True,
    },
    "sentinel": {
        "sentinel_nodes": [["s1", 26379], ["s2", 26380]],
        "service_name": "cache",
        "sentinel_password": "os.environ/SENTINEL_PASSWORD",
    },
}
#: A file whose lists have one item a line.
BLOCK = NO_CACHE.replace("model_list: []", "team_alias:\n  - one\n  - two")


@pytest.mark.parametrize("form", GROUPS)
@pytest.mark.parametrize("text", [NO_CACHE, BLOCK, RUNBOOK])
def test_the_way_there_and_back_is_exact(form: str, text: str) -> None:
    plan = switch(text, wishes(redis_username="app", **GROUPS[form]))
    params = load(plan.candidate)["litellm_settings"]["cache_params"]
    assert {**IN_FILE[form], "username": "app", "password": "os.environ/REDIS_PASSWORD"}.items() <= params.items()
    assert not {"host", "port", "db", "url"} & set(params)
    assert plan.cache["form"] == form and not plan.cache["router"]["own_connection"]
    assert revert(plan).candidate == text
    local = switch(plan.candidate, wishes("local"), stored(plan.journal))
    if text is RUNBOOK:
        assert local.candidate == text


def test_from_one_server_to_a_cluster_and_on_to_sentinels_the_login_stays() -> None:
    host = switch(NO_CACHE, wishes(redis_username="app"))
    cluster = switch(host.candidate, wishes(redis_password_env="", **GROUPS["cluster"]), stored(host.journal))
    params = load(cluster.candidate)["litellm_settings"]["cache_params"]
    assert (params["username"], params["password"]) == ("app", "os.environ/REDIS_PASSWORD") and "host" not in params
    assert not load(cluster.candidate)["router_settings"]
    sentinel = switch(cluster.candidate, wishes(**GROUPS["sentinel"]), stored(cluster.journal))
    params = load(sentinel.candidate)["litellm_settings"]["cache_params"]
    assert "redis_startup_nodes" not in params and params["ssl"] is True
    assert revert(sentinel).candidate == NO_CACHE


def test_tls_goes_to_the_router_too_and_both_can_be_taken_out_again() -> None:
    tls = switch(NO_CACHE, wishes(redis_tls=FILES))
    for section in (load(tls.candidate)["litellm_settings"]["cache_params"], _kwargs(tls.candidate)):
        assert section["ssl"] is True and section["ssl_keyfile"] == "/tls/client.key"
    plain = switch(tls.candidate, wishes(redis_tls={"enabled": False}))
    for section in (load(plain.candidate)["litellm_settings"]["cache_params"], _kwargs(plain.candidate)):
        assert not {"ssl", "ssl_ca_certs", "ssl_check_hostname"} & set(section)


def _kwargs(text: str) -> dict[str, Any]:
    return load(text)["router_settings"]["cache_kwargs"]
