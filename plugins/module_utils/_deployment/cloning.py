# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One clone of an instance: planned, started, and removed whatever happens."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._settings.clone_config import CloneConfig
from .clone import Clone, CloneRefusedError, CloneWish, clone_of
from .clone_folder import CloneFolder
from .clone_memory import require_memory
from .containers import Containers
from .deployment import Deployment
from .instances import Instance
from .owned import CANARY_LABEL, RUN_LABEL, owner_of, remove_those_of


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
        require_memory(engine, self.origin, self._record)

    @property
    def name(self) -> str:
        """Name of its container."""
        return f"{self.origin.name}-canary-{self._token}"

    @property
    def what(self) -> str:
        """What it is, in words."""
        return f"a clone of {self.origin.name} with the image {self.image}"

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
            owner=owner_of(self._deployment.state_dir),
            run=self._token,
            config_source=str(folder / "config.yaml"),
            config_target=target,
            start_source=str(folder / "sitecustomize.py"),
            without=self._config.without,
            lifetime=self._lifetime,
        )
        return clone_of(self._record, self._engine.image(self._record["Image"]), self._image, wish)

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
            remove_those_of(self._engine, f"{RUN_LABEL}={self._token}")

    def remove_left_over(self) -> dict[str, str]:
        """Remove what killed runs left of this deployment; returns the run of each by its name."""
        return remove_those_of(self._engine, f"{CANARY_LABEL}={owner_of(self._deployment.state_dir)}")
