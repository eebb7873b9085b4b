# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a key in LiteLLM's Redis is: a response entry, or one of the other things that LiteLLM keeps there.

Pure. Patterns seen on LiteLLM 1.72 to 1.106; names are bytes, because a key need not be text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

RESPONSE, HEX = "response", "hex"
LIMIT, ROUTER, SPEND, LOCK, REPORT, FOREIGN = "rate_limit", "router", "spend", "lock", "report", "foreign"
#: Kinds of keys, with what they are.
KINDS = {
    RESPONSE: "a cached answer",
    HEX: "named like a cached answer, with another content or type",
    LIMIT: "a counter of LiteLLM's rate limits",
    ROUTER: "state of LiteLLM's router: usage, cooldowns, latencies",
    SPEND: "spend records that are not in LiteLLM's database yet",
    LOCK: "a lock of one of LiteLLM's jobs",
    REPORT: "the mark of a daily report",
    FOREIGN: "nothing that LiteLLM is known to write",
}
#: What a cached answer is of; a transcription and the mark of LiteLLM's /cache/ping are others.
CHAT, TEXT, EMBEDDING, OTHER = "chat", "text", "embedding", "other"
CONTENTS = (CHAT, TEXT, EMBEDDING, OTHER)

#: A response entry is named by the SHA-256 of its request, behind a namespace and a colon where there is one.
_HEX = re.compile(rb"^(?:(.*):)?[0-9a-f]{64}\Z", re.S)
_ANSWER = re.compile(rb'^\{"timestamp": (.{0,24}?), "response": ', re.S)
_TIME = re.compile(rb"[0-9]+\.?[0-9]*\Z")
_OTHERS = (
    (SPEND, re.compile(rb"litellm_(daily_)?(\w+_)?spend_update_buffer$")),
    (LOCK, re.compile(rb"cronjob_lock:")),
    (REPORT, re.compile(rb"daily_metrics_report_sent$")),
    (
        LIMIT,
        re.compile(
            rb"\{(api_key|model_per_key|user|team|team_member|end_user|organization|tag|model_per_team)[:_].*\}:\w+$"
            rb"|.*::\d{4}-\d\d-\d\d-\d\d-\d\d::request_count$",
            re.S,
        ),
    ),
    (
        ROUTER,
        re.compile(
            rb"global_router:|deployment:.*:(cooldown|allowed_fails)$|.*:(tpm|rpm):\d\d-\d\d$|.*_map$|.*_request_count(:.*)?$",
            re.S,
        ),
    ),
)


@dataclass(frozen=True)
class Selection:
    """Which keys are meant.

    ``namespace``: only answers of that namespace, an empty text for those without one, None for all. ``pattern``: only
    names that match that glob of Redis. ``older_than``: only answers stored before that time, seconds since the epoch.
    ``contents``: only answers of these, empty for all. ``any_key``: whatever matches, not only response entries.
    """

    namespace: str | None = None
    pattern: str | None = None
    older_than: float | None = None
    contents: tuple[str, ...] = ()
    any_key: bool = False


def shown(key: bytes) -> str:
    """The name of a key as an example shows it: counters carry hashes of API keys, of which the beginning is enough."""
    text = key.decode("utf-8", "backslashreplace")
    return text if is_hex(key) else re.sub(r"\b([0-9a-f]{8})[0-9a-f]{56}\b", r"\1...", text)


def is_hex(key: bytes) -> bool:
    """Whether a key is named like a response entry."""
    return _HEX.match(key) is not None


def kind_of(key: bytes) -> str:
    """Kind of a key that is no response entry, or was not looked into, by its name alone.

    Counters carry the namespace of the cache in some versions: what stands before a known name does not count.
    """
    if is_hex(key):
        return HEX
    for name in _without_namespace(key):
        for kind, pattern in _OTHERS:
            if pattern.match(name):
                return kind
    return FOREIGN


def _without_namespace(key: bytes) -> list[bytes]:
    rest = key.partition(b":")[2]
    return [key, rest] if rest and not key.startswith(b"{") else [key]


def is_answer(head: bytes) -> bool:
    """Whether a value that begins like this is a cached answer.

    :param head: the first 64 bytes at least.
    """
    return stored_at(head) is not None


def stored_at(head: bytes) -> float | None:
    """When an answer was stored, seconds since the epoch; None where the value is no answer.

    :param head: the first 64 bytes of the value at least.
    :returns: not a number, which is before and after nothing, where the answer does not tell it.
    """
    found = _ANSWER.match(head)
    if found is None:
        return None
    return float(found.group(1)) if _TIME.match(found.group(1)) else math.nan
