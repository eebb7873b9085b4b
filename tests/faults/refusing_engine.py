# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A socket before that of the Docker Engine: it passes on what it is told, or answers 500 in the place of the engine."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import threading
from pathlib import Path
from types import TracebackType

ENGINE = "/var/run/docker.sock"
PIECE = 65536
_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)


class RefusingEngine:
    """Listens as long as its context is open.

    ``refuses`` matches the first line of what is answered with 500, None for nothing. ``refused`` counts that.

    :param path: of its socket.
    """

    def __init__(self, path: Path) -> None:
        self.address = f"unix://{path}"
        self.refuses: re.Pattern[str] | None = None
        self.refused = 0
        engine = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                engine.serve(self.request)

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> RefusingEngine:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, client: socket.socket) -> None:
        """One connection; a client of ours asks once over each."""
        said = b""
        while b"\r\n\r\n" not in said:
            piece = client.recv(PIECE)
            if not piece:
                return
            said += piece
        wanted = said.split(b"\r\n", 1)[0].decode()
        if self.refuses is not None and self.refuses.match(wanted):
            self.refused += 1
            _refuse(client, said)
            return
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(ENGINE)
            engine.sendall(said)
            there = threading.Thread(target=_pass_on, args=(client, engine), daemon=True)
            there.start()
            _pass_on(engine, client)
            there.join()


def _refuse(client: socket.socket, said: bytes) -> None:
    """Answer as an engine in trouble does, after all of the request has come."""
    head, _end, body = said.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    while length is not None and len(body) < int(length.group(1)):
        body += client.recv(PIECE)
    answer = json.dumps({"message": "the fault campaign refuses"}).encode()
    client.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Until the source has said all, or one of them is gone."""
    try:
        while piece := source.recv(PIECE):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # whoever reads on notices
