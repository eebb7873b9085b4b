# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the container of one instance anew, from the Compose files as they are now, under its old name and number.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

from typing import Any

from .._errors import LitellmCacheError
from .compose_command import ComposeCommand
from .engine import Engine
from .instances import ONE_OFF_LABEL, PROJECT_LABEL, SERVICE_LABEL, DeploymentError, Instance
from .twin import twin_of


class RecreationError(LitellmCacheError):
    """A container was not made anew; the one of before is gone."""


class Recreation:
    """Makes instances of one service anew. The one with the highest number must come first.

    :param command: Compose, for the project.
    :param service: name of the service.
    """

    def __init__(self, engine: Engine, command: ComposeCommand, service: str) -> None:
        self._engine = engine
        self._command = command
        self._service = service
        self._hash = ""
        #: Instances that had no container, and that Compose made before the one that was meant: it takes the next free number.
        self.made_beside: list[Instance] = []

    def instances(self) -> tuple[Instance, ...]:
        """Those that have a container, in any state."""
        return tuple(Instance.from_inspection(record) for record in self._records())

    def replace(self, instance: Instance, stop_timeout: int) -> Instance:
        """Stop and remove the container of an instance, and make another one in its place.

        :param stop_timeout: seconds between the polite signal and the kill.
        :returns: the instance as it is now.
        :raises DockerError: it was not stopped, or not removed, and is still there.
        :raises RecreationError: no other one was made.
        """
        self._engine.stop(instance.id, stop_timeout)
        self._engine.remove(instance.id)
        return self.make(instance.name, instance.number)

    def make(self, name: str, number: int) -> Instance:
        """Make the container of an instance that has none.

        :returns: the instance.
        :raises RecreationError: it was not made, or not started.
        """
        try:
            made = self._made(name, number)
            if made.name != name:
                self.made_beside.append(made)
                made = self._made(name, number)
            return made
        except LitellmCacheError as error:
            raise RecreationError(f"no container took the place of {name}: {error}") from None

    def _made(self, name: str, number: int) -> Instance:
        """An instance that was made and started: the one that is meant, where there is one that it can be like."""
        records = self._records()
        model = next((record for record in records if self._is_up_to_date(record)), None)
        if model is None:
            self._command.make_missing(self._service, len(records) + 1)
        else:
            self._make_twin(model, name, number)
        known = {record["Id"] for record in records}
        made = next((record for record in self._records() if record["Id"] not in known), None)
        if made is None:
            raise RecreationError("Compose made none")
        self._engine.start(made["Id"])
        return Instance.from_inspection(self._engine.inspect(made["Id"]))

    def _is_up_to_date(self, record: dict[str, Any]) -> bool:
        """Whether Compose would leave a container as it is."""
        self._hash = self._hash or self._command.configuration_hash(self._service)
        instance = Instance.from_inspection(record)
        return (
            instance.running
            and instance.configuration_hash == self._hash
            and instance.image_id == self._engine.image_id(instance.image)
        )

    def _make_twin(self, model: dict[str, Any], name: str, number: int) -> None:
        specification, endpoints = twin_of(model, name, number)
        made = self._engine.create(name, specification)
        for network, endpoint in endpoints.items():
            self._engine.connect(network, made, endpoint)

    def _records(self) -> list[dict[str, Any]]:
        """Inspection records of the service's containers, in any state."""
        labels = [f"{PROJECT_LABEL}={self._command.project}", f"{SERVICE_LABEL}={self._service}"]
        records = self._engine.containers(labels)
        return [
            record
            for record in records
            if str(record["Config"]["Labels"].get(ONE_OFF_LABEL, "False")).lower() != "true"
        ]


def missing_of(names: dict[str, int], instances: tuple[Instance, ...]) -> dict[str, int]:
    """The instances that have no container, their numbers by their names, the lowest first, as Compose numbers them.

    :param names: those that there should be.
    """
    present = {instance.name for instance in instances}
    lacking = {name: number for name, number in names.items() if name not in present}
    return dict(sorted(lacking.items(), key=lambda one: one[1]))


def require_recreatable(instances: tuple[Instance, ...]) -> None:
    """Check that the containers of a service can be made anew one after another.

    :raises DeploymentError: Compose gave one of them no number.
    """
    for instance in instances:
        if not instance.number:
            raise DeploymentError(
                f"{instance.name} has no number of Compose's, so it was not made by it: make it with Compose"
            )
