# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the Docker Engine that also makes and removes containers, for a clone of an instance."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import quote, urlencode

from .docker_socket import DockerSocket
from .engine import ContainerGoneError, DockerError

#: Seconds that a clone gets between the polite signal and the kill: nobody waits for an answer of it.
STOP_SECONDS = 1


class Containers(DockerSocket):
    """The engine at one address; what the modules of an instance need of it, and containers of our own."""

    @property
    def is_local(self) -> bool:
        """Whether it is the engine of this very host."""
        return self._address.socket_path is not None

    def image(self, reference: str) -> dict[str, Any] | None:
        """What the engine has of an image; None where it does not have it.

        :param reference: name with its tag, digest, or id.
        """
        action = f"look at the image {reference}"
        try:
            found = self._told("GET", f"/images/{quote(reference, safe='/:@')}/json", action)
        except DockerError as error:
            if error.context.get("status") == 404:
                return None
            raise
        if not isinstance(found, dict) or not isinstance(found.get("Id"), str):
            raise DockerError(f"Docker cannot {action}: its answer is not understood")
        return found

    def memory_of(self, container_id: str) -> int | None:
        """Bytes that a running container needs, without what the kernel would give back; None for not told."""
        action = f"tell the memory of container {container_id[:12]}"
        query = urlencode({"stream": "false", "one-shot": "true"})
        told = self._told("GET", f"/containers/{container_id}/stats?{query}", action)
        try:
            memory = told["memory_stats"]
            details = memory.get("stats") or {}
            given_back = details.get("inactive_file", details.get("total_inactive_file", 0))
            return max(0, int(memory["usage"]) - int(given_back))
        except (KeyError, TypeError, AttributeError, ValueError):
            return None

    def create(self, name: str, specification: dict[str, Any]) -> str:
        """Make a container, which does not run yet.

        :param specification: body of the engine's call.
        :returns: its id.
        """
        action = f"make the container {name}"
        path = f"/containers/create?{urlencode({'name': name})}"
        try:
            return str(self._told("POST", path, action, specification)["Id"])
        except (KeyError, TypeError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None

    def connect(self, network: str, container_id: str, endpoint: dict[str, Any]) -> None:
        """Give a container one more network.

        :param endpoint: how it is to stand there.
        """
        order = {"Container": container_id, "EndpointConfig": endpoint}
        self._call("POST", f"/networks/{quote(network, safe='')}/connect", f"connect a container to {network}", order)

    def start(self, container_id: str) -> None:
        """Start a container."""
        self._call("POST", f"/containers/{container_id}/start", f"start container {container_id[:12]}")

    def remove(self, container_id: str) -> None:
        """End and remove a container with its own volumes; nothing to do is no error."""
        with contextlib.suppress(ContainerGoneError):
            path, action = f"/containers/{container_id}", f"remove container {container_id[:12]}"
            with contextlib.suppress(DockerError):  # one that does not run, or hangs, is removed all the same
                self._call("POST", f"{path}/stop?t={STOP_SECONDS}", action)
            self._call("DELETE", f"{path}?force=true&v=true", action)

    def _told(self, method: str, path: str, action: str, order: dict[str, Any] | None = None) -> Any:
        """What the engine answers.

        :raises DockerError: it refuses, or its answer is no JSON.
        """
        content = self._call(method, path, action, order)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None
