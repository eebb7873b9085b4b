# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the rules as a whole: a healthy deployment gives no finding, and the page of the rules is what they say."""

from __future__ import annotations

import re

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import COMPLAINTS
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.findings import LIKELIHOODS, findings_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules import RULES
from ansible_collections.erni_ki.litellm.tests.pages import diagnosis
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

WORDS = {"apply": "ansible-playbook erni_ki.litellm.switch_redis", "redis": "redis"}


@pytest.mark.parametrize("number", [1, 3])
def test_a_healthy_deployment_gives_no_finding(number: int) -> None:
    names = [f"erni-ki-litellm-{one + 1}" for one in range(number)]
    in_redis = seen.facts(*(seen.instance(name) for name in names))
    local = seen.facts(
        *(told.local(name=name, answers=True, stored=None) for name in names),
        seen=[seen.more(name, redis=None) for name in names],
        mode="local",
    )
    assert findings_of(in_redis, RULES) == [] and findings_of(local, RULES) == []


def test_each_rule_has_a_name_of_its_own_and_whole_sentences() -> None:
    codes = [rule.code for rule in RULES]
    assert len({*codes}) == len(codes)
    for rule in RULES:
        assert rule.complaints and {*rule.complaints} <= {*COMPLAINTS} and rule.likelihood in LIKELIHOODS
        assert rule.cause.endswith(".") and not rule.mend.format(**WORDS).endswith("."), rule.code
        assert {*rule.explains} <= {*codes} - {rule.code}, rule.code


def test_each_command_that_mends_is_a_playbook() -> None:
    playbooks = {path.stem for path in (diagnosis.PAGE.parents[1] / "playbooks").glob("*.yml")}
    named = {name for rule in RULES for name in re.findall(r"erni_ki\.litellm\.(\w+)", rule.mend.format(**WORDS))}
    assert named and named <= playbooks


def test_the_page_is_what_the_rules_say() -> None:
    assert diagnosis.written() == diagnosis.section(), "run `make docs`"


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_a_complaint_asks_its_own_rules_alone(complaint: str) -> None:
    stopped = {"name": "erni-ki-redis-1", "service": "redis", "status": "exited"}
    findings = findings_of(
        seen.facts(container=stopped, cache={"request_mode": "default_off"}, complaint=complaint), RULES
    )
    assert all(complaint in finding.rule.complaints for finding in findings)
    assert findings[0].rule.code in ("redis_stopped", "requests_must_ask")
