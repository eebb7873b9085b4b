# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client of the Docker Engine does: lists, runs, restarts, reads. It decides nothing.

The modules have one with the Docker SDK (docker_sdk.py), the guard one with the standard library alone (docker_socket.py).
"""

from __future__ import annotations

import socket
import struct
from typing import Any, Protocol

from .._errors import LitellmCacheError

#: Seconds that Docker may take for anything but a stop.
API_TIMEOUT = 60
STDOUT_STREAM = 1
FRAME_HEADER = struct.Struct(">BxxxL")


class DockerError(LitellmCacheError):
    """The Docker Engine cannot be reached or refuses a call."""


class Engine(Protocol):
    """The engine of one managed host. Every method raises DockerError where the engine does not answer, or refuses."""

    def containers(self, labels: list[str]) -> list[dict[str, Any]]:
        """Inspection records of the containers that carry all labels, in any state.

        :param labels: ``name`` or ``name=value``.
        """

    def inspect(self, container_id: str) -> dict[str, Any]:
        """Inspection record of one container.

        :raises DockerError: also when it is gone.
        """

    def processes(self, container_id: str) -> list[dict[str, str]]:
        """Processes of a running container as the host's ps shows them: pid, uid, gid, args.

        :returns: an empty list where the host's ps cannot tell.
        """

    def run(self, container_id: str, argv: list[str], user: str, stdin: bytes, timeout: float) -> tuple[int, bytes]:
        """Run a program inside a container.

        :param argv: the command; shown by every ps on the host, so never a secret.
        :param user: ``uid:gid``, or an empty string for the container's own.
        :param stdin: what the program reads; it must know the length, the stream is not closed.
        :param timeout: longest silence, seconds.
        :returns: exit code and stdout.
        :raises DockerError: also when the container does not run, or the time is over.
        """

    def restart(self, container_id: str, stop_timeout: int) -> None:
        """Stop and start a container.

        :param stop_timeout: seconds between the polite signal and the kill. Docker's own default would override the
            Compose file's ``stop_grace_period``.
        """

    def log(self, container_id: str, since: float, lines: int, until: float | None = None) -> str:
        """The last lines of a container's log.

        :param since: seconds since the epoch.
        :param lines: how many at most.
        :param until: seconds since the epoch, None for now. Of the last lines those behind it are left out.
        """


def converse(stream: Any, stdin: bytes, timeout: float) -> bytes:
    """Send stdin and collect stdout until the program ends.

    The SDK's own reader waits without a limit, so the frames are read here: one byte for the stream, three
    that are empty, four for the length (Docker Engine API, "Attach to a container").
    """
    raw = getattr(stream, "_sock", stream)
    raw.settimeout(timeout)
    raw.sendall(stdin)
    output: list[bytes] = []
    while True:
        header = _exactly(raw, FRAME_HEADER.size)
        if len(header) < FRAME_HEADER.size:
            return b"".join(output)
        kind, length = FRAME_HEADER.unpack(header)
        data = _exactly(raw, length)
        if kind == STDOUT_STREAM:
            output.append(data)


def _exactly(raw: socket.socket, length: int) -> bytes:
    """That many bytes, or what there is before the end."""
    chunks = []
    while length > 0:
        chunk = raw.recv(min(length, 65536))
        if not chunk:
            break
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)
