# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of modes over generated configurations, with hand edits and lost journals in between.

``make test`` runs the same few files each time. ``make test-all`` and ``make unit`` run other ones on top, as many as
GENERATED_CONFIGS says. What was found stands below as a test of its own.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import Journal
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import Plan, plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.cache_oracle import REDIS_ONLY, Judged, loaded, mode_of
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import CHECKOUT, stored
from ansible_collections.erni_ki.litellm.tests.unit.support.generated_chains import LOST_JOURNAL, HandEdit, chains
from ansible_collections.erni_ki.litellm.tests.unit.support.generated_configs import texts
from hypothesis import HealthCheck, given, settings
from hypothesis.configuration import set_hypothesis_home_dir

#: Files of each run: that of `make test`, and the larger one.
FEW = 80
MANY = int(os.environ.get("GENERATED_CONFIGS") or 300)
# What hypothesis keeps for itself.
set_hypothesis_home_dir(CHECKOUT / ".cache" / "hypothesis")
_SETTINGS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


class Chain:
    """A file on its way through the steps of a chain; ``counts`` says what became of them."""

    def __init__(self, text: str, counts: Counter) -> None:
        self.text = text
        self.counts = counts
        self.journal: Optional[Journal] = None
        #: The text that the journal leads back to; None once nobody can know it.
        self.origin: Optional[str] = text
        #: Keys of Redis that were there in local mode, which ignores them.
        self.ignored: set[str] = set()
        self._note_ignored()

    def go(self, step: Any) -> None:
        """Take one step."""
        if step == LOST_JOURNAL:
            self.counts["lost journals"] += 1
            self.journal, self.origin = None, self.text
        elif isinstance(step, HandEdit):
            self._edit(step)
        else:
            self._run(step)

    def _edit(self, edit: HandEdit) -> None:
        text = edit.done(self.text)
        if text == self.text or loaded(text) is None:
            return  # the operator would see at once that LiteLLM does not start
        if self.journal is not None and self._is_of_a_merge_key(edit):
            return  # what it brings in shows again where the merge key comes back, and the oracle cannot tell that
        self.counts["hand edits"] += 1
        self.text = text
        self.origin = None if self.journal else text
        self._note_ignored()

    def _is_of_a_merge_key(self, edit: HandEdit) -> bool:
        """Whether an edit changes what an anchor holds, or takes away what was written out of a merge key."""
        lines = self.text.split("\n")
        above = lines[: edit.place % len(lines) + 1]
        header = next((line for line in reversed(above) if line[:1] not in ("", " ", "#", "\r")), "")
        written_out = any(operation.key == "<<" for operation in self.journal.operations) if self.journal else False
        return "&" in header or (written_out and edit.kind in ("gone", "comment out", "uncomment"))

    def _note_ignored(self) -> None:
        model = loaded(self.text)
        if model is not None:
            section = model.get("litellm_settings")
            params = section.get("cache_params") if isinstance(section, dict) else None
            if isinstance(params, dict) and (mode_of(model) == "local" or self.origin is None):
                self.ignored |= REDIS_ONLY & params.keys()

    def _planned(self, text: str, options: dict, journal: Optional[Journal]) -> Optional[Plan]:
        """The plan; None for a refusal, which is one of our errors."""
        try:
            return plan_cache_mode(text, CacheWishes.from_options(options), stored(journal))
        except LitellmCacheError:
            return None

    def _run(self, options: dict) -> None:
        plan = self._planned(self.text, options, self.journal)
        if plan is None:
            self.counts["refusals"] += 1
            return
        self.counts["plans"] += 1
        assert plan.base == self.text
        faults = list(Judged(self.text, plan.candidate, options, frozenset(self.ignored)).faults())
        assert not faults, self._told(options, plan, faults)
        again = self._planned(plan.candidate, options, plan.journal)
        assert again is not None and not again.changed, self._told(options, plan, ["a second run changes it again"])
        if plan.journal is not None:
            assert "Passw0rd" not in str(plan.journal.to_dict()) and "Passw0rd" not in str(plan.findings)
        self._judge_way_back(options, plan)
        self.text, self.journal = plan.candidate, stored(plan.journal)

    def _judge_way_back(self, options: dict, plan: Plan) -> None:
        """Without hand edits, the journal leads to the first bytes, and a change of mode to what it makes of these."""
        if self.origin is not None and plan.exact:
            if self.journal is not None and self.journal.to_mode != options["mode"]:
                direct = self._planned(self.origin, options, None)
                assert direct is not None, self._told(options, plan, ["the first text is refused"])
                assert direct.candidate == plan.candidate, self._told(options, plan, [direct.candidate])
            if plan.journal is not None:
                back = plan_revert(plan.candidate, stored(plan.journal))
                assert (back.candidate, back.exact) == (self.origin, True), self._told(options, plan, [back.candidate])
                self.counts["ways back"] += 1
        if plan.journal is None:
            self.origin = plan.candidate
        elif not plan.exact:
            self.origin = None

    def _told(self, options: dict, plan: Plan, faults: list[str]) -> str:
        return "\n".join([*faults, str(options), "--- before", self.text, "--- after", plan.candidate])


class Summary:
    """A plugin of pytest that tells at the end what was done."""

    def __init__(self) -> None:
        self.counts: Counter = Counter()
        self.began = time.monotonic()
        self.seconds = 0.0

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line."""
        told = ", ".join(f"{number} {name}" for name, number in sorted(self.counts.items()))
        terminalreporter.write_line(f"generated configurations: {told}; {self.seconds:.0f} s")


@pytest.fixture(scope="module")
def counts(request: pytest.FixtureRequest) -> Iterator[Counter]:
    """What was done."""
    summary = Summary()
    request.config.pluginmanager.register(summary)
    yield summary.counts
    summary.seconds = time.monotonic() - summary.began


def through(text: str, steps: list, counts: Counter) -> None:
    """Bring a text through the steps of a chain."""
    counts["files"] += 1
    counts["chains"] += 1
    counts["files that LiteLLM refuses"] += loaded(text) is None
    chain = Chain(text, counts)
    for step in steps:
        chain.go(step)


@settings(max_examples=FEW, derandomize=True, **_SETTINGS)
@given(texts(), chains())
def test_a_chain_of_modes(counts: Counter, text: str, steps: list) -> None:
    through(text, steps, counts)


@pytest.mark.rest
@settings(max_examples=MANY, **_SETTINGS)
@given(texts(), chains(6))
def test_other_chains_of_modes(counts: Counter, text: str, steps: list) -> None:
    through(text, steps, counts)


BEFORE = "# top\nx: 1\nlitellm_settings:\n  cache: true\n  cache_params:\n    type: local\n    mode: default_on\n"
AFTER = BEFORE.replace(
    "type: local\n", "type: redis\n    host: redis\n    port: 6379\n    db: 1\n    socket_timeout: 30\n"
)


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("# top\n", "", "comments"),
        ("# top", "# Top", "comments"),
        ("x: 1", "x: 2", "x was"),
        ("x: 1", "x:  1", "lines"),
        ("    mode: default_on\n", "", "params.mode"),
        ("type: redis", "type: local", "mode is"),
        ("cache: true", "cache: false", "mode is"),
        ("6379", "6380", "port is"),
        ("    db: 1\n", "", "db is"),
        ("host: redis", "url: redis://redis", "form is not host"),
        ("# top", "\ufeff# top", "byte order mark"),
    ],
)
def test_the_oracle_sees_a_wrong_edit(old: str, new: str, words: str) -> None:
    options = {"mode": "redis", "redis_form": "host"}
    assert not list(Judged(BEFORE, AFTER, options).faults())
    assert old in AFTER
    assert words in str(list(Judged(BEFORE, AFTER.replace(old, new), options).faults()))
