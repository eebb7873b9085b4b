# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history as a table, of its own and within the runbook's document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.history_table import (
    HEADINGS,
    HistoryTableError,
    row_of,
    table_of,
    with_records,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import flush_record
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE, IMAGE

RUNBOOK = """\
# Кэш

| Дата | Версия LiteLLM | Статус Redis | Причина |
|------|:---------------|--------------|--------:|
| 2025-11-24 | v1.80.0.rc.1 | Enabled → Disabled | socket_timeout |

Дальше.
"""


def record(at: str, result: str = "confirmed", **facts: Any) -> dict[str, Any]:
    return dict(CHANGE.record(result, **facts), at=at)


FIRST = record("2026-01-31T12:00:00Z")
SECOND = dict(record("2026-02-01T08:30:00Z"), **{"from": "redis", "to": "local", "reason": "Redis | moves"})


def test_a_row_says_when_which_version_what_and_why() -> None:
    assert list(row_of(SECOND).values()) == ["2026-02-01 08:30:00", "1.80.0", "Enabled → Disabled", "Redis | moves"]


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ("confirmed", "Disabled → Enabled"),
        ("reverted", "Disabled → Enabled, taken back"),
        ("revert_incomplete", "Disabled → Enabled, taken back, an instance did not come back"),
        ("needs_operator", "Disabled → Enabled, left to an operator"),
        ("lapsed", "Disabled → Enabled, never confirmed"),
    ],
)
def test_the_status_says_how_it_ended(result: str, status: str) -> None:
    assert row_of(record("2026-01-31T12:00:00Z", result))["status"] == status


def test_a_change_within_one_mode() -> None:
    within = replace(CHANGE, mode_before="redis").record("confirmed")
    assert row_of(within)["status"] == "Enabled, other settings"


def test_another_image_is_told_by_its_references_and_versions() -> None:
    there = replace(CHANGE, mode_before="redis", candidate_sha256=CHANGE.base_sha256, image=IMAGE.to_dict())
    row = row_of(there.record("confirmed", evidence={"versions": ["1.81.0"]}))
    assert (row["status"], row["version"]) == ("Enabled, other image", "1.80.0 → 1.81.0")
    assert row["reason"] == "image by alice: litellm:1 → litellm:2"
    back = row_of(there.record("reverted", evidence="?"), "ru")
    assert (back["status"], back["version"]) == ("Включен, другой образ, отменено", "1.80.0")
    assert back["reason"] == "образ (alice): litellm:1 → litellm:2"
    both = replace(CHANGE, image=IMAGE.to_dict()).record("confirmed")
    assert (row_of(both)["status"], row_of(both)["reason"]) == ("Disabled → Enabled", "switch to Redis by alice")
    assert row_of(dict(both, image="what nobody wrote"))["status"] == "Disabled → Enabled"


def test_a_flush_is_no_change_of_a_mode() -> None:
    flushed = flush_record("r", "alice", "redis", ["1.80.0"], {"removed": 7, "restarted": ["litellm-1"]})
    row = row_of(flushed)
    assert (row["status"], row["version"]) == ("Enabled, cache emptied", "1.80.0")
    assert row["reason"] == "cache emptied by alice: 7 keys removed, 1 instance restarted"
    assert row_of(flushed, "ru")["reason"] == "очистка кеша (alice): удалено ключей: 7, перезапущено экземпляров: 1"
    assert row_of(flushed, "ru")["status"] == "Включен, кеш очищен"
    bare = dict(flushed, evidence=None, **{"from": "local", "to": "local"})
    assert row_of(bare)["reason"] == "cache emptied by alice: 0 keys removed, 0 instances restarted"


def test_why_it_was_taken_back_stands_behind_the_reason() -> None:
    cells = row_of(dict(record("2026-01-31T12:00:00Z", "reverted", why="it was silent"), reason="faster"))
    assert cells["reason"] == "faster — it was silent"


def test_a_reason_is_never_the_identifier_of_a_run() -> None:
    why = "run night-1 was silent for 60 s, night-1-back too"
    for language in HEADINGS:
        for given in ("", "faster"):
            for result in ("confirmed", "reverted", "lapsed"):
                cells = row_of(dict(record("2026-01-31T12:00:00Z", result, why=why), reason=given), language)
                assert "night-1" not in cells["reason"] and cells["reason"].startswith(given) and cells["reason"]


@pytest.mark.parametrize(
    ("ends", "result", "status", "reason"),
    [
        (("local", "redis"), "confirmed", "Отключен → Включен", "переключение на Redis (alice)"),
        (("redis", "local"), "confirmed", "Включен → Отключен", "возврат к локальному кешу (alice)"),
        (("redis", "redis"), "confirmed", "Включен, другие настройки", "другие настройки (alice)"),
        (("local", "redis"), "reverted", "Отключен → Включен, отменено", "переключение на Redis (alice)"),
        (("local", "redis"), "lapsed", "Отключен → Включен, не подтверждено", "переключение на Redis (alice)"),
    ],
)
def test_every_cell_is_in_the_language_of_the_table(
    ends: tuple[str, str], result: str, status: str, reason: str
) -> None:
    whole = dict(record("2026-01-31T12:00:00Z", result, why="it was silent"), **dict(zip(("from", "to"), ends)))
    cells = row_of(dict(whole, versions=[]), "ru")
    assert (cells["version"], cells["status"], cells["reason"]) == ("неизвестна", status, reason)
    assert row_of(dict(whole, reason="быстрее"), "ru")["reason"] == "быстрее"


@pytest.mark.parametrize(
    "result", ["confirmed", "reverted", "revert_incomplete", "needs_operator", "lapsed", "flushed"]
)
def test_both_languages_have_a_word_for_every_result(result: str) -> None:
    whole = record("2026-01-31T12:00:00Z", result)
    assert not set("абвгдеж") & set("".join(row_of(whole, "en").values()))
    assert all(set("абвгдеж") & set(row_of(whole, "ru")[column]) for column in ("status", "reason"))


NEWEST_FIRST = """\
| Дата | Версия LiteLLM | Статус Redis | Причина |
|---|---|---|---|
| 24.11.2025 | v1.80.0.rc.1 | Включен → Отключен | socket_timeout |
| 01.10.2025 | v1.79.3 | Отключен → Включен | несколько экземпляров |

Дальше.
"""


def test_new_rows_come_where_the_newest_one_is() -> None:
    grown = with_records(NEWEST_FIRST, [FIRST, SECOND])
    dates = [line.split("|")[1].strip() for line in grown.splitlines() if line.startswith("| ")]
    assert dates == ["Дата", "2026-02-01 08:30:00", "2026-01-31 12:00:00", "24.11.2025", "01.10.2025"]
    assert [line for line in grown.splitlines() if line in NEWEST_FIRST.splitlines()] == NEWEST_FIRST.splitlines()
    assert with_records(grown, [FIRST, SECOND]) == grown
    third = record("2026-03-01T00:00:00Z")
    assert with_records(grown, [FIRST, SECOND, third]).splitlines()[2].startswith("| 2026-03-01 00:00:00 |")


@pytest.mark.parametrize(
    "dates",
    [
        ("01.10.2025", "24.11.2025"),
        ("2025-10-01", "2025-11-24 09:00"),
        ("2025-11-24", "2025-11-24"),
        ("?", "2025-11-24"),
        ("2025-11-24 08:00", "2025-11-24 09:00:00"),
    ],
)
def test_a_table_that_goes_on_below_grows_below(dates: tuple[str, str]) -> None:
    rows = "".join(f"| {date} | v1 | Enabled | x |\n" for date in dates)
    document = "| Date | LiteLLM version | Redis status | Reason |\n|---|---|---|---|\n" + rows
    assert with_records(document, [FIRST]).startswith(document)


def test_a_table_of_its_own() -> None:
    assert table_of([FIRST, SECOND]).splitlines() == [
        "| Date | LiteLLM version | Redis status | Reason |",
        "| --- | --- | --- | --- |",
        "| 2026-01-31 12:00:00 | 1.80.0 | Disabled → Enabled | switch to Redis by alice |",
        "| 2026-02-01 08:30:00 | 1.80.0 | Enabled → Disabled | Redis \\| moves |",
    ]
    assert table_of([], "ru").startswith("| Дата | Версия LiteLLM | Статус Redis | Причина |\n")


def test_the_runbooks_table_grows_and_nothing_else_moves() -> None:
    once = with_records(RUNBOOK, [FIRST])
    row = "| 2026-01-31 12:00:00 | 1.80.0 | Отключен → Включен | переключение на Redis (alice) |\n"
    assert once.replace(row, "") == RUNBOOK
    assert once.index("2025-11-24") < once.index("2026-01-31") < once.index("Дальше")
    assert with_records(once, [FIRST]) == once
    assert with_records(once, [FIRST, SECOND]).count("2026-") == 2


def test_columns_in_another_order_with_one_of_the_operators_own() -> None:
    document = "| Reason | who | Redis status | Date | LiteLLM version |\n|---|---|---|---|---|"
    assert with_records(document, [FIRST]).splitlines()[-1] == (
        "| switch to Redis by alice |  | Disabled → Enabled | 2026-01-31 12:00:00 | 1.80.0 |"
    )


def test_line_ends_are_those_of_the_table() -> None:
    grown = with_records(RUNBOOK.replace("\n", "\r\n"), [FIRST])
    assert grown.count("\n") == grown.count("\r\n") == RUNBOOK.count("\n") + 1


@pytest.mark.parametrize("document", ["", "# Something\n", "no end of line"])
def test_a_document_without_a_table_gets_one_at_its_end(document: str) -> None:
    grown = with_records(document, [FIRST])
    assert grown.startswith(document) and grown.endswith(table_of([FIRST]))
    assert with_records(grown, [FIRST]) == grown
    assert with_records(document, [FIRST], "ru").endswith(table_of([FIRST], "ru"))


def test_another_table_is_left_alone() -> None:
    document = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert with_records(document, [FIRST]) == document + "\n" + table_of([FIRST])


def test_two_such_tables_are_refused() -> None:
    with pytest.raises(HistoryTableError, match="at the lines 3 and 9: leave one of them"):
        with_records(RUNBOOK + "\n" + RUNBOOK[RUNBOOK.index("|") :], [FIRST])
