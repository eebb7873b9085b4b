# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Redis of several servers, a Cluster or one behind Sentinels, with clients of our own.

Goes to the container before redis_look.py, which tells it the arguments of a connection.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe

CLUSTER, SENTINEL = "cluster", "sentinel"
#: The nodes of a Cluster: in ``cache_params``, and in ``cache_kwargs`` of the router, which go to the client as they are.
CLUSTER_NODES = ("redis_startup_nodes", "startup_nodes")
DEFAULT_PORTS = {CLUSTER: 6379, SENTINEL: 26379}
#: Arguments of a connection that say which server; the group itself tells them.
OF_ONE_SERVER = ("host", "port")
#: So many keys that some of them belong to another node of any Cluster that has a second one.
SAMPLES = 16


def group_of(params: dict):
    """How settings name several servers: ``cluster``, ``sentinel``, or None. An empty list names none."""
    if any(params.get(key) for key in CLUSTER_NODES):
        return CLUSTER
    return SENTINEL if params.get("sentinel_nodes") else None


def nodes_of(params: dict) -> list:
    """Host and port of the nodes, or of the Sentinels, that settings name.

    :param params: ``cache_params`` with references resolved.
    :raises Refusal: they are not as LiteLLM takes them: mappings for a Cluster, pairs for Sentinels.
    """
    kind = group_of(params)
    written = next((params[key] for key in (*CLUSTER_NODES, "sentinel_nodes") if params.get(key)), ())
    nodes = []
    for node in written:
        pair = (node.get("host"), node.get("port")) if isinstance(node, dict) else node
        try:
            host, port = pair
            nodes.append((str(host), int(port or DEFAULT_PORTS[kind])))
        except (TypeError, ValueError):
            wanted = "a mapping of host and port" if kind == CLUSTER else "a list of host and port, without references"
            raise Refusal("redis_nodes", "a node in cache_params is not %s" % wanted) from None
    return nodes


def place_of_group(params: dict) -> dict:
    """The servers as one place: their names, no port, and the database, which in a Cluster is always 0."""
    database = 0 if group_of(params) == CLUSTER else int(params.get("db") or 0)
    return {"host": ",".join("%s:%s" % node for node in nodes_of(params)), "port": 0, "db": database}


def group_client(library: Any, params: dict, arguments: dict):
    """A client of our own: of the whole Cluster, or of the server that the Sentinels name.

    :param library: redis-py.
    :param params: ``cache_params`` with references resolved.
    :param arguments: of a plain client, with its timeouts and its ``retry``, by which a Cluster would not follow its slots.
    :raises redis.RedisError: no node answers.
    """
    if group_of(params) == SENTINEL:
        host, port = primary_of(library, params, arguments)
        return library.Redis(**dict(arguments, host=host, port=port))
    kept = {name: value for name, value in arguments.items() if name not in (*OF_ONE_SERVER, "db", "retry")}
    from redis.cluster import ClusterNode

    return library.RedisCluster(startup_nodes=[ClusterNode(*node) for node in nodes_of(params)], **kept)


def primary_of(library: Any, params: dict, arguments: dict):
    """Host and port of the primary, as the first Sentinel names it that is not behind the times.

    Where every server that is named says that it is none, or does not answer, the first counts: going there tells why.

    :raises Refusal: no Sentinel names one.
    """
    service = params.get("service_name")
    kept = {name: value for name, value in arguments.items() if name.startswith(("ssl", "socket_", "retry"))}
    if params.get("sentinel_password"):
        kept["password"] = params["sentinel_password"]
    reasons, named = [], []
    for host, port in nodes_of(params):
        for login in (kept, {name: value for name, value in kept.items() if name != "password"}):
            try:
                with contextlib.closing(library.Redis(host=host, port=port, **login)) as client:
                    found = client.sentinel_get_master_addr_by_name(service)
                if found:
                    place = found[0] if isinstance(found[0], str) else found[0].decode(), int(found[1])
                    if place not in named and _says_it_is_primary(
                        library, dict(arguments, host=place[0], port=place[1])
                    ):
                        return place
                    named.append(place)
                    break
                reasons.append("the Sentinel at %s:%d knows no %s" % (host, port, service))
            except library.exceptions.RedisError as error:
                reasons.append("the Sentinel at %s:%d: %s" % (host, port, describe(error)))
            if login == kept and "password" not in kept:
                break
    if named:
        return named[0]
    raise Refusal("redis_unreachable", "no Sentinel names the Redis: " + "; ".join(dict.fromkeys(reasons)))


def _says_it_is_primary(library: Any, arguments: dict) -> bool:
    """Whether a server says of itself that it is a primary; True also where it may not or will not tell."""
    try:
        with contextlib.closing(library.Redis(**arguments)) as client:
            return client.execute_command("ROLE")[0] in (b"master", "master")
    except library.exceptions.ResponseError:
        return True
    except library.exceptions.RedisError as error:
        return isinstance(error, (library.exceptions.AuthenticationError, library.exceptions.AuthorizationError))


def clients_of(client: Any) -> list:
    """A plain client for each server that has entries: the client itself, or one for each primary of a Cluster."""
    if not hasattr(client, "get_primaries"):
        return [client]
    return [client.get_redis_connection(node) for node in client.get_primaries()]


def is_sent_elsewhere(library: Any, client: Any, namespace: object) -> bool:
    """Whether a plain client meets a node of a Cluster that has only a part of the keys.

    Keys are read that nobody has written. A node names another one for those that it does not have (MOVED), which a plain
    client cannot follow.
    """
    prefix = "%s:" % namespace if namespace else ""
    for number in range(SAMPLES):
        try:
            client.get(prefix + hashlib.sha256(b"erni_ki.litellm %d" % number).hexdigest())
        except library.exceptions.ResponseError as error:
            if names_another_node(library, error):
                return True
    return False


def names_another_node(library: Any, error: Exception) -> bool:
    """Whether a refusal only says that another node of the Cluster has the key.

    redis-py 5.2 has the class in clients of a Cluster alone; 8.1 leaves the word out of the text.
    """
    return isinstance(error, library.exceptions.MovedError) or str(error).startswith("MOVED ")
