# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restart of an only instance over a bridge, or without one where there can be none."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .._errors import LitellmCacheError
from .._telling import counted
from .bridge import Bridge, BridgeError
from .containers import Containers
from .deployment import Deployment
from .engine import DockerError
from .instances import Instance, moment
from .rolling_restart import RestartError, RollingRestart, Waits

#: What a web server of LiteLLM writes when it listens, and seconds of a log in which that is looked for.
_STARTED = re.compile(r"^(\S+) .*Application startup complete", re.MULTILINE)
_START_SECONDS, _START_LINES = 300, 2000
#: Seconds that the door of a bridge lives longer than the restart may take.
SPARE_SECONDS = 300


class BridgedRestart:
    """The restart of one instance that has no other beside it.

    :param docker_host: how the engine is reached.
    :param prove: called with a bridge before anything is led to it. With it a bridge that is not raised, or not proved, ends the
        restart before the instance is touched; without it the instance is restarted all the same.
    :param stays: whether the bridge stands on where the restart fails, until the change is taken back.
    """

    def __init__(
        self,
        deployment: Deployment,
        docker_host: str | None,
        waits: Waits,
        prove: Callable[[Instance], Any] | None,
        stays: bool,
    ) -> None:
        self._deployment = deployment
        self._waits = waits
        self._prove = prove
        self._stays = stays
        (self._instance,) = deployment.instances
        self._why_not = ""
        self._bridge: Bridge | None = None
        try:
            engine = Containers(docker_host)
            engine.require()
            lifetime = waits.longest_of(self._instance) + SPARE_SECONDS
            self._bridge = Bridge(deployment, engine, self._instance, lifetime)
        except LitellmCacheError as error:  # also where Docker does not let one look
            self._why_not = str(error)

    def foresee(self) -> dict[str, Any]:
        """What a run would do, in words: ``foreseen``, or ``why_not`` with the seconds that its last start took, if known."""
        if self._bridge is not None:
            return {"foreseen": self._bridge.foreseen}
        return self._without(self._why_not)

    def _without(self, why_not: str) -> dict[str, Any]:
        seconds = last_start(self._deployment, self._instance)
        took = "" if seconds is None else f", its last start took {counted(seconds, 'second')}"
        return {
            "why_not": why_not,
            "foreseen": f"no bridge: {why_not}. Requests fail while {self._instance.name} restarts{took}",
        }

    def run(self, rolling: RollingRestart) -> list[dict[str, Any]]:
        """Restart the instance.

        :returns: as :meth:`RollingRestart.run`, with ``bridge`` in the entry: seconds until it was ``raised``, whether the
            instance ``refused`` new connections before it stopped, the number of ``connections`` that the bridge took, and
            whether it was ``killed``; else ``why_not``.
        :raises RestartError: it did not come back, or was not touched, because the bridge is no good on the same change.
        """
        if self._bridge is None:
            return self._told(rolling.run([self._instance]), {"why_not": self._why_not})
        try:
            standing = self._bridge.standing(
                self._waits.ready_timeout, self._waits.stop_of(self._instance), self._prove, self._stays
            )
            with standing as told:
                done = rolling.run([self._instance], self._bridge.refuse_the_instance)
        except BridgeError as error:
            if self._prove is not None:
                raise self._untouched(error) from None
            return self._told(rolling.run([self._instance]), {"why_not": str(error)})
        return self._told(done, told)

    def _untouched(self, error: BridgeError) -> RestartError:
        nothing: dict[str, Any] = {"instance": self._instance.name, "restarted": [], "instances": [], "evidence": []}
        log = error.context.get("log")
        return RestartError(
            f"{self._instance.name} was not restarted, because the bridge over its restart is no good: {error}. To go without "
            "one, set litellm_cache_bridge to never",
            **nothing,
            **({"log": log} if log else {}),
        )

    @staticmethod
    def _told(done: list[dict[str, Any]], bridge: dict[str, Any]) -> list[dict[str, Any]]:
        return [dict(entry, bridge=bridge) for entry in done]


def last_start(deployment: Deployment, instance: Instance) -> float | None:
    """Seconds that the last start of an instance took until it listened; None where its log does not tell any more."""
    try:
        until = instance.started + _START_SECONDS
        log = deployment.engine.log(instance.id, instance.started, _START_LINES, until, timed=True)
    except DockerError:
        return None
    found = _STARTED.search(log)
    listened = moment(found.group(1)) if found else 0.0
    return round(listened - instance.started, 1) if listened > instance.started else None
