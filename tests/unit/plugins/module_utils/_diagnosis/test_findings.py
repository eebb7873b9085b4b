# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rules are told, and in which order."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import COMPLAINTS, Evidence
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.findings import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    Rule,
    findings_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen

HOLDS = Evidence(("it is so",))


def rule(code: str, likelihood: str = LIKELY, seen_as: Evidence | None = HOLDS, **more: Any) -> Rule:
    """A rule that holds."""
    return Rule(code, COMPLAINTS, code, lambda _facts: seen_as, "Because.", "{apply}", likelihood, **more)


def test_the_most_likely_comes_first_and_else_the_first() -> None:
    rules = [rule("a", POSSIBLE), rule("b"), rule("c", CERTAIN), rule("d"), rule("e", seen_as=None)]
    assert [finding.rule.code for finding in findings_of(seen.facts(), rules)] == ["c", "b", "d", "a"]


def test_what_follows_from_another_one_is_not_told() -> None:
    rules = [rule("a", explains=("b",)), rule("b", explains=("c",)), rule("c")]
    assert [finding.rule.code for finding in findings_of(seen.facts(), rules)] == ["a"]


def test_what_a_healthy_deployment_may_show_is_told_to_who_asks() -> None:
    rules = [rule("a", asked=True)]
    assert findings_of(seen.facts(), rules) == []
    assert len(findings_of(seen.facts(complaint="slow"), rules)) == 1


def test_the_evidence_may_know_better_what_mends_it() -> None:
    rules = [rule("a"), rule("b", seen_as=Evidence(("so",), "this one"))]
    mends = [finding.mend for finding in findings_of(seen.facts(), rules)]
    assert mends == ["ansible-playbook erni_ki.litellm.switch_redis", "this one"]
