# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts instances one after another and waits for each."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Callable

from .._errors import LitellmCacheError, OptionError
from .._settings.secret_values import hidden, secrets_of_environment
from .around_each import AroundEachError, run_around
from .deployment import Deployment
from .engine import ContainerGoneError, DockerError, is_refusal
from .instance_client import InstanceError
from .instances import DeploymentError, Instance
from .log_findings import OF_REDIS, REDIS_CAUSE, START_FAILED, cache_findings, most_telling
from .recreation import RecreationError

POLL_SECONDS = 0.1
#: Seconds within which Docker notices that a container's process is gone: what runs beside it ends a moment earlier.
EXIT_NOTICED_SECONDS = 3.0
LOG_LINES = 400
HEALTH_OUTPUT_CHARACTERS = 300
#: How long a run may be silent between two of its modules.
SILENCE_SECONDS = 60


class RestartError(LitellmCacheError):
    """An instance did not come back, or did not stay."""


class RestartRefusedError(RestartError):
    """Docker did not restart an instance, or did not tell what became of it; it may still run what it ran."""


@dataclass(frozen=True)
class Waits:
    """How long is waited for an instance.

    ``ready_timeout``, ``stable_for`` and ``stop_timeout`` are seconds: until it must answer, how long it must go on
    answering, and between the polite signal and the kill, None for the container's own. ``before_each`` and ``after_each`` are
    commands of the operator that may take ``each_timeout`` seconds each. ``bridge`` is auto or never: whether a second container
    answers while an only instance is away. ``exits_allowed`` is how often LiteLLM may exit by itself.
    """

    ready_timeout: int
    stable_for: int
    stop_timeout: int | None = None
    before_each: str = ""
    after_each: str = ""
    each_timeout: int = 60
    bridge: str = "never"
    exits_allowed: int = 0

    def stop_of(self, instance: Instance) -> int:
        """Seconds that an instance gets between the polite signal and the kill."""
        return instance.stop_timeout if self.stop_timeout is None else self.stop_timeout

    def longest_of(self, instance: Instance) -> int:
        """Seconds that the restart of an instance may take."""
        around = sum(self.each_timeout for command in (self.before_each, self.after_each) if command)
        bridge = self.stop_of(instance) + self.ready_timeout if self.bridge != "never" else 0
        return self.stop_of(instance) + self.ready_timeout + self.stable_for + around + bridge

    def silence(self, asked: int | None, hosts_at_once: int, instances: Iterable[Instance]) -> int:
        """Seconds that a run may be silent.

        A module at work gives signs of life, so with one host it is about the time between two modules. With several at
        once every task waits for the slowest host, whose restart is taken to be as long as one here.

        :param asked: seconds that the options ask for, None for as few as make sense.
        :raises OptionError: they are fewer than that.
        """
        slowest = max(instances, key=self.longest_of, default=None)
        if hosts_at_once == 1 or slowest is None:
            return asked or SILENCE_SECONDS
        together = self.longest_of(slowest)
        if asked is None:
            return max(SILENCE_SECONDS, together + SILENCE_SECONDS)
        if asked <= together:
            stop = (
                "stop_grace_period of its container, else 60"
                if self.stop_timeout is None
                else "litellm_cache_stop_timeout"
            )
            raise OptionError(
                "confirm_timeout",
                f"litellm_cache_confirm_timeout is {asked} s, and must be {together + 1} s or more, because {slowest.name} may "
                f"take {together} s: {self.stop_of(slowest)} s to stop ({stop}) + {self.ready_timeout} s to start "
                f"(litellm_cache_ready_timeout) + {self.stable_for} s of watching it (litellm_cache_stable_for). Ansible works "
                f"on {hosts_at_once} hosts at once here, so the change of one could lapse while another one starts. Leave "
                "litellm_cache_confirm_timeout unset, or work on one host at a time (serial: 1). Nothing was changed",
            )
        return asked


class RollingRestart:
    """A restart of instances of one deployment.

    :param again: makes an instance run anew within the seconds that it may take to stop, and returns it as it then is; None to
        restart its container.
    :param before_each: called before an instance is stopped; what it raises ends the restart.
    :param prove: called with each instance as soon as it answers; shows that it uses Redis and returns evidence, or raises.
    :param secrets: what no text of a container may show, beside what its own environment holds.
    """

    def __init__(
        self,
        deployment: Deployment,
        waits: Waits,
        before_each: Callable[[], None] | None = None,
        prove: Callable[[Instance], dict[str, Any]] | None = None,
        secrets: frozenset[str] = frozenset(),
        again: Callable[[Instance, int], Instance] | None = None,
    ) -> None:
        self._deployment = deployment
        self._again = again or self._restarted
        self._waits = waits
        self._before_each = before_each
        self._prove = prove
        self._secrets = secrets
        #: When the instance that is being restarted last answered, seconds since the epoch; None for not yet.
        self._answered: float | None = None

    def choose(self, names: list[str] | None) -> list[Instance]:
        """The instances of those names, all of them for None.

        :raises DeploymentError: there is none of a name.
        """
        known = {instance.name: instance for instance in self._deployment.instances}
        unknown = self.missing(names)
        if unknown:
            raise DeploymentError(
                f"the service has no container {', '.join(unknown)}, only {', '.join(known)}: check the option instances"
            )
        return [instance for instance in known.values() if names is None or instance.name in names]

    def missing(self, names: list[str] | None) -> list[str]:
        """Those of the names that no instance has."""
        return sorted(set(names or ()) - {instance.name for instance in self._deployment.instances})

    def run(
        self, instances: list[Instance], before_stop: Callable[[Instance], None] | None = None
    ) -> list[dict[str, Any]]:
        """Restart them in order.

        :param before_stop: called with each just before it is stopped.
        :returns: for each its name, when it was stopped (seconds since the epoch), the seconds until it answered, the seconds it
            was watched, and the evidence; of one that was removed meanwhile ``gone`` alone.
        :raises RestartError: one did not come back, or was not proved; those after it are untouched. Its context tells the same
            of those before it, and of this one.
        """
        done: list[dict[str, Any]] = []
        for instance in instances:
            if self._before_each is not None:
                self._before_each()
            self._take_out(instance, done)
            ordered, self._answered = time.time(), None
            self._now = instance
            try:
                if before_stop is not None:
                    before_stop(self._deployment.refreshed(instance))
                done.append(self._restart(instance))
            except LitellmCacheError as error:
                # Removed or made anew by somebody, who had its reasons.
                if not isinstance(error, RecreationError) and self._is_gone(self._now):
                    done.append({"name": instance.name, "gone": True})
                    continue
                raise self._failure(self._now, ordered, error, done) from None
        return done

    def _is_gone(self, instance: Instance) -> bool:
        try:
            self._deployment.refreshed(instance)
        except ContainerGoneError:
            return True
        except DockerError:
            return False
        return False

    def _restart(self, instance: Instance) -> dict[str, Any]:
        began, at = time.monotonic(), time.time()
        self._now = self._again(instance, self._waits.stop_of(instance))
        stopped = time.monotonic()
        waited = self._wait(self._now, stopped)
        ready_seconds = round(stopped - began + waited["ready_seconds"], 2)
        run_around(self._waits.after_each, self._now, "litellm_cache_after_each", self._waits.each_timeout)
        return dict(waited, name=instance.name, stopped_at=at, ready_seconds=ready_seconds)

    def _take_out(self, instance: Instance, done: list[dict[str, Any]]) -> None:
        """Run the command before an instance is stopped.

        :param done: what is told of those before it.
        :raises RestartError: it failed; the instance was left alone, and the command after it was run.
        """
        timeout = self._waits.each_timeout
        try:
            run_around(self._waits.before_each, instance, "litellm_cache_before_each", timeout)
        except AroundEachError as error:
            with contextlib.suppress(AroundEachError):
                run_around(self._waits.after_each, instance, "litellm_cache_after_each", timeout)
            raise RestartError(f"{error}; it was not stopped", **self._told(instance, done)) from None

    def _restarted(self, instance: Instance, stop_timeout: int) -> Instance:
        """The instance, its container restarted."""
        self._deployment.engine.restart(instance.id, stop_timeout)
        return instance

    def _wait(self, instance: Instance, began: float) -> dict[str, Any]:
        """Ask inside the instance until it is ready, proved and stable, over its exits by itself."""
        exits = 0
        while True:
            remaining = self._waits.ready_timeout - (time.monotonic() - began)
            if remaining <= 0:
                raise RestartError(f"LiteLLM did not answer within {self._waits.ready_timeout} s")
            asked = self._deployment.refreshed(instance)
            if asked.running:
                try:
                    return self._come_back(asked, began, remaining)
                except (InstanceError, DockerError):
                    if not self._died(asked):
                        raise
            exits += 1
            if exits > self._waits.exits_allowed:
                raise RestartError("LiteLLM exited by itself after the restart")
            self._until_running(instance, began)

    def _come_back(self, asked: Instance, began: float, remaining: float) -> dict[str, Any]:
        """Wait until one process is ready, prove it, and watch it.

        :param remaining: seconds until it must answer.
        """
        self._answered = None
        client = self._deployment.client(asked)
        offset = time.monotonic() - began
        seen = client.wait(remaining, 0, needs_redis=self._prove is not None)
        self._answered = time.time()
        ready = {"ready_seconds": seen["ready_seconds"] + offset, "stable_seconds": 0.0}
        if self._prove is not None:
            ready["evidence"] = self._prove(asked)
        stable_for = self._waits.stable_for
        if stable_for:
            seen = client.wait(remaining, stable_for)
            ready["stable_seconds"] = seen["stable_seconds"]
        return ready

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
        while time.monotonic() - began < self._waits.ready_timeout:
            if self._deployment.refreshed(instance).running:
                return
            time.sleep(POLL_SECONDS)

    def _so_far(self, instance: Instance, ordered: float, done: list[dict[str, Any]]) -> dict[str, Any]:
        """What is told of a restart that failed at an instance, as of one that went well."""
        failed: dict[str, Any] = {"name": instance.name, "stopped_at": ordered}
        if self._answered is not None:
            failed["ready_seconds"] = round(self._answered - ordered, 2)
        return self._told(instance, [*done, failed])

    @staticmethod
    def _told(instance: Instance, entries: list[dict[str, Any]]) -> dict[str, Any]:
        """What is told of a restart that ended at an instance.

        :param entries: of those that were restarted.
        """
        return {
            "instance": instance.name,
            "restarted": [entry["name"] for entry in entries],
            "instances": [{name: entry[name] for name in entry if name != "evidence"} for entry in entries],
            "evidence": [entry["evidence"] for entry in entries if "evidence" in entry],
        }

    def _failure(
        self, instance: Instance, ordered: float, error: LitellmCacheError, done: list[dict[str, Any]]
    ) -> RestartError:
        """The error with what the container itself tells."""
        so_far = self._so_far(instance, ordered, done)
        came_back = not isinstance(error, (RestartError, InstanceError, DockerError))
        of_redis = error.context.get("cause") == REDIS_CAUSE
        reasons = (*(OF_REDIS if of_redis else ()), *(() if came_back else (START_FAILED,)))
        why = str(error).removeprefix(f"{instance.name}: ")
        reason = str(error) if came_back else f"{instance.name} did not come back: {why}"
        kind = RestartRefusedError if is_refusal(error) or isinstance(error, RecreationError) else RestartError
        try:
            now = self._deployment.refreshed(instance)
            log = cache_findings(self._deployment.engine.log(instance.id, ordered, LOG_LINES))
        except DockerError:
            return kind(reason, **so_far)
        said = most_telling(log, reasons)
        told = f"; its log says: {said}" if said else ""
        return kind(
            f"{reason}{told}",
            **so_far,
            exit_code=None if now.running else now.exit_code,
            health=health_lines(self._deployment, now, self._secrets),
            log=log,
        )


def health_lines(deployment: Deployment, instance: Instance, secrets: frozenset[str]) -> list[str]:
    """The last line of each output of the health check: of a long output, the one that tells the error.

    A health check sees the environment of the container's record, so what is secret there is replaced as well.

    :param secrets: what is replaced in any case.
    """
    environment = deployment.engine.inspect(instance.id)["Config"].get("Env") or []
    known = secrets | secrets_of_environment(environment)
    return [hidden(output, known).splitlines()[-1][:HEALTH_OUTPUT_CHARACTERS] for output in instance.health if output]
