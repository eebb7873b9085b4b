# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text format of the metrics, and what the state directory gives: nothing that is not known."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics import (
    FAMILIES,
    LONGEST_LABEL,
    Sample,
    of_state,
    text_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import standings as told
from ansible_collections.erni_ki.litellm.tests.unit.support.standings import AT

ABOUT = {"project": "erni-ki", "service": "litellm"}
NOTHING: dict[str, Any] = {
    "at": AT,
    "pending": None,
    "guard": None,
    "history": [],
    "verification": None,
    "damage": [],
}
FLUSH = {**told.RECORD, "result": "flushed", "at": "2026-01-31T11:00:00Z"}


def samples(**facts: Any) -> dict[str, float]:
    """Values by name, of what the state directory knows."""
    return {sample.name: float(sample.value) for sample in of_state({**NOTHING, **facts})}


def label_of(value: str) -> str:
    """How a value stands in a label."""
    (line,) = [line for line in text_of([Sample("problems", 1)], {"project": value}).splitlines() if line[0] != "#"]
    match = re.fullmatch(r'litellm_cache_problems{project="(.*)"} 1', line)
    assert match, line
    return match.group(1)


def test_the_text_has_help_and_type_once_and_the_order_of_the_table() -> None:
    text = text_of([Sample("unseen", False, {"what": "file"}), Sample("problems", 2), Sample("unseen", 1)], ABOUT)
    assert text == (
        "# HELP litellm_cache_unseen 1 for each place that could not be looked at, else 0.\n"
        "# TYPE litellm_cache_unseen gauge\n"
        'litellm_cache_unseen{project="erni-ki",service="litellm",what="file"} 0\n'
        'litellm_cache_unseen{project="erni-ki",service="litellm"} 1\n'
        "# HELP litellm_cache_problems How many things the status calls wrong.\n"
        "# TYPE litellm_cache_problems gauge\n"
        'litellm_cache_problems{project="erni-ki",service="litellm"} 2\n'
    )


def test_names_and_meanings_are_what_prometheus_takes() -> None:
    assert [name for name in FAMILIES if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    assert [name for name, meaning in FAMILIES.items() if re.search(r"[\n\\]", meaning) or meaning[-1] != "."] == []
    assert [name for name in FAMILIES if "timestamp" in name and not name.endswith("_timestamp_seconds")] == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('a"b', 'a\\"b'),
        ("a\\b", "a\\\\b"),
        ("a\nb", "a\\nb"),
        ('\\"\n', '\\\\\\"\\n'),
        ('"} 1\nup 1', '\\"} 1\\nup 1'),
        ("a\rb\x1b[2J\x00\u2028\ud800", "a\ufffdb\ufffd[2J\ufffd\ufffd\ufffd"),
        ("проект", "проект"),
    ],
)
def test_nothing_in_a_label_ends_it(value: str, shown: str) -> None:
    assert label_of(value) == shown


def test_a_label_is_bounded() -> None:
    assert label_of("x" * LONGEST_LABEL) == "x" * LONGEST_LABEL
    assert label_of("x" * 9999) == "x" * (LONGEST_LABEL - 3) + "..."
    assert label_of("\\" * 9999).count("\\\\") == LONGEST_LABEL - 3


def test_no_series_stands_twice_and_none_without_a_number() -> None:
    twice = [Sample("container_stale", number, {"container": "x" * 500 + str(number)}) for number in (0, 1)]
    text = text_of([*twice, Sample("problems", float("nan")), Sample("instances", float("inf"))], {})
    assert [line[-4:] for line in text.splitlines() if line[0] != "#"] == ['"} 0'] and "problems" not in text


@pytest.mark.parametrize(("value", "shown"), [(1.5, "1.5"), (AT + 0.25, "1769860800.25"), (1e15, "1" + 15 * "0")])
def test_numbers_are_exact(value: float, shown: str) -> None:
    assert text_of([Sample("problems", value)], {}).splitlines()[-1].endswith(f" {shown}")


def test_an_empty_state_says_that_nothing_is_pending_and_no_more() -> None:
    assert samples() == {"pending_change": 0, "state_damage": 0}


def test_a_pending_change_and_its_guard() -> None:
    watched = samples(pending=told.PENDING, guard=told.GUARD)
    assert watched["pending_change"] == watched["guard_alive"] == 1
    assert watched["pending_change_start_timestamp_seconds"] == AT - 60
    assert watched["pending_change_deadline_timestamp_seconds"] == AT + 42
    for guard in ({**told.GUARD, "alive": False}, {**told.GUARD, "remaining_seconds": None}):
        assert "pending_change_deadline_timestamp_seconds" not in samples(pending=told.PENDING, guard=guard)
    assert "guard_alive" not in samples(pending=told.PENDING)


def test_the_last_change_is_none_of_the_flushes() -> None:
    back = {**told.RECORD, "result": "reverted", "by": "guard"}
    seen = samples(history=[told.RECORD, back, FLUSH])
    assert seen["last_change_success"] == 0 and seen["last_change_timestamp_seconds"] == AT - 7200
    assert seen["last_flush_timestamp_seconds"] == AT - 3600
    (info,) = [sample for sample in of_state({**NOTHING, "history": [back]}) if sample.name == "last_change_info"]
    assert info.labels == {"from": "local", "to": "redis", "result": "reverted", "by": "guard"}
    upgrade = {**told.RECORD, "image": {"from": "litellm:1", "to": "litellm:2"}}
    (info,) = [one for one in of_state({**NOTHING, "history": [upgrade]}) if one.name == "last_change_info"]
    assert info.labels is not None and info.labels["image"] == "litellm:2" and info.labels["by"] == "run"
    assert samples(history=[told.RECORD])["last_change_success"] == 1
    assert "last_change_timestamp_seconds" not in samples(history=[{**told.RECORD, "at": "yesterday"}])


def test_the_last_verification() -> None:
    failed = samples(verification={**told.VERIFICATION, "problems": ["a", "b"], "drift": ["db"]})
    assert (failed["last_verification_success"], failed["last_verification_problems"]) == (0, 2)
    assert failed["drifting_settings"] == 1 and failed["last_verification_timestamp_seconds"] == AT - 300
    good = samples(verification=told.VERIFICATION)
    assert good["last_verification_success"] == 1 and "drifting_settings" not in good


def test_what_was_timed() -> None:
    whole = {"instance": "x-1", "what": "redis hit", "mode": "redis", "p50": {"value": 0.004}, "p95": {"low": 1}}
    verification = {**told.VERIFICATION, "latency": {"redis": [whole, {"mode": "redis"}]}}
    (timed,) = [
        sample for sample in of_state({**NOTHING, "verification": verification}) if sample.name == "latency_seconds"
    ]
    assert timed == Sample(
        "latency_seconds", 0.004, {"container": "x-1", "mode": "redis", "what": "redis hit", "percentile": "p50"}
    )
