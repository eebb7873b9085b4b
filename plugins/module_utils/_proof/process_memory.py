# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process of LiteLLM can have an answer in its memory since that was emptied.

Nobody can look into that memory. But only a request puts something there, and LiteLLM's web
server (uvicorn, LiteLLM 1.72 to 1.106) writes a line for each into the log of its container. After a restart that
emptied it, one request shows the miss and leaves nothing behind: where the log has its line and no other, nothing was
asked since. Lines go oldest first, so a log that has it has all that came later; a log without it tells nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Iterable
from typing import Any

from .._change.state import ChangeState, StateError
from .._deployment.deployment import Deployment
from .._deployment.engine import DockerError
from .._deployment.instances import Instance

#: A request that may leave an answer, as text and within JSON: what is asked with GET is never stored.
_REQUEST = re.compile(r"\bPOST /\S* HTTP/")
#: Lines of a log that are read at most.
LOG_LINES = 100_000
#: How long the line of a request is waited for, seconds.
LINE_SECONDS, LINE_POLL_SECONDS = 3.0, 0.1


def requests_in(log: str) -> list[str]:
    """The lines of a log that tell of a request that may have left an answer."""
    return [line for line in log.splitlines() if _REQUEST.search(line)]


def trace_of(deployment: Deployment, instance: Instance) -> dict[str, Any] | None:
    """What tells the one request that an instance had since its start from any other one, also after a rotation of the log
    that took its line away.

    :returns: the instance's start, and a hash of the line; None where the log has no such line, several, or cannot be read.
    """
    try:
        lines = requests_in(deployment.engine.log(instance.id, instance.started, LOG_LINES))
    except DockerError:
        return None
    if len(lines) != 1:
        return None
    return {"started": instance.started, "line": hashlib.sha256(lines[0].encode()).hexdigest()}


def remember_emptied(deployment: Deployment, instances: Iterable[Instance]) -> None:
    """Remember instances whose one request since their start was the one that showed the miss.

    What cannot be remembered costs a restart by the next run, and must not make this one fail.
    """
    emptied = {}
    for instance in instances:
        deadline = time.monotonic() + LINE_SECONDS
        trace = trace_of(deployment, instance)
        while trace is None and time.monotonic() < deadline:
            time.sleep(LINE_POLL_SECONDS)
            trace = trace_of(deployment, instance)
        if trace is not None:
            emptied[instance.id] = trace
    with contextlib.suppress(StateError):
        ChangeState(deployment.state_dir).note_emptied(emptied)


def is_untouched(deployment: Deployment, instance: Instance) -> bool:
    """Whether an instance was asked nothing since its memory was emptied."""
    known = ChangeState(deployment.state_dir).emptied().get(instance.id)
    return known is not None and known == trace_of(deployment, instance)
