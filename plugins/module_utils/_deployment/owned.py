# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of our own beside the instances: by which labels they are known, and how they go.

Standard library only: the guard removes them too.
"""

from __future__ import annotations

import contextlib
import hashlib
import os

from .._errors import LitellmCacheError
from .engine import ContainerGoneError, DockerError, Engine

#: Whose canary or bridge it is, and of which run.
CANARY_LABEL, BRIDGE_LABEL, RUN_LABEL = (
    "erni_ki.litellm.canary",
    "erni_ki.litellm.bridge",
    "erni_ki.litellm.canary.run",
)
#: Seconds between the polite signal and the kill, where nobody waits for an answer.
STOP_SECONDS = 1


def owner_of(state_dir: str) -> str:
    """Whose containers they are, as their labels say it: another deployment has another state directory."""
    return hashlib.sha256(os.path.realpath(state_dir).encode()).hexdigest()[:12]


def end(engine: Engine, container_id: str, stop_timeout: int = STOP_SECONDS) -> None:
    """End and remove a container with its own volumes, in whatever state it is; nothing to do is no error.

    :param stop_timeout: seconds between the polite signal and the kill.
    :raises DockerError: it is not removed.
    """
    with contextlib.suppress(ContainerGoneError):
        with contextlib.suppress(DockerError):  # one that does not run, or hangs, is removed all the same
            engine.stop(container_id, stop_timeout)
        engine.remove(container_id, force=True)


def remove_those_of(engine: Engine, label: str) -> dict[str, str]:
    """Remove the containers with a label.

    :param label: ``name=value``.
    :returns: the run of each by its name.
    :raises DockerError: one is not removed.
    """
    removed = {}
    for record in engine.containers([label]):
        end(engine, record["Id"])
        removed[record["Name"].lstrip("/")] = record["Config"]["Labels"].get(RUN_LABEL, "")
    return removed


def names_of_ours(engine: Engine, state_dir: str) -> list[str]:
    """Names of our own containers beside a deployment: of a run that is at work, or that was killed.

    :raises DockerError: Docker does not answer.
    """
    owner = owner_of(state_dir)
    return sorted(
        record["Name"].lstrip("/")
        for label in (CANARY_LABEL, BRIDGE_LABEL)
        for record in engine.containers([f"{label}={owner}"])
        if record["Config"]["Labels"].get(label) == owner
    )


def take_down_bridge(engine: Engine, state_dir: str) -> None:
    """Remove the bridge of a restart that failed: it has stood in for the instance until that is back.

    What cannot be removed now leads nobody anywhere after a while, and goes with the next bridge.
    """
    with contextlib.suppress(LitellmCacheError):
        remove_those_of(engine, bridge_label(state_dir))


def bridge_label(state_dir: str) -> str:
    """The label of the containers of a bridge of one deployment."""
    return f"{BRIDGE_LABEL}={owner_of(state_dir)}"
