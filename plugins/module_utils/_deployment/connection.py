# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to the Docker Engine that has an end, however slow or fast the other side sends.

Standard library only: the guard uses it.
"""

from __future__ import annotations

import io
import socket
import time
from typing import Any

from .docker_address import DockerAddress, Tls
from .engine import TooLongError


class Connection:
    """One connection, with a limit of its time and of its bytes; http.client takes it for a socket.

    A limit of silence alone would let one byte a minute hold a module for ever.

    :param address: of the engine.
    :param seconds: until all must have been sent and received.
    :param at_most: bytes that may be received.
    :raises OSError: there is no way to the engine.
    """

    def __init__(self, address: DockerAddress, seconds: float, at_most: int) -> None:
        self._until = time.monotonic() + seconds
        self._remaining = at_most
        self._socket = _connected(address, seconds)

    def _socket_in_time(self) -> socket.socket:
        """The socket, which waits no longer than there is time.

        :raises socket.timeout: there is none.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise socket.timeout("the time is over")
        self._socket.settimeout(left)
        return self._socket

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        self._socket_in_time().sendall(data)

    def read(self, length: int) -> bytes:
        """Receive what there is, nothing at the end.

        :param length: bytes, at most.
        :raises TooLongError: it is more than is taken.
        """
        received = self._socket_in_time().recv(length)
        self._remaining -= len(received)
        if self._remaining < 0:
            raise TooLongError
        return received

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads an answer from."""
        return io.BufferedReader(_Stream(self))

    def close(self) -> None:
        """What http.client calls before it has read the answer of an engine that hangs up by itself: nothing happens."""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()


class _Stream(io.RawIOBase):
    """What a connection receives, as Python's own readers take it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive what there is."""
        received = self._connection.read(len(buffer))
        buffer[: len(received)] = received
        return len(received)


def _connected(address: DockerAddress, seconds: float) -> socket.socket:
    if address.socket_path is None:
        raw = socket.create_connection(address.place, seconds)
        return raw if address.tls is None else _kept_from_others(raw, address.tls, address.place[0])
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        raw.settimeout(seconds)
        raw.connect(address.socket_path)
    except OSError:
        raw.close()
        raise
    return raw


def _kept_from_others(raw: socket.socket, tls: Tls, host: str) -> socket.socket:
    import ssl  # only where it is needed: the guard starts often

    try:
        context = ssl.create_default_context(cafile=tls.file("ca.pem"))
        if not tls.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        certificate = tls.file("cert.pem")
        if certificate:
            context.load_cert_chain(certificate, tls.file("key.pem"))
        return context.wrap_socket(raw, server_hostname=host)
    except (OSError, ValueError):
        raw.close()
        raise
