# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator wants of the cache."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, Callable

from .._errors import OptionError
from .keys import (
    FORM_CLUSTER,
    FORM_HOST,
    FORM_SENTINEL,
    FORM_URL,
    MODE_REDIS,
    ROUTER_CONSISTENT,
)
from .own_words import require_no_own_word, words_of
from .public_values import is_host_name
from .servers import DEFAULT_PORT, DEFAULT_SENTINEL_PORT, Nodes, TlsWishes, cluster_nodes, read_nodes, sentinel_nodes
from .target import Wanted

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORD = re.compile(r"[a-z_]+\Z")


@dataclass(frozen=True)
class CacheWishes:
    """Validated wishes; None means that the file's own value stays. Times are in seconds."""

    mode: str
    redis_form: str | None = None
    redis_host: str = "redis"
    redis_port: int = 6379
    redis_db: int = 1
    redis_username: str | None = None
    redis_password: str | None = None
    redis_password_env: str | None = None
    redis_url_env: str | None = None
    redis_cluster_nodes: Nodes = ()
    redis_sentinel_nodes: Nodes = ()
    redis_sentinel_service: str | None = None
    redis_sentinel_password_env: str | None = None
    redis_tls: TlsWishes | None = None
    ttl: float | None = None
    supported_call_types: tuple[str, ...] | None = None
    namespace: str | None = None
    max_connections: int | None = None
    socket_timeout: float = 30
    socket_connect_timeout: float = 10
    health_check_interval: float = 30
    retry_on_timeout: bool = True
    connection_pool_timeout: float | None = None
    router: str = ROUTER_CONSISTENT
    leave_out: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, params: dict[str, Any]) -> CacheWishes:
        """The wishes in the options of a module with the bundle of the cache, whose names are those of the fields.

        :param params: as the argument spec has read them; '' and None mean unset, other names are ignored.
        :raises OptionError: a value is not allowed; it names the option.
        """
        given: dict[str, Any] = {}
        for field in fields(cls):
            value = params.get(field.name)
            if value is not None and value not in ("", [], {}):
                given[field.name] = _CHECKS.get(field.name, _as_it_is)(field.name, value)
        wishes = cls(**given)
        wishes._refuse_contradictions()
        return wishes

    @property
    def password_value(self) -> str | None:
        """What goes into the file as password: the literal, the reference to the variable, or None."""
        return "os.environ/" + self.redis_password_env if self.redis_password_env else self.redis_password

    @property
    def url_value(self) -> str | None:
        """What goes into the file as URL, or None."""
        return "os.environ/" + self.redis_url_env if self.redis_url_env else None

    @property
    def wanted_form(self) -> str | None:
        """The form that the options ask for, or None."""
        if self.redis_cluster_nodes or self.redis_sentinel_nodes:
            return FORM_CLUSTER if self.redis_cluster_nodes else FORM_SENTINEL
        return FORM_URL if self.redis_url_env else self.redis_form

    def group(self) -> tuple[Wanted, ...]:
        """What is wanted of a Cluster or of Sentinels, in the order of the file."""
        wanted = []
        if self.redis_cluster_nodes:
            wanted.append(cluster_nodes(self.redis_cluster_nodes))
        if self.redis_sentinel_nodes:
            wanted.append(sentinel_nodes(self.redis_sentinel_nodes))
        if self.redis_sentinel_service:
            wanted.append(Wanted("service_name", self.redis_sentinel_service))
        if self.redis_sentinel_password_env:
            wanted.append(Wanted("sentinel_password", "os.environ/" + self.redis_sentinel_password_env))
        return tuple(wanted)

    def _refuse_contradictions(self) -> None:
        if self.redis_password and self.redis_password_env:
            raise OptionError("redis_password", "redis_password and redis_password_env exclude each other: give one")
        if self.mode == MODE_REDIS:  # on the way to local nobody is kept up by what is wanted of Redis
            self._refuse_two_places()
        if self.redis_url_env and self.redis_form == FORM_HOST:
            raise OptionError("redis_url_env", "redis_url_env needs the form url, but redis_form is host")
        told = {name: value for name, value in vars(self).items() if name != "redis_password"}
        if self.mode == MODE_REDIS:
            require_no_own_word("redis_password", self.redis_password, words_of(told))

    def _refuse_two_places(self) -> None:
        """Require that the options name one Redis."""
        for name in ("redis_cluster_nodes", "redis_sentinel_nodes"):
            if not getattr(self, name):
                continue
            others = ("redis_sentinel_nodes", "redis_url_env", "redis_form")
            also = [other for other in others if other != name and getattr(self, other)]
            if self.redis_host != type(self).redis_host:
                also.append("redis_host")
            if also:
                raise OptionError(name, f"{name} and {also[0]} exclude each other: give one")
        if self.redis_cluster_nodes and self.redis_db not in (0, type(self).redis_db):
            raise OptionError(
                "redis_db", f"a Redis Cluster has database 0 alone, not {self.redis_db}: leave redis_db out"
            )


def _as_it_is(_option: str, value: Any) -> Any:
    return value


def _host(option: str, value: str) -> str:
    if not is_host_name(value):
        raise OptionError(option, f"{option} must be a host name or an address")
    return value


def variable_name(option: str, value: str) -> str:
    """The value of an option that names an environment variable.

    :raises OptionError: it is no such name; it may be what the variable holds, so it is not told.
    """
    if not _VARIABLE_NAME.match(value):
        raise OptionError(option, f"{option} must be the name of an environment variable")
    return value


def _text(option: str, value: str) -> str:
    if any(character in value for character in "\r\n\0"):
        raise OptionError(option, f"{option} must be text on one line")
    return value


def _password(option: str, value: str) -> str:
    if value.startswith("os.environ/"):
        raise OptionError(option, f"{option} must be a literal; name the variable in redis_password_env")
    return _text(option, value)


def _within(smallest: int, largest: int) -> Callable[[str, int], int]:
    def read(option: str, value: int) -> int:
        if not smallest <= value <= largest:
            raise OptionError(option, f"{option} must be a whole number from {smallest} to {largest}")
        return value

    return read


def _number(option: str, value: float) -> float:
    if not 0 <= value < 1e9:  # not a number is not within either
        raise OptionError(option, f"{option} must be a number that is not negative")
    return int(value) if value == int(value) else value


def _positive(option: str, value: float) -> float:
    if value == 0:
        raise OptionError(option, f"{option} must be greater than 0")
    return _number(option, value)


def _call_types(option: str, value: list[str]) -> tuple[str, ...]:
    if not all(_WORD.match(word) for word in value):
        raise OptionError(option, f"{option} must be a list of call types such as acompletion")
    return tuple(value)


def _cluster_nodes(option: str, value: list[str]) -> Nodes:
    return read_nodes(option, value, DEFAULT_PORT)


def _sentinel_nodes(option: str, value: list[str]) -> Nodes:
    return read_nodes(option, value, DEFAULT_SENTINEL_PORT)


def _left_out(option: str, value: list[str]) -> tuple[str, ...]:
    indispensable = [name for name in value if name in ("type", "url", "host")]
    if indispensable:
        raise OptionError(option, f"{option} must not name {indispensable[0]}: without it cache_params name no Redis")
    return tuple(variable_name(option, name) for name in value)


#: What the argument spec cannot say: it has given the values their types and choices.
_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "redis_host": _host,
    "redis_port": _within(1, 65535),
    "redis_db": _within(0, 65535),
    "redis_username": _text,
    "redis_password": _password,
    "redis_password_env": variable_name,
    "redis_url_env": variable_name,
    "redis_cluster_nodes": _cluster_nodes,
    "redis_sentinel_nodes": _sentinel_nodes,
    "redis_sentinel_service": _text,
    "redis_sentinel_password_env": variable_name,
    "redis_tls": TlsWishes.from_option,
    "ttl": _positive,
    "supported_call_types": _call_types,
    "namespace": _text,
    "max_connections": _within(1, 1000000),
    "socket_timeout": _positive,
    "socket_connect_timeout": _positive,
    "health_check_interval": _number,
    "connection_pool_timeout": _positive,
    "leave_out": _left_out,
}
