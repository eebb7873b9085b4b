# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an instance is asked without LiteLLM being imported. Each function takes the request and returns the answer."""

from __future__ import annotations

import hashlib
import os
import sys

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    is_true,
    key_for,
    key_of,
    read_configuration,
    resolved,
    rules_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import (
    OUR_MARK,
    Conversation,
    KeepAlive,
    access,
    effective_cache_type,
    stored_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.effective import told_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.kinds import (
    CHAT,
    PATHS,
    body_of,
    id_of_answer,
    is_computed,
    is_given_again,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy, version_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.reader import Reading, mapping_at
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import problem_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.sockets import read


def look(request: dict) -> dict:
    """What this instance is and does, without a request that costs anything. LiteLLM is imported only where its file needs it.

    :param request: ``mounted``: see configuration.read_configuration; ``key`` or ``key_variable``; ``variables``: names of
        variables that the proxy's own process is to have.
    """
    proxy = Proxy.find()
    proxy.enter()
    seen = read(proxy.config_path) if proxy.config_path and os.path.exists(proxy.config_path) else None
    reading, problem = _reading_of(proxy)
    config = reading.config
    key, key_source = key_of(config, request)
    answered, cache_type, told_version = effective_cache_type(proxy, key)
    wanted_variables = request.get("variables") or []
    general = mapping_at(config, "general_settings")
    has_database = bool(os.environ.get("DATABASE_URL") or resolved(general.get("database_url")))
    return {
        "pid": proxy.pid,
        "interpreter": sys.executable,
        "listens": _listens(proxy),
        "config_path": proxy.config_path,
        "reading": dict(told_of(proxy, reading, request.get("mounted")), problem=problem),
        "config_sha256": hashlib.sha256(seen).hexdigest() if seen is not None else None,
        "litellm_version": version_of("litellm") or told_version,
        "redis_py_version": version_of("redis"),
        "python_version": "%d.%d.%d" % sys.version_info[:3],
        "answers": answered,
        "cache_type": cache_type,
        "redis_variables": sorted(name for name in os.environ if name.startswith("REDIS_")),
        "variables_missing": sorted(name for name in wanted_variables if not proxy.environ.get(name)),
        "redis_problem": _redis_problem(config),
        "has_database": has_database,
        "unlogged": _unlogged(general),
        "stored": stored_settings(proxy, key, general) if has_database and answered else None,
        "access": dict(access(proxy, key), key=key_source, key_header=key.header, rules=rules_of(config))
        if answered
        else None,
    }


def _unlogged(general: dict) -> list:
    """Why the proxy may have asked a model without a line in its log, as names of a setting or a variable."""
    found = ["background_health_checks"] if is_true(resolved(general.get("background_health_checks"))) else []
    return found + [name for name in ("LITELLM_DISABLE_ACCESS_LOG_PATHS",) if os.environ.get(name)]


def _listens(proxy: Proxy):
    """Where the proxy listens, as text; None for nowhere yet."""
    try:
        return ["%s:%d" % place for place in proxy.sockets()]
    except OSError:
        return None


def _redis_problem(config: dict):
    """Why the place of Redis that the file names cannot be read; None where it can, and where the cache is not Redis."""
    settings, router = config.get("litellm_settings"), config.get("router_settings")
    if not isinstance(settings, dict) or not is_true(resolved(settings.get("cache"))):
        return None
    if not isinstance(settings.get("cache_params") or {}, dict):
        return None
    params = cache_params_of(config)
    if params and params.get("type") != "redis":
        return None
    return problem_of(params, resolved(router) if isinstance(router, dict) else {})


def _reading_of(proxy: Proxy) -> tuple:
    """The live configuration, and why it could not be read; then it is an empty one."""
    try:
        return read_configuration(proxy, {}), None
    except Refusal as refusal:
        return Reading({}, {}), str(refusal)


def ask(request: dict) -> dict:
    """Send requests one after another over one connection.

    :param request: ``model``, ``kind``, see kinds.py, ``prompts`` (list of texts), ``max_tokens`` or None,
        ``user`` that the proxy may demand, ``use_cache``: ask for the cache in so many words, ``no_store``: leave no
        entry, ``namespace`` of the entry, ``repeat_at_most``: how often the last prompt is sent again until its answer
        repeats, what :func:`key_of` takes, ``timeout`` in seconds.
    :returns: per request the model that was asked, the status, the answer's id, seconds, the cache key that LiteLLM names on a
        hit, and ``computed``, see :func:`kinds.is_computed`.
    """
    proxy = Proxy.find()
    proxy.enter()
    return {"answers": _conversed(proxy, request)}


def ask_each(request: dict) -> dict:
    """Hold several conversations. One that is not answered to its end is no hindrance for the others.

    :param request: ``each``: for each what :func:`ask` takes.
    :returns: ``each``: for each what :func:`ask` returns, or ``problem`` in words.
    """
    proxy = Proxy.find()
    proxy.enter()
    told: list = []
    for one in request["each"]:
        try:
            told.append({"answers": _conversed(proxy, one)})
        except Refusal as refusal:
            if refusal.code != "no_answer":
                raise
            told.append({"problem": str(refusal)})
    return {"each": told}


def _conversed(proxy: Proxy, request: dict) -> list:
    """The answers to the requests of one conversation, over one connection."""
    conversation = Conversation(proxy, key_for(proxy, request), request["timeout"])
    answers = [asked(conversation, request, prompt) for prompt in request["prompts"]]
    for _repetition in range(request.get("repeat_at_most") or 0):
        if answers[-1]["status"] != 200 or is_given_again(answers[-1], [answer["id"] for answer in answers[:-1]]):
            break
        answers.append(asked(conversation, request, request["prompts"][-1]))
    conversation.close()
    return answers


def ping_cache(request: dict) -> dict:
    """Let the proxy's own client of the cache write its entry.

    :param request: ``timeout`` in seconds, ``key`` or ``key_variable``.
    :returns: ``status`` of the answer, None for no answer. It is 503 where the client does not work.
    """
    proxy = Proxy.find()
    proxy.enter()
    conversation = Conversation(proxy, key_for(proxy, request), request["timeout"])
    try:
        return {"status": conversation.request("GET", "/cache/ping")[0]}
    except OSError:
        return {"status": None}
    finally:
        conversation.close()


def asked(conversation: KeepAlive, request: dict, prompt: str) -> dict:
    """Send one request.

    :param request: as for :func:`ask`.
    :returns: the answer, as :func:`ask` tells it.
    :raises Refusal: ``no_answer``.
    """
    kind = request.get("kind") or CHAT
    body = body_of(kind, request["model"], prompt, request.get("user"), request.get("max_tokens"))
    cache = {"use-cache": True} if request.get("use_cache") else {}
    if request.get("no_store"):
        cache["no-store"] = True
    if request.get("namespace"):
        cache["namespace"] = request["namespace"]
    if cache:
        body["cache"] = cache
    try:
        status, headers, content, seconds = conversation.request("POST", "%s?%s" % (PATHS[kind], OUR_MARK), body)
    except OSError as error:
        silent = isinstance(error, TimeoutError) or type(error).__name__ == "timeout"  # Python 3.9
        raise Refusal(
            "no_answer",
            "a request to the model %s was not answered within %d s" % (request["model"], request["timeout"])
            if silent
            else "the proxy does not answer a request: %s" % type(error).__name__,
        ) from None
    return {
        "model": request["model"],
        "status": status,
        "id": id_of_answer(kind, content),
        "seconds": round(seconds, 6),
        "cache_key": headers.get("x-litellm-cache-key"),
        "computed": is_computed(kind, headers),
    }
