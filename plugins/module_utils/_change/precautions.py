# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a commit leaves behind for the way back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.docker_socket import docker_host_of
from .guard import NO_GUARD, SYSTEMD, kind_of_guard
from .surroundings import Surroundings

#: Options that say which deployment is meant, and those of a restart, as the pending record keeps them.
DEPLOYMENT_OPTIONS = ("project_dir", "project_name", "service", "config_path", "state_dir")
WAITS = ("ready_timeout", "stable_for", "stop_timeout")


@dataclass(frozen=True)
class Precautions:
    """What a commit leaves behind for the way back.

    ``lease`` is the longest silence in seconds, ``keep`` how many snapshots are kept. ``guard`` is how the guard is kept
    alive. ``deployment``, ``waits``, ``started``, ``planted``, ``answered`` and ``outlives`` are those of :class:`PendingChange`.
    """

    lease: float
    keep: int
    guard: str = NO_GUARD
    deployment: dict[str, Any] = field(default_factory=dict)
    waits: dict[str, Any] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    planted: list[str] = field(default_factory=list)
    answered: bool = True
    outlives: list[str] = field(default_factory=list)

    @classmethod
    def with_guard(cls, params: dict[str, Any], deployment: Deployment | None, planted: list[str]) -> Precautions:
        """Those of a change that a guard watches.

        :param params: options of litellm_cache_mode.
        :param deployment: None where it was not opened yet.
        :param planted: keys that the guard is to remove.
        :raises GuardError: a guard could not do its work here.
        :raises LitellmCacheError: there is no such deployment.
        """
        docker_host = docker_host_of(params["docker_host"])
        deployment = deployment or Deployment.open(params)
        here = Surroundings.observed(deployment.instances)
        guard = kind_of_guard(docker_host, here)
        return cls(
            params["confirm_timeout"],
            params["snapshots_keep"],
            guard=guard,
            deployment=dict({name: params[name] for name in DEPLOYMENT_OPTIONS}, docker_host=docker_host),
            waits={name: params[name] for name in WAITS},
            started={instance.id: instance.started for instance in deployment.instances},
            planted=planted,
            outlives=here.outlived(guard == SYSTEMD),
        )
