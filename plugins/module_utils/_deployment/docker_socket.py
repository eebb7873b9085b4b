# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the Docker Engine for the guard, with the standard library alone: it must run with nothing installed.

Speaks HTTP over the engine's Unix socket (Docker Engine API; paths without a version are
answered in the engine's own).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from .engine import (
    API_TIMEOUT,
    FRAME_HEADER,
    DockerError,
    converse,
)

UNIX_SCHEME = "unix://"
#: Bytes of a log that are read at most: whoever sends requests to the proxy makes it long.
LOG_BYTES = 4 * 1024 * 1024
DEFAULT_SOCKET = "/var/run/docker.sock"


def docker_host_of(option: str | None) -> str:
    """Address of the Docker API that the modules would take."""
    return option or os.environ.get("DOCKER_HOST") or UNIX_SCHEME + DEFAULT_SOCKET


class _UnixConnection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class DockerSocket:
    """The engine behind one Unix socket.

    :param docker_host: ``unix://PATH``.
    """

    def __init__(self, docker_host: str) -> None:
        self._path = docker_host[len(UNIX_SCHEME) :]

    def containers(self, labels: list[str]) -> list[dict[str, Any]]:
        """See Engine.containers."""
        query = urlencode({"all": "true", "filters": json.dumps({"label": labels})})
        found = json.loads(self._call("GET", f"/containers/json?{query}", "list containers"))
        records = []
        for container in found:
            with contextlib.suppress(DockerError):  # removed since it was listed
                records.append(self.inspect(container["Id"]))
        return records

    def inspect(self, container_id: str) -> dict[str, Any]:
        """See Engine.inspect."""
        answer = self._call("GET", f"/containers/{container_id}/json", f"inspect container {container_id[:12]}")
        return json.loads(answer)

    def processes(self, container_id: str) -> list[dict[str, str]]:
        """See Engine.processes."""
        query = urlencode({"ps_args": "-eo pid,uid,gid,args"})
        try:
            table = json.loads(self._call("GET", f"/containers/{container_id}/top?{query}", "list processes"))
        except DockerError:
            return []
        return [dict(zip(("pid", "uid", "gid", "args"), row)) for row in table.get("Processes") or []]

    def run(self, container_id: str, argv: list[str], user: str, stdin: bytes, timeout: float) -> tuple[int, bytes]:
        """See Engine.run."""
        action = f"run a program in container {container_id[:12]}"
        order = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Cmd": argv, "User": user}
        created = self._call("POST", f"/containers/{container_id}/exec", action, order)
        execution = json.loads(created)["Id"]
        try:
            output = self._attach(execution, stdin, timeout)
        except socket.timeout:
            raise DockerError(f"a program in container {container_id[:12]} was silent for {timeout:.0f} s") from None
        except OSError as error:
            raise DockerError(f"Docker cannot {action}: {error.strerror}") from None
        return json.loads(self._call("GET", f"/exec/{execution}/json", action))["ExitCode"], output

    def _attach(self, execution: str, stdin: bytes, timeout: float) -> bytes:
        """Start an execution on a connection that then carries its streams."""
        body = json.dumps({"Detach": False, "Tty": False}).encode()
        head = (
            f"POST /exec/{execution}/start HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
        ).encode()
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as stream:
            stream.settimeout(timeout)
            stream.connect(self._path)
            stream.sendall(head + body)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):  # byte by byte: what follows belongs to the program
                received = stream.recv(1)
                if not received:
                    break
                answer += received
            if b" 101 " not in answer.split(b"\r\n")[0] and b" 200 " not in answer.split(b"\r\n")[0]:
                raise DockerError("Docker did not start a program in a container")
            return converse(stream, stdin, timeout)

    def restart(self, container_id: str, stop_timeout: int) -> None:
        """See Engine.restart."""
        path = f"/containers/{container_id}/restart?t={int(stop_timeout)}"
        self._call("POST", path, f"restart container {container_id[:12]}", timeout=stop_timeout + API_TIMEOUT)

    def log(self, container_id: str, since: float, lines: int, until: float | None = None) -> str:
        """See Engine.log. Of lines that are very long, only the first ones."""
        asked = {"stdout": "true", "stderr": "true", "since": int(since), "tail": lines}
        query = urlencode(asked if until is None else dict(asked, until=int(until) + 1))
        action = f"read the log of container {container_id[:12]}"
        content = self._call("GET", f"/containers/{container_id}/logs?{query}", action, most=LOG_BYTES)
        return _unframed(content).decode("utf-8", "replace")

    def _call(
        self,
        method: str,
        path: str,
        action: str,
        order: dict[str, Any] | None = None,
        timeout: float = API_TIMEOUT,
        most: int | None = None,
    ) -> bytes:
        """One request.

        :param most: bytes of the answer that are read; None for all.
        :raises DockerError: the engine does not answer, or refuses.
        """
        body = json.dumps(order).encode() if order is not None else None
        headers = {"Content-Type": "application/json"} if order is not None else {}
        with self._typed(action):
            connection = _UnixConnection(self._path, timeout)
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                content = response.read(most)
            finally:
                connection.close()
        if response.status == 404:
            raise DockerError(f"Docker cannot {action}: no such container any more")
        if response.status >= 400:
            raise DockerError(f"Docker cannot {action}: {_explanation(content)}")
        return content

    @contextlib.contextmanager
    def _typed(self, action: str) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            raise DockerError(f"Docker cannot {action}: {type(error).__name__} at {self._path}") from None


def _unframed(content: bytes) -> bytes:
    """The lines of a log, whose streams come in frames unless the container has a terminal."""
    lines, position = [], 0
    while content[position + 1 : position + 4] == b"\0\0\0":
        _kind, length = FRAME_HEADER.unpack_from(content, position)
        position += FRAME_HEADER.size
        lines.append(content[position : position + length])
        position += length
    return b"".join(lines) + content[position:]


def _explanation(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"
