# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sections of config.yaml should hold for the wishes."""

from __future__ import annotations

from typing import Optional, Union

from .decisions import CacheDecisions, FileState
from .keys import (
    MODE_LOCAL,
    MODE_REDIS,
    REDIS_ONLY_PARAMS,
    ROUTER_REDIS_KEYS,
)
from .redis_decisions import RedisDecisions
from .target import CacheTarget, SectionTarget, Wanted
from .wishes import CacheWishes


class LocalDecisions(CacheDecisions):
    """The cache inside the process. A file that is in local mode already keeps its shape."""

    def params(self) -> list[Wanted]:
        """Return what ``cache_params`` should hold."""
        if self.state.mode != MODE_LOCAL:
            return [Wanted("type", MODE_LOCAL)] + list(self.kept_or_wanted())
        return [wanted for wanted in self.kept_or_wanted() if not wanted.default]

    def unwanted_params(self) -> tuple[str, ...]:
        """Return the keys to comment out; in local mode LiteLLM ignores what is left of Redis."""
        return () if self.state.mode == MODE_LOCAL else REDIS_ONLY_PARAMS

    def router(self) -> list[Union[Wanted, SectionTarget]]:
        """Return what ``router_settings`` should hold."""
        return []

    def unwanted_router(self) -> tuple[str, ...]:
        """Return the router's keys to comment out: with them it would stay on Redis."""
        return ROUTER_REDIS_KEYS


def cache_target(wishes: CacheWishes, model: dict, commented_url: Optional[str] = None) -> CacheTarget:
    """Return the CacheTarget of ``wishes`` for a file that loads as ``model``.

    ``commented_url`` is the value of a ``url`` that stands as a comment in ``cache_params``, with no ``host`` beside it.
    Raises OptionError when the wishes do not fit the file.
    """
    state = FileState.of(model, commented_url)
    decisions = RedisDecisions(wishes, state) if wishes.mode == MODE_REDIS else LocalDecisions(wishes, state)
    return decisions.target()
