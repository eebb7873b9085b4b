# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker Engine of paper behind a real Unix socket: it answers what a test says, and remembers what it was asked."""

from __future__ import annotations

import json
import re
import socketserver
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Callable, Optional
from urllib.parse import parse_qs, urlsplit

NOT_FOUND = (404, {"message": "No such container"})


def frame(stream: int, data: bytes) -> bytes:
    """What a program printed, as the engine sends it: 1 is stdout, 2 is stderr."""
    return struct.pack(">BxxxL", stream, len(data)) + data


def container(number: int, folder: Path, **state: Any) -> dict[str, Any]:
    """The inspection record of an instance of the service litellm, cut to what is read."""
    labels = {
        "project": "erni-ki",
        "project.working_dir": str(folder),
        "service": "litellm",
        "container-number": str(number),
    }
    return {
        "Id": f"{number:064d}",
        "Name": f"/litellm-{number}",
        "Config": {
            "Image": "litellm:1.80.0",
            "Labels": {"com.docker.compose." + name: value for name, value in labels.items()},
            "Env": ["REDIS_PASSWORD=hunter2"],
            "Tty": False,
        },
        "State": {"Status": "running", "StartedAt": "2026-01-31T12:00:00Z", "ExitCode": 0, **state},
    }


class EngineServer:
    """The server.

    ``answers`` has by method and path: what is sent, or status and what is sent. ``asked`` is in order. ``orders`` are what
    programs in containers were told. ``attached`` gets both ends of the connection on which the streams of a program are,
    once the answer's head was sent. ``versions`` of the API are what it was asked in, empty for none, and ``minimum`` is the
    lowest that it takes.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "docker.sock"
        self.answers: dict[str, Any] = {"GET /version": {"ApiVersion": "1.43"}, "GET /info": {}}
        self.asked: list[tuple[str, dict[str, list[str]], Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.versions: list[str] = []
        self.minimum = 0.0
        self.attached: Optional[Callable[[Any, Any], None]] = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                server.answer(self)

            do_GET = do_POST = do_DELETE = answer

            def address_string(self) -> str:
                return "unix"

            def log_message(self, *_words: Any) -> None:
                pass

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may hang up
                    super().handle_error(request, client_address)

        self._server = Server(str(self.path), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def host(self) -> str:
        """Its address."""
        return f"unix://{self.path}"

    def has(self, *records: dict[str, Any]) -> None:
        """From now on these are its containers."""
        self.answers["GET /containers/json"] = [
            {"Id": record["Id"], "Labels": record["Config"]["Labels"], "State": record["State"]["Status"]}
            for record in records
        ]
        for record in records:
            path = f"/containers/{record['Id']}"
            self.answers[f"GET {path}/json"] = record
            self.answers[f"GET {path}/top"] = {"Processes": []}
            self.answers.setdefault(f"GET {path}/logs", b"")
            self.answers.setdefault(f"POST {path}/restart", (204, b""))
            self.answers.setdefault(f"POST {path}/exec", (201, {"Id": record["Id"]}))
            self.answers.setdefault(f"GET /exec/{record['Id']}/json", {"ExitCode": 0})

    def program_prints(self, output: bytes) -> None:
        """Whatever program is run in a container reads its order, prints this, and ends."""

        def attached(rfile: Any, wfile: Any) -> None:
            rfile.readline()  # the program itself
            self.orders.append(json.loads(rfile.readline()))
            wfile.write(frame(1, output))

        self.attached = attached

    def program_says(self, outcome: dict[str, Any]) -> None:
        """Whatever program is run in a container ends with this outcome."""
        self.program_prints(json.dumps(outcome).encode() + b"\n")

    def programs_say(self, *outcomes: dict[str, Any]) -> None:
        """Programs that are run in a container end with these outcomes, one after another."""
        remaining = list(outcomes)

        def attached(rfile: Any, wfile: Any) -> None:
            rfile.readline()
            self.orders.append(json.loads(rfile.readline()))
            wfile.write(frame(1, json.dumps(remaining.pop(0)).encode() + b"\n"))

        self.attached = attached

    def calls(self, end: str) -> list[str]:
        """What it was asked that ends like this."""
        return [call for call, _query, _order in self.asked if call.endswith(end)]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request; called in the thread of its connection."""
        place = urlsplit(request.path)
        version, path = re.fullmatch(r"(?:/v(\d+\.\d+))?(/.*)", place.path).groups("")  # type: ignore[union-attr]
        self.versions.append(version)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if path != "/version":
            self.asked.append((f"{request.command} {path}", parse_qs(place.query), json.loads(body) if body else None))
        if path.startswith("/exec/") and path.endswith("/start") and self.attached is not None:
            request.close_connection = True
            request.wfile.write(
                b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
                b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            )
            self.attached(request.rfile, request.wfile)
            return
        found = self.answers.get(f"{request.command} {path}", NOT_FOUND)
        if version and float(version) < self.minimum:  # as Docker Engine 29.0 says it
            reason = f"client version {version} is too old. Minimum supported API version is {self.minimum}"
            found = (400, {"message": f"{reason}, please upgrade your client to a newer version"})
        status, content = found if isinstance(found, tuple) else (200, found)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def __enter__(self) -> EngineServer:
        self._thread.start()
        return self

    def __exit__(self, *_error: Any) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
