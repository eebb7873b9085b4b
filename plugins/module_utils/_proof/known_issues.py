# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known to go wrong between LiteLLM and Redis, version by version.

The table explains what was observed, it never decides: a verdict rests on the observation. "Measured" was seen on a
running proxy, or on the clients that LiteLLM built, of the versions 1.72.9 to 1.106.2; "code" was read in the
installed package; "issue" is a thread of github.com/BerriAI/litellm.
"""

from __future__ import annotations

from .group_issues import GROUP_ISSUES
from .issue import KnownIssue, Seen

_QUERY = "?socket_timeout=30&socket_connect_timeout=10&health_check_interval=30&retry_on_timeout=yes"

KNOWN_ISSUES: tuple[KnownIssue, ...] = (
    # -- cache_params ---------------------------------------------------------------------------------------------
    KnownIssue(
        "LITELLM-UNKNOWN-KEY-STOPS-START",
        "A key of cache_params that the Redis client does not know stops LiteLLM",
        "The proxy ends at its start with TypeError: got an unexpected keyword argument. connection_pool_timeout is one.",
        "leave the key out; the pool timeout is the environment variable REDIS_CONNECTION_POOL_TIMEOUT",
        "measured, host form, every version from 1.72.9 to 1.106.2",
        observed_as=(Seen("key_left_out"),),
    ),
    KnownIssue(
        "LITELLM-FIXED-SOCKET-TIMEOUT",
        "The cache waits 5 s for Redis, whatever socket_timeout says",
        "A Redis that hangs delays each request for 5 s. 5.0 is the default of LiteLLM's RedisCache in every version; "
        "the tag v1.80.0.rc.1 is said to ignore the setting as well.",
        "use another image; or the url form with socket_timeout in the URL",
        "default: code, 1.72.9 to 1.106.2, from pull request 9322; the tag: runbook of ERNI-KI, on no registry to check",
        tags=("v1.80.0.rc.1",),
        observed_as=(Seen("ineffective", "cache", "socket_timeout", "host"),),
    ),
    KnownIssue(
        "LITELLM-URL-DROPS-TIMEOUTS",
        "In the url form the timeouts of cache_params are ignored",
        "Without a timeout in the URL a Redis that hangs delays each request for as long as it hangs.",
        f"let the value of the URL end in {_QUERY}; or use the host form",
        "measured on 1.72.9 to 1.90.7; 1.99.4 heeds them (pull request 35273)",
        last="1.98.99",
        observed_as=(
            Seen("ineffective", "cache", "socket_timeout", "url"),
            Seen("ineffective", "cache", "socket_connect_timeout", "url"),
            Seen("ineffective", "cache", "health_check_interval", "url"),
            Seen("ineffective", "cache", "retry_on_timeout", "url"),
        ),
    ),
    KnownIssue(
        "LITELLM-URL-DROPS-POOL-SIZE",
        "In the url form max_connections does not reach every client",
        "Up to 1.81.0 no client has it, up to 1.90.7 only the one that serves requests.",
        "put max_connections into the query of the URL; or use the host form",
        "measured on 1.72.9 to 1.90.7",
        last="1.98.99",
        observed_as=(Seen("ineffective", "cache", "max_connections", "url"),),
    ),
    KnownIssue(
        "LITELLM-URL-DROPS-LOGIN",
        "In the url form password and db beside the URL are ignored",
        "The client logs in, and selects the database, as the URL says.",
        "write the login and the database into the URL",
        "measured on 1.72.9 to 1.106.2",
        observed_as=(Seen("misplaced", "cache", "db", "url"), Seen("ineffective", "cache", "password", "url")),
    ),
    KnownIssue(
        "LITELLM-SSL-FALSE-MEANS-TLS",
        "ssl: false makes the client that serves requests speak TLS",
        "Every request of the proxy to a plain Redis times out, nothing is ever cached, and nothing fails.",
        "remove ssl: false from cache_params",
        "measured on 1.72.9 to 1.90.7; 1.99.4 has it mended (issue 10949)",
        last="1.98.99",
        observed_as=(Seen("ineffective", "cache", "ssl"),),
    ),
    KnownIssue(
        "LITELLM-TLS-KEYS-WITHOUT-SSL",
        "ssl_* keys without ssl: true break the client that serves requests",
        "Each operation ends with an unexpected keyword argument, such as ssl_cert_reqs.",
        "set ssl: true as well, or remove the ssl_* keys",
        "measured on 1.72.9 to 1.106.2",
        observed_as=(Seen("async_broken", "cache"),),
    ),
    KnownIssue(
        "REDIS-PY-TLS-NAME-UNCHECKED",
        "With redis-py 5.2.1 the host name in the server's certificate is not checked",
        "Any certificate of the same authority is taken. redis-py 8.1 checks it, so the same file can fail after an upgrade.",
        "set ssl_check_hostname: true in cache_params, and give the certificate the right name",
        "measured with redis-py 5.2.1 and 8.1.0",
        observed_as=(Seen("certificate_name_unchecked"),),
    ),
    *GROUP_ISSUES,
    # -- the router -----------------------------------------------------------------------------------------------
    KnownIssue(
        "LITELLM-ROUTER-DB-IGNORED",
        "router_settings.redis_db is ignored",
        "The router keeps its state in database 0, beside whatever else is there.",
        "set litellm_cache_router to consistent or none",
        "measured up to 1.81.0; 1.83.14 heeds it, with a warning (pull request 19808)",
        last="1.83.13",
        observed_as=(Seen("misplaced", "router", "db"),),
    ),
    KnownIssue(
        "LITELLM-ROUTER-URL-DROPS-KWARGS",
        "With router_settings.redis_url the timeouts of cache_kwargs are ignored",
        "The router waits for a Redis that hangs without a limit.",
        f"let the value of the URL end in {_QUERY}",
        "measured on 1.72.9 to 1.90.7; 1.99.4 heeds them",
        last="1.98.99",
        observed_as=(Seen("ineffective", "router", None, "url"), Seen("misplaced", "router", None, "url")),
    ),
    KnownIssue(
        "LITELLM-SHARED-ASYNC-CLIENT",
        "Cache and router end up on one client",
        "After some twenty minutes entries of the cache go to the router's database, with the router's timeout of 5 s.",
        "set litellm_cache_router to consistent or none",
        "measured on 1.72.9 to 1.80.5, live on 1.80.5 with 16 of 99 entries after 1212 s; code up to 1.80.10",
        last="1.80.10",
        observed_as=(Seen("shared_client"),),
    ),
    # -- the environment ------------------------------------------------------------------------------------------
    KnownIssue(
        "LITELLM-REDIS-URL-WINS",
        "REDIS_URL in the proxy's environment overrides host and db of the file, and drops the timeouts",
        "Entries go to the database of that URL, which is 0 when it names none.",
        "do not export REDIS_URL to the proxy; or set litellm_cache_redis_url_env to REDIS_URL (the url form) and let its "
        f"value end in {_QUERY}",
        "measured on 1.72.9 to 1.90.7; from 1.99.4 the file wins",
        last="1.98.99",
        observed_as=(
            Seen("misplaced", "cache", variable="REDIS_URL"),
            Seen("ineffective", "cache", variable="REDIS_URL"),
            Seen("misplaced", "router", variable="REDIS_URL"),
        ),
    ),
    KnownIssue(
        "LITELLM-NUMBERS-IN-ENVIRONMENT-ARE-TEXT",
        "Numbers in REDIS_* variables reach the client as text",
        "REDIS_MAX_CONNECTIONS stops the start; REDIS_SOCKET_CONNECT_TIMEOUT and REDIS_HEALTH_CHECK_INTERVAL break the "
        "client that serves requests.",
        "do not export the variable; write the value into cache_params",
        "measured on 1.72.9 to 1.83.14; ignored by 1.90.7 and 1.99.4 with redis-py 8.1, mended in 1.106.2",
        last="1.89.99",
        observed_as=(
            Seen("async_broken", "cache", variable="REDIS_SOCKET_CONNECT_TIMEOUT"),
            Seen("async_broken", "cache", variable="REDIS_HEALTH_CHECK_INTERVAL"),
            Seen("async_broken", "cache", variable="REDIS_SOCKET_TIMEOUT"),
        ),
    ),
    KnownIssue(
        "LITELLM-SSL-IN-ENVIRONMENT",
        "REDIS_SSL makes the client speak TLS, also with the value False",
        "Every request of the proxy to a plain Redis times out.",
        "do not export REDIS_SSL",
        "measured on 1.72.9 to 1.83.14; from 1.106.2 False means no TLS",
        last="1.105.99",
        observed_as=(
            Seen("ineffective", "cache", "ssl", variable="REDIS_SSL"),
            Seen("async_broken", "cache", variable="REDIS_SSL"),
        ),
    ),
    KnownIssue(
        "LITELLM-CLUSTER-IN-ENVIRONMENT",
        "REDIS_CLUSTER_NODES overrides the host of the file",
        "LiteLLM looks for a Redis Cluster there.",
        "do not export REDIS_CLUSTER_NODES",
        "measured on 1.72.9 to 1.106.2",
        observed_as=(Seen("misplaced", "cache", variable="REDIS_CLUSTER_NODES"),),
    ),
    KnownIssue(
        "LITELLM-SENTINEL-IN-ENVIRONMENT",
        "REDIS_SENTINEL_NODES overrides the host of the file",
        "LiteLLM asks that Sentinel; 1.106.2 does not start.",
        "do not export REDIS_SENTINEL_NODES",
        "measured on 1.72.9 to 1.106.2",
        observed_as=(Seen("misplaced", "cache", variable="REDIS_SENTINEL_NODES"),),
    ),
    KnownIssue(
        "LITELLM-USERNAME-IN-ENVIRONMENT",
        "REDIS_USERNAME is used when cache_params name no user",
        "The login fails, and nothing is cached.",
        "do not export REDIS_USERNAME, or write the user into cache_params",
        "measured on 1.72.9 to 1.83.14 and 1.106.2",
        observed_as=(Seen("async_broken", "cache", variable="REDIS_USERNAME"),),
    ),
    KnownIssue(
        "LITELLM-ENVIRONMENT-IGNORED",
        "REDIS_* variables are ignored with redis-py 8",
        "cache_params that leave host or password to the environment stop the start, or log in without a password.",
        "write host, port, db and os.environ/NAME for the password into cache_params, as this collection does",
        "measured on 1.90.7 and 1.99.4 with redis-py 8.1 (issue 30644)",
        first="1.84.0",
        last="1.105.99",
        needs=("redis", "environment", "redis-py 8"),
    ),
    KnownIssue(
        "LITELLM-TIMEOUT-IN-ENVIRONMENT",
        "REDIS_SOCKET_TIMEOUT has no effect",
        "The default of 5 s stays.",
        "write socket_timeout into cache_params",
        "measured on 1.72.9 to 1.106.2 (issue 20231)",
        needs=("redis", "REDIS_SOCKET_TIMEOUT"),
    ),
    KnownIssue(
        "LITELLM-COORDINATION-REDIS",
        "With REDIS_HOST in the environment the proxy talks to Redis also in the local mode",
        "Rate limits, spend and router state go to database 0, although the cache is local.",
        "do not export REDIS_HOST, or set general_settings.coordination_redis",
        "measured on 1.106.2 (pull request 32635)",
        first="1.99.0",
        needs=("local", "REDIS_HOST"),
    ),
    KnownIssue(
        "LITELLM-SPEND-BUFFER-NEEDS-REDIS",
        "general_settings.use_redis_transaction_buffer needs Redis, also where the cache is local",
        "With a local cache LiteLLM 1.106.2 ends at its start; 1.80.0 starts, and counts no spend from then on.",
        "set use_redis_transaction_buffer: false in general_settings before the way to local; newer versions also take "
        "the Redis of REDIS_HOST or of general_settings.coordination_redis",
        "measured on 1.80.0, 1.106.2 and 1.110.2 (issues 19163 and 28606, pull requests 23019 and 28764)",
        observed_as=(Seen("spend_buffer_without_redis"),),
    ),
    # -- LiteLLM's database ---------------------------------------------------------------------------------------
    KnownIssue(
        "LITELLM-STORED-ROW-WINS",
        "Cache settings saved in LiteLLM's database replace those of the file",
        "At a start, or up to 30 s later, the proxy has another cache than its file says.",
        "remove the cache settings in LiteLLM's admin interface, or the row of its table LiteLLM_CacheConfig; or list "
        "general_settings.supported_db_objects without cache_settings, and restart the proxy",
        "measured on 1.80.0 with PostgreSQL; code, 1.79.3 to 1.110.2 (pull request 38646 is open)",
        first="1.79.0",
        observed_as=(Seen("stored_row"),),
    ),
    KnownIssue(
        "LITELLM-STORED-MODELS-LOSE-CACHE",
        "With store_model_in_db the router can forget to use the cache",
        "The Redis cache is never hit.",
        "set litellm_settings.cache in the file, and verify after a change of models",
        "issue 32106 (1.89.4 and 1.90.3)",
        first="1.89.0",
        last="1.90.99",
        needs=("redis", "database"),
    ),
    # -- at work --------------------------------------------------------------------------------------------------
    KnownIssue(
        "LITELLM-START-WAITS-FOR-REDIS",
        "With redis-py 8 the start waits for a Redis that hangs",
        "Some 22 times socket_timeout until the proxy answers, 8 s when Redis is down: 30 s mean eleven minutes. With the "
        "redis-py of the official images, 5.3.1, it is twice socket_timeout, and nothing when Redis is down.",
        "keep socket_timeout small, and see that Redis answers before a restart; the proof does",
        "measured on 1.93.0, 1.99.4, 1.106.2 and 1.110.2 with redis-py 8.1; on 1.93.0 and 1.110.2 with 5.3.1",
        needs=("redis", "redis-py 8"),
    ),
    KnownIssue(
        "LITELLM-ANSWERS-IN-LOG",
        "A failed write to Redis puts the whole answer of the model into the log",
        "Completions can be read in the container's log.",
        "upgrade; this collection never passes on such a line",
        "measured on 1.80.0; clean on 1.106.2; not tried in between",
        last="1.80.99",
    ),
    KnownIssue(
        "LITELLM-MEMORY-TIER-OUTLIVES-FLUSH",
        "Each process answers from its memory although Redis was emptied",
        "Up to 200 entries, for up to 600 s, also with Redis down or the password wrong.",
        "restart every instance after emptying the cache",
        "measured on 1.77.7 to 1.106.2",
        first="1.73.0",
    ),
    KnownIssue(
        "LITELLM-FLUSHALL-EMPTIES-SERVER",
        "LiteLLM's /cache/flushall empties every database of the Redis server",
        "Data of other applications on that server is lost.",
        "never call it",
        "measured on 1.80.0 and 1.106.2",
    ),
    KnownIssue(
        "LITELLM-CIRCUIT-BREAKER",
        "After five failures LiteLLM leaves Redis alone for 60 s",
        "Nothing is cached for up to a minute after Redis is back.",
        "wait; or lower REDIS_CIRCUIT_BREAKER_RECOVERY_TIMEOUT",
        "measured on 1.106.2; code from 1.83.14 (pull request 24181)",
        first="1.83.0",
    ),
    KnownIssue(
        "LITELLM-NO-HIT-HEADER",
        "A hit is not told by a header",
        "x-litellm-cache-key is missing: before 1.79 always, before 1.83 for streams, and for embeddings in every version.",
        "compare the id of two answers, as this collection does; an embedding has none, and x-litellm-response-duration-ms "
        "goes with one of a model, not with a hit; nor do headers of the provider (llm_provider-...), of any kind of answer",
        "measured on 1.72.9 to 1.110.2 (issue 8570, pull request 15348)",
        last="1.83.13",
    ),
    KnownIssue(
        "LITELLM-CACHE-WITHOUT-TYPE",
        "cache_params without a type cache locally, an empty cache_params stops the start",
        "Nothing reaches Redis, or the proxy ends at its start.",
        "write type: redis, as this collection does",
        "measured on 1.72.9 to 1.106.2 (issue 26233)",
        needs=("none",),
    ),
    KnownIssue(
        "LITELLM-HEALTH-SAYS-CONFIGURED",
        "/health/readiness tells the configured cache, not a working one",
        "It says redis with Redis dead; from 1.90 it says nothing without a key.",
        "prove the cache by requests, as verify does",
        "measured on 1.72.9 to 1.106.2",
    ),
)
