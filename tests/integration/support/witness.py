# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a playbook did to a deployment, seen from outside: Docker, the files, and the server of Redis are the oracle.

Each run of a playbook on a bed is held to three promises, whatever its test is about: a check touches nothing, a refusal
touches nothing, and a run that succeeds restarts each instance once at most. What became of a deployment of a ``shape`` is
gathered as rows for docs/compatibility.md.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator, Sequence

from ansible_collections.erni_ki.litellm.tests.pages.compatibility import COLUMNS, Table

if TYPE_CHECKING:
    from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import Run
    from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed

#: What a message says when nothing was touched.
UNTOUCHED = "nothing was changed"
#: The playbook that only looks.
LOOKS = "verify"
#: Longest wait for Docker to tell an event, in seconds; it only ends a test that hangs.
PATIENCE = 300.0


class Gathering:
    """What became of the shape whose test runs."""

    def __init__(self) -> None:
        self._shape: str | None = None
        self._seen: dict[tuple[str, str], dict[str, list[str]]] = {}

    @contextmanager
    def of(self, shape: str) -> Iterator[Table]:
        """While it is on, each run is noted for this shape.

        :returns: the rows of it, complete at the end.
        """
        rows: Table = {}
        self._shape, self._seen = shape, {}
        try:
            yield rows
            for row, outcomes in self._seen.items():
                rows[row] = {playbook: "; then ".join(seen) for playbook, seen in outcomes.items()}
        finally:
            self._shape = None

    def note(self, playbook: str, litellm: str, outcome: str) -> None:
        """Note what became of a run, once."""
        if self._shape is not None:
            seen = self._seen.setdefault((self._shape, litellm), {}).setdefault(playbook, [])
            if outcome not in seen:
                seen.append(outcome)


GATHERING = Gathering()


class Restarts:
    """While it is on, counts how often Docker is asked to restart each container of a bed, or to make it anew.

    What its restart policy does on its own is not counted. Docker keeps its last 256 events alone, and each health check makes
    three, so they are read as they come.
    """

    def __init__(self, bed: Bed) -> None:
        self._bed = bed
        self._seen: list[tuple[str, str]] = []

    def __enter__(self) -> Restarts:
        wanted = {"label": f"com.docker.compose.project={self._bed.name}", "event": ["restart", "create", "top"]}
        self._stream = self._bed.docker.events(since=f"{time.time():.6f}", decode=True, filters=wanted)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        # The collection never lists the processes of the upstream: when that arrives, all of before has arrived.
        upstream = self._bed.container("upstream")
        upstream.top()
        deadline = time.monotonic() + PATIENCE
        while (upstream.name, "top") not in self._seen:
            assert time.monotonic() < deadline, "Docker tells no event"
            time.sleep(0.02)
        self._stream.close()
        self._reader.join()

    def _read(self) -> None:
        for event in self._stream:
            self._seen.append((event["Actor"]["Attributes"]["name"], event["Action"]))

    @property
    def counted(self) -> Counter[str]:
        """How often, by the name of the container."""
        return Counter(name for name, action in self._seen if action != "top")


class Witness:
    """Looks at a bed before and after each run.

    :param bed: the deployment.
    """

    def __init__(self, bed: Bed) -> None:
        self._bed = bed

    @contextmanager
    def of(self, playbook: str, words: Sequence[str]) -> Iterator[list[Run]]:
        """Look around a run, and hold it to what each run promises.

        :param playbook: name or path of the playbook.
        :param words: of the command line.
        :returns: a list into which the finished run is put.
        """
        ended: list[Run] = []
        name = re.split(r"[./]", playbook.removesuffix(".yml"))[-1]
        if name not in COLUMNS:
            yield ended
            return
        before = self._bed.traces()
        with Restarts(self._bed) as restarts:
            yield ended
        self._judge(name, ended[0], "--check" in words, restarts.counted, self._bed.traces() == before)

    def _judge(self, name: str, run: Run, checked: bool, restarts: Counter[str], untouched: bool) -> None:
        refused = bool(run.code) and UNTOUCHED in " ".join(failure.message for failure in run.failures)
        if checked or refused or (name == LOOKS and not run.changed):  # it restarts where it is told to, and says so
            what = f"{'the check of ' if checked else 'the refusal of ' if refused else ''}{name}"
            assert not restarts, f"{what} restarted {dict(restarts)}"
            assert untouched, f"{what} touched a file"
        if not run.code:
            assert set(restarts.values()) <= {1}, f"{name} restarted more than once: {dict(restarts)}"
        if not checked:
            GATHERING.note(name, self._bed.version, _outcome(name, run, refused, restarts))


def _outcome(name: str, run: Run, refused: bool, restarts: Counter[str]) -> str:
    """A run in words."""
    if refused:
        return "refused, nothing touched"
    kinds = dict.fromkeys(
        str(entry["kind"])
        for one in run.outcomes
        if one.ok and isinstance(one.result.get("evidence"), list)
        for entry in one.result["evidence"]
    )
    evidence = f" ({', '.join(kinds)})" if kinds else ""
    if name == LOOKS:
        return "disagrees" if run.code else f"agrees{evidence}"
    if run.code:
        return f"failed{', restarted' if restarts else ''}"
    if not run.changed:
        return f"nothing to do{evidence}"
    return f"done, {'one restart' if restarts else 'no restart'}{evidence}"
