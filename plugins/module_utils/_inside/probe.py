# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves a candidate inside an instance: builds cache and router with the container's own LiteLLM, and looks.

Goes to the container with redis_look.py. LiteLLM is asked for
its clients as its proxy would build them: the verdict rests on what these clients hold, not on a version number.
Nothing is written, unless plants are asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import re
import time
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    is_true,
    key_of,
    read_configuration,
    resolved,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import deployments_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.planting import ping_key, plant
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy, version_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import (
    as_the_proxy_connects,
    with_environment,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_look import (
    place_of,
    plain_client,
    reach,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import (
    CLUSTER,
    SENTINEL,
    group_of,
    is_sent_elsewhere,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import require_readable

STEP_SECONDS = 5.0
NODE = "node"
PLACE = ("host", "port", "db", "service_name")
TIMES = ("socket_timeout", "socket_connect_timeout", "health_check_interval")
#: What makes two clients of one server different for the entries that they see and the time that they wait.
DISTINCT = ("kind", *PLACE, "ssl", *TIMES)
#: How a server's certificate is judged, and what the client shows of itself.
CERTIFICATES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname")
SECRETS = ("username", "password")
#: Settings that change neither where entries are nor how long a request waits.
MILD = ("health_check_interval", "retry_on_timeout", "max_connections")
#: The same where LiteLLM builds a client for several servers: some versions pass no wait on to it, whatever the file says.
MILD_IN_GROUP = (*MILD, "socket_timeout", "socket_connect_timeout")
#: Commands without which nothing is cached; without the others a part of LiteLLM does less.
INDISPENSABLE = ("GET", "SET")
#: Keys of ``router_settings`` that decide its connection to Redis (litellm.Router.__init__, 1.77 to 1.106).
ROUTER_KEYS = ("redis_url", "redis_host", "redis_port", "redis_password", "redis_db", "cache_kwargs")
KIND_IN_WORDS = {NODE: "one server alone", CLUSTER: "a Redis Cluster", SENTINEL: "what Sentinels name"}
UNEXPECTED_ARGUMENT = re.compile(r"unexpected keyword argument '(\w+)'")
ROUNDS = 3


# ---------------------------------------------------------------------------------------------------------
# What is wanted, and what a client holds


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


def _shown(found: dict) -> dict:
    """Settings of a client without its secrets."""
    return {name: value for name, value in found.items() if name not in SECRETS}


# ---------------------------------------------------------------------------------------------------------
# LiteLLM's own cache and router


class Candidate:
    """The candidate's settings as LiteLLM takes them.

    :param config: the configuration, ``environment_variables`` applied.
    """

    def __init__(self, config: dict) -> None:
        self.params = cache_params_of(config)
        written = (config.get("litellm_settings") or {}).get("cache_params") or {}
        router = config.get("router_settings")
        self.router = {key: value for key, value in (router or {}).items() if key in ROUTER_KEYS}
        #: Variables that the candidate itself names: they are no surprise.
        text = json.dumps([written, self.router], default=str)
        self.named_variables = frozenset(re.findall(r"os\.environ/(\w+)", text))
        self.router = resolved(self.router)  # type: ignore[assignment]
        self.group = group_of(self.params)

    def router_params(self) -> dict:
        """The router's connection under the names of ``cache_params``; empty where it has none of its own."""
        router = self.router
        if not router.get("redis_url") and not (router.get("redis_host") and router.get("redis_port")):
            return {}
        named = {"url": router.get("redis_url"), "host": router.get("redis_host"), "port": router.get("redis_port")}
        named.update(password=router.get("redis_password"), db=router.get("redis_db"))
        named.update(router.get("cache_kwargs") or {})
        return {key: value for key, value in named.items() if value is not None}

    def foreign_variables(self) -> list:
        """Names of the REDIS_* variables of the proxy that the candidate does not name itself."""
        return sorted(name for name in os.environ if name.startswith("REDIS_") and name not in self.named_variables)


def _in_short(error: Exception) -> str:
    """An exception in one line; of a Sentinel's only what was looked for, and why the last one did not tell."""
    what, shows_clients, rest = str(error).partition(" : <")
    if not shows_clients:
        return describe(error)
    return describe(type(error)("%s, %s" % (what, rest.rpartition(" - ")[2])))


class Builder:
    """Builds what the proxy would build at its start, by litellm/proxy/proxy_server.py of 1.77 to 1.106."""

    def __init__(self, litellm: Any) -> None:
        self.litellm = litellm

    def cache(self, params: dict):
        """LiteLLM's Cache, and the keys that had to be left out for it.

        :raises Exception: whatever LiteLLM and redis-py raise; it would stop the proxy's start.
        """
        from litellm.caching.caching import Cache

        kept, left_out = dict(params), []
        while True:
            try:
                cache = Cache(**kept)
                _backend = cache.cache  # a type that LiteLLM does not know leaves none
                return cache, left_out
            except TypeError as error:
                unexpected = UNEXPECTED_ARGUMENT.search(str(error))
                if unexpected is None or unexpected[1] not in kept:
                    raise
                del kept[unexpected[1]]
                left_out.append(unexpected[1])

    def router(self, settings: dict):
        """LiteLLM's Router without a model; settings that this version does not know are dropped, as its proxy does."""
        known = inspect.getfullargspec(self.litellm.Router).args
        given = {key: value for key, value in settings.items() if key in known}
        return self.litellm.Router(model_list=[], **given)

    def forget_clients(self) -> None:
        """Empty LiteLLM's store of async clients, so that the next one is built."""
        self.litellm.in_memory_llm_clients_cache.flush_cache()

    def async_settings(self, backend: Any) -> tuple:
        """Settings of the async client, and why it does not work (None when it does)."""

        async def build() -> tuple:
            client = backend.init_async_client()
            try:
                await asyncio.wait_for(client.ping(), STEP_SECONDS)
                problem = None
            except redis_library().exceptions.NoPermissionError:
                problem = None
            except Exception as error:  # what the proxy would meet at each request, whatever its class
                problem = _in_short(error)
            try:
                settings = client_settings(client)
            except TypeError as error:  # ssl_* without ssl: true, for one (issue 34614 of BerriAI/litellm)
                raise Refusal(
                    "client_broken",
                    "LiteLLM would start, and no request of it would reach Redis: %s. Remove that setting from cache_params, "
                    "or from cache_kwargs of the router; one of ssl_* needs ssl: true" % describe(error),
                ) from None
            with contextlib.suppress(Exception):
                await (client.aclose() if settings["kind"] == CLUSTER else client.connection_pool.disconnect())
            return settings, problem

        self.forget_clients()
        return asyncio.run(build())

    def share_one_client(self, first: Any, second: Any) -> bool:
        """Whether two RedisCaches end up with one async client.

        Up to LiteLLM 1.80.10 clients are stored under one constant name, and handed to whoever asks next.
        """

        async def build() -> bool:
            clients: list = [[], []]
            for _round in range(ROUNDS):
                for kept, backend in zip(clients, (first, second)):
                    kept.append(backend.init_async_client())
            return any(one is other for one in clients[0] for other in clients[1])

        self.forget_clients()
        try:
            return asyncio.run(build())
        finally:
            self.forget_clients()


# ---------------------------------------------------------------------------------------------------------
# The operation


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
    answer["cache"] = {kind: _shown(found) for kind, found in clients.items()}
    wanted = wanted_settings(with_environment(candidate.params))
    answer["wanted"] = _shown(wanted)
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
    answer["router"].update({kind: _shown(found) for kind, found in clients.items()})
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
