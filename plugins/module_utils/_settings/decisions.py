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
from .._inside.configuration import form_of
from .description import mapping_at, mode_of
from .keys import (
    CACHE_PARAMS,
    CACHE_PARAMS_ORDER,
    DEFAULT_CALL_TYPES,
    DEFAULT_TTL,
    FORM_CLUSTER,
    FORM_ENVIRONMENT,
    FORM_HOST,
    FORM_SENTINEL,
    FORM_URL,
    GROUP_FORMS,
    HOST_KEYS,
    KEYS_OF_FORM,
    LITELLM_KEYS,
    LITELLM_SETTINGS,
    LOGIN_KEYS,
    MODE_LOCAL,
    MODE_OTHER,
    MODE_REDIS,
    POOL_TIMEOUT,
    REDIS_ONLY_PARAMS,
    ROUTER_ORDER,
    ROUTER_REDIS_KEYS,
    ROUTER_SETTINGS,
    TLS_KEYS,
)
from .references import replaced_references, wanted_place, wanted_timeouts
from .router_share import RouterShare
from .target import CacheTarget, SectionTarget, Wanted
from .wishes import CacheWishes

_POOL_VARIABLE = "is the environment variable REDIS_CONNECTION_POOL_TIMEOUT"
#: Why nobody writes a timeout of the pool, by the form (litellm/_redis.py, 1.80.0 to 1.110.2).
_WHY_NO_POOL_TIMEOUT = {
    FORM_HOST: f"would stop LiteLLM at its start; the real setting {_POOL_VARIABLE}",
    FORM_URL: f"has no effect beside a URL; the real setting, from LiteLLM 1.83 on, {_POOL_VARIABLE}",
    FORM_CLUSTER: "has no effect with a Redis Cluster, and LiteLLM has no such setting for it",
    FORM_SENTINEL: "has no effect with Sentinels, and LiteLLM has no such setting for them",
}


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
    of_litellm: bool
    keys_below: str | None

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
            any(key in model for key in LITELLM_KEYS),
            next((str(name) for name, value in model.items() if _holds_key_of_litellm(value)), None),
        )


def _holds_key_of_litellm(value: Any) -> bool:
    return isinstance(value, dict) and any(key in value for key in LITELLM_KEYS)


class CacheDecisions(ABC):
    """What both modes have in common."""

    def __init__(self, wishes: CacheWishes, state: FileState) -> None:
        self.wishes = wishes
        self.state = state

    def target(self) -> CacheTarget:
        """The CacheTarget."""
        params = SectionTarget(
            CACHE_PARAMS,
            tuple(self.params()),
            self.unwanted_params(),
            CACHE_PARAMS_ORDER,
        )
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
        if not self.state.of_litellm:
            below = f"; they stand below {self.state.keys_below}" if self.state.keys_below else ""
            yield finding(
                "no_key_of_litellm",
                f"config.yaml had no key of LiteLLM, such as model_list, at its top level{below}. Is it the file of the proxy?",
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
        #: Wanted of TLS; none of it where the options do not say.
        self.tls = tuple(wishes.redis_tls.wanted(state.params)) if wishes.redis_tls is not None else ()
        self.place = wanted_place(wishes, state.params if self.file_form == FORM_HOST else {})
        self.share = RouterShare(wishes, self.form, self._url(), state.params, state.router, self.place, self.tls)

    def params(self) -> list[Wanted]:
        """What ``cache_params`` should hold."""
        wishes = self.wishes
        wanted = [Wanted("type", MODE_REDIS)] + self._connection() + list(self.kept_or_wanted())
        if wishes.namespace is not None:
            wanted.append(Wanted("namespace", wishes.namespace))
        if wishes.max_connections is not None:
            wanted.append(Wanted("max_connections", wishes.max_connections))
        return [item for item in [*wanted, *wanted_timeouts(wishes)] if item.key not in wishes.leave_out]

    def unwanted_params(self) -> tuple[str, ...]:
        """The keys that must not be live: those of another form, and what stops LiteLLM at its start."""
        unwanted: tuple[str, ...] = ()
        if self.form != self.file_form:
            for form, keys in KEYS_OF_FORM.items():
                unwanted += () if form == self.form else keys
        if self.form in GROUP_FORMS and self.file_form != FORM_URL:  # the login beside a URL was never used
            unwanted = tuple(key for key in unwanted if key not in LOGIN_KEYS)
        if self.wishes.redis_tls is not None and not self.wishes.redis_tls.enabled:
            unwanted += TLS_KEYS
        if self.form == FORM_HOST:
            unwanted += (POOL_TIMEOUT,)
        return unwanted + tuple(key for key in self.wishes.leave_out if key not in unwanted)

    def router(self) -> list[Wanted | SectionTarget]:
        """What ``router_settings`` should hold."""
        return self.share.wanted()

    def unwanted_router(self) -> tuple[str, ...]:
        """The router's keys that must not be live."""
        return self.share.unwanted()

    def findings(self) -> Iterator[dict]:
        """What the operator should know of the decisions, with what is special about Redis."""
        yield from super().findings()
        yield from self._form_findings()
        yield from self.share.findings()

    def _form_of_file(self) -> str:
        if self.file_form != FORM_ENVIRONMENT:
            return self.file_form
        return FORM_URL if self.state.commented_url else FORM_HOST

    def _check_form(self) -> None:
        if self.form == FORM_URL and self._url() is None:
            raise OptionError("redis_url_env", "the form url needs redis_url_env: config.yaml has no url yet")
        if self.form == FORM_URL and self.wishes.redis_tls is not None:
            raise OptionError(
                "redis_tls",
                "redis_tls does not go with the form url: there the URL says it, as rediss:// with ?ssl_ca_certs=",
            )
        of_sentinels = {
            name: getattr(self.wishes, name) for name in ("redis_sentinel_service", "redis_sentinel_password_env")
        }
        if self.form != FORM_SENTINEL:
            for name, value in of_sentinels.items():
                if value:
                    raise OptionError(name, f"{name} needs redis_sentinel_nodes: config.yaml names no Sentinels")
        elif not of_sentinels["redis_sentinel_service"] and not self.state.params.get("service_name"):
            raise OptionError(
                "redis_sentinel_service",
                "redis_sentinel_nodes needs redis_sentinel_service: the Sentinels know it by that",
            )

    def _url(self) -> str | None:
        return self.wishes.url_value or self.state.params.get("url") or self.state.commented_url

    def _connection(self) -> list[Wanted]:
        wishes = self.wishes
        if self.form == FORM_URL:
            return [Wanted("url", self._url())]
        wanted = [Wanted(key, value) for key, value in self.place.items()] if self.form == FORM_HOST else []
        if wishes.redis_username is not None:
            wanted.append(Wanted("username", wishes.redis_username))
        if wishes.password_value is not None:
            wanted.append(Wanted("password", wishes.password_value, secret=bool(wishes.redis_password)))
        return [*sorted(wanted, key=lambda item: HOST_KEYS.index(item.key)), *wishes.group(), *self.tls]

    def _form_findings(self) -> Iterator[dict]:
        wishes = self.wishes
        if wishes.connection_pool_timeout is not None:
            yield finding(
                "connection_pool_timeout_left_out", f"connection_pool_timeout {_WHY_NO_POOL_TIMEOUT[self.form]}"
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
        if self.form in GROUP_FORMS and self.form == self.file_form and not wishes.wanted_form:
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
