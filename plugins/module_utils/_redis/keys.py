# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a key in LiteLLM's Redis is: a response entry, or one of the other things that LiteLLM keeps there.

Pure. Patterns seen on LiteLLM 1.72 to 1.106, or read in the sources of 1.80.0 and 1.110.2; names are bytes, because a key need
not be text. A name that another application may use as well (``tag:NAME``, ``user_id:NAME``) is none of LiteLLM's here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

RESPONSE, HEX = "response", "hex"
LIMIT, ROUTER, SPEND, LOCK, REPORT, FOREIGN = "rate_limit", "router", "spend", "lock", "report", "foreign"
BUDGET, UNWRITTEN, SETTING, SESSION = "budget", "unwritten", "setting", "session"
#: Kinds of keys, with what they are.
KINDS = {
    RESPONSE: "a cached answer",
    HEX: "named like a cached answer, with another content or type",
    LIMIT: "a counter of LiteLLM's rate limits",
    ROUTER: "state of LiteLLM's router: usage, cooldowns, latencies",
    SPEND: "spend records that are not in LiteLLM's database yet",
    BUDGET: "a counter of what a budget of LiteLLM has spent",
    UNWRITTEN: "other records that are not in LiteLLM's database yet",
    SETTING: "a setting of LiteLLM's database, kept for a minute",
    SESSION: "what LiteLLM keeps of a session, a login or a response in the background",
    LOCK: "a lock of one of LiteLLM's jobs",
    REPORT: "the mark of a report or an alert that was sent",
    FOREIGN: "nothing that LiteLLM is known to write",
}
#: What a cached answer is of; a transcription and the mark of LiteLLM's /cache/ping are others.
CHAT, TEXT, EMBEDDING, OTHER = "chat", "text", "embedding", "other"
CONTENTS = (CHAT, TEXT, EMBEDDING, OTHER)

#: A response entry is named by the SHA-256 of its request, behind a namespace and a colon where there is one.
_HEX = re.compile(rb"^(?:(.*):)?[0-9a-f]{64}\Z", re.S)
#: The asynchronous client stores JSON, the synchronous one what Python shows of it, and LiteLLM answers from both.
_ANSWER = re.compile(rb"""^\{(["'])timestamp\1: (.{0,24}?), \1response\1: """, re.S)
_TIME = re.compile(rb"[0-9]+(?:\.[0-9]*)?\Z")
_LIMITED = (
    rb"api_key|user|team|team_member|end_user|organization|tag|agent|agent_session|mcp_server|session_iterations"
    rb"|(model|tag|mcp)_per_(key|team|organization|project)"
)
_BUDGETED = rb"provider|deployment|tag|virtual_key|end_user|(end_user|user|team|team_member)_model"
_OTHERS = (
    (SPEND, re.compile(rb"litellm_(\w+_)?spend_update_buffer$|litellm_spend_logs_buffer$")),
    (UNWRITTEN, re.compile(rb"litellm_(tool_discovery|request_errors|gateway_requests)_buffer(_v\d+)?$")),
    (
        BUDGET,
        re.compile(
            rb"(" + _BUDGETED + rb")_spend:.|(" + _BUDGETED + rb")_budget_start_time:."
            rb"|spend:(key|user|end_user|team|team_member|org|project|tag|model_access_group|shadow_eval):."
            rb"|spend_db_floor:spend:|\{session_budget:.*\}:\w+$",
            re.S,
        ),
    ),
    (SETTING, re.compile(rb"litellm_config:param:.", re.S)),
    (SESSION, re.compile(rb"litellm:(polling:response|mcp:temporary_server):.|mcp:per_user_token:.", re.S)),
    (LOCK, re.compile(rb"(cronjob|health_check)_lock:")),
    (
        REPORT,
        re.compile(
            rb"(daily_metrics_report|model_deprecation_alert)_sent$|(weekly|monthly)_spend_report_sent_\d"
            rb"|user_spend_alert_(daily|monthly|anomaly)_|.*:(failed_requests|latency)_daily_metrics$",
            re.S,
        ),
    ),
    (
        LIMIT,
        re.compile(
            rb"\{(" + _LIMITED + rb")[:_].*\}:\w+$"
            rb"|.*::\d{4}-\d\d-\d\d-\d\d-\d\d::request_count$|litellm:file_usage:.|batch_enqueued_tokens?(_reservation)?:.",
            re.S,
        ),
    ),
    (
        ROUTER,
        re.compile(
            rb"global_router:|deployment:.*:(cooldown|allowed_fails|prompt_caching)$|deployment_affinity:v\d|cost_map:."
            rb"|.*:(tpm|rpm):\d\d-\d\d$|.*_map$|.*_request_count(:.*)?$|health_check_results:."
            rb"|least_busy_(attempt|picked|reservations|started):.",
            re.S,
        ),
    ),
)


@dataclass(frozen=True)
class Selection:
    """Which keys are meant.

    ``namespace``: only answers of that namespace, an empty text for those without one, None for all. One that a client chose
    stands behind the configured one (``prod:team:HASH``), which LiteLLM's header leaves out, so both names mean it.
    ``pattern``: only names that match that glob of Redis. ``older_than``: only answers stored before that time, seconds
    since the epoch. ``contents``: only answers of these, empty for all. ``any_key``: whatever matches, not only response
    entries.
    """

    namespace: str | None = None
    pattern: str | None = None
    older_than: float | None = None
    contents: tuple[str, ...] = ()
    any_key: bool = False

    def in_namespace(self, key: bytes) -> bool:
        """Whether the name of an answer is one of the namespace that is meant."""
        if self.namespace is None:
            return True
        wanted, prefix = self.namespace.encode(), key[:-65]
        return prefix == wanted or bool(wanted) and prefix.endswith(b":" + wanted)


def shown(key: bytes) -> str:
    """The name of a key as an example shows it: counters carry hashes of API keys, of which the beginning is enough."""
    text = key.decode("utf-8", "backslashreplace")
    return text if is_hex(key) else re.sub(r"\b([0-9a-f]{8})[0-9a-f]{56}\b", r"\1...", text)


def is_hex(key: bytes) -> bool:
    """Whether a key is named like a response entry."""
    return _HEX.match(key) is not None


def namespace_of(key: bytes) -> str:
    """The namespace of a key that is named like a response entry, empty for none."""
    return key[:-65].decode("utf-8", "backslashreplace")


def kind_of(key: bytes) -> str:
    """Kind of a key that is no response entry, or was not looked into, by its name alone.

    Counters carry the namespace of the cache in some versions: what stands before a known name does not count.
    """
    for name in _without_namespace(key):
        for kind, pattern in _OTHERS:
            if pattern.match(name):
                return kind
    return HEX if is_hex(key) else FOREIGN  # a counter may end in the hash of an API key


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
    return float(found.group(2)) if _TIME.match(found.group(2)) else math.nan
