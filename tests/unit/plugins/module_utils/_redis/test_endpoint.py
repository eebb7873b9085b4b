# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Redis is, by options and by cache_params."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._module import REDIS
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.endpoint import (
    Endpoint,
    EndpointError,
    endpoint_of_cache_params,
    endpoint_of_options,
    with_options,
)


def options(**given: Any) -> dict[str, Any]:
    """Options of a module, unset but for those."""
    return {**dict.fromkeys(REDIS), **given}


@pytest.mark.parametrize(
    ("cache_params", "place", "password"),
    [
        ({"host": "redis", "port": "6380", "db": 1, "password": "p"}, "redis:6380/1", "p"),
        ({"host": "redis"}, "redis:6379/0", None),
        ({"url": "redis://u:p%40ss@r.example:6390/3?socket_timeout=30"}, "r.example:6390/3", "p@ss"),
        ({"url": "redis://r.example/2?password=p"}, "r.example:6379/2", "p"),
        ({"url": "redis://r.example"}, "r.example:6379/0", None),
        ({"url": "unix:///run/redis.sock?db=2"}, "/run/redis.sock/2", None),
        ({"redis_startup_nodes": [{"host": "a", "port": "7000"}, {"host": "b", "port": 7001}]}, "cluster a:7000,b:7001", None),
        ({"sentinel_nodes": [["s", 26379]], "service_name": "main", "password": "p"}, "s:26379/main/0", "p"),
    ],
)  # fmt: skip
def test_endpoint_of_cache_params(cache_params: dict[str, Any], place: str, password: str | None) -> None:
    endpoint = endpoint_of_cache_params(cache_params)
    assert (str(endpoint), endpoint.password) == (place, password)
    assert "p@ss" not in repr(endpoint)


def test_a_login_of_a_url_has_a_hint_for_its_refusal() -> None:
    of_url = endpoint_of_cache_params({"url": "redis://:pa%41ss@redis"})
    assert of_url.password == "paAss" and "percent-encoded" in of_url.login_hint
    assert endpoint_of_cache_params({"host": "redis", "password": "paAss"}).login_hint == ""
    assert with_options(of_url, options(), "another").login_hint == ""


def test_tls_of_cache_params() -> None:
    given = endpoint_of_cache_params({"host": "r", "ssl": True, "ssl_ca_certs": "/ca.pem", "ssl_cert_reqs": "none"}).tls
    assert given is not None and (given.ca_file, given.verify, given.check_hostname) == ("/ca.pem", False, True)
    assert endpoint_of_cache_params({"host": "r", "ssl": "False"}).tls is None
    url = endpoint_of_cache_params({"url": "rediss://r?ssl_ca_certs=/ca.pem&ssl_check_hostname=false"}).tls
    assert url is not None and (url.ca_file, url.check_hostname) == ("/ca.pem", False)


def test_a_database_is_named_or_not() -> None:
    assert not endpoint_of_cache_params({"host": "r"}).db_named
    assert endpoint_of_cache_params({"host": "r", "db": 0}).db_named
    named = endpoint_of_options(options(redis_host="r", redis_db=0), None)
    assert named is not None and named.db_named


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"redis_host": "r", "redis_db": -1}, "redis_db"),
        ({"redis_host": "r", "redis_port": 0}, "redis_port"),
        ({"redis_sentinel_nodes": ["s"]}, "redis_sentinel_service"),
        ({"redis_cluster_nodes": ["a:b"]}, "redis_cluster_nodes"),
        ({"redis_cluster_nodes": ["a"], "redis_db": 1}, "redis_db"),
        ({"redis_cluster_nodes": ["a", "redis://:S3cr3t@b"]}, "redis_cluster_nodes"),
        ({"redis_sentinel_nodes": ["//:S3cr3t@b"]}, "redis_sentinel_nodes"),
        ({"redis_host": "redis://:S3cr3t@redis:6379/1"}, "redis_host"),
        ({"redis_host": "S3cr3t@Hunter2/x9"}, "redis_host"),
        ({"redis_socket": "unix://:S3cr3t@/run/redis.sock"}, "redis_socket"),
    ],
)
def test_options_that_cannot_be(given: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as raised:
        endpoint_of_options(options(**given), None)
    assert raised.value.context["option"] == option
    assert "S3cr3t" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "code"), [("redis://:S3cr3t@Hunter2/x9@redis:6379/1", "redis_url"), ("http://S3cr3t", "redis_url_scheme")]
)
def test_a_url_that_cannot_be_read_is_named_and_not_told(url: str, code: str) -> None:
    with pytest.raises(EndpointError, match="^the URL in REDIS_URL |^the URL in cache_params.url ") as raised:
        endpoint_of_cache_params({"url": url}, "REDIS_URL")
    assert raised.value.context["code"] == code
    assert "unter2" not in str(raised.value) and "S3cr3t" not in str(raised.value)


def test_options_leave_it_open() -> None:
    assert endpoint_of_options(options(redis_db=1), None) is None
    assert Endpoint(nodes=(("redis", 6379),), addresses=(("redis", "172.18.0.3"),)).address_of("redis") == "172.18.0.3"
