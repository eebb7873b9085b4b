# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which distribution a host runs, and what its packages are called. Pure."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

APT, DNF = "apt", "dnf"
#: What the part of Python that makes virtual environments is called in the table below.
VENV = "venv"
#: Packages by the program that installs them.
_PACKAGES = {
    APT: {"yaml": "python3-yaml", "redis": "python3-redis", VENV: "python3-venv"},
    DNF: {"yaml": "python3-pyyaml", "redis": "python3-redis", VENV: "python3-libs"},
}
#: The program by the name of a distribution, or of one that it descends from.
_PROGRAMS = {"debian": APT, "ubuntu": APT, "rhel": DNF, "fedora": DNF, "centos": DNF}
_ASSIGNMENT = re.compile(r"^([A-Z_]+)=(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Distribution:
    """A distribution of Linux.

    :param name: as it calls itself.
    :param program: APT or DNF, None where its packages are not known.
    """

    name: str
    program: str | None

    @classmethod
    def told_by(cls, os_release: str) -> Distribution:
        """The distribution that a file ``os-release`` tells of.

        :param os_release: the text, empty where there is no such file.
        """
        told = {key: _unquoted(value) for key, value in _ASSIGNMENT.findall(os_release)}
        names = [told.get("ID", ""), *told.get("ID_LIKE", "").split()]
        program = next((_PROGRAMS[name] for name in names if name in _PROGRAMS), None)
        return cls(told.get("PRETTY_NAME") or told.get("NAME") or "an unknown system", program)

    def packages(self, names: list[str]) -> list[str]:
        """The packages with the libraries of these names; none where they are not known."""
        return [_PACKAGES[self.program][name] for name in names] if self.program else []

    def command(self, names: list[str]) -> str:
        """What an operator would type for them, empty where that is not known."""
        return f"{self.program} install {' '.join(self.packages(names))}" if self.program and names else ""


def _unquoted(value: str) -> str:
    """A value as a shell would read it, which is what the format asks for."""
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value
