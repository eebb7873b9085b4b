# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several servers and TLS: what the options say, and how LiteLLM's ``cache_params`` write it.

litellm/_redis.py, 1.77.7 to 1.106.2: a Cluster's nodes are mappings, Sentinels are pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._errors import OptionError
from .keys import CLUSTER_KEYS, SENTINEL_KEYS
from .public_values import is_host_name
from .target import Wanted

DEFAULT_PORT = 6379
DEFAULT_SENTINEL_PORT = 26379
_NODE = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?\Z")

Nodes = tuple[tuple[str, int], ...]


def read_nodes(option: str, texts: list[str], default_port: int) -> Nodes:
    """Host and port of each node.

    :param texts: each ``host``, ``host:port`` or ``[address]:port``.
    :raises OptionError: one is none of these.
    """
    nodes = []
    for text in texts:
        match = _NODE.match(str(text).strip())
        host = (match["address"] or match["host"]) if match else None
        port = int(match["port"] or default_port) if match else 0
        if not is_host_name(host) or not 1 <= port <= 65535:
            raise OptionError(option, f"{option}: each node must be HOST or HOST:PORT, with a port from 1 to 65535")
        nodes.append((str(host), port))
    return tuple(dict.fromkeys(nodes))


def cluster_nodes(nodes: Nodes) -> Wanted:
    """The nodes of a Cluster for ``cache_params``."""
    return Wanted(CLUSTER_KEYS[0], [{"host": host, "port": port} for host, port in nodes])


def sentinel_nodes(nodes: Nodes) -> Wanted:
    """The Sentinels for ``cache_params``."""
    return Wanted(SENTINEL_KEYS[0], [[host, port] for host, port in nodes])


@dataclass(frozen=True)
class TlsWishes:
    """What is wanted of TLS; None means that the file's own value stays. Paths are as the proxy's container has them."""

    enabled: bool = True
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    check_hostname: bool | None = None
    validate_certs: bool | None = None

    @classmethod
    def from_option(cls, option: str, value: dict[str, Any]) -> TlsWishes:
        """The wishes in an option.

        :param value: as the argument spec has read it; '' and None mean unset.
        :raises OptionError: the parts do not fit each other.
        """
        tls = cls(**{name: part for name, part in value.items() if part is not None and part != ""})
        files = (tls.ca_file, tls.cert_file, tls.key_file)
        if any(path is not None and (not path.startswith("/") or "\n" in path) for path in files):
            raise OptionError(option, f"{option}: the files must be absolute paths, as the proxy's container has them")
        if bool(tls.cert_file) != bool(tls.key_file):
            raise OptionError(option, f"{option}: cert_file and key_file go together: give both")
        if tls.validate_certs is False and (tls.check_hostname or tls.ca_file):
            raise OptionError(
                option, f"{option}: with validate_certs false neither ca_file nor check_hostname has an effect"
            )
        if not tls.enabled and tls != cls(enabled=False):
            raise OptionError(option, f"{option}: with enabled false nothing else may be set")
        return tls

    def wanted(self, params: dict) -> Iterator[Wanted]:
        """What ``cache_params`` should hold, in the order of the file.

        Up to redis-py 7 the name in the certificate is not checked by itself, so that is written in so many words.

        :param params: ``cache_params`` as the file has them.
        """
        if not self.enabled:
            return
        yield Wanted("ssl", True)
        files = {"ssl_ca_certs": self.ca_file, "ssl_certfile": self.cert_file, "ssl_keyfile": self.key_file}
        yield from (Wanted(key, path) for key, path in files.items() if path is not None)
        unchecked = str(params.get("ssl_cert_reqs", "required")).lower() == "none"
        if self.validate_certs is not None:
            unchecked = not self.validate_certs
        if self.check_hostname is not None or unchecked:
            yield Wanted("ssl_check_hostname", bool(self.check_hostname))
        else:
            yield Wanted("ssl_check_hostname", True, default=True)
        if self.validate_certs is False:
            yield Wanted("ssl_cert_reqs", "none")
        elif self.validate_certs and "ssl_cert_reqs" in params:
            yield Wanted("ssl_cert_reqs", "required")
