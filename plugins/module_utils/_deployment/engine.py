# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client of the Docker Engine does: lists, runs, restarts, reads. It decides nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Protocol

from .._errors import LitellmCacheError

#: Seconds that Docker may take for anything but a stop.
API_TIMEOUT = 60
STDOUT_STREAM = 1
FRAME_HEADER = struct.Struct(">BxxxL")


class DockerError(LitellmCacheError):
    """The Docker Engine cannot be reached, refuses a call (``status`` in the context), or answers what is no answer."""


class ContainerGoneError(DockerError):
    """There is no such container any more."""


class TooLongError(DockerError):
    """The engine sends more than is taken."""

    def __init__(self, message: str = "Docker sends more than is taken", **context: Any) -> None:
        super().__init__(message, **context)


class ProgramError(DockerError):
    """A program in a container does not end, or prints without end; the engine does what it should."""


def is_refusal(error: Exception) -> bool:
    """Whether Docker itself is in trouble, so that the same call may succeed when it is made again."""
    return isinstance(error, DockerError) and not isinstance(error, (ContainerGoneError, TooLongError, ProgramError))


#: Decides on an entry of Docker's list of containers.
Wanted = Callable[[dict[str, Any]], bool]


def everything(_listed: dict[str, Any]) -> bool:
    """Each container is wanted."""
    return True


class Engine(Protocol):
    """The engine of one managed host. Every method raises DockerError where the engine does not answer, or refuses."""

    def containers(self, labels: list[str], wanted: Wanted = everything) -> list[dict[str, Any]]:
        """Inspection records of the containers that carry all labels, in any state. Only one that is gone is left out.

        :param labels: ``name`` or ``name=value``.
        :param wanted: tells by what the list says of a container whether its record is read. One that Docker cannot
            describe any more, and that is somebody else's, is no reason to fail.
        """

    def inspect(self, container_id: str) -> dict[str, Any]:
        """Inspection record of one container.

        :raises ContainerGoneError: it is gone.
        """

    def processes(self, container_id: str) -> list[dict[str, str]]:
        """Processes of a running container as the host's ps shows them: pid, uid, gid, args.

        :returns: an empty list where the host's ps cannot tell.
        """

    def maps_users(self) -> bool:
        """Whether the users of a container are others on the host, as the host's ps shows them."""

    def run(self, container_id: str, argv: list[str], user: str, stdin: bytes, timeout: float) -> tuple[int, bytes]:
        """Run a program inside a container.

        :param argv: the command; shown by every ps on the host, so never a secret.
        :param user: ``uid:gid``, or an empty string for the container's own.
        :param stdin: what the program reads; it must know the length, the stream is not closed.
        :param timeout: seconds until it must have ended.
        :returns: exit code and stdout.
        :raises ProgramError: the time is over, or it prints too much.
        :raises DockerError: also when the container does not run.
        """

    def restart(self, container_id: str, stop_timeout: int) -> None:
        """Stop and start a container.

        :param stop_timeout: seconds between the polite signal and the kill. Docker's own default would override the
            Compose file's ``stop_grace_period``.
        """

    def stop(self, container_id: str, stop_timeout: int) -> None:
        """Stop a container; nothing where it does not run.

        :param stop_timeout: as for :meth:`restart`.
        """

    def start(self, container_id: str) -> None:
        """Start a container."""

    def remove(self, container_id: str, force: bool = False) -> None:
        """Remove a container with the volumes that have no name; nothing where it is gone.

        :param force: also one that runs.
        """

    def create(self, name: str, specification: dict[str, Any]) -> str:
        """Make a container, and do not start it.

        :param specification: as the engine takes it (Docker Engine API, "Create a container").
        :returns: its identifier.
        """

    def connect(self, network: str, container_id: str, endpoint: dict[str, Any]) -> None:
        """Connect a container with one more network.

        :param endpoint: as the engine takes it (Docker Engine API, "EndpointSettings").
        """

    def image_id(self, reference: str) -> str | None:
        """Identifier of the image that a reference names on this host; None where it names none."""

    def tag(self, image_id: str, repository: str, tag: str) -> None:
        """Have a reference name an image of this host."""

    def log(self, container_id: str, since: float, lines: int, until: float | None = None, timed: bool = False) -> str:
        """The last lines of a container's log.

        :param since: seconds since the epoch.
        :param lines: how many at most.
        :param until: seconds since the epoch, None for now. Of the last lines those behind it are left out.
        :param timed: whether each line begins with its time, as Docker writes it, and a space.
        """


def record_of(action: str, answer: Any) -> dict[str, Any]:
    """An inspection record that has what one has.

    :param action: what was asked, in words.
    :raises DockerError: it is something else.
    """
    try:
        known = isinstance(answer["Id"], str) and isinstance(answer["Name"], str)
        known = known and isinstance(answer["Config"]["Image"], str) and isinstance(answer["State"]["Status"], str)
        known = known and isinstance(answer["State"]["StartedAt"], str)
        labels = answer["Config"].get("Labels") or {}
    except (KeyError, TypeError, AttributeError):
        known, labels = False, {}
    if not known or not isinstance(labels, dict):
        raise DockerError(f"Docker cannot {action}: its answer is not understood")
    return dict(answer, Config=dict(answer["Config"], Labels=labels))


def converse(stream: Any, stdin: bytes) -> bytes:
    """Send stdin and collect stdout until the program ends.

    One byte of a frame's head is for the stream, three are empty, four for the length (Docker Engine API, "Attach to a
    container").

    :param stream: has ``sendall`` and ``read``, and ends by itself what takes too long or is too much.
    """
    stream.sendall(stdin)
    output: list[bytes] = []
    while True:
        header = _exactly(stream, FRAME_HEADER.size)
        if len(header) < FRAME_HEADER.size:
            return b"".join(output)
        kind, length = FRAME_HEADER.unpack(header)
        data = _exactly(stream, length)
        if kind == STDOUT_STREAM:
            output.append(data)


def _exactly(stream: Any, length: int) -> bytes:
    """That many bytes, or what there is before the end."""
    chunks = []
    while length > 0:
        chunk = stream.read(min(length, 65536))
        if not chunk:
            break
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)
