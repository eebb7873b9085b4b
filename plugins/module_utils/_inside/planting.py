# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stores answers that nobody has asked for, under the keys that the proxy will compute for their requests.

Goes to the container with probe.py. The keys are LiteLLM's own.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import resolved
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.embedding import EMBEDDING, id_of, vector_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal

PLANTED_DEPLOYMENTS_AT_MOST = 16
#: What ``/cache/ping`` stores (litellm/proxy/caching_routes.py, 1.77 to 1.106).
PING = {"model": "test-model", "messages": [{"role": "user", "content": "test from litellm"}]}


def plant(litellm: Any, cache: Any, config: dict, entries: list, request: dict) -> dict:
    """Store answers through LiteLLM's own cache.

    :param cache: LiteLLM's Cache.
    :param entries: the deployments of the model, as ``model_list`` has them.
    :param request: ``model``, ``kind`` of its requests (chat or embedding), ``user`` that they name, ``plants`` (list of
        ``{"prompt", "answer_id"}``), ``ttl`` of the entries in seconds, ``written``: a prompt whose keys are computed
        only, for a request with ``max_tokens: 1``.
    :returns: ``plants``, each with its keys and as which id it will be seen, and ``written_keys``.
    :raises Refusal: Redis did not keep an entry.
    """
    model, kind = request["model"], request.get("kind")
    keys_of = _key_maker(litellm, cache, config, entries, request)
    plants = []
    for wish in request["plants"]:
        keys = keys_of(wish["prompt"])
        for key in keys:
            response = _response(model, kind, wish["answer_id"])
            cache.cache.set_cache(key, {"timestamp": time.time(), "response": response}, ttl=int(request["ttl"]))
            if cache.cache.get_cache(key) is None:
                raise Refusal(
                    "not_stored", "Redis did not keep a test entry: it is read-only, full, or does not permit it"
                )
        seen_as = id_of(vector_of(wish["answer_id"])) if kind == EMBEDDING else wish["answer_id"]
        plants.append({"answer_id": wish["answer_id"], "seen_as": seen_as, "keys": keys})
    limited = {} if kind == EMBEDDING else {"max_tokens": 1}
    return {"plants": plants, "written_keys": keys_of(request["written"], **limited) if request.get("written") else []}


def ping_key(cache: Any) -> str:
    """The key of the entry that ``/cache/ping`` leaves."""
    return cache.get_cache_key(**PING)


def _key_maker(litellm: Any, cache: Any, config: dict, entries: list, request: dict):
    """A function from a prompt to the cache keys that the proxy would compute for it.

    The proxy's key covers the arguments of the call that its router makes, so the router itself is asked:
    with the function behind it replaced by a recorder, no request leaves this process. One model name can
    stand for several deployments with different parameters; each can be the one that is asked.
    """
    model, kind, user = request["model"], request.get("kind"), request.get("user")
    name = "aembedding" if kind == EMBEDDING else "acompletion"

    def call_of(prompt: str, **parameters: object) -> dict:
        named = {"user": user} if user else {}
        if kind == EMBEDDING:
            return {"model": model, "input": prompt, **named, **parameters}
        messages = [{"role": "user", "content": prompt}]
        return {"model": model, "messages": messages, **named, **parameters, "stream": False}

    def keys_of(prompt: str, **parameters: object) -> list:
        call = call_of(prompt, **parameters)
        return sorted(
            {cache.get_cache_key(**plain_call(made, model)) for made in calls_of(litellm, name, config, entries, call)}
        )

    return keys_of


def calls_of(litellm: Any, name: str, config: dict, entries: list, call: dict) -> list:
    """The calls that the proxy's router would make of a request, one for each deployment; none leaves this process.

    :param name: function of LiteLLM, and of its router, that serves such a request.
    :param call: the arguments of the router. It is the one call where a router cannot be built here.
    """
    defaults = (config.get("litellm_settings") or {}).get("default_litellm_params")
    recorded: list = []

    async def record(**arguments: object) -> object:
        recorded.append(arguments)
        return litellm.EmbeddingResponse() if name == "aembedding" else litellm.ModelResponse(id="recorded")

    original = getattr(litellm, name)
    setattr(litellm, name, record)
    try:
        for entry in entries[:PLANTED_DEPLOYMENTS_AT_MOST]:
            router = litellm.Router(model_list=[resolved(entry)], default_litellm_params=defaults, num_retries=0)
            asyncio.run(getattr(router, name)(**call))
    except Exception:  # whatever a router here lacks, the plain form of the call is left
        del recorded[:]
    finally:
        setattr(litellm, name, original)
    return recorded or [call]


def plain_call(call: dict, model: str) -> dict:
    """The arguments of a recorded call, for the key: the model by its public name, no preset key."""
    kept = {name: value for name, value in call.items() if name != "litellm_params"}
    kept["metadata"] = {"model_group": model}
    return kept


def _response(model: str, kind: object, answer_id: str):
    """What LiteLLM would have stored of an answer."""
    if kind == EMBEDDING:
        return {"embedding": vector_of(answer_id), "index": 0, "object": "embedding", "model": model}
    return json.dumps(
        {
            "id": answer_id,
            "created": int(time.time()),
            "model": model,
            "object": "chat.completion",
            "choices": [
                {"finish_reason": "stop", "index": 0, "message": {"content": answer_id, "role": "assistant"}},
            ],
            "usage": {"completion_tokens": 1, "prompt_tokens": 1, "total_tokens": 2},
        }
    )
