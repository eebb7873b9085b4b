# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the configuration shows of a trouble. Each function tells the evidence for one rule, None for none.

Pure.
"""

from __future__ import annotations

import json

from .._change.pending import way_in_words
from .._inside.reader import IN_BUCKET, NOWHERE, OTHER
from .._settings.keys import DEFAULT_CALL_TYPES, FORM_HOST, MODE_NONE, PLACE_KEYS
from .._settings.public_values import environment_name
from .._telling import counted
from .facts import NOT_CACHED, PLAYBOOK, Evidence, Facts

#: An answer that lives shorter is gone before most requests come again, seconds.
SHORT_TTL = 60
_CALLS = {
    "acompletion": "chat",
    "atext_completion": "text completions",
    "aembedding": "embeddings",
    "atranscription": "transcriptions",
}
#: What counts where the file leaves a part of the place out.
_DEFAULT_PLACE = {"host": None, "port": 6379, "db": 0}


def cache_off(facts: Facts) -> Evidence | None:
    """No cache at all."""
    if facts.mode != MODE_NONE:
        return None
    if not facts.cache["cache_enabled"]:
        return Evidence(("litellm_settings.cache of the file is not true",))
    return Evidence(("cache_params of the file are no mapping",))


def requests_must_ask(facts: Facts) -> Evidence | None:
    """Only requests that ask for it are cached."""
    if facts.cache["request_mode"] != "default_off":
        return None
    return Evidence(("cache_params.mode of the file is default_off",))


def call_type_missing(facts: Facts) -> Evidence | None:
    """A kind of request is left out of the cache. Whoever did not ask why may have meant it, but for chat."""
    types = facts.cache["supported_call_types"]
    if facts.mode == MODE_NONE or not isinstance(types, list):
        return None
    missing = [kind for kind in DEFAULT_CALL_TYPES if kind not in types]
    if not missing or (facts.complaint != NOT_CACHED and DEFAULT_CALL_TYPES[0] not in missing):
        return None
    told = tuple(f"cache_params.supported_call_types leaves out {kind}, which is {_CALLS[kind]}" for kind in missing)
    wanted = json.dumps({"litellm_cache_supported_call_types": sorted({*types, *missing})})
    return Evidence(told, f"{facts.words['apply']} -e '{wanted}'")


def ttl_short(facts: Facts) -> Evidence | None:
    """Answers are gone soon."""
    ttl = str(facts.cache["ttl"])
    if facts.mode == MODE_NONE or not ttl.isdigit() or int(ttl) >= SHORT_TTL:
        return None
    return Evidence((f"cache_params.ttl of the file is {counted(int(ttl), 'second')}",))


def not_as_the_variables(facts: Facts) -> Evidence | None:
    """The file names another place than the variables of the host, which the next switch would write."""
    if not facts.in_redis or facts.cache["form"] != FORM_HOST:
        return None
    told = []
    for key in PLACE_KEYS:
        written, wanted = facts.cache["redis"][key], facts.wanted.get(f"redis_{key}")
        written = _DEFAULT_PLACE[key] if written is None else written
        if wanted in (None, "") or written == "literal" or environment_name(written):
            continue
        if str(written) != str(wanted):
            told.append(f"{key} is {written} in the file, and {wanted} by litellm_cache_redis_{key}")
    return Evidence(tuple(told)) if told else None


def another_file(facts: Facts) -> Evidence | None:
    """The proxy reads another configuration."""
    reading = facts.found.get("reading") or {}
    if reading.get("source") not in (OTHER, NOWHERE, IN_BUCKET):
        return None
    where = f"the bucket {reading['bucket']}" if reading["source"] == IN_BUCKET else reading["path"] or "no file"
    return Evidence((f"the proxy reads {where}, not {facts.found['config_path']}",))


def pending_change(facts: Facts) -> Evidence | None:
    """A change is not confirmed yet."""
    pending = facts.found["pending"]
    if not pending:
        return None
    told = f"{way_in_words(pending)} by {pending['user']} since {pending['since']}"
    return Evidence((told,), f"{PLAYBOOK}history tells how it stands; its guard takes it back when its run is dead")
