# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Empties LiteLLM's cache in Redis: which keys may go, by scope, and what asks for a confirmation."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Callable

from .._errors import LitellmCacheError
from .._telling import counted
from .access import RedisAccess
from .emptying import empty_all
from .endpoint import CLUSTER
from .keys import (
    BUDGET,
    FOREIGN,
    HEX,
    KINDS,
    RESPONSE,
    SPEND,
    UNWRITTEN,
    Selection,
)
from .observation import RedisObservation
from .patience import while_busy
from .server import RedisServers
from .sweep import Sweep, SweepError, Tally

RESPONSES, PATTERN, DATABASE = "responses", "pattern", "database"
SCOPES = (RESPONSES, PATTERN, DATABASE)
#: Keys that are of another application, or that hold what LiteLLM has nowhere else.
NEEDS_CONFIRMATION = (FOREIGN, HEX, SPEND, UNWRITTEN, BUDGET)


class FlushError(LitellmCacheError):
    """The cache was not emptied, or not wholly; the context tells what was done."""


@dataclass(frozen=True)
class Flush:
    """One removal.

    :param confirm: the place in so many words, where something else than responses may go.
    :param timeout: seconds for each wait for a server.
    :param max_seconds: after which it ends unfinished, None for never.
    :param enough: number of answers after which a count of them ends, None for never.
    """

    access: RedisAccess
    scope: str
    selection: Selection
    confirm: str | None = None
    spared: tuple[bytes, ...] = ()
    timeout: float = 5
    max_seconds: float | None = None
    progress: Callable[[Tally], None] = lambda _tally: None
    enough: int | None = None

    @cached_property
    def servers(self) -> RedisServers:
        """The servers that hold the keys."""
        return self.access.servers(self.timeout)

    def run(self, remove: bool) -> dict[str, Any]:
        """Remove what the scope says.

        :param remove: False to count only what would go and what would stay.
        :returns: the module's result.
        :raises FlushError: it wants a confirmation, or could not be finished.
        :raises RedisServerError: Redis is not reached, or does not allow it.
        """
        began = time.monotonic()
        look = RedisObservation(self.servers, self.access.proxies)
        observation = while_busy(lambda: look.report(sample=0))
        confirmed = self._confirmed()
        if self.scope == DATABASE and confirmed and remove:
            return self._result(self._all_at_once(Tally()), observation, began)
        if self.scope == DATABASE:
            tally = self._sweep(replace(self.selection, any_key=True), remove=False)
            self._require(confirmed, self._against_the_database(tally, observation))
            if remove:
                tally = self._all_at_once(tally)
            return self._result(tally, observation, began)
        if self.scope == PATTERN and not confirmed:
            self._require(False, _against_a_pattern(self._sweep(replace(self.selection, any_key=True), remove=False)))
        selection = replace(self.selection, any_key=self.scope == PATTERN and confirmed)
        return self._result(self._sweep(selection, remove), observation, began)

    def _confirmed(self) -> bool:
        """Whether the place was named.

        :raises FlushError: it is another one.
        """
        place = str(self.access.endpoint)
        if self.confirm and self.confirm != place:
            raise FlushError(
                f"litellm_cache_flush_confirm is {self.confirm!r}, and this is {place}: nothing was removed. Set it to {place}"
            )
        return bool(self.confirm)

    def _require(self, confirmed: bool, reasons: list[str]) -> None:
        if reasons and not confirmed:
            raise FlushError(
                f"{'; '.join(reasons)}. Nothing was removed. To remove all of it all the same, set "
                f"litellm_cache_flush_confirm to {self.access.endpoint}",
                confirm=str(self.access.endpoint),
            )

    def _against_the_database(self, tally: Tally, observation: dict[str, Any]) -> list[str]:
        """Why the whole database should not go without a second thought."""
        endpoint, reasons = self.access.endpoint, []
        if endpoint.kind == CLUSTER:
            reasons.append("in a Redis Cluster this empties all of it, because it has one database alone")
        elif endpoint.db == 0 and not endpoint.db_named:
            reasons.append("nobody named a database, and database 0 is the one that everybody uses")
        reasons += _strange_keys(tally, NEEDS_CONFIRMATION)
        clients = observation["clients"]
        if clients is None:
            reasons.append(f"whether others use it cannot be seen ({observation['not_observable']['clients']})")
        else:
            others = [one for one in clients["others"] if one["db"] == endpoint.db or endpoint.kind == CLUSTER]
            addresses = sorted({one["address"] or "a unix socket" for one in others})
            if addresses:
                reasons.append(f"clients that are not this proxy use the database, from {', '.join(addresses)}")
        return reasons

    def _sweep(self, selection: Selection, remove: bool) -> Tally:
        enough = self.enough if self.scope == RESPONSES else None
        sweep = Sweep(self.servers, selection, remove, self.spared, self.max_seconds, self.progress, enough)
        try:
            return sweep.run()
        except SweepError as error:
            raise FlushError(str(error), changed=remove and _is_changed(error.tally), **_told(error.tally)) from None

    def _all_at_once(self, tally: Tally) -> Tally:
        """FLUSHDB of every server.

        :param tally: what was counted before, to be told of what went.
        :raises FlushError: some were emptied, and not all.
        :raises RedisServerError: none was.
        """
        emptied = empty_all(self.servers)
        tally.gone, tally.kept = emptied.gone, {}
        tally.exact, tally.complete = emptied.exact, emptied.failure is None
        if emptied.failure is not None:
            done = f"emptied until then: {emptied.done} of {counted(emptied.servers, 'server')}. Run it again to go on"
            raise FlushError(f"{emptied.failure}; {done}", changed=True, **_told(tally))
        return tally

    def _result(self, tally: Tally, observation: dict[str, Any], began: float) -> dict[str, Any]:
        return {
            "changed": _is_changed(tally),
            "place": str(self.access.endpoint),
            "scope": self.scope,
            "before": observation["dbsize"],
            **_told(tally),
            "seconds": round(time.monotonic() - began, 3),
            "findings": _findings(tally, self.scope),
            "redis": observation,
        }


def _is_changed(tally: Tally) -> bool:
    """Whether something went, or may have gone: then a memory that has it is to be emptied, too."""
    return tally.gone > 0 or not tally.exact


def _told(tally: Tally) -> dict[str, Any]:
    return {
        "removed": tally.gone,
        "removed_kinds": tally.taken,
        "removed_contents": tally.contents,
        "kept": tally.kept,
        "bytes_freed": tally.memory,
        "examples": tally.examples,
        "complete": tally.complete,
        "exact": tally.exact,
    }


def _findings(tally: Tally, scope: str) -> list[dict[str, str]]:
    if tally.scripted or scope == DATABASE:
        return []
    message = (
        "Redis forbids scripts to this user (EVAL), so every step took several commands: slower, with the same result"
    )
    return [{"code": "without_scripts", "message": message}]


def _strange_keys(tally: Tally, kinds: tuple[str, ...]) -> list[str]:
    """Keys that are not this cache's, in words."""
    return [
        f"{counted(tally.taken[kind], 'key')}: {KINDS[kind]}, for example {tally.examples[kind][0]}"
        for kind in kinds
        if tally.taken.get(kind)
    ]


def _against_a_pattern(tally: Tally) -> list[str]:
    return _strange_keys(tally, tuple(kind for kind in KINDS if kind != RESPONSE))
