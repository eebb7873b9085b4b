# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts instances one after another and waits for each.

Private to the collection.
"""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_config import secrets_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose_deployment import DeploymentError, Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._config_file import ConfigFile
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._docker_engine import DockerError
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._instance import InstanceError
from ansible_collections.erni_ki.litellm.plugins.module_utils._log_lines import cache_findings

POLL_SECONDS = 0.1
#: Seconds within which Docker notices that a container's process is gone: what runs beside it ends a moment earlier.
EXIT_NOTICED_SECONDS = 3.0
LOG_LINES = 400
HEALTH_OUTPUT_CHARACTERS = 300


class RestartError(LitellmCacheError):
    """An instance did not come back, or did not stay."""


class RollingRestart:
    """A restart of instances of one deployment.

    :param ready_timeout: seconds that an instance may take to answer.
    :param stable_for: seconds that it must go on answering.
    :param stop_timeout: seconds to stop, None for the container's own.
    :param exits_allowed: how often LiteLLM may exit by itself.
    """

    def __init__(
        self, deployment: Deployment, ready_timeout: int, stable_for: int, stop_timeout: int | None, exits_allowed: int
    ) -> None:
        self._deployment = deployment
        self._ready_timeout = ready_timeout
        self._stable_for = stable_for
        self._stop_timeout = stop_timeout
        self._exits_allowed = exits_allowed

    def choose(self, names: list[str] | None) -> list[Instance]:
        """The instances of those names, all of them for None.

        :raises DeploymentError: there is none of a name.
        """
        known = {instance.name: instance for instance in self._deployment.instances}
        unknown = sorted(set(names or ()) - set(known))
        if unknown:
            raise DeploymentError(
                f"the service has no container {', '.join(unknown)}, only {', '.join(known)}: check the option instances"
            )
        return [instance for instance in known.values() if names is None or instance.name in names]

    def run(self, instances: list[Instance]) -> list[dict[str, Any]]:
        """Restart them in order.

        :returns: for each its name, the seconds until it answered, and the seconds it was watched.
        :raises RestartError: one did not come back; those after it are untouched.
        """
        done: list[dict[str, Any]] = []
        for instance in instances:
            ordered = time.time()
            try:
                done.append(self._restart(instance))
            except LitellmCacheError as error:
                restarted = [entry["name"] for entry in done] + [instance.name]
                raise self._failure(instance, ordered, str(error), restarted) from None
        return done

    def _restart(self, instance: Instance) -> dict[str, Any]:
        began = time.monotonic()
        stop_timeout = self._stop_timeout if self._stop_timeout is not None else instance.stop_timeout
        self._deployment.engine.restart(instance.id, stop_timeout)
        stopped = time.monotonic()
        waited = self._wait(instance, stopped)
        return {
            "name": instance.name,
            "ready_seconds": round(stopped - began + waited["ready_seconds"], 2),
            "stable_seconds": waited["stable_seconds"],
        }

    def _wait(self, instance: Instance, began: float) -> dict[str, Any]:
        """Ask inside the instance until it is ready and stable, over its exits by itself."""
        exits = 0
        while True:
            remaining = self._ready_timeout - (time.monotonic() - began)
            if remaining <= 0:
                raise RestartError(f"LiteLLM did not answer within {self._ready_timeout} s")
            asked = self._deployment.refreshed(instance)
            if asked.running:
                try:
                    offset = time.monotonic() - began
                    answer = self._deployment.client(asked).ask(
                        "wait", remaining + self._stable_for, ready_timeout=remaining, stable_for=self._stable_for
                    )
                    return dict(answer, ready_seconds=answer["ready_seconds"] + offset)
                except (InstanceError, DockerError):
                    if not self._died(asked):
                        raise
            exits += 1
            if exits > self._exits_allowed:
                raise RestartError("LiteLLM exited by itself after the restart")
            self._until_running(instance, began)

    def _died(self, asked: Instance) -> bool:
        """Whether the process that was asked is no longer the one that runs."""
        until = time.monotonic() + EXIT_NOTICED_SECONDS
        while True:
            now = self._deployment.refreshed(asked)
            if not now.running or now.started != asked.started:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(POLL_SECONDS)

    def _until_running(self, instance: Instance, began: float) -> None:
        """Poll until Docker has the container running again, or the time is over."""
        while time.monotonic() - began < self._ready_timeout:
            if self._deployment.refreshed(instance).running:
                return
            time.sleep(POLL_SECONDS)

    def _failure(self, instance: Instance, ordered: float, reason: str, restarted: list[str]) -> RestartError:
        """The error with what the container itself tells."""
        try:
            now = self._deployment.refreshed(instance)
            log = cache_findings(self._deployment.engine.log(instance.id, ordered, LOG_LINES))
        except DockerError as error:
            return RestartError(f"{instance.name} did not come back: {error}", instance=instance.name)
        secrets = secrets_of(ConfigFile.read(self._deployment.config_path).text)
        told = f"; its log says: {_most_telling(log)}" if log else ""
        return RestartError(
            f"{instance.name} did not come back: {reason}{told}",
            instance=instance.name,
            exit_code=None if now.running else now.exit_code,
            # The last line: of a long output, the one that tells the error.
            health=[
                without(secrets, output).splitlines()[-1][:HEALTH_OUTPUT_CHARACTERS] for output in now.health if output
            ],
            log=log,
            restarted=restarted,
        )


def _most_telling(log: list[dict[str, Any]]) -> str:
    """The first finding that explains a failed start, else the last of all."""
    starts = [entry["text"] for entry in log if entry["code"] == "start_failed"]
    return starts[0] if starts else log[-1]["text"]


def without(secrets: frozenset[str], text: str) -> str:
    """A text with every secret replaced."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "********")
    return text
