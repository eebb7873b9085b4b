# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator wants of the cache."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, Callable, Optional, Tuple

from .._errors import OptionError
from .keys import (
    FORM_HOST,
    FORM_URL,
    MODE_LOCAL,
    MODE_REDIS,
    ROUTER_CONSISTENT,
    ROUTER_NONE,
    ROUTER_RUNBOOK,
)
from .public_values import is_host_name

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORD = re.compile(r"[a-z_]+\Z")
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


@dataclass(frozen=True)
class CacheWishes:
    """Validated wishes; None means that the file's own value stays. Times are in seconds."""

    mode: str
    redis_form: Optional[str] = None
    redis_host: str = "redis"
    redis_port: int = 6379
    redis_db: int = 1
    redis_username: Optional[str] = None
    redis_password: Optional[str] = None
    redis_password_env: Optional[str] = None
    redis_url_env: Optional[str] = None
    ttl: Optional[float] = None
    supported_call_types: Optional[Tuple[str, ...]] = None
    namespace: Optional[str] = None
    max_connections: Optional[int] = None
    socket_timeout: float = 30
    socket_connect_timeout: float = 10
    health_check_interval: float = 30
    retry_on_timeout: bool = True
    connection_pool_timeout: Optional[float] = None
    router: str = ROUTER_CONSISTENT
    leave_out: Tuple[str, ...] = ()

    @classmethod
    def from_options(cls, params: dict) -> CacheWishes:
        """Return the wishes in the options of a module, whose names are those of the fields.

        '' and None mean unset, other names are ignored. Raises OptionError, which names the option.
        """
        given: dict[str, Any] = {}
        for field in fields(cls):
            value = params.get(field.name)
            if value is not None and value != "" and value != []:
                given[field.name] = _READERS[field.name](field.name, value)
        if "mode" not in given:
            raise OptionError("mode", "mode is required: redis or local")
        wishes = cls(**given)
        wishes._refuse_contradictions()
        return wishes

    @property
    def password_value(self) -> Optional[str]:
        """What goes into the file as password: the literal, the reference to the variable, or None."""
        return "os.environ/" + self.redis_password_env if self.redis_password_env else self.redis_password

    @property
    def url_value(self) -> Optional[str]:
        """What goes into the file as URL, or None."""
        return "os.environ/" + self.redis_url_env if self.redis_url_env else None

    @property
    def wanted_form(self) -> Optional[str]:
        """The form that the options ask for, or None."""
        return FORM_URL if self.redis_url_env else self.redis_form

    def _refuse_contradictions(self) -> None:
        if self.redis_password and self.redis_password_env:
            raise OptionError("redis_password", "redis_password and redis_password_env exclude each other: give one")
        if self.redis_url_env and self.redis_form == FORM_HOST:
            raise OptionError("redis_url_env", "redis_url_env needs the form url, but redis_form is host")
        if self.redis_password in (MODE_REDIS, MODE_LOCAL, self.redis_host, str(self.redis_port), str(self.redis_db)):
            raise OptionError(
                "redis_password",
                "redis_password equals a word of the results, which Ansible would mask; use redis_password_env",
            )


def _choice(*choices: str) -> Callable[[str, Any], str]:
    def read(option: str, value: Any) -> Any:
        if value not in choices:
            raise OptionError(option, "%s must be one of: %s" % (option, ", ".join(choices)))
        return value

    return read


def _host(option: str, value: Any) -> str:
    if not is_host_name(value):
        raise OptionError(option, "%s must be a host name or an address" % option)
    return value


def _variable_name(option: str, value: Any) -> str:
    if not isinstance(value, str) or not _VARIABLE_NAME.match(value):
        raise OptionError(option, "%s must be the name of an environment variable" % option)
    return value


def _text(option: str, value: Any) -> str:
    if not isinstance(value, str) or any(character in value for character in "\r\n\0"):
        raise OptionError(option, "%s must be text on one line" % option)
    return value


def _password(option: str, value: Any) -> str:
    text = _text(option, str(value))
    if text.startswith("os.environ/"):
        raise OptionError(option, "%s must be a literal; name the variable in redis_password_env" % option)
    return text


def _whole(smallest: int, largest: int) -> Callable[[str, Any], int]:
    def read(option: str, value: Any) -> Any:
        number = _number(option, value)
        if number != int(number) or not smallest <= number <= largest:
            raise OptionError(option, "%s must be a whole number from %d to %d" % (option, smallest, largest))
        return int(number)

    return read


def _number(option: str, value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 <= number < 1e9:
        raise OptionError(option, "%s must be a number that is not negative" % option)
    return int(number) if number == int(number) else number


def _positive(option: str, value: Any) -> float:
    number = _number(option, value)
    if number == 0:
        raise OptionError(option, "%s must be greater than 0" % option)
    return number


def _boolean(option: str, value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE + _FALSE:
        raise OptionError(option, "%s must be true or false" % option)
    return word in _TRUE


def _words(option: str, value: Any) -> tuple[str, ...]:
    words = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) and _WORD.match(word) for word in words):
        raise OptionError(option, "%s must be a list of call types such as acompletion" % option)
    return tuple(words)


def _names(option: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise OptionError(option, "%s must be a list of keys of cache_params" % option)
    return tuple(_variable_name(option, name) for name in value)


_READERS = {
    "mode": _choice(MODE_REDIS, MODE_LOCAL),
    "redis_form": _choice(FORM_HOST, FORM_URL),
    "redis_host": _host,
    "redis_port": _whole(1, 65535),
    "redis_db": _whole(0, 65535),
    "redis_username": _text,
    "redis_password": _password,
    "redis_password_env": _variable_name,
    "redis_url_env": _variable_name,
    "ttl": _positive,
    "supported_call_types": _words,
    "namespace": _text,
    "max_connections": _whole(1, 1000000),
    "socket_timeout": _positive,
    "socket_connect_timeout": _positive,
    "health_check_interval": _number,
    "retry_on_timeout": _boolean,
    "connection_pool_timeout": _positive,
    "leave_out": _names,
    "router": _choice(ROUTER_CONSISTENT, ROUTER_RUNBOOK, ROUTER_NONE),
}
