# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each row of a verification says, and with which verdict."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.verdict_rows import Looks, Row
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told

ONE = {"identifier": "LITELLM-ONE", "title": "It is so", "observed": True}
OTHER = {"identifier": "LITELLM-OTHER", "title": "It may be so", "observed": False}


def rows(
    found: dict[str, Any] | None = None,
    proof: dict[str, Any] | None = None,
    redis: dict[str, Any] | None = None,
    **how: bool,
) -> list[Row]:
    return list(Looks(found or told.found(), proof or told.proof(), redis or told.server(), **how).rows())


def shown(what: str, *arguments: Any, **how: Any) -> list[tuple[str, str]]:
    """Verdict and text of the rows of that name."""
    return [(row.verdict, row.seen) for row in rows(*arguments, **how) if row.what.strip() == what]


def test_where_all_is_well_nothing_is_wrong_or_noted() -> None:
    assert {row.verdict for row in rows()} == {"ok", ""}


@pytest.mark.parametrize(
    ("proof", "verdict", "seen"),
    [
        (told.proof("harvested"), "ok", "answered from Redis in 27 ms"),
        (told.proof("hit", seconds=1.5), "ok", "answered from its memory in 1.5 s"),
        (told.proof("connected", connections=1), "ok", "1 connection to the database of the file; no request was sent"),
        (told.proof("unproved"), "note", "not shown by a request"),
        (told.proof("contradicted", cache_type="redis"), "WRONG", "reports a cache of type redis, not local"),
        (told.proof("of a later version"), "ok", "of a later version"),
    ],
)
def test_evidence_is_told_in_words(proof: dict[str, Any], verdict: str, seen: str) -> None:
    assert shown("proof", None, proof) == [(verdict, seen)]


@pytest.mark.parametrize(
    ("given", "verdict", "seen"),
    [
        (True, "ok", "gave what the first instance had written, in 9 ms"),
        (False, "WRONG", "answered anew what the first instance had written and Redis still has"),
        (None, "note", "not shown, no answer came, or the entry went meanwhile"),
    ],
)
def test_what_one_has_written_the_others_give(given: bool | None, verdict: str, seen: str) -> None:
    found = told.found(told.instance(), told.instance("two"))
    proof = dict(told.proof(), shared=[{"instance": "two", "given": given, "seconds": 0.009}])
    assert shown("shared", found, proof) == [(verdict, seen)]
    problems = [row.brief for row in rows(found, proof) if row.verdict == "WRONG"]
    assert problems == (["two does not share the answers of the others"] if given is False else [])


def test_in_local_mode_none_gives_what_another_one_has() -> None:
    assert shown("its own cache", None, told.proof("hit", own=True)) == []
    noted = shown("its own cache", None, told.proof("hit", own=False))
    assert noted == [("note", "gave what another instance had answered: something before it caches too")]


def test_a_finding_of_the_proof_is_noted_unless_the_evidence_tells_it() -> None:
    findings = [{"code": "not_local", "message": "twice"}, {"code": "write_path_unproved", "message": "no upstream"}]
    proof = dict(told.proof(), findings=findings, write_path={"proved": None})
    assert ("note", "no upstream") in shown("proof", None, proof)
    assert not any(seen == "twice" for _verdict, seen in shown("proof", None, proof))
    assert shown("write path", None, proof) == []


def test_a_write_that_lives_too_long_is_noted() -> None:
    proof = dict(told.proof(), write_path={"proved": False, "ttl": 3600})
    assert shown("write path", None, proof) == [("note", "an answer was written, to live 3600 s")]


@pytest.mark.parametrize(
    ("types", "verdict", "seen"),
    [
        (["redis", "redis"], "ok", "redis"),
        (["local", "local"], "WRONG", "local"),
        (["redis", "local"], "WRONG", "erni-ki-litellm-1 redis, erni-ki-litellm-2 local"),
        (["redis", None], "note", "erni-ki-litellm-1 redis, erni-ki-litellm-2 not told"),
    ],
)
def test_the_mode_in_effect(types: list[str | None], verdict: str, seen: str) -> None:
    instances = [told.instance(f"erni-ki-litellm-{number}", cache_type=kind) for number, kind in enumerate(types, 1)]
    assert shown("mode in effect", told.found(*instances)) == [(verdict, seen)]


def test_whatever_is_marked_wrong_fails_the_run() -> None:
    broken = told.instance(cache_type="local", stale=["old"], problem="no answer", settings=told.settings())
    broken["settings"]["findings"] = [{"class": "ineffective", "message": "elsewhere", "way_out": None}]
    broken["redis"]["connections"] = []
    unreached = told.instance("erni-ki-litellm-2", redis={"problem": "refused"})
    seen = rows(told.found(broken, unreached), told.proof("contradicted"), {"msg": "refused"}, access=True)
    seen += rows(told.found(broken), {"msg": "refused"})
    wrong = [row for row in seen if row.verdict == "WRONG"]
    assert {row.what.strip() for row in wrong} == {
        *("mode in effect", "proof", "stale", "problem", "settings", "connections", "Redis", "Redis from this host")
    }
    assert [row for row in wrong if not row.brief] == []


def test_a_file_of_another_mode_is_not_compared() -> None:
    found = told.found(told.instance(cache_type="s3"), mode="other")
    assert shown("mode in effect", found) == [("note", "s3")]


def test_an_instance_that_does_not_run_has_no_mode_in_effect() -> None:
    found = told.found(told.instance(running=False, status="exited", stale=["it is exited"], cache_type=None))
    assert shown("mode in effect", found) == []
    assert shown(told.NAME, found) == [("", "exited")] and shown("stale", found) == [("WRONG", "it is exited")]


def test_issues_of_the_version_alone_are_shown_on_request() -> None:
    found = told.found(told.instance(settings=told.settings(known_issues=[ONE, OTHER])))
    present = ("note", "LITELLM-ONE is present: It is so")
    assert shown("known issue", found) == [present]
    assert shown("known issue", found, details=True) == [present, ("", "LITELLM-OTHER of this version: It may be so")]


def test_a_setting_that_is_not_in_effect_has_a_row_and_marks_the_waits() -> None:
    found = told.found(told.instance(settings=told.settings({"socket_timeout": 5.0})))
    (wait,) = shown("socket_timeout", found)
    assert wait == ("note", "30.0 in the file, 5.0 in effect: this version of LiteLLM does not heed the file here")
    ((verdict, seen),) = shown("waits in effect", found)
    assert verdict == "note" and seen.startswith("socket_timeout 5 s, ")


def test_only_findings_that_matter_are_wrong() -> None:
    findings = [
        {"class": "ineffective", "message": "the cache would have socket_timeout 5", "way_out": "upgrade"},
        {"class": "cosmetic", "message": "harmless", "way_out": None},
    ]
    found = told.found(told.instance(settings=told.settings(findings=findings)))
    assert shown("settings", found) == [("WRONG", "the cache would have socket_timeout 5")]
    (row,) = [row for row in rows(found) if row.verdict == "WRONG"]
    assert (row.brief, row.mend) == ("erni-ki-litellm-1 does not heed the file", "upgrade")


@pytest.mark.parametrize(
    ("redis", "what", "verdict", "seen"),
    [
        ({"connections": []}, "connections", "WRONG", "none to Redis"),
        (
            {"connections": [{"address": "", "db": 1, "connections": 2}]},
            "connections",
            "ok",
            "2 connections from a unix socket to database 1",
        ),
        (
            {"connections": [{"address": "172.18.0.3", "db": 0, "connections": 1}]},
            "connections",
            "note",
            "1 connection from 172.18.0.3 to database 0",
        ),
        (
            {"connections": None, "not_observable": {"clients": "NOPERM"}},
            "connections",
            "note",
            "not observable, NOPERM",
        ),
    ],
)
def test_connections_of_an_instance(redis: dict[str, Any], what: str, verdict: str, seen: str) -> None:
    whole = told.instance()
    whole["redis"].update(redis)
    assert shown(what, told.found(whole))[:1] == [(verdict, seen)]


def test_entries_are_counted_from_within_where_this_host_does_not_see_them() -> None:
    away = {"msg": "Redis at redis:6379 does not answer within 5 s"}
    assert shown("entries", None, None, away) == [("", "3 keys in database 1, 1 cached answer")]
    whole = told.instance()
    whole["redis"]["entries"] = {"keys": 1, "responses": 0, "scanned": 500, "complete": False}
    assert shown("entries", told.found(whole), None, away) == [
        ("", "1 key in database 1, 0 cached answers among the 500 looked at")
    ]


def test_a_redis_that_this_host_does_not_reach_is_wrong_where_somebody_said_how() -> None:
    away = {"msg": "Redis at redis:6379 does not answer within 5 s"}
    assert shown("Redis from this host", None, None, away) == [
        ("note", f"not observable (litellm_cache_redis_access can say how): {away['msg']}")
    ]
    (row,) = [row for row in rows(None, None, away, access=True) if row.verdict == "WRONG"]
    assert row.seen == f"not reached as litellm_cache_redis_access says: {away['msg']}"
    assert row.brief == "litellm_cache_redis_access does not reach Redis"
    assert row.mend.startswith("mend litellm_cache_redis_access, or leave it unset; then ansible-playbook")
    assert shown("Redis from this host", told.found(told.local(), mode="local"), None, away, access=True) == []


def test_kinds_of_keys() -> None:
    kinds = {
        "response": {"keys": 12, "bytes": 9150, "ttl": {"min": 1, "median": 900, "max": 1799}, "without_ttl": 0},
        "foreign": {"keys": 2, "bytes": None, "ttl": None, "without_ttl": 2},
    }
    assert shown("entries", None, None, told.server(census={"sampled": True, "kinds": kinds})) == [
        ("", "about 12 keys of the kind response, 9.2 kB, 1 s to 1799 s to live, median 900 s"),
        ("", "about 2 keys of the kind foreign, 2 without an end"),
    ]
    assert shown("entries", None, None, told.server(census={"sampled": False, "kinds": {}})) == [("", "none")]


def test_connections_of_others_in_the_same_database() -> None:
    others = [{"address": "", "db": 1, "connections": 1}, {"address": "172.18.0.9", "db": 0, "connections": 7}]
    seen = shown("connections", None, None, told.server(clients={"proxy": [], "others": others}))
    assert seen[1:] == [("", "1 connection of others from a unix socket")]


def test_what_an_acl_hides_is_said() -> None:
    blind = told.server(server=None, memory=None, clients=None, census=None, not_observable={"server": "NOPERM info"})
    assert shown("server", None, None, blind) == [("note", "not observable, NOPERM info")]
    assert shown("Redis from this host", None, None, blind) == [("ok", "redis:6379/1")]


def test_lines_of_the_log_are_counted() -> None:
    lines = [{"text": "Redis circuit breaker OPENED", "count": 1}, {"text": "Error connecting", "count": 2}]
    assert shown("log since its start", told.found(told.instance(log=lines))) == [
        ("note", "Redis circuit breaker OPENED, 1 time"),
        ("note", "Error connecting, 2 times"),
    ]


def test_the_name_of_an_instance_is_not_said_twice() -> None:
    said = f"{told.NAME}: it ends at its start"
    found = told.found(told.instance(problem=said, settings=told.settings(problem=said)))
    assert shown("problem", found) == [("WRONG", "it ends at its start")]
    assert shown("settings", found) == [("note", "not observable, it ends at its start")]
    assert shown("Redis", told.found(told.instance(redis={"problem": said}))) == [("WRONG", "it ends at its start")]


def test_what_is_behind_the_text_of_the_file_is_noted() -> None:
    assert shown("the file", told.found(findings=[{"code": "x", "message": "it includes another"}])) == [
        ("note", "it includes another")
    ]
