# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a deployment stands, at a glance: one look at the file, at each instance and at the state directory.

The one place that makes the dictionary of litellm_cache_status. It is asked when something is wrong, so what cannot be seen is
told, and keeps none_seen from the rest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional, TypeVar

from .._change.guard import Guard
from .._change.pending import FLUSHED, PendingChange
from .._change.state import ChangeState
from .._change.state_directory import StateError
from .._deployment.config_file import ConfigFile
from .._deployment.deployment import Deployment
from .._deployment.image_reference import parse_image_reference
from .._deployment.instances import Instance, require_mounted
from .._deployment.owned import names_of_ours
from .._deployment.project import config_path_of, place_without_docker
from .._deployment.silence import why_silent
from .._errors import LitellmCacheError
from .._settings.description import describe_cache
from .findings import heeded
from .observation import look_at
from .reading import completed, findings_of_reading
from .stale import stale_reasons
from .status_rows import FILE, INSTANCES, MOUNT, STATE

#: Records of the history that are told, the newest.
RECORDS = 20
#: Instances that are asked at the same time.
AT_ONCE = 8
Seen = TypeVar("Seen")
Look = tuple[Optional[dict[str, Any]], Optional[str]]


class Status:
    """One look at everything; read-only, and without a request that costs anything.

    :param params: options of a module with the deployment bundle.
    :raises DeploymentError: the project directory does not exist.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params
        self._path = config_path_of(params)
        self._unseen: list[dict[str, str]] = []

    def report(self) -> dict[str, Any]:
        """All that is seen; null where it could not be, for a reason in ``unseen``."""
        config = self._seen(FILE, lambda: ConfigFile.read(self._path), None)
        cache = self._seen(FILE, lambda: describe_cache(config.text) if config else None, None)
        deployment = self._seen(INSTANCES, lambda: Deployment.open(self._params), None)
        instances, reading = self._instances(deployment, config, cache)
        if cache is not None:
            cache = completed(cache, reading)
        running = [instance for instance in instances or [] if instance["running"]]
        stored = [heeded(instance["stored"]) for instance in running]
        return {
            "at": time.time(),
            "service": self._params["service"],
            "config_path": self._path,
            "cache": cache,
            "mode": {
                "file": cache["mode"] if cache is not None else None,
                "stored": next((settings["type"] for settings in stored if settings and settings.get("type")), None),
                "effective": sorted({instance["cache_type"] for instance in running if instance["cache_type"]}),
            },
            "findings": list(findings_of_reading(reading, self._path)),
            "instances": instances,
            "running": len(running),
            "stale": [instance["name"] for instance in instances or [] if instance["stale"]],
            "beside": self._beside(deployment),
            **self._changes(deployment),
            "unseen": self._unseen,
        }

    def _seen(self, what: str, look: Callable[[], Seen], otherwise: Seen) -> Seen:
        """What a look finds; where it fails, that is told once.

        :param what: FILE, MOUNT, INSTANCES or STATE.
        """
        try:
            return look()
        except (LitellmCacheError, OSError) as error:
            why = str(error) if isinstance(error, LitellmCacheError) else str(error.strerror)
            if why not in [one["why"] for one in self._unseen]:
                self._unseen.append({"what": what, "why": why})
            return otherwise

    # -- instances ----------------------------------------------------------------------------------------

    def _instances(
        self, deployment: Deployment | None, config: ConfigFile | None, cache: dict[str, Any] | None
    ) -> tuple[list[dict[str, Any]] | None, dict[str, Any] | None]:
        """The instances, and what the first that answers makes of the file; None for what is not known."""
        if deployment is None:
            return None, None
        self._seen(MOUNT, lambda: require_mounted(deployment.instances, self._path), None)
        digest = config.sha256 if config is not None else None
        with ThreadPoolExecutor(AT_ONCE) as threads:
            asked = threads.map(lambda instance: self._look(deployment, instance, digest), deployment.instances)
            looks = list(asked)
        reading = next((look["reading"] for look, _problem in looks if look is not None), None)
        if cache is not None:
            cache = completed(cache, reading)
        told = [_told(deployment, instance, look, config, cache) for instance, look in zip(deployment.instances, looks)]
        return told, reading

    def _look(self, deployment: Deployment, instance: Instance, digest: str | None) -> Look:
        try:
            return look_at(deployment, instance, digest)
        except LitellmCacheError as error:  # Docker, of one instance: the others are told all the same
            return None, str(error)

    def _beside(self, deployment: Deployment | None) -> list[str]:
        """Names of our own containers beside the instances."""
        if deployment is None:
            return []
        return self._seen(INSTANCES, lambda: names_of_ours(deployment.engine, deployment.state_dir), [])

    # -- changes ------------------------------------------------------------------------------------------

    def _changes(self, deployment: Deployment | None) -> dict[str, Any]:
        """What the state directory knows."""
        nothing: dict[str, Any] = {"history": [], "pending": None, "guard": None, "verification": None, "snapshots": []}
        directory, project = place_without_docker(self._params)
        if deployment is not None:
            directory, project = deployment.state_dir, deployment.instances[0].project
        place = {"project": project, "state_dir": directory, "damage": []}
        if directory is None:
            why = "which one it is only Docker tells: set litellm_cache_project_name or litellm_cache_state_dir"
            self._unseen.append({"what": STATE, "why": why})
            return {**place, **nothing}
        state = self._seen(STATE, lambda: self._opened(directory), None)
        if state is None:
            return {**place, **nothing}
        pending = self._seen(STATE, lambda: state.pending() or state.reverting() or state.confirming(), None)
        verification = self._seen(STATE, state.verification, None)
        none_seen: list[dict[str, Any]] = []
        return {
            **place,
            "damage": self._seen(STATE, state.findings, none_seen),
            "history": _newest(self._seen(STATE, state.history, none_seen)),
            "pending": _pending(pending),
            "guard": self._seen(STATE, Guard(state).status, None) if pending is not None else None,
            "verification": verification.to_dict() if verification is not None else None,
            "snapshots": self._seen(STATE, lambda: _snapshots(state), none_seen),
        }

    def _opened(self, directory: str) -> ChangeState:
        if os.path.isdir(directory) and not os.access(directory, os.R_OK | os.X_OK):
            raise StateError(f"this user may not read {directory}: run the play with become")
        return ChangeState(directory, self._path)


def _newest(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest records, and the last change or the last flush where it is older than all of them."""
    newest, older = history[-RECORDS:], history[:-RECORDS]
    kinds = {record["result"] == FLUSHED for record in newest}
    for flushed in {True, False} - kinds:
        newest = [record for record in older if (record["result"] == FLUSHED) == flushed][-1:] + newest
    return newest


def _pending(change: PendingChange | None) -> dict[str, Any] | None:
    return change.summary() if change is not None else None


def _snapshots(state: ChangeState) -> list[dict[str, Any]]:
    return [{"number": number, "at": state.snapshots.time(number)} for number in state.snapshots.numbers()]


def _told(
    deployment: Deployment,
    instance: Instance,
    looked: Look,
    config: ConfigFile | None,
    cache: dict[str, Any] | None,
) -> dict[str, Any]:
    """One instance. Where the file or its mode is not known, it is not held against the instance."""
    look, problem = looked
    told = look or {}
    if cache is not None and not told.get("answers"):
        why = told.get("redis_problem") or why_silent(deployment.engine, instance, cache)
        problem = f"{instance.name}: {why}" if why else problem
    wanted = told.get("cache_type")
    if cache is not None:
        wanted = cache["mode"] if cache["mode"] in ("redis", "local") else cache["type"]
    digest, written = (config.sha256, config.written / 1e9) if config is not None else (told.get("config_sha256"), 0.0)
    return {
        "name": instance.name,
        "status": instance.status,
        "running": instance.running,
        "started": instance.started,
        "image": instance.image,
        "image_tag": parse_image_reference(instance.image).tag,
        "stale": stale_reasons(instance, look, wanted, digest or "", written),
        **{name: told.get(name) for name in ("litellm_version", "redis_py_version", "cache_type", "stored")},
        "problem": problem,
    }
