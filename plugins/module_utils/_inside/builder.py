# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Builds cache and router of a candidate with the container's own LiteLLM, as its proxy would at its start."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import re
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.client_settings import client_settings
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import cache_params_of, resolved
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import redis_library
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import CLUSTER, group_of

STEP_SECONDS = 5.0
#: Keys of ``router_settings`` that decide its connection to Redis (litellm.Router.__init__, 1.77 to 1.106).
ROUTER_KEYS = ("redis_url", "redis_host", "redis_port", "redis_password", "redis_db", "cache_kwargs")
UNEXPECTED_ARGUMENT = re.compile(r"unexpected keyword argument '(\w+)'")
ROUNDS = 3


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
