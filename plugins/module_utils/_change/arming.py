# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arms the guard, a program that takes a change back when its run falls silent: where it can do that, its parts, its start."""

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
from .._deployment.programs import source_of
from .._errors import LitellmCacheError
from . import guard_program
from .guard import SESSION, SYSTEMD, Guard
from .host_programs import start
from .state import ChangeState
from .surroundings import CONTROLLER, LOGOUT, Surroundings
from .systemd_unit import SystemdUnit

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


def arm(state: ChangeState, kind: str) -> None:
    """Start the program; it watches the pending change that is recorded already.

    :param state: of the deployment.
    :param kind: ``systemd`` or ``session``.
    :raises GuardError: it did not start.
    """
    guard, directory = Guard(state), state.directory
    unit = SystemdUnit.of(str(directory))
    if guard.alive and (kind != SYSTEMD or unit.path.exists()):
        return
    program = directory / "guard.pyz"
    log = directory / "guard.log"
    try:
        _write_private(program, program_bytes())
        _write_private(log, b"")
        command = [sys.executable, "-I", str(program), str(directory)]
        if kind == SYSTEMD:
            unit.install(command, str(log), _folders(state))
        else:
            start(command, str(log))
    except OSError as error:
        unit.remove(stop=True)
        raise GuardError(f"the guard cannot be started: {error}; nothing was changed{WITHOUT}") from None
    until = time.monotonic() + START_SECONDS
    while not guard.alive:
        if time.monotonic() > until:
            unit.remove(stop=True)
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise GuardError(
                f"the guard did not come up within {START_SECONDS:.0f} s{': ' + said[0] if said else ''}; nothing "
                f"was changed{WITHOUT}"
            )
        time.sleep(POLL_SECONDS)


def _folders(state: ChangeState) -> list[str]:
    """What the program must find mounted after a boot."""
    change = state.pending()
    return [str(state.directory)] + ([os.path.dirname(change.config_path)] if change is not None else [])


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
            sources[name] = source_of(name)
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
