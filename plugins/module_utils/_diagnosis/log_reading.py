# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a log tells about the cache and about the requests, counted over time.

Known words alone are told, see _deployment/log_findings.py; of a request its status.
"""

from __future__ import annotations

import re
import time
from typing import Any

from .._deployment.engine import Engine
from .._deployment.instances import Instance, moment
from .._deployment.log_findings import LINE_CHARACTERS, events_in
from .._inside.conversation import OUR_MARK

#: Seconds after which the rest of a log is left alone.
READING_SECONDS = 20.0
#: How often the clock is looked at, lines.
_LINES_BETWEEN = 500
#: A request that a model answers, with its query and its status, as text and within JSON.
_ASKED = re.compile(
    r"\"POST [^\s\"]{0,200}/(?:completions|embeddings|responses|transcriptions)(?:\?([^\s\"]{0,200}))?"
    r" HTTP/[\d.]{1,3}\\?\" (\d{3})"
)
#: Statuses by which not the client is at fault: the model is busy, slow, or fails.
_OF_THE_MODEL = ("408", "429")


def read_log(engine: Engine, instance: Instance, since: float | None, lines: int) -> dict[str, Any]:
    """What the log of an instance tells.

    :param since: seconds since the epoch, None for the start of the instance.
    :param lines: how many of its last lines are read at most.
    :raises DockerError: it cannot be read.
    """
    log = engine.log(instance.id, instance.started if since is None else since, lines, timed=True)
    return told_of(log, time.monotonic() + READING_SECONDS)


def told_of(log: str, deadline: float) -> dict[str, Any]:
    """What the lines of a log tell.

    :param log: each line with its time before it, as Docker writes it.
    :param deadline: of the monotonic clock; what is not read by then is left alone.
    :returns: ``lines`` that were read, ``complete``, ``events``: each with ``code``, ``text``, ``count``, ``first`` and
        ``last`` in seconds since the epoch, in the order of their first appearance, and ``requests``.
    """
    stamps, texts, complete = [], [], True
    for place, line in enumerate(log.splitlines()):
        if place % _LINES_BETWEEN == 0 and time.monotonic() > deadline:
            complete = False
            break
        stamp, _space, text = line.partition(" ")
        stamps.append(stamp)
        texts.append(text[:LINE_CHARACTERS])
    return {
        "lines": len(texts),
        "complete": complete,
        "events": _events(stamps, texts),
        "requests": _requests(stamps, texts),
    }


def _events(stamps: list[str], texts: list[str]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for place, told in events_in(texts):
        at = moment(stamps[place])
        entry = found.setdefault(told, {"code": told[0], "text": told[1], "count": 0, "first": at})
        entry.update(count=entry["count"] + 1, last=at)
    return list(found.values())


def _requests(stamps: list[str], texts: list[str]) -> dict[str, Any]:
    """How many requests there were, how many failed without a fault of the client, and how the last one ended.

    Of our own those alone count that failed in the server: a verification is answered from the cache a hundred times, also
    while the models fail.
    """
    found: dict[str, Any] = {"count": 0, "failed": 0, "statuses": {}, "last": None}
    for stamp, text in zip(stamps, texts):
        match = _ASKED.search(text)
        if match is None:
            continue
        query, status = match.groups()
        if query == OUR_MARK and not status.startswith("5"):
            continue
        failed = status.startswith("5") or status in _OF_THE_MODEL
        found["count"] += 1
        found["failed"] += failed
        if failed:
            found["statuses"][status] = found["statuses"].get(status, 0) + 1
        found["last"] = {"at": moment(stamp), "status": int(status), "failed": failed}
    return found
