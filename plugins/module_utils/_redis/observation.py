# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be seen of a Redis: its server, memory, clients, and the keys of one database by kind.

Reads only. The one place that makes the dictionary of redis_cache_info.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import partial
from statistics import median_low
from typing import Any, Callable

from .endpoint import CLUSTER
from .keys import (
    RESPONSE,
    is_answer,
    is_hex,
    kind_of,
    shown,
)
from .namespaces import Namespaces
from .refusals import RedisServerError
from .server import CLIENT_NAME, RedisServer, RedisServers, facts_of, mode_of
from .step import ANSWER_BYTES

PAGE_KEYS = 500
EXAMPLES = 3


@dataclass
class _Kind:
    """The keys of one kind that were looked at."""

    keys: int = 0
    memory: int = 0
    ttls: list[int] = field(default_factory=list)
    lasting: int = 0
    examples: list[str] = field(default_factory=list)

    def described(self, factor: float, memory_known: bool) -> dict[str, Any]:
        """As the result shows it.

        :param factor: how many keys each of those looked at stands for.
        """
        ttls = self.ttls
        return {
            "keys": round(self.keys * factor),
            "bytes": round(self.memory * factor) if memory_known else None,
            "ttl": {"min": min(ttls), "median": median_low(ttls), "max": max(ttls)} if ttls else None,
            "without_ttl": round(self.lasting * factor),
            "examples": self.examples,
        }


class RedisObservation:
    """One look at the servers behind an endpoint.

    :param proxies: addresses of the proxy's instances, as the server sees them.
    :param namespace: under which the proxy stores, empty for none, None where it is not known.
    """

    def __init__(
        self, servers: RedisServers, proxies: frozenset[str] = frozenset(), namespace: str | None = None
    ) -> None:
        self._servers = servers
        self._proxies = proxies
        self._namespaces = Namespaces(namespace)
        self._not_observable: dict[str, str] = {}

    def report(self, sample: int) -> dict[str, Any]:
        """All that is seen; what an ACL forbids is null, with the reason.

        :param sample: how many keys are looked at, at the most; 0 leaves the census out.
        :raises RedisServerError: a server is not reached, or refuses the login.
        """
        with contextlib.ExitStack() as open_servers:
            primaries = [open_servers.enter_context(contextlib.closing(one)) for one in self._servers.primaries()]
            keys = self._look("dbsize", lambda: sum(int(server.command("DBSIZE")) for server in primaries))
            facts = [self._look("server", partial(_facts, server)) for server in primaries]
            clients = self._look("clients", lambda: [one for server in primaries for one in _clients(server)])
            return {
                "place": str(self._servers.endpoint),
                "servers": [server.name for server in primaries],
                "db": 0 if self._servers.endpoint.kind == CLUSTER else self._servers.endpoint.db,
                "server": _server(facts[0]) if facts and facts[0] else None,
                "memory": _memory([one for one in facts if one]),
                "dbsize": keys,
                "clients": self._sorted_clients(clients) if clients is not None else None,
                "census": self._look("census", lambda: self._census(primaries, keys, sample)) if sample else None,
                "not_observable": self._not_observable,
            }

    def _look(self, name: str, observe: Callable[[], Any]) -> Any:
        try:
            return observe()
        except RedisServerError as error:
            if error.ends_the_look:
                raise
            self._not_observable[name] = str(error)
            return None

    def _sorted_clients(self, clients: list[dict[str, str]]) -> dict[str, list[dict[str, Any]]]:
        """The connections of the proxy and those of others, counted by where they come from; our own left out."""
        found: dict[tuple[Any, ...], int] = {}
        for client in clients:
            if client.get("name") == CLIENT_NAME:
                continue
            address = client.get("addr", "").rpartition(":")[0].strip("[]")
            place = (address, client.get("name", ""), client.get("user", ""), int(client.get("db") or 0))
            found[place] = found.get(place, 0) + 1
        shown: dict[str, list[dict[str, Any]]] = {"proxy": [], "others": []}
        for (address, name, user, db), number in sorted(found.items()):
            entry = {"address": address, "name": name, "user": user, "db": db, "connections": number}
            shown["proxy" if address in self._proxies else "others"].append(entry)
        return shown

    def _census(self, primaries: list[RedisServer], keys: int | None, sample: int) -> dict[str, Any]:
        kinds: dict[str, _Kind] = {}
        looked_at, complete = 0, True
        for number, server in enumerate(primaries):
            share = (sample - looked_at) // (len(primaries) - number)
            seen, ended = self._count_some(server, share, kinds)
            looked_at, complete = looked_at + seen, complete and ended
        factor = 1.0 if complete or not looked_at or keys is None else keys / looked_at
        memory_known = "memory usage" not in self._not_observable
        return {
            "sampled": not complete,
            "looked_at": looked_at,
            "kinds": {name: kind.described(factor, memory_known) for name, kind in sorted(kinds.items())},
            "namespaces": self._namespaces.described(factor),
        }

    def _count_some(self, server: RedisServer, sample: int, kinds: dict[str, _Kind]) -> tuple[int, bool]:
        """Look at some keys of one server; SCAN gives them in no order of theirs.

        :returns: how many, and whether these were all.
        """
        cursor, seen = 0, 0
        while True:
            reply = server.command("SCAN", cursor, "COUNT", min(PAGE_KEYS, max(sample, 1)))
            cursor = int(reply[0])
            self._count(server, reply[1], kinds)
            seen += len(reply[1])
            if cursor == 0 or seen >= sample:
                return seen, cursor == 0

    def _count(self, server: RedisServer, names: list[bytes], kinds: dict[str, _Kind]) -> None:
        hexes = [name for name in names if is_hex(name)]
        looks: list[tuple[Any, ...]] = [("TTL", name) for name in names]
        looks += [("MEMORY", "USAGE", name) for name in names]
        looks += [("GETRANGE", name, 0, ANSWER_BYTES - 1) for name in hexes]
        replies = server.commands(looks) if looks else []
        ttls, sizes, heads = replies[: len(names)], replies[len(names) : 2 * len(names)], replies[2 * len(names) :]
        contents = dict(zip(hexes, heads))
        for name, ttl, size in zip(names, ttls, sizes):
            for look, answer in (("ttl", ttl), ("memory usage", size), ("contents", contents.get(name))):
                if isinstance(answer, RedisServerError) and answer.forbidden:
                    self._not_observable[look] = str(answer)
            head = contents.get(name)
            if isinstance(head, bytes) and is_answer(head):
                self._namespaces.count(name, head)
                kind = kinds.setdefault(RESPONSE, _Kind())
            else:
                kind = kinds.setdefault(kind_of(name), _Kind())
            kind.keys += 1
            kind.memory += size if isinstance(size, int) else 0
            if isinstance(ttl, int) and ttl >= 0:
                kind.ttls.append(ttl)
            elif ttl == -1:
                kind.lasting += 1
            if len(kind.examples) < EXAMPLES:
                kind.examples.append(shown(name))


def _facts(server: RedisServer) -> dict[str, str]:
    return facts_of(server.command("INFO"))


def _clients(server: RedisServer) -> list[dict[str, str]]:
    reply = server.command("CLIENT", "LIST").decode("utf-8", "replace")
    return [dict(pair.partition("=")[::2] for pair in line.split()) for line in reply.splitlines() if line]


def _server(facts: dict[str, str]) -> dict[str, Any]:
    return {
        "name": facts.get("server_name") or "redis",
        "version": facts.get("valkey_version") or facts.get("redis_version"),
        "mode": mode_of(facts),
        "role": facts.get("role"),
        "uptime_seconds": int(facts.get("uptime_in_seconds") or 0),
    }


def _memory(facts: list[dict[str, str]]) -> dict[str, Any] | None:
    """Memory of all servers together, bytes; a limit of 0 is none."""
    if not facts:
        return None
    limit = sum(int(one.get("maxmemory") or 0) for one in facts)
    return {
        "used": sum(int(one.get("used_memory") or 0) for one in facts),
        "limit": limit or None,
        "policy": facts[0].get("maxmemory_policy"),
        "evicted_keys": sum(int(one.get("evicted_keys") or 0) for one in facts),
    }
