# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the Docker Engine for the modules, with the Docker SDK for Python."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from .engine import API_TIMEOUT, DockerError, converse


class DockerEngine:
    """The engine of one managed host.

    :param docker_host: address of the API, or None for the socket that the Docker client would take.
    :raises DockerError: the engine does not answer, or its socket may not be opened.
    """

    def __init__(self, docker_host: str | None = None) -> None:
        import docker  # here, because it takes as long as all other imports together
        from docker import errors

        self._errors = errors
        try:
            if docker_host:
                self._client = docker.DockerClient(base_url=docker_host, version="auto", timeout=API_TIMEOUT)
            else:
                self._client = docker.from_env(version="auto", timeout=API_TIMEOUT)
        except (errors.DockerException, OSError) as error:
            raise DockerError(_unreachable(docker_host, error), docker_host=docker_host or "default") from None

    def containers(self, labels: list[str]) -> list[dict[str, Any]]:
        """See Engine.containers."""
        with self._typed("list containers"):
            found = self._client.api.containers(all=True, filters={"label": labels})
        records = []
        for container in found:
            with contextlib.suppress(self._errors.NotFound):  # removed since it was listed
                records.append(self._client.api.inspect_container(container["Id"]))
        return records

    def inspect(self, container_id: str) -> dict[str, Any]:
        """See Engine.inspect."""
        with self._typed(f"inspect container {container_id[:12]}"):
            return self._client.api.inspect_container(container_id)

    def processes(self, container_id: str) -> list[dict[str, str]]:
        """See Engine.processes."""
        try:
            table = self._client.api.top(container_id, ps_args="-eo pid,uid,gid,args")
        except self._errors.APIError:
            return []
        return [dict(zip(("pid", "uid", "gid", "args"), row)) for row in table.get("Processes") or []]

    def run(self, container_id: str, argv: list[str], user: str, stdin: bytes, timeout: float) -> tuple[int, bytes]:
        """See Engine.run."""
        api = self._client.api
        with self._typed(f"run a program in container {container_id[:12]}"):
            execution = api.exec_create(container_id, argv, stdin=True, stdout=True, stderr=True, user=user)["Id"]
            stream = api.exec_start(execution, socket=True)
            try:
                output = converse(stream, stdin, timeout)
            except socket.timeout:
                raise DockerError(
                    f"a program in container {container_id[:12]} was silent for {timeout:.0f} s", timeout=timeout
                ) from None
            finally:
                stream.close()
            return api.exec_inspect(execution)["ExitCode"], output

    def restart(self, container_id: str, stop_timeout: int) -> None:
        """See Engine.restart. The SDK would send 10 seconds by itself."""
        with self._typed(f"restart container {container_id[:12]}"):
            self._client.api.restart(container_id, timeout=stop_timeout)

    def log(self, container_id: str, since: float, lines: int, until: float | None = None) -> str:
        """See Engine.log."""
        end = {} if until is None else {"until": int(until) + 1}
        with self._typed(f"read the log of container {container_id[:12]}"):
            raw = self._client.api.logs(container_id, stdout=True, stderr=True, since=int(since), tail=lines, **end)
        return raw.decode("utf-8", "replace")

    @contextlib.contextmanager
    def _typed(self, action: str) -> Iterator[None]:
        """Turn what the SDK raises into the one typed error."""
        try:
            yield
        except self._errors.NotFound:
            raise DockerError(f"Docker cannot {action}: no such container any more") from None
        except (self._errors.DockerException, OSError) as error:
            if isinstance(error, socket.timeout):
                raise
            explanation = getattr(error, "explanation", None) or type(error).__name__
            raise DockerError(f"Docker cannot {action}: {explanation}") from None


def _unreachable(docker_host: str | None, error: Exception) -> str:
    where = docker_host or "its default socket"
    if isinstance(error, PermissionError) or "PermissionError" in str(error):
        return (
            f"Docker at {where} may not be opened by this user: add the user to the group docker, "
            "or run the play with become, or set litellm_cache_docker_host"
        )
    return f"Docker at {where} does not answer: is the engine running, and is litellm_cache_docker_host right?"
