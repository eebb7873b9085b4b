# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bridge over the restart of an only instance: what it is made of, and where there can be none.

A bridge is two containers. The one is like the instance in all that it does, and has no name. The other is its door: it gets the
names of the instance when the first one is ready, and passes connections on.

Pure: takes inspection records, returns bodies of the engine's calls that make a container.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .clone import (
    LOG,
    OOM_SCORE,
    SAME_OF_CONFIG,
    SAME_OF_HOST,
    Clone,
    labels_of_clone,
    memory_of_its_own,
    mounts_of_clone,
    networks_of_clone,
)
from .instances import PROJECT_LABEL, SERVICE_LABEL
from .owned import BRIDGE_LABEL, RUN_LABEL

DEPENDS_ON_LABEL = "com.docker.compose.depends_on"
#: The network in which Docker knows no names.
_WITHOUT_NAMES = "bridge"
_SHORT_ID = 12


@dataclass(frozen=True)
class DoorWish:
    """What a door is told: interpreter of the image, ``uid:gid``, program, and the order of :mod:`~._inside.forwarder`."""

    python: str
    user: str
    program: str
    order: dict[str, Any]


def why_no_bridge(record: dict[str, Any], others: Iterable[dict[str, Any]]) -> str | None:
    """Why a bridge would help nobody, or could not be; None where it helps.

    :param record: inspection record of the instance.
    :param others: those of the further containers in its networks.
    """
    name, mode = str(record["Name"]).lstrip("/"), str(_host(record).get("NetworkMode") or "default")
    networks = _networks(record)
    if mode == "host" or mode == "none" or mode.startswith("container:"):
        return f"{name} has no network of its own (network_mode: {mode.partition(':')[0]}), so none can answer for it"
    if not set(networks) - {_WITHOUT_NAMES}:
        return f"{name} is in Docker's default network alone, in which containers have no names"
    for network, endpoint in networks.items():
        chosen = endpoint.get("IPAMConfig") or {}
        fixed = chosen.get("IPv4Address") or chosen.get("IPv6Address")
        if fixed:
            return (
                f"{name} has the fixed address {fixed} in the network {network}, at which no other container can answer"
            )
    if not any(_may_ask(other, record) for other in others):
        published = "its clients come by its published port" if _published(record) else "nobody asks it by its name"
        return f"no container but those that {name} depends on is in its networks, so {published}"
    return None


def _host(record: dict[str, Any]) -> dict[str, Any]:
    return record.get("HostConfig") or {}


def _networks(record: dict[str, Any]) -> dict[str, Any]:
    return (record.get("NetworkSettings") or {}).get("Networks") or {}


def _published(record: dict[str, Any]) -> list[str]:
    """The published ports, as in 127.0.0.1:4000."""
    bindings = _host(record).get("PortBindings") or {}
    return sorted(
        f"{one.get('HostIp') or '*'}:{one.get('HostPort') or 'any'}" for many in bindings.values() for one in many or []
    )


def passed_by(record: dict[str, Any]) -> list[str]:
    """By which ways clients may come that no bridge answers, in words."""
    ways = [f"the published port {port}" for port in _published(record)]
    labels = record["Config"].get("Labels") or {}
    if any(name.startswith("traefik.http") or name.startswith("traefik.tcp") for name in labels):
        ways.append("Traefik, by the labels of the instance")
    return ways


def _may_ask(other: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether another container may be a client: not one that the instance itself depends on, nor one of our own."""
    labels, own = other["Config"]["Labels"], record["Config"]["Labels"]
    if BRIDGE_LABEL in labels or other["Id"] == record["Id"]:
        return False
    needed = {one.partition(":")[0] for one in str(own.get(DEPENDS_ON_LABEL, "")).split(",")}
    return labels.get(PROJECT_LABEL) != own.get(PROJECT_LABEL) or labels.get(SERVICE_LABEL) not in needed


def names_in_networks(record: dict[str, Any]) -> dict[str, list[str]]:
    """The names by which an instance is known, by network: its own, its service's, and what the Compose file adds."""
    name = str(record["Name"]).lstrip("/")
    found = {}
    for network, endpoint in _networks(record).items():
        if network == _WITHOUT_NAMES:
            continue
        known = {name, *(endpoint.get("Aliases") or ()), *(endpoint.get("DNSNames") or ())}
        found[network] = sorted(
            one for one in known if not (len(one) == _SHORT_ID and str(record["Id"]).startswith(one))
        )
    return found


def bridge_of(record: dict[str, Any], image: dict[str, Any], owner: str, run: str) -> Clone:
    """A container that does all that an instance does: the same environment, files and limits, its database too.

    :param record: inspection record of the instance.
    :param image: that of the image that it runs.
    :raises CloneRefusedError: there can be none.
    """
    host, config = record["HostConfig"], record["Config"]
    first, *others = networks_of_clone(record)
    specification = {
        **{name: config[name] for name in SAME_OF_CONFIG if config.get(name) not in (None, "", [])},
        "Image": image["Id"],
        # The instance has brought the schema of the database to what this version wants.
        "Env": [*(config.get("Env") or ()), "DISABLE_SCHEMA_UPDATE=true"],
        "Labels": labels_of_clone(image, {BRIDGE_LABEL: owner, RUN_LABEL: run}),
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {
            **{name: host[name] for name in (*SAME_OF_HOST, "CpuShares", "LogConfig") if host.get(name) is not None},
            "IpcMode": memory_of_its_own(str(host.get("IpcMode") or "")),
            "Mounts": mounts_of_clone(record),
            "NetworkMode": first[0],
            "RestartPolicy": {"Name": "no"},
            "OomScoreAdj": OOM_SCORE,
        },
        "NetworkingConfig": {"EndpointsConfig": dict([first])},
    }
    return Clone(specification, tuple((name, endpoint or {}) for name, endpoint in others), ())


def door_of(record: dict[str, Any], image: dict[str, Any], wish: DoorWish, owner: str, run: str) -> dict[str, Any]:
    """The specification of a door: a container of the same image that can do nothing but pass on, in the first network.

    :param record: inspection record of the instance.
    :param image: that of the image that it runs.
    """
    network = networks_of_clone(record)[0][0]
    host = record["HostConfig"]
    return {
        "Image": image["Id"],
        "Entrypoint": [wish.python, "-I", "-c", wish.program, json.dumps(wish.order)],
        "Cmd": [],
        "User": wish.user,
        "WorkingDir": "/",
        "StopSignal": "SIGTERM",
        "Labels": labels_of_clone(image, {BRIDGE_LABEL: owner, RUN_LABEL: run}),
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {
            **{name: host[name] for name in ("UsernsMode", "Runtime", "CgroupParent") if host.get(name)},
            "NetworkMode": network,
            "RestartPolicy": {"Name": "no"},
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "ReadonlyRootfs": True,
            "LogConfig": LOG,
        },
        "NetworkingConfig": {"EndpointsConfig": {network: {}}},
    }
