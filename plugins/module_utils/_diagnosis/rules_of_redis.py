# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules about Redis, and the way to it.

Pure.
"""

from __future__ import annotations

from .facts import COMPLAINTS, DOES_NOT_EMPTY, NOT_CACHED, PLAYBOOK, SLOW, TIMEOUTS
from .findings import CERTAIN, LIKELY, POSSIBLE, Rule
from .of_redis import (
    database_refused,
    entries_without_end,
    failed_before,
    login_refused,
    not_permitted,
    place_unreadable,
    redis_crowded,
    redis_evicts,
    redis_full,
    redis_name_unknown,
    redis_silent,
    redis_slow,
    redis_stopped,
    redis_unreachable,
    waits_long,
)

#: What a trouble of Redis itself brings with it.
_OF_NO_REDIS = ("redis_failed_before", "redis_slow")

RULES: tuple[Rule, ...] = (
    Rule(
        "redis_stopped",
        COMPLAINTS,
        "The container of Redis does not run",
        redis_stopped,
        "Without Redis nothing is shared, and each request first waits for it.",
        "docker compose up -d {redis}, then " + f"{PLAYBOOK}verify; to do without it, {PLAYBOOK}rollback_local",
        CERTAIN,
        explains=("redis_name_unknown", "redis_unreachable", "redis_silent", *_OF_NO_REDIS),
    ),
    Rule(
        "redis_name_unknown",
        COMPLAINTS,
        "The proxy cannot look up the host of Redis",
        redis_name_unknown,
        "The name is wrong, Redis is in no network of the proxy, or its container is gone: a stopped one has no name.",
        "start Redis in a network of the proxy, or set litellm_cache_redis_host, then {apply}",
        CERTAIN,
        explains=_OF_NO_REDIS,
    ),
    Rule(
        "redis_unreachable",
        COMPLAINTS,
        "The proxy cannot connect to Redis",
        redis_unreachable,
        "Nobody listens at that address and port, TLS does not match, Redis still loads, or the network is cut.",
        "docker compose logs {redis}; correct litellm_cache_redis_host or litellm_cache_redis_port, then {apply}",
        CERTAIN,
        explains=_OF_NO_REDIS,
    ),
    Rule(
        "redis_silent",
        COMPLAINTS,
        "Redis does not answer",
        redis_silent,
        "It is paused, its host is overloaded, or one command holds up all others. Each request waits for its timeout.",
        f"docker compose restart {{redis}}, then {PLAYBOOK}verify; to do without it, {PLAYBOOK}rollback_local",
        CERTAIN,
        explains=_OF_NO_REDIS,
    ),
    Rule(
        "login_refused",
        COMPLAINTS,
        "Redis refuses the login of the proxy",
        login_refused,
        "The password was changed on one side alone. Connections that are open go on until they are made anew.",
        "give the proxy the password that Redis has (litellm_cache_redis_password_env), recreate its container, then {apply}",
        CERTAIN,
        explains=_OF_NO_REDIS,
    ),
    Rule(
        "database_refused",
        COMPLAINTS,
        "Redis has no such database",
        database_refused,
        "A Redis has 16 databases unless it is told otherwise, and a Cluster has one.",
        "{apply} -e litellm_cache_redis_db=1, or the number that is right",
        CERTAIN,
        explains=_OF_NO_REDIS,
    ),
    Rule(
        "place_unreadable",
        COMPLAINTS,
        "Where Redis is cannot be read",
        place_unreadable,
        "A URL whose password is not percent-encoded, or a list of nodes that is none, leads nowhere.",
        "as the evidence says, then {apply}",
        CERTAIN,
        explains=_OF_NO_REDIS,
    ),
    Rule(
        "redis_full",
        (NOT_CACHED, SLOW),
        "The memory of Redis is full, and it takes no entry",
        redis_full,
        "With the policy noeviction, or where no key may be evicted, a full Redis refuses each write.",
        "raise maxmemory, or set maxmemory-policy to allkeys-lru; for now, " + f"{PLAYBOOK}flush_cache",
        CERTAIN,
        explains=("redis_failed_before", "redis_evicts"),
    ),
    Rule(
        "not_permitted",
        (NOT_CACHED, DOES_NOT_EMPTY),
        "Redis does not permit what the cache needs",
        not_permitted,
        "The ACL of the proxy's user leaves a command out.",
        "allow the user the command for the keys of the cache (ACL SETUSER), then " + f"{PLAYBOOK}verify",
        LIKELY,
        explains=("redis_failed_before",),
    ),
    Rule(
        "redis_evicts",
        (NOT_CACHED,),
        "Redis throws entries away before their time",
        redis_evicts,
        "Its memory is full, so each new entry costs an old one.",
        "raise maxmemory, or shorten litellm_cache_ttl; a database that others fill needs a Redis of its own",
        LIKELY,
    ),
    Rule(
        "redis_slow",
        (SLOW, TIMEOUTS),
        "Redis is slow",
        redis_slow,
        "Redis works on one command at a time: a long one, a busy host or a far network holds up each request.",
        "find the slow command (redis-cli SLOWLOG GET), or move Redis nearer",
        LIKELY,
        explains=("redis_failed_before",),
    ),
    Rule(
        "redis_crowded",
        (TIMEOUTS, NOT_CACHED),
        "Redis has no connections left",
        redis_crowded,
        "Beyond maxclients it refuses new connections.",
        "raise maxclients of Redis, or set litellm_cache_max_connections",
        LIKELY,
    ),
    Rule(
        "entries_without_end",
        (DOES_NOT_EMPTY,),
        "Cached answers have no end",
        entries_without_end,
        "They were written without a time to live, and stay until they are removed.",
        f"{PLAYBOOK}flush_cache",
        LIKELY,
    ),
    Rule(
        "waits_long",
        (TIMEOUTS, SLOW),
        "A Redis that hangs holds up requests for long",
        waits_long,
        "Each request waits for Redis as long as the timeouts in effect allow, and then goes on without it.",
        "{apply} -e litellm_cache_socket_timeout=5 -e litellm_cache_socket_connect_timeout=5",
        POSSIBLE,
        asked=True,
    ),
    Rule(
        "redis_failed_before",
        (TIMEOUTS, NOT_CACHED, SLOW),
        "Redis failed before, and answers now",
        failed_before,
        "What could not be stored or read at that time was a miss. Newer versions of LiteLLM leave Redis alone for a while then.",
        f"{PLAYBOOK}verify; with litellm_cache_diagnose_since only what comes after a time is looked at",
        POSSIBLE,
    ),
)
