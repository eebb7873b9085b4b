# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stores answers that nobody has asked for, under the keys that the proxy will compute for their requests.

Goes to the container with probe.py. The keys are LiteLLM's own.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import resolved
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.kinds import (
    CALLS,
    CHAT,
    EMBEDDING,
    FOREIGN,
    body_of,
    call_of,
    seen_as,
    stored_of,
    vector_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import redis_library

PLANTED_DEPLOYMENTS_AT_MOST = 16
#: By function of LiteLLM: the class of what it returns.
ANSWERS = {
    "acompletion": "ModelResponse",
    "atext_completion": "TextCompletionResponse",
    "aembedding": "EmbeddingResponse",
}
#: What ``/cache/ping`` stores (litellm/proxy/caching_routes.py, 1.77 to 1.106).
PING = {"model": "test-model", "messages": [{"role": "user", "content": "test from litellm"}]}


def plant(litellm: Any, cache: Any, config: dict, entries: list, request: dict) -> dict:
    """Store answers through LiteLLM's own cache.

    :param cache: LiteLLM's Cache.
    :param entries: the deployments of the model, as ``model_list`` has them.
    :param request: ``model``, ``kind`` of its requests, see kinds.py, ``user`` that they name, ``plants`` (list of
        ``{"prompt", "answer_id"}``), ``max_tokens`` of their requests, ``ttl`` of the entries in seconds, ``written``: a
        prompt whose keys are computed only, for a request with ``max_tokens: 1``, and ``foreign``: id of an answer to it
        that is stored under another namespace, None for none.
    :returns: ``plants``, each with its keys and as which id it will be seen, ``written_keys`` and ``foreign_keys``.
    :raises Refusal: Redis did not keep an entry.
    """
    kind = request.get("kind") or CHAT
    model, user = request["model"], request.get("user")
    bodies = [body_of(kind, model, wish["prompt"], user, request.get("max_tokens")) for wish in request["plants"]]
    if request.get("written"):
        bodies.append(body_of(kind, model, request["written"], user, max_tokens=1))
    keys = _keys_of(litellm, cache, config, entries, request, [call_of(kind, body) for body in bodies])
    plants = [
        {"answer_id": wish["answer_id"], "seen_as": seen_as(kind, wish["answer_id"]), "keys": found}
        for wish, found in zip(request["plants"], keys)
    ]
    written = keys[-1] if request.get("written") else []
    foreign = ["%s:%s" % (FOREIGN, key.rpartition(":")[2]) for key in written] if request.get("foreign") else []
    others = [{"answer_id": request["foreign"], "keys": foreign}] if foreign else []
    _store(litellm, cache, request, plants + others)
    return {"plants": plants, "written_keys": written, "foreign_keys": foreign}


def _store(litellm: Any, cache: Any, request: dict, plants: list) -> None:
    """Store the answers on one way to Redis and back, in the form that LiteLLM's own client gives them.

    :raises Refusal: Redis did not keep an entry.
    """
    backend = cache.cache
    client = backend.redis_client
    pipeline = client.pipeline(transaction=False)
    backend.redis_client = pipeline
    try:
        for one in plants:
            response = _response(litellm, cache, request, one["answer_id"])
            for key in one["keys"]:
                backend.set_cache(key, {"timestamp": time.time(), "response": response}, ttl=int(request["ttl"]))
        stored = pipeline.execute(raise_on_error=False)
    except redis_library().exceptions.RedisError:
        stored = [None]
    finally:
        backend.redis_client = client
    kept = [backend.get_cache(key) for one in plants[:1] for key in one["keys"]]
    if not all(answer is True for answer in stored) or None in kept:
        raise Refusal("not_stored", "Redis did not keep a test entry: it is read-only, full, or does not permit it")


def _response(litellm: Any, cache: Any, request: dict, answer_id: str):
    """What LiteLLM would have stored of an answer; of an embedding it tells that itself, because newer versions heed entries of
    their own format alone (1.106.2: ``format_version`` 2).
    """
    kind, model = request.get("kind") or CHAT, request["model"]
    if kind != EMBEDDING:
        return stored_of(kind, model, answer_id)
    answer = litellm.EmbeddingResponse(
        model=model,
        data=[{"embedding": vector_of(answer_id), "index": 0, "object": "embedding"}],
        usage=litellm.Usage(prompt_tokens=1, completion_tokens=0, total_tokens=1),
    )
    _key, entry, _arguments = cache.add_embedding_response_to_cache(answer, answer_id, {"model": model})
    return entry["response"]


def ping_key(cache: Any) -> str:
    """The key of the entry that ``/cache/ping`` leaves."""
    return cache.get_cache_key(**PING)


def _keys_of(litellm: Any, cache: Any, config: dict, entries: list, request: dict, calls: list) -> list:
    """For each call the cache keys that the proxy would compute for it.

    The proxy's key covers the arguments of the call that its router makes, so the router itself is asked:
    with the function behind it replaced by a recorder, no request leaves this process. One model name can
    stand for several deployments with different parameters; each can be the one that is asked.
    """
    name = CALLS[request.get("kind") or CHAT]
    return [
        sorted({cache.get_cache_key(**plain_call(made, request["model"])) for made in of_call})
        for of_call in calls_of(litellm, name, config, entries, calls)
    ]


def calls_of(litellm: Any, name: str, config: dict, entries: list, calls: list) -> list:
    """For each request the calls that the proxy's router would make of it, one for each deployment; none leaves this process.

    :param name: function of LiteLLM, and of its router, that serves such requests.
    :param calls: for each request the arguments of the router. They are the one call where a router cannot be built here.
    """
    defaults = (config.get("litellm_settings") or {}).get("default_litellm_params")
    recorded: list = [[] for _call in calls]
    made: list = []

    async def record(**arguments: object) -> object:
        made.append(arguments)
        return getattr(litellm, ANSWERS[name])()

    async def make_calls(router: Any) -> None:
        for seen, call in zip(recorded, calls):
            del made[:]
            await getattr(router, name)(**call)
            seen += made

    original = getattr(litellm, name)
    setattr(litellm, name, record)
    try:
        for entry in entries[:PLANTED_DEPLOYMENTS_AT_MOST]:
            router = litellm.Router(model_list=[resolved(entry)], default_litellm_params=defaults, num_retries=0)
            asyncio.run(make_calls(router))
    except Exception:  # whatever a router here lacks, the plain form of the call is left
        recorded = [[] for _call in calls]
    finally:
        setattr(litellm, name, original)
    return [seen or [call] for seen, call in zip(recorded, calls)]


def plain_call(call: dict, model: str) -> dict:
    """The arguments of a recorded call, for the key: the model by its public name, no preset key."""
    kept = {name: value for name, value in call.items() if name != "litellm_params"}
    kept["metadata"] = {"model_group": model}
    return kept
