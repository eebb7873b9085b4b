# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sections of config.yaml should hold for the wishes. Decisions only: no text, no positions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._errors import OptionError
from .._finding import finding
from .description import form_of, mapping_at, mode_of
from .keys import (
    CACHE_KWARGS,
    CACHE_KWARGS_ORDER,
    CACHE_PARAMS,
    CACHE_PARAMS_ORDER,
    DEFAULT_CALL_TYPES,
    DEFAULT_TTL,
    FORM_CLUSTER,
    FORM_ENVIRONMENT,
    FORM_HOST,
    FORM_SENTINEL,
    FORM_URL,
    HOST_KEYS,
    KEYS_OF_FORM,
    LITELLM_SETTINGS,
    MODE_LOCAL,
    MODE_OTHER,
    MODE_REDIS,
    POOL_TIMEOUT,
    REDIS_ONLY_PARAMS,
    ROUTER_CONSISTENT,
    ROUTER_NONE,
    ROUTER_ORDER,
    ROUTER_REDIS_KEYS,
    ROUTER_RUNBOOK,
    ROUTER_SETTINGS,
)
from .public_values import environment_name
from .references import (
    replaced_references,
    wanted_place,
    wanted_timeouts,
    with_references_of,
)
from .target import CacheTarget, SectionTarget, Wanted
from .wishes import CacheWishes


def cache_target(wishes: CacheWishes, model: dict[str, Any], commented_url: str | None = None) -> CacheTarget:
    """What the sections should hold.

    :param model: what the file loads as.
    :param commented_url: value of a ``url`` that stands as a comment in ``cache_params``, with no ``host`` beside it.
    :raises OptionError: the wishes do not fit the file.
    """
    state = FileState.of(model, commented_url)
    decisions = RedisDecisions(wishes, state) if wishes.mode == MODE_REDIS else LocalDecisions(wishes, state)
    return decisions.target()


@dataclass(frozen=True)
class FileState:
    """What the decisions need to know of the file."""

    mode: str
    switch: Any
    params: dict
    router: dict
    commented_url: str | None
    include: bool

    @classmethod
    def of(cls, model: dict, commented_url: str | None) -> FileState:
        """The state of a file that loads as ``model``."""
        settings = mapping_at(model, LITELLM_SETTINGS)
        return cls(
            mode_of(model),
            settings.get("cache"),
            mapping_at(settings, CACHE_PARAMS),
            mapping_at(model, ROUTER_SETTINGS),
            commented_url,
            bool(model.get("include")),
        )


class CacheDecisions(ABC):
    """What both modes have in common."""

    def __init__(self, wishes: CacheWishes, state: FileState) -> None:
        self.wishes = wishes
        self.state = state

    def target(self) -> CacheTarget:
        """The CacheTarget."""
        params = SectionTarget(CACHE_PARAMS, tuple(self.params()), self.unwanted_params(), CACHE_PARAMS_ORDER)
        sections = (
            SectionTarget(LITELLM_SETTINGS, (self.switch(), params), (), ("cache", CACHE_PARAMS)),
            SectionTarget(ROUTER_SETTINGS, tuple(self.router()), self.unwanted_router(), ROUTER_ORDER),
        )
        return CacheTarget(sections, tuple(self.findings()))

    @abstractmethod
    def params(self) -> list[Wanted]:
        """What ``cache_params`` should hold."""

    @abstractmethod
    def unwanted_params(self) -> tuple[str, ...]:
        """The keys of ``cache_params`` that must not be live."""

    @abstractmethod
    def router(self) -> list[Wanted | SectionTarget]:
        """What ``router_settings`` should hold."""

    @abstractmethod
    def unwanted_router(self) -> tuple[str, ...]:
        """The keys of ``router_settings`` that must not be live."""

    def switch(self) -> Wanted:
        """That the cache is on. A reference that means it stays, but where the mode changes: that must not depend on it."""
        return Wanted("cache", True, reference_stays=self.state.mode == self.wishes.mode)

    def kept_or_wanted(self) -> Iterator[Wanted]:
        """The settings that every mode has: enforced where wished, else the file's own, else the runbook's."""
        wishes = self.wishes
        yield Wanted("ttl", DEFAULT_TTL, default=True) if wishes.ttl is None else Wanted("ttl", wishes.ttl)
        types = wishes.supported_call_types
        yield Wanted("supported_call_types", list(types or DEFAULT_CALL_TYPES), default=types is None)

    def _replaced_references(self) -> Iterator[dict]:
        settings = {"cache": self.state.switch}
        yield from replaced_references(LITELLM_SETTINGS, [self.switch()], settings)
        yield from replaced_references(CACHE_PARAMS, self.params(), self.state.params)
        yield from replaced_references(ROUTER_SETTINGS, self.router(), self.state.router)

    def findings(self) -> Iterator[dict]:
        """What the operator should know of the decisions."""
        yield from self._replaced_references()
        if self.state.mode == MODE_OTHER:
            yield finding(
                "cache_type_replaced", "the cache had a type that is neither local nor redis; its own keys stay"
            )
        if self.state.include:
            yield finding(
                "include_not_followed", "config.yaml includes other files; cache settings there were not read"
            )


class LocalDecisions(CacheDecisions):
    """The cache inside the process. A file that is in local mode already keeps its shape."""

    def params(self) -> list[Wanted]:
        """What ``cache_params`` should hold."""
        if self.state.mode != MODE_LOCAL:
            return [Wanted("type", MODE_LOCAL)] + list(self.kept_or_wanted())
        return [wanted for wanted in self.kept_or_wanted() if not wanted.default]

    def unwanted_params(self) -> tuple[str, ...]:
        """The keys to comment out; in local mode LiteLLM ignores what is left of Redis."""
        return () if self.state.mode == MODE_LOCAL else REDIS_ONLY_PARAMS

    def router(self) -> list[Wanted | SectionTarget]:
        """What ``router_settings`` should hold."""
        return []

    def unwanted_router(self) -> tuple[str, ...]:
        """The router's keys to comment out: with them it would stay on Redis."""
        return ROUTER_REDIS_KEYS


class RedisDecisions(CacheDecisions):
    """The cache in Redis."""

    def __init__(self, wishes: CacheWishes, state: FileState) -> None:
        super().__init__(wishes, state)
        self.file_form = form_of(state.params)
        self.form = wishes.wanted_form or self._form_of_file()
        self._check_form()

    def params(self) -> list[Wanted]:
        """What ``cache_params`` should hold."""
        wishes = self.wishes
        wanted = [Wanted("type", MODE_REDIS)] + self._connection() + list(self.kept_or_wanted())
        if wishes.namespace is not None:
            wanted.append(Wanted("namespace", wishes.namespace))
        if wishes.max_connections is not None:
            wanted.append(Wanted("max_connections", wishes.max_connections))
        return [item for item in wanted + self._timeouts() if item.key not in wishes.leave_out]

    def unwanted_params(self) -> tuple[str, ...]:
        """The keys that must not be live: those of another form, and what stops LiteLLM at its start."""
        unwanted: tuple[str, ...] = ()
        if self.form != self.file_form:
            for form, keys in KEYS_OF_FORM.items():
                unwanted += () if form == self.form else keys
        if self.form == FORM_HOST:
            unwanted += (POOL_TIMEOUT,)
        return unwanted + tuple(key for key in self.wishes.leave_out if key not in unwanted)

    def router(self) -> list[Wanted | SectionTarget]:
        """What ``router_settings`` should hold."""
        if self._router_shares():
            return []
        if self.form == FORM_URL:
            return [Wanted("redis_url", self._url())]
        place = self._place()
        wanted: list[Wanted | SectionTarget] = [
            Wanted("redis_host", place["host"]),
            # The router makes no connection without one.
            Wanted("redis_port", place.get("port", self.wishes.redis_port)),
        ]
        if self._router_password():
            wanted.append(Wanted("redis_password", self._router_password(), secret=bool(self.wishes.redis_password)))
        if "db" in place:
            wanted.append(Wanted("redis_db", place["db"]))
        if self.wishes.router == ROUTER_CONSISTENT:
            wanted.append(
                SectionTarget(CACHE_KWARGS, tuple(self._cache_kwargs()), (), CACHE_KWARGS_ORDER, replaceable=True)
            )
        return wanted

    def unwanted_router(self) -> tuple[str, ...]:
        """The router's keys that must not be live."""
        if self.wishes.router == ROUTER_NONE:
            return ROUTER_REDIS_KEYS
        if self._router_shares():
            return ()
        if self.form == FORM_URL:
            return tuple(key for key in ROUTER_REDIS_KEYS if key != "redis_url")
        return ("redis_url",)

    def findings(self) -> Iterator[dict]:
        """What the operator should know of the decisions, with what is special about Redis."""
        yield from super().findings()
        yield from self._form_findings()
        yield from self._router_findings()

    def _form_of_file(self) -> str:
        if self.file_form != FORM_ENVIRONMENT:
            return self.file_form
        return FORM_URL if self.state.commented_url else FORM_HOST

    def _check_form(self) -> None:
        if self.form == FORM_URL and self._url() is None:
            raise OptionError("redis_url_env", "the form url needs redis_url_env: config.yaml has no url yet")

    def _url(self) -> str | None:
        return self.wishes.url_value or self.state.params.get("url") or self.state.commented_url

    def _connection(self) -> list[Wanted]:
        wishes = self.wishes
        if self.form == FORM_URL:
            return [Wanted("url", self._url())]
        wanted = []
        if self.form == FORM_HOST:
            wanted += [Wanted(key, value) for key, value in self._place().items()]
        if wishes.redis_username is not None:
            wanted.append(Wanted("username", wishes.redis_username))
        if wishes.password_value is not None:
            wanted.append(Wanted("password", wishes.password_value, secret=bool(wishes.redis_password)))
        return sorted(wanted, key=lambda item: HOST_KEYS.index(item.key))

    def _place(self) -> dict[str, Any]:
        return wanted_place(self.wishes, self.state.params if self.file_form == FORM_HOST else {})

    def _timeouts(self) -> list[Wanted]:
        return wanted_timeouts(self.wishes)

    def _cache_kwargs(self) -> Iterator[Wanted]:
        if self.wishes.redis_username is not None:
            yield Wanted("username", self.wishes.redis_username)
        place = self._place()
        if "db" in place:
            yield Wanted("db", place["db"])
        yield from with_references_of(self._timeouts(), self.state.params)

    def _router_password(self) -> str | None:
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

    def _form_findings(self) -> Iterator[dict]:
        wishes = self.wishes
        if self.form == FORM_HOST and wishes.connection_pool_timeout is not None:
            yield finding(
                "connection_pool_timeout_left_out",
                "connection_pool_timeout would stop LiteLLM at its start; the real setting is the environment variable"
                " REDIS_CONNECTION_POOL_TIMEOUT",
            )
        if self.form == FORM_HOST and POOL_TIMEOUT in self.state.params:
            yield finding(
                "connection_pool_timeout_commented_out",
                "cache_params held connection_pool_timeout, which stops LiteLLM at its start; it is commented out",
            )
        if self.form == FORM_URL:
            yield finding(
                "url_form_timeouts",
                "LiteLLM before 1.99 takes the timeouts from the URL alone: let it end in "
                f"?socket_timeout={wishes.socket_timeout}&socket_connect_timeout={wishes.socket_connect_timeout}"
                f"&health_check_interval={wishes.health_check_interval}"
                f"&retry_on_timeout={'yes' if wishes.retry_on_timeout else 'no'}",
            )
        if self.form in (FORM_CLUSTER, FORM_SENTINEL):
            yield finding(
                f"{self.form}_form_kept",
                f"cache_params name a Redis {'Cluster' if self.form == FORM_CLUSTER else 'Sentinel'}; host, port and db "
                "were not touched",
            )
        if self.form == FORM_HOST and self.file_form == FORM_ENVIRONMENT and self.state.mode == MODE_REDIS:
            yield finding(
                "environment_form_completed",
                "cache_params left the connection to REDIS_* variables, which LiteLLM 1.90 to 1.99 can ignore; now they name it",
            )

    def _router_findings(self) -> Iterator[dict]:
        if self.wishes.router == ROUTER_RUNBOOK and not self._router_shares():
            yield finding(
                "router_differs", "the router's own connection has a timeout of 5 s and, up to LiteLLM 1.81, database 0"
            )
        elif self.wishes.router != ROUTER_NONE and self._router_shares():
            yield finding(
                "router_shares_connection", "the router got no Redis keys of its own and shares the cache's connection"
            )
