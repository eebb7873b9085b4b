# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: what is stored and comes back, what is refused, and the ledger that merges operations."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import (
    COMMENT,
    INSERT,
    OPEN,
    REPLACE,
    UNCOMMENT,
    Journal,
    Ledger,
    Operation,
    digest_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import JournalError
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LIVE_REDIS,
    LOCAL,
    RUNBOOK,
    switch,
    wishes,
)

PARAMS = ("litellm_settings", "cache_params")
JOURNAL = Journal(
    "local",
    "redis",
    (
        Operation(INSERT, PARAMS, "host", "a" * 64),
        Operation(INSERT, ("router_settings",), "cache_kwargs", "b" * 64, container=True),
        Operation(UNCOMMENT, PARAMS, "port", "c" * 64, 2, ("  # ", "#   "), "6380"),
        Operation(COMMENT, PARAMS, "url", "d" * 64, 3),
        Operation(REPLACE, PARAMS, "type", "e" * 64, old_token="'local'"),
        Operation(OPEN, (), "router_settings", "f" * 64, old_token=" ~"),
    ),
)


def test_each_kind_of_operation_survives_the_disk() -> None:
    assert Journal.from_dict(json.loads(json.dumps(JOURNAL.to_dict()))) == JOURNAL
    assert Journal.from_dict(JOURNAL.to_dict()) == JOURNAL


def test_a_journal_of_a_plan_survives_the_disk() -> None:
    for plan in (switch(RUNBOOK), switch(LIVE_REDIS, LOCAL)):
        assert plan.journal is not None and plan.journal.operations
        assert Journal.from_dict(json.loads(json.dumps(plan.journal.to_dict()))) == plan.journal


def test_it_holds_no_secret() -> None:
    plans = [switch(RUNBOOK, wishes(redis_password="NewPassw0rd")), switch(LIVE_REDIS, LOCAL)]
    assert "assw0rd" not in json.dumps([plan.journal.to_dict() for plan in plans])


def test_the_stored_form_is_version_1() -> None:
    stored = JOURNAL.to_dict()
    assert (stored["version"], stored["from_mode"], stored["to_mode"]) == (1, "local", "redis")
    assert stored["operations"][2] == {
        "kind": "uncomment",
        "path": PARAMS,
        "key": "port",
        "digest": "c" * 64,
        "line_count": 2,
        "prefixes": ("  # ", "#   "),
        "old_token": "6380",
        "container": False,
        "twins": 0,
        "gap": 0,
    }


def with_operation(**changes: Any) -> dict:
    operation = {"kind": "insert", "path": ["a"], "key": "b", "digest": "c", **changes}
    operation = {name: value for name, value in operation.items() if value != "gone"}
    return {"version": 1, "from_mode": "local", "to_mode": "redis", "operations": [operation]}


def test_a_field_of_a_later_version_is_no_damage() -> None:
    (operation,) = Journal.from_dict(with_operation(comment="x")).operations
    assert operation == Operation(INSERT, ("a",), "b", "c")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {"version": 2},
        {"version": "1", "from_mode": "local", "to_mode": "redis", "operations": []},
        {"version": 1},
        {"version": 1, "from_mode": "local", "to_mode": "redis"},
        {"version": 1, "from_mode": "local", "to_mode": "redis", "operations": None},
        {"version": 1, "from_mode": "local", "operations": []},
        with_operation(kind="magic"),
        with_operation(kind="delete"),  # a step of a plan, never stored
        with_operation(kind="gone"),
        with_operation(digest="gone"),
        with_operation(key="gone"),
    ],
)
def test_damaged_journals_are_refused(data: Any) -> None:
    with pytest.raises(JournalError):
        Journal.from_dict(data)


def test_digest() -> None:
    assert digest_of(["a: ключ", "b"]) == hashlib.sha256("a: ключ\nb".encode()).hexdigest()
    assert digest_of(["a", "b"]) != digest_of(["a b"])
    assert digest_of([]) == hashlib.sha256().hexdigest()


def test_names_of_an_operation() -> None:
    operation = Operation(INSERT, PARAMS, "host", "")
    assert operation.place == (*PARAMS, "host")
    assert operation.name == "litellm_settings.cache_params.host"
    assert operation.token_before == ""
    assert Operation(REPLACE, (), "a", "", old_token="x").token_before == "x"


class TestLedger:
    def test_one_for_the_live_line_and_one_for_the_commented(self) -> None:
        live, commented = Operation(INSERT, PARAMS, "host", "1"), Operation(COMMENT, PARAMS, "host", "2")
        ledger = Ledger((live, commented))
        assert ledger.live(live.place) is live
        assert ledger.commented(live.place) is commented
        assert ledger.live(("host",)) is None
        ledger.drop(live)
        assert (ledger.live(live.place), ledger.commented(live.place)) == (None, commented)

    def test_a_later_one_takes_the_place_and_stands_last(self) -> None:
        first, second = Operation(INSERT, PARAMS, "a", "1"), Operation(REPLACE, PARAMS, "b", "2")
        again = Operation(UNCOMMENT, PARAMS, "a", "3")
        ledger = Ledger((first, second))
        ledger.put(again)
        assert list(ledger) == [second, again]

    def test_what_lies_right_below(self) -> None:
        deep = Operation(INSERT, (*PARAMS, "x"), "y", "")
        inner = Operation(INSERT, PARAMS, "x", "")
        ledger = Ledger((deep, inner))
        assert ledger.below(PARAMS) == [inner]
        assert ledger.below((*PARAMS, "x")) == [deep]

    def test_it_may_change_while_it_is_read(self) -> None:
        ledger = Ledger(JOURNAL.operations)
        for operation in ledger:
            ledger.drop(operation)
        assert list(ledger) == []

    def test_dropping_what_is_not_there_is_no_error(self) -> None:
        Ledger().drop(JOURNAL.operations[0])
