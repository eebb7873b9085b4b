# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the Docker Engine that also knows images, memory and networks: for a clone of an instance."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

from .docker_socket import DockerSocket
from .engine import ContainerGoneError, DockerError


class Containers(DockerSocket):
    """The engine at one address, with what only a clone needs of it."""

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
            found = self._told(f"/images/{quote(reference, safe='/:@')}/json", action)
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
        told = self._told(f"/containers/{container_id}/stats?{query}", action)
        try:
            memory = told["memory_stats"]
            details = memory.get("stats") or {}
            given_back = details.get("inactive_file", details.get("total_inactive_file", 0))
            return max(0, int(memory["usage"]) - int(given_back))
        except (KeyError, TypeError, AttributeError, ValueError):
            return None

    def members_of(self, networks: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Inspection records of the containers that run in networks, each when it is asked for."""
        members: set[str] = set()
        for network in networks:
            told = self._told(f"/networks/{quote(network, safe='')}", f"look at the network {network}")
            try:
                members.update(told.get("Containers") or {})
            except (AttributeError, TypeError):
                raise DockerError(
                    f"Docker cannot look at the network {network}: its answer is not understood"
                ) from None
        for member in sorted(members):
            with contextlib.suppress(ContainerGoneError):
                yield self.inspect(member)

    def disconnect(self, network: str, container_id: str) -> None:
        """Take a container out of a network; its connections there are cut."""
        path = f"/networks/{quote(network, safe='')}/disconnect"
        action = f"take container {container_id[:12]} out of the network {network}"
        self._call("POST", path, action, {"Container": container_id, "Force": False})

    def ask_to_end(self, container_id: str) -> None:
        """Send a container the polite signal, and do not wait until it ends."""
        path = f"/containers/{container_id}/kill?signal=SIGTERM"
        self._call("POST", path, f"send a signal to container {container_id[:12]}")

    def _told(self, path: str, action: str) -> Any:
        """What the engine answers.

        :raises DockerError: it refuses, or its answer is no JSON.
        """
        content = self._call("GET", path, action)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None
