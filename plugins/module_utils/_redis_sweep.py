# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Goes over all keys of a database in small steps, counts what is meant, and removes it.

Private to the collection. SCAN gives every key that is there from the beginning of a pass to its end; keys that come and
go meanwhile it may give or not. When a server is away for a while the pass goes on where it was, and begins anew where
that cannot be.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis_endpoint import CLUSTER, SENTINEL
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis_keys import CONTENTS, RESPONSE, Selection, kind_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis_server import (
    FORBIDDEN,
    PASSING,
    RedisServer,
    RedisServerError,
    RedisServers,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis_step import Step, StepByScript, StepByTransaction

#: How long one step may keep the server from others, seconds; the number of keys follows from it.
STEP_SECONDS = 0.002
FIRST_KEYS, FEWEST_KEYS, MOST_KEYS = 100, 10, 1000
#: How often a pass over a Cluster is repeated while its slots move.
PASSES_AT_MOST = 5
#: How long a server may be away, and how often it is asked then, seconds.
PATIENCE_SECONDS = 30.0
RETRY_SECONDS = 0.2
PROGRESS_SECONDS = 10.0
EXAMPLES = 3


@dataclass
class Tally:
    """What a sweep has seen and done so far; keys, and bytes of memory.

    ``contents`` counts the answers that are meant by what they are of. ``exact`` is false when the answer to a step was
    lost: then that step may have removed keys that nobody counted.
    """

    looked_at: int = 0
    gone: int = 0
    bytes: int = 0
    steps: int = 0
    unreadable: int = 0
    scripted: bool = True
    exact: bool = True
    complete: bool = False
    contents: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, step: Step, tells_contents: bool) -> None:
        """Count one step."""
        self.steps += 1
        self.looked_at += step.looked_at
        self.gone += step.gone
        self.bytes += step.bytes
        self.unreadable += step.unreadable
        if tells_contents:
            for content, number in zip(CONTENTS, step.meant):
                _count(self.contents, content, number)
        _count(self.taken, RESPONSE, sum(step.meant))
        _count(self.kept, RESPONSE, sum(step.kept))
        if step.example:
            self._show("removed", step.example)
        for counted, names in ((self.taken, step.taken), (self.kept, step.others)):
            for name in names:
                kind = kind_of(name)
                _count(counted, kind, 1)
                self._show(kind, name)

    def _show(self, kind: str, name: bytes) -> None:
        shown = self.examples.setdefault(kind, [])
        text = name.decode("utf-8", "backslashreplace")
        if len(shown) < EXAMPLES and text not in shown:
            shown.append(text)

    def new_pass(self) -> None:
        """What stays is counted by the last pass alone."""
        self.kept, self.unreadable = {}, 0


def _count(counted: dict[str, int], kind: str, number: int) -> None:
    if number:
        counted[kind] = counted.get(kind, 0) + number


class SweepError(LitellmCacheError):
    """A sweep could not be finished; ``tally`` tells how far it came."""

    def __init__(self, message: str, tally: Tally, **context: Any) -> None:
        super().__init__(message, **context)
        self.tally = tally


class Sweep:
    """One way over all keys behind an endpoint.

    :param remove: whether what is meant is removed, or only counted.
    :param spared: keys that stay in any case.
    :param deadline: seconds after which it ends unfinished, None for never.
    :param progress: told every ten seconds how far it is.
    """

    def __init__(
        self,
        servers: RedisServers,
        selection: Selection,
        remove: bool,
        spared: tuple[bytes, ...] = (),
        deadline: float | None = None,
        progress: Callable[[Tally], None] = lambda _tally: None,
    ) -> None:
        self._servers = servers
        self._selection = selection
        self._remove = remove
        self._spared = spared
        self._progress = progress
        self._ends = time.monotonic() + deadline if deadline else None
        self._told = time.monotonic()
        self._kind = servers.endpoint.kind
        self.tally = Tally()

    def run(self) -> Tally:
        """Go over all of it.

        :raises SweepError: it could not be finished; what was removed is removed, and the run can be repeated.
        :raises RedisServerError: nothing was done: the login, the database or a permission is missing.
        """
        for _pass in range(PASSES_AT_MOST):
            topology = self._topology()
            self.tally.new_pass()
            for server in self._primaries():
                with contextlib.closing(server):
                    self._over(server)
            if self._kind != CLUSTER or (not self.tally.unreadable and topology == self._topology()):
                break
        else:
            raise self._unfinished("the slots of the Cluster are moving all the time")
        if self.tally.unreadable:
            raise self._unfinished(f"{self.tally.unreadable} keys were written to all the time")
        self.tally.complete = True
        return self.tally

    def _topology(self) -> Any:
        return self._patiently(self._servers.topology) if self._kind == CLUSTER else None

    def _primaries(self) -> list[RedisServer]:
        return self._patiently(self._servers.primaries)

    def _over(self, server: RedisServer) -> None:
        """One pass over the keys of one server."""
        cursor, keys = 0, FIRST_KEYS
        identity, way = self._begin(server)
        while True:
            began = time.monotonic()
            try:
                step = way.take(cursor, keys)
            except RedisServerError as error:
                if error.code == FORBIDDEN and self.tally.scripted:
                    self.tally.scripted = False
                    way = StepByTransaction(server, self._selection, self._remove, way.cluster, self._spared)
                    continue
                if self._nothing_yet():
                    raise
                if error.code not in PASSING:
                    raise self._unfinished(str(error)) from None
                self._lost()
                server = self._again(server, error)
                again, way = self._begin(server)
                if again is None or again != identity:  # another process has other cursors
                    cursor, identity = 0, again
                    self.tally.new_pass()
                continue
            self.tally.add(step, way.tells_contents)
            cursor = step.cursor
            if cursor == 0:
                return
            keys = next_keys(keys, time.monotonic() - began - server.round_trip)
            self._look_at_the_clock()

    def _begin(self, server: RedisServer) -> tuple[Any, StepByScript]:
        """Which process the server is, None where it does not tell, and how steps are taken there."""
        kind = StepByScript if self.tally.scripted else StepByTransaction
        way = kind(server, self._selection, self._remove, self._kind == CLUSTER, self._spared)
        return self._patiently(server.identity), way

    def _nothing_yet(self) -> bool:
        """Whether nothing was done that a message must tell of: then the first error is the clearest."""
        return self.tally.steps == 0

    def _lost(self) -> None:
        self.tally.exact = self.tally.exact and not self._remove

    def _again(self, server: RedisServer, error: RedisServerError) -> RedisServer:
        """The server when it answers again, or the one that took over."""
        if self._kind != SENTINEL:
            self._patiently(server.identity, error)
            return server
        server.close()
        return self._patiently(self._servers.primaries, error)[0]

    def _patiently(self, asked: Callable[[], Any], failure: RedisServerError | None = None) -> Any:
        """An answer, waited for while nobody answers.

        :param failure: what was seen last.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return asked()
            except RedisServerError as error:
                if self._nothing_yet():
                    raise
                if error.code not in PASSING:
                    raise self._unfinished(str(error)) from None
                failure = failure or error
                if time.monotonic() > until:
                    raise self._unfinished(f"{failure}, and did not come back within {PATIENCE_SECONDS:.0f} s") from None
            time.sleep(RETRY_SECONDS)

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self._ends is not None and now > self._ends:
            raise self._unfinished("the time for it is over (max_seconds)")
        if now - self._told > PROGRESS_SECONDS:
            self._told = now
            self._progress(self.tally)

    def _unfinished(self, why: str) -> SweepError:
        tally = self.tally
        done = "removed" if self._remove else "counted"
        number = f"{tally.gone}" if tally.exact else f"at least {tally.gone} (an answer of the server was lost)"
        return SweepError(f"{why}; {number} entries were {done} until then. Run it again to go on", tally)


def next_keys(keys: int, seconds: float) -> int:
    """How many keys the next step looks at, so that it takes about ``STEP_SECONDS``.

    :param keys: how many the last one looked at.
    :param seconds: how long the server took for it.
    """
    wanted = keys * STEP_SECONDS / max(seconds, STEP_SECONDS / 10)
    return int(max(FEWEST_KEYS, min(MOST_KEYS, keys + (wanted - keys) * (0.2 if wanted > keys else 0.7))))
