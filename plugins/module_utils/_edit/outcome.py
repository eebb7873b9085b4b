# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds what an edited text loads as against the wishes.

The check of an edit asks whether the edit did what it meant; this one whether that is what was wished. So it knows neither
targets nor places of keys: only the wishes, and what LiteLLM loads before and after, whatever the syntax.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._errors import UnsupportedConfigError
from .._inside.configuration import form_of
from .._settings.description import mapping_at, mode_of
from .._settings.keys import (
    CACHE_KWARGS,
    CACHE_KWARGS_ORDER,
    CACHE_PARAMS,
    CACHE_PARAMS_PATH,
    FORM_HOST,
    FORM_URL,
    LITELLM_SETTINGS,
    MODE_LOCAL,
    PLACE_KEYS,
    POOL_TIMEOUT,
    REDIS_ONLY_PARAMS,
    ROUTER_CONSISTENT,
    ROUTER_NONE,
    ROUTER_PATH,
    ROUTER_REDIS_KEYS,
    ROUTER_SETTINGS,
    TIMEOUT_KEYS,
    TLS_KEYS,
)
from .._settings.public_values import environment_name
from .._settings.target import Wanted
from .._settings.wishes import CacheWishes
from .._yaml.document import YamlText
from .._yaml.section import line_of

_STAY = "would stay in effect"
_DIFFER = "would not be what is wanted"
_NOT_COPIED = "is missing, and the password of cache_params is none that is copied"

#: A place in the configuration and what is wrong with it.
Fault = tuple[tuple[str, ...], str]


def require_outcome(document: YamlText, before: dict, loaded: dict, wishes: CacheWishes) -> None:
    """Require that an edited text holds what was wished, and nothing that was not.

    :param document: the text as read, for the line.
    :param before: what the text loaded as before the wishes were applied.
    :param loaded: what the edited text loads as.
    :raises UnsupportedConfigError: it does not; with the line of what stands in the way.
    """
    outcome = (LocalOutcome if wishes.mode == MODE_LOCAL else RedisOutcome)(wishes, _Loaded(before), _Loaded(loaded))
    for place, what in outcome.faults():
        line = line_of(document, place)
        if what == _NOT_COPIED:
            raise UnsupportedConfigError(
                f"line {line}: {'.'.join(place)} {what}: write it there too, or have it given to the proxy as a variable",
                line=line,
            )
        raise UnsupportedConfigError(
            f"line {line}: {'.'.join(place)} {what}, because a flow mapping, an alias or a merge key (<<) says so, which "
            f"cannot be edited exactly; write all of {'.'.join(place[:-1])} there, one key a line",
            line=line,
        )


class _Loaded:
    """What LiteLLM loads of the cache."""

    def __init__(self, model: dict) -> None:
        self.mode = mode_of(model)
        self.params = mapping_at(mapping_at(model, LITELLM_SETTINGS), CACHE_PARAMS)
        self.router = mapping_at(model, ROUTER_SETTINGS)
        self.kwargs = mapping_at(self.router, CACHE_KWARGS)

    @property
    def router_connection(self) -> str | None:
        """The key with which the router makes a connection of its own; None where it makes none."""
        if self.router.get("redis_url") is not None:
            return "redis_url"
        has_both = self.router.get("redis_host") is not None and self.router.get("redis_port") is not None
        return "redis_host" if has_both else None


@dataclass(frozen=True)
class _Outcome:
    """The faults that both modes know."""

    wishes: CacheWishes
    before: _Loaded
    after: _Loaded

    def faults(self) -> Iterator[Fault]:
        """What is not as wished."""
        if self.after.mode != self.wishes.mode:
            yield (*CACHE_PARAMS_PATH, "type"), _DIFFER
        yield from self._unmet({"ttl": self.wishes.ttl})
        types = self.wishes.supported_call_types
        yield from self._unmet({"supported_call_types": list(types) if types is not None else None})

    def _router_keys(self) -> Iterator[Fault]:
        """What the router would have of Redis; half of a connection is none today, and no key of it is wanted."""
        for key in ROUTER_REDIS_KEYS:
            if key in self.after.router:
                yield (*ROUTER_PATH, key), _STAY

    def _unmet(self, values: dict[str, Any]) -> Iterator[Fault]:
        """The keys of ``cache_params`` that have another value than the one wished; None wishes nothing."""
        for key, value in values.items():
            if value is None or key in self.wishes.leave_out:
                continue
            if not Wanted(key, value).same_as(self.after.params.get(key)):
                yield (*CACHE_PARAMS_PATH, key), _DIFFER


class LocalOutcome(_Outcome):
    """The cache inside the process: nothing of it, nor of the router, may lead to Redis."""

    def faults(self) -> Iterator[Fault]:
        """What is not as wished."""
        yield from super().faults()
        ignored = self.before.params if self.before.mode == MODE_LOCAL else {}
        for key in REDIS_ONLY_PARAMS:
            if key in self.after.params and key not in ignored:
                yield (*CACHE_PARAMS_PATH, key), _STAY
        yield from self._router_keys()


class RedisOutcome(_Outcome):
    """The cache in Redis, and the router there, on its own or with the cache's connection."""

    def faults(self) -> Iterator[Fault]:
        """What is not as wished."""
        yield from super().faults()
        yield from self._unwanted_params()
        yield from self._unmet({"namespace": self.wishes.namespace, "max_connections": self.wishes.max_connections})
        yield from self._place()
        yield from self._timeouts()
        yield from self._router()

    @property
    def _form(self) -> str:
        return form_of(self.after.params)

    def _unwanted_params(self) -> Iterator[Fault]:
        wishes, params = self.wishes, self.after.params
        unwanted = list(wishes.leave_out)
        if wishes.redis_tls is not None and not wishes.redis_tls.enabled:
            unwanted += TLS_KEYS
        if self._form == FORM_HOST:
            unwanted.append(POOL_TIMEOUT)
        for key in unwanted:
            if key in params:
                yield (*CACHE_PARAMS_PATH, key), _STAY
        if wishes.wanted_form not in (None, self._form) and not wishes.leave_out:
            yield (*CACHE_PARAMS_PATH, "url" if self._form == FORM_URL else "host"), _DIFFER

    def _place(self) -> Iterator[Fault]:
        """What the options say of the place; what they leave to their defaults can be a reference, or stay with one."""
        wishes, params = self.wishes, self.after.params
        if self._form == FORM_URL:
            yield from self._unmet({"url": wishes.url_value})
            return
        yield from self._unmet({"username": wishes.redis_username, "password": wishes.password_value})
        yield from self._unmet({item.key: item.value for item in wishes.group()})
        for item in wishes.redis_tls.wanted(params) if wishes.redis_tls is not None else ():
            if item.key not in wishes.leave_out and not item.met_by(params):
                yield (*CACHE_PARAMS_PATH, item.key), _DIFFER
        for key in PLACE_KEYS if self._form == FORM_HOST else ():
            value = getattr(wishes, f"redis_{key}")
            by_default = value == getattr(CacheWishes, f"redis_{key}")
            if not by_default or not (environment_name(params.get(key)) or environment_name(params.get("host"))):
                yield from self._unmet({key: value})

    def _timeouts(self) -> Iterator[Fault]:
        for key in TIMEOUT_KEYS:
            value = getattr(self.wishes, key)
            if value != getattr(CacheWishes, key) or not environment_name(self.after.params.get(key)):
                yield from self._unmet({key: value})

    def _router(self) -> Iterator[Fault]:
        """A connection of the router's own is none where it shares, is the cache's, or stays as the operator has it."""
        connection = self.after.router_connection
        if self.wishes.router == ROUTER_NONE:
            yield from self._router_keys()
        elif self.before.router != self.after.router and connection:
            yield from self._router_that_differs(connection)
        elif connection == "redis_url" and self._form == FORM_HOST and self._knows_login:
            yield (*ROUTER_PATH, connection), _STAY

    @property
    def _knows_login(self) -> bool:
        """Whether the router can be given the login of the cache: a literal in the file is not read out of it."""
        password = self.after.params.get("password")
        return self.wishes.password_value is not None or not password or bool(environment_name(password))

    def _router_that_differs(self, connection: str) -> Iterator[Fault]:
        params, router = self.after.params, self.after.router
        if self._form == FORM_URL:
            if router.get("redis_url") != params.get("url"):
                yield (*ROUTER_PATH, connection), _DIFFER
            return
        if connection == "redis_url":
            yield (*ROUTER_PATH, connection), _STAY
        own_password = self.wishes.password_value is None and self.before.router.get("redis_password")
        for key in PLACE_KEYS if own_password else (*PLACE_KEYS, "password"):
            if not _agree(key, params.get(key), router.get(f"redis_{key}")):
                missing = key == "password" and not self._knows_login and f"redis_{key}" not in router
                yield (*ROUTER_PATH, f"redis_{key}"), _NOT_COPIED if missing else _DIFFER
        for key in CACHE_KWARGS_ORDER if self.wishes.router == ROUTER_CONSISTENT else ():
            if not _agree(key, params.get(key), self.after.kwargs.get(key)):
                yield (*ROUTER_PATH, CACHE_KWARGS, key), _DIFFER


def _agree(key: str, of_cache: Any, of_router: Any) -> bool:
    """Whether the router has what the cache has; what the cache leaves out, it may have."""
    return of_cache is None or Wanted(key, of_cache).same_as(of_router) or Wanted(key, of_router).same_as(of_cache)
