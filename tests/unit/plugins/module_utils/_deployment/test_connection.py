# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to an engine over a network, with TLS and without, on real sockets; test_docker_socket has its limits."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Iterator, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.tests.unit.support.docker_environment import without_docker
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import container

RECORD = container(1, Path("/opt"))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        data = json.dumps({"ApiVersion": "1.43"} if self.path == "/version" else RECORD).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_words: Any) -> None:
        pass


class _Server(HTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client may hang up


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as DOCKER_CERT_PATH has it; server and client have the same certificate."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificates")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([openssl, *words.split(), "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True,
                   capture_output=True)  # fmt: skip
    shutil.copy(folder / "cert.pem", folder / "ca.pem")
    return folder


def serving(certificates: Optional[Path]) -> Iterator[int]:
    with _Server(("localhost", 0), _Handler) as server:
        if certificates is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
            context.load_verify_locations(certificates / "ca.pem")
            context.verify_mode = ssl.CERT_REQUIRED  # as dockerd --tlsverify
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def plain() -> Iterator[int]:
    yield from serving(None)


@pytest.fixture
def guarded(certificates: Path) -> Iterator[int]:
    yield from serving(certificates)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_docker(monkeypatch, tmp_path)


def test_over_a_network(plain: int) -> None:
    assert DockerSocket(f"tcp://localhost:{plain}").inspect("a") == RECORD


def test_with_a_certificate_of_both(guarded: int, certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CERT_PATH", str(certificates))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_HOST", f"tcp://localhost:{guarded}")
    assert DockerSocket(None).inspect("a") == RECORD
    with pytest.raises(DockerError, match="do not trust each other .*IP address mismatch"):
        DockerSocket(f"tcp://127.0.0.1:{guarded}").inspect("a")  # it is not the name of the certificate
    monkeypatch.delenv("DOCKER_TLS_VERIFY")
    monkeypatch.setenv("DOCKER_TLS", "1")
    assert DockerSocket(f"tcp://127.0.0.1:{guarded}").inspect("a") == RECORD


def test_an_engine_that_nobody_vouches_for(guarded: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    with pytest.raises(DockerError, match="Docker at tcp://localhost:.* do not trust each other .*DOCKER_CERT_PATH"):
        DockerSocket(f"tcp://localhost:{guarded}").inspect("a")


@pytest.mark.parametrize("address", ["tcp://localhost:1", "tcp://[::1]:1"])
def test_nobody_there(address: str) -> None:
    with pytest.raises(
        DockerError, match="does not answer: is the engine running, and is litellm_cache_docker_host right"
    ):
        DockerSocket(address).require()
