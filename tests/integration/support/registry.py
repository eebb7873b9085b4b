# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where images are pulled from: a real registry in a container, and an engine whose disk is full."""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import secrets
import shutil
import socket
import socketserver
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from types import TracebackType

from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

IMAGE, PYTHON = "erni-ki-test/registry:bookworm", "erni-ki-test/base:bookworm"
USER = "puller"
#: Media types of what names the layers of an image, and of what names one of those for each platform.
MANIFEST, MANIFEST_LIST = (f"application/vnd.docker.distribution.manifest.{word}v2+json" for word in ("", "list."))
CONFIG = """version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/docker-registry}}
http: {addr: ":5000"}
auth: {htpasswd: {realm: test, path: /etc/registry/users}}
"""
#: A registry has such a hash of each password; only Python before 3.13 makes one by itself.
HASH = "import crypt, sys; print(crypt.crypt(sys.stdin.read(), crypt.mksalt(crypt.METHOD_BLOWFISH)))"
#: What the engine answers to a pull when its disk is full: the client's exit and words are made of it.
FULL = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    b'{"status":"Pulling from litellm","id":"1"}\r\n'
    b'{"errorDetail":{"message":"write /var/lib/docker/tmp/GetImageBlob1: no space left on device"},'
    b'"error":"write /var/lib/docker/tmp/GetImageBlob1: no space left on device"}\r\n'
)


def docker(*words: str, given: str = "") -> str:
    """What the Docker client prints; it must succeed."""
    done = subprocess.run(["docker", *words], input=given, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"docker {words[0]}: {done.stderr}"
    return done.stdout.strip()


class Registry:
    """Debian's docker-registry on a port of this machine, which lets in one user only.

    :param folder: its own, for what it reads and for the login of that user.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.password = name, secrets.token_hex(12)
        #: Has the login of the user, for DOCKER_CONFIG.
        self.login = folder / "login"
        self._folder = folder
        self._images: list[str] = []

    def __enter__(self) -> Registry:
        subprocess.run(
            [sys.executable, str(ROOT / "tests" / "stack" / "images.py"), "build", IMAGE.partition("/")[2]], check=True
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        hashed = docker(
            "run", "--rm", "--interactive", PYTHON, "python3", "-W", "ignore", "-c", HASH, given=self.password
        )
        (self._folder / "users").write_text(f"{USER}:{hashed}\n", encoding="utf-8")
        (self._folder / "config.yml").write_text(CONFIG, encoding="utf-8")
        mount = ("--volume", f"{self._folder}:/etc/registry:ro", "--publish", "127.0.0.1::5000")
        serve = ("docker-registry", "serve", "/etc/registry/config.yml")
        docker("run", "--detach", "--name", self.name, *mount, IMAGE, *serve)
        self.port = int(docker("port", self.name, "5000").rpartition(":")[2])
        until(self._answers, "the registry answers")
        self.log_in(self.port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for image in self._images:
            subprocess.run(["docker", "image", "rm", image], capture_output=True, check=False)
        docker("rm", "--force", "--volumes", self.name)
        shutil.rmtree(self.login, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
                sock.sendall(b"GET /v2/ HTTP/1.0\r\n\r\n")
                return b" 401 " in sock.recv(64)
        except OSError:
            return False

    def log_in(self, port: int) -> None:
        """Let the user in by a port that leads here."""
        words = ("--username", USER, "--password-stdin", f"127.0.0.1:{port}")
        docker("--config", str(self.login), "login", *words, given=self.password)

    def push(self, source: str, repository: str, tag: str = "1") -> str:
        """Have an image of this machine, which loses the reference again.

        :returns: the reference.
        """
        reference = f"127.0.0.1:{self.port}/{repository}:{tag}"
        docker("tag", source, reference)
        docker("--config", str(self.login), "push", "--quiet", reference)
        docker("image", "rm", reference)
        self._images.append(reference)
        return reference

    def push_with_a_layer(self, source: str, repository: str) -> str:
        """Have an image of this machine with one layer more, which no other image has.

        :returns: the reference.
        """
        local, noise = f"{self.name}-{repository}:1", self._folder / "noise"
        noise.write_bytes(os.urandom(1_000_000))
        container = docker("create", "--network", "none", source)
        try:
            docker("cp", str(noise), f"{container}:/noise")
            docker("commit", container, local)
        finally:
            docker("rm", container)
        reference = self.push(local, repository)
        docker("image", "rm", local)
        return reference

    def name_for_platforms(self, repository: str, tag: str, tags: dict[str, str]) -> str:
        """Have one name for several images of a repository, one for each platform.

        :param tags: by architecture the tag of its image.
        :returns: the reference.
        """
        manifests = []
        for architecture, of_image in tags.items():
            digest, content = self._manifest("GET", repository, of_image)
            one = {"mediaType": MANIFEST, "size": len(content), "digest": digest}
            manifests.append({**one, "platform": {"os": "linux", "architecture": architecture}})
        listed = {"schemaVersion": 2, "mediaType": MANIFEST_LIST, "manifests": manifests}
        self._manifest("PUT", repository, tag, json.dumps(listed))
        reference = f"127.0.0.1:{self.port}/{repository}:{tag}"
        self._images.append(reference)
        return reference

    def _manifest(self, method: str, repository: str, tag: str, given: str = "") -> tuple[str, bytes]:
        """Digest and bytes of a manifest that is read, or given."""
        login = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Accept": MANIFEST, "Content-Type": MANIFEST_LIST}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, f"/v2/{repository}/manifests/{tag}", given or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status in (200, 201), content
            return str(answer.headers["Docker-Content-Digest"]), content
        finally:
            connection.close()

    def push_noise(self, repository: str, size: int, tag: str = "1") -> None:
        """Have an image that no other one has a piece of, and that cannot be packed. There is no LiteLLM in it."""
        with io.BytesIO() as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                entry = tarfile.TarInfo("noise")
                entry.size = size
                archive.addfile(entry, io.BytesIO(os.urandom(size)))
            local = f"{self.name}-{repository}:{tag}"
            subprocess.run(
                ["docker", "import", "-", local], input=file.getvalue(), stdout=subprocess.DEVNULL, check=True
            )
        self.push(local, repository, tag)
        docker("image", "rm", local)


class FullDisk:
    """The engine of this machine behind a socket of its own, except for pulls: they end as on a full disk.

    :param path: of the socket.
    """

    def __init__(self, path: Path) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.socket(socket.AF_UNIX) as engine:
                    engine.connect("/var/run/docker.sock")
                    back = threading.Thread(target=_copy, args=(engine, self.request), daemon=True)
                    back.start()
                    while piece := self.request.recv(65536):
                        if piece.startswith(b"POST ") and b"/images/create?" in piece.partition(b"\r\n")[0]:
                            self.request.sendall(FULL)
                            return
                        engine.sendall(piece)
                    engine.shutdown(socket.SHUT_WR)
                    back.join()

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self.address = f"unix://{path}"
        self._server = Server(str(path), Handler)

    def __enter__(self) -> FullDisk:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Until one of both is gone."""
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # whoever reads on notices
