# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults in docs/troubleshooting.md is what is expected, and what is expected can be found without a complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.rules import RULES
from ansible_collections.erni_ki.litellm.tests.pages import fault_table
from ansible_collections.erni_ki.litellm.tests.pages.fault_table import AGREES, DISAGREES, EXPECTED, Told


def test_the_page_is_what_is_expected() -> None:
    assert list(fault_table.table().items()) == list(EXPECTED.items()), "run the test of the table with --write-faults"
    assert not any(fault_table.false_alarms(deployment, told) for deployment, told in fault_table.table().items())


def test_the_healthy_find_nothing_and_each_fault_something() -> None:
    for deployment, told in EXPECTED.items():
        assert (told == Told((), AGREES)) is deployment.startswith("healthy"), deployment


def test_each_finding_is_told_to_somebody_who_does_not_complain() -> None:
    told_to_all = {rule.code for rule in RULES if not rule.asked}
    assert {code for told in EXPECTED.values() for code in told.findings} <= told_to_all


def test_what_is_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, before = tmp_path / "page.md", fault_table.PAGE.read_text(encoding="utf-8")
    page.write_text(before, encoding="utf-8")
    monkeypatch.setattr(fault_table, "PAGE", page)
    seen = Told(("models_fail", "clock_off"), DISAGREES)
    fault_table.write({"the upstream fails": seen})
    assert fault_table.table() == {**EXPECTED, "the upstream fails": seen}
    row = "| the upstream fails | [models_fail](#models_fail), [clock_off](#clock_off) | clock_off | disagrees |\n"
    assert row in page.read_text(encoding="utf-8")
    fault_table.write(EXPECTED)
    assert page.read_text(encoding="utf-8") == before
