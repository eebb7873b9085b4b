# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way from the managed host to the Redis of a deployment: which one it is, where it is, how to log in."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .._deployment.config_file import ConfigFile
from .._deployment.deployment import Deployment
from .._deployment.instances import PROJECT_LABEL, address_of
from .._errors import OptionError
from .._inside.program import without_secrets
from .._settings.wishes import variable_name
from .endpoint import (
    Endpoint,
    endpoint_of_cache_params,
    endpoint_of_options,
    with_options,
)
from .server import RedisServers


@dataclass(frozen=True)
class RedisAccess:
    """An endpoint, and the deployment that uses it, None where nobody named one.

    ``namespace`` is the one under which the proxy stores, empty for none, None where it was not asked.
    """

    endpoint: Endpoint
    deployment: Deployment | None
    namespace: str | None = None

    @classmethod
    def open(cls, params: dict[str, Any]) -> RedisAccess:
        """The Redis that the options name, else the one that the deployment's proxy uses.

        :param params: options of a module with the bundle of Redis.
        :raises LitellmCacheError: the options do not say which, or the deployment does not.
        """
        if params["redis_password_env"]:
            variable_name("redis_password_env", params["redis_password_env"])
        deployment = Deployment.open(params) if params["project_dir"] else None
        if deployment is None and params["redis_password_env"]:
            raise OptionError("redis_password_env", "redis_password_env names a variable of the proxy: set project_dir")
        told = _told_by_the_proxy(deployment, params) if deployment is not None else {}
        password = _password(params, told.get("value"))
        endpoint = endpoint_of_options(params, password)
        if endpoint is None:
            if deployment is None:
                raise OptionError(
                    "redis_host",
                    "set redis_host, redis_socket, redis_cluster_nodes or redis_sentinel_nodes, or project_dir",
                )
            endpoint = with_options(_of_the_proxy(told, deployment), params, password)
        if deployment is None:
            return cls(endpoint, None)
        namespace = str(told["cache_params"].get("namespace") or "") if told else None
        return cls(_found_from_here(endpoint, deployment), deployment, namespace)

    @property
    def proxies(self) -> frozenset[str]:
        """Addresses under which the server sees the proxy's instances."""
        instances = self.deployment.instances if self.deployment is not None else ()
        return frozenset(address for one in instances for _network, address in one.networks)

    def servers(self, timeout: float) -> RedisServers:
        """Its servers.

        :param timeout: seconds for each wait.
        """
        return RedisServers(self.endpoint, timeout)


def _told_by_the_proxy(deployment: Deployment, params: dict[str, Any]) -> dict[str, Any]:
    """What only a running instance knows; nothing where the options need none of it."""
    named = (
        params["redis_host"]
        or params["redis_socket"]
        or params["redis_cluster_nodes"]
        or params["redis_sentinel_nodes"]
    )
    if named and not params["redis_password_env"]:
        return {}
    running = deployment.running()
    if not running:
        raise OptionError(
            "redis_host",
            "no instance runs that could tell how it reaches Redis: start one, or set redis_host with redis_password or "
            "redis_password_file",
        )
    told = deployment.client(running[0]).connection(
        ConfigFile.read(deployment.config_path).text, params["redis_password_env"]
    )
    if params["redis_password_env"] and not told["value"]:
        raise OptionError(
            "redis_password_env", f"{running[0].name} has no environment variable {params['redis_password_env']}"
        )
    return told


def _password(params: dict[str, Any], of_variable: str | None) -> str | None:
    if params["redis_password_file"]:
        try:
            return Path(params["redis_password_file"]).read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise OptionError(
                "redis_password_file", f"{params['redis_password_file']} cannot be read: {reason}"
            ) from None
    return of_variable or params["redis_password"] or None


def _of_the_proxy(told: dict[str, Any], deployment: Deployment) -> Endpoint:
    """The endpoint of the file, its paths as the managed host has them.

    :param told: answer of an instance's ``connection``.
    """
    cache_params = told["cache_params"]
    if cache_params.get("type") != "redis":
        raise OptionError(
            "redis_host",
            f"the file's cache is of type {cache_params.get('type') or 'local'}, not redis: there is no Redis to look at. "
            "To go to one all the same, set redis_host",
        )
    endpoint = endpoint_of_cache_params(cache_params, told["url_named"])
    if endpoint.socket:
        return replace(endpoint, socket=_path_here(endpoint.socket, "redis_socket", deployment))
    if endpoint.tls is None:
        return endpoint
    paths: dict[str, Any] = {
        name: _path_here(getattr(endpoint.tls, name), f"redis_tls_{name}", deployment)
        for name in ("ca_file", "cert_file", "key_file")
    }
    return replace(endpoint, tls=replace(endpoint.tls, **paths))


def _path_here(inside: str | None, option: str, deployment: Deployment) -> str | None:
    """Where the managed host has a file of the container, through its mounts."""
    if inside is None:
        return None
    path = deployment.running()[0].host_path(inside)
    if path is None:
        raise OptionError(option, f"{inside} of the container is no file of the managed host: set {option}")
    return path


def _found_from_here(endpoint: Endpoint, deployment: Deployment) -> Endpoint:
    """The endpoint with the addresses of those of its hosts that are containers.

    :raises OptionError: a host is neither a container of the instances' networks nor known here.
    """
    networks = {network for one in deployment.instances for network, _address in one.networks}
    records = deployment.engine.containers([PROJECT_LABEL], lambda listed: listed.get("State") == "running")
    addresses = []
    for host, port in endpoint.nodes:
        address = address_of(host, records, networks)
        if address is not None:
            addresses.append((host, address))
            continue
        try:
            socket.getaddrinfo(host, port)
        except OSError:
            shown = without_secrets(host, endpoint.secrets)
            raise OptionError(
                "redis_host",
                f"the managed host does not know {shown}, and no running container of the proxy's networks is called so: "
                "start that container, or set redis_host to an address of Redis that the managed host reaches. Nothing was "
                "removed or changed",
            ) from None
    return replace(endpoint, addresses=tuple(addresses))
