# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One deployment as Docker and the options tell it: its engine, its instances, the paths that belong to it.

Who asks the instances themselves takes deployment.py, which brings the programs that run inside them.
"""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass
from typing import Any, TypeVar

from .._settings.keys import MODE_LOCAL
from .._settings.own_words import require_no_own_word, words_of
from .docker_socket import DockerSocket
from .engine import Engine
from .instances import (
    PROJECT_LABEL,
    DeploymentError,
    Instance,
    belongs,
    select_instances,
)

DEFAULT_CONFIG_PATH = "conf/litellm/config.yaml"
DEFAULT_STATE_DIRECTORY = "/var/lib/erni_ki_litellm"
Opened = TypeVar("Opened", bound="Project")


def config_path_of(params: dict[str, Any]) -> str:
    """Real path of the config file that the options name.

    :param params: options of a module with the deployment bundle.
    :raises DeploymentError: the project directory does not exist.
    """
    project_dir = params["project_dir"]
    if not os.path.isdir(project_dir):
        raise DeploymentError(
            f"there is no directory {project_dir}: set litellm_cache_project_dir to the directory of the Compose "
            "project on the managed host"
        )
    return os.path.realpath(params.get("config_path") or os.path.join(project_dir, DEFAULT_CONFIG_PATH))


@dataclass(frozen=True)
class Project:
    """A Compose project with a LiteLLM service on this host."""

    engine: Engine
    instances: tuple[Instance, ...]
    config_path: str
    state_dir: str

    @classmethod
    def open(cls: type[Opened], params: dict[str, Any], engine: Engine | None = None) -> Opened:
        """Find the deployment that the options name.

        :param params: options of a module with the deployment bundle.
        :param engine: client of the engine, None for the one that the options name.
        :raises LitellmCacheError: Docker, the project, the service or the directory is not there; a literal password is a
            part of one of their names.
        """
        config_path = config_path_of(params)
        engine = engine or engine_of(params)
        name = params.get("project_name") or None
        labels = [f"{PROJECT_LABEL}={name}" if name else PROJECT_LABEL]
        project_dir = os.path.realpath(params["project_dir"])
        records = engine.containers(labels, lambda listed: belongs(listed["Labels"], project_dir, name))
        found = select_instances(records, project_dir, name, params["service"])
        opened = cls(engine, tuple(found), config_path, _state_dir(params, found[0].project, config_path))
        if params.get("mode") != MODE_LOCAL:  # which writes and uses none
            for option in ("redis_password", "redis_sentinel_password"):
                require_no_own_word(option, params.get(option), {**opened.own_words, **words_of(params)})
        return opened

    @property
    def own_words(self) -> dict[str, list[str]]:
        """Words of the deployment that results have, by what they are."""
        return {
            "the name of the project": [self.instances[0].project],
            "the name of a container": [instance.name for instance in self.instances],
            "the name of an image": [instance.image for instance in self.instances],
            "a path": [self.config_path, self.state_dir],
        }

    def running(self) -> tuple[Instance, ...]:
        """The instances that can be asked."""
        return tuple(instance for instance in self.instances if instance.running)

    def refreshed(self, instance: Instance) -> Instance:
        """The instance as it is now."""
        return Instance.from_inspection(self.engine.inspect(instance.id))


def engine_of(params: dict[str, Any]) -> Engine:
    """The engine that the options name, as the modules reach it.

    :raises DockerError: it does not answer, or its socket may not be opened.
    """
    engine = DockerSocket(params.get("docker_host"))
    engine.require()
    return engine


def state_dir_of(params: dict[str, Any]) -> str:
    """The state directory of the deployment that the options name.

    Docker is asked only where they leave open which project it is.

    :param params: options of a module with the deployment bundle.
    :raises LitellmCacheError: Docker, the project, the service or the directory is not there.
    """
    if params["state_dir"] or params["project_name"]:
        return _state_dir(params, params["project_name"], config_path_of(params))
    return Project.open(params).state_dir


def place_without_docker(params: dict[str, Any]) -> tuple[str | None, str | None]:
    """The state directory, and the name of the project, as far as both can be told without Docker.

    Where no option says it, the directory is known by the service and the file in its name.

    :param params: options of a module with the deployment bundle.
    :returns: None for what is not known, also where there are several such directories.
    :raises DeploymentError: the project directory does not exist.
    """
    config_path, project = config_path_of(params), params["project_name"] or None
    if params["state_dir"] or project:
        return _state_dir(params, project or "", config_path), project
    ending = _ending(params, config_path)
    found = glob.glob(os.path.join(DEFAULT_STATE_DIRECTORY, "*" + glob.escape(ending)))
    return (found[0], os.path.basename(found[0])[: -len(ending)]) if len(found) == 1 else (None, None)


def _state_dir(params: dict[str, Any], project: str, config_path: str) -> str:
    """The option, else a directory for this project, service and file: two services of one project share nothing."""
    return params.get("state_dir") or os.path.join(DEFAULT_STATE_DIRECTORY, project + _ending(params, config_path))


def _ending(params: dict[str, Any], config_path: str) -> str:
    """How the name of a state directory goes on behind the project, whose name has no dot."""
    return f".{params['service']}.{hashlib.sha256(config_path.encode()).hexdigest()[:12]}"
