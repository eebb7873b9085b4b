# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both cache modes have in common.

Decisions only: no text, no positions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Iterator, Optional, Union

from .._finding import finding
from .description import mapping_at, mode_of
from .keys import (
    CACHE_PARAMS,
    CACHE_PARAMS_ORDER,
    DEFAULT_CALL_TYPES,
    DEFAULT_TTL,
    LITELLM_SETTINGS,
    MODE_OTHER,
    ROUTER_ORDER,
    ROUTER_SETTINGS,
)
from .target import CacheTarget, SectionTarget, Wanted
from .wishes import CacheWishes


@dataclass(frozen=True)
class FileState:
    """What the decisions need to know of the file."""

    mode: str
    params: dict
    router: dict
    commented_url: Optional[str]
    include: bool

    @classmethod
    def of(cls, model: dict, commented_url: Optional[str]) -> FileState:
        """Return the state of a file that loads as ``model``."""
        settings = mapping_at(model, LITELLM_SETTINGS)
        return cls(
            mode_of(model),
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
        self.findings = []

    def target(self) -> CacheTarget:
        """Return the CacheTarget."""
        params = SectionTarget(CACHE_PARAMS, tuple(self.params()), self.unwanted_params(), CACHE_PARAMS_ORDER)
        sections = (
            SectionTarget(LITELLM_SETTINGS, (Wanted("cache", True), params), (), ("cache", CACHE_PARAMS)),
            SectionTarget(ROUTER_SETTINGS, tuple(self.router()), self.unwanted_router(), ROUTER_ORDER),
        )
        self._common_findings()
        return CacheTarget(sections, self.findings)

    @abstractmethod
    def params(self) -> list[Wanted]:
        """Return what ``cache_params`` should hold."""

    @abstractmethod
    def unwanted_params(self) -> tuple[str, ...]:
        """Return the keys of ``cache_params`` that must not be live."""

    @abstractmethod
    def router(self) -> list[Union[Wanted, SectionTarget]]:
        """Return what ``router_settings`` should hold."""

    @abstractmethod
    def unwanted_router(self) -> tuple[str, ...]:
        """Return the keys of ``router_settings`` that must not be live."""

    def add_finding(self, code: str, message: str) -> None:
        """Remember something for the operator."""
        self.findings.append(finding(code, message))

    def kept_or_wanted(self) -> Iterator[Wanted]:
        """Return the settings that every mode has: enforced where wished, else the file's own, else the runbook's."""
        wishes = self.wishes
        yield Wanted("ttl", DEFAULT_TTL, default=True) if wishes.ttl is None else Wanted("ttl", wishes.ttl)
        types = wishes.supported_call_types
        yield Wanted("supported_call_types", list(types or DEFAULT_CALL_TYPES), default=types is None)

    def _common_findings(self) -> None:
        if self.state.mode == MODE_OTHER:
            self.add_finding(
                "cache_type_replaced", "the cache had a type that is neither local nor redis; its own keys stay"
            )
        if self.state.include:
            self.add_finding(
                "include_not_followed", "config.yaml includes other files; cache settings there were not read"
            )
