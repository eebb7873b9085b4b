# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How well Redis serves this instance: times of each step of the way, and what the server tells of its troubles.

Sends read-only commands alone. Of a slow command its name is told, never an argument.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    REDIS,
    cache_params_of,
    load_settings,
    mode_of,
    resolved,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy, option_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    place_in_effect,
    plain_client,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_reach import reach
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import clients_of

#: Slow commands that are asked for; the server keeps 128 by itself.
SLOWEST_OF = 128
#: Slow commands, and events of its latency monitor, are told that are not older than this many seconds.
RECENT_SECONDS = 3600
#: Options and variable that say how many processes serve (litellm/proxy/proxy_cli.py, gunicorn, uvicorn).
WORKERS, WORKERS_VARIABLE = ("--num_workers", "--workers", "-w"), "NUM_WORKERS"
_COMMAND = re.compile(r"[A-Za-z.]{1,20}")
_EVENT = re.compile(r"[a-z0-9_-]{1,40}")
#: What INFO tells by number, under the name that it is told by.
_NUMBERS = {
    "blocked_clients": "blocked_clients",
    "connected_clients": "connected_clients",
    "maxclients": "most_clients",
    "rejected_connections": "rejected_connections",
    "evicted_keys": "evicted_keys",
    "used_memory": "memory_used",
    "maxmemory": "memory_limit",
}


def health(request: dict) -> dict:
    """How well Redis serves this instance.

    :param request: ``candidate`` and ``mounted``, see configuration.read_configuration; ``samples``: how often each step is
        timed; ``timeout`` of each step in seconds.
    :returns: ``at`` (this container's clock), ``workers`` (processes that serve, None where nothing says so), ``namespace`` (a
        mark of it), and ``redis``, None where the configuration names none.
    """
    proxy = Proxy.find()
    proxy.enter()
    config = load_settings(proxy, request)
    params = cache_params_of(config)
    answer: dict = {
        "at": time.time(),
        "workers": _workers(proxy),
        "namespace": mark_of(params.get("namespace")),
        "redis": None,
    }
    if mode_of(resolved(config)) == REDIS and params.get("type", REDIS) == REDIS:
        answer["redis"] = _of_redis(dict(params, type=REDIS), request)
    return answer


def _workers(proxy: Proxy):
    """How many processes the proxy was told to serve with; None where it was not told."""
    told = option_of(proxy.argv, WORKERS) or proxy.environ.get(WORKERS_VARIABLE)
    return int(told) if told and str(told).isdigit() else None


def mark_of(namespace: object) -> str:
    """What tells one namespace from another without naming it."""
    return hashlib.sha256(str(namespace).encode()).hexdigest()[:8] if namespace else "none"


def _of_redis(params: dict, request: dict) -> dict:
    """Times and troubles; with ``problem`` where a step fails."""
    found: dict = {"place": None, "seconds": {}, "problem": None, "refused": None, "server": None, "not_observable": {}}
    try:
        params = as_the_proxy_connects(params)
        found["place"] = place_in_effect(params)
        for _sample in range(request["samples"]):
            told = reach(params, request["timeout"])
            for step, seconds in told["seconds"].items():
                found["seconds"].setdefault(step, []).append(seconds)
        found["refused"] = told["refused"]
        found["server"] = _told_by(clients_of(plain_client(params, request["timeout"])), found["not_observable"])
    except Refusal as refusal:
        step = refusal.facts.get("step")
        found["problem"] = {"code": refusal.code, "step": step, "message": str(refusal)}
    return found


def _told_by(servers: list, not_observable: dict) -> dict:
    """What the servers tell, the numbers of all together; what an ACL forbids is None.

    :param not_observable: gets the reason of each look that failed.
    """
    looks = {
        "info": lambda server: [_info(server)],
        "slow_commands": _slow_commands,
        "latency_events": _latency_events,
        "clock": lambda server: [_clock(server)],
    }
    found: dict = {}
    for name, look in looks.items():
        try:
            found[name] = [entry for server in servers for entry in look(server)]
        except (redis_library().exceptions.RedisError, redis_library().exceptions.RedisClusterException) as error:
            found[name] = None
            not_observable[name] = describe(error)
    slow, clocks = found["slow_commands"], found["clock"]
    return {
        "numbers": _together(found["info"]) if found["info"] else None,
        "slow_commands": None if slow is None else _summed(slow),
        "latency_events": found["latency_events"],
        "clock_off": max(clocks, key=abs) if clocks else None,
    }


def _info(server: Any) -> dict:
    told = server.info()
    databases = {name[2:]: entry.get("keys", 0) for name, entry in told.items() if re.fullmatch(r"db\d+", name)}
    numbers = {ours: told.get(theirs) for theirs, ours in _NUMBERS.items()}
    return dict(numbers, policy=told.get("maxmemory_policy"), databases=databases)


def _together(told: list) -> dict:
    """The numbers of several servers as one."""
    total: dict = {"policy": told[0]["policy"], "databases": {}}
    for name in _NUMBERS.values():
        known = [one[name] for one in told if isinstance(one[name], int)]
        total[name] = sum(known) if known else None
    for one in told:
        for database, keys in one["databases"].items():
            total["databases"][database] = total["databases"].get(database, 0) + keys
    return total


def _slow_commands(server: Any) -> list:
    """Name, start and seconds of each recent one."""
    now = _server_time(server)
    return [
        (_name_of(entry["command"]), entry["start_time"], entry["duration"] / 1e6)
        for entry in server.slowlog_get(SLOWEST_OF)
        if now - entry["start_time"] <= RECENT_SECONDS
    ]


def _name_of(command: object) -> str:
    text = command.decode("utf-8", "replace") if isinstance(command, bytes) else str(command)
    found = _COMMAND.match(text)
    return found.group(0).upper() if found else "a command"


def _summed(slow: list) -> dict:
    """How many, and the longest of them."""
    longest = max(slow, key=lambda entry: entry[2], default=None)
    return {
        "count": len(slow),
        "longest": {"command": longest[0], "at": longest[1], "seconds": round(longest[2], 4)} if longest else None,
    }


def _latency_events(server: Any) -> list:
    """Recent events of the latency monitor, which tells some only where it is switched on."""
    now = _server_time(server)
    found = []
    for name, at, _latest, longest in server.execute_command("LATENCY LATEST"):
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        if now - int(at) <= RECENT_SECONDS and _EVENT.fullmatch(text):
            found.append({"event": text, "at": int(at), "seconds": int(longest) / 1000.0})
    return found


def _server_time(server: Any) -> float:
    seconds, microseconds = server.time()
    return int(seconds) + int(microseconds) / 1e6


def _clock(server: Any) -> float:
    """Seconds by which the server's clock is ahead of this container's, by as much as is sure: the answer took a while."""
    before = time.time()
    there = _server_time(server)
    return round(beyond(there, before, time.time()), 3)


def beyond(moment: float, first: float, last: float) -> float:
    """How far a moment lies outside a span of time; 0.0 within."""
    return min(0.0, moment - first) or max(0.0, moment - last)
