# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gathers from a deployment what no other module tells: the way to Redis in times, clocks, logs counted over time.

Changes nothing, and sends no request that costs anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .._deployment.config_file import ConfigFile
from .._deployment.deployment import Deployment
from .._deployment.engine import DockerError
from .._deployment.instance_client import InstanceClient, InstanceError
from .._deployment.instances import PROJECT_LABEL, SERVICE_LABEL, Instance
from .._inside.redis_health import beyond
from .._settings.description import describe_cache
from .log_reading import read_log
from .neighbours import described, is_other_proxy
from .request_body import with_controls

#: How often each step of the way to Redis is timed.
SAMPLES = 5


@dataclass(frozen=True)
class Gathering:
    """One look at a deployment.

    :param since: from when on logs are read, seconds since the epoch; None for the start of each instance.
    :param log_lines: how many of the last lines of each log are read.
    :param body: of the request that somebody complains of, None for none.
    :param key: the virtual key that it comes with, None for none.
    """

    deployment: Deployment
    config: ConfigFile
    since: float | None
    log_lines: int
    body: dict[str, Any] | None = None
    key: str | None = None

    def report(self) -> dict[str, Any]:
        """All that is seen.

        :raises LitellmCacheError: Docker does not answer, or the file does not parse.
        """
        instances = [self._instance(instance) for instance in self.deployment.instances]
        found: dict[str, Any] = {
            "instances": instances,
            "redis_container": self._redis_container(instances),
            "other_proxies": self._other_proxies(),
            "request": None,
            "key": None,
        }
        if self.key is not None:
            asked_with = self.key
            found.update(self._of_the_first("key", lambda client: client.controls_of_key(self.config.text, asked_with)))
        if self.body is not None:
            body = with_controls(self.body, found["key"])
            found.update(self._of_the_first("request", lambda client: client.explain(self.config.text, body)))
        return found

    def _of_the_first(self, what: str, ask: Callable[[InstanceClient], dict[str, Any]]) -> dict[str, Any]:
        """What the first instance tells that can, else why none could."""
        problem = "no instance runs"
        for instance in self.deployment.running():
            try:
                return {what: ask(self.deployment.client(instance))}
            except InstanceError as error:
                problem = str(error)
        return {what: None, f"{what}_problem": problem}

    def _instance(self, instance: Instance) -> dict[str, Any]:
        found: dict[str, Any] = {
            "name": instance.name,
            "started": instance.started,
            "workers": None,
            "namespace": None,
            "clock_off": None,
            "redis": None,
            "problem": None,
            "log": self._log(instance),
        }
        if not instance.running:
            return found
        before = time.time()
        try:
            seen = self.deployment.client(instance).health(self.config.text, SAMPLES)
        except InstanceError as error:
            return dict(found, problem=str(error))
        clock_off = round(beyond(seen["at"], before, time.time()), 3)
        told = {name: seen[name] for name in ("workers", "namespace", "redis")}
        return dict(found, **told, clock_off=clock_off)

    def _log(self, instance: Instance) -> dict[str, Any] | None:
        """What its log tells; None where it cannot be read, as with a logging driver that gives nothing back."""
        try:
            return read_log(self.deployment.engine, instance, self.since, self.log_lines)
        except DockerError:
            return None

    def _other_proxies(self) -> list[dict[str, Any]]:
        """The other proxies that run on this host."""
        wanted = is_other_proxy(self.deployment.instances)
        return [described(record) for record in self.deployment.engine.containers([], wanted)]

    def _redis_container(self, instances: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The container of the project that the host of the cache's Redis names, None where it is none."""
        places = [seen["redis"]["place"] for seen in instances if seen["redis"] and seen["redis"]["place"]]
        host = places[0]["host"] if places else describe_cache(self.config.text)["redis"]["host"]
        project = self.deployment.instances[0].project
        return named_by(str(host), self.deployment.engine.containers([f"{PROJECT_LABEL}={project}"]))


def named_by(host: str, records: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The container that a host name means within its Compose project: its ``name``, ``service`` and ``status``.

    :param records: inspection records of the project's containers, in any state.
    """
    for record in records:
        service = record["Config"]["Labels"].get(SERVICE_LABEL)
        networks = ((record.get("NetworkSettings") or {}).get("Networks") or {}).values()
        aliases = [alias for network in networks for alias in network.get("Aliases") or ()]
        name = record["Name"].lstrip("/")
        if host in (service, name, *aliases):
            return {"name": name, "service": service, "status": record["State"]["Status"]}
    return None
