# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the environment of a proxy adds to the connection that ``cache_params`` name, and what it puts in its place.

Goes to the container before redis_look.py.
"""

from __future__ import annotations

import inspect
import json
import os

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import is_true
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import group_of

#: What redis-py needs to reach the server that cache_params name; LiteLLM's own settings are not in it.
CONNECTION_SETTINGS = ("host", "port", "db", "username", "password", "ssl", "ssl_ca_certs", "ssl_certfile",
                       "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")  # fmt: skip


def connection_settings(params: dict, heeds_environment: bool = True) -> dict:
    """Arguments of a plain client for the host form: LiteLLM takes from REDIS_* what ``cache_params`` leave out.

    :param heeds_environment: False where that was done before.
    """
    named = {}
    for name in CONNECTION_SETTINGS:
        value = params.get(name)
        if value is None and heeds_environment:
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
    if params.get("url") or params.get("host") or group_of(params):
        return params
    if os.environ.get("REDIS_URL"):
        return dict(params, url=os.environ["REDIS_URL"])
    return dict(params, **connection_settings(params))


def as_the_proxy_connects(params: dict) -> dict:
    """``cache_params`` with what the environment puts beside them and in their place.

    REDIS_CLUSTER_NODES and REDIS_SENTINEL_NODES win over the file (litellm 1.72.9 to 1.110.2, _redis.py). What the file
    leaves out of the host form comes from REDIS_*, and REDIS_URL wins over it in some versions.

    :param params: ``cache_params`` with references resolved.
    :raises Refusal: the environment holds something that LiteLLM cannot read.
    """
    if params.get("type") != "redis" or params.get("url"):
        return params
    params = _completed(params)
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


def _completed(params: dict) -> dict:
    """``cache_params`` with the variables that LiteLLM heeds.

    LiteLLM reads REDIS_* by the names that the signature of redis-py's client tells. Where that tells them, all versions
    read all of them (1.72.9 to 1.110.2, ``_redis_kwargs_from_environment``). redis-py 7.4 and newer hide them behind a
    decorator, which only some versions look through, so LiteLLM itself is asked, and for REDIS_URL beside a host, too.

    :param params: ``cache_params`` of the type redis without a URL.
    :raises Refusal: LiteLLM would have to be asked, and is not there.
    """
    url = os.environ.get("REDIS_URL")
    if not params.get("host") and not group_of(params):
        return with_environment(params)
    set_there = [name for name in CONNECTION_SETTINGS if os.environ.get("REDIS_" + name.upper())]
    missing = [name for name in set_there if params.get(name) is None]
    if url or (missing and not _signature_tells()):
        return _asked_of_litellm(params, url)
    return dict(params, **connection_settings(params)) if missing else params


def _signature_tells() -> bool:
    """Whether the signature of redis-py's client tells its arguments, as LiteLLM looks at it."""
    import redis

    return "host" in inspect.getfullargspec(redis.Redis).args


def _asked_of_litellm(params: dict, url: object) -> dict:
    """``cache_params`` with what LiteLLM's own logic makes of the connection.

    :param url: REDIS_URL, None where it is not set.
    """
    try:
        from litellm import _redis
    except ImportError:
        raise Refusal("litellm_missing", "LiteLLM cannot be imported in the container") from None
    named = {name: params[name] for name in CONNECTION_SETTINGS if params.get(name) is not None}
    if params.get("redis_startup_nodes"):
        named["startup_nodes"] = params["redis_startup_nodes"]
    if params.get("sentinel_nodes"):
        named["sentinel_nodes"] = params["sentinel_nodes"]
    try:
        found = _redis._get_redis_client_logic(**named)
    except ValueError:  # it looks at the URL (1.106, _redis.py), and cannot read it; or at nodes, which are read below
        found = {"url": url}
    if found.get("url"):
        return dict(params, url=found["url"])
    told = {name: found[name] for name in CONNECTION_SETTINGS if found.get(name) not in (None, "")}
    told.setdefault("db", 0)  # said, so that no client of ours takes it from a variable that LiteLLM does not heed
    return dict(params, **connection_settings(dict(params, **told), heeds_environment=False))


def _nodes_in(variable: str):
    """The list that a variable holds as JSON, None where it is not set."""
    try:
        return json.loads(os.environ.get(variable) or "null")
    except ValueError:
        raise Refusal("redis_nodes", "%s in the proxy's environment is not JSON" % variable) from None
