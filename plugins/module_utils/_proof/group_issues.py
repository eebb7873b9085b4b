# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known to go wrong between LiteLLM and several servers of Redis: a Cluster, or one behind Sentinels.

A part of the table of known issues, under its rules.
"""

from __future__ import annotations

from .issue import KnownIssue, Seen


def _dropped(form: str, *settings: str) -> tuple[Seen, ...]:
    return tuple(Seen("ineffective", "cache", setting, form) for setting in settings)


_WAITS = ("socket_timeout", "socket_connect_timeout", "health_check_interval", "retry_on_timeout", "max_connections")

GROUP_ISSUES: tuple[KnownIssue, ...] = (
    KnownIssue(
        "LITELLM-SENTINEL-LOGIN-LOST",
        "Through Sentinels the login of cache_params does not reach the Redis",
        "Nothing is cached. The Redis gets sentinel_password in the place of password, the Sentinels get none, and a user "
        "gets lost.",
        "let litellm_cache_redis_sentinel_password_env name the variable with the password of the Redis, where the Sentinels "
        "want none; or name the Redis in the host form; or upgrade",
        "measured on 1.77.7 and 1.80.0 with redis-py 5.2.1, both ways; 1.106.2 passes the login on",
        last="1.106.1",
        observed_as=(*_dropped("sentinel", "password", "username"), Seen("async_broken", "cache", form="sentinel")),
    ),
    KnownIssue(
        "LITELLM-SENTINEL-GETS-SETTINGS-OF-REDIS",
        "The Sentinels are asked with the user and the database of the Redis",
        "Nothing is cached: they do not know that user with the password of the Sentinels, and never SELECT.",
        "leave litellm_cache_redis_username empty, and remove username and db from cache_params",
        "measured on 1.106.2 with redis-py 8.1",
        first="1.106.2",
        observed_as=(Seen("async_broken", "cache", form="sentinel"),),
    ),
    KnownIssue(
        "LITELLM-SENTINEL-DATABASE-IGNORED",
        "Behind Sentinels db is ignored",
        "Entries go to database 0.",
        "remove db from cache_params",
        "measured on 1.77.7 and 1.80.0 with redis-py 5.2.1",
        last="1.106.1",
        observed_as=(Seen("misplaced", "cache", "db", "sentinel"),),
    ),
    KnownIssue(
        "LITELLM-SENTINEL-DROPS-TIMEOUTS",
        "Through Sentinels the timeouts of cache_params are ignored",
        "Each wait is 0.1 s, so that a Redis that is busy for a moment answers nothing.",
        "export REDIS_SOCKET_TIMEOUT to the proxy, which counts here; or upgrade",
        "measured on 1.77.7 and 1.80.0; 1.106.2 heeds them",
        last="1.106.1",
        observed_as=_dropped("sentinel", *_WAITS),
    ),
    KnownIssue(
        "LITELLM-SENTINEL-WITHOUT-TLS",
        "Through Sentinels ssl and the certificates are ignored",
        "The connection to the Redis is not encrypted, or fails.",
        "name the Redis in the host form; or upgrade",
        "measured on 1.77.7 and 1.80.0; 1.106.2 encrypts both connections",
        last="1.106.1",
        observed_as=_dropped("sentinel", "ssl", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"),
    ),
    KnownIssue(
        "LITELLM-CLUSTER-DROPS-TIMEOUTS",
        "The clients of a Cluster do not have all waits of cache_params",
        "Up to 1.83.14 they have none of them: a node that hangs delays each request for as long as it hangs. Later ones "
        "lack retry_on_timeout, and one of two the health check.",
        "upgrade to 1.106.2 or later for the timeouts; the rest is harmless",
        "measured on 1.77.7, 1.80.0 and 1.106.2; code, 1.83.14 (issue 27919)",
        observed_as=_dropped("cluster", *_WAITS),
    ),
    KnownIssue(
        "LITELLM-CLUSTER-DROPS-CERTIFICATE",
        "The certificate of the client does not reach every client of a Cluster",
        "A Cluster that wants certificates of its clients refuses them: up to 1.83.14 all, later the one that plants.",
        "let the Cluster take clients without a certificate (tls-auth-clients no), and leave cert_file and key_file of "
        "litellm_cache_redis_tls out",
        "measured on 1.77.7, 1.80.0 and 1.106.2",
        observed_as=_dropped("cluster", "ssl_certfile", "ssl_keyfile"),
    ),
    KnownIssue(
        "REDIS-PY-CLUSTER-NAME-UNCHECKED",
        "With redis-py 5.2.1 one client of a Cluster does not check the name in the certificate",
        "The client that serves requests checks it, the one for the start and for health does not.",
        "upgrade to an image with redis-py 8",
        "measured with redis-py 5.2.1 and 8.1.0",
        observed_as=_dropped("cluster", "ssl_check_hostname"),
    ),
    KnownIssue(
        "LITELLM-PLAIN-CLIENT-OF-CLUSTER",
        "In the host form the cache is a client of one node of a Cluster",
        "Answers whose keys belong to other nodes are not cached; the log fills with MOVED.",
        "name the nodes of the Cluster in litellm_cache_redis_cluster_nodes",
        "measured on 1.77.7, 1.80.0 and 1.106.2",
        observed_as=(Seen("moved", "cache"),),
    ),
    KnownIssue(
        "LITELLM-ROUTER-PLAIN-BESIDE-CLUSTER",
        "With redis_host the router is a client of one node of a Cluster",
        "Its log fills with MOVED, and it loses counters and cooldowns of the keys that other nodes have.",
        "set litellm_cache_router to consistent or none: the router then shares the cache's client",
        "measured on 1.77.7, 1.80.0 and 1.106.2 (issue 8878)",
        observed_as=(Seen("moved", "router"),),
    ),
    KnownIssue(
        "LITELLM-ROUTER-PLAIN-BESIDE-SENTINEL",
        "With redis_host the router does not follow a failover",
        "After a failover it goes on with a server that takes no writes any more, or with none.",
        "set litellm_cache_router to consistent or none: the router then shares the cache's client",
        "code, 1.77.7 to 1.106.2",
        observed_as=(Seen("failover_missed", "router"),),
    ),
)
