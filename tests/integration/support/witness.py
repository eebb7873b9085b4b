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
        before, since = self._bed.traces(), time.time()
        yield ended
        restarts = self._bed.restarts(since)
        name = re.split(r"[./]", playbook.removesuffix(".yml"))[-1]
        if name not in COLUMNS:
            return
        (run,) = ended
        refused = bool(run.code) and UNTOUCHED in " ".join(failure.message for failure in run.failures)
        checked = "--check" in words
        if checked or refused or name == LOOKS:
            what = "the check" if checked else "the look" if name == LOOKS else "the refusal"
            assert not restarts, f"{what} of {name} restarted {dict(restarts)}"
            assert self._bed.traces() == before, f"{what} of {name} touched a file"
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
    if run.code:
        return f"failed{', restarted' if restarts else ''}"
    if name == LOOKS:
        return f"agrees{evidence}"
    if not run.changed:
        return f"nothing to do{evidence}"
    return f"done, {'one restart' if restarts else 'no restart'}{evidence}"
