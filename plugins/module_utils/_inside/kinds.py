# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of requests whose answers LiteLLM caches: how each is sent, what is stored of its answer, and the id of that.

One place says how a request is put together, because the order of its parameters is part of the cache key (litellm/caching/
caching.py, ``get_cache_key`` of 1.77 to 1.110). An embedding has no id: its vector is one. A model computes the same
vector again, and some servers give all their answers one id, so it is told, too, whether a model gave an answer.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable

CHAT, STREAMING, TEXT, EMBEDDING = "chat", "streaming", "text completion", "embedding"
#: By kind: path of the proxy, the parameter that has the prompt, and the function of LiteLLM, which is its call type, too.
PATHS = {
    CHAT: "/v1/chat/completions",
    STREAMING: "/v1/chat/completions",
    TEXT: "/v1/completions",
    EMBEDDING: "/v1/embeddings",
}
PROMPTS = {CHAT: "messages", STREAMING: "messages", TEXT: "prompt", EMBEDDING: "input"}
CALLS = {CHAT: "acompletion", STREAMING: "acompletion", TEXT: "atext_completion", EMBEDDING: "aembedding"}
#: Numbers of a vector; each is an exact fraction in any float.
LENGTH = 32
PARTS = 256
#: A namespace that nobody has: what is planted there no request may be given.
FOREIGN = "erni-ki-other-namespace"
#: What headers of an answer of a model begin with, where its provider sends any (1.77.7 to 1.110.2), and the header of an
#: embedding of a model. Of the other kinds an answer of the cache has that, too.
PROVIDER_HEADERS, COMPUTED_HEADER = "llm_provider-", "x-litellm-response-duration-ms"
#: The first event of a stream holds its id.
_EVENT = b"data: "


def body_of(kind: str, model: str, prompt: str, user: object = None, max_tokens: object = None) -> dict:
    """The body of a request, without what it says of its cache.

    :param max_tokens: longest answer; an embedding has none.
    """
    body: dict = {"model": model}
    body[PROMPTS[kind]] = [{"role": "user", "content": prompt}] if PROMPTS[kind] == "messages" else prompt
    if max_tokens and kind != EMBEDDING:
        body["max_tokens"] = max_tokens
    if user:
        body["user"] = user
    if kind == STREAMING:
        # Newer proxies ask for the usage themselves where a request does not (1.99.4), and that is part of the key.
        body.update(stream=True, stream_options={"include_usage": True})
    return body


def call_of(kind: str, body: dict) -> dict:
    """The arguments of the call that the proxy makes of a body: it says of each chat request whether it streams."""
    return dict(body, stream=kind == STREAMING) if PROMPTS[kind] == "messages" else dict(body)


def stored_of(kind: str, model: str, answer_id: str) -> str:
    """What LiteLLM would have stored of an answer that is text; that of a stream is the whole of it."""
    choice: dict = {"finish_reason": "stop", "index": 0}
    choice.update({"text": answer_id} if kind == TEXT else {"message": {"content": answer_id, "role": "assistant"}})
    return json.dumps(
        {
            "id": answer_id,
            "created": int(time.time()),
            "model": model,
            "object": "text_completion" if kind == TEXT else "chat.completion",
            "choices": [choice],
            "usage": {"completion_tokens": 1, "prompt_tokens": 1, "total_tokens": 2},
        }
    )


def seen_as(kind: str, answer_id: str) -> str:
    """The id that :func:`id_of_answer` finds in the answer that is stored under another one."""
    return id_of(vector_of(answer_id)) if kind == EMBEDDING else answer_id


def id_of_answer(kind: str, content: object):
    """The id of an answer, None for none.

    :param content: the body of the answer as it was parsed; of a stream its first event.
    """
    if not isinstance(content, dict):
        return None
    return vector_id(content) if kind == EMBEDDING else content.get("id")


def is_computed(kind: str, names: Iterable):
    """Whether a model gave an answer for this very request; None where the answer does not tell.

    :param names: those of its headers.
    """
    told = [name.lower() for name in names]
    if any(name.startswith(PROVIDER_HEADERS) for name in told):
        return True
    return COMPUTED_HEADER in told if kind == EMBEDDING else None


def is_given_again(answer: dict, ids: list) -> bool:
    """Whether an answer is one that was given before, and so one of a cache.

    :param answer: as ``operations.ask`` tells it.
    :param ids: of the answers before.
    """
    identifier = answer["id"]
    return answer["status"] == 200 and identifier is not None and identifier in ids and not answer["computed"]


def first_event(content: bytes) -> bytes:
    """The data of the first event of a stream; empty where it is none."""
    line = content.lstrip().partition(b"\n")[0]
    return line[len(_EVENT) :] if line.startswith(_EVENT) else b""


def vector_of(answer_id: str) -> list:
    """The vector that is planted for an answer."""
    return [number / PARTS for number in hashlib.sha256(answer_id.encode()).digest()[:LENGTH]]


def vector_id(content: dict):
    """An id for the first vector of an answer: equal vectors have equal ids; None where there is none.

    :param content: the body of an answer of ``/v1/embeddings``.
    """
    data = content.get("data")
    first = data[0] if isinstance(data, list) and data else None
    vector = first.get("embedding") if isinstance(first, dict) else None
    return id_of(vector) if isinstance(vector, list) else None


def id_of(vector: list) -> str:
    """The id of one vector."""
    return hashlib.sha256(json.dumps(vector).encode()).hexdigest()
