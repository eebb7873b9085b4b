# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at Redis from inside an instance, with a plain client and the connection that ``cache_params`` name."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    is_true,
    load_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe

REDIS_DEFAULT_PORT = 6379
ENTRY_COUNT_SECONDS = 2.0
#: What redis-py needs to reach the server that cache_params name; LiteLLM's own settings are not in it.
CONNECTION_SETTINGS = ("host", "port", "db", "username", "password", "ssl", "ssl_ca_certs", "ssl_certfile",
                       "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")  # fmt: skip

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


def connection_settings(params: dict) -> dict:
    """Arguments of a plain client for the host form: LiteLLM takes from REDIS_* what ``cache_params`` leave out."""
    named = {}
    for name in CONNECTION_SETTINGS:
        value = params.get(name)
        if value is None:
            value = os.environ.get("REDIS_" + name.upper())
        if value is None or value == "":
            continue
        if name in ("port", "db"):
            value = int(value)
        elif name in ("ssl", "ssl_check_hostname") and isinstance(value, str):
            value = is_true(value)
        named[name] = value
    return named


def with_environment(params: dict) -> dict:
    """``cache_params`` that leave the connection to the environment, completed from there as LiteLLM does it.

    :param params: ``cache_params`` with references resolved.
    """
    if params.get("url") or params.get("host"):
        return params
    if os.environ.get("REDIS_URL"):
        return dict(params, url=os.environ["REDIS_URL"])
    return dict(params, **connection_settings(params))


def as_the_proxy_connects(params: dict) -> dict:
    """``cache_params`` with what the environment puts in their place: REDIS_CLUSTER_NODES and REDIS_SENTINEL_NODES win over
    the file (litellm 1.72.9 to 1.106.2, _redis.py), REDIS_URL does in some versions, so LiteLLM itself is asked.

    :param params: ``cache_params`` with references resolved.
    :raises Refusal: the environment holds something that LiteLLM cannot read.
    """
    if params.get("type") != "redis" or params.get("url"):
        return params
    if os.environ.get("REDIS_URL") and (params.get("host") or params.get("redis_startup_nodes")):
        try:
            from litellm import _redis
        except ImportError:
            raise Refusal("litellm_missing", "LiteLLM cannot be imported in the container") from None
        named = {name: params[name] for name in CONNECTION_SETTINGS if params.get(name) is not None}
        if params.get("redis_startup_nodes"):
            named["startup_nodes"] = params["redis_startup_nodes"]
        if _redis._get_redis_client_logic(**named).get("url"):
            return dict(params, url=os.environ["REDIS_URL"])
    params = with_environment(params)
    if params.get("url"):
        return params
    clusters, sentinels = (_nodes_in("REDIS_%s_NODES" % kind) for kind in ("CLUSTER", "SENTINEL"))
    if clusters:
        return dict(params, redis_startup_nodes=clusters)
    if sentinels and not params.get("redis_startup_nodes"):
        of_environment = {"sentinel_nodes": sentinels, "service_name": os.environ.get("REDIS_SERVICE_NAME")}
        if os.environ.get("REDIS_SENTINEL_PASSWORD"):
            of_environment["sentinel_password"] = os.environ["REDIS_SENTINEL_PASSWORD"]
        return dict(params, **of_environment)
    return params


def _nodes_in(variable: str):
    """The list that a variable holds as JSON, None where it is not set."""
    try:
        return json.loads(os.environ.get(variable) or "null")
    except ValueError:
        raise Refusal("redis_nodes", "%s in the proxy's environment is not JSON" % variable) from None


def place_of(settings: dict) -> dict:
    """Host, port and database that cache settings or connection arguments name.

    :param settings: ``cache_params`` with references resolved, or ``connection_kwargs`` of a redis-py pool.
    """
    if settings.get("url"):
        parts = urlsplit(settings["url"])
        if parts.scheme == "unix":
            database = (parse_qs(parts.query).get("db") or ["0"])[0]
            return {"host": unquote(parts.path), "port": 0, "db": int(database)}
        database = (parse_qs(parts.query).get("db") or [parts.path.strip("/") or "0"])[0]
        return {
            "host": parts.hostname or "localhost",
            "port": parts.port or REDIS_DEFAULT_PORT,
            "db": int(database) if database.isdigit() else 0,
        }
    if settings.get("path"):
        return {"host": settings["path"], "port": 0, "db": int(settings.get("db") or 0)}
    return {
        "host": settings.get("host"),
        "port": int(settings.get("port") or REDIS_DEFAULT_PORT),
        "db": int(settings.get("db") or 0),
    }


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
    :raises Refusal: a step fails: ``redis_unreachable``, ``redis_silent``, ``redis_auth`` or ``redis_database``.
    """
    place = place_of(params)
    where = "Redis at %s:%s" % (place["host"], place["port"])
    seconds: dict = {}
    if place["port"]:
        with _step(seconds, "dns", where):
            address = socket.getaddrinfo(place["host"], place["port"], type=socket.SOCK_STREAM)[0]
        with _step(seconds, "connect", where), socket.socket(address[0], address[1]) as stream:
            stream.settimeout(timeout)
            stream.connect(address[4])
    client = plain_client(params, timeout)
    with _step(seconds, "login", where):
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


@contextlib.contextmanager
def _step(seconds: dict, name: str, where: str):
    """Time one step and turn what redis-py and the system raise into a Refusal."""
    errors = redis_library().exceptions
    began = time.monotonic()
    try:
        yield
    except (socket.timeout, errors.TimeoutError, TimeoutError):
        raise Refusal("redis_silent", "%s does not answer within %.0f s" % (where, time.monotonic() - began)) from None
    except (errors.AuthenticationError, errors.AuthorizationError) as error:
        raise Refusal("redis_auth", "%s refuses the login: %s" % (where, describe(error))) from None
    except socket.gaierror:
        raise Refusal("redis_unreachable", "%s: the container cannot look up that name" % where) from None
    except errors.ConnectionError as error:
        raise Refusal("redis_unreachable", "%s: %s" % (where, describe(error))) from None
    except errors.ResponseError as error:
        code = "redis_auth" if str(error).startswith(("NOAUTH", "WRONGPASS", "Authentication")) else "redis_database"
        raise Refusal(code, "%s refuses the connection: %s" % (where, describe(error))) from None
    except OSError as error:
        raise Refusal("redis_unreachable", "%s: %s" % (where, error.strerror or type(error).__name__)) from None
    seconds[name] = round(time.monotonic() - began, 4)


def _refused_commands(connection, namespace: object):
    """What the server would answer to the commands of the cache, without executing one.

    A command is checked for permission, and for memory, when it is put into a transaction; the transaction is then
    thrown away.

    :returns: reason by command; None when the user may not open a transaction.
    """
    errors = redis_library().exceptions
    key = ("%s:" % namespace if namespace else "") + "0" * 64
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
            refused[command[0]] = describe(error)
    with contextlib.suppress(errors.ResponseError):
        connection.send_command("DISCARD")
        connection.read_response()
    return refused


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
    :returns: what was observed; what the server's ACL forbids is named in ``not_observable``.
    """
    proxy = Proxy.find()
    proxy.enter()
    params = with_environment(cache_params_of(load_settings(proxy, request)))
    client = plain_client(params, request["timeout"])
    errors = redis_library().exceptions
    answer: dict = {"place": place_of(params), "not_observable": {}}
    try:
        client.ping()
    except errors.NoPermissionError:
        pass  # an ACL user without PING can still do the rest
    except errors.RedisError as error:
        raise Refusal("redis_unreachable", describe(error)) from None
    looks = {
        "entries": lambda: _entries(client, request.get("exists") or [], request.get("polls") or 1),
        "deleted": lambda: client.unlink(*request["delete"]) if request.get("delete") else 0,
        "count": lambda: _count(client, params.get("namespace")) if request.get("count") else None,
        "clients": lambda: _own_clients(client) if request.get("clients") else None,
        "server": lambda: _server(client.info("server")) if request.get("clients") else None,
    }
    for name, observe in looks.items():
        try:
            answer[name] = observe()
        except errors.RedisError as error:
            answer[name] = None
            answer["not_observable"][name] = describe(error)
    return answer


def connection(request: dict) -> dict:
    """How the proxy reaches its Redis, for modules that go there from the managed host.

    The one answer with secrets: it goes over Docker's socket to the module, which uses and never returns them.

    :param request: ``candidate``, and ``variable``: name of a variable of the proxy whose value is asked for.
    :returns: ``cache_params`` with references resolved, ``value`` of the variable, None for none.
    """
    proxy = Proxy.find()
    proxy.enter()
    params = as_the_proxy_connects(cache_params_of(load_settings(proxy, request)))
    return {"cache_params": params, "value": os.environ.get(request.get("variable") or "")}


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


def _own_clients(client: Any) -> list:
    """The connections that come from this container's addresses, this program's own left out."""
    own = client.client_id()
    addresses = _addresses(client)
    found: dict = {}
    for entry in client.client_list():
        host = entry.get("addr", "").rpartition(":")[0].strip("[]")
        if host in addresses and int(entry["id"]) != own:
            place = (host, int(entry["db"]), entry.get("user", ""))
            found[place] = found.get(place, 0) + 1
    return [
        {"address": host, "db": database, "user": user, "connections": number}
        for (host, database, user), number in sorted(found.items())
    ]


def _addresses(client: Any) -> set:
    """Addresses under which the server sees this container."""
    addresses: set = set()
    with contextlib.suppress(OSError):
        addresses.update(info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None))
    connection = client.connection_pool.get_connection("CLIENT")
    try:
        with contextlib.suppress(OSError, AttributeError, TypeError):
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
