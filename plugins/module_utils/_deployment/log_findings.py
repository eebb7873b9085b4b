# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of LiteLLM's log that tell about the cache, cut so that nothing private is left.

LiteLLM 1.80 logs whole completions when a write to Redis fails, so no line is
passed on: of each match only the known words are, and a reason only when it is one of the known reasons.
No host is told: of a URL that does not parse as meant it is a piece of the password.
Patterns seen on LiteLLM 1.80.0 and 1.106.2, with Redis down, hanging, full, and with a wrong password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

START_FAILED = "start_failed"
#: The finding that a URL stopped the start: urllib tells a piece of the password then.
UNREADABLE_URL = "ValueError: a URL does not parse as meant: a password in a URL must be percent-encoded"
#: What an error names as its ``cause`` where a finding about Redis may explain it.
REDIS_CAUSE = "redis"
#: Findings of a Redis that does not do what the cache asks of it. The others have other reasons, or no effect on the cache.
OF_REDIS = (
    "redis_unreachable",
    "redis_read_failed",
    "redis_write_failed",
    "redis_pipeline_failed",
    "redis_circuit_open",
)

#: Characters of a line that are looked at: a client of the proxy makes lines as long as it likes.
LINE_CHARACTERS = 2_000
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_NAME = r"[A-Za-z_][A-Za-z0-9_.]*"

#: What failed, and the finding it is reported as.
_EVENTS = (
    ("redis_unreachable", re.compile(r"Error connecting to (?:Sync|Async) Redis client")),
    ("redis_unreachable", re.compile(r"LiteLLM Redis Cache PING: - Got exception from REDIS")),
    ("redis_write_failed", re.compile(r"(?:\basync )?\b\w{1,80}\(\) - Got exception from REDIS")),
    ("redis_read_failed", re.compile(r"Error occurred in (?:async )?batch get cache")),
    ("redis_pipeline_failed", re.compile(r"pipeline of \d+ ops failed")),
    ("redis_circuit_open", re.compile(r"Redis circuit breaker OPENED after \d+ consecutive failures")),
    ("rate_limit_failed", re.compile(r"Error in rate limit success event|TTL preservation failed")),
    (START_FAILED, re.compile(rf"TypeError: {_NAME}\(\) got an unexpected keyword argument '{_NAME}'")),
    (START_FAILED, re.compile(r"ValueError: Either 'host' or 'url' must be specified for redis\.")),
    (START_FAILED, re.compile(r"ValueError: \"max_connections\" must be a positive integer")),
    (START_FAILED, re.compile(rf"ValueError: Invalid value for '{_NAME}' in connection URL")),
    (START_FAILED, re.compile(r"AttributeError: 'Cache' object has no attribute 'cache'")),
    (START_FAILED, re.compile(r"TypeError: 'NoneType' object is not iterable")),
    (START_FAILED, re.compile(r"Redis URL must specify one of the following schemes")),
    (START_FAILED, re.compile(r"yaml\.(?:scanner\.Scanner|parser\.Parser|constructor\.Constructor)Error")),
)
#: What urllib says of a URL whose password was not encoded (urllib/parse.py, Python 3.9 to 3.14).
_UNREADABLE = re.compile(
    r"^ValueError: (?:Port could not be cast to integer value as|Port out of range|Invalid IPv6 URL|netloc .* NFKC"
    r"|.* does not appear to be an IPv4 or IPv6 address)"
)
#: The line that ends a traceback. Which error it was is known of any; its text may hold anything.
_RAISED = re.compile(r"^(?:[a-z_]\w*\.){0,9}([A-Z]\w{0,80}(?:Error|Exception)|Exception)(?::|$)")
_NOT_STARTED = re.compile(r"Application startup failed")
_CONNECTING = re.compile(r"Error (-?\d+) connecting to \S+\. ([A-Z][a-z]+(?: [a-z]+)*)")
_REASONS = re.compile(
    r"invalid username-password pair or user is disabled"
    r"|Authentication required|AUTH <password> called without any password configured"
    r"|Timeout reading from|Timeout connecting to server|Connection closed by server"
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
    for _place, told in events_in(log.splitlines()):
        entry = found.setdefault(told, {"code": told[0], "text": told[1], "count": 0})
        entry["count"] += 1
    return list(found.values())


def events_in(lines: Iterable[str]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Each line that tells about the cache, by its place: code and text of the finding, made of known words only."""
    raised = ""
    for place, whole in enumerate(lines):
        line = _ANSI.sub("", whole[:LINE_CHARACTERS])
        told = _event_in(line)
        if told is None and _NOT_STARTED.search(line):
            told = (
                START_FAILED,
                raised if raised == UNREADABLE_URL else f"Application startup failed{raised and ': '}{raised}",
            )
        if told is not None:
            yield place, told
        raised = _error_in(line) or raised


def most_telling(log: list[dict[str, Any]], codes: Iterable[str] = (START_FAILED,)) -> str | None:
    """The first finding that can be the reason of a failure; None where none can, because a log tells of much else.

    :param log: what :func:`cache_findings` returned.
    :param codes: of the findings that can be one.
    """
    return next((entry["text"] for entry in log if entry["code"] in codes), None)


def last_error(log: str) -> str:
    """The class of the error that the last traceback of a log ends with; empty where there is none."""
    return next(filter(None, map(_error_in, reversed(log.splitlines()))), "")


def _event_in(line: str) -> tuple[str, str] | None:
    """Code and text of what a line tells."""
    for code, pattern in _EVENTS:
        match = pattern.search(line)
        if match:
            reason = _reason_in(line, match.end())
            return code, f"{match.group(0)}: {reason}" if reason else match.group(0)
    return None


def _reason_in(line: str, start: int) -> str:
    """The known reason in the rest of a line, or nothing."""
    connecting, reason = _CONNECTING.search(line, start), _REASONS.search(line, start)
    if connecting and not (reason and reason.start() < connecting.start()):
        return f"Error {connecting.group(1)} connecting. {connecting.group(2)}"
    return reason.group(0) if reason else ""


def _error_in(line: str) -> str:
    """The class of the error that a line ends a traceback with, or nothing."""
    if _UNREADABLE.search(line):
        return UNREADABLE_URL
    match = _RAISED.search(line)
    return match.group(1) if match else ""
