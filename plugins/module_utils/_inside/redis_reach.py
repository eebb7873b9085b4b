# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Goes to Redis from inside an instance, step by step, and asks what the server would do, before a candidate is believed."""

from __future__ import annotations

import contextlib
import socket
import time

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import (
    Refusal,
    describe,
    known_secrets,
    without_secrets,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    place_of,
    plain_client,
    redis_library,
    server_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import connection_settings
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import (
    CLUSTER,
    CLUSTER_NODES,
    SENTINEL,
    group_of,
    names_another_node,
    nodes_of,
    place_of_group,
    primary_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import LOGIN_HINT, require_readable

#: The commands of the response cache, with a key of ours in the place of KEY.
KEY = "{key}"
NEEDED_COMMANDS = (
    ("GET", KEY),
    ("SET", KEY, "1", "EX", "60"),
    ("MGET", KEY),
    ("TTL", KEY),
    ("DEL", KEY),
    ("EXPIRE", KEY, "60"),
    ("INCRBYFLOAT", KEY, "1"),
    ("EVAL", "return 1", "0"),
)


def reach(params: dict, timeout: float) -> dict:
    """Go to the Redis that ``cache_params`` name, step by step.

    :param params: ``cache_params`` with references resolved.
    :param timeout: seconds for each step.
    :returns: seconds of each step, what the server tells of itself, and what it would not do.
    :raises Refusal: the place cannot be read, or a step fails: ``redis_unreachable``, ``redis_silent``, ``redis_auth`` or
        ``redis_database``; for a Cluster also ``redis_nodes``.
    """
    require_readable(params)
    if group_of(params) is not None:
        return _reach_group(params, timeout)
    place = place_of(params)
    where = "Redis at %s:%s" % (place["host"], place["port"])
    seconds: dict = {}
    if place["port"]:
        with _step(seconds, "dns", without_secrets(where, known_secrets())):
            address = socket.getaddrinfo(place["host"], place["port"], type=socket.SOCK_STREAM)[0]
        with _step(seconds, "connect", where), socket.socket(address[0], address[1]) as stream:
            stream.settimeout(timeout)
            stream.connect(address[4])
    client = plain_client(params, timeout)
    with _step(seconds, "login", where, LOGIN_HINT if params.get("url") else ""):
        connection = client.connection_pool.get_connection("_")
    try:
        with _step(seconds, "ping", where):
            connection.send_command("PING")
            with contextlib.suppress(redis_library().exceptions.NoPermissionError):
                connection.read_response()
        refused = _refused_commands(connection, params.get("namespace"))
    finally:
        client.connection_pool.release(connection)
    return {"place": place, "seconds": seconds, "refused": refused, **_facts(client)}


def _reach_group(params: dict, timeout: float) -> dict:
    """Go to one server of a Cluster, or to the one that the Sentinels name."""
    alone = {name: value for name, value in params.items() if name not in (*CLUSTER_NODES, "sentinel_nodes")}
    where = "Redis at %s" % place_of_group(params)["host"]
    seconds: dict = {}
    if group_of(params) == SENTINEL:
        waits = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
        with _step(seconds, "sentinel", where):
            host, port = primary_of(redis_library(), params, dict(connection_settings(params), **waits))
        found = reach(dict(alone, host=host, port=port), timeout)
    else:
        found = _reach_any(dict(alone, db=0), nodes_of(params), timeout)
        if (found["server"] or {}).get("mode") not in (CLUSTER, None):
            raise Refusal("redis_nodes", "%s:%s is no node of a Redis Cluster" % tuple(found["place"].values())[:2])
        with _step(seconds, "cluster", where):
            node = plain_client(params, timeout).get_node_from_key(_sample_key(params.get("namespace")))
        # Another node would only tell where that key is, and not whether it would take it.
        found = reach(dict(alone, host=node.host, port=node.port, db=0), timeout)
    return dict(found, place=place_of_group(params), seconds=dict(seconds, **found["seconds"]))


def _reach_any(params: dict, nodes: list, timeout: float) -> dict:
    """Go to the first of some nodes that can be reached; the last one's refusal counts where none can."""
    for number, (host, port) in enumerate(nodes):
        try:
            return reach(dict(params, host=host, port=port), timeout)
        except Refusal:
            if number + 1 == len(nodes):
                raise
    raise Refusal("redis_nodes", "cache_params name no node")


@contextlib.contextmanager
def _step(seconds: dict, name: str, where: str, hint: str = ""):
    """Time one step and turn what redis-py and the system raise into a Refusal.

    :param hint: what is added to a refused login.
    """
    errors = redis_library().exceptions
    began = time.monotonic()
    try:
        yield
    except (socket.timeout, errors.TimeoutError, TimeoutError):
        raise Refusal(
            "redis_silent", "%s does not answer within %.0f s" % (where, time.monotonic() - began), step=name
        ) from None
    except (errors.AuthenticationError, errors.AuthorizationError) as error:
        raise Refusal("redis_auth", "%s refuses the login: %s%s" % (where, describe(error), hint), step=name) from None
    except socket.gaierror:
        raise Refusal("redis_unreachable", "%s: the container cannot look up that name" % where, step=name) from None
    except (errors.ConnectionError, errors.RedisClusterException, errors.ClusterDownError) as error:
        raise Refusal("redis_unreachable", "%s: %s" % (where, describe(error)), step=name) from None
    except errors.ResponseError as error:
        code = "redis_auth" if str(error).startswith(("NOAUTH", "WRONGPASS", "Authentication")) else "redis_database"
        hint = hint if code == "redis_auth" else ""
        raise Refusal(code, "%s refuses the connection: %s%s" % (where, describe(error), hint), step=name) from None
    except OSError as error:
        raise Refusal(
            "redis_unreachable", "%s: %s" % (where, error.strerror or type(error).__name__), step=name
        ) from None
    seconds[name] = round(time.monotonic() - began, 4)


def _refused_commands(connection, namespace: object):
    """What the server would answer to the commands of the cache, without executing one.

    A command is checked for permission, and for memory, when it is put into a transaction; the transaction is then
    thrown away.

    :returns: reason by command; None when the user may not open a transaction.
    """
    errors = redis_library().exceptions
    key = _sample_key(namespace)
    refused = {}
    try:
        connection.send_command("MULTI")
        connection.read_response()
    except errors.ResponseError:
        return None
    for command in NEEDED_COMMANDS:
        try:
            connection.send_command(command[0], *(key if word == KEY else word for word in command[1:]))
            connection.read_response()
        except errors.ResponseError as error:
            # Permissions come first: who may not is not sent to another node.
            if not names_another_node(redis_library(), error):
                refused[command[0]] = describe(error)
    with contextlib.suppress(errors.ResponseError):
        connection.send_command("DISCARD")
        connection.read_response()
    return refused


def _sample_key(namespace: object) -> str:
    """A key of the form that the cache uses."""
    return ("%s:" % namespace if namespace else "") + "0" * 64


def _facts(client) -> dict:
    """Kind, version, memory and eviction policy of the server; empty where the ACL does not allow INFO."""
    try:
        told = client.info()
    except redis_library().exceptions.RedisError:
        return {"server": None, "memory": None}
    return {
        "server": server_of(told),
        "memory": {
            "used": told.get("used_memory"),
            "limit": told.get("maxmemory") or None,
            "policy": told.get("maxmemory_policy"),
        },
    }
