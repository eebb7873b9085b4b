# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard: a program that takes a change back when its run falls silent. The host's side: arms it, asks for it."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import os
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

from .._deployment.docker_address import UNIX_SCHEME
from .._errors import LitellmCacheError
from . import guard_program
from .host_programs import start
from .state import ChangeState
from .state_place import is_watched
from .surroundings import CONTROLLER, LOGOUT, REBOOT, Surroundings
from .systemd_unit import SystemdUnit

#: How a guard is kept alive.
SYSTEMD, SESSION, NO_GUARD = "systemd", "session", "none"
#: What all names of the collection's own files begin with.
COLLECTION = guard_program.__name__.partition(".plugins.")[0] + "."
START_SECONDS = 15.0
POLL_SECONDS = 0.02
WITHOUT = ". To change without a guard, set litellm_cache_guard to none"


class GuardError(LitellmCacheError):
    """A guard cannot be armed here."""


def require_unix_socket(docker_host: str) -> None:
    """Check that a guard would reach Docker when it is alone.

    :param docker_host: address of the Docker API.
    :raises GuardError: it would not.
    """
    if not docker_host.startswith(UNIX_SCHEME):
        raise GuardError(f"a guard speaks to Docker over a Unix socket of the managed host, not {docker_host}{WITHOUT}")


def kind_of_guard(docker_host: str, here: Surroundings) -> str:
    """How a guard would be kept alive on this host.

    :param docker_host: address of the Docker API.
    :returns: ``systemd`` or ``session``.
    :raises GuardError: it could not do its work here.
    """
    require_unix_socket(docker_host)
    if here.systemd:
        return SYSTEMD
    outlived = here.outlived(service=False)
    if CONTROLLER not in outlived:
        raise GuardError(
            "Ansible and its modules run inside one container (an execution environment, a job of a CI), and a guard would "
            "end with it: connect to the managed host, for example with ansible_connection: ssh" + WITHOUT
        )
    if LOGOUT not in outlived:
        raise GuardError(
            "logind ends all processes of this user at the logout (KillUserProcesses=yes in logind.conf), and a guard with "
            f"them: run the play with become{WITHOUT}"
        )
    return SESSION


class Guard:
    """The guard of one deployment.

    :param state: its state; the guard watches the pending change there.
    """

    def __init__(self, state: ChangeState) -> None:
        self._state = state

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return is_watched(self._directory)

    @property
    def _directory(self) -> Path:
        return self._state.directory  # the state of an earlier version is moved by the first change

    def arm(self, kind: str) -> None:
        """Start the program; it watches the pending change that is recorded already.

        :param kind: ``systemd`` or ``session``.
        :raises GuardError: it did not start.
        """
        unit = SystemdUnit.of(str(self._directory))
        if self.alive and (kind != SYSTEMD or unit.path.exists()):
            return
        program = self._directory / "guard.pyz"
        log = self._directory / "guard.log"
        try:
            _write_private(program, program_bytes())
            _write_private(log, b"")
            command = [sys.executable, "-I", str(program), str(self._directory)]
            if kind == SYSTEMD:
                unit.install(command, str(log), self._folders())
            else:
                start(command, str(log))
        except OSError as error:
            unit.remove(stop=True)
            raise GuardError(f"the guard cannot be started: {error}; nothing was changed{WITHOUT}") from None
        until = time.monotonic() + START_SECONDS
        while not self.alive:
            if time.monotonic() > until:
                unit.remove(stop=True)
                said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                raise GuardError(
                    f"the guard did not come up within {START_SECONDS:.0f} s{': ' + said[0] if said else ''}; nothing "
                    f"was changed{WITHOUT}"
                )
            time.sleep(POLL_SECONDS)

    def _folders(self) -> list[str]:
        """What the program must find mounted after a boot."""
        change = self._state.pending()
        return [str(self._directory)] + ([os.path.dirname(change.config_path)] if change is not None else [])

    def status(self) -> dict[str, Any]:
        """Whether it watches, what, and for how long still."""
        reverting = self._state.reverting()
        change = reverting or self._state.pending()
        lease = self._state.lease()
        alive = self.alive
        survives_reboot = alive and SystemdUnit.of(str(self._directory)).path.exists()
        outlives = change.outlives if change is not None and alive else []
        return {
            "alive": alive,
            "kind": change.guard if change is not None else NO_GUARD,
            "survives_reboot": survives_reboot,
            "reverts": alive and reverting is not None,
            "outlives": [one for one in outlives if one != REBOOT or survives_reboot],
            "remaining_seconds": round(max(0.0, lease.remaining()))
            if change is not None and lease is not None and reverting is None
            else None,
        }


def program_bytes() -> bytes:
    """The program as one file that Python runs: a zip archive of sources, of the standard library alone."""
    written: set[str] = set()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, source in program_sources().items():
            path = name.replace(".", "/")
            for parent in reversed(Path(path).parents):
                package = f"{parent}/__init__.py"
                if str(parent) != "." and package not in written:
                    written.add(package)
                    archive.writestr(package, "")
            archive.writestr(f"{path}.py", source)
        archive.writestr("__main__.py", f"from {guard_program.__name__} import main\n\nmain()\n")
    return content.getvalue()


def program_sources() -> dict[str, str]:
    """The guard's program and every file of the collection that it imports, by itself or by way of another.

    :returns: full name to source, in the order of the names.
    """
    sources: dict[str, str] = {}
    names = [guard_program.__name__]
    while names:
        name = names.pop()
        if name not in sources:
            # Not from the file: a module's own copy of the collection is Ansible's zip.
            spec: Any = importlib.util.find_spec(name)
            sources[name] = spec.loader.get_source(name)
            names += _imported_by(name, sources[name])
    return dict(sorted(sources.items()))


def _imported_by(name: str, source: str) -> list[str]:
    """Full names of the collection's files that a file imports anywhere, inside functions too."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            origin = importlib.util.resolve_name("." * node.level + (node.module or ""), name.rpartition(".")[0])
            if origin.startswith(COLLECTION):
                spec: Any = importlib.util.find_spec(origin)
                is_room = spec.submodule_search_locations is not None
                found += [f"{origin}.{alias.name}" for alias in node.names] if is_room else [origin]
    return found


def _write_private(path: Path, content: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
