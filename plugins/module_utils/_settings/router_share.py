# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The router's part of the cache in Redis: a connection of its own that agrees with the cache's, or the cache's own.

LiteLLM's router takes the cache's client when its settings name none (litellm/router.py, ``_update_redis_cache``, 1.77 to
1.106).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .._finding import finding
from .description import has_own_connection, mapping_at
from .keys import (
    CACHE_KWARGS,
    CACHE_KWARGS_ORDER,
    CLUSTER_NODE_KEYS,
    FORM_CLUSTER,
    FORM_SENTINEL,
    FORM_URL,
    ROUTER_CONSISTENT,
    ROUTER_NONE,
    ROUTER_REDIS_KEYS,
    ROUTER_RUNBOOK,
    SENTINEL_KEYS,
    TLS_KEYS,
)
from .public_values import environment_name
from .references import wanted_timeouts, with_references_of
from .target import SectionTarget, Wanted
from .wishes import CacheWishes

#: What a connection to one node cannot follow, by the form of the cache.
_CANNOT_FOLLOW = {
    FORM_CLUSTER: "a Redis Cluster's MOVED answers: it fails for the keys of all other nodes",
    FORM_SENTINEL: "the Sentinels to another node",
}
_SHARES = "the router shares the cache's connection"


@dataclass(frozen=True)
class RouterShare:
    """What ``router_settings`` should hold of Redis.

    :param form: the form that the cache will have, one of the FORM constants.
    :param url: the URL of the cache in the form url.
    :param params: ``cache_params`` as the file has them.
    :param router: ``router_settings`` as the file has them.
    :param place: host, port and database that the cache will have, without those that the file leaves out.
    :param tls: keys and values of TLS that the cache will have.
    """

    wishes: CacheWishes
    form: str
    url: str | None
    params: dict
    router: dict
    place: dict
    tls: tuple[Wanted, ...] = ()

    def wanted(self) -> list[Wanted | SectionTarget]:
        """What the section should hold."""
        if self.shares:
            return []
        if self.form == FORM_URL:
            return [Wanted("redis_url", self.url)]
        wishes, place = self.wishes, self.place
        wanted: list[Wanted | SectionTarget] = [
            Wanted("redis_host", place["host"]),
            # The router makes no connection without one.
            Wanted("redis_port", place.get("port", wishes.redis_port)),
        ]
        if self._password():
            wanted.append(Wanted("redis_password", self._password(), secret=bool(wishes.redis_password)))
        if "db" in place:
            wanted.append(Wanted("redis_db", place["db"]))
        kwargs = tuple(self._cache_kwargs())
        if kwargs:
            unwanted = TLS_KEYS if self._without_tls else ()
            wanted.append(SectionTarget(CACHE_KWARGS, kwargs, unwanted, CACHE_KWARGS_ORDER))
        return wanted

    def unwanted(self) -> tuple[str, ...]:
        """The keys that must not be live."""
        if self.wishes.router == ROUTER_NONE or self._is_taken_out:
            return ROUTER_REDIS_KEYS
        if self.shares:
            return ()
        if self.form == FORM_URL:
            return tuple(key for key in ROUTER_REDIS_KEYS if key != "redis_url")
        return ("redis_url",)

    def findings(self) -> Iterator[dict]:
        """What the operator should know of it."""
        if self.wishes.router == ROUTER_NONE:
            return
        if not self.shares:
            if self.wishes.router == ROUTER_RUNBOOK:
                yield finding(
                    "router_differs",
                    "the router's own connection has a timeout of 5 s and, up to LiteLLM 1.81, database 0",
                )
        elif self._is_taken_out:
            yield finding(
                "router_connection_taken_out",
                "router_settings named a plain connection of the router's own, which cannot follow "
                f"{_CANNOT_FOLLOW[self.form]}; it is commented out, and {_SHARES}",
            )
        elif self._is_plain and self.form in _CANNOT_FOLLOW:
            yield finding(
                "router_cannot_follow",
                "router_settings name a plain connection of the router's own, which stays and cannot follow "
                f"{_CANNOT_FOLLOW[self.form]}. Way out: set litellm_cache_router to consistent or none",
            )
        elif has_own_connection(self.router):
            yield finding(
                "router_own_connection",
                "router_settings name a connection of the router's own, which stays as it is. To let the router share the "
                "cache's connection, set litellm_cache_router to none",
            )
        else:
            yield finding(
                "router_shares_connection", "the router got no Redis keys of its own and shares the cache's connection"
            )

    @property
    def shares(self) -> bool:
        """Whether no connection is written for the router, because one could not agree with the cache's."""
        if self.wishes.router == ROUTER_NONE:
            return True
        if self.form == FORM_URL:
            return environment_name(self.url) is None
        if self.form in _CANNOT_FOLLOW:
            return True
        has_own = self.router.get("redis_host") or self.router.get("redis_password")
        return bool(
            self.wishes.password_value is None and self.params.get("password") and not self._password() and not has_own
        )

    @property
    def _is_plain(self) -> bool:
        """Whether the file gives the router a connection of its own that knows one node alone."""
        kwargs = mapping_at(self.router, CACHE_KWARGS)
        group = any(kwargs.get(key) for key in (*CLUSTER_NODE_KEYS, SENTINEL_KEYS[0]))
        return has_own_connection(self.router) and not group

    @property
    def _is_taken_out(self) -> bool:
        """Whether the router's own connection goes, because beside a group of servers it could never agree."""
        return self.wishes.router == ROUTER_CONSISTENT and self.form in _CANNOT_FOLLOW and self._is_plain

    @property
    def _without_tls(self) -> bool:
        """Whether TLS is not wanted in so many words."""
        return self.wishes.redis_tls is not None and not self.wishes.redis_tls.enabled

    def _password(self) -> str | None:
        """The password for the router's own connection: that of the wishes, else the variable of the cache's."""
        if self.wishes.password_value is not None:
            return self.wishes.password_value
        password = self.params.get("password")
        if environment_name(password) and not self.router.get("redis_password"):
            return password
        return None

    def _cache_kwargs(self) -> Iterator[Wanted]:
        """What makes the router's connection the cache's in all but name; for the runbook's, the user of its password alone."""
        username = self.wishes.redis_username or self.params.get("username")
        if isinstance(username, str) and (self.wishes.router == ROUTER_CONSISTENT or self._password()):
            yield Wanted("username", username)
        if self.wishes.router != ROUTER_CONSISTENT:
            return
        if "db" in self.place:
            yield Wanted("db", self.place["db"])
        wished = {item.key: item for item in self.tls}
        for key in () if self._without_tls else TLS_KEYS:
            if key in wished or self.params.get(key) is not None:
                yield wished.get(key) or Wanted(key, self.params[key])
        yield from with_references_of(wanted_timeouts(self.wishes), self.params)
