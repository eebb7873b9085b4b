# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at Redis from inside an instance, with a plain client and the connection that ``cache_params`` name."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    load_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import (
    Refusal,
    describe,
    known_secrets,
    without_secrets,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import (
    CONNECTION_SETTINGS,
    as_the_proxy_connects,
    connection_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import (
    CLUSTER,
    CLUSTER_NODES,
    SENTINEL,
    clients_of,
    group_client,
    group_of,
    names_another_node,
    nodes_of,
    place_of_group,
    primary_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import (
    DEFAULT_PORT,
    LOGIN_HINT,
    name_of,
    read_url,
    require_readable,
)

ENTRY_COUNT_SECONDS = 2.0
#: Last commands of a connection that is being made: a client sends SELECT after them (redis-py 5.2 and 8.0, on_connect).
#: Redis before 7.0 names no subcommands.
UNTIL_SELECT = ("NULL", "hello", "auth", "client", "client|setname", "client|setinfo")
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


def place_of(settings: dict) -> dict:
    """Host, port and database that cache settings or connection arguments name.

    :param settings: ``cache_params`` with references resolved, or ``connection_kwargs`` of a redis-py pool.
    :raises Refusal: a URL does not parse as meant.
    """
    if settings.get("url"):
        url = read_url(settings["url"], name_of(settings["url"], "cache_params.url"))
        return {"host": url.socket or url.host, "port": url.port, "db": url.db or 0}
    if settings.get("path"):
        return {"host": settings["path"], "port": 0, "db": int(settings.get("db") or 0)}
    return {
        "host": settings.get("host"),
        "port": int(settings.get("port") or DEFAULT_PORT),
        "db": int(settings.get("db") or 0),
    }


def place_in_effect(params: dict) -> dict:
    """The place that the proxy goes to: what ``cache_params`` name, with what its environment adds or puts in its place.

    :param params: ``cache_params`` of the type redis, with references resolved.
    :returns: host, port and database; for several servers as :func:`place_of_group`.
    :raises Refusal: it cannot be read.
    """
    connected = as_the_proxy_connects(params)
    return place_of(connected) if group_of(connected) is None else place_of_group(connected)


def redis_library():
    """redis-py of the container."""
    try:
        import redis
    except ImportError:
        raise Refusal("redis_py_missing", "redis-py cannot be imported in the container") from None
    return redis


def plain_client(params: dict, timeout: float):
    """A client of our own for the Redis that ``cache_params`` name, with a timeout that is sure to hold.

    :param params: ``cache_params`` with references resolved.
    :param timeout: seconds for each wait.
    """
    library = redis_library()
    waits = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
    if group_of(params):
        return group_client(library, params, dict(connection_settings(params), **waits))
    if not params.get("url"):
        return library.Redis(**connection_settings(params), **waits)
    # Timeouts in the URL would win, and a wrong word in its query would stop the look.
    parts = urlsplit(str(params["url"]))
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] in CONNECTION_SETTINGS]
    return library.Redis.from_url(urlunsplit(parts._replace(query=urlencode(kept))), **waits)


# ---------------------------------------------------------------------------------------------------------
# The server, before a candidate is believed


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
        "server": _server(told),
        "memory": {
            "used": told.get("used_memory"),
            "limit": told.get("maxmemory") or None,
            "policy": told.get("maxmemory_policy"),
        },
    }


# ---------------------------------------------------------------------------------------------------------
# The operation


def redis(request: dict) -> dict:
    """Look at the cache's database with a plain client: entries by key, their number, the proxy's connections.

    :param request: ``candidate``; ``exists`` and ``delete``: lists of keys; ``polls``: how often it is looked, a
        tenth of a second apart, until one of the keys exists; ``count`` and ``clients``: true to look.
    :returns: what was observed; what the server's ACL forbids, or a relay hides, is named in ``not_observable``.
    """
    proxy = Proxy.find()
    proxy.enter()
    params = as_the_proxy_connects(cache_params_of(load_settings(proxy, request)))
    require_readable(params)
    errors = redis_library().exceptions
    answer: dict = {"place": place_in_effect(params), "not_observable": {}}
    try:
        client = plain_client(params, request["timeout"])
        client.ping()
    except errors.NoPermissionError:
        pass  # an ACL user without PING can still do the rest
    except (errors.RedisError, errors.RedisClusterException) as error:
        raise Refusal("redis_unreachable", describe(error)) from None
    servers = clients_of(client)
    looks = {
        "entries": lambda: _entries(client, request.get("exists") or [], request.get("polls") or 1),
        "deleted": lambda: client.unlink(*request["delete"]) if request.get("delete") else 0,
        "count": lambda: _count_all(servers, params.get("namespace")) if request.get("count") else None,
        "clients": lambda: _own_clients_of(servers) if request.get("clients") else None,
        "server": lambda: _server(servers[0].info("server")) if request.get("clients") else None,
    }
    for name, observe in looks.items():
        try:
            answer[name] = observe()
        except errors.RedisError as error:
            answer[name] = None
            answer["not_observable"][name] = describe(error)
        except Refusal as refusal:
            answer[name] = None
            answer["not_observable"][name] = str(refusal)
    return answer


def connection(request: dict) -> dict:
    """How the proxy reaches its Redis, for modules that go there from the managed host.

    The one answer with secrets: it goes over Docker's socket to the module, which uses and never returns them.

    :param request: ``candidate``, and ``variable``: name of a variable of the proxy whose value is asked for.
    :returns: ``cache_params`` with references resolved, ``url_named``: the setting or variable that holds their URL,
        ``value`` of the variable, None for none.
    """
    proxy = Proxy.find()
    proxy.enter()
    params = as_the_proxy_connects(cache_params_of(load_settings(proxy, request)))
    return {
        "cache_params": params,
        "url_named": name_of(params.get("url"), "cache_params.url"),
        "value": os.environ.get(request.get("variable") or ""),
    }


def _entries(client: Any, keys: list, polls: int) -> dict:
    """Seconds to live by key; LiteLLM stores an answer shortly after it was sent."""
    found: dict = {}
    for poll in range(polls):
        found = {key: client.ttl(key) for key in keys}
        if any(seconds > 0 for seconds in found.values()):
            break
        if poll + 1 < polls:
            time.sleep(0.1)
    return found


def _count_all(servers: list, namespace: object) -> dict:
    """What :func:`_count` finds on all servers together."""
    counts = [_count(server, namespace) for server in servers]
    total: dict = {name: sum(count[name] for count in counts) for name in ("keys", "responses", "scanned")}
    return dict(total, complete=all(count["complete"] for count in counts))


def _count(client: Any, namespace: object) -> dict:
    """Size of the database, and how many of its keys are response entries, by SCAN, for a bounded time."""
    prefix = "%s:" % namespace if namespace else ""
    size = client.dbsize()
    deadline = time.monotonic() + ENTRY_COUNT_SECONDS
    responses, scanned, cursor = 0, 0, None
    while cursor != 0 and time.monotonic() < deadline:
        cursor, keys = client.scan(cursor or 0, count=1000)
        scanned += len(keys)
        responses += sum(_is_response_key(key.decode("utf-8", "replace"), prefix) for key in keys)
    return {"keys": size, "responses": responses, "scanned": scanned, "complete": cursor == 0}


def _is_response_key(key: str, prefix: str) -> bool:
    bare = key[len(prefix) :] if prefix and key.startswith(prefix) else key
    return len(bare) == 64 and all(character in "0123456789abcdef" for character in bare)


def _own_clients_of(servers: list) -> list:
    """What :func:`_own_clients` finds on all servers together."""
    found: dict = {}
    for row in (row for server in servers for row in _own_clients(server)):
        place = (row["address"], row["db"], row["user"])
        found[place] = dict(row, connections=row["connections"] + found.get(place, {"connections": 0})["connections"])
    return [found[place] for place in sorted(found)]


def _own_clients(client: Any) -> list:
    """The connections of this container, this program's own left out; see :func:`clients_among`."""
    own = client.client_id()
    return clients_among(client.client_list(), own, _addresses(client))


def clients_among(entries: list, own: int, addresses: set) -> list:
    """The connections that come from this container's addresses, this program's own left out.

    Of a connection that is being made nobody knows its database yet, nor its user: it counts once it is in use.

    :param entries: of CLIENT LIST.
    :param own: number of this program's connection.
    :param addresses: of this container. All who come over a unix socket are alike.
    :raises Refusal: ``seen_as_another``: the server does not see this container under an address of its own.
    """
    hosts = {int(entry["id"]): _host_of(entry) for entry in entries}
    seen_as = hosts.get(own)
    if seen_as and seen_as not in addresses:
        raise Refusal(
            "seen_as_another",
            "Redis sees this instance as %s, which is no address of its own: a relay or NAT lies between" % seen_as,
        )
    found: dict = {}
    for entry in entries:
        host = hosts[int(entry["id"])]
        if int(entry["id"]) == own or entry.get("cmd") in UNTIL_SELECT:
            continue
        if host in addresses if host else seen_as == "":
            place = (host, int(entry["db"]), entry.get("user", ""))
            found[place] = found.get(place, 0) + 1
    return [
        {"address": host, "db": database, "user": user, "connections": number}
        for (host, database, user), number in sorted(found.items())
    ]


def _host_of(entry: dict) -> str:
    """Address of a connection; empty for a unix socket."""
    host = entry.get("addr", "").rpartition(":")[0].strip("[]")
    return "" if host.startswith("/") else host


def _addresses(client: Any) -> set:
    """Addresses of this container."""
    addresses: set = set()
    with contextlib.suppress(OSError):
        addresses.update(info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None))
    connection = client.connection_pool.get_connection("CLIENT")
    try:
        # A unix socket has no name.
        with contextlib.suppress(OSError, AttributeError, TypeError, IndexError):
            addresses.add(connection._sock.getsockname()[0])
    finally:
        client.connection_pool.release(connection)
    return addresses


def _server(facts: dict) -> dict:
    return {
        "name": facts.get("server_name") or "redis",
        "version": facts.get("valkey_version") or facts.get("redis_version"),
        "mode": facts.get("redis_mode") or facts.get("server_mode"),  # Valkey's word for it
    }
