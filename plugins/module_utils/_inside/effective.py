# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells what a configuration comes to: cache mode and place, what its references gave, which files have a part in it."""

from __future__ import annotations

import os

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    LOCAL,
    NONE,
    REDIS,
    cache_params_of,
    form_of,
    mode_of,
    read_configuration,
    resolved,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.reader import (
    BUCKET,
    SHOWN,
    Reading,
    cache_references,
    mapping_at,
    source_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import place_in_effect


def cache_of(config: dict) -> dict:
    """The cache that a configuration comes to, without a secret.

    :param config: references replaced by LiteLLM, or plain.
    """
    settings = mapping_at(config, "litellm_settings")
    mode = mode_of(config)
    params = cache_params_of(config) if mode != NONE else {}
    place, problem = {"host": None, "port": None, "db": None}, None
    if mode == REDIS and form_of(params) in ("host", "url", "environment"):
        try:
            place = place_in_effect(params)
        except (Refusal, ValueError, TypeError) as error:
            problem = str(error) if isinstance(error, Refusal) else "its address cannot be read"
    switch = settings.get("cache")
    return {
        "mode": mode,
        "type": params.get("type", LOCAL) if mode != NONE else None,
        "switch": switch if isinstance(switch, bool) or switch is None else "a text",
        "form": form_of(params) if mode == REDIS else None,
        **place,
        "problem": problem,
        "ttl": params.get("ttl"),
        "namespace": params.get("namespace"),
        "supported_call_types": params.get("supported_call_types"),
        "request_mode": params.get("mode"),
    }


def router_of(config: dict) -> dict:
    """Which keys of Redis the router has, and whether they make a connection of its own."""
    router = mapping_at(config, "router_settings")
    keys = sorted(key for key in router if str(key).startswith("redis_") and resolved(router[key]) not in (None, ""))
    own = "redis_url" in keys or {"redis_host", "redis_port"} <= set(keys)
    return {"redis_keys": keys, "own_connection": own}


def references_of(reading: Reading) -> list:
    """Each reference that decides on the cache: the setting, the variable, and what it gave.

    ``gave`` is ``value``, ``nothing`` or ``empty``; ``value`` is told for settings that are no secret. ``set_by_file`` tells that
    ``environment_variables`` of the file names the variable, which LiteLLM applies after it has replaced references.
    """
    told = []
    for path, name, _listed in cache_references(reading.raw):
        value: object = reading.config
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        value = resolved(value)
        told.append(
            {
                "setting": ".".join(path),
                "variable": name,
                "gave": "nothing" if value is None else "empty" if value == "" else "value",
                "value": value if path[-1] in SHOWN and isinstance(value, (str, int, float, bool)) else None,
                "set_by_file": name in reading.set_by_file,
            }
        )
    return told


def told_of(proxy: Proxy, reading: Reading, mounted: object) -> dict:
    """All that is told of a configuration.

    :param mounted: path under which the container sees the configured file, None for unknown.
    """
    path = proxy.config_path
    return {
        "path": path,
        "real_path": os.path.realpath(path) if path else None,
        "source": source_of(proxy, mounted),
        "bucket": os.environ.get(BUCKET),
        "by_litellm": reading.by_litellm,
        "why": list(reading.why),
        "included": list(reading.included),
        "set_by_file": reading.set_by_file,
        "references": references_of(reading),
        "cache": cache_of(reading.config),
        "router": router_of(reading.config),
    }


def read(request: dict) -> dict:
    """What LiteLLM makes of a configuration.

    :param request: ``candidate`` and ``mounted``, see configuration.read_configuration.
    """
    proxy = Proxy.find()
    proxy.enter()
    return told_of(proxy, read_configuration(proxy, request), request.get("mounted"))
