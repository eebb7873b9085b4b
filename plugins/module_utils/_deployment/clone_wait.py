# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until a clone answers; where it does not, its log tells why."""

from __future__ import annotations

import time

from .._errors import LitellmCacheError
from .deployment import Deployment
from .engine import DockerError
from .instance_client import DEADLINE, InstanceError
from .instances import Instance
from .log_findings import OF_REDIS, START_FAILED, cache_findings, last_error, most_telling
from .rolling_restart import EXIT_NOTICED_SECONDS, LOG_LINES, POLL_SECONDS

#: Seconds of the first look whether a clone answers; each further one takes twice as long.
FIRST_LOOK_SECONDS = 2.0
#: Codes of an instance that did not answer yet.
_SILENT = ("not_ready", DEADLINE)
#: Exit codes of a command that cannot be run, and of one that the kernel or Docker killed.
_NO_COMMAND, _KILLED = (126, 127), 137


class CloneDiedError(LitellmCacheError):
    """The clone did not come up; the context tells of its log what is known to hold nothing private."""


def wait_for_clone(cloned: Deployment, what: str, ready_timeout: float) -> float:
    """Wait until a clone answers; returns the seconds that took.

    :param cloned: the clone as a deployment of its own.
    :param what: what it is, in words.
    :param ready_timeout: seconds.
    :raises CloneDiedError: it does not.
    """
    began, look = time.monotonic(), FIRST_LOOK_SECONDS
    (instance,) = cloned.instances
    while True:
        remaining = ready_timeout - (time.monotonic() - began)
        try:
            # Anew each time: before an entrypoint has handed over to LiteLLM, nobody knows as which user to ask it.
            cloned.client(instance).wait(max(0.0, min(look, remaining)), 0)
            return round(time.monotonic() - began, 2)
        except (InstanceError, DockerError) as error:
            if error.context.get("code") not in _SILENT:
                raise _died(cloned, what, error) from None
        if remaining <= look:
            raise _died(cloned, what, CloneDiedError(f"it did not answer within {ready_timeout} s"))
        look *= 2


def _noticed(cloned: Deployment) -> Instance:
    """The clone as Docker sees it once it has noticed that it ended: what runs beside LiteLLM ends a moment earlier."""
    (instance,) = cloned.instances
    until = time.monotonic() + EXIT_NOTICED_SECONDS
    while True:
        now = cloned.refreshed(instance)
        if not now.running or time.monotonic() > until:
            return now
        time.sleep(POLL_SECONDS)


def _died(cloned: Deployment, what: str, error: LitellmCacheError) -> CloneDiedError:
    """Why a clone is not there, with what its log tells."""
    (instance,) = cloned.instances
    now = _noticed(cloned) if error.context.get("code") == "gone" else cloned.refreshed(instance)
    text = cloned.engine.log(instance.id, 0, LOG_LINES)
    log = cache_findings(text)
    exited, why = None if now.running else now.exit_code, str(error)
    if exited in _NO_COMMAND:
        why = f"its command could not be run there (exit code {exited})"
    elif exited is not None:
        killed = " (killed, most likely by its memory limit)" if exited == _KILLED else ""
        said = most_telling(log, (*OF_REDIS, START_FAILED)) or last_error(text)
        why = f"it exited by itself with code {exited}{killed}{f'; its log says: {said}' if said else ''}"
    return CloneDiedError(f"{what} did not come up: {why}", exit_code=exited, log=log)
