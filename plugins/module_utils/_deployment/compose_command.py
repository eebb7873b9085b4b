# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of ``docker compose`` on the managed host, and of ``docker pull``, which alone has the logins of its user.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from typing import Any

from .._errors import LitellmCacheError
from .command import CommandError, run

#: Seconds that a question about the files may take, and making a container.
ANSWER_SECONDS, MAKE_SECONDS = 60, 300
#: What a command gets of the environment: where programs, the user's logins, and ways out to a registry are.
_ENVIRONMENT = ("PATH", "HOME", "DOCKER_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TMPDIR", "XDG_RUNTIME_DIR")


class ComposeCommandError(LitellmCacheError):
    """``docker compose`` is not there, does not end, or fails."""


@dataclass(frozen=True)
class ComposeCommand:
    """``docker compose`` for one project.

    :ivar program: path of the Docker client.
    :ivar docker_host: address of the Docker API.
    :ivar project: name of the project; ``directory`` is where its paths start, ``files`` and ``environment_files`` are what
        Compose is told to read, in that order.
    """

    program: str
    docker_host: str
    project: str
    directory: str
    files: tuple[str, ...]
    environment_files: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> ComposeCommand:
        """The command that :meth:`to_dict` gave.

        :raises TypeError: it is none.
        """
        return cls(**{**stored, **{name: tuple(stored[name]) for name in ("files", "environment_files")}})

    def to_dict(self) -> dict[str, Any]:
        """All of it, for a record."""
        return asdict(self)

    def configuration_hash(self, service: str) -> str:
        """Compose's hash of a service, as it would label a container of it now.

        :raises ComposeCommandError: the files cannot be read by Compose.
        """
        answer = self._compose(["config", "--hash", service], ANSWER_SECONDS, "read the Compose files").split()
        return answer[1] if len(answer) > 1 else ""

    def make_missing(self, service: str, count: int) -> None:
        """Make containers of a service until it has so many, and start none. Those that are there stay.

        Nothing is built or pulled. Not by ``up --no-deps``: that leaves out what the service depends on, so the next ``up`` of
        the operator finds another configuration, and makes the container anew once more (Compose 2.26).

        :raises ComposeCommandError: Compose did not.
        """
        order = ["create", "--no-build", "--no-recreate", "--pull", "never", "--scale", f"{service}={count}", service]
        self._compose(order, MAKE_SECONDS, f"make a container of {service}")

    def _compose(self, words: list[str], seconds: float, action: str) -> str:
        project = ["--project-name", self.project, "--project-directory", self.directory]
        project += [word for file in self.files for word in ("--file", file)]
        project += [word for file in self.environment_files for word in ("--env-file", file)]
        return run_docker(self.program, self.docker_host, ["compose", *project, *words], seconds, action)


def docker_program() -> str:
    """Path of the Docker client on this host.

    :raises ComposeCommandError: there is none.
    """
    found = shutil.which("docker")
    if found is None:
        raise ComposeCommandError(
            "there is no Docker client on the managed host, and Compose is a part of it: install docker-compose-plugin, or "
            "Debian's docker-compose of 2 or newer"
        )
    return found


def run_docker(program: str, docker_host: str, words: list[str], seconds: float, action: str) -> str:
    """What a command of the Docker client prints.

    :param action: what it does, in words.
    :raises ComposeCommandError: it fails, or does not end in time.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        ended = run([program, *words], {**environment, "DOCKER_HOST": docker_host, "LC_ALL": "C.UTF-8"}, seconds)
    except CommandError as error:
        raise ComposeCommandError(f"Docker did not {action}: {program} {error}") from None
    if ended.code:
        raise ComposeCommandError(
            f"Docker did not {action}: {ended.reason or 'it gave no reason'}", exit_code=ended.code
        )
    return ended.output
