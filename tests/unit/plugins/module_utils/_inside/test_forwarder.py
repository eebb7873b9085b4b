# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door of a bridge, as a real process between real connections."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import forwarder
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.forwarder import CLOSED, LISTENING, PASSED

SOURCE = Path(str(forwarder.__file__)).read_text(encoding="utf-8")
HERE = "127.0.0.1"
LARGE = bytes(range(256)) * 20000


class Handler(BaseHTTPRequestHandler):
    """Gives back what it gets; keeps connections; a path with a word waits until the test lets it go on."""

    protocol_version = "HTTP/1.1"
    go_on = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:1])
        self.wfile.flush()
        if self.path == "/slow":
            self.go_on.wait(30)
        self.wfile.write(body[1:])

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def bridge() -> Iterator[ThreadingHTTPServer]:
    """A web server that keeps connections."""
    Handler.go_on.clear()
    with ThreadingHTTPServer((HERE, 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        Handler.go_on.set()
        server.shutdown()


@contextlib.contextmanager
def door(bridge: int, lifetime: float = 60.0) -> "Iterator[tuple[subprocess.Popen[str], int]]":
    """A process that listens, and the port at which it does, to pass on to another one."""
    with socket.create_server((HERE, 0)) as free:
        port = free.getsockname()[1]
    order = json.dumps({"target": HERE, "ports": [[port, bridge]], "lifetime": lifetime})
    command = [sys.executable, "-I", "-c", SOURCE, order]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert line(process) == LISTENING, process.communicate(timeout=20)
            yield process, port
        finally:
            process.kill()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_bytes_are_passed_on_as_they_are_and_the_last_connection_is_waited_for(bridge: ThreadingHTTPServer) -> None:
    with door(bridge.server_port) as (process, port):
        kept, slow = HTTPConnection(HERE, port, timeout=20), HTTPConnection(HERE, port, timeout=20)
        for body in (LARGE, b"x"):
            kept.request("POST", "/", body)
            assert kept.getresponse().read() == body
        slow.request("POST", "/slow", LARGE)
        answer = slow.getresponse()
        process.send_signal(signal.SIGTERM)
        assert line(process) == CLOSED
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HERE, port), timeout=20)
        Handler.go_on.set()
        assert answer.read() == LARGE
        kept.close()
        slow.close()
        assert line(process) == f"{PASSED}2"
        assert process.wait(20) == 0
        assert process.stderr is not None and process.stderr.read() == ""


def test_what_the_bridge_ends_is_ended_for_its_client() -> None:
    with socket.create_server((HERE, 0)) as server, door(server.getsockname()[1]) as (process, port):
        with socket.create_connection((HERE, port), timeout=20) as client:
            passed, _address = server.accept()
            passed.close()
            assert client.recv(1) == b""
            process.send_signal(signal.SIGTERM)  # and nothing is waited for, although this client holds its side
            assert [line(process), line(process)] == [CLOSED, f"{PASSED}1"]


def test_what_a_client_ends_is_ended_for_the_bridge() -> None:
    with socket.create_server((HERE, 0)) as server, door(server.getsockname()[1]) as (_process, port):
        with socket.create_connection((HERE, port), timeout=20):
            passed, _address = server.accept()
        with passed:
            assert passed.recv(1) == b""


def test_where_there_is_no_bridge_a_client_is_told_at_once() -> None:
    with socket.create_server((HERE, 0)) as server:
        nobody = server.getsockname()[1]
    with door(nobody) as (_process, port):
        with socket.create_connection((HERE, port), timeout=20) as client:
            assert client.recv(1) == b""


def test_it_ends_by_itself() -> None:
    with door(1, lifetime=0.2) as (process, _port):
        assert [line(process), line(process)] == [CLOSED, f"{PASSED}0"]
        assert process.wait(20) == 0
