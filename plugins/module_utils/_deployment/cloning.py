# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One clone of an instance: planned, started, waited for, and removed whatever happens."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._errors import LitellmCacheError
from .._settings.clone_config import CloneConfig
from .._telling import counted
from .clone import CANARY_LABEL, RUN_LABEL, Clone, CloneRefusedError, CloneWish, clone_of
from .clone_folder import CloneFolder
from .containers import Containers
from .deployment import Deployment
from .engine import DockerError
from .instance_client import DEADLINE, InstanceError
from .instances import Instance
from .log_findings import OF_REDIS, START_FAILED, cache_findings, last_error, most_telling
from .rolling_restart import EXIT_NOTICED_SECONDS, LOG_LINES, POLL_SECONDS

#: Bytes that a LiteLLM needs at its start, and a proof inside it besides.
LEAST_MEMORY = 400_000_000
_MEMORY = Path("/proc/meminfo")
#: Seconds of the first look whether a clone answers; each further one takes twice as long.
FIRST_LOOK_SECONDS = 2.0
#: Codes of an instance that did not answer yet.
_SILENT = ("not_ready", DEADLINE)
#: Exit codes of a command that cannot be run, and of one that the kernel or Docker killed.
_NO_COMMAND, _KILLED = (126, 127), 137


class CloneDiedError(LitellmCacheError):
    """The clone did not come up; the context tells of its log what is known to hold nothing private."""


class Cloning:
    """One clone of the first instance that runs, or of the first.

    :param image: the image that it is to run; empty for that of the instance.
    :param config: its configuration.
    :param token: what makes its name and its labels unique.
    :param lifetime: seconds after which its processes end by themselves.
    :raises CloneRefusedError: there can be no clone.
    :raises DockerError: Docker does not answer.
    """

    def __init__(
        self, deployment: Deployment, engine: Containers, image: str, config: CloneConfig, token: str, lifetime: int
    ) -> None:
        self._deployment = deployment
        self._engine = engine
        self._config = config
        self._token = token
        self._lifetime = lifetime
        self.origin: Instance = (*deployment.running(), *deployment.instances)[0]
        self.image = image or self.origin.image
        self._record = engine.inspect(self.origin.id)
        self._image = self._at_hand(image or self._record["Image"])
        self.clone = self._planned(Path(deployment.state_dir))
        self._require_memory()

    @property
    def owner(self) -> str:
        """Whose clone it is, as its label says it: another deployment has another state directory."""
        return hashlib.sha256(os.path.realpath(self._deployment.state_dir).encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """Name of its container."""
        return f"{self.origin.name}-canary-{self._token}"

    def _at_hand(self, reference: str) -> dict[str, Any]:
        found = self._engine.image(reference)
        if found is None:
            raise CloneRefusedError(
                f"the image {self.image} is not on this host: bring it with docker pull {self.image}"
            )
        return found

    def _planned(self, folder: Path) -> Clone:
        target = self.origin.container_path(self._deployment.config_path)
        if target is None:
            raise CloneRefusedError(f"{self.origin.name} does not mount {self._deployment.config_path}")
        wish = CloneWish(
            name=self.name,
            owner=self.owner,
            run=self._token,
            config_source=str(folder / "config.yaml"),
            config_target=target,
            start_source=str(folder / "sitecustomize.py"),
            without=self._config.without,
            lifetime=self._lifetime,
        )
        return clone_of(self._record, self._engine.image(self._record["Image"]), self._image, wish)

    def _require_memory(self) -> None:
        """Require that the host has the memory that the clone will need.

        :raises CloneRefusedError: it does not have it.
        """
        limit = self._record["HostConfig"].get("Memory") or 0
        used = self._engine.memory_of(self.origin.id) if self.origin.running else None
        needed = max(used or 0, LEAST_MEMORY)
        needed = min(needed, limit) if limit else needed
        available = available_memory(self._engine)
        if available is not None and available < needed:
            raise CloneRefusedError(
                f"this host has {counted(available, 'byte')} of memory left, and a clone of {self.origin.name} needs "
                f"{counted(needed, 'byte')}: the proxy itself could be the one that is ended for it"
            )

    @contextlib.contextmanager
    def started(self, folder: CloneFolder) -> Iterator[Deployment]:
        """The clone as a deployment of its own, for as long as it is needed.

        :param folder: where its files are written.
        """
        self.clone = self._planned(folder.config.parent)
        folder.write(self._config.text, self._deployment.config_path)
        try:
            container = self._engine.create(self.name, self.clone.specification)
            for network, endpoint in self.clone.networks:
                self._engine.connect(network, container, endpoint)
            self._engine.start(container)
            instance = Instance.from_inspection(self._engine.inspect(container))
            config_path = os.path.realpath(folder.config)
            yield replace(self._deployment, engine=self._engine, instances=(instance,), config_path=config_path)
        finally:
            self.remove_those_of(f"{RUN_LABEL}={self._token}")

    def remove_those_of(self, label: str) -> dict[str, str]:
        """Remove the clones with a label; returns the run of each by its name."""
        removed = {}
        for record in self._engine.containers([label]):
            self._engine.end(record["Id"])
            removed[record["Name"].lstrip("/")] = record["Config"]["Labels"].get(RUN_LABEL, "")
        return removed

    def remove_left_over(self) -> dict[str, str]:
        """Remove what killed runs left of this deployment; returns the run of each by its name."""
        return self.remove_those_of(f"{CANARY_LABEL}={self.owner}")

    def wait(self, cloned: Deployment, ready_timeout: int) -> float:
        """Wait until the clone answers; returns the seconds that took.

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
                    raise self._died(cloned, error) from None
            if remaining <= look:
                raise self._died(cloned, CloneDiedError(f"it did not answer within {ready_timeout} s"))
            look *= 2

    def _noticed(self, cloned: Deployment) -> Instance:
        """The clone as Docker sees it once it has noticed that it ended: what runs beside LiteLLM ends a moment earlier."""
        (instance,) = cloned.instances
        until = time.monotonic() + EXIT_NOTICED_SECONDS
        while True:
            now = cloned.refreshed(instance)
            if not now.running or time.monotonic() > until:
                return now
            time.sleep(POLL_SECONDS)

    def _died(self, cloned: Deployment, error: LitellmCacheError) -> CloneDiedError:
        """Why a clone is not there, with what its log tells."""
        (instance,) = cloned.instances
        now = self._noticed(cloned) if error.context.get("code") == "gone" else cloned.refreshed(instance)
        text = self._engine.log(instance.id, 0, LOG_LINES)
        log = cache_findings(text)
        exited, why = None if now.running else now.exit_code, str(error)
        if exited in _NO_COMMAND:
            why = f"its command could not be run there (exit code {exited})"
        elif exited is not None:
            killed = " (killed, most likely by its memory limit)" if exited == _KILLED else ""
            said = most_telling(log, (*OF_REDIS, START_FAILED)) or last_error(text)
            why = f"it exited by itself with code {exited}{killed}{f'; its log says: {said}' if said else ''}"
        return CloneDiedError(
            f"a clone of {self.origin.name} with the image {self.image} did not come up: {why}",
            exit_code=exited,
            log=log,
        )


def available_memory(engine: Containers) -> int | None:
    """Bytes of memory that the host has for a new process; None where it is another host, or does not tell."""
    if not engine.is_local:
        return None
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
