# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule about the request: what makes it speak makes no other one speak."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import Facts
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.findings import findings_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules import RULES
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules_of_the_request import (
    RULES as OF_THE_REQUEST,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen


def asked(**request: Any) -> Facts:
    """Facts of a request that is not cached."""
    return seen.facts(request=seen.request(**request), complaint="not_cached")


def with_key(**key: Any) -> Facts:
    """Facts of a key that somebody complains with."""
    facts = seen.facts(complaint="not_cached")
    facts.gathered["key"] = seen.key(**key)
    return facts


HERE = {"db": 1, "seconds_left": 900, "age": 900.0}
CASES: dict[str, Facts] = {
    "request_kind_not_cached": asked(call_type="atranscription", is_supported=False),
    "request_key_forbids": with_key(controls={"no-store": True}),
    "request_key_unknown": with_key(status=401, known=False),
    "request_forbids": asked(controls={"no-cache": True}),
    "request_lies_elsewhere": asked(entries=[{**HERE, "db": 0}]),
    "request_model_unknown": asked(deployments=0, looked_into=None),
    "request_has_several_keys": asked(deployments=2, keys=["a" * 64, "b" * 64], looked_into=None),
    "request_lives_shortly": asked(controls={"ttl": 5}),
    "request_not_stored": asked(),
    "request_is_stored": asked(entries=[HERE]),
}


def test_each_rule_has_its_case() -> None:
    assert CASES.keys() == {rule.code for rule in OF_THE_REQUEST}


@pytest.mark.parametrize("code", CASES)
def test_it_alone_speaks(code: str) -> None:
    findings = findings_of(CASES[code], RULES)
    assert [finding.rule.code for finding in findings] == [code]
    assert findings[0].evidence and all(findings[0].evidence) and findings[0].mend
