# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs functions at once, in every order in which their steps on a file system can follow each other.

The functions are the real ones, on real files. Each runs in a thread of its own and stops before each step that others can
see; which one goes on is the choice of the search. What a function does depends on nothing but what it saw, so an order
that leads to files and sights that were there before is not followed a second time.
"""

from __future__ import annotations

import builtins
import fcntl
import io
import os
import threading
from pathlib import Path
from typing import Any, Callable

import pytest

#: Seconds after which an actor counts as stuck; nothing here waits.
STUCK_SECONDS = 60.0

Actor = Callable[[], Any]
#: What of a file makes a difference: its name, and its bytes or None for a file that is not there.
Meaning = Callable[[str, "bytes | None"], Any]


class _Lane:
    """One actor within one run."""

    def __init__(self, name: str, actor: Actor) -> None:
        self.name = name
        self.sights: list[Any] = []
        self.outcome: Any = None
        self.go, self.stopped = threading.Semaphore(0), threading.Semaphore(0)
        self.over = False
        self._actor = actor
        self.thread = threading.Thread(target=self._live, daemon=True)

    def _live(self) -> None:
        self.go.acquire()
        try:
            self.outcome = self._actor()
        except Exception as error:  # pylint: disable=broad-except  # how it ended is looked at by the test
            self.outcome = error
        self.over = True
        self.stopped.release()


class Interleavings:
    """The search.

    :param names: files whose steps others can see, by their last name.
    :param meaning: of a file, for the comparison of two states.
    :param reset: brings the files to their beginning.
    :param files: where the files are that make up a state.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        names: frozenset[str],
        meaning: Meaning,
        reset: Callable[[], None],
        files: Callable[[], list[Path]],
    ) -> None:
        self._names, self._meaning, self._reset, self._files = names, meaning, reset, files
        self._lanes: dict[int, _Lane] = {}
        self._free = False
        self.states = self.orders = 0
        self._patch(monkeypatch)

    # -- the steps ----------------------------------------------------------------------------------------

    def _patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # no power is cut here
        for owner, name in ((os, "rename"), (os, "replace"), (os, "unlink"), (io, "open"), (builtins, "open")):
            monkeypatch.setattr(owner, name, self._step_by_path(getattr(owner, name)))
        monkeypatch.setattr(fcntl, "flock", self._step_by_descriptor(fcntl.flock))

    def _step_by_path(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **more: Any) -> Any:
            paths = [Path(os.fsdecode(word)) for word in words[:2] if isinstance(word, (str, bytes, os.PathLike))]
            return self._step([one for one in paths if one.name in self._names], function, words, more)

        return step

    def _step_by_descriptor(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any) -> Any:
            path = Path(os.readlink(f"/proc/self/fd/{words[0]}"))
            return self._step([path] if path.name in self._names else [], function, words, {})

        return step

    def _step(self, paths: list[Path], function: Callable[..., Any], words: Any, more: Any) -> Any:
        lane = self._lanes.get(threading.get_ident())
        if lane is None or not paths or self._free:
            return function(*words, **more)
        lane.stopped.release()
        lane.go.acquire()
        if not self._free:
            lane.sights.append((function.__name__, *(self._meaning_of(path) for path in paths)))
        try:
            return function(*words, **more)
        except OSError as error:
            lane.sights.append(error.errno)
            raise

    def _meaning_of(self, path: Path) -> Any:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            return path.name, self._meaning(path.name, None)
        try:
            return path.name, self._meaning(path.name, os.read(descriptor, 1 << 20))
        finally:
            os.close(descriptor)

    # -- the search ---------------------------------------------------------------------------------------

    def explore(self, actors: dict[str, Actor], check: Callable[[dict[str, Any]], None]) -> None:
        """Run the actors in every order.

        :param check: called with the outcome of each actor, after each order that leads to something new.
        """
        seen: set[Any] = set()
        pending: list[list[str]] = [[]]
        while pending:
            prefix = pending.pop()
            self._reset()
            order, outcomes, branches = self._run(actors, prefix, seen)
            pending += branches
            if outcomes is not None:
                self.orders += 1
                try:
                    check(outcomes)
                except AssertionError as error:
                    raise AssertionError(f"in the order {' '.join(order)}, with {outcomes}: {error}") from error
        self.states += len(seen)

    def _run(self, actors: dict[str, Actor], prefix: list[str], seen: set[Any]) -> Any:
        """One order: the prefix, then whoever comes first.

        :returns: the order, the outcomes or None where it led to what was seen before, and the prefixes not tried yet.
        """
        lanes = {name: _Lane(name, actor) for name, actor in actors.items()}
        self._free, self._lanes = False, {}
        for lane in lanes.values():
            lane.thread.start()
            assert lane.thread.ident is not None
            self._lanes[lane.thread.ident] = lane
        for lane in lanes.values():
            self._advance(lane)  # to its first step
        order: list[str] = []
        branches: list[list[str]] = []
        known = False
        while True:
            ready = [name for name, lane in lanes.items() if not lane.over]
            if len(order) >= len(prefix):
                state = self._state(lanes)
                known = state in seen
                seen.add(state)
                if known or not ready:
                    break
                branches += [[*order, name] for name in ready[1:]]
            chosen = prefix[len(order)] if len(order) < len(prefix) else ready[0]
            order.append(chosen)
            self._advance(lanes[chosen])
        self._free = True
        for lane in lanes.values():
            lane.go.release()
            lane.thread.join(STUCK_SECONDS)
        self._lanes = {}
        return order, None if known else {name: lane.outcome for name, lane in lanes.items()}, branches

    @staticmethod
    def _advance(lane: _Lane) -> None:
        lane.go.release()
        assert lane.stopped.acquire(timeout=STUCK_SECONDS), f"{lane.name} is stuck"

    def _state(self, lanes: dict[str, _Lane]) -> Any:
        files = repr([self._meaning_of(path) for path in self._files()])
        return files, tuple((name, lane.over, tuple(map(repr, lane.sights))) for name, lane in lanes.items())
