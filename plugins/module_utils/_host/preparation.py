# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepares a host: looks, brings what is missing, and looks again."""

from __future__ import annotations

import os
from typing import Any

from . import look, virtual_environment
from .packages import packages_of
from .plan import Environment, HostError, Plan, Python, not_offered, plan, too_old
from .rows import Row, of_docker, of_guard, of_libraries, of_rights

#: Below it the state directories lie, unless another one is named.
_STATE = "/var/lib/erni_ki_litellm"
_CONFIG = "conf/litellm"


class Preparation:
    """One host that gets what the modules need.

    :param params: options of the module.
    :param check: nothing is to be installed.
    """

    def __init__(self, params: dict[str, Any], check: bool) -> None:
        self._params, self._check = params, check
        self._distribution = look.distribution()
        self._running = look.running_python()
        self._offered: dict[str, str] = {}

    def run(self) -> dict[str, Any]:
        """Do it.

        :raises HostError: there is no way, or the way fails.
        :returns: the result of the module.
        """
        environment = look.environment(self._params["venv"]) if self._params["venv"] else None
        wanted = plan(self._running, self._distribution, environment)
        if wanted.packages:
            self._install(wanted)
        if environment and not self._check:
            self._fill(environment, wanted)
        used = self._used(environment)
        rows = [Row("ok", "Python", f"{self._running.version}, {self._running.path}")]
        rows += of_libraries(used, wanted, self._offered, self._check)
        rows += of_docker(look.docker(self._params["docker_host"]))
        rows += [of_guard(look.surroundings()), *of_rights(self._folders())]
        return self._result(rows, wanted, environment)

    def _install(self, wanted: Plan) -> None:
        """Bring packages, or ask which would come."""
        packages = packages_of(self._distribution)
        if not self._check:
            if os.geteuid() != 0:
                command = self._distribution.program
                raise HostError(
                    f"{command} installs {' and '.join(wanted.packages)} for root alone: set ansible_become"
                )
            packages.refresh()
        offered = packages.offered(wanted.packages)
        # A check has no lists that are up to date, so what is missing in them says nothing.
        reason = None if self._check else not_offered(wanted.packages, offered, self._distribution)
        if not self._params["venv"]:
            reason = too_old(wanted.wanted, offered, self._distribution) or reason
        if reason:
            raise HostError(reason)
        if not self._params["venv"]:
            names = {library.name: self._distribution.packages([library.name])[0] for library in wanted.wanted}
            self._offered = {name: offered[package] for name, package in names.items() if package in offered}
        if not self._check:
            packages.install(wanted.packages)

    def _fill(self, environment: Environment, wanted: Plan) -> None:
        """Make the virtual environment and fill it, as far as that is wanted."""
        if wanted.make:
            virtual_environment.make(environment, self._running.path)
        if wanted.requirements:
            virtual_environment.fill(environment, wanted.requirements)

    def _used(self, environment: Environment | None) -> Python | None:
        """The Python that the modules are to use, as it is now."""
        return look.environment(environment.folder).python if environment else look.running_python()

    def _folders(self) -> dict[str, bool]:
        """Whether the folders may be written that a change writes: that of the config file, and that of the state."""
        config = self._params["config_path"]
        folder = os.path.dirname(config) if config else os.path.join(self._params["project_dir"], _CONFIG)
        folders = [folder] if os.path.isdir(folder) else []  # the deployment may be yet to come
        return {path: look.may_write(path) for path in [*folders, self._params["state_dir"] or _STATE]}

    def _result(self, rows: list[Row], wanted: Plan, environment: Environment | None) -> dict[str, Any]:
        interpreter = environment.interpreter if environment else None
        return {
            "changed": bool(wanted),
            "distribution": self._distribution.name,
            "packages": wanted.packages,
            "requirements": wanted.requirements,
            "interpreter": interpreter if interpreter != self._running.path else None,
            "rows": [row.told() for row in rows],
            "problems": [row.problem for row in rows if row.problem],
        }
