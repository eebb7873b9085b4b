# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history as it stands on a screen."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.history_screen import HistoryScreen
from ansible_collections.erni_ki.litellm.plugins.module_utils._telling import SCREEN
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE

WATCHED = {
    "alive": True,
    "kind": "systemd",
    "reverts": False,
    "outlives": ["controller", "reboot"],
    "remaining_seconds": 42,
}
ALONE = {"alive": False, "kind": "none", "reverts": False, "outlives": [], "remaining_seconds": 0}
NOTHING = {"guard": ALONE, "pending": None}
PENDING = {"mode_before": "local", "mode_after": "redis", "user": "alice", "since": 1_769_860_800.0, "run": "n1"}
SNAPSHOTS = [
    {"number": 9, "at": "2026-01-31T12:00:00Z", "mode": "local"},
    {"number": 10, "at": "2026-02-01T08:30:00Z", "mode": "redis"},
]


def screen(
    *records: dict[str, Any],
    guard: dict[str, Any] | None = None,
    snapshots: dict[str, Any] | None = None,
    findings: tuple[str, ...] = (),
    language: str = "en",
) -> list[str]:
    found = {"records": list(records), "findings": [{"message": message} for message in findings]}
    return HistoryScreen(found, guard or NOTHING, snapshots or {"snapshots": []}, language).lines()


def test_nothing_yet() -> None:
    assert screen() == [
        "No change of the cache is in the history.",
        "",
        "pending change  none",
        "guard           none is needed",
        "snapshots       none",
    ]


def test_changes_and_snapshots_fit_on_a_screen() -> None:
    first = dict(
        CHANGE.record("confirmed"), at="2026-01-31T12:00:07Z", reason="several instances from now on, see 4711"
    )
    second = dict(CHANGE.record("reverted"), at="2026-02-01T08:30:00Z", why="run night-1 was silent for 60 s")
    lines = screen(first, second, snapshots={"snapshots": SNAPSHOTS})
    assert lines == [
        "Date              LiteLLM version  Redis status         Reason",
        "2026-01-31 12:00  1.80.0           Disabled → Enabled   several instances from",
        "                                                        now on, see 4711",
        "2026-02-01 08:30  1.80.0           Disabled → Enabled,  switch to Redis by alice",
        "                                   taken back           — the run was silent for",
        "                                                        60 s",
        "",
        "pending change  none",
        "guard           none is needed",
        "snapshots       9   2026-01-31 12:00:00  local",
        "                10  2026-02-01 08:30:00  redis",
        "",
        "next: a snapshot comes back by its number, the newest with",
        "  ansible-playbook erni_ki.litellm.switch_redis -e litellm_cache_snapshot=10",
    ]
    assert max(map(len, lines)) <= SCREEN


def test_the_table_is_in_the_language_that_was_asked_for() -> None:
    record = dict(CHANGE.record("confirmed"), at="2026-01-31T12:00:07Z")
    assert screen(record, language="ru")[:2] == [
        "Дата              Версия LiteLLM  Статус Redis        Причина",
        "2026-01-31 12:00  1.80.0          Отключен → Включен  переключение на Redis",
    ]


@pytest.mark.parametrize(
    ("guard", "told"),
    [
        (WATCHED, "watches (systemd), outlives controller, reboot, goes back after 42 s of silence"),
        (dict(WATCHED, outlives=[], remaining_seconds=None), "watches (systemd)"),
        (dict(WATCHED, outlives=[], remaining_seconds=-3), "watches (systemd), goes back after 0 s of silence"),
        (dict(WATCHED, reverts=True, remaining_seconds=None), "takes the change back at this moment (systemd)"),
        (ALONE, "none watches: nobody goes back by himself when the run dies"),
    ],
)
def test_a_pending_change_and_who_watches_it(guard: dict[str, Any], told: str) -> None:
    lines = screen(guard={"guard": guard, "pending": PENDING}, snapshots={"snapshots": SNAPSHOTS})
    text = " ".join(" ".join(lines).split())
    assert (
        f"pending change from local to redis by alice since 2026-01-31T12:00:00Z, run n1 guard {told} snapshots" in text
    )
    assert "next:" not in text and max(map(len, lines)) <= SCREEN


def test_no_playbook_restores_a_snapshot_of_no_mode() -> None:
    unreadable = {"snapshots": [{"number": 1, "at": "2026-01-31T12:00:00Z", "mode": "unreadable"}]}
    assert not any(line.startswith("next") for line in screen(snapshots=unreadable))


def test_a_comparison_stays_as_it_is() -> None:
    text = "litellm_settings:\n  cache_params:\n    type: redis\n"
    lines = screen(snapshots={"snapshots": [], "comparison": {"before": "", "after": text}})
    assert lines[-4:] == ["", *text.splitlines()]


def test_a_finding_stands_between_the_changes_and_the_state() -> None:
    lines = screen(findings=("line 3 of the history is damaged, " + "and passed over " * 5,))
    assert lines[2].startswith("line 3 of the history is damaged") and lines[4] == "" and lines[5].startswith("pending")
