# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each row of a verification promises, and by which experiment it is shown.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

_KIND = {
    "redis": "plant an answer in Redis for a request that nobody has sent, and ask the proxy for it",
    "local": "send one request until its answer repeats",
}


@dataclass(frozen=True)
class Promise:
    """One promise of a mode.

    :param words: what is promised.
    :param redis: how that is shown in the mode redis.
    :param local: how in the mode local; the same, if it is empty.
    """

    words: str
    redis: str
    local: str = ""

    def told(self, mode: str) -> dict[str, str]:
        """As a document has it.

        :param mode: the cache mode of the file.
        """
        return {"promise": self.words, "experiment": (mode == "local" and self.local) or self.redis}


#: By what a row is about.
PROMISES = {
    "mode in effect": Promise("the proxy caches where its file says", "ask each instance which type of cache it uses"),
    "proof": Promise("each instance answers from the cache of the mode", _KIND["redis"], _KIND["local"]),
    "write path": Promise(
        "answers are stored, for the time to live of the file",
        "send a new request, and look for its entry in the database",
    ),
    "namespaces": Promise(
        "namespaces do not mix", "plant an answer to a new request under another namespace, and send that request"
    ),
    "shared": Promise(
        "the instances share their answers",
        "let the first instance answer a new request, and send the same one to each other instance",
    ),
    **{
        kind: Promise(f"{words} as supported_call_types says", _KIND["redis"], _KIND["local"])
        for kind, words in (
            ("streaming", "answers that stream are cached"),
            ("text completion", "text completions are cached"),
            ("embedding", "embeddings are cached"),
        )
    },
    "after a restart": Promise(
        "a restart leaves what lies in Redis, and no memory",
        "restart an instance, and ask for what it answered before",
    ),
    "while Redis hangs": Promise(
        "without Redis the proxy still answers", "send a request while Redis serves nobody for some seconds"
    ),
    "latency": Promise(
        "the middle hit is within its budget",
        "plant answers in Redis, and ask for each once, so that no memory has it",
        "send an answered request again and again, with pauses",
    ),
    "latency of a client": Promise(
        "a client sees hardly more", "send the same from the managed host to litellm_cache_proxy_url"
    ),
    "waits in effect": Promise(
        "the timeouts of the file are in effect", "let LiteLLM build its clients from the file, and read what they hold"
    ),
    "connections": Promise(
        "the proxy is connected to the database of its file", "ask Redis for its clients, and from where they come"
    ),
    "log since its start": Promise(
        "nothing failed that a user does not see", "read the log for known words about the cache"
    ),
    "Redis from this host": Promise(
        "the server has room, and holds what it should",
        "ask Redis from the managed host about itself, and count its keys by kind",
    ),
}


def promised(what: str, mode: str) -> dict[str, str]:
    """``promise`` and ``experiment`` of a row; {} for a row that only tells a fact.

    :param what: what the row is about, with or without its indent.
    :param mode: the cache mode of the file.
    """
    promise = PROMISES.get(what.strip())
    return promise.told(mode) if promise else {}
