# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys that the cache modes are made of."""

from __future__ import annotations

MODE_REDIS = "redis"
MODE_LOCAL = "local"
MODE_NONE = "none"
MODE_OTHER = "other"

FORM_HOST = "host"
FORM_URL = "url"
FORM_ENVIRONMENT = "environment"
FORM_CLUSTER = "cluster"
FORM_SENTINEL = "sentinel"

#: Forms that name several servers.
GROUP_FORMS = (FORM_CLUSTER, FORM_SENTINEL)

ROUTER_CONSISTENT = "consistent"
ROUTER_RUNBOOK = "runbook"
ROUTER_NONE = "none"

LITELLM_SETTINGS = "litellm_settings"
CACHE_PARAMS = "cache_params"
ROUTER_SETTINGS = "router_settings"
CACHE_KWARGS = "cache_kwargs"

#: Top-level keys by which a file is known as LiteLLM's.
LITELLM_KEYS = (
    "model_list",
    LITELLM_SETTINGS,
    ROUTER_SETTINGS,
    "general_settings",
    "environment_variables",
    "include",
    "callback_settings",
    "guardrails",
    "mcp_servers",
    "credential_list",
)

CACHE_PARAMS_PATH = (LITELLM_SETTINGS, CACHE_PARAMS)
ROUTER_PATH = (ROUTER_SETTINGS,)

DEFAULT_TTL = 1800
DEFAULT_CALL_TYPES = ("acompletion", "atext_completion", "aembedding", "atranscription")
PRAGMA = "# pragma: allowlist secret"

HOST_KEYS = ("host", "port", "username", "password", "db")
CLUSTER_KEYS = ("redis_startup_nodes",)
#: The nodes of a Cluster, as ``cache_params`` and as the Redis client itself name them.
CLUSTER_NODE_KEYS = ("redis_startup_nodes", "startup_nodes")
SENTINEL_KEYS = ("sentinel_nodes", "service_name", "sentinel_password")
#: Lists whose items are servers.
NODE_KEYS = (*CLUSTER_KEYS, SENTINEL_KEYS[0])
TLS_KEYS = ("ssl", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname", "ssl_cert_reqs")
TIMEOUT_KEYS = ("socket_connect_timeout", "socket_timeout", "retry_on_timeout", "health_check_interval")
#: Which database of which server.
PLACE_KEYS = ("host", "port", "db")
LOGIN_KEYS = ("username", "password")
POOL_TIMEOUT = "connection_pool_timeout"

CACHE_PARAMS_ORDER = (
    ("type", "url")
    + HOST_KEYS
    + CLUSTER_KEYS
    + SENTINEL_KEYS
    + TLS_KEYS
    + ("ttl", "supported_call_types", "namespace", "max_connections")
    + TIMEOUT_KEYS
)
ROUTER_ORDER = ("redis_host", "redis_port", "redis_password", "redis_db", "redis_url", CACHE_KWARGS)
CACHE_KWARGS_ORDER = ("username", "db") + TLS_KEYS + TIMEOUT_KEYS

# What only Redis understands; `namespace`, `ttl`, `supported_call_types` and all other keys serve every mode.
REDIS_ONLY_PARAMS = (
    ("url",) + HOST_KEYS + CLUSTER_KEYS + SENTINEL_KEYS + TLS_KEYS + TIMEOUT_KEYS + (POOL_TIMEOUT, "max_connections")
)
ROUTER_REDIS_KEYS = ROUTER_ORDER
KEYS_OF_FORM = {
    FORM_HOST: HOST_KEYS,
    FORM_URL: ("url",),
    FORM_CLUSTER: CLUSTER_KEYS,
    FORM_SENTINEL: SENTINEL_KEYS,
}

# LiteLLM takes these as number or as text.
NUMBER_OR_TEXT_KEYS = frozenset(("port", "db", "ttl", "redis_port", "redis_db"))
KNOWN_CACHE_TYPES = frozenset(
    ("local", "redis", "redis-semantic", "valkey-semantic", "qdrant-semantic", "s3", "gcs", "disk", "azure-blob")
)
