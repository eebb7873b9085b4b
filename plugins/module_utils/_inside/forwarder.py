# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of a bridge: a container of its own that passes connections on to the bridge, byte by byte.

Docker gives a container its names in a network when it connects it, and LiteLLM listens seconds after its container is there. So
who is known under the names is this program, which listens at once, and is connected when the bridge is ready.

Its text is the argument of the interpreter, so it stands alone. It prints :data:`LISTENING` when it listens, :data:`CLOSED` when
it was asked to end and takes no more connections, and then, when the last one has ended, how many there were.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys

#: What it prints; the last one is followed by a number of connections.
LISTENING, CLOSED, PASSED = "listening", "closed", "passed "
#: Bytes that are passed on at a time, and connections that wait to be taken.
_CHUNK, _BACKLOG = 65536, 1024


class Door:
    """Passes connections on.

    :param target: address of the bridge.
    :param ports: pairs of one at which it listens, and that of the bridge to which it passes on.
    :param lifetime: seconds after which it ends by itself.
    """

    def __init__(self, target: str, ports: list, lifetime: float) -> None:
        self._target = target
        self._ports = ports
        self._lifetime = lifetime
        self._open: set = set()
        self._passed = 0
        self._ended = asyncio.Event()

    async def serve(self) -> None:
        """Listen until this process is asked to end, or its time is over; then wait for the last connection."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self._ended.set)
        loop.call_later(self._lifetime, self._ended.set)
        sockets = [(_listening(here), there) for here, there in self._ports]
        servers = [await asyncio.start_server(self._taker(there), sock=sock) for sock, there in sockets]
        say(LISTENING)
        await self._ended.wait()
        for sock, there in sockets:
            await self._take_waiting(sock, there)
        for server in servers:
            server.close()
        say(CLOSED)
        while self._open:
            await asyncio.wait(self._open)
        say(PASSED + str(self._passed))

    def _taker(self, port: int):
        def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._passed += 1
            task = asyncio.ensure_future(self._pass_on(port, reader, writer))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

        return take

    async def _take_waiting(self, sock: socket.socket, port: int) -> None:
        """Take the connections that wait to be taken: to their clients they stand, so closing would cut them."""
        asyncio.get_running_loop().remove_reader(sock)
        with contextlib.suppress(BlockingIOError):
            while True:
                accepted, _address = sock.accept()
                self._taker(port)(*await asyncio.open_connection(sock=accepted))

    async def _pass_on(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until the bridge has ended it: a web server never ends one direction alone."""
        try:
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_connection(self._target, port)
                asked = asyncio.ensure_future(_copy(reader, back))
                try:
                    await _copy(there, writer)
                finally:
                    asked.cancel()
                    back.close()
        finally:
            writer.close()


def _listening(port: int) -> socket.socket:
    """A socket that listens at all addresses."""
    if socket.has_dualstack_ipv6():
        sock = socket.create_server(("", port), family=socket.AF_INET6, backlog=_BACKLOG, dualstack_ipv6=True)
    else:
        sock = socket.create_server(("", port), backlog=_BACKLOG)
    sock.setblocking(False)
    return sock


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction of a connection, up to its end, which is passed on."""
    with contextlib.suppress(OSError):
        while True:
            received = await reader.read(_CHUNK)
            if not received:
                break
            writer.write(received)
            await writer.drain()
        writer.write_eof()


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


async def main(order: dict) -> None:
    """Serve an order: ``target``, ``ports`` and ``lifetime`` of :class:`Door`."""
    await Door(order["target"], order["ports"], order["lifetime"]).serve()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
