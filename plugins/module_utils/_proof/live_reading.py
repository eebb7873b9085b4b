# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running instance asked what it makes of a configuration, and what it lets a key ask for."""

from __future__ import annotations

from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .access import Access
from .reading import as_reading
from .requests import answering, key_of


class LiveLook:
    """One look at the first instance that runs. It tells what two questions would tell one after the other.

    :param params: options of a module with the bundle of requests.
    :raises OptionError: the key file cannot be read.
    """

    def __init__(self, deployment: Deployment, params: dict[str, Any]) -> None:
        self._deployment = deployment
        self._told: dict[str, Any] = {}
        self._failure: InstanceError | None = None
        if deployment.running():
            try:
                self._told = deployment.client(deployment.running()[0]).look(**key_of(params))
            except InstanceError as error:
                self._failure = error

    @property
    def reading(self) -> dict[str, Any] | None:
        """The reading of the configuration in force, None where no instance can tell."""
        if not self._told:
            return reading_of(self._deployment)  # which asks for less
        told = self._told["reading"]
        return None if told["problem"] else as_reading(told, None)

    def access(self, cache: dict[str, Any]) -> Access:
        """What the instance lets the key of the options ask for.

        :param cache: what describe_cache tells of the configuration.
        :raises LitellmCacheError: nobody can be asked; in the local mode a look that fails is no hindrance.
        """
        answering(self._deployment)
        if self._failure is not None and cache["mode"] != "local":
            raise self._failure
        # A look that fails says nothing against the mode that needs no server.
        return Access(self._told.get("access") or {})


def read_in(deployment: Deployment, candidate: str | None) -> dict[str, Any]:
    """The reading of a configuration by the first instance that runs.

    :param candidate: text of the configuration, None for the one that the proxy reads.
    :raises InstanceError: it cannot be read.
    """
    return as_reading(deployment.client(deployment.running()[0]).read(candidate), None)


def reading_of(deployment: Deployment) -> dict[str, Any] | None:
    """The reading of the configuration in force, None where no instance can tell."""
    try:
        return read_in(deployment, None) if deployment.running() else None
    except InstanceError:
        return None
