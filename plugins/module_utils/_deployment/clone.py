# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specification of a clone: a second container like an instance, that can touch nothing of what the instance serves.

Pure: takes inspection records, returns the body of the engine's call that makes a container (Docker Engine API, "Create a
container").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._errors import LitellmCacheError
from .._inside.clone_start import LIFETIME, WITHOUT, foreign_variables
from .owned import CANARY_LABEL, RUN_LABEL

#: Who takes each container for his own that does not say otherwise: a reverse proxy, and what updates images.
LEAVE_IT_ALONE = {"traefik.enable": "false", "com.centurylinklabs.watchtower.enable": "false"}
#: Where the clone sees the module that each of its Python processes begins with.
START_DIRECTORY = "/erni_ki_canary"
START_PATH = f"{START_DIRECTORY}/sitecustomize.py"
#: What a clone has as its instance: limits, rights, and how it sees the network. Not the namespaces of processes and names: it
#: would find the instance in place of itself.
SAME_OF_HOST = tuple(
    """
    Memory MemorySwap MemoryReservation MemorySwappiness NanoCpus CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime
    CpusetCpus CpusetMems PidsLimit Ulimits ShmSize SecurityOpt CapAdd CapDrop Privileged ReadonlyRootfs Tmpfs ExtraHosts Dns
    DnsOptions DnsSearch Sysctls Init GroupAdd UsernsMode Runtime CgroupParent CgroupnsMode Devices DeviceRequests
    DeviceCgroupRules StorageOpt MaskedPaths ReadonlyPaths Links Isolation
    """.split()
)
SAME_OF_CONFIG = ("User", "WorkingDir", "Entrypoint", "Cmd", "Volumes", "StopSignal", "Tty")
#: What an image says too: where an instance has the same as its own image, a clone of another image has that of the other one.
_OF_IMAGE = ("User", "WorkingDir", "Entrypoint", "Cmd", "Volumes", "StopSignal")
#: Weight of the clone's processes where several want the processor; that of an instance is 1024 unless somebody set it.
_CPU_SHARES, _USUAL_SHARES = 512, 1024
OOM_SCORE = 1000
#: The second one because the limiter of rates counts outside of any namespace otherwise (proxy/hooks, 1.77.7 to 1.110.2).
_ENVIRONMENT = {"DISABLE_SCHEMA_UPDATE": "true", "LEGACY_MULTI_INSTANCE_RATE_LIMITING": "true"}
LOG = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "1"}}
_ANONYMOUS = re.compile(r"[0-9a-f]{64}\Z")


class CloneRefusedError(LitellmCacheError):
    """There can be no clone of an instance that leaves it alone."""


@dataclass(frozen=True)
class CloneWish:
    """What a clone is to have of its own.

    ``owner`` tells whose it is, ``run`` of which run. ``config_source`` is its configuration on the host, ``config_target`` where
    it reads it, ``start_source`` the module that its processes begin with. ``without`` are variables that it must not have
    beside the foreign ones, and ``lifetime`` the seconds after which its processes end by themselves.
    """

    name: str
    owner: str
    run: str
    config_source: str
    config_target: str
    start_source: str
    without: tuple[str, ...]
    lifetime: int


@dataclass(frozen=True)
class Clone:
    """A clone that can be made.

    ``networks`` are those that it is connected to after it was made, each with how it stands there. ``read_only`` are the
    folders of its instance in which that can write, and the clone cannot.
    """

    specification: dict[str, Any]
    networks: tuple[tuple[str, dict[str, Any]], ...]
    read_only: tuple[str, ...]


def clone_of(record: dict[str, Any], own_image: dict[str, Any] | None, image: dict[str, Any], wish: CloneWish) -> Clone:
    """The clone of an instance.

    :param record: inspection record of the instance.
    :param own_image: inspection record of the image that it runs; None where the engine does not have it any more.
    :param image: that of the image that the clone is to run.
    :raises CloneRefusedError: there can be none.
    """
    host = record["HostConfig"]
    first, *others = networks_of_clone(record)
    mounts, read_only = _mounts(record, wish)
    shares = host.get("CpuShares") or _USUAL_SHARES
    specification = {
        **_config(record["Config"], (own_image or {}).get("Config") or {}, same_image=_same(own_image, image)),
        "Image": image["Id"],
        "Env": _environment(record["Config"], (own_image or {}).get("Config") or {}, image, wish),
        "Labels": labels_of_clone(image, {CANARY_LABEL: wish.owner, RUN_LABEL: wish.run}),
        "Healthcheck": {"Test": ["NONE"]},
        "StopTimeout": 1,
        "HostConfig": {
            **{name: host[name] for name in SAME_OF_HOST if host.get(name) is not None},
            "IpcMode": memory_of_its_own(str(host.get("IpcMode") or "")),
            "Mounts": mounts,
            "NetworkMode": first[0],
            "PortBindings": {},
            "PublishAllPorts": False,
            "RestartPolicy": {"Name": "no"},
            "AutoRemove": False,
            "OomScoreAdj": OOM_SCORE,
            "CpuShares": min(shares, _CPU_SHARES),
            "LogConfig": LOG,
        },
        "NetworkingConfig": {"EndpointsConfig": dict([first]) if first[1] is not None else {}},
    }
    return Clone(specification, tuple((name, endpoint or {}) for name, endpoint in others), tuple(read_only))


def _same(own_image: dict[str, Any] | None, image: dict[str, Any]) -> bool:
    return own_image is not None and own_image["Id"] == image["Id"]


def memory_of_its_own(ipc_mode: str) -> str:
    """How the clone shares memory: never with the instance, or with whom that shares it."""
    return "private" if ipc_mode.startswith(("container:", "shareable")) else ipc_mode


def networks_of_clone(record: dict[str, Any]) -> list[tuple[str, dict[str, Any] | None]]:
    """Networks of the clone, that of its default route first, each with how it stands there: under no name but its own.

    :raises CloneRefusedError: the instance shares the network of the host or of another container.
    """
    mode = str(record["HostConfig"].get("NetworkMode") or "default")
    if mode == "host":
        raise CloneRefusedError(
            f"{_name(record)} uses the network of the host (network_mode: host), where a second LiteLLM would find its port taken"
        )
    if mode.startswith("container:"):
        raise CloneRefusedError(
            f"{_name(record)} uses the network of another container (network_mode: {mode.partition(':')[0]} or service), where a "
            "second LiteLLM would find its port taken"
        )
    networks = record["NetworkSettings"].get("Networks") or {}
    if mode == "none" or not networks:
        return [(mode, None)]
    mode = next((name for name, one in networks.items() if mode in (name, one.get("NetworkID"))), next(iter(networks)))
    names = [mode, *(name for name in networks if name != mode)]
    return [(name, _endpoint(networks[name])) for name in names]


def _endpoint(network: dict[str, Any]) -> dict[str, Any]:
    """How a clone stands in a network: what leads out of it stays, what leads to the instance does not."""
    return {name: network[name] for name in ("Links", "DriverOpts", "GwPriority") if network.get(name)}


def _config(config: dict[str, Any], of_image: dict[str, Any], same_image: bool) -> dict[str, Any]:
    """User, folder, entrypoint and command, without what the instance has of its own image."""
    kept = {name: config[name] for name in SAME_OF_CONFIG if config.get(name) not in (None, "", [])}
    if same_image:
        return kept
    inherited = [name for name in _OF_IMAGE if name in kept and kept[name] == of_image.get(name)]
    if "Entrypoint" not in inherited and kept.get("Entrypoint"):
        # With an entrypoint of its own the engine takes no command from the image.
        inherited = [name for name in inherited if name != "Cmd"]
    return {name: value for name, value in kept.items() if name not in inherited}


def _environment(config: dict[str, Any], of_image: dict[str, Any], image: dict[str, Any], wish: CloneWish) -> list[str]:
    """The variables of the instance, without those of its image and those that lead elsewhere, and those of the clone."""
    inherited = set(of_image.get("Env") or ())
    environ = dict(_pairs((image.get("Config") or {}).get("Env") or ()))
    environ.update(_pairs(entry for entry in config.get("Env") or () if entry not in inherited))
    environ[WITHOUT] = ",".join(wish.without)
    for name in foreign_variables(environ):
        del environ[name]
    environ.update(_ENVIRONMENT)
    environ["PYTHONPATH"] = ":".join(part for part in (START_DIRECTORY, environ.get("PYTHONPATH")) if part)
    environ[LIFETIME] = str(wish.lifetime)
    return [f"{name}={value}" for name, value in environ.items()]


def _pairs(entries: Iterable[str]) -> Iterable[tuple[str, str]]:
    for entry in entries:
        name, _equals, value = entry.partition("=")
        yield name, value


def labels_of_clone(image: dict[str, Any], own: dict[str, str]) -> dict[str, str]:
    """Our own labels. One of the image cannot be taken away, only emptied: that of an image which Compose has built names the
    project and the service.
    """
    emptied = dict.fromkeys((image.get("Config") or {}).get("Labels") or {}, "")
    return {**emptied, **LEAVE_IT_ALONE, **own}


def mounts_of_clone(record: dict[str, Any], without: str = "") -> list[dict[str, Any]]:
    """The mounts of the instance, each to read or to write as there. A volume without a name is made anew, empty.

    :param without: a path in the container that something else is mounted at.
    """
    asked = {mount["Target"]: mount for mount in record["HostConfig"].get("Mounts") or []}
    mounts = []
    for mount in record.get("Mounts") or []:
        target = mount["Destination"]
        if target == without or mount["Type"] not in ("bind", "volume"):
            continue
        source = mount["Name"] if mount["Type"] == "volume" else mount["Source"]
        if mount["Type"] == "volume" and _ANONYMOUS.match(source):
            mounts.append({"Type": "volume", "Target": target})
            continue
        options = {
            name: value for name, value in asked.get(target, {}).items() if name in ("BindOptions", "VolumeOptions")
        }
        if mount["Type"] == "bind" and mount.get("Propagation"):
            options["BindOptions"] = {"Propagation": mount["Propagation"]}
        read_only = not mount.get("RW")
        mounts.append({"Type": mount["Type"], "Source": source, "Target": target, "ReadOnly": read_only, **options})
    return mounts + [mount for mount in asked.values() if mount["Type"] == "tmpfs"]


def _mounts(record: dict[str, Any], wish: CloneWish) -> tuple[list[dict[str, Any]], list[str]]:
    """Mounts of the clone, and where its instance can write what it cannot: that would be the instance's."""
    mounts, read_only = mounts_of_clone(record, wish.config_target), []
    for mount in mounts:
        if mount.get("ReadOnly") is False and mount["Type"] != "tmpfs":
            read_only.append(mount["Target"])
            mount["ReadOnly"] = True
    mounts += [_of_ours(wish.config_source, wish.config_target), _of_ours(wish.start_source, START_PATH)]
    return mounts, read_only


def _of_ours(source: str, target: str) -> dict[str, Any]:
    return {"Type": "bind", "Source": source, "Target": target, "ReadOnly": True}


def _name(record: dict[str, Any]) -> str:
    return str(record["Name"]).lstrip("/")
