# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache of a real deployment is looked at and emptied; Redis is read by a client of the tests."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, Fingerprint, until

QUICK = {"litellm_cache_stable_for": 0}
SWITCH, FLUSH, VERIFY, HISTORY = (
    f"playbooks/{name}.yml" for name in ("switch_redis", "flush_cache", "verify", "history")
)
CHAT = '{"timestamp": 1763990000.5, "response": "{\\"id\\":\\"chatcmpl-1\\",\\"object\\":\\"chat.completion\\"}"}'
EMBEDDING = '{"timestamp": 1763990000.5, "response": {"embedding": [0.1, 0.2], "index": 0}}'


def hexadecimal(number: int) -> str:
    """The name of a response entry."""
    return f"{number:064x}"


def seed(bed: Bed) -> dict[str, str]:
    """Answers and other things in the database of the cache, and in others; returns the others by database and key."""
    redis = bed.redis()
    for number in range(40):
        redis.set(hexadecimal(number), CHAT, ex=900)
    redis.set(f"team-a:{hexadecimal(41)}", EMBEDDING, ex=900)
    redis.set(hexadecimal(90), "somebody else's", ex=900)
    redis.hset(hexadecimal(91), "field", "value")
    redis.set("deployment:abc:cooldown", "1", ex=900)
    redis.rpush("litellm_spend_update_buffer", "unbilled")
    redis.set("session:1", "of another application")
    bed.redis(5).set(hexadecimal(1), CHAT)
    return others(bed)


def others(bed: Bed) -> dict[str, str]:
    """Everything that no flush of answers may touch, by its database and name, as the server dumps it."""
    return {
        f"{database} {key}": repr(bed.redis(database).type(key)) + str(bed.redis(database).object("encoding", key))
        for database in (1, 5)
        for key in bed.redis(database).scan_iter()
        if database == 5 or not is_answer(bed, key)
        if not key.startswith("{") and key != "daily_metrics_report_sent"  # of the running proxy
    }


def is_answer(bed: Bed, key: str) -> bool:
    """Whether a key is a cached answer, by its content."""
    return bed.redis().type(key) in ("string",) and (bed.redis().get(key) or "").startswith('{"timestamp":')


def answers(bed: Bed) -> list[str]:
    """Names of the cached answers."""
    return sorted(key for key in bed.redis().scan_iter() if is_answer(bed, key))


def read_only(fingerprint: Fingerprint) -> Fingerprint:
    """A fingerprint without the scripts, which count when nothing is to be removed."""
    writes = {name: calls for name, calls in fingerprint.redis_writes.items() if name != "eval"}
    return replace(fingerprint, redis_writes=writes)


def flushes(bed: Bed) -> list[str]:
    """How the changes of the history ended; each flush is in it with its place and what it restarted."""
    lines = [json.loads(line) for line in (bed.state / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    for evidence in (line["evidence"] for line in lines if line["result"] == "flushed"):
        assert evidence["restarted"] == [bed.instance] and evidence["place"] == "redis:6379/1"
    return [line["result"] for line in lines]


def in_redis(bed: Bed, ansible: AnsibleRunner) -> None:
    """Bring the deployment to the mode redis."""
    run = ansible.playbook(SWITCH, variables=QUICK)
    assert run.code == 0, run.output


def test_the_playbook_empties_the_cache_and_nothing_else(bed: Bed, ansible: AnsibleRunner) -> None:
    in_redis(bed, ansible)
    kept = seed(bed)
    before = bed.fingerprint()
    check = ansible.playbook(FLUSH, "--check", variables=QUICK)
    assert check.code == 0, check.output
    counted = check.of("Count the entries in Redis")
    assert counted.changed and counted["removed"] == 41 == len(answers(bed)), counted.result
    assert counted["removed_contents"] == {"chat": 40, "embedding": 1}
    assert {kind: counted["kept"].get(kind) for kind in ("hex", "router", "spend", "foreign")} == {
        "hex": 2,
        "router": 1,
        "spend": 1,
        "foreign": 1,
    }
    assert f"{bed.instance}  would be restarted" in check.of("Report")["lines"]
    assert read_only(bed.fingerprint()) == read_only(before)

    run = ansible.playbook(FLUSH, variables=QUICK)
    assert run.code == 0, run.output
    # With the one that was made a hit, to be shown to miss.
    assert run.of("Remove the entries from Redis")["removed"] == 42
    assert answers(bed) == [] and others(bed) == kept
    assert bed.started() != before.started
    assert [entry["kind"] for entry in run.of("Show that the request is a miss now")["evidence"]] == ["missed"]
    assert any("a request that was a hit before is a miss now" in line for line in run.of("Report")["lines"])

    empty = bed.fingerprint()
    again = ansible.playbook(FLUSH, variables=QUICK)
    assert again.code == 0 and not again.changed, again.output
    assert read_only(bed.fingerprint()) == read_only(empty) and others(bed) == kept

    verify = ansible.playbook(VERIFY)
    assert verify.code == 0, verify.output
    told = verify.verdict
    assert "1 key of the kind spend" in told and "2 keys of the kind hex" in told and "allkeys-lru" in told


@pytest.mark.rest
def test_in_local_mode_the_restart_empties_the_cache(bed: Bed, ansible: AnsibleRunner) -> None:
    before = bed.fingerprint()
    check = ansible.playbook(FLUSH, "--check", variables=QUICK)
    assert check.code == 0 and f"{bed.instance}  would be restarted" in check.of("Report")["lines"], check.output
    assert bed.fingerprint() == before
    run = ansible.playbook(FLUSH, variables=QUICK)
    assert run.code == 0, run.output
    assert not run.did("Remove the entries from Redis") and bed.started() != before.started
    assert [entry["kind"] for entry in run.of("Show that the request is a miss now")["evidence"]] == ["missed"]
    part = ansible.playbook(FLUSH, variables={**QUICK, "litellm_cache_flush_older_than": 60})
    assert len(part.failures) == 1 and "_older_than" in part.failures[0].message

    # Nobody has asked anything since, so there is nothing to empty; after one request there is.
    emptied = bed.fingerprint()
    for words in (["--check"], []):
        again = ansible.playbook(FLUSH, *words, variables=QUICK)
        assert again.code == 0 and not again.changed, again.output
        assert "was asked anything since" in str(again.of("Report")["lines"])
    assert bed.fingerprint() == emptied
    bed.ask("something else")
    to_be_restarted = f"{bed.instance}  would be restarted"
    assert to_be_restarted in ansible.playbook(FLUSH, "--check", variables=QUICK).of("Report")["lines"]
    # Also when the log was rotated, and the one line that it has is of that other request.
    os.truncate(bed.container("litellm").attrs["LogPath"], 0)
    bed.ask("something else")
    assert ansible.playbook(FLUSH, variables=QUICK).did("Restart the instances, one after another")
    assert bed.started() != emptied.started


def test_what_went_from_redis_by_another_hand_goes_from_the_memory_too(bed: Bed, ansible: AnsibleRunner) -> None:
    in_redis(bed, ansible)
    told = f"{bed.instance}  would be restarted"
    flush = ansible.playbook(FLUSH, variables=QUICK)
    assert flush.code == 0, flush.output

    before = bed.started()
    bed.ask("a question")
    until(lambda: answers(bed), "the answer lies in Redis")
    bed.redis().flushdb()
    calls = bed.calls()
    bed.ask("a question")
    assert bed.calls() == calls, "the proxy answers from its memory"
    bed.redis().flushdb()
    assert told in ansible.playbook(FLUSH, "--check", variables=QUICK).of("Report")["lines"]
    run = ansible.playbook(FLUSH, variables=QUICK)
    assert run.code == 0 and bed.started() != before, run.output
    calls = bed.calls()
    bed.ask("a question")
    assert bed.calls() > calls
    assert flushes(bed) == ["confirmed", "flushed", "flushed"]


@pytest.mark.rest
def test_a_flush_of_old_answers_knows_that_nothing_was_asked(bed: Bed, ansible: AnsibleRunner) -> None:
    in_redis(bed, ansible)
    assert ansible.playbook(FLUSH, variables=QUICK).changed
    bed.ask("a question")
    # The answer to a new request is none of those: nothing is sent, and it is known all the same that nothing was asked.
    old = {**QUICK, "litellm_cache_flush_older_than": "3600"}
    run = ansible.playbook(FLUSH, variables=old)
    assert run.code == 0 and run.changed and not run.did("Show that the request is a miss now"), run.output
    emptied = bed.started()
    again = ansible.playbook(FLUSH, variables=old)
    assert again.code == 0 and not again.changed and bed.started() == emptied, again.output
    # What health checks ask may stay in the memory.
    assert bed.get("/health") == 200
    check = ansible.playbook(FLUSH, "--check", variables=old)
    assert f"{bed.instance}  would be restarted" in check.of("Report")["lines"]
    assert flushes(bed) == ["confirmed", "flushed", "flushed"]
    screen = "\n".join(ansible.playbook(HISTORY, variables=QUICK).of("Tell")["lines"])
    assert screen.count("Enabled, cache  ") == 2 and "cache emptied by " in screen


@pytest.mark.rest
def test_a_removal_whose_restart_is_missing_is_finished_by_the_next_run(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    in_redis(bed, ansible)
    seed(bed)
    hit = {"phase": "warm", "run": "r"}
    run = ansible.tasks(
        {
            "warm": {"litellm_cache_roundtrip": {**options, **hit}, "register": "warm"},
            "remove": {"redis_cache_flush": options},
            # The process has it in its memory: this is what the restart is for.
            "miss": {
                "litellm_cache_roundtrip": {**options, "phase": "miss", "run": "r", "warmed": "{{ warm.warmed }}"}
            },
            "again": {"redis_cache_flush": options},
        }
    )
    assert run.of("warm")["warmed"][0]["id"]
    assert run.of("remove").changed and run.of("remove")["to_restart"] == [bed.instance]
    assert "still answers from its cache" in run.of("miss").message
    assert not run.of("again").changed and run.of("again")["to_restart"] == [bed.instance]
    never = ansible.playbook(FLUSH, variables={**QUICK, "litellm_cache_flush_restart": "never"})
    assert never.code == 0 and not never.changed and "goes on answering" in str(never.of("Report")["lines"])
    before = bed.started()
    finished = ansible.playbook(FLUSH, variables=QUICK)
    assert finished.code == 0 and finished.did("Restart the instances, one after another"), finished.output
    assert bed.started() != before
    assert not ansible.playbook(FLUSH, variables=QUICK).changed


def test_a_part_of_the_answers(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    kept = seed(bed)
    run = ansible.tasks(
        {
            "the file alone": {
                "litellm_cache_mode": {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD"}
            },
            "younger": {"redis_cache_flush": {**options, "older_than": 10**9}},
            "one kind": {"redis_cache_flush": {**options, "contents": ["embedding"]}},
            "strange pattern": {"redis_cache_flush": {**options, "scope": "pattern", "pattern": "*0000*"}},
            "pattern": {"redis_cache_flush": {**options, "scope": "pattern", "pattern": "*000[0-9]"}},
            "keep": {"redis_cache_flush": {**options, "keep": [hexadecimal(39)]}},
        }
    )
    assert (run.of("younger")["removed"], run.of("younger")["kept"]["response"]) == (0, 41)
    assert run.of("one kind")["removed_kinds"] == {"response": 1}
    assert "2 keys: named like a cached answer" in run.of("strange pattern").message, run.of("strange pattern")
    assert run.of("pattern")["removed"] == 10
    assert answers(bed) == [hexadecimal(39)] and others(bed) == kept


@pytest.mark.rest
def test_a_part_is_shown_to_miss(bed: Bed, ansible: AnsibleRunner) -> None:
    in_redis(bed, ansible)
    kept = seed(bed)
    of_namespace = {**QUICK, "litellm_cache_flush_namespace": "team-a"}
    run = ansible.playbook(FLUSH, variables=of_namespace)
    assert run.code == 0, run.output
    assert [entry["kind"] for entry in run.of("Show that the request is a miss now")["evidence"]] == ["missed"]
    assert answers(bed) == [hexadecimal(number) for number in range(40)] and others(bed) == kept
    assert not ansible.playbook(FLUSH, variables=of_namespace).changed
    # The answer to a new request is young: nothing can be shown for the old ones.
    run = ansible.playbook(FLUSH, variables={**QUICK, "litellm_cache_flush_older_than": "3600"})
    assert run.code == 0 and run.did("Restart the instances, one after another"), run.output
    assert not run.did("Show that the request is a miss now") and "no request was sent" in str(
        run.of("Report")["lines"]
    )
    assert answers(bed) == [] and others(bed) == kept


@pytest.mark.rest
def test_the_whole_database_wants_so_many_words(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    in_redis(bed, ansible)
    seed(bed)
    database = {**options, "scope": "database"}
    with bed.redis() as stranger:
        stranger.ping()
        run = ansible.tasks(
            {
                "refused": {"redis_cache_flush": database},
                "refused in check mode": {"redis_cache_flush": database, "check_mode": True},
                "another": {"redis_cache_flush": {**database, "confirm": "redis:6379/2"}},
            }
        )
    refused = run.of("refused")
    for words in ("1 key: nothing that LiteLLM is known to write, for example session:1", "spend", "clients that"):
        assert words in refused.message, refused.message
    assert refused["confirm"] == "redis:6379/1"
    assert run.of("refused in check mode").outcome == "failed" and "redis:6379/2" in run.of("another").message
    assert len(answers(bed)) == 41
    run = ansible.tasks({"asked for": {"redis_cache_flush": {**database, "confirm": "redis:6379/1"}}})
    assert run.of("asked for").changed, run.output
    assert answers(bed) == [] and bed.redis(5).dbsize() == 1
    bed.redis().flushdb()
    # Nothing strange any more: then it needs no confirmation.
    plain = ansible.tasks({"plain": {"redis_cache_flush": database}}).of("plain")
    assert plain.ok, plain.message


def test_every_way_to_the_password(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    seed(bed)
    there = {"redis_host": bed.address("redis"), "redis_db": 1}
    of_file = {"redis_password_file": str(bed.directory / "secrets" / "redis_password")}
    before = bed.fingerprint()
    run = ansible.tasks(
        {
            "of a file": {"redis_cache_info": {**there, **of_file}},
            "of a variable": {"redis_cache_info": {**options, **there, "redis_password_env": "REDIS_PASSWORD"}},
            "name": {"redis_cache_info": {**options, "redis_host": "redis", "redis_db": 1, **of_file, "sample": 10}},
            "literal": {"redis_cache_info": {**there, "redis_password": "{{ password }}", "sample": 0}},
            "wrong": {"redis_cache_info": {**there, "redis_password": "Wr0ng-But-Nobody-May-See"}},
            "none": {"redis_cache_info": there},
            "no variable": {"redis_cache_info": {**options, **there, "redis_password_env": "NOT_THERE"}},
            "no file": {"redis_cache_info": {**there, "redis_password_file": "/nowhere/password"}},
            "two": {"redis_cache_info": {**there, **of_file, "redis_password": "{{ password }}"}},
            "nothing": {"redis_cache_info": {}},
            "local mode": {"redis_cache_info": options},
            "unknown host": {"redis_cache_info": {**options, "redis_host": "nowhere.invalid"}},
            "no such database": {"redis_cache_info": {**there, **of_file, "redis_db": 99}},
            "port": {"redis_cache_info": {**there, **of_file, "redis_port": 70000}},
            "scope": {"redis_cache_flush": {**there, **of_file, "scope": "everything"}},
            "pattern": {"redis_cache_flush": {**there, **of_file, "scope": "pattern"}},
            "cluster": {"redis_cache_info": {"redis_cluster_nodes": [f"{bed.address('redis')}:6379"], **of_file}},
        },
        variables={"password": bed.redis_password},
    )
    kinds = run.of("of a file")["census"]["kinds"]
    assert {kind: seen["keys"] for kind, seen in kinds.items()} == {
        "foreign": 1, "hex": 2, "response": 41, "router": 1, "spend": 1,
    }  # fmt: skip
    assert 0 < kinds["response"]["ttl"]["max"] <= 900 and kinds["response"]["bytes"] > 41 * 80
    assert kinds["foreign"]["without_ttl"] == 1 and run.of("of a file")["dbsize"] == 46
    assert run.of("of a file")["server"]["name"] == "redis" and run.of("of a file")["memory"]["policy"] == "allkeys-lru"
    assert run.of("of a variable")["place"].endswith(":6379/1")
    assert run.of("name")["census"]["sampled"] is True
    assert run.of("literal")["census"] is None
    words = {
        "wrong": "refuses the login",
        "none": "refuses the login",
        "no variable": "has no environment variable NOT_THERE",
        "no file": "/nowhere/password cannot be read",
        "two": "mutually exclusive",
        "nothing": "set redis_host",
        "local mode": "is of type local",
        "unknown host": "nowhere.invalid",
        "no such database": "has no database 99",
        "port": "between 1 and 65535",
        "scope": "scope",
        "pattern": "pattern",
        "cluster": "luster",
    }
    for name, expected in words.items():
        assert run.of(name).outcome == "failed" and expected in run.of(name).message, (name, run.of(name).message)
    assert bed.fingerprint() == before


def test_while_a_change_is_not_final_nothing_is_removed(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    commit = {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD", "confirm": "later", "run": "night"}
    run = ansible.tasks(
        {
            "commit": {"litellm_cache_mode": {**commit, "guard": "none"}},
            "flush": {"redis_cache_flush": options},
            "of the run": {"redis_cache_flush": {**options, "run": "night"}},
        }
    )
    assert "is not final yet" in run.of("flush").message and run.of("of the run").ok, run.output
    flush = ansible.playbook(FLUSH, variables=QUICK)
    assert len(flush.failures) == 1 and "not final yet" in flush.failures[0].message


@pytest.mark.rest
def test_a_switch_can_begin_with_an_empty_cache(bed: Bed, ansible: AnsibleRunner) -> None:
    kept = seed(bed)
    run = ansible.playbook(SWITCH, variables={**QUICK, "litellm_cache_empty": True})
    assert run.code == 0, run.output
    assert "41 answers of an older time" in str(run.of("Report")["lines"])
    assert [entry["kind"] for entry in run.of("Confirm the mode by requests")["evidence"]] == ["harvested"]
    assert answers(bed) == [] and others(bed) == kept


@pytest.mark.rest
@pytest.mark.parametrize(
    "allowed",
    [
        pytest.param("+@read +ping +select", id="read only", marks=pytest.mark.rest),
        pytest.param("+@all -eval -evalsha", id="no scripts"),
    ],
)
def test_with_an_acl_user(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any], allowed: str) -> None:
    kept = seed(bed)
    bed.redis().execute_command("ACL", "SETUSER", "look", "on", f">{bed.redis_password}", "~*", *allowed.split())
    login = {
        "redis_host": bed.address("redis"),
        "redis_db": 1,
        "redis_username": "look",
        "redis_password": "{{ password }}",
    }
    try:
        run = ansible.tasks(
            {"info": {"redis_cache_info": login}, "flush": {"redis_cache_flush": login}},
            variables={"password": bed.redis_password},
        )
    finally:
        bed.redis().execute_command("ACL", "DELUSER", "look")
    assert run.of("info").ok, run.of("info").message
    if allowed.startswith("+@read"):
        hidden = run.of("info")["not_observable"]
        assert {"server", "clients"} <= set(hidden) and "info" in hidden["server"], hidden
        assert run.of("info")["census"]["kinds"]["response"]["keys"] == 41
        assert run.of("flush").outcome == "failed" and "does not allow it" in run.of("flush").message
        assert len(answers(bed)) == 41
    else:
        assert [finding["code"] for finding in run.of("flush")["findings"]] == ["without_scripts"]
        assert answers(bed) == []
    assert others(bed) == kept
