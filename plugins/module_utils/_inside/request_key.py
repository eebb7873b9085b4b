# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says of one request under which keys its answer is cached, and where one lies, and of a virtual key what it says of the cache.
The request is never sent.

Its prompt comes in over stdin, and no answer of this program holds a piece of it: names of parameters alone, and keys, which are
hashes. The keys are LiteLLM's own.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.builder import Builder
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    REDIS,
    Key,
    cache_params_of,
    key_of,
    load_settings,
    mode_of,
    resolved,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import (
    Conversation,
    deployments_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.planting import calls_of, plain_call
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    place_in_effect,
    plain_client,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects

#: By the parameter that has the prompt: function of LiteLLM that serves the request.
CALLS = {"messages": "acompletion", "prompt": "atext_completion", "input": "aembedding"}
#: What a request says of its cache, as far as it is told (litellm/caching/caching.py, DynamicCacheControl).
CONTROLS = ("no-cache", "no-store", "use-cache", "ttl", "s-maxage", "s-max-age", "namespace")
#: What the metadata of a virtual key may say of it, in the place of all that its requests say (litellm/types/utils.py,
#: SupportedCacheControls, 1.77.7 to 1.110.2).
KEY_CONTROLS = ("ttl", "s-maxage", "no-cache", "no-store")
#: Parameters that are no part of what is asked.
_APART = ("model", "cache", "metadata", *CALLS)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
#: An entry begins with the time at which it was stored.
_STORED_AT = re.compile(rb"timestamp[\"']: ?(\d{9,11}(?:\.\d{1,9})?)")
#: Databases beside the cache's own that are looked into at most.
DATABASES_AT_MOST = 16


def explain(request: dict) -> dict:
    """What becomes of a request in the cache.

    :param request: ``candidate`` and ``mounted``, see configuration.read_configuration; ``body`` of the request; ``timeout``
        in seconds of each wait for Redis; ``key`` or ``key_variable``.
    :returns: ``call_type``, ``is_supported``, ``streams``, ``controls``, ``deployments`` of its model, ``keys``, each
        distinct; ``in_key`` and ``not_in_key``: names of its parameters; ``entries``: where an answer lies, each with ``db``,
        ``seconds_left`` and ``age``; ``looked_into``: the databases, None where there is no Redis; ``problem`` of that look.
    """
    proxy = Proxy.find()
    proxy.enter()
    config = load_settings(proxy, request)
    body, params = request["body"], cache_params_of(config)
    call_type = next((call for name, call in CALLS.items() if name in body), None)
    if call_type is None or not isinstance(body.get("model"), str):
        raise Refusal("no_request", "the request names no model, or has none of %s" % ", ".join(CALLS))
    try:
        import litellm
    except ImportError:
        raise Refusal("litellm_missing", "LiteLLM cannot be imported in the container") from None
    cache = _cache(litellm, params)
    entries = _deployments(proxy, config, request)
    asked = _with_usage(litellm, config, entries, call_type, _call_of(body))
    (made,) = calls_of(litellm, call_type, config, entries, [asked])
    calls = [_with_metadata(one, body) for one in made]
    keys = sorted({cache.get_cache_key(**made) for made in calls})
    found: dict = {
        "call_type": call_type,
        "is_supported": cache.supported_call_types is None or call_type in cache.supported_call_types,
        "streams": body.get("stream") is True,
        "controls": _controls(body),
        "deployments": len(entries),
        "keys": keys,
        **_parameters(cache, calls[0], body),
        "entries": [],
        "looked_into": None,
        "problem": None,
    }
    if mode_of(resolved(config)) == REDIS:
        found.update(_looked_up(dict(params, type=REDIS), keys, request["timeout"]))
    return found


def controls_of_key(request: dict) -> dict:
    """What the proxy keeps of a virtual key about the cache. It costs nothing, and the log of the proxy has the hash of the key.

    :param request: ``candidate`` and ``mounted``, see configuration.read_configuration; ``asked_with``: the virtual key; ``key``
        or ``key_variable`` of somebody who may ask about others.
    :returns: ``status`` of its question for the models (None for no answer), ``known``: whether the proxy told of it,
        ``controls`` of its metadata (None where they say nothing), and ``allowed``: what its requests may say, [] for anything.
    """
    proxy = Proxy.find()
    proxy.enter()
    config = load_settings(proxy, request)
    own = key_of(config, {"key": request["asked_with"]})[0]
    status, _body = _asked(proxy, own, "/v1/models")
    told = _info(proxy, own, "/key/info")
    if told is None:  # one that may only ask models may not ask about itself
        hashed = hashlib.sha256(str(own.value).encode()).hexdigest()
        told = _info(proxy, key_of(config, request)[0], "/key/info?key=" + hashed)
    allowed = (told or {}).get("allowed_cache_controls")
    return {
        "status": status,
        "known": told is not None,
        "controls": _kept_controls((told or {}).get("metadata")),
        "allowed": [name for name in allowed if name in CONTROLS] if isinstance(allowed, list) else [],
    }


def _kept_controls(metadata: object):
    """What the metadata of a key say of the cache, None for nothing."""
    if not isinstance(metadata, dict) or "cache" not in metadata:
        return None
    kept = metadata["cache"] if isinstance(metadata["cache"], dict) else {}
    return _controls({"cache": {name: kept[name] for name in KEY_CONTROLS if name in kept}})


def _info(proxy: Proxy, key: Key, path: str):
    """What is told of a key, None for nothing."""
    status, body = _asked(proxy, key, path)
    info = body.get("info") if status == 200 and isinstance(body, dict) else None
    return info if isinstance(info, dict) else None


def _asked(proxy: Proxy, key: Key, path: str) -> tuple:
    """Status and body of an answer of the proxy, None for no answer."""
    conversation = Conversation(proxy, key, timeout=10.0)
    try:
        status, _headers, body, _seconds = conversation.request("GET", path)
        return status, body
    except OSError:
        return None, None
    finally:
        conversation.close()


def _cache(litellm: Any, params: dict):
    """LiteLLM's cache, which opens no connection by itself."""
    try:
        return Builder(litellm).cache(params)[0]
    except Exception as error:  # whatever it is, the proxy would stop at it
        raise Refusal("start_refused", "LiteLLM builds no cache from the configuration: " + describe(error)) from None


def _deployments(proxy: Proxy, config: dict, request: dict) -> list:
    """The deployments of the request's model: of the file, else those that the proxy has from its database."""
    model = request["body"]["model"]
    entries = [
        one for one in config.get("model_list") or [] if isinstance(one, dict) and one.get("model_name") == model
    ]
    return entries or deployments_of(proxy, key_of(config, request)[0], model)


def _call_of(body: dict) -> dict:
    """The arguments that the proxy gives its router: it says of each request whether it streams."""
    call = {name: value for name, value in body.items() if name != "metadata"}
    call.setdefault("stream", False)
    if "input" in body:
        del call["stream"]
    return call


def _with_usage(litellm: Any, config: dict, entries: list, call_type: str, call: dict) -> dict:
    """A call as newer proxies make it of a request that streams: they ask for the usage, which is part of the key then.

    Their own function tells (litellm/proxy/common_request_processing.py; 1.99.4 to 1.106.2 have it with an underscore, 1.110.2
    without). Importing the proxy takes its time, so nobody else does.
    """
    if call.get("stream") is not True:
        return call
    try:
        from litellm.proxy import common_request_processing as processing
    except Exception:  # whatever a proxy of this version lacks here, the plain form of the call is left
        return call
    updates = getattr(processing, "stream_usage_tracking_updates", None) or getattr(
        processing, "_stream_usage_tracking_updates", None
    )
    if updates is None:
        return call
    models = [str((entry.get("litellm_params") or {}).get("model")) for entry in entries] or [call["model"]]

    def supports_stream_options() -> bool:
        try:
            return all("stream_options" in (litellm.get_supported_openai_params(model=model) or ()) for model in models)
        except Exception:  # as the proxy itself does with a model that it does not know
            return False

    general = config.get("general_settings")
    added = updates(call, general if isinstance(general, dict) else {}, call_type, supports_stream_options)
    return {**call, **{name: value for name, value in added.items() if not name.startswith("_")}}


def _with_metadata(made: dict, body: dict) -> dict:
    """A call for its key, with what of the request's own metadata may count there."""
    plain = plain_call(made, body["model"])
    own = body.get("metadata")
    return dict(plain, metadata={**(own if isinstance(own, dict) else {}), **plain["metadata"]})


def _controls(body: dict) -> dict:
    """What the request says of its cache: switches, numbers, and a name of a namespace."""
    told: dict = {}
    said = body.get("cache")
    for name in CONTROLS:
        value = said.get(name) if isinstance(said, dict) else None
        if isinstance(value, (bool, int, float)) or (isinstance(value, str) and _WORD.fullmatch(value)):
            told[name] = value
        elif value is not None:
            told[name] = "another value"
    if body.get("caching") is False:
        told["caching"] = False
    own = body.get("metadata")
    if isinstance(own, dict) and own.get("redis_namespace"):
        told["metadata.redis_namespace"] = "set"
    return told


def _parameters(cache: Any, call: dict, body: dict) -> dict:
    """Names of the request's parameters, by whether another value would be another key."""
    whole = cache.get_cache_key(**call)
    parts: dict = {"in_key": [], "not_in_key": []}
    for name in body:
        if name not in _APART and _NAME.fullmatch(name):
            without = {other: value for other, value in call.items() if other != name}
            parts["in_key" if cache.get_cache_key(**without) != whole else "not_in_key"].append(name)
    return parts


def _looked_up(params: dict, keys: list, timeout: float) -> dict:
    """Where an answer lies under one of the keys: in the database of the cache, else in the others that hold keys."""
    errors = redis_library().exceptions
    found: dict = {"entries": [], "looked_into": []}
    try:
        connected = as_the_proxy_connects(params)
        own = place_in_effect(params)["db"]
        client = plain_client(connected, timeout)
        for database in [own, *_others(client, own)]:
            if database != own:
                client = _client_of(connected, database, timeout)
            found["looked_into"].append(database)
            found["entries"] += [dict(entry, db=database) for key in keys for entry in _entry(client, key)]
            if found["entries"]:
                break
    except Refusal as refusal:
        found["problem"] = str(refusal)
    except (errors.RedisError, errors.RedisClusterException) as error:
        found["problem"] = describe(error)
    return found


def _client_of(connected: dict, database: int, timeout: float):
    """A client of another database of the same server; a number within a URL would win."""
    client = plain_client(connected, timeout)
    client.connection_pool.connection_kwargs["db"] = database
    return client


def _others(client: Any, own: object) -> list:
    """Numbers of the other databases with keys; none where the server is one of a Cluster, or does not tell."""
    if getattr(client, "connection_pool", None) is None:
        return []
    told = client.info("keyspace")
    numbers = sorted(int(name[2:]) for name in told if re.fullmatch(r"db\d{1,5}", name))
    return [number for number in numbers if number != own][:DATABASES_AT_MOST]


def _entry(client: Any, key: str) -> list:
    """The entry under a key, in a list that is empty where there is none."""
    left = client.ttl(key)
    if left == -2:
        return []
    stored = _STORED_AT.search(client.getrange(key, 0, 80) or b"")
    age = round(time.time() - float(stored.group(1)), 1) if stored else None
    return [{"seconds_left": left if left >= 0 else None, "age": age}]
