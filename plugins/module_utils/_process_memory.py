# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process of LiteLLM can have an answer in its memory since that was emptied.

Private to the collection. Nobody can look into that memory. But only a request puts something there, and LiteLLM's web
server (uvicorn, LiteLLM 1.72 to 1.106) writes a line for each into the log of its container. After a restart that
emptied it, one request shows the miss and leaves nothing behind: where the log has its line and no other, nothing was
asked since. A log without that line tells nothing.
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import Iterable

from ansible_collections.erni_ki.litellm.plugins.module_utils._change_state import ChangeState, StateError
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose_deployment import Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._docker_engine import DockerError

#: A request that may leave an answer, as text and within JSON: what is asked with GET is never stored.
_REQUEST = re.compile(r"\bPOST /\S* HTTP/")
#: Lines of a log that are read. With more than these, older ones are not seen, and nothing is believed.
LOG_LINES = 100_000
#: How long the line of a request is waited for, seconds.
LINE_SECONDS, LINE_POLL_SECONDS = 3.0, 0.1


def requests_in(log: str) -> int:
    """How many requests a log tells of that may have left an answer."""
    return len(_REQUEST.findall(log))


def requests_since_start(deployment: Deployment, instance: Instance) -> int:
    """The same for what an instance has logged since its start; 0 where its log cannot be read."""
    try:
        return requests_in(deployment.engine.log(instance.id, instance.started, LOG_LINES))
    except DockerError:
        return 0


def remember_emptied(deployment: Deployment, instances: Iterable[Instance]) -> None:
    """Remember instances whose one request since their start was the one that showed the miss.

    What cannot be remembered costs a restart by the next run, and must not make this one fail.
    """
    emptied = {}
    for instance in instances:
        deadline = time.monotonic() + LINE_SECONDS
        while requests_since_start(deployment, instance) == 0 and time.monotonic() < deadline:
            time.sleep(LINE_POLL_SECONDS)
        if requests_since_start(deployment, instance) == 1:
            emptied[instance.id] = instance.started
    with contextlib.suppress(StateError):
        ChangeState(deployment.state_dir).note_emptied(emptied)


def is_untouched(deployment: Deployment, instance: Instance) -> bool:
    """Whether an instance was asked nothing since its memory was emptied."""
    emptied = ChangeState(deployment.state_dir).emptied()
    return emptied.get(instance.id) == instance.started and requests_since_start(deployment, instance) == 1
