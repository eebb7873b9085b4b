# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the Docker Engine is: the option, the environment, or the context in use, as Docker's own client reads them.

Standard library only: the guard runs it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .engine import DockerError

UNIX_SCHEME = "unix://"
DEFAULT_SOCKET = "/var/run/docker.sock"
#: Ports of the API without and with TLS.
PLAIN_PORT, TLS_PORT = 2375, 2376
DEFAULT_CONTEXT = "default"
_HOST = re.compile(r"[A-Za-z0-9_.:%-]*\Z")


@dataclass(frozen=True)
class Tls:
    """How a connection is kept from others.

    :param folder: holds ``ca.pem``, ``cert.pem`` and ``key.pem``, as far as there are any.
    :param verify: whether the engine must show a certificate for its name.
    """

    folder: str
    verify: bool

    def file(self, name: str) -> str | None:
        """Path of one of the three, None where it is not there."""
        path = os.path.join(self.folder, name)
        return path if os.path.exists(path) else None


@dataclass(frozen=True)
class DockerAddress:
    """Address of one engine.

    :param url: ``unix://PATH`` or ``tcp://HOST:PORT``.
    :param tls: None for none.
    """

    url: str
    tls: Tls | None = None

    @classmethod
    def of(cls, option: str | None) -> DockerAddress:
        """The engine that the Docker client on this host would ask, too.

        :param option: address that the user gave, None or empty for none.
        :raises DockerError: there is no way to it, or what names it cannot be read.
        """
        given = option or os.environ.get("DOCKER_HOST")
        context = None if given else os.environ.get("DOCKER_CONTEXT") or _current_context()
        if context and context != DEFAULT_CONTEXT:
            return _of_context(context)
        verify, plain = os.environ.get("DOCKER_TLS_VERIFY"), os.environ.get("DOCKER_TLS")
        folder = os.environ.get("DOCKER_CERT_PATH") or str(_folder())
        tls = Tls(folder, bool(verify)) if verify or plain else None
        return cls.parsed(given or UNIX_SCHEME + DEFAULT_SOCKET, tls)

    @classmethod
    def parsed(cls, text: str, tls: Tls | None = None) -> DockerAddress:
        """The address that a text names.

        :param tls: how a connection over a network is kept from others.
        :raises DockerError: it names none that can be used.
        """
        if text.startswith("/"):
            text = UNIX_SCHEME + text
        if text.startswith(UNIX_SCHEME):
            return cls(UNIX_SCHEME + (text[len(UNIX_SCHEME) :] or DEFAULT_SOCKET))
        scheme, rest = text.rpartition("://")[::2]
        if scheme == "ssh":
            raise DockerError(
                f"Docker is not reached over {text}: let Ansible itself connect to that host, and leave "
                "litellm_cache_docker_host empty there"
            )
        if scheme == "https" and tls is None:
            tls = Tls(str(_folder()), verify=True)
        try:
            place = urlsplit("//" + rest)
            port = place.port or (PLAIN_PORT if tls is None else TLS_PORT)
        except ValueError:
            place, port = urlsplit(""), 0
        host = place.hostname or "127.0.0.1"
        if scheme not in ("", "tcp", "http", "https") or not port or place.path.strip("/") or not _HOST.match(host):
            raise DockerError(
                f"{text} is no address of Docker: set litellm_cache_docker_host to unix://PATH or tcp://HOST:PORT"
            )
        return cls(f"tcp://{f'[{host}]' if ':' in host else host}:{port}", tls)

    @property
    def socket_path(self) -> str | None:
        """Path of the Unix socket, None where it is reached over a network."""
        return self.url[len(UNIX_SCHEME) :] if self.url.startswith(UNIX_SCHEME) else None

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of one that is reached over a network."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)


def _folder() -> Path:
    """Where Docker's client keeps its settings."""
    return Path(os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker"))


def _current_context() -> str | None:
    """Name of the context in use, None for none."""
    path = _folder() / "config.json"
    try:
        return _read(path).get("currentContext") or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DockerError(f"{path} cannot be read: {error.strerror}; or set litellm_cache_docker_host") from None


def _of_context(name: str) -> DockerAddress:
    """The address of a context, with its TLS files."""
    key = hashlib.sha256(name.encode()).hexdigest()
    path = _folder() / "contexts" / "meta" / key / "meta.json"
    try:
        endpoint = _read(path)["Endpoints"]["docker"]
        host, unverified = str(endpoint["Host"]), bool(endpoint.get("SkipTLSVerify"))
    except (OSError, KeyError, TypeError, AttributeError):
        raise DockerError(
            f"the Docker context {name} names no engine in {path}: choose another one with docker context use, or set "
            "litellm_cache_docker_host"
        ) from None
    folder = _folder() / "contexts" / "tls" / key / "docker"
    return DockerAddress.parsed(host, Tls(str(folder), not unverified) if unverified or folder.is_dir() else None)


def _read(path: Path) -> dict[str, Any]:
    """The mapping in a file of JSON.

    :raises OSError: it cannot be opened.
    :raises DockerError: it holds something else.
    """
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DockerError(
            f"{path} is not JSON that Docker's client would read; mend it, or set litellm_cache_docker_host"
        )
    return found
