# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sections of config.yaml should hold for the cache in Redis."""

from __future__ import annotations

from typing import Iterator, Optional, Union

from .._errors import OptionError
from .decisions import CacheDecisions, FileState
from .description import form_of
from .keys import (
    CACHE_KWARGS,
    CACHE_KWARGS_ORDER,
    FORM_CLUSTER,
    FORM_ENVIRONMENT,
    FORM_HOST,
    FORM_SENTINEL,
    FORM_URL,
    HOST_KEYS,
    KEYS_OF_FORM,
    MODE_REDIS,
    POOL_TIMEOUT,
    ROUTER_CONSISTENT,
    ROUTER_NONE,
    ROUTER_REDIS_KEYS,
    ROUTER_RUNBOOK,
)
from .public_values import environment_name
from .target import CacheTarget, SectionTarget, Wanted
from .wishes import CacheWishes


class RedisDecisions(CacheDecisions):
    """The cache in Redis."""

    def __init__(self, wishes: CacheWishes, state: FileState) -> None:
        super().__init__(wishes, state)
        self.file_form = form_of(state.params)
        self.form = wishes.wanted_form or self._form_of_file()
        self._check_form()

    def params(self) -> list[Wanted]:
        """Return what ``cache_params`` should hold."""
        wishes = self.wishes
        wanted = [Wanted("type", MODE_REDIS)] + self._connection() + list(self.kept_or_wanted())
        if wishes.namespace is not None:
            wanted.append(Wanted("namespace", wishes.namespace))
        if wishes.max_connections is not None:
            wanted.append(Wanted("max_connections", wishes.max_connections))
        return [item for item in wanted + self._timeouts() if item.key not in wishes.leave_out]

    def unwanted_params(self) -> tuple[str, ...]:
        """Return the keys that must not be live: those of another form, and what stops LiteLLM at its start."""
        unwanted: tuple[str, ...] = ()
        if self.form != self.file_form:
            for form, keys in KEYS_OF_FORM.items():
                unwanted += () if form == self.form else keys
        if self.form == FORM_HOST:
            unwanted += (POOL_TIMEOUT,)
        return unwanted + tuple(key for key in self.wishes.leave_out if key not in unwanted)

    def router(self) -> list[Union[Wanted, SectionTarget]]:
        """Return what ``router_settings`` should hold."""
        if self._router_shares():
            return []
        if self.form == FORM_URL:
            return [Wanted("redis_url", self._url())]
        wanted: list[Union[Wanted, SectionTarget]] = [
            Wanted("redis_host", self.wishes.redis_host),
            Wanted("redis_port", self.wishes.redis_port),
        ]
        if self._router_password():
            wanted.append(Wanted("redis_password", self._router_password(), secret=bool(self.wishes.redis_password)))
        wanted.append(Wanted("redis_db", self.wishes.redis_db))
        if self.wishes.router == ROUTER_CONSISTENT:
            wanted.append(
                SectionTarget(CACHE_KWARGS, tuple(self._cache_kwargs()), (), CACHE_KWARGS_ORDER, replaceable=True)
            )
        return wanted

    def unwanted_router(self) -> tuple[str, ...]:
        """Return the router's keys that must not be live."""
        if self.wishes.router == ROUTER_NONE:
            return ROUTER_REDIS_KEYS
        if self._router_shares():
            return ()
        if self.form == FORM_URL:
            return tuple(key for key in ROUTER_REDIS_KEYS if key != "redis_url")
        return ("redis_url",)

    def target(self) -> CacheTarget:
        """Return the CacheTarget, with what is special about Redis."""
        target = super().target()
        self._form_findings()
        self._router_findings()
        return target

    def _form_of_file(self) -> str:
        if self.file_form != FORM_ENVIRONMENT:
            return self.file_form
        return FORM_URL if self.state.commented_url else FORM_HOST

    def _check_form(self) -> None:
        if self.form == FORM_URL and self._url() is None:
            raise OptionError("redis_url_env", "the form url needs redis_url_env: config.yaml has no url yet")

    def _url(self) -> Optional[str]:
        return self.wishes.url_value or self.state.params.get("url") or self.state.commented_url

    def _connection(self) -> list[Wanted]:
        wishes = self.wishes
        if self.form == FORM_URL:
            return [Wanted("url", self._url())]
        wanted = []
        if self.form == FORM_HOST:
            wanted += [
                Wanted("host", wishes.redis_host),
                Wanted("port", wishes.redis_port),
                Wanted("db", wishes.redis_db),
            ]
        if wishes.redis_username is not None:
            wanted.append(Wanted("username", wishes.redis_username))
        if wishes.password_value is not None:
            wanted.append(Wanted("password", wishes.password_value, secret=bool(wishes.redis_password)))
        return sorted(wanted, key=lambda item: HOST_KEYS.index(item.key))

    def _timeouts(self) -> list[Wanted]:
        wishes = self.wishes
        return [
            Wanted("socket_connect_timeout", wishes.socket_connect_timeout),
            Wanted("socket_timeout", wishes.socket_timeout),
            Wanted("retry_on_timeout", wishes.retry_on_timeout),
            Wanted("health_check_interval", wishes.health_check_interval),
        ]

    def _cache_kwargs(self) -> Iterator[Wanted]:
        if self.wishes.redis_username is not None:
            yield Wanted("username", self.wishes.redis_username)
        yield Wanted("db", self.wishes.redis_db)
        yield from self._timeouts()

    def _router_password(self) -> Optional[str]:
        """The password for the router's own connection: that of the wishes, else the variable of the cache's."""
        if self.wishes.password_value is not None:
            return self.wishes.password_value
        password = self.state.params.get("password")
        if environment_name(password) and not self.state.router.get("redis_password"):
            return password
        return None

    def _router_shares(self) -> bool:
        """Whether the router is left without a connection of its own, because one could not agree with the cache's."""
        if self.wishes.router == ROUTER_NONE:
            return True
        if self.form == FORM_URL:
            return environment_name(self._url()) is None
        if self.form in (FORM_CLUSTER, FORM_SENTINEL):
            return True
        has_own = self.state.router.get("redis_host") or self.state.router.get("redis_password")
        return bool(
            self.wishes.password_value is None
            and self.state.params.get("password")
            and not self._router_password()
            and not has_own
        )

    def _form_findings(self) -> None:
        if self.form == FORM_HOST and self.wishes.connection_pool_timeout is not None:
            self.add_finding(
                "connection_pool_timeout_left_out",
                "connection_pool_timeout would stop LiteLLM at its start; the real setting is the environment variable"
                " REDIS_CONNECTION_POOL_TIMEOUT",
            )
        if self.form == FORM_HOST and POOL_TIMEOUT in self.state.params:
            self.add_finding(
                "connection_pool_timeout_commented_out",
                "cache_params held connection_pool_timeout, which stops LiteLLM at its start; it is commented out",
            )
        if self.form == FORM_URL:
            self.add_finding(
                "url_form_timeouts",
                "LiteLLM before 1.99 takes the timeouts from the URL alone: let it end in ?socket_timeout=%s"
                "&socket_connect_timeout=%s&health_check_interval=%s&retry_on_timeout=%s"
                % (
                    self.wishes.socket_timeout,
                    self.wishes.socket_connect_timeout,
                    self.wishes.health_check_interval,
                    "yes" if self.wishes.retry_on_timeout else "no",
                ),
            )
        if self.form in (FORM_CLUSTER, FORM_SENTINEL):
            self.add_finding(
                "%s_form_kept" % self.form,
                "cache_params name a Redis %s; host, port and db were not touched"
                % ("Cluster" if self.form == FORM_CLUSTER else "Sentinel"),
            )
        if self.form == FORM_HOST and self.file_form == FORM_ENVIRONMENT and self.state.mode == MODE_REDIS:
            self.add_finding(
                "environment_form_completed",
                "cache_params left the connection to REDIS_* variables, which LiteLLM 1.90 to 1.99 can ignore; now they name it",
            )

    def _router_findings(self) -> None:
        if self.wishes.router == ROUTER_RUNBOOK and not self._router_shares():
            self.add_finding(
                "router_differs", "the router's own connection has a timeout of 5 s and, up to LiteLLM 1.81, database 0"
            )
        elif self.wishes.router != ROUTER_NONE and self._router_shares():
            self.add_finding(
                "router_shares_connection", "the router got no Redis keys of its own and shares the cache's connection"
            )
