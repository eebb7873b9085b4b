# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status shows of each thing, and what it calls wrong."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import clock, flush_record
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.status_rows import StatusRows
from ansible_collections.erni_ki.litellm.tests.unit.support import standings as told
from ansible_collections.erni_ki.litellm.tests.unit.support.standings import AT, NAME

SINCE = "by bob, proved by requests; something was changed since"
BACK = "ansible-playbook erni_ki.litellm."


def shown(what: str, found: dict[str, Any]) -> list[tuple[str, str]]:
    """Verdict and text of the rows of that name."""
    return [(row.verdict, row.seen) for row in StatusRows(found).rows() if row.what.strip() == what]


def wrong(found: dict[str, Any]) -> list[str]:
    return [row.brief for row in StatusRows(found).rows() if row.verdict == "WRONG"]


def test_where_all_is_well_nothing_is_noted() -> None:
    rows = list(StatusRows(told.found()).rows())
    assert {row.verdict for row in rows} == {"", "ok"} and {row.mend for row in rows} == {""}
    assert shown(NAME, told.found()) == [("", "LiteLLM 1.80.0, redis-py 5.2.1, started 1 h ago")]


@pytest.mark.parametrize(
    ("mode", "shows"),
    [
        ({"file": "redis", "stored": "local"}, [("note", "local, which takes the place of the file's")]),
        ({"file": "redis", "stored": "redis"}, [("", "redis, which takes the place of the file's")]),
        ({"file": "redis", "stored": None}, []),
    ],
)
def test_a_stored_mode(mode: dict[str, Any], shows: list[tuple[str, str]]) -> None:
    assert shown("stored by LiteLLM", told.found(mode={"effective": ["redis"], **mode})) == shows


def test_a_bridge_that_somebody_left_is_told_with_what_removes_it() -> None:
    found = told.found(beside=[f"{NAME}-bridge-1", f"{NAME}-door-1"])
    (row,) = [row for row in StatusRows(found).rows() if row.what == "beside them"]
    assert (row.verdict, row.seen.partition(":")[0]) == ("note", f"{NAME}-bridge-1, {NAME}-door-1")
    assert row.mend == f"docker rm --force {NAME}-bridge-1 {NAME}-door-1, when no run is at work"


def test_another_mode_in_effect_is_wrong() -> None:
    found = told.found(told.instance(cache_type="local", stale=["its cache is of type local, the file says redis"]))
    assert wrong(found) == ["the mode in effect is not that of the file", f"{NAME} is stale"]


def test_what_is_in_effect_is_told_also_where_the_file_is_not_known() -> None:
    found = told.found(mode={"file": None, "stored": None, "effective": ["redis"]})
    assert shown("mode in effect", found) == [("", "redis")] and shown("mode in the file", found) == []


@pytest.mark.parametrize(
    ("what", "brief"),
    [
        ("the file", "the file cannot be read"),
        ("the mount", "the instances read another file"),
        ("the instances", "the instances cannot be seen"),
        ("the state directory", "the state directory cannot be read"),
    ],
)
def test_what_could_not_be_seen_is_wrong_and_the_rest_is_told(what: str, brief: str) -> None:
    found = told.found(unseen=[{"what": what, "why": "for a reason"}], instances=None, running=0)
    assert shown(what, found) == [("WRONG", "for a reason")] and wrong(found) == [brief]
    assert shown("last change", found) and shown("last verification", found)


def test_an_instance_that_does_not_run_or_does_not_work() -> None:
    found = told.found(
        told.instance(running=False, status="exited", stale=["it is exited"], problem=f"{NAME}: it fails")
    )
    assert shown(NAME, found) == [("", "exited")]
    assert shown("problem", found) == [("WRONG", "it fails")]
    assert wrong(found) == [f"{NAME} is stale", f"{NAME} does not work"]


@pytest.mark.parametrize(
    ("facts", "change", "reason"),
    [
        ({}, ("", "Disabled → Enabled, 2 h ago (2026-01-31 10:00) by alice"), [("", "several instances")]),
        ({"reason": ""}, ("", "Disabled → Enabled, 2 h ago (2026-01-31 10:00) by alice"), []),
        (
            {"result": "reverted", "reason": "", "why": "it was silent"},
            ("note", "Disabled → Enabled, taken back, 2 h ago (2026-01-31 10:00) by alice"),
            [("", "switch to Redis by alice — it was silent")],
        ),
        ({"at": "once", "reason": ""}, ("", "Disabled → Enabled, nobody knows when by alice"), []),
    ],
)
def test_the_last_change_with_its_reason_and_who(
    facts: dict[str, Any], change: tuple[str, str], reason: list[tuple[str, str]]
) -> None:
    flush = {**flush_record("r", "carol", "redis", [], {}), "at": clock(AT)}
    found = told.found(history=[{**told.RECORD, **facts}, flush])
    assert (shown("last change", found), shown("reason", found)) == ([change], reason)
    assert shown("last change", told.found(history=[flush])) == [("", "none is in the history")]


@pytest.mark.parametrize(
    ("guard", "verdict", "says"),
    [
        ({}, "note", "watches (systemd), outlives controller, reboot, goes back after 42 s of silence"),
        ({"alive": False, "kind": "none"}, "note", "none watches: nobody goes back by himself when the run dies"),
        ({"alive": False}, "WRONG", "none watches: nobody goes back by himself when the run dies"),
    ],
)
def test_a_pending_change_and_what_its_guard_survives(guard: dict[str, Any], verdict: str, says: str) -> None:
    found = told.found(pending=told.PENDING, guard={**told.GUARD, **guard})
    assert shown("pending change", found) == [
        ("note", "from local to redis by alice, 1 min ago (2026-01-31 11:59), run night-1")
    ]
    assert shown("guard", found) == [(verdict, says)]
    mends = [row.mend for row in StatusRows(found).rows() if row.what == "  guard" and row.mend]
    assert bool(mends) == (verdict == "WRONG") and all(
        "rollback_local -e litellm_cache_take_over=true" in one for one in mends
    )


@pytest.mark.parametrize(
    ("facts", "verdict", "says"),
    [
        ({}, "ok", "OK  redis, 5 min ago (2026-01-31 11:55) by bob, proved by requests"),
        ({"words": ""}, "ok", "OK  redis, 5 min ago (2026-01-31 11:55) by bob"),
        ({"problems": ["a", "b"]}, "WRONG", "FAILED  redis, 5 min ago (2026-01-31 11:55) by bob: a; b"),
        ({"at": AT - 7100}, "note", f"OK  redis, 1 h ago (2026-01-31 10:01) {SINCE}"),
        ({"mode": "local"}, "note", f"OK  local, 5 min ago (2026-01-31 11:55) {SINCE}"),
    ],
)
def test_the_last_verification_and_whether_it_still_holds(facts: dict[str, Any], verdict: str, says: str) -> None:
    found = told.found(verification={**told.VERIFICATION, **facts})
    assert shown("last verification", found) == [(verdict, says)]
    assert StatusRows(found).is_verified == (verdict == "ok")


def test_a_change_after_the_verification_counts_also_where_no_instance_is_seen() -> None:
    later = {**told.RECORD, "at": clock(AT - 10)}
    assert not StatusRows(told.found(history=[later], instances=None)).is_verified


def test_never_verified() -> None:
    (row,) = [row for row in StatusRows(told.found(verification=None)).rows() if row.what == "last verification"]
    assert (row.verdict, row.seen, row.mend) == ("note", "none is known", f"{BACK}verify")


@pytest.mark.parametrize(
    ("facts", "back"),
    [
        ({}, "rollback_local"),
        (
            {
                "history": [
                    {**told.RECORD, "from": "redis", "to": "redis", "image": {"from": "litellm:1", "to": "litellm:2"}}
                ]
            },
            "upgrade_litellm -e litellm_upgrade_image=litellm:1",
        ),
        ({"history": []}, "rollback_local"),  # the way out of Redis needs no history
        ({"history": [{**told.RECORD, "from": "redis", "to": "redis"}]}, "switch_redis -e litellm_cache_snapshot=1"),
        ({"history": [{**told.RECORD, "from": "redis", "to": "redis", "snapshot": 7}]}, "rollback_local"),
        (
            {
                "history": [{**told.RECORD, "from": "redis", "to": "local"}],
                "mode": {"file": "local", "stored": None, "effective": []},
            },
            "switch_redis",
        ),
        ({"history": [], "mode": {"file": "local", "stored": None, "effective": []}}, ""),
        ({"mode": {"file": "local", "stored": None, "effective": []}}, ""),  # it was taken back by hand
        ({"mode": {"file": None, "stored": None, "effective": []}}, "rollback_local"),
    ],
)
def test_the_way_back(facts: dict[str, Any], back: str) -> None:
    assert StatusRows(told.found(**facts)).back == (BACK + back if back else "")


def test_damage_and_a_document_that_is_not_kept_are_notes() -> None:
    found = told.found(
        damage=[{"message": "it is damaged"}], document={"path": "/d.md", "problem": "there is no /d.md"}
    )
    assert shown("state directory", found) == [("note", "it is damaged")]
    assert shown("document", found) == [("note", "/d.md is not kept up to date: there is no /d.md")]
    assert wrong(found) == []


@pytest.mark.parametrize(
    ("changed", "check", "says"),
    [
        (False, False, "says the same"),
        (True, False, "was brought up to date"),
        (True, True, "would be brought up to date"),
    ],
)
def test_a_document_that_is_kept(changed: bool, check: bool, says: str) -> None:
    found = told.found(document={"path": "/d.md", "changed": changed, "problem": None})
    (row,) = [row for row in StatusRows(found, check).rows() if row.what == "document"]
    assert (row.verdict, row.seen) == ("ok", f"/d.md {says}")


def test_metrics_are_told_where_they_were_not_written() -> None:
    def rows(problem: str | None) -> list[str]:
        found = told.found(metrics={"path": None, "problem": problem})
        return [row.seen for row in StatusRows(found).rows() if row.what == "metrics"]

    assert rows("the disk is full") == ["not written: the disk is full"] and rows(None) == []
