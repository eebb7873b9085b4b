# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The candidates whose fate is predicted and then observed, and what is done to Redis for each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Callable

import redis
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed

MODELS = {
    "model_list": [
        {
            "model_name": "test-chat",
            "litellm_params": {
                "model": "openai/test-chat",
                "api_base": "http://upstream:8000/v1",
                "api_key": "not-checked",
            },
        }
    ]
}
#: Wanted waits, in seconds: short, so that LiteLLM's own default of 5 and no limit at all can be told from it.
WAIT = 1
HOST = {"type": "redis", "host": "redis", "port": 6379, "password": "os.environ/REDIS_PASSWORD", "db": 1, "ttl": 600}
TIMES = {"socket_timeout": WAIT, "socket_connect_timeout": WAIT}
URL = {"type": "redis", "url": "os.environ/CACHE_URL", "ttl": 600}
ROUTER = {"redis_host": "redis", "redis_port": 6379, "redis_password": "os.environ/REDIS_PASSWORD", "redis_db": 1}
LOCAL = {"type": "local", "ttl": 600}
# Without retry_on_timeout, which would double the wait that is measured.
QUERY = f"?socket_timeout={WAIT}&socket_connect_timeout={WAIT}&health_check_interval=30"
READER = "reader"


def configuration(params: dict[str, Any], router: dict[str, Any] | None = None) -> str:
    """Text of a config.yaml; JSON is YAML."""
    settings = {"cache": True, "cache_params": params, "telemetry": False}
    return json.dumps(dict(MODELS, litellm_settings=settings, router_settings=router or {}), indent=1)


def _nothing(_bed: Bed) -> None:
    """Redis stays as it is."""


def _full(bed: Bed) -> None:
    client = bed.redis()
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", "1mb")


def _roomy(bed: Bed) -> None:
    client = bed.redis()
    client.config_set("maxmemory", "64mb")
    client.config_set("maxmemory-policy", "allkeys-lru")


def _reader(bed: Bed) -> None:
    bed.redis().acl_setuser(READER, enabled=True, passwords=["+" + bed.redis_password], keys=["*"],
                            categories=["+@all"], commands=["-set"], reset=True)  # fmt: skip


def _no_reader(bed: Bed) -> None:
    bed.redis().acl_deluser(READER)


def _stop(bed: Bed) -> None:
    bed.container("redis").stop(timeout=10)


def _start(bed: Bed) -> None:
    bed.container("redis").start()


def _hang(bed: Bed) -> None:
    bed.container("redis").pause()


def _go_on(bed: Bed) -> None:
    bed.container("redis").unpause()


@dataclass(frozen=True)
class Case:
    """One candidate.

    ``environment`` are further variables of the proxy, where PASSWORD stands for the one of Redis. ``before`` and
    ``after`` do something to Redis, and undo it. ``timed`` is false where a request waits for the router's connection
    as well, so that its time does not tell that of the cache.
    """

    name: str
    params: dict[str, Any]
    router: dict[str, Any] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    before: Callable[[Bed], None] = _nothing
    after: Callable[[Bed], None] = _nothing
    timed: bool = True

    @property
    def text(self) -> str:
        """Its config.yaml."""
        return configuration(self.params, self.router)


CASES = (
    Case("host form", {**HOST, **TIMES}),
    Case("host form, router as in the runbook", {**HOST, **TIMES}, ROUTER, timed=False),
    Case(
        "host form, router consistent",
        {**HOST, **TIMES},
        {**ROUTER, "cache_kwargs": {"db": 1, **TIMES}},
    ),
    Case("host form, no timeout asked for", HOST),
    Case("host form, connection_pool_timeout", {**HOST, **TIMES, "connection_pool_timeout": 5}),
    Case("host form, a type that does not exist", {**HOST, "type": "reddis"}),
    Case("host form, wrong password", {**HOST, **TIMES, "password": "An-0ther-Passw0rd"}),
    Case("host form, no password anywhere", {**HOST, **TIMES, "password": ""}),
    Case("host form, no such database", {**HOST, **TIMES, "db": 99}),
    Case("host form, ssl: false", {**HOST, **TIMES, "ssl": False}),
    Case("host form, ssl_check_hostname without ssl", {**HOST, **TIMES, "ssl_check_hostname": False}),
    Case("host form, full memory", {**HOST, **TIMES}, before=_full, after=_roomy),
    Case("host form, user without SET", {**HOST, **TIMES, "username": READER}, before=_reader, after=_no_reader),
    Case("host form, Redis stopped", {**HOST, **TIMES}, before=_stop, after=_start),
    Case("host form, Redis hangs", {**HOST, **TIMES}, before=_hang, after=_go_on),
    Case(
        "host form, REDIS_URL exported",
        {**HOST, **TIMES},
        environment={"REDIS_URL": "redis://:PASSWORD@redis:6379/0"},
    ),
    Case("host form, REDIS_URL empty", {**HOST, **TIMES}, environment={"REDIS_URL": ""}),
    Case("host form, REDIS_DB exported", {**HOST, **TIMES}, environment={"REDIS_DB": "3"}),
    Case("host form, REDIS_MAX_CONNECTIONS", {**HOST, **TIMES}, environment={"REDIS_MAX_CONNECTIONS": "20"}),
    Case(
        "host form, REDIS_HEALTH_CHECK_INTERVAL", {**HOST, **TIMES}, environment={"REDIS_HEALTH_CHECK_INTERVAL": "30"}
    ),
    Case(
        "url form, timeouts in the file",
        {**URL, **TIMES},
        environment={"CACHE_URL": "redis://:PASSWORD@redis:6379/1"},
    ),
    Case(
        "url form, timeouts in the URL",
        URL,
        environment={"CACHE_URL": f"redis://:PASSWORD@redis:6379/1{QUERY}"},
    ),
    Case(
        "environment form",
        {"type": "redis", "ttl": 600},
        environment={"REDIS_HOST": "redis", "REDIS_PORT": "6379", "REDIS_DB": "2"},
    ),
)
EVERYTHING = frozenset(case.name for case in CASES)
#: What differs from version to version; the rest is a matter of the server.
BY_VERSION = frozenset(
    (
        "host form",
        "host form, router as in the runbook",
        "host form, router consistent",
        "host form, connection_pool_timeout",
        "host form, ssl: false",
        "host form, wrong password",
        "host form, REDIS_URL exported",
        "host form, REDIS_MAX_CONNECTIONS",
        "host form, REDIS_HEALTH_CHECK_INTERVAL",
        "url form, timeouts in the file",
        "url form, timeouts in the URL",
        "environment form",
    )
)
#: What is a matter of the server.
BY_SERVER = frozenset(
    (
        "host form",
        "host form, wrong password",
        "host form, no such database",
        "host form, full memory",
        "host form, user without SET",
    )
)
#: The pairs of `make predictions`; the versions and servers beside them are those of `make test-matrix`.
PAIRS = {
    "1.77.7": frozenset(
        (
            "host form, router consistent",
            "host form, connection_pool_timeout",
            "host form, no timeout asked for",
            "host form, wrong password",
            "host form, no such database",
            "host form, user without SET",
            "host form, full memory",
            "host form, Redis stopped",
            "host form, Redis hangs",
            "url form, timeouts in the URL",
            "environment form",
        )
    ),
    "1.80.0": EVERYTHING,
    "1.80.0-fixed-socket-timeout": frozenset(("host form", "url form, timeouts in the URL")),
    # With redis-py 8, as pip installs it.
    "1.106.2": frozenset(("host form", "url form, timeouts in the file", "environment form")),
    "1.110.2": frozenset(
        (
            "host form",
            "host form, router as in the runbook",
            "host form, connection_pool_timeout",
            "host form, wrong password",
            "host form, ssl_check_hostname without ssl",
            "host form, user without SET",
            "host form, REDIS_URL exported",
            "url form, timeouts in the file",
            "environment form",
        )
    ),
}
#: What `make test` has: each kind of prediction once, on the oldest version, whose start takes half the time of the newest's,
#: or on the newest, where that does something of its own.
DAILY = {
    # A database that is not there is refused as a password is, and a pool that waits is told as one wait among others.
    "1.77.7": PAIRS["1.77.7"] - {"host form, no such database", "host form, connection_pool_timeout"},
    "1.110.2": frozenset(
        (
            "host form, router as in the runbook",
            "host form, ssl_check_hostname without ssl",
            "host form, REDIS_URL exported",
            "url form, timeouts in the file",
        )
    ),
}
#: What a client of a Redis that is not there raises; a stopped container has no address.
REDIS_ERRORS = (redis.RedisError, OSError, StopIteration)
