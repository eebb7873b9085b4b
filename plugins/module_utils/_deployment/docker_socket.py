# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the Docker Engine, for the modules and for the guard: with the standard library alone, which is all the guard has.

Speaks HTTP with the engine (Docker Engine API), in the version of the API that the engine itself prefers.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import time
from typing import Any
from urllib.parse import quote, urlencode

from .connection import Connection
from .docker_address import DockerAddress
from .engine import (
    API_TIMEOUT,
    FRAME_HEADER,
    ContainerGoneError,
    DockerError,
    ProgramError,
    TooLongError,
    Wanted,
    converse,
    everything,
    record_of,
)

#: Bytes that an answer of the engine, or all that a program prints, may have.
ANSWER_AT_MOST = 32 * 1024 * 1024
#: Seconds within which Docker notices that a program in a container has ended, and between two looks at it.
EXIT_NOTICED_SECONDS, POLL_SECONDS = 3.0, 0.05
PODMAN = "Podman Engine"
#: What an engine says of itself with userns-remap, or that runs without root.
_USERS_OF_THEIR_OWN = ("name=userns", "name=rootless")
#: How the engine says it; what is between us and it may answer 404 for anything else.
_GONE = re.compile(r"no such container", re.IGNORECASE)


def docker_host_of(option: str | None) -> str:
    """Address of the Docker API that the modules would take.

    :raises DockerError: there is no way to it.
    """
    return DockerAddress.of(option).url


class DockerSocket:
    """The engine at one address.

    :param docker_host: ``unix://PATH`` or ``tcp://HOST:PORT``; None or empty for the one that the Docker client would take.
    :param at_most: bytes of an answer.
    :raises DockerError: there is no way to it.
    """

    release = ""  #: of the engine, once it has answered

    def __init__(self, docker_host: str | None, at_most: int = ANSWER_AT_MOST) -> None:
        self._address = DockerAddress.of(docker_host)
        self._at_most = at_most
        self._prefix: str | None = None
        self._maps_users: bool | None = None

    def require(self) -> None:
        """Check that it answers, and is a Docker Engine.

        :raises DockerError: it does not, or its socket may not be opened.
        """
        if self._prefix is not None:
            return
        try:
            status, content = self._exchange("GET", "/version", None, API_TIMEOUT)
        except (OSError, http.client.HTTPException) as error:
            raise DockerError(_unreachable(self._address.url, error), docker_host=self._address.url) from None
        if status != 200:
            raise _refused("tell its version", status, content)
        version = _parsed("tell its version", content)
        try:
            components = [component["Name"] for component in version.get("Components") or []]
            self._prefix = f"/v{version['ApiVersion']}"
            self.release = str(version.get("Version"))
        except (KeyError, TypeError, AttributeError):
            raise DockerError("Docker cannot tell its version: its answer is not understood") from None
        if PODMAN in components:
            self._prefix = None
            raise DockerError(
                f"Podman answers at {self._address.url}, and this collection changes deployments of the Docker Engine only: "
                "set litellm_cache_docker_host to the socket of Docker"
            )

    def containers(self, labels: list[str], wanted: Wanted = everything) -> list[dict[str, Any]]:
        """See Engine.containers."""
        query = urlencode({"all": "true", "filters": json.dumps({"label": labels})})
        action = "list containers"
        found = _parsed(action, self._call("GET", f"/containers/json?{query}", action))
        try:
            ids = [str(container["Id"]) for container in found if wanted(container)]
        except (KeyError, TypeError, AttributeError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None
        records = []
        for container_id in ids:
            with contextlib.suppress(ContainerGoneError):  # removed since it was listed
                records.append(self.inspect(container_id))
        return records

    def inspect(self, container_id: str) -> dict[str, Any]:
        """See Engine.inspect."""
        action = f"inspect container {container_id[:12]}"
        return record_of(action, _parsed(action, self._call("GET", f"/containers/{container_id}/json", action)))

    def processes(self, container_id: str) -> list[dict[str, str]]:
        """See Engine.processes."""
        query = urlencode({"ps_args": "-eo pid,uid,gid,args"})
        action = f"list processes of container {container_id[:12]}"
        try:
            table = _parsed(action, self._call("GET", f"/containers/{container_id}/top?{query}", action))
            return [dict(zip(("pid", "uid", "gid", "args"), row)) for row in table.get("Processes") or []]
        except (TypeError, AttributeError):
            return []
        except DockerError as error:
            if "status" not in error.context:
                raise
            return []

    def maps_users(self) -> bool:
        """See Engine.maps_users."""
        if self._maps_users is None:
            action = "tell its settings"
            try:
                info = _parsed(action, self._call("GET", "/info", action))
            except DockerError as error:
                if "status" not in error.context:
                    raise
                info = None  # a proxy before the engine lets pass only some calls
            options = (info.get("SecurityOptions") if isinstance(info, dict) else None) or []
            self._maps_users = any(option in str(told) for told in options for option in _USERS_OF_THEIR_OWN)
        return self._maps_users

    def run(self, container_id: str, argv: list[str], user: str, stdin: bytes, timeout: float) -> tuple[int, bytes]:
        """See Engine.run."""
        action = f"run a program in container {container_id[:12]}"
        order = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Cmd": argv, "User": user}
        created = _parsed(action, self._call("POST", f"/containers/{container_id}/exec", action, order))
        try:
            execution = str(created["Id"])
            output = self._attach(execution, stdin, timeout)
            return self._exit_code(execution, action), output
        except (KeyError, TypeError, ValueError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None
        except TooLongError:
            raise ProgramError(
                f"a program in container {container_id[:12]} printed more than {self._at_most} bytes"
            ) from None
        except socket.timeout:
            raise ProgramError(
                f"a program in container {container_id[:12]} did not end within {timeout:.0f} s"
            ) from None
        except OSError as error:
            raise DockerError(f"Docker cannot {action}: {error.strerror}") from None

    def _exit_code(self, execution: str, action: str) -> int:
        """How a program ended whose streams did; Docker may notice that a moment later.

        :returns: -1 where it does not tell.
        """
        until = time.monotonic() + EXIT_NOTICED_SECONDS
        while True:
            code = _parsed(action, self._call("GET", f"/exec/{execution}/json", action))["ExitCode"]
            if code is not None or time.monotonic() > until:
                return -1 if code is None else int(code)
            time.sleep(POLL_SECONDS)

    def _attach(self, execution: str, stdin: bytes, timeout: float) -> bytes:
        """Start an execution on a connection that then carries its streams."""
        body = json.dumps({"Detach": False, "Tty": False}).encode()
        head = (
            f"POST {self._prefix}/exec/{execution}/start HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
        ).encode()
        with Connection(self._address, timeout, self._at_most) as stream:
            stream.sendall(head + body)
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):  # byte by byte: what follows belongs to the program
                received = stream.read(1)
                if not received:
                    break
                answer += received
            if b" 101 " not in answer.split(b"\r\n")[0] and b" 200 " not in answer.split(b"\r\n")[0]:
                raise DockerError("Docker did not start a program in a container")
            return converse(stream, stdin)

    def restart(self, container_id: str, stop_timeout: int) -> None:
        """See Engine.restart."""
        path = f"/containers/{container_id}/restart?t={int(stop_timeout)}"
        self._call("POST", path, f"restart container {container_id[:12]}", timeout=stop_timeout + API_TIMEOUT)

    def stop(self, container_id: str, stop_timeout: int) -> None:
        """See Engine.stop."""
        path = f"/containers/{container_id}/stop?t={int(stop_timeout)}"
        self._call("POST", path, f"stop container {container_id[:12]}", timeout=stop_timeout + API_TIMEOUT)

    def start(self, container_id: str) -> None:
        """See Engine.start."""
        self._call("POST", f"/containers/{container_id}/start", f"start container {container_id[:12]}")

    def remove(self, container_id: str, force: bool = False) -> None:
        """See Engine.remove."""
        path = f"/containers/{container_id}?v=true{'&force=true' if force else ''}"
        with contextlib.suppress(ContainerGoneError):
            self._call("DELETE", path, f"remove container {container_id[:12]}")

    def create(self, name: str, specification: dict[str, Any]) -> str:
        """See Engine.create."""
        action = f"make a container {name}"
        path = f"/containers/create?{urlencode({'name': name})}"
        try:
            return str(_parsed(action, self._call("POST", path, action, specification))["Id"])
        except (KeyError, TypeError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None

    def connect(self, network: str, container_id: str, endpoint: dict[str, Any]) -> None:
        """See Engine.connect."""
        order = {"Container": container_id, "EndpointConfig": endpoint}
        action = f"connect container {container_id[:12]} with the network {network}"
        self._call("POST", f"/networks/{quote(network, safe='')}/connect", action, order)

    def image_id(self, reference: str) -> str | None:
        """See Engine.image_id."""
        action = f"look at the image {reference}"
        try:
            return str(_parsed(action, self._call("GET", f"/images/{quote(reference, safe='/:@')}/json", action))["Id"])
        except (KeyError, TypeError):
            raise DockerError(f"Docker cannot {action}: its answer is not understood") from None
        except DockerError as error:
            if error.context.get("status") == 404:
                return None
            raise

    def tag(self, image_id: str, repository: str, tag: str) -> None:
        """See Engine.tag."""
        path = f"/images/{quote(image_id, safe=':')}/tag?{urlencode({'repo': repository, 'tag': tag})}"
        self._call("POST", path, f"name an image {repository}:{tag}")

    def log(self, container_id: str, since: float, lines: int, until: float | None = None, timed: bool = False) -> str:
        """See Engine.log. Lines may be of any length: fewer of them are read where they are too much together."""
        action = f"read the log of container {container_id[:12]}"
        end = {"timestamps": "true"} if timed else {}
        end.update({} if until is None else {"until": str(int(until) + 1)})
        while True:
            asked = {"stdout": "true", "stderr": "true", "since": int(since), "tail": lines, **end}
            try:
                content = self._call("GET", f"/containers/{container_id}/logs?{urlencode(asked)}", action)
                return _unframed(content).decode("utf-8", "replace")
            except TooLongError:
                if lines <= 1:
                    return ""
                lines //= 4

    def _call(
        self,
        method: str,
        path: str,
        action: str,
        order: dict[str, Any] | None = None,
        timeout: float = API_TIMEOUT,
    ) -> bytes:
        """One request.

        :raises DockerError: the engine does not answer, or refuses.
        """
        self.require()
        try:
            status, content = self._exchange(method, f"{self._prefix}{path}", order, timeout)
        except TooLongError:
            raise TooLongError(f"Docker cannot {action}: its answer has more than {self._at_most} bytes") from None
        except socket.timeout:
            raise DockerError(f"Docker cannot {action}: no whole answer within {timeout:.0f} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise DockerError(f"Docker cannot {action}: {type(error).__name__} at {self._address.url}") from None
        if status >= 400:
            raise _refused(action, status, content)
        return content

    def _exchange(self, method: str, path: str, order: dict[str, Any] | None, timeout: float) -> tuple[int, bytes]:
        """Status and content of one answer."""
        body = json.dumps(order).encode() if order is not None else None
        headers = {"Content-Type": "application/json"} if order is not None else {}
        with Connection(self._address, timeout, self._at_most) as stream:
            connection = http.client.HTTPConnection("localhost")
            connection.sock = stream
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()


def _parsed(action: str, content: bytes) -> Any:
    """What an answer says.

    :raises DockerError: it is no JSON.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise DockerError(f"Docker cannot {action}: its answer is not understood") from None


def _refused(action: str, status: int, content: bytes) -> DockerError:
    """The error that an answer stands for. Only a container that is gone is one that may fall out of a list."""
    if status == 404 and _GONE.match(_explanation(content)):
        return ContainerGoneError(f"Docker cannot {action}: no such container any more", status=status)
    return DockerError(f"Docker cannot {action}: {_explanation(content)}", status=status)


def _unframed(content: bytes) -> bytes:
    """The lines of a log, whose streams come in frames unless the container has a terminal."""
    lines, position = [], 0
    while content[position + 1 : position + 4] == b"\0\0\0" and len(content) - position >= FRAME_HEADER.size:
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


def _unreachable(where: str, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return (
            f"Docker at {where} may not be opened by this user: add the user to the group docker, "
            "or run the play with become, or set litellm_cache_docker_host"
        )
    if type(error).__module__ == "ssl":
        return (
            f"Docker at {where} and this host do not trust each other ({error}): check ca.pem, cert.pem and key.pem in "
            "DOCKER_CERT_PATH, or in the Docker context"
        )
    return f"Docker at {where} does not answer: is the engine running, and is litellm_cache_docker_host right?"
