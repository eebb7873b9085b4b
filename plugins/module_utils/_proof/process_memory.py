# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process of LiteLLM is shown to hold no answer in its memory.

Nobody can look into that memory. It is shown to be empty by two things together. A mark in the state directory says that the
process was started after its cache was emptied, and what its log had then. And LiteLLM's web server (uvicorn, LiteLLM 1.72 to
1.110) writes a line for each request into the log of its container: where the log still begins with the line that it began
with, and has no request since that may leave an answer, nothing was asked. Lines go oldest first, so a log that has its first
line has all of them. A proxy that asks models without a request (``background_health_checks``), or that leaves lines out of
its log, is never marked. Whoever is not shown to be empty is restarted.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Iterable
from typing import Any

from .._change.state import ChangeState, StateError
from .._deployment.engine import DockerError
from .._deployment.instances import Instance
from .._deployment.project import Project

#: A request to the proxy, as text and within JSON, with its method and path.
_REQUEST = re.compile(r"\b([A-Z]{3,7}) (/[^\s\"]*) HTTP/|\bWebSocket (/[^\s\"]*)")
#: Requests that leave no answer, behind any root path; ours are among them (_inside/conversation.py). GET /health asks all
#: models, and their answers may be kept.
_HARMLESS = re.compile(
    r"(GET|HEAD|OPTIONS) (\S*/health/(liveliness|liveness|readiness)(/details)?|\S*/cache/(ping|redis/info|settings)"
    r"|\S*/(config/field|key|model)/info|(/\S*)?/models|\S*/metrics/?|/|/favicon\.ico|/openapi\.json)(\?\S*)?\Z"
)
#: Lines of a log that are read at most.
LOG_LINES = 100_000
#: How long the line of a request is waited for, seconds.
LINE_SECONDS, LINE_POLL_SECONDS = 3.0, 0.1


def requests_in(log: str) -> list[str]:
    """The lines of a log that tell of a request that may have left an answer."""
    return [line for line in log.splitlines() if _may_leave_an_answer(_REQUEST.search(line))]


def _may_leave_an_answer(found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    return found.group(1) is None or not _HARMLESS.match(f"{found.group(1)} {found.group(2)}")


def trace_in(log: str) -> dict[str, Any] | None:
    """What tells the beginning of a log, and the requests in it that may have left an answer, from any other.

    :returns: hashes of lines; None where the log has no request at all, so that it may be one that never has.
    """
    first = next((line for line in log.splitlines() if _REQUEST.search(line)), None)
    if first is None:
        return None
    return {"first": _hash(first), "asked": [_hash(line) for line in requests_in(log)]}


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def trace_of(deployment: Project, instance: Instance) -> dict[str, Any] | None:
    """The trace of an instance since its start; None where its log tells nothing, or cannot be read."""
    try:
        trace = trace_in(deployment.engine.log(instance.id, instance.started, LOG_LINES))
    except DockerError:
        return None
    return dict(trace, started=instance.started) if trace is not None else None


def remember_emptied(deployment: Project, instances: Iterable[Instance], own: int) -> None:
    """Mark instances that were asked nothing since their start but what we asked without leaving an answer.

    What cannot be remembered costs a restart by the next run, and must not make this one fail.

    :param own: how many requests of ours each of them had.
    """
    state, running = ChangeState.of(deployment), {one.id for one in deployment.running()}
    emptied = {one: trace for one, trace in state.emptied().items() if one in running}
    for instance in instances:
        deadline = time.monotonic() + LINE_SECONDS
        trace = trace_of(deployment, instance)
        while (trace is None or len(trace["asked"]) < own) and time.monotonic() < deadline:
            time.sleep(LINE_POLL_SECONDS)
            trace = trace_of(deployment, instance)
        if trace is not None and len(trace["asked"]) == own:
            emptied[instance.id] = trace
    with contextlib.suppress(StateError):
        state.note_emptied(emptied)


def is_untouched(deployment: Project, instance: Instance) -> bool:
    """Whether an instance is shown to hold no answer in its memory."""
    known = ChangeState.of(deployment).emptied().get(instance.id)
    return known is not None and known == trace_of(deployment, instance)
