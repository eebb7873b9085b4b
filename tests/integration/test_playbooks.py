# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks on a real deployment: what molecule's scenarios do not cover."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Outcome, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.process_watch import ProcessWatch

#: Nothing waits longer than it must.
QUICK = {"litellm_cache_stable_for": 0}
SWITCH, ROLLBACK, VERIFY = (f"playbooks/{name}.yml" for name in ("switch_redis", "rollback_local", "verify"))


def test_the_whole_way_with_a_literal_password_and_back_with_redis_stopped(
    bed: Bed, ansible: AnsibleRunner, tmp_path: Path
) -> None:
    literal = {
        **QUICK,
        "litellm_cache_report_dir": str(tmp_path / "reports"),
        "litellm_cache_redis_password": bed.redis_password,
        "litellm_cache_redis_password_env": "",
        "litellm_cache_reason": "a try",
        "litellm_cache_supported_call_types": ["acompletion", "atext_completion"],
        # What a survey sends for a field that was left empty.
        "litellm_cache_redis_port": "",
        "litellm_cache_redis_host": "",
        "litellm_cache_ttl": "",
        "litellm_cache_namespace": "",
        "litellm_cache_router": "",
    }
    before = bed.fingerprint()
    check = ansible.playbook(SWITCH, "--check", variables=literal)
    assert check.code == 0, check.output
    assert check.changed
    assert bed.fingerprint() == before
    assert report_of(tmp_path, "-check-")["timeline"] == []

    with ProcessWatch() as watch:
        switch = ansible.playbook(SWITCH, variables=literal)
    assert switch.code == 0 and not switch.skipped, switch.output
    watch.check(ansible.canary)
    assert any("litellm_cache_mode" in argv or "AnsiballZ" in argv for argv in watch.seen)
    assert bed.cache_type() == "redis"
    params = yaml.safe_load(bed.config.read_text(encoding="utf-8"))["litellm_settings"]["cache_params"]
    assert params["password"] == bed.redis_password
    assert "# pragma: allowlist secret" in bed.config.read_text(encoding="utf-8")
    assert not [key for key in bed.redis().scan_iter() if "plant" in (bed.redis().get(key) or "")]
    history = [json.loads(line) for line in (bed.state / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(entry["from"], entry["to"], entry["result"]) for entry in history] == [("local", "redis", "confirmed")]
    assert history[0]["reason"] == "a try"
    report = report_of(tmp_path, "-change-2")
    (way,) = report["timeline"]
    assert way["instance"] == bed.instance and way["stopped"] < way["ready"] < way["proved"]
    assert report["verdict"]["ok"] and report["verdict"]["words"].startswith("local -> redis, in ")
    assert report["mode"] == {"file": "redis", "before": "local", "effective": ["redis"]}
    for path in (tmp_path / "reports").iterdir():
        ansible.canary.search(path.read_text(encoding="utf-8"), path.name)

    running = bed.fingerprint()
    again = ansible.playbook(SWITCH, variables=literal)
    assert again.code == 0 and not again.changed, again.output
    assert "nothing was changed" in again.output
    assert bed.fingerprint() == running

    before_verify, calls = answers(bed), bed.calls()
    # Where a request names a user, he is part of its cache key.
    verify = ansible.playbook(VERIFY, variables={"litellm_cache_test_user": "somebody"})
    assert verify.code == 0 and not verify.changed, verify.output
    # A call for the proof of the write path, and one to show that an embedding is not cached; timing hits costs nothing.
    assert tried_in(verify) == {"streaming": True, "text completion": True, "embedding": False}
    assert bed.calls() - calls == 2 and verify.of("Time hits")["upstream_calls"] == 0
    assert answers(bed) == before_verify
    written = verify.of("Prove the mode by requests")["write_path"]
    assert written["proved"] and written["namespaces_apart"], written
    assert "ok embedding not answered from the cache, as supported_call_types leaves it out" in verify.verdict
    told = verify.verdict
    # A machine that is busy enough leaves no time for enough samples.
    assert re.search(
        r" latency (Redis hit p50 .*; budget 10 ms|not measured: there was time for \d+ samples only)", told
    )
    hits_in_redis(bed, ansible)
    assert told.startswith(f"OK {bed.name} redis proved by requests ") and "ok proof answered from Redis in " in told
    assert "to database 1" in told and " of the kind " in told and not verify.skipped
    assert "known issue LITELLM-SHARED-ASYNC-CLIENT" not in told and "of this version" not in told
    details = ansible.playbook(VERIFY, variables={"litellm_cache_verify_details": True})
    assert "known issue LITELLM-FLUSHALL-EMPTIES-SERVER of this version: " in details.verdict
    misled = {"litellm_cache_redis_access": {"redis_host": "127.0.0.1", "redis_port": 1}}
    wrong = ansible.playbook(VERIFY, variables=misled)
    assert [failure.message for failure in wrong.failures] == ["litellm_cache_redis_access does not reach Redis"]
    assert "WRONG Redis from this host not reached as litellm_cache_redis_access says: " in wrong.verdict
    assert bed.started() == running.started

    bed.container("redis").stop(timeout=5)
    broken = ansible.playbook(VERIFY)
    assert broken.code == 2 and [failure.message for failure in broken.failures] == [
        f"the mode is not proved; {bed.instance} does not reach Redis"
    ]
    assert broken.verdict.startswith(f"FAILED {bed.name} redis: the mode is not proved; ")
    assert "next: ansible-playbook erni_ki.litellm.verify, as soon as Redis answers" in broken.verdict
    back = ansible.playbook(ROLLBACK, variables=QUICK)
    assert back.code == 0, back.output
    assert bed.config.read_bytes() == bed.pristine
    assert bed.cache_type() == "local"
    assert not (bed.state / "journal.json").exists()
    bed.container("redis").start()
    until(bed.emptied, "Redis answers again")
    hits_in_local_mode(bed, ansible)


def answers(bed: Bed) -> set[str]:
    """Names of the cached answers in Redis, of any namespace."""
    return {key for key in bed.redis().scan_iter() if re.fullmatch("(.*:)?[0-9a-f]{64}", key)}


def tried_in(run: Run) -> dict[str, Any]:
    """Whether the cache gave the answer, by the kind of requests."""
    return {one["kind"]: one["given"] for one in run.of("Prove the mode by requests")["experiments"]}


def timing(bed: Bed, **options: Any) -> dict[str, Any]:
    """Options of litellm_cache_latency, with time enough on a busy machine."""
    return {"project_dir": str(bed.directory), "state_dir": str(bed.state), "samples": 10, "seconds": 60, **options}


def kinds_of(outcome: Outcome) -> list[tuple[str, str, int]]:
    """Instance, kind and number of times of all that was timed."""
    return [(entry["instance"], entry["what"], len(entry["seconds"])) for entry in outcome["latency"]]


def hits_in_redis(bed: Bed, ansible: AnsibleRunner) -> None:
    """Hits are timed with what is planted and removed, and without the upstream."""
    there, calls = answers(bed), bed.calls()
    address = f"http://{bed.address('litellm')}:4000"
    key = str(bed.directory / "secrets" / "litellm_master_key")
    tasks = {
        "time": timing(bed, proxy_url=address, master_key_file=key),
        "without a key": timing(bed, proxy_url=address),
        "nothing": timing(bed, samples=0),
        "too few": timing(bed, samples=9),
        "no address": timing(bed, proxy_url="litellm:4000"),
        "with a model that nobody has": timing(bed, test_model="nobody"),
    }
    run = ansible.tasks({name: {"litellm_cache_latency": options} for name, options in tasks.items()})
    of_instance = [(bed.instance, what, 10) for what in ("redis hit", "memory hit", "redis ping")]
    assert kinds_of(run.of("time")) == [*of_instance, ("", "redis hit as a client sees it", 10)], run.output
    assert run.of("time")["not_measured"] == [] and list(run.of("time")["summary"]) == ["redis"]
    assert kinds_of(run.of("without a key")) == of_instance
    (missing,) = run.of("without a key")["not_measured"]
    assert missing["instance"] == "a client" and missing["reason"].startswith("the key of the proxy does not leave its")
    assert kinds_of(run.of("nothing")) == [] and run.of("nothing")["not_measured"] == []
    (missing,) = run.of("with a model that nobody has")["not_measured"]
    assert missing["instance"] == bed.instance and missing["reason"].startswith("a request ended with status 4")
    assert run.of("too few").message == "samples must be 0, or a whole number from 10 to 500"
    assert run.of("no address").message.startswith("proxy_url must be a URL such as https://")
    assert {outcome.task for outcome in run.failures} == {"too few", "no address"}
    assert answers(bed) == there and bed.calls() == calls


def hits_in_local_mode(bed: Bed, ansible: AnsibleRunner) -> None:
    """One answer is asked for again and again; a check says so and asks for nothing."""
    before, calls = bed.fingerprint(), bed.calls()
    check = ansible.tasks({"check": {"litellm_cache_latency": timing(bed)}}, "--check")
    assert check.of("check")["would_send"] == [
        {"instance": bed.instance, "model": "test-chat", "requests": 14, "upstream_calls": 1, "why_not": None}
    ]
    assert bed.fingerprint() == before
    run = ansible.tasks({name: {"litellm_cache_latency": timing(bed, run="one")} for name in ("first", "again")})
    assert run.code == 0, run.output
    assert [run.of(name)["upstream_calls"] for name in ("first", "again")] == [1, 0] and bed.calls() - calls == 1
    assert kinds_of(run.of("again")) == [(bed.instance, "local hit", 10)]
    # One call for the proof, and one for each of the others; what is timed was asked for already.
    calls = bed.calls()
    verify = ansible.playbook(VERIFY)
    assert verify.code == 0 and tried_in(verify) == {"streaming": True, "embedding": True}, verify.output
    assert bed.calls() - calls == 3 and verify.of("Time hits")["upstream_calls"] == 0


def report_of(folder: Path, word: str) -> Any:
    """The only report with that word in its name."""
    (path,) = (folder / "reports").glob(f"*{word}*.json")
    assert path.with_suffix(".html").is_file() and path.with_suffix(".md").is_file()
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.rest
def test_a_restart_and_a_redis_that_hangs_are_tried_where_it_is_allowed(bed: Bed, ansible: AnsibleRunner) -> None:
    allowed = {"litellm_cache_verify_restart": True, "litellm_cache_verify_faults": True}
    local = ansible.playbook(VERIFY, variables=allowed)
    assert local.code == 0 and local.changed, local.output
    assert trials_in(local) == [("restart", True)]
    assert "ok after a restart the request was answered anew" in local.verdict

    waits = {"litellm_cache_socket_timeout": 2, "litellm_cache_socket_connect_timeout": 2}
    switch = ansible.playbook(SWITCH, variables={**QUICK, **waits, "litellm_cache_retry_on_timeout": False})
    assert switch.code == 0, switch.output
    running, there = bed.started(), answers(bed)
    redis = ansible.playbook(VERIFY, variables=allowed)
    assert redis.code == 0 and redis.changed and bed.started() != running, redis.output
    assert trials_in(redis) == [("restart", True), ("hang", True)]
    hung = redis.of("Prove the mode by requests")["trials"][1]
    assert hung["hung"] == 5 and hung["seconds"] >= 2, hung
    assert answers(bed) == there


def trials_in(run: Run) -> list[tuple[str, bool | None]]:
    """What was tried where it is allowed, and whether it went as it should."""
    return [(one["trial"], one["given"]) for one in run.of("Prove the mode by requests")["trials"]]


@pytest.mark.rest
def test_with_a_failing_upstream_the_switch_is_proved_and_the_rollback_is_not_kept_from_working(
    bed: Bed, ansible: AnsibleRunner
) -> None:
    bed.upstream("POST", "/fail", {"status": 500})
    switch = ansible.playbook(SWITCH, variables=QUICK)
    assert switch.code == 0, switch.output
    proof = switch.of("Confirm the mode by requests")
    assert [entry["kind"] for entry in proof["evidence"]] == ["harvested"]
    assert proof["write_path"]["proved"] is None
    assert [finding["code"] for finding in proof["findings"]] == ["write_path_unproved"]

    back = ansible.playbook(ROLLBACK, variables=QUICK)
    assert back.code == 0, back.output
    proof = back.of("Confirm the mode by requests")
    assert [entry["kind"] for entry in proof["evidence"]] == ["unproved"]
    assert proof["proved"] is False
    assert [finding["code"] for finding in proof["findings"]] == ["hit_unproved"]
    assert any("not shown by a request" in line for line in back.of("Report")["lines"])
    assert bed.config.read_bytes() == bed.pristine


@pytest.mark.rest
def test_a_snapshot_comes_back_by_its_number_and_the_history_tells_it(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    to_redis = {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD"}
    assert ansible.tasks({"there": {"litellm_cache_mode": to_redis}}).code == 0
    redis = bed.config.read_bytes()
    assert ansible.tasks({"back": {"litellm_cache_mode": {**options, "mode": "local"}}}).code == 0
    wanted = {**QUICK, "litellm_cache_snapshot": 2, "litellm_cache_reason": "as it was"}

    before = bed.fingerprint()
    check = ansible.playbook(SWITCH, "--check", variables=wanted)
    assert check.code == 0, check.output
    assert "+    type: redis" in check.output and bed.fingerprint() == before

    run = ansible.playbook(SWITCH, variables={**wanted, "litellm_cache_end_failed": True})
    assert run.code == 2 and [failure.task for failure in run.failures] == ["erni_ki.litellm.litellm_cache : Report"], (
        run.output
    )
    assert run.failures[0].message == "litellm_cache_end_failed is set, and everything else went well"
    assert f"\nOK  {bed.name}  local -> redis  " in run.output
    assert bed.config.read_bytes() == redis and bed.cache_type() == "redis"
    again = ansible.playbook(SWITCH, variables=wanted)
    assert again.code == 0 and not again.changed, again.output

    wrong = ansible.playbook(ROLLBACK, variables=wanted)
    assert len(wrong.failures) == 1 and "is in the cache mode redis, not local" in wrong.failures[0].message

    history = ansible.playbook("playbooks/history.yml")
    told = " ".join(" ".join(history.of("Tell")["lines"]).split())
    assert "Disabled → Enabled as it was" in told and "pending change none guard none is needed snapshots 1 " in told
    assert re.search(r" local 2 \S+ \S+ redis 3 ", told) and not history.skipped
    assert told.endswith("the newest with ansible-playbook erni_ki.litellm.rollback_local -e litellm_cache_snapshot=3")
    dropped = ansible.playbook("playbooks/history.yml", variables={"litellm_cache_history_snapshots_keep": 0})
    assert dropped.code == 0 and "snapshots       none" in dropped.of("Tell")["lines"]
    assert list((bed.state / "snapshots").glob("*.yaml")) == []


@pytest.mark.rest
def test_a_switch_that_goes_back_or_is_refused_leaves_its_page(
    bed: Bed, ansible: AnsibleRunner, tmp_path: Path
) -> None:
    # That variable is in the environment, and holds no password of Redis.
    wrong = {**QUICK, "litellm_cache_redis_password_env": "LITELLM_MASTER_KEY"}
    folder = tmp_path / "reports"
    before = bed.fingerprint()
    refused = ansible.playbook(SWITCH, variables={**wrong, "litellm_cache_report_dir": str(folder)})
    assert refused.code == 2 and bed.fingerprint() == before, refused.output
    (document,) = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    assert (document["verdict"]["word"], document["verdict"]["problems"]) == ("REFUSED", [refused.failures[0].message])

    folder = tmp_path / "back"
    unproved = {**wrong, "litellm_cache_proof": "none", "litellm_cache_report_dir": str(folder)}
    back = ansible.playbook(SWITCH, variables=unproved)
    assert back.code == 2 and bed.config.read_bytes() == bed.pristine, back.output
    (document,) = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    assert document["verdict"]["word"] == "FAILED" and document["mode"] == {"file": "local", "before": "local"}
    assert document["verdict"]["words"] == f"{bed.name} is back in the mode local."
    there, again = document["timeline"]
    assert there["ready"] and "going_back" not in there and again["going_back"], document["timeline"]
    assert there["ready"] <= again["stopped"] <= again["ready"] <= again["proved"], document["timeline"]
    assert ("ok", "  proof of the old mode") in [(row["verdict"], row["what"]) for row in document["rows"]]


@pytest.mark.rest
def test_an_edit_whose_restart_was_forgotten_is_made_live(bed: Bed, ansible: AnsibleRunner) -> None:
    bed.config.write_bytes(bed.pristine + b"# by hand\n")
    before = bed.started()
    run = ansible.playbook(ROLLBACK, variables=QUICK)
    assert run.code == 0, run.output
    assert run.did("Restart the instances, one after another")
    assert bed.started() != before
    assert bed.config.read_bytes() == bed.pristine + b"# by hand\n"


@pytest.mark.rest
def test_the_role_used_twice_in_a_play_tells_nothing_of_its_first_use(bed: Bed, ansible: AnsibleRunner) -> None:
    use = {
        "ansible.builtin.include_role": {"name": "erni_ki.litellm.litellm_cache"},
        "vars": {**QUICK, "litellm_cache_mode": "redis", "litellm_cache_empty": True},
    }
    run = ansible.tasks({"first": use, "second": use})
    assert run.code == 0, run.output
    first, second = [one["lines"] for one in run.outcomes if one.task.endswith(": Report")]
    assert re.fullmatch(rf"OK  {bed.name}  local -> redis  \d+ s  snapshot 1", first[0])
    assert any("removed from Redis before the restart" in line for line in first)
    assert second == [
        f"UNCHANGED  {bed.name}  redis",
        "nothing was changed, nothing was restarted",
        "next: ansible-playbook erni_ki.litellm.verify",
    ]
