# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of LiteLLM's log that tell about the cache, cut so that nothing private is left.

LiteLLM 1.80 logs whole completions when a write to Redis fails, so no line is
passed on: of each match only the known words are, and a reason only when it is one of the known reasons.
Patterns seen on LiteLLM 1.80.0 and 1.106.2, with Redis down, hanging, full, and with a wrong password.
"""

from __future__ import annotations

import re
from typing import Any

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_NAME = r"[A-Za-z_][A-Za-z0-9_.]*"

#: What failed, and the finding it is reported as.
_EVENTS = (
    ("redis_unreachable", re.compile(r"Error connecting to (?:Sync|Async) Redis client")),
    ("redis_unreachable", re.compile(r"LiteLLM Redis Cache PING: - Got exception from REDIS")),
    ("redis_write_failed", re.compile(r"(?:async )?\w*set\w*\(\) - Got exception from REDIS")),
    ("redis_write_failed", re.compile(r"\w+\(\) - Got exception from REDIS")),
    ("redis_read_failed", re.compile(r"Error occurred in (?:async )?batch get cache")),
    ("redis_pipeline_failed", re.compile(r"pipeline of \d+ ops failed")),
    ("redis_circuit_open", re.compile(r"Redis circuit breaker OPENED after \d+ consecutive failures")),
    ("rate_limit_failed", re.compile(r"Error in rate limit success event|TTL preservation failed")),
    ("start_failed", re.compile(rf"TypeError: {_NAME}\(\) got an unexpected keyword argument '{_NAME}'")),
    ("start_failed", re.compile(r"ValueError: Either 'host' or 'url' must be specified for redis\.")),
    ("start_failed", re.compile(r"ValueError: \"max_connections\" must be a positive integer")),
    ("start_failed", re.compile(r"AttributeError: 'Cache' object has no attribute 'cache'")),
    ("start_failed", re.compile(r"TypeError: 'NoneType' object is not iterable")),
    ("start_failed", re.compile(r"Redis URL must specify one of the following schemes")),
    ("start_failed", re.compile(r"yaml\.(?:scanner\.Scanner|parser\.Parser|constructor\.Constructor)Error")),
    ("start_failed", re.compile(r"Application startup failed")),
)
_REASONS = re.compile(
    r"Error \d+ connecting to [\w.:-]+\. [A-Z][a-z ]+"
    r"|invalid username-password pair or user is disabled"
    r"|Authentication required|AUTH <password> called without any password configured"
    r"|Timeout reading from [\w.:-]+|Timeout connecting to server|Connection closed by server"
    r"|command not allowed when used memory > 'maxmemory'"
    r"|No permissions? to [a-z ]+|this user has no permissions? to [a-z ]+"
    r"|Temporary failure in name resolution|Name or service not known"
)


def cache_findings(log: str) -> list[dict[str, Any]]:
    """What a log tells about the cache.

    :param log: lines as the container printed them.
    :returns: one dictionary for each different finding, in the order of first appearance: ``code``, ``text``,
        ``count``. The text is made of known words only.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in _ANSI.sub("", log).splitlines():
        for code, pattern in _EVENTS:
            match = pattern.search(line)
            if match:
                reason = _REASONS.search(line, match.end())
                text = f"{match.group(0)}: {reason.group(0)}" if reason else match.group(0)
                entry = found.setdefault((code, text), {"code": code, "text": text, "count": 0})
                entry["count"] += 1
                break
    return list(found.values())
