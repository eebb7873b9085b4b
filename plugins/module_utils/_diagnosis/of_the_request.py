# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the request that somebody complains of shows. Each function tells the evidence for one rule, None for none.

Pure.
"""

from __future__ import annotations

from typing import Any

from .._telling import counted
from .facts import Evidence, Facts

_FORBIDS = ("no-cache", "no-store")
_NAMESPACES = ("namespace", "metadata.redis_namespace")
_AGES = ("s-maxage", "s-max-age")
#: Controls that no permission of a key is about.
_NOT_IN_CACHE = ("caching", "metadata.redis_namespace")
_REFUSED = (401, 403)


def _entry(facts: Facts) -> dict[str, Any] | None:
    """Where an answer to the request lies."""
    return next(iter(facts.request.get("entries") or []), None)


def kind_not_cached(facts: Facts) -> Evidence | None:
    """Requests of this kind are not cached."""
    if facts.request.get("is_supported", True):
        return None
    kind = facts.request["call_type"]
    return Evidence((f"the request is served by {kind}, which cache_params.supported_call_types leaves out",))


def key_unknown(facts: Facts) -> Evidence | None:
    """The proxy does not let the key in, and knows nothing of it."""
    if facts.key.get("known", True) or facts.key["status"] not in _REFUSED:
        return None
    return Evidence((f"the proxy answers it with status {facts.key['status']}",))


def key_forbids(facts: Facts) -> Evidence | None:
    """The virtual key lets nothing be cached, or the request not say what it says."""
    controls, allowed = facts.key.get("controls") or {}, facts.key.get("allowed") or []
    told = [f"the metadata of its key say {name} in cache" for name in _FORBIDS if controls.get(name) is True]
    for name in facts.request.get("controls") or {}:
        if allowed and name not in (*allowed, *_NOT_IN_CACHE):
            told.append(
                f"{_who(facts)} says {name} in cache, which allowed_cache_controls of the key leaves out: status 403"
            )
    return Evidence(tuple(told)) if told else None


def _who(facts: Facts) -> str:
    """Who says what counts of the cache: what a key says takes the place of what its requests say."""
    return "the request" if facts.key.get("controls") is None else "the key of the request"


def request_forbids(facts: Facts) -> Evidence | None:
    """The request itself wants no answer from the cache, or leaves none there."""
    controls, entry = facts.request.get("controls") or {}, _entry(facts)
    own = facts.key.get("controls") is None
    told = [f"the request says {name} in cache" for name in _FORBIDS if own and controls.get(name) is True]
    if controls.get("caching") is False:
        told.append("the request says caching: false")
    for name in _AGES:
        oldest = controls.get(name)
        if entry and entry["age"] is not None and isinstance(oldest, (int, float)) and entry["age"] > oldest:
            age = counted(entry["age"], "second")
            told.append(
                f"{_who(facts)} takes no answer older than {counted(oldest, 'second')}, and its answer is {age} old"
            )
    return Evidence(tuple(told)) if told else None


def short_answer(facts: Facts) -> Evidence | None:
    """The request says itself how long its answer lives."""
    ttl = (facts.request.get("controls") or {}).get("ttl")
    looked = facts.request.get("looked_into") and not facts.request["problem"]
    if ttl is None or not looked or _entry(facts):
        return None
    return Evidence((f"{_who(facts)} says ttl: {ttl} in cache, and no answer lies there any more",))


def model_unknown(facts: Facts) -> Evidence | None:
    """No deployment has the name of the request's model."""
    if not facts.request or facts.request["deployments"]:
        return None
    return Evidence(("no deployment of the file or of the proxy has exactly the name of the request's model",))


def several_keys(facts: Facts) -> Evidence | None:
    """One name of a model stands for deployments that store under different keys."""
    keys = facts.request.get("keys") or []
    if len(keys) < 2:
        return None
    deployments = counted(facts.request["deployments"], "deployment")
    return Evidence((f"the name of the model stands for {deployments}, whose parameters make {len(keys)} keys",))


def lies_elsewhere(facts: Facts) -> Evidence | None:
    """The answer lies in another database than that of the cache."""
    entry = _entry(facts)
    if entry is None or entry["db"] == facts.request["looked_into"][0]:
        return None
    here = facts.request["looked_into"][0]
    return Evidence((f"its answer lies in database {entry['db']}, and the cache is in database {here}",))


def not_stored(facts: Facts) -> Evidence | None:
    """No answer lies under the key of the request."""
    asked = facts.request
    if not asked.get("looked_into") or asked["problem"] or asked["entries"]:
        return None
    told = [f"no answer lies under its {'keys' if len(asked['keys']) > 1 else 'key'} {', '.join(asked['keys'])}"]
    if asked["in_key"]:
        told.append(f"another value of one of these would be another key: {', '.join(asked['in_key'])}")
    if asked["streams"]:
        told.append("the request streams, so an answer that was not streamed is under another key")
    namespaces = [name for name in _NAMESPACES if name in asked["controls"]]
    if namespaces:
        told.append(f"the request looks into a namespace of its own alone: {', '.join(namespaces)}")
    return Evidence(tuple(told))


def is_stored(facts: Facts) -> Evidence | None:
    """An answer to this very request lies where the cache looks."""
    entry = _entry(facts)
    if entry is None or entry["db"] != facts.request["looked_into"][0]:
        return None
    left = "without an end" if entry["seconds_left"] is None else f"for {counted(entry['seconds_left'], 'second')} more"
    return Evidence((f"its answer lies in database {entry['db']} {left}",))
