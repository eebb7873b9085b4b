# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a Redis is and how to log in there, from the options of a module or from LiteLLM's ``cache_params``.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from .._errors import LitellmCacheError, OptionError
from .._inside.configuration import is_true
from .._inside.program import Refusal
from .._inside.redis_url import LOGIN_HINT, is_host, read_url, require_readable, unlike_meant
from .._settings.own_words import require_no_own_word, words_of

DEFAULT_PORT = 6379
DEFAULT_SENTINEL_PORT = 26379
STANDALONE, SENTINEL, CLUSTER = "standalone", "sentinel", "cluster"


class EndpointError(LitellmCacheError):
    """What a configuration says of the place of Redis cannot be read; the context has the ``code``."""


@dataclass(frozen=True)
class Tls:
    """How the connection is encrypted; paths on the managed host."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    check_hostname: bool = True
    verify: bool = True


@dataclass(frozen=True)
class Endpoint:
    """One Redis: a server, a group behind Sentinels, or a Cluster.

    ``nodes`` are host and port of the server, of the Sentinels, or of nodes of the Cluster. ``addresses`` says where a
    name of the Compose network is found from the managed host. ``db_named`` tells whether somebody asked for that
    database, ``of_url`` that the login was read from a URL. Secrets are kept out of ``repr``.
    """

    kind: str = STANDALONE
    nodes: tuple[tuple[str, int], ...] = ()
    socket: str | None = None
    db: int = 0
    db_named: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    service: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)
    addresses: tuple[tuple[str, str], ...] = ()
    of_url: bool = False

    def __str__(self) -> str:
        """The place in words, as confirmations spell it."""
        if self.socket:
            return f"{self.socket}/{self.db}"
        hosts = ",".join(f"{host}:{port}" for host, port in self.nodes)
        if self.kind == CLUSTER:
            return f"cluster {hosts}"
        return f"{hosts}/{self.service}/{self.db}" if self.kind == SENTINEL else f"{hosts}/{self.db}"

    def address_of(self, host: str) -> str:
        """Where a host is found from here."""
        return dict(self.addresses).get(host, host)

    @property
    def login_hint(self) -> str:
        """What is added to a refused login."""
        return LOGIN_HINT if self.of_url else ""

    @property
    def sentinels(self) -> tuple[Endpoint, ...]:
        """The Sentinels: with their login, and without, because up to LiteLLM 1.106.1 the file's ``sentinel_password`` is that
        of the Redis.
        """
        asked = Endpoint(nodes=self.nodes, tls=self.tls, addresses=self.addresses)
        login = replace(asked, username=self.sentinel_username, password=self.sentinel_password)
        return (login, asked) if self.sentinel_password else (login,)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may be shown nowhere."""
        return tuple(secret for secret in (self.password, self.sentinel_password) if secret)


def node_of(text: str, option: str, default_port: int) -> tuple[str, int]:
    """Host and port of ``host``, ``host:port`` or ``[address]:port``.

    :param option: the option that the text comes from.
    :raises OptionError: it is none of these; it may hold a password, so it is not told.
    """
    try:
        parts = urlsplit(f"//{text}")
        if not is_host(parts.hostname) or parts.path or "@" in text:
            raise ValueError
        return str(parts.hostname), parts.port or default_port
    except ValueError:
        raise OptionError(option, f"{option} must be a list of host or host:port; one of them is neither") from None


def endpoint_of_options(params: dict[str, Any], password: str | None) -> Endpoint | None:
    """The endpoint that options name by themselves.

    :param params: options of a module with the bundle of Redis.
    :param password: the password, from wherever it was to be taken.
    :returns: None where the options leave it to the deployment.
    :raises OptionError: an option has a value that cannot be used.
    """
    if params["redis_db"] is not None and params["redis_db"] < 0:
        raise OptionError("redis_db", f"redis_db must be 0 or more, not {params['redis_db']}")
    if params["redis_port"] is not None and not 0 < params["redis_port"] < 65536:
        raise OptionError("redis_port", f"redis_port must be between 1 and 65535, not {params['redis_port']}")
    _require_places(params)
    for option in ("redis_password", "redis_sentinel_password"):
        require_no_own_word(option, params[option], words_of(params))
    kind = STANDALONE
    nodes: tuple[tuple[str, int], ...] = ()
    if params["redis_cluster_nodes"]:
        kind = CLUSTER
        nodes = tuple(node_of(text, "redis_cluster_nodes", DEFAULT_PORT) for text in params["redis_cluster_nodes"])
    elif params["redis_sentinel_nodes"]:
        kind = SENTINEL
        sentinels = params["redis_sentinel_nodes"]
        nodes = tuple(node_of(text, "redis_sentinel_nodes", DEFAULT_SENTINEL_PORT) for text in sentinels)
        if not params["redis_sentinel_service"]:
            raise OptionError("redis_sentinel_service", "redis_sentinel_nodes needs redis_sentinel_service, its name")
    elif params["redis_host"]:
        nodes = ((params["redis_host"], params["redis_port"] or DEFAULT_PORT),)
    elif not params["redis_socket"]:
        return None
    if kind == CLUSTER and params["redis_db"]:
        raise OptionError("redis_db", f"a Redis Cluster has database 0 alone, not {params['redis_db']}")
    endpoint = Endpoint(
        kind, nodes, params["redis_socket"] if not nodes else None, service=params["redis_sentinel_service"]
    )
    return with_options(endpoint, params, password)


def _require_places(params: dict[str, Any]) -> None:
    """Check that the options that say where Redis is hold no URL: what stands in them is told.

    :raises OptionError: one does.
    """
    if params["redis_host"] and not is_host(params["redis_host"]):
        raise OptionError("redis_host", "redis_host must be a host name or an address; a URL is neither")
    for option in ("redis_socket", "redis_sentinel_service"):
        if any(mark in (params[option] or "") for mark in ("://", "@")):
            raise OptionError(option, f"{option} must not be a URL, and have no @")


def with_options(endpoint: Endpoint, params: dict[str, Any], password: str | None) -> Endpoint:
    """The endpoint with what the options say of login, database and TLS."""
    changed: dict[str, Any] = {}
    if params["redis_db"] is not None:
        changed.update(db=params["redis_db"], db_named=True)
    if params["redis_username"]:
        changed["username"] = params["redis_username"]
    if password:
        changed.update(password=password, of_url=False)
    if params["redis_sentinel_username"]:
        changed["sentinel_username"] = params["redis_sentinel_username"]
    if params["redis_sentinel_password"]:
        changed["sentinel_password"] = params["redis_sentinel_password"]
    ca_file, cert_file, key_file = (params[f"redis_tls_{name}_file"] for name in ("ca", "cert", "key"))
    if params["redis_tls"] or (params["redis_tls"] is None and (ca_file or cert_file or key_file)):
        changed["tls"] = Tls(ca_file, cert_file, key_file, params["redis_tls_check_hostname"] is not False)
    elif params["redis_tls"] is False:
        changed["tls"] = None
    return replace(endpoint, **changed)


def endpoint_of_cache_params(cache_params: dict[str, Any], url_named: str = "cache_params.url") -> Endpoint:
    """The endpoint that LiteLLM's ``cache_params`` name.

    :param cache_params: with references resolved, and completed from the environment as LiteLLM does it.
    :param url_named: the setting or variable that holds their URL.
    :raises EndpointError: they cannot be read.
    """
    try:
        require_readable(cache_params)
    except Refusal as refusal:
        reason = unlike_meant(url_named) if refusal.code == "redis_url" else str(refusal)
        raise EndpointError(reason, code=refusal.code) from None
    login: dict[str, Any] = {
        "username": cache_params.get("username") or None,
        "password": str(cache_params["password"]) if cache_params.get("password") else None,
    }
    db = int(cache_params.get("db") or 0)
    tls = _tls(cache_params) if is_true(cache_params.get("ssl")) else None
    if cache_params.get("redis_startup_nodes"):
        nodes = tuple((str(node["host"]), int(node["port"])) for node in cache_params["redis_startup_nodes"])
        return Endpoint(CLUSTER, nodes, tls=tls, **login)
    if cache_params.get("sentinel_nodes"):
        nodes = tuple((str(node[0]), int(node[1])) for node in cache_params["sentinel_nodes"])
        return Endpoint(
            SENTINEL,
            nodes,
            db=db,
            tls=tls,
            service=cache_params.get("service_name"),
            sentinel_password=cache_params.get("sentinel_password") or None,
            **login,
        )
    if cache_params.get("url"):
        return _endpoint_of_url(str(cache_params["url"]))
    host, port = str(cache_params.get("host")), int(cache_params.get("port") or DEFAULT_PORT)
    return Endpoint(nodes=((host, port),), db=db, db_named="db" in cache_params, tls=tls, **login)


def _endpoint_of_url(text: str) -> Endpoint:
    """As redis-py reads it: database from the path or the query, TLS for ``rediss``."""
    url = read_url(text, "cache_params.url")
    login: dict[str, Any] = {"username": url.username or None, "password": url.password or None}
    at: dict[str, Any] = {"db": url.db or 0, "db_named": url.db is not None, "of_url": bool(url.password)}
    if url.socket:
        return Endpoint(socket=url.socket, **at, **login)
    tls = _tls(url.query) if url.scheme == "rediss" else None
    return Endpoint(nodes=((url.host, url.port),), tls=tls, **at, **login)


def _tls(settings: dict[str, Any]) -> Tls:
    return Tls(
        settings.get("ssl_ca_certs"),
        settings.get("ssl_certfile"),
        settings.get("ssl_keyfile"),
        check_hostname=is_true(settings.get("ssl_check_hostname", True)),
        verify=str(settings.get("ssl_cert_reqs", "required")).lower() not in ("none", "null"),
    )
