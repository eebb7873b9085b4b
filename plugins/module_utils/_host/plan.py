# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the libraries come to a host: by packages, into a virtual environment, or not at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .._errors import LitellmCacheError
from .distribution import DNF, VENV, Distribution
from .libraries import Library, lacking

_SYSTEM_PYTHON = "/usr/bin/python3"
_ASK_FOR_VENV = (
    "set litellm_cache_prepare_venv to a folder for a virtual environment, for example /opt/erni_ki_litellm/venv, and pip "
    "fills it"
)


class HostError(LitellmCacheError):
    """The libraries cannot be brought to the host in this way."""


@dataclass(frozen=True)
class Python:
    """A Python of the host.

    :param path: of its interpreter.
    :param version: as it tells it.
    :param of_the_distribution: whether packages of the distribution serve it.
    :param makes_environments: whether it can make virtual environments with pip in them.
    :param libraries: versions by name of the module that is imported, None for what is missing.
    """

    path: str
    version: str
    of_the_distribution: bool
    makes_environments: bool
    libraries: Mapping[str, str | None]


@dataclass(frozen=True)
class Environment:
    """A virtual environment, or the place for one.

    :param folder: its path.
    :param occupied: something else is there.
    :param python: its Python, None where there is none that runs.
    """

    folder: str
    occupied: bool = False
    python: Python | None = None

    @property
    def interpreter(self) -> str:
        """Path of its Python."""
        return f"{self.folder.rstrip('/')}/bin/python"


@dataclass(frozen=True)
class Plan:
    """What is to be done; nothing where all is empty.

    :param packages: of the distribution.
    :param make: whether a virtual environment is to be made, or mended.
    :param requirements: for pip, into the virtual environment.
    :param wanted: the libraries that the packages, or pip, bring.
    """

    packages: list[str] = field(default_factory=list)
    make: bool = False
    requirements: list[str] = field(default_factory=list)
    wanted: list[Library] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.packages or self.make or self.requirements)


def plan(running: Python, distribution: Distribution, environment: Environment | None) -> Plan:
    """What brings the libraries to the Python that the modules are to use.

    :param running: the one that runs this.
    :param environment: that is wished for, None for packages of the distribution.
    :raises HostError: there is no way.
    """
    return _into(environment, running, distribution) if environment else _by_packages(running, distribution)


def _by_packages(running: Python, distribution: Distribution) -> Plan:
    wanted = lacking(running.libraries)
    if not wanted:
        return Plan()
    missing = " and ".join(library.project for library in wanted)
    if not running.of_the_distribution:
        raise HostError(
            f"{running.path} lacks {missing}, and is no Python of the distribution, so no package serves it: set "
            f"ansible_python_interpreter to {_SYSTEM_PYTHON}, or {_ASK_FOR_VENV}"
        )
    if distribution.program is None:
        raise HostError(f"{missing} is missing, and the packages of {distribution.name} are not known: {_ASK_FOR_VENV}")
    return Plan(packages=distribution.packages([library.name for library in wanted]), wanted=wanted)


def _into(environment: Environment, running: Python, distribution: Distribution) -> Plan:
    if environment.occupied:
        raise HostError(
            f"{environment.folder} holds something else than a virtual environment: set litellm_cache_prepare_venv to "
            "another folder"
        )
    wanted = lacking(environment.python.libraries if environment.python else {})
    make = environment.python is None
    packages = []
    if make and not running.makes_environments:
        if not running.of_the_distribution or distribution.program is None:
            raise HostError(
                f"{running.path} makes no virtual environment, because its module ensurepip is missing: set "
                f"ansible_python_interpreter to {_SYSTEM_PYTHON} for this run"
            )
        packages = distribution.packages([VENV])
    return Plan(packages, make, [library.requirement for library in wanted], wanted)


def not_offered(packages: list[str], offered: Mapping[str, str], distribution: Distribution) -> str | None:
    """Why the package manager brings nothing, although its lists are up to date; None where it brings all.

    :param offered: versions by name of the package.
    """
    missing = [package for package in packages if package not in offered]
    if not missing:
        return None
    epel = ", or enable EPEL" if distribution.program == DNF else ""
    return (
        f"{distribution.name} has no {' and no '.join(missing)} that is newer than what is there: {_ASK_FOR_VENV}{epel}"
    )


def too_old(wanted: list[Library], offered: Mapping[str, str], distribution: Distribution) -> str | None:
    """Why the packages of the distribution do not do, None where they do.

    :param offered: versions by name of the package, as far as they are known.
    """
    told = []
    for library in wanted:
        (package,) = distribution.packages([library.name])
        if package in offered and not library.served_by(offered[package]):
            told.append(
                f"{package} is {offered[package]} there, and {library.lowest_in_words} is the oldest that serves"
            )
    return f"{distribution.name} is too old for its packages: {'; '.join(told)}: {_ASK_FOR_VENV}" if told else None
