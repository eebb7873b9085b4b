# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a commit leaves behind for the way back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._deployment.docker_socket import docker_host_of
from .._deployment.project import Project
from .._errors import LitellmCacheError
from .._module import WAITS
from .arming import kind_of_guard, require_unix_socket
from .guard import NO_GUARD, SYSTEMD
from .metrics_file import MetricsFile
from .surroundings import Surroundings

#: Options that say which deployment is meant, as the pending record keeps them beside those of a restart.
DEPLOYMENT_OPTIONS = ("project_dir", "project_name", "service", "config_path", "state_dir")


@dataclass(frozen=True)
class Precautions:
    """What a commit leaves behind for the way back.

    ``lease`` is the longest silence in seconds, ``keep`` how many snapshots are kept. ``guard`` is how the guard is kept
    alive. ``deployment``, ``waits``, ``started``, ``planted``, ``answered``, ``outlives`` and ``metrics`` are those of
    :class:`PendingChange`.
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
    metrics: dict[str, str] | None = None

    @classmethod
    def of(cls, params: dict[str, Any], deployment: Project | None, planted: list[str]) -> Precautions:
        """Those of a change as the options want it. All that the way back needs is in them, whoever is to go it.

        :param params: options of litellm_cache_mode.
        :param deployment: None where it was not opened yet.
        :param planted: keys that are to be removed.
        :raises GuardError: a guard is wanted and could not do its work here.
        :raises LitellmCacheError: a guard is wanted and there is no such deployment.
        """
        docker_host = docker_host_of(params["docker_host"])
        later = params["confirm"] == "later"
        guarded = later and params["guard"] != NO_GUARD
        started: dict[str, float] = {}
        guard, outlives = NO_GUARD, []
        if guarded:
            require_unix_socket(docker_host)  # before anybody looks for a deployment there
        if later:
            try:
                deployment = deployment or Project.open(params)
                started = {instance.id: instance.started for instance in deployment.instances}
            except LitellmCacheError:
                if guarded:
                    raise  # without one the file alone may be meant; then every instance counts as one that ran the change
        if guarded and deployment is not None:
            here = Surroundings.observed(deployment.instances)
            guard = kind_of_guard(docker_host, here)
            outlives = here.outlived(guard == SYSTEMD)
        return cls(
            params["confirm_timeout"],
            params["snapshots_keep"],
            guard=guard,
            deployment=dict({name: params[name] for name in DEPLOYMENT_OPTIONS}, docker_host=docker_host),
            waits={name: params[name] for name in WAITS},
            started=started,
            planted=planted,
            outlives=outlives,
            metrics=_metrics_of(params, deployment),
        )


def _metrics_of(params: dict[str, Any], deployment: Project | None) -> dict[str, str] | None:
    """Where the metrics of a change go; None where nobody wants them, or no deployment is known."""
    if not params.get("textfile_dir") or deployment is None:
        return None
    project = deployment.instances[0].project
    return MetricsFile.of(params["textfile_dir"], project, params["service"], deployment.config_path).to_dict()
