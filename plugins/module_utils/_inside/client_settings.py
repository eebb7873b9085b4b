# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a client of Redis is to hold by the settings, and what one that LiteLLM has built holds."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import is_true
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import place_of, redis_library
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import CLUSTER, SENTINEL, group_of

NODE = "node"
TIMES = ("socket_timeout", "socket_connect_timeout", "health_check_interval")
#: How a server's certificate is judged, and what the client shows of itself.
CERTIFICATES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname")
SECRETS = ("username", "password")
KIND_IN_WORDS = {NODE: "one server alone", CLUSTER: "a Redis Cluster", SENTINEL: "what Sentinels name"}


def wanted_settings(params: dict) -> dict:
    """What a client built from these settings is to hold: only what they name.

    A port and a database that they leave out LiteLLM may take from its environment, and that is nobody's surprise.

    :param params: ``cache_params``, or the router's settings under the same names, with references resolved.
    """
    kind = group_of(params)
    wanted = _place_named(params) if kind is None else {"kind": kind}
    if kind == SENTINEL:
        wanted["service_name"] = params.get("service_name")
        if params.get("db") is not None:
            wanted["db"] = int(params["db"])
    in_url: dict = {}
    if params.get("url") and kind is None:
        parts = urlsplit(str(params["url"]))
        in_url = dict(parse_qsl(parts.query), ssl=parts.scheme == "rediss")
        login = {"username": _decoded(parts.username), "password": _decoded(parts.password)}
        in_url.update({name: told for name, told in login.items() if told})  # else the query's counts
    for name in (*TIMES, "max_connections", "retry_on_timeout", "ssl", *SECRETS):
        value = params.get(name)
        if value is None or (in_url and name in (*SECRETS, "ssl")):
            value = in_url.get(name)
        if value not in (None, ""):
            wanted[name] = _plain_value(name, value)
    if wanted.get("ssl") and not in_url:
        wanted.update({name: _plain_value(name, params[name]) for name in CERTIFICATES if params.get(name) is not None})
    return wanted


def _place_named(params: dict) -> dict:
    """Host, port and database, as far as settings of one server name them."""
    whole = params.get("url") or params.get("path")
    return {name: value for name, value in place_of(params).items() if whole or params.get(name) is not None}


def _decoded(text: object):
    return unquote(str(text)) if text else None


def _plain_value(name: str, value: object):
    """A setting as a number or a truth value, as its name wants it; what cannot be read stays."""
    if name in ("retry_on_timeout", "ssl", "ssl_check_hostname"):
        return is_true(value)
    if name in (*TIMES, "max_connections"):
        with contextlib.suppress(TypeError, ValueError):
            return float(str(value))
    return value


def client_settings(client: Any) -> dict:
    """What a client of redis-py would use for its next connection; the connection is made, and never opened.

    :param client: of one server, of what Sentinels name, or of a Cluster; one of those must have found its nodes.
    """
    pool = getattr(client, "connection_pool", None)
    if pool is None:
        return dict(_cluster_settings(client), kind=CLUSTER)
    found = _connection_settings(pool.make_connection(), pool.connection_kwargs, pool.max_connections)
    if getattr(pool, "service_name", None):
        return dict(found, kind=SENTINEL, service_name=pool.service_name, db=int(pool.connection_kwargs.get("db") or 0))
    return dict(found, kind=NODE, **place_of(pool.connection_kwargs))


def _cluster_settings(client: Any) -> dict:
    """Those of a connection to one node of a Cluster."""
    node = next(iter(client.get_nodes()), None)
    if node is None:  # it found none: why, its ping tells
        return {}
    if hasattr(node, "connection_class"):  # redis.asyncio
        connection = node.connection_class(**node.connection_kwargs)
        return _connection_settings(connection, node.connection_kwargs, node.max_connections)
    pool = client.get_redis_connection(node).connection_pool
    return _connection_settings(pool.make_connection(), pool.connection_kwargs, pool.max_connections)


def _connection_settings(connection: Any, named: dict, max_connections: Any) -> dict:
    """What a connection has, and what it was given by name."""
    errors = redis_library().exceptions
    retried = getattr(connection, "retry_on_error", None) or []
    return {
        **{name: getattr(connection, name, None) for name in TIMES},
        "max_connections": max_connections,
        "retry_on_timeout": bool(getattr(connection, "retry_on_timeout", False))
        or errors.TimeoutError in retried
        or _tries_again(connection, errors.TimeoutError),
        "ssl": "SSL" in type(connection).__name__,
        **{name: named.get(name) for name in CERTIFICATES},
        "ssl_check_hostname": bool(getattr(connection, "check_hostname", False)),
        **{name: named.get(name) for name in SECRETS},
    }


def _tries_again(connection: Any, error: type) -> bool:
    """Whether a connection repeats a command after an error: redis-py 8 does so by itself, and keeps no word of
    ``retry_on_timeout`` on its sync connections (redis-py 8.1.0, connection.py)."""
    retry = getattr(connection, "retry", None)
    return getattr(retry, "_retries", 0) != 0 and error in (getattr(retry, "_supported_errors", None) or ())


def differences(wanted: dict, found: dict) -> dict:
    """Settings that a client holds otherwise than wanted: wanted and effective value by name, secrets unnamed."""
    kind = wanted.get("kind", NODE)
    if found["kind"] != kind:
        where = wanted["host"] if kind == NODE else KIND_IN_WORDS[kind]
        return {"host": {"wanted": where, "effective": KIND_IN_WORDS[found["kind"]]}}
    unlike = {}
    for name, value in wanted.items():
        if name not in found:
            continue
        effective = _plain_value(name, found[name])
        if effective != value:
            shown = name not in SECRETS
            unlike[name] = {
                "wanted": value if shown else "as configured",
                "effective": effective if shown else "another one",
            }
    if "ssl" in unlike:  # a connection without TLS has no certificates: that says it all
        unlike = {name: values for name, values in unlike.items() if name not in CERTIFICATES}
    return unlike


def shown(found: dict) -> dict:
    """Settings of a client without its secrets."""
    return {name: value for name, value in found.items() if name not in SECRETS}
