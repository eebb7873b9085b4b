# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules about the one request that somebody complains of.

Pure.
"""

from __future__ import annotations

from .facts import NOT_CACHED, PLAYBOOK
from .findings import CERTAIN, LIKELY, POSSIBLE, Rule
from .of_the_request import (
    is_stored,
    key_forbids,
    key_unknown,
    kind_not_cached,
    lies_elsewhere,
    model_unknown,
    not_stored,
    request_forbids,
    several_keys,
    short_answer,
)

RULES: tuple[Rule, ...] = (
    Rule(
        "request_kind_not_cached",
        (NOT_CACHED,),
        "The kind of the request is not cached",
        kind_not_cached,
        "LiteLLM caches only the calls that supported_call_types name.",
        "{apply} -e with the whole list in litellm_cache_supported_call_types",
        CERTAIN,
        explains=("request_not_stored", "call_type_missing"),
    ),
    Rule(
        "request_key_forbids",
        (NOT_CACHED,),
        "The key of the request forbids it",
        key_forbids,
        "What the metadata of a virtual key say of the cache takes the place of all that its requests say.",
        "take cache out of the metadata of the key (/key/update), or let its allowed_cache_controls have what clients say",
        CERTAIN,
        explains=("request_not_stored", "request_is_stored", "request_lives_shortly"),
    ),
    Rule(
        "request_key_unknown",
        (NOT_CACHED,),
        "The proxy does not let the key of the request in",
        key_unknown,
        "A request that is refused is never answered, so nothing of it is cached.",
        "give the key that the client really sends in litellm_cache_diagnose_key",
        LIKELY,
    ),
    Rule(
        "request_forbids",
        (NOT_CACHED,),
        "The request itself forbids it",
        request_forbids,
        "What a client writes into cache of its body counts before what the file says.",
        "let the client leave it out",
        CERTAIN,
        explains=("request_not_stored", "request_is_stored"),
    ),
    Rule(
        "request_lies_elsewhere",
        (NOT_CACHED,),
        "The answer lies in another database",
        lies_elsewhere,
        "It was stored when the cache was there, or over a connection that leads there.",
        f"{PLAYBOOK}verify shows to which databases the proxy is connected; then {{apply}}",
        CERTAIN,
    ),
    Rule(
        "request_model_unknown",
        (NOT_CACHED,),
        "No deployment has the name of its model",
        model_unknown,
        "The name is an alias, a wildcard or a fallback, so what its deployment adds to the request is not known here.",
        "name the model of the deployment that answers",
        POSSIBLE,
    ),
    Rule(
        "request_has_several_keys",
        (NOT_CACHED,),
        "The deployments of its model store under different keys",
        several_keys,
        "Parameters of a deployment, such as its temperature, are a part of the key: it is a hit where the same one is chosen.",
        "give the deployments of the name the same parameters",
        LIKELY,
    ),
    Rule(
        "request_lives_shortly",
        (NOT_CACHED,),
        "The request lets its answer live for a time of its own",
        short_answer,
        "ttl in cache of a body counts before that of the file.",
        "let the client leave it out, or send it again sooner",
        LIKELY,
        explains=("request_not_stored",),
    ),
    Rule(
        "request_not_stored",
        (NOT_CACHED,),
        "No answer to it lies in Redis",
        not_stored,
        "It was not answered yet, its answer expired, or the request that was answered was not the same to the last value.",
        "send it, and diagnose again within its time to live; then compare the two requests, the named parameters first",
        LIKELY,
    ),
    Rule(
        "request_is_stored",
        (NOT_CACHED,),
        "Its answer lies in Redis",
        is_stored,
        "The very same request is a hit until then. One that costs again is not the same, or its key may not cache.",
        "compare the request that costs with this one and its header Cache-Control; name its key in litellm_cache_diagnose_key",
        POSSIBLE,
    ),
)
