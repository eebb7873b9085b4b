# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Looks into the cache's database from inside an instance: entries, their number, and the proxy's own connections."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    load_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    place_in_effect,
    plain_client,
    redis_library,
    server_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import clients_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import name_of, require_readable

ENTRY_COUNT_SECONDS = 2.0
#: Last commands of a connection that is being made: a client sends SELECT after them (redis-py 5.2 and 8.0, on_connect).
#: Redis before 7.0 names no subcommands.
UNTIL_SELECT = ("NULL", "hello", "auth", "client", "client|setname", "client|setinfo")


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
        "server": lambda: server_of(servers[0].info("server")) if request.get("clients") else None,
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
