# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a preparation tells of a host: one row for each thing that was looked at. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._change.surroundings import CONTAINER, CONTROLLER, REBOOT, Surroundings
from .libraries import LIBRARIES
from .plan import Plan, Python

OK, NOTE, MISSING = "ok", "note", "MISSING"
INSTALLED, WOULD = "installed", "would be installed"
_NO_COMPOSE = "upgrade_litellm alone needs it: install docker-compose-plugin, or Debian's docker-compose of 2 or newer"
_NO_REBOOT = "systemd is not process 1 here, or this user is not root"
_NO_GUARD = "a switch is refused here: let Ansible connect to the host over SSH"
_IN_CONTAINER = "let Ansible connect to the host of the container"


@dataclass(frozen=True)
class Docker:
    """The engine, and the command of Compose.

    :param release: version of the engine, None where it does not answer.
    :param problem: why it does not answer.
    :param compose: version of ``docker compose``, None where there is no such command.
    """

    release: str | None
    problem: str | None
    compose: str | None


@dataclass(frozen=True)
class Row:
    """One thing that was looked at.

    :param state: OK, NOTE, MISSING, INSTALLED or WOULD.
    :param mend: what to do; empty for nothing.
    """

    state: str
    what: str
    seen: str
    mend: str = ""

    def told(self) -> dict[str, str]:
        """As a result has it."""
        return {"state": self.state, "what": self.what, "seen": self.seen, "mend": self.mend}

    @property
    def problem(self) -> str:
        """The sentence that ends a run, empty for none."""
        return f"{self.what}: {self.mend or self.seen}" if self.state == MISSING else ""


def of_libraries(python: Python | None, plan: Plan, offered: Mapping[str, str], check: bool) -> list[Row]:
    """A row for each library.

    :param python: the one that the modules are to use, as it is after the run; None where there is none yet.
    :param plan: what was done, or would be.
    :param offered: versions that would be installed, by name of the library, as far as they are known.
    """
    rows = []
    for library in LIBRARIES:
        version = python.libraries.get(library.name) if python else None
        if library not in plan.wanted:
            rows.append(Row(OK, library.project, str(version)))
        elif check:
            rows.append(Row(WOULD, library.project, offered.get(library.name, f"{library.lowest_in_words} or newer")))
        elif library.served_by(version):
            rows.append(Row(INSTALLED, library.project, str(version)))
        else:
            rows.append(Row(MISSING, library.project, str(version or "none"), f"it is still missing for {library.use}"))
    return rows


def of_docker(docker: Docker) -> list[Row]:
    """A row for the engine, and one for Compose."""
    if docker.release is None:
        engine = Row(MISSING, "Docker Engine", "does not answer", docker.problem or "")
    else:
        engine = Row(OK, "Docker Engine", docker.release)
    if docker.compose is None:
        return [engine, Row(NOTE, "Docker Compose", "no docker compose command", _NO_COMPOSE)]
    if docker.compose.lstrip("v").startswith("1."):
        return [engine, Row(NOTE, "Docker Compose", docker.compose, _NO_COMPOSE)]
    return [engine, Row(OK, "Docker Compose", docker.compose)]


def of_guard(surroundings: Surroundings) -> Row:
    """What a guard outlives here."""
    outlived = surroundings.outlived(surroundings.systemd)
    if CONTROLLER not in outlived:
        return Row(NOTE, "guard", "would end with the run", _NO_GUARD)
    if CONTAINER not in outlived:
        return Row(NOTE, "guard", "would end with this container", _IN_CONTAINER)
    if REBOOT not in outlived:
        return Row(NOTE, "guard", "would end with a reboot", _NO_REBOOT)
    return Row(OK, "guard", "outlives a reboot")


def of_rights(folders: Mapping[str, bool]) -> list[Row]:
    """A row for each folder that must be writable and is not, one for all where they are.

    :param folders: whether it may be written, by path.
    """
    refused = [path for path, allowed in folders.items() if not allowed]
    if not refused:
        return [Row(OK, "rights", "may write where it must")]
    return [Row(MISSING, "rights", path, f"{path} may not be written: set ansible_become") for path in refused]
