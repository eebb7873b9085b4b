# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs Redis besides the cache, and what stays connected to it when the cache has left.

The container's own LiteLLM is asked, and only where the configuration gives a reason: its proxy takes seconds to import, and
a good deal of memory.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import socket

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    TARGET_VARIABLES,
    cache_params_of,
    load_settings,
    resolved,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import (
    Proxy,
    litellm_source,
    option_of,
    version_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe, keep_secret
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    place_of,
    plain_client,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import DEFAULT_PORT
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.sockets import family_of, peers_of

BUFFER = "use_redis_transaction_buffer"
#: Names of the constants that hold the keys of the spend lists (litellm/constants.py, 1.77.7 to 1.110.2).
BUFFER_CONSTANT = re.compile(r"REDIS_\w*UPDATE_BUFFER_KEY")
#: The lists of every version from 1.77.7, for a LiteLLM whose constants cannot be read.
BUFFER_LISTS = ("litellm_spend_update_buffer", "litellm_daily_spend_update_buffer",
                "litellm_daily_team_spend_update_buffer", "litellm_daily_tag_spend_update_buffer")  # fmt: skip
#: Where the number of worker processes stands: LiteLLM's option, those of its servers, and their variables.
WORKER_OPTIONS = ("--num_workers", "--workers", "-w")
WORKER_VARIABLES = ("NUM_WORKERS", "WEB_CONCURRENCY", "DEFAULT_NUM_WORKERS_LITELLM_PROXY")
#: Seconds for each answer of Redis: leaving it must not wait for it.
WAIT_SECONDS = 2.0
#: Ports that are Redis also where the configuration does not name it: the server's and the Sentinel's.
REDIS_PORTS = (DEFAULT_PORT, 26379)


# ---------------------------------------------------------------------------------------------------------
# Before: may the cache leave?


def leaving_redis(request: dict) -> dict:
    """What the instance would miss in the local mode.

    :param request: ``candidate``: text of the configuration with the local cache; ``base``: text of the one in force.
    :returns: ``litellm_version``; ``workers``: number of processes, as the start asks for; ``coordination``: names of
        what still shares limits through Redis; ``buffer``: None where the candidate does not switch it on, else see
        :func:`_start`; ``waiting``: records by list that lie in the Redis of ``base``; ``waiting_problem``: why they
        could not be counted.
    """
    proxy = Proxy.find()
    proxy.enter()
    in_force = load_settings(proxy, dict(request, candidate=request.get("base")))
    waiting, problem = _waiting(in_force)
    config = load_settings(proxy, request)
    general = _mapping(config, "general_settings")
    return {
        "litellm_version": version_of("litellm"),
        "workers": _workers(proxy),
        "coordination": _coordination(general),
        "buffer": _start(config) if is_on(general.get(BUFFER)) else None,
        "waiting": waiting,
        "waiting_problem": problem,
    }


def is_on(value: object) -> bool:
    """Whether LiteLLM takes a setting as true (str_to_bool of secret_managers/main.py, 1.77.7 to 1.110.2).

    :param value: as the file has it.
    """
    value = resolved(value)
    return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def _mapping(config: dict, name: str) -> dict:
    found = config.get(name)
    return found if isinstance(found, dict) else {}


def _start(config: dict) -> dict:
    """What the container's own LiteLLM says of the spend buffer without a Redis cache.

    The check at the start is of March 2026 (pull request 23019), the Redis of REDIS_* variables in place of the cache's of
    later (28764); earlier versions start and drop the spend, because RedisUpdateBuffer returns without a Redis. The
    functions say which of them this version has, not its number.

    :returns: ``starts``; ``drops``: it starts, and spend is lost; ``accepts``: what may take the place of the cache's
        Redis, of ``environment`` and ``coordination_redis``.
    :raises Refusal: LiteLLM cannot be imported.
    """
    try:
        from litellm.proxy import proxy_server
    except Exception as error:  # whatever a package does on import
        raise Refusal("litellm_missing", "LiteLLM's proxy cannot be imported: %s" % describe(error)) from None
    general: dict = dict(_mapping(config, "general_settings"))
    general[BUFFER] = resolved(general[BUFFER])
    event = proxy_server.ProxyStartupEvent
    validate = _function(event, "validate_redis_transaction_buffer_config")
    of_environment = _function(event, "get_transaction_buffer_redis_cache")
    coordination = hasattr(proxy_server.ProxyConfig, "_init_coordination_redis")
    client, starts = None, True
    try:
        if coordination and general.get("coordination_redis"):
            client = proxy_server.ProxyConfig()._init_coordination_redis(config)
        if client is None and of_environment is not None:
            client = of_environment(general_settings=general)
        if validate is not None:
            validate(general_settings=general, redis_usage_cache=client)
    except Exception:  # whatever it is, the proxy would stop at it; its text may hold a password
        starts = False
    accepts = ["environment"] if of_environment is not None else []
    return {
        "starts": starts,
        "drops": starts and client is None,
        "accepts": accepts + (["coordination_redis"] if coordination else []),
    }


def _function(owner: object, name: str):
    """A function of LiteLLM under its name, with an underscore before it in some versions; None for neither."""
    return getattr(owner, name, None) or getattr(owner, "_" + name, None)


def _workers(proxy: Proxy) -> int:
    words = [option_of(proxy.argv, WORKER_OPTIONS)] + [os.environ.get(name) for name in WORKER_VARIABLES]
    numbers = [int(word) for word in words if word and word.isdigit()]
    return max(1, numbers[0]) if numbers else 1


def _coordination(general: dict) -> list:
    """Names of what makes this LiteLLM share limits, cooldowns and budgets through Redis without a cache there."""
    if b"coordination_redis" not in litellm_source("proxy/proxy_server.py"):
        return []
    if general.get("coordination_redis"):
        return ["general_settings.coordination_redis"]
    return [name for name in TARGET_VARIABLES if os.environ.get(name)]


# ---------------------------------------------------------------------------------------------------------
# Spend that waits


def _lists() -> list:
    """Keys of the spend lists, as the installed LiteLLM has them."""
    found = []
    with contextlib.suppress(SyntaxError, ValueError):
        for node in ast.parse(litellm_source("constants.py")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "value", None)
            if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
                continue
            if any(isinstance(one, ast.Name) and BUFFER_CONSTANT.fullmatch(one.id) for one in targets):
                found.append(value.value)
    return found or list(BUFFER_LISTS)


def _waiting(config: dict) -> tuple:
    """Number of records by list in the Redis of a configuration, and why they could not be counted.

    Newer versions put the cache's namespace before the key (async_rpush of 1.106.2), older ones do not (1.80.0).
    """
    try:
        params = as_the_proxy_connects(cache_params_of(config))
        if params.get("type") != "redis":
            return {}, None
        if params.get("redis_startup_nodes") or params.get("sentinel_nodes"):
            return {}, "Redis is a Cluster or behind Sentinels"
        client = plain_client(params, WAIT_SECONDS)
        names = _lists()
        if params.get("namespace"):
            names += ["%s:%s" % (params["namespace"], name) for name in names]
        return _lengths(client, names), None
    except Refusal as refusal:
        return {}, str(refusal)
    except (redis_library().exceptions.RedisError, OSError, ValueError, TypeError) as error:
        # Its text may hold a piece of a password that makes a URL unreadable.
        return {}, type(error).__name__


def _lengths(client, names: list) -> dict:
    """Lengths of the lists that are not empty; what is no list is none of ours."""
    lengths = {}
    for name in names:
        try:
            lengths[name] = client.llen(name)
        except redis_library().exceptions.ResponseError as error:
            if "WRONGTYPE" not in str(error):
                raise
    return {name: length for name, length in lengths.items() if length}


# ---------------------------------------------------------------------------------------------------------
# Afterwards: who is still there?


def still_connected(request: dict) -> dict:
    """Established connections of the proxy's processes to a Redis, each with what names it.

    :param request: ``candidate``: text of the configuration in force.
    :returns: ``places``: list with ``name`` (None: nothing that we know names it), ``host``, ``port`` and
        ``connections``, for the places with at least one; ``drops_spend``: the spend buffer is on, and this version does
        not even check that it has a Redis.
    """
    proxy = Proxy.find()
    proxy.enter()
    config = load_settings(proxy, request)
    open_now = peers_of(family_of(proxy.pid))
    places = []
    for name, host, port in _named_places(config):
        own = [peer for peer in open_now if peer in _addresses(host, port)]
        if own:
            places.append({"name": name, "host": host, "port": port, "connections": len(own)})
        open_now = [peer for peer in open_now if peer not in own]
    for address, port in sorted(set(open_now)):
        if port in REDIS_PORTS:
            number = open_now.count((address, port))
            places.append({"name": None, "host": address, "port": port, "connections": number})
    general = _mapping(config, "general_settings")
    checked = b"validate_redis_transaction_buffer_config" in litellm_source("proxy/proxy_server.py")
    return {"places": places, "drops_spend": is_on(general.get(BUFFER)) and not checked}


def _named_places(config: dict) -> list:
    """Name, host and port of each Redis that the configuration or the environment names, the strongest first."""
    general, router = (_mapping(config, name) for name in ("general_settings", "router_settings"))
    blocks = [
        ("general_settings.coordination_redis", _mapping(general, "coordination_redis")),
        ("router_settings", {"url": router.get("redis_url"), "host": router.get("redis_host"),
                             "port": router.get("redis_port")}),
        ("litellm_settings.cache_params", cache_params_of(config)),
        ("REDIS_URL", {"url": os.environ.get("REDIS_URL")}),
        ("REDIS_HOST", {"host": os.environ.get("REDIS_HOST"), "port": os.environ.get("REDIS_PORT")}),
    ]  # fmt: skip
    places = []
    for name, block in blocks:
        settings = {key: resolved(value) for key, value in block.items()}
        keep_secret(settings.get("url"))
        with contextlib.suppress(ValueError, TypeError):  # a port or a URL that is none leads nowhere
            place = place_of(settings)
            if place["host"] and place["port"]:
                places.append((name, str(place["host"]), int(place["port"])))
    return places


def _addresses(host: str, port: int) -> set:
    """The peers that a name stands for."""
    with contextlib.suppress(OSError, UnicodeError):
        return {(info[4][0], port) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    return set()
