# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How people are told what was seen of the cache of an instance: the same words after a change and in a verification.

Pure: an entry of the evidence in, its words out.
"""

from __future__ import annotations

from typing import Any

from .._telling import counted

#: How the evidence of an instance reads; SECONDS is the time of the request.
_WORDS = {
    "harvested": "answered from Redis in SECONDS",
    "hit": "answered from its memory in SECONDS",
    "second instance": "gave the answer that another instance had put into Redis, in SECONDS",
    "written": "what it answered lies in Redis",
    "pinged": "its own check of the cache wrote into Redis",
    "connected": "CONNECTIONS to the database of the file",
    "unproved": "not shown by a request",
    "added": "was added during the run, and not shown to use Redis",
    "contradicted": "reports a cache of type TYPE, not local",
}
#: Kinds without a request, but where one is the reason that there is no better evidence.
_WITHOUT_A_REQUEST = ("pinged", "connected")


def in_words(seen: dict[str, Any]) -> str:
    """An entry of the evidence, as litellm_cache_roundtrip returns it, in words.

    :returns: words that follow the name of the instance; the kind itself, where it has none.
    """
    words = _WORDS.get(seen["kind"], seen["kind"])
    for place, value in (
        ("SECONDS", counted(seen.get("seconds") or 0, "second")),
        ("CONNECTIONS", counted(seen.get("connections") or 0, "connection")),
        ("TYPE", str(seen.get("cache_type"))),
    ):
        words = words.replace(place, value)
    if seen["kind"] in _WITHOUT_A_REQUEST and not seen.get("reason"):
        words += "; no request was sent"
    return words
