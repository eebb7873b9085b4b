# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Proves a candidate inside an instance: builds cache and router with the container's own LiteLLM, and looks.

LiteLLM is asked for its clients as its proxy would build them: the verdict rests on what these clients hold, not on a version
number. Nothing is written, unless plants are asked for.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.builder import (
    STEP_SECONDS,
    UNEXPECTED_ARGUMENT,
    Builder,
    Candidate,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.client_settings import (
    NODE,
    TIMES,
    client_settings,
    differences,
    shown,
    wanted_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    key_of,
    read_configuration,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import deployments_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.planting import ping_key, plant
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy, version_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    place_of,
    plain_client,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import (
    as_the_proxy_connects,
    with_environment,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_reach import reach
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import (
    CLUSTER,
    SENTINEL,
    group_of,
    is_sent_elsewhere,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import require_readable

PLACE = ("host", "port", "db", "service_name")
#: What makes two clients of one server different for the entries that they see and the time that they wait.
DISTINCT = ("kind", *PLACE, "ssl", *TIMES)
#: Settings that change neither where entries are nor how long a request waits.
MILD = ("health_check_interval", "retry_on_timeout", "max_connections")
#: The same where LiteLLM builds a client for several servers: some versions pass no wait on to it, whatever the file says.
MILD_IN_GROUP = (*MILD, "socket_timeout", "socket_connect_timeout")
#: Commands without which nothing is cached; without the others a part of LiteLLM does less.
INDISPENSABLE = ("GET", "SET")


def probe(request: dict) -> dict:
    """Prove a candidate, and plant where it holds.

    :param request: ``candidate`` (text of the configuration, None for the live one), ``refused_by``: codes of the
        observations that forbid planting; ``model`` and what else :func:`planting.plant` takes. Without ``model``
        nothing is planted. ``more``: further answers to plant, a list of ``model``, ``kind``, ``max_tokens``, ``plants``
        and ``ttl``.
    :returns: versions, the clients' settings, the server's answers, and ``observations``: what would not be as
        wanted. Each has ``code``, ``where`` and what belongs to it.
    """
    proxy = Proxy.find()
    proxy.enter()
    reading = read_configuration(proxy, request)
    config = reading.config
    candidate = Candidate(config)
    require_readable(with_environment(candidate.params))
    require_readable(candidate.router, "router_settings", "redis_")
    answer: dict = {
        "litellm_version": version_of("litellm"),
        "redis_py_version": version_of("redis"),
        "redis_variables": sorted(name for name in os.environ if name.startswith("REDIS_")),
        "set_by_file": reading.set_by_file,
        "observations": [],
        "server": reach(with_environment(candidate.params), STEP_SECONDS),
    }
    began = time.monotonic()
    try:
        import litellm
    except ImportError as error:
        raise Refusal(
            "litellm_missing", "LiteLLM cannot be imported in the container, there is no %s" % error.name
        ) from None
    answer["import_seconds"] = round(time.monotonic() - began, 2)
    for params in (candidate.params, candidate.router_params()):
        if params:  # a URL of the environment may win over them
            require_readable(as_the_proxy_connects(dict(params, type="redis")))
    builder = Builder(litellm)
    observations = answer["observations"]
    cache = _observed_cache(builder, candidate, answer)
    _observed_router(builder, candidate, cache.cache, answer)
    observations += _of_the_server(answer["server"])
    stops = set(request.get("refused_by") or ())
    answer["planted"] = bool(request.get("model")) and not any(seen["code"] in stops for seen in observations)
    answer.update(plants=[], written_keys=[], foreign_keys=[], more=[], ping_key=ping_key(cache))
    if answer["planted"]:
        answer.update(plant(litellm, cache, config, _deployments(proxy, config, request), request))
        for further in request.get("more") or []:
            order = dict(
                further, user=request.get("user"), key=request.get("key"), key_variable=request.get("key_variable")
            )
            answer["more"].append(plant(litellm, cache, config, _deployments(proxy, config, order), order)["plants"])
    answer["seconds"] = round(time.monotonic() - began, 2)
    return answer


def _deployments(proxy: Proxy, config: dict, request: dict) -> list:
    """The deployments of the model that is asked for: of the file, else those that the proxy has from its database."""
    listed = config.get("model_list") or []
    entries = [entry for entry in listed if isinstance(entry, dict) and entry.get("model_name") == request["model"]]
    return entries or deployments_of(proxy, key_of(config, request)[0], request["model"])


def _observed_cache(builder: Builder, candidate: Candidate, answer: dict):
    """Build the cache, and note what its clients do not hold as wanted."""
    observations = answer["observations"]
    try:
        cache, left_out = builder.cache(candidate.params)
    except Exception as error:  # whatever it is, the proxy would stop at it
        raise Refusal(
            "start_refused",
            "LiteLLM does not start with this configuration: " + describe(error),
            variable=_culprit(candidate, lambda: builder.cache(candidate.params)),
            where="cache",
        ) from None
    answer["left_out"] = left_out
    observations += [{"code": "key_left_out", "where": "cache", "setting": key} for key in left_out]
    asynchronous, problem = builder.async_settings(cache.cache)
    clients = {"sync": client_settings(cache.cache.redis_client), "async": asynchronous}
    answer["cache"] = {kind: shown(found) for kind, found in clients.items()}
    wanted = wanted_settings(with_environment(candidate.params))
    answer["wanted"] = shown(wanted)
    unlike = _differences_of(wanted, clients)
    for seen in unlike:
        seen["where"] = "cache"
    if problem:
        unlike.append({"code": "async_broken", "where": "cache", "detail": problem})
    if unlike:
        variable = _culprit(candidate, lambda: _works(builder, candidate, wanted))
        for seen in unlike:
            seen["variable"] = variable
    observations += unlike
    if _is_sent_elsewhere(candidate.params, answer["server"]):
        observations.append({"code": "moved", "where": "cache", "setting": "host"})
    if (
        clients["async"].get("ssl")
        and not clients["async"]["ssl_check_hostname"]
        and not wanted.get("ssl_check_hostname")
    ):
        observations.append({"code": "certificate_name_unchecked", "where": "cache", "setting": "ssl_check_hostname"})
    return cache


def _is_sent_elsewhere(params: dict, server: Any = None) -> bool:
    """Whether a plain client with these settings would be one of a node of a Cluster, and meet MOVED.

    :param server: what :func:`reach` told of that server, None where it was not asked.
    """
    if group_of(params) is not None or (server and (server["server"] or {}).get("mode") not in (CLUSTER, None)):
        return False
    library = redis_library()
    try:
        client = plain_client(with_environment(params), STEP_SECONDS)
        with contextlib.closing(client):
            return is_sent_elsewhere(library, client, params.get("namespace"))
    except library.exceptions.RedisError:  # what the client of LiteLLM meets then is told elsewhere
        return False


def _works(builder: Builder, candidate: Candidate, wanted: dict) -> None:
    """Raise unless the candidate's clients are as wanted."""
    cache, _left_out = builder.cache(candidate.params)
    asynchronous, problem = builder.async_settings(cache.cache)
    clients = {"sync": client_settings(cache.cache.redis_client), "async": asynchronous}
    if problem or _differences_of(wanted, clients):
        raise ValueError


def _culprit(candidate: Candidate, attempt):
    """The environment variable without which an attempt succeeds; None when there is no such one."""
    for name in candidate.foreign_variables():
        value = os.environ.pop(name)
        try:
            attempt()
            return name
        except Exception:  # not this one, or not this one alone
            continue
        finally:
            os.environ[name] = value
    return None


def _differences_of(wanted: dict, clients: dict) -> list:
    """Observations for all clients: one for each setting, with the kinds of client that have it wrong."""
    seen: dict = {}
    mild = MILD_IN_GROUP if wanted.get("kind") else MILD
    for kind, found in clients.items():
        for setting, values in differences(wanted, found).items():
            code = "misplaced" if setting in PLACE else "differs" if setting in mild else "ineffective"
            entry = seen.setdefault(setting, {"code": code, "setting": setting, "clients": [], **values})
            entry["clients"].append(kind)
    name_check = seen.get("ssl_check_hostname")
    if name_check and name_check["clients"] == ["sync"]:  # no request goes over that client
        name_check["code"] = "differs"
    return list(seen.values())


def _observed_router(builder: Builder, candidate: Candidate, backend: Any, answer: dict) -> None:
    """Build the router, and note where its connection differs."""
    observations = answer["observations"]
    try:
        router = builder.router(candidate.router)
    except Exception as error:  # the proxy would stop at it
        unexpected = UNEXPECTED_ARGUMENT.search(str(error))
        raise Refusal(
            "start_refused",
            "LiteLLM does not start with these router_settings: " + describe(error),
            variable=_culprit(candidate, lambda: builder.router(candidate.router)),
            setting=unexpected[1] if unexpected else None,
            where="router",
        ) from None
    own = router.cache.redis_cache
    answer["router"] = {"own_connection": own is not None}
    if own is None:
        return
    asynchronous, problem = builder.async_settings(own)
    clients = {"sync": client_settings(own.redis_client), "async": asynchronous}
    answer["router"].update({kind: shown(found) for kind, found in clients.items()})
    if problem and not any(seen["code"] == "async_broken" for seen in observations):  # else it is the same again
        observations.append({"code": "async_broken", "where": "router", "detail": problem})
    params = candidate.router_params()
    if params:
        observations += [dict(seen, where="router") for seen in _differences_of(wanted_settings(params), clients)]
        if asynchronous["kind"] == NODE and not problem:
            observations += _beside_the_cache(candidate, params, answer["server"])
    if builder.share_one_client(backend, own):
        cache_client = answer["cache"]["async"]
        unlike = [name for name in DISTINCT if cache_client.get(name) != asynchronous.get(name)]
        code = "shared_client" if unlike else "one_client"
        observations.append({"code": code, "where": "router", "settings": unlike})


def _beside_the_cache(candidate: Candidate, params: dict, server: Any) -> list:
    """What becomes of a plain connection of the router beside the servers of the cache.

    :param params: the router's connection under the names of ``cache_params``.
    :param server: what :func:`reach` told of the cache's server.
    """
    same = candidate.group is None and place_of(params) == place_of(with_environment(candidate.params))
    if _is_sent_elsewhere(params, server if same else None):
        return [{"code": "moved", "where": "router", "setting": "redis_host"}]
    if candidate.group == SENTINEL:
        return [{"code": "failover_missed", "where": "router", "setting": "redis_host"}]
    return []


def _of_the_server(server: object) -> list:
    """What the server would refuse, or do to entries."""
    if not isinstance(server, dict):
        return []
    observations = []
    refused = server["refused"]
    for command, reason in (refused or {}).items():
        full = "maxmemory" in reason or "OutOfMemory" in reason
        if full and command != "SET":
            continue  # the same reason again
        code = "redis_full" if full else "permission_missing" if command in INDISPENSABLE else "permission_limited"
        observations.append({"code": code, "where": "server", "setting": command, "detail": reason})
    policy = (server["memory"] or {}).get("policy")
    if server["memory"] and server["memory"]["limit"] and policy == "noeviction":
        observations.append({"code": "eviction_policy", "where": "server", "setting": "maxmemory-policy"})
    return observations
