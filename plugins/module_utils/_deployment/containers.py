# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the Docker Engine that also knows images and memory, and ends containers of our own: for a clone of an instance."""

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

    def end(self, container_id: str) -> None:
        """End and remove a container with its own volumes, in whatever state it is; nothing to do is no error."""
        with contextlib.suppress(ContainerGoneError):
            with contextlib.suppress(DockerError):  # one that does not run, or hangs, is removed all the same
                self.stop(container_id, STOP_SECONDS)
            path = f"/containers/{container_id}?{urlencode({'force': 'true', 'v': 'true'})}"
            self._call("DELETE", path, f"remove container {container_id[:12]}")

    def _told(self, path: str, action: str) -> Any:
        """What the engine answers.

        :raises DockerError: it refuses, or its answer is no JSON.
        """
        content = self._call("GET", path, action)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None
