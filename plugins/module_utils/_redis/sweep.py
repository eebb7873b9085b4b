# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Goes over all keys of a database in small steps, counts what is meant, and removes it.

SCAN gives every key that is there from the beginning of a pass to its end; keys that come and
go meanwhile it may give or not. When a server is away for a while the pass goes on where it was, and begins anew where
that cannot be.
"""

from __future__ import annotations

import copy
import itertools
import time
from dataclasses import dataclass, field
from typing import Any, Callable

from .._errors import LitellmCacheError
from .._telling import counted
from .endpoint import CLUSTER, SENTINEL
from .keys import (
    CONTENTS,
    RESPONSE,
    Selection,
    kind_of,
    shown,
)
from .patience import PATIENCE_SECONDS, RETRY_SECONDS
from .refusals import BUSY, FORBIDDEN, PASSING, SILENT, UNREACHABLE, RedisServerError
from .server import RedisServer, RedisServers
from .step import Step, StepByScript, StepByTransaction, Way

#: How long one step may keep the server from others, seconds; the number of keys follows from it.
STEP_SECONDS = 0.002
FIRST_KEYS, FEWEST_KEYS, MOST_KEYS = 100, 10, 1000
#: How often passes are repeated at least, while slots of a Cluster move or keys cannot be looked at.
PASSES = 5
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
    memory: int = 0
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
        self.memory += step.memory
        self.unreadable += step.unreadable
        if tells_contents:
            for content, number in zip(CONTENTS, step.meant):
                _count(self.contents, content, number)
        _count(self.taken, RESPONSE, sum(step.meant))
        _count(self.kept, RESPONSE, sum(step.kept))
        if step.example:
            self._show("removed", step.example)
        for counts, names in ((self.taken, step.taken), (self.kept, step.others)):
            for name in names:
                kind = kind_of(name)
                _count(counts, kind, 1)
                self._show(kind, name)

    def _show(self, kind: str, name: bytes) -> None:
        examples = self.examples.setdefault(kind, [])
        text = shown(name)
        if len(examples) < EXAMPLES and text not in examples:
            examples.append(text)

    def mark(self, removes: bool) -> dict[str, Any]:
        """What a way that is gone anew counts anew: all but what is gone for good.

        :param removes: whether the sweep removes what it counts.
        """
        names = ("kept", "unreadable") if removes else ("kept", "unreadable", "gone", "memory", "contents", "taken")
        return {name: copy.copy(getattr(self, name)) for name in names}

    def back_to(self, mark: dict[str, Any]) -> None:
        """Forget what was counted since a mark."""
        for name, value in mark.items():
            setattr(self, name, copy.copy(value))


def _count(counted: dict[str, int], kind: str, number: int) -> None:
    if number:
        counted[kind] = counted.get(kind, 0) + number


class SweepError(LitellmCacheError):
    """A sweep could not be finished; ``tally`` tells how far it came."""

    def __init__(self, message: str, tally: Tally, **context: Any) -> None:
        super().__init__(message, **context)
        self.tally = tally


@dataclass
class _Place:
    """Where a pass over one server stands.

    ``mark`` is the tally before it. ``cursor`` is where the next step begins, ``keys`` how many it looks at. ``identity``
    is the server's process, whose cursors these are. ``failure`` is the first error since an answer, ``until`` when
    patience with it ends.
    """

    server: RedisServer
    mark: Any
    cursor: int = 0
    keys: int = FIRST_KEYS
    identity: str | None = None
    way: Any = None
    failure: RedisServerError | None = None
    until: float = 0.0


class Sweep:
    """One way over all keys behind an endpoint.

    :param remove: whether what is meant is removed, or only counted.
    :param spared: keys that stay in any case.
    :param deadline: seconds after which it ends unfinished, None for never.
    :param progress: told every ten seconds how far it is.
    :param enough: number of keys after which a count ends, None for never.
    """

    def __init__(
        self,
        servers: RedisServers,
        selection: Selection,
        remove: bool,
        spared: tuple[bytes, ...] = (),
        deadline: float | None = None,
        progress: Callable[[Tally], None] = lambda _tally: None,
        enough: int | None = None,
    ) -> None:
        self._servers = servers
        self._selection = selection
        self._remove = remove
        self._spared = spared
        self._progress = progress
        self._enough = None if remove else enough
        self._ends = time.monotonic() + deadline if deadline else None
        self._told = time.monotonic()
        self._kind = servers.endpoint.kind
        self.tally = Tally()

    def run(self) -> Tally:
        """Go over all of it.

        :raises SweepError: it could not be finished; what was removed is removed, and the run can be repeated.
        :raises RedisServerError: nothing was done: the login, the database or a permission is missing.
        """
        mark, began = self.tally.mark(self._remove), None
        for number in itertools.count(1):
            self.tally.back_to(mark)
            layout = self._layout()
            # All of them, also behind one that could not be finished.
            whole = [self._over(server) for server in self._patiently(self._servers.primaries)]
            if all(whole) and not self.tally.unreadable and self._settled(layout):
                break
            began = began or time.monotonic()
            if number >= PASSES and time.monotonic() > began + PATIENCE_SECONDS:
                raise self._unfinished(self._why_not())
            self._look_at_the_clock()
            time.sleep(RETRY_SECONDS)
        self.tally.complete = not self._has_enough()
        return self.tally

    def _has_enough(self) -> bool:
        return self._enough is not None and self.tally.gone >= self._enough

    def _layout(self) -> list[tuple[str, ...]]:
        return self._patiently(self._servers.layout) if self._kind == CLUSTER else []

    def _settled(self, layout: list[tuple[str, ...]]) -> bool:
        """Whether no key can have gone from a server that was not seen yet to one that had been.

        :param layout: that of before the pass.
        """
        moving = any(field.startswith("[") for primary in layout for field in primary)
        return not moving and layout == self._layout()

    def _why_not(self) -> str:
        number = self.tally.unreadable
        if number:
            return f"{counted(number, 'key')} could not be looked at: written to, or moved, all the time"
        return "the slots of the Cluster are moving all the time"

    def _over(self, server: RedisServer) -> bool:
        """One pass over the keys of one server.

        :returns: whether it was a whole one; not when another server of the Cluster took over in the middle.
        """
        at = _Place(server, self.tally.mark(self._remove))
        try:
            while True:
                try:
                    if at.way is None and not self._stand(at):
                        return False
                    began = time.monotonic()
                    step = at.way.take(at.cursor, at.keys)
                except RedisServerError as error:
                    self._lost(at, error)
                    continue
                at.failure = None
                self.tally.add(step, at.way.tells_contents)
                if step.cursor == 0 or self._has_enough():
                    return True
                at.cursor = at.cursor if step.cursor is None else step.cursor
                at.keys = next_keys(at.keys, time.monotonic() - began - at.server.round_trip)
                self._look_at_the_clock()
        finally:
            at.server.close()

    def _stand(self, at: _Place) -> bool:
        """Begin on a server, or go on where it was lost.

        :returns: False where another server of the Cluster took over.
        :raises RedisServerError: no server answers.
        """
        if at.failure is not None:
            found = self._successor(at.server)
            if found is None:
                return False
            at.server = found
        told = at.server.identity()
        if told is None or told != at.identity:  # another process has other cursors
            at.cursor, at.identity = 0, told
            self.tally.back_to(at.mark)
        at.way = self._way(at.server)
        return True

    def _lost(self, at: _Place, error: RedisServerError) -> None:
        """Weigh an error in the middle of a pass: another way, or another try.

        :raises RedisServerError: nothing was done that a message must tell of.
        :raises SweepError: it cannot be finished.
        """
        if error.code == FORBIDDEN and at.way is not None and self.tally.scripted:
            self.tally.scripted = False
            at.way = self._way(at.server)
            return
        if at.way is not None and error.code in (UNREACHABLE, SILENT):
            self.tally.exact = self.tally.exact and not self._remove
        if at.failure is None:
            at.failure, at.until = error, time.monotonic() + PATIENCE_SECONDS
        self._weigh(error, at.failure, at.until)
        at.way = None

    def _way(self, server: RedisServer) -> Way:
        kind = StepByScript if self.tally.scripted else StepByTransaction
        return kind(server, self._selection, self._remove, self._kind == CLUSTER, self._spared)

    def _successor(self, server: RedisServer) -> RedisServer | None:
        """The server that has the keys of one that failed, itself in most cases.

        :returns: None where others of the Cluster have them.
        :raises RedisServerError: nobody can tell.
        """
        if self._kind == CLUSTER:
            return server if server.node in self._servers.topology() else None
        if self._kind == SENTINEL:
            server.close()
            return self._servers.primaries()[0]
        return server

    def _patiently(self, asked: Callable[[], Any]) -> Any:
        """An answer, waited for while nobody answers, or who answers is busy."""
        failure: RedisServerError | None = None
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return asked()
            except RedisServerError as error:
                failure = failure or error
                self._weigh(error, failure, until)

    def _weigh(self, error: RedisServerError, failure: RedisServerError, until: float) -> None:
        """Pause before another try, where one makes sense.

        :param error: what was seen last.
        :param failure: what was seen first.
        :param until: when patience ends.
        :raises RedisServerError: nothing was done that a message must tell of: then the first error is the clearest.
        :raises SweepError: it cannot be finished.
        """
        untouched = self.tally.steps == 0 and self.tally.exact
        if untouched and (error.code != BUSY or time.monotonic() > until):
            raise error
        if error.code not in PASSING:
            raise self._unfinished(str(error)) from None
        if time.monotonic() > until:
            raise self._unfinished(f"{failure}, and did not come back within {PATIENCE_SECONDS:.0f} s") from None
        self._look_at_the_clock()
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
        number = counted(tally.gone, "entry")
        if not tally.exact:
            number = f"at least {number} (an answer of the server was lost)"
        return SweepError(f"{why}; {done} until then: {number}. Run it again to go on", tally)


def next_keys(keys: int, seconds: float) -> int:
    """How many keys the next step looks at, so that it takes about ``STEP_SECONDS``.

    :param keys: how many the last one looked at.
    :param seconds: how long the server took for it.
    """
    wanted = keys * STEP_SECONDS / max(seconds, STEP_SECONDS / 10)
    return int(max(FEWEST_KEYS, min(MOST_KEYS, keys + (wanted - keys) * (0.2 if wanted > keys else 0.7))))
