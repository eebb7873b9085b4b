# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Docker's records say of a Compose deployment: its instances, their image, their config file.

Pure: takes inspection records, returns facts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .._errors import LitellmCacheError

PROJECT_LABEL = "com.docker.compose.project"
DIRECTORY_LABEL = "com.docker.compose.project.working_dir"
SERVICE_LABEL = "com.docker.compose.service"
ONE_OFF_LABEL = "com.docker.compose.oneoff"
HASH_LABEL = "com.docker.compose.config-hash"
NUMBER_LABEL = "com.docker.compose.container-number"
#: Seconds to stop where neither the options nor the container say: longer than a long completion takes.
DEFAULT_STOP_TIMEOUT = 60


class DeploymentError(LitellmCacheError):
    """The deployment is not what the options say."""


@dataclass(frozen=True)
class Instance:
    """One LiteLLM container of the deployment, in any state.

    ``image`` is the reference that it was made with, ``image_id`` the image itself. ``number`` is Compose's among those of the
    service, ``configuration_hash`` Compose's of what the service was when it made the container.
    """

    id: str
    name: str
    project: str
    status: str
    image: str
    started: float
    restart_count: int
    exit_code: int
    stop_timeout: int
    mounts: tuple[tuple[str, str], ...]
    health: tuple[str, ...]
    networks: tuple[tuple[str, str], ...] = ()
    pid: int = 0
    image_id: str = ""
    number: int = 0
    configuration_hash: str = ""

    @property
    def running(self) -> bool:
        """Whether something can be run inside it now."""
        return self.status == "running"

    @classmethod
    def from_inspection(cls, record: dict[str, Any]) -> Instance:
        """The instance that one inspection record describes."""
        state = record["State"]
        stop_timeout = record["Config"].get("StopTimeout")
        health = (state.get("Health") or {}).get("Log") or []
        return cls(
            id=record["Id"],
            name=record["Name"].lstrip("/"),
            project=record["Config"]["Labels"].get(PROJECT_LABEL, ""),  # a clone is of none
            status=state["Status"],
            image=record["Config"]["Image"],
            started=moment(state["StartedAt"]),
            restart_count=record.get("RestartCount", 0),
            exit_code=state.get("ExitCode", 0),
            stop_timeout=stop_timeout if stop_timeout is not None else DEFAULT_STOP_TIMEOUT,
            mounts=tuple(
                (mount["Source"], mount["Destination"])
                for mount in record.get("Mounts") or []
                if mount.get("Type") == "bind"
            ),
            health=tuple(str(entry.get("Output", "")).strip() for entry in health[-3:]),
            networks=networks_of(record),
            pid=state.get("Pid") or 0,
            image_id=str(record.get("Image") or ""),
            number=_number(record)[0],
            configuration_hash=str(record["Config"]["Labels"].get(HASH_LABEL, "")),
        )

    def container_path(self, host_path: str) -> str | None:
        """Path inside the container under which a file of the host is mounted, or None.

        :param host_path: real path, symbolic links resolved.
        """
        return _across(host_path, [(os.path.realpath(source), destination) for source, destination in self.mounts])

    def host_path(self, container_path: str) -> str | None:
        """Path on the host of a file that the container sees through a bind mount, or None."""
        return _across(container_path, [(destination, source) for source, destination in self.mounts])


def _across(path: str, mounts: Iterable[tuple[str, str]]) -> str | None:
    """A path on the other side of the mounts; the innermost mount counts.

    :param mounts: this side and the other side of each.
    """
    best: tuple[int, str] | None = None
    for here, there in mounts:
        if path == here:
            return there
        if path.startswith(here.rstrip("/") + "/") and (best is None or len(here) > best[0]):
            best = (len(here), there.rstrip("/") + path[len(here.rstrip("/")) :])
    return best[1] if best else None


def networks_of(record: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Networks of a container, each with the address that it has there."""
    networks = (record.get("NetworkSettings") or {}).get("Networks") or {}
    return tuple((name, network["IPAddress"]) for name, network in networks.items() if network.get("IPAddress"))


def address_of(host: str, records: Iterable[dict[str, Any]], networks: Iterable[str]) -> str | None:
    """Address of the running container that the instances know under a name, None where it is no container.

    :param records: inspection records of containers.
    :param networks: names of the instances' networks.
    """
    shared = set(networks)
    for record in records:
        if record["State"]["Status"] != "running":
            continue
        for name, network in ((record.get("NetworkSettings") or {}).get("Networks") or {}).items():
            known = {record["Name"].lstrip("/"), *(network.get("Aliases") or ()), *(network.get("DNSNames") or ())}
            if name in shared and host in known and network.get("IPAddress"):
                return str(network["IPAddress"])
    return None


def moment(text: str) -> float:
    """Seconds since the epoch of a time as Docker writes it, with nanoseconds; 0.0 for its "never"."""
    match = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?", text or "")
    if not match or match.group(1) == "0001":
        return 0.0
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    whole = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    return whole.timestamp() + float(match.group(7) or 0)


def select_instances(
    records: Iterable[dict[str, Any]], project_dir: str, project_name: str | None, service: str
) -> list[Instance]:
    """The instances among the containers of all Compose projects.

    :param records: inspection records of containers with a Compose project label.
    :param project_dir: real path of the project's directory on the managed host.
    :param project_name: Compose project name, or None for that of the containers started from ``project_dir``.
    :param service: name of the LiteLLM service.
    :raises DeploymentError: no such project, several, or no container of that service.
    """
    mine = [record for record in records if belongs(record["Config"]["Labels"], project_dir, project_name)]
    names = sorted({record["Config"]["Labels"][PROJECT_LABEL] for record in mine})
    if not names:
        raise DeploymentError(_nothing_found(project_dir, project_name))
    if len(names) > 1:
        raise DeploymentError(
            f"the Compose projects {', '.join(names)} were all started from {project_dir}: "
            "set litellm_cache_project_name to one of them"
        )
    instances = [record for record in mine if record["Config"]["Labels"].get(SERVICE_LABEL) == service]
    if not instances:
        services = sorted({record["Config"]["Labels"].get(SERVICE_LABEL, "") for record in mine})
        raise DeploymentError(
            f"the Compose project {names[0]} has no container of the service {service!r}, only of "
            f"{', '.join(services)}: create it (docker compose up) or set litellm_cache_service"
        )
    return [Instance.from_inspection(record) for record in sorted(instances, key=_number)]


def belongs(labels: dict[str, str] | None, project_dir: str, project_name: str | None) -> bool:
    """Whether a container is one of the project, and no one-off one.

    :param labels: of the container.
    :param project_dir: real path of the project's directory on the managed host.
    :param project_name: Compose project name, or None for that of the containers started from ``project_dir``.
    """
    labels = labels or {}
    if str(labels.get(ONE_OFF_LABEL, "False")).lower() == "true":
        return False
    if project_name:
        return labels.get(PROJECT_LABEL) == project_name
    return os.path.realpath(str(labels.get(DIRECTORY_LABEL))) == project_dir


def _number(record: dict[str, Any]) -> tuple[int, str]:
    number = str(record["Config"]["Labels"].get(NUMBER_LABEL, ""))
    return (int(number) if number.isdigit() else 0, record["Name"])


def _nothing_found(project_dir: str, project_name: str | None) -> str:
    if project_name:
        return f"no container belongs to the Compose project {project_name!r}: check litellm_cache_project_name"
    return (
        f"no container was started by Compose from {project_dir}: check litellm_cache_project_dir, set "
        "litellm_cache_project_name, or create the containers (docker compose up)"
    )


def require_mounted(instances: Iterable[Instance], config_path: str) -> None:
    """Check that every instance sees the config file.

    :param config_path: real path on the managed host.
    :raises DeploymentError: an instance mounts another file, or none.
    """
    for instance in instances:
        if instance.container_path(config_path) is None:
            mounted = sorted(source for source, _inside in instance.mounts if source.endswith((".yaml", ".yml")))
            hint = f"it mounts {', '.join(mounted)}" if mounted else "it has no bind mount of a YAML file"
            raise DeploymentError(
                f"{instance.name} does not mount {config_path}: {hint}; set litellm_cache_config_path to the file "
                "that the instances read",
                instance=instance.name,
            )
