# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs of an operator's day in AWX: a check job, the switch, the same again, looks, and the way back by a schedule."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.molecule.resources import oracle
from ansible_collections.erni_ki.litellm.molecule.resources.oracle import Stack
from ansible_collections.erni_ki.litellm.tests.awx.conftest import BY_SCHEDULE, NODES, TEMPLATES, Awx, Job
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ruamel.yaml import YAML  # another reader than the collection's and LiteLLM's

SWITCH = "switch_redis"
#: Events of every job.
ALWAYS = {"playbook_on_start", "playbook_on_play_start", "playbook_on_task_start", "runner_on_ok", "playbook_on_stats"}


@pytest.fixture(scope="module")
def checked(awx: Awx) -> Job:
    """A check job with "show changes"."""
    return awx.run(SWITCH, "--check --diff")


@pytest.fixture(scope="module")
def switched(awx: Awx, checked: Job) -> Job:
    """The real job, with "show changes" too."""
    return awx.run(SWITCH, "--diff")


@pytest.fixture(scope="module")
def again(awx: Awx, switched: Job) -> Job:
    """The real job once more."""
    return awx.run(SWITCH)


@pytest.fixture(scope="module")
def verified(awx: Awx, again: Job) -> Job:
    """The look at the switched proxy."""
    return awx.run("verify")


@pytest.fixture(scope="module")
def looks(thin: Awx, verified: Job) -> dict[str, Job]:
    """What else looks at the switched proxy or is a check, from the thin project."""
    return {
        "status": thin.run("status"),
        "diagnose": thin.run("diagnose"),
        "flush_cache": thin.run("flush_cache", "--check --diff"),
        "upgrade_litellm": thin.run("upgrade_litellm", "--diff"),
        "prepare_host": thin.run("prepare_host", "--diff"),
    }


@pytest.fixture(scope="module")
def rolled_back(awx: Awx, looks: dict[str, Job]) -> Job:
    """The way back, which a schedule launched."""
    return awx.run("rollback_local", "--diff", awx_job_template_name="back", **BY_SCHEDULE)


@pytest.fixture(scope="module")
def failure_node(awx: Awx, rolled_back: Job) -> Job:
    """The way back as the failure node of the workflow, which finds nothing to do any more."""
    return awx.run("rollback_local", answers=NODES["back"]["variables"])


@pytest.fixture(scope="module")
def history(thin: Awx, failure_node: Job) -> Job:
    """What was done, from the thin project."""
    return thin.run("history")


def test_a_check_job_shows_the_change_and_touches_nothing(checked: Job) -> None:
    checked.require_success()
    assert checked.after == checked.before
    assert ALWAYS <= checked.kinds
    assert "runner_on_file_diff" in checked.kinds
    assert "runner_on_failed" not in checked.kinds
    assert "+    type: redis" in checked.output


def test_the_switch_makes_redis_answer(switched: Job, checked: Job, stack: Stack) -> None:
    switched.require_success()
    assert ALWAYS <= switched.kinds
    assert "runner_on_failed" not in switched.kinds
    assert switched.after["sha256"] != switched.before["sha256"]
    assert "runner_on_skipped" not in switched.kinds
    reports = [
        event["event_data"]["res"]["lines"]
        for event in switched.events
        if event["event"] == "runner_on_ok" and event["event_data"]["task_action"] == "erni_ki.litellm.report"
    ]
    _told_before, report = filter(None, reports)  # the check of the inventory has nothing to tell
    assert report[0].startswith("OK  ") and "answered from Redis in" in report[1]
    assert "\n".join(report) in switched.output.replace("\r\n", "\n")
    assert YAML(typ="safe").load(stack.config)["litellm_settings"]["cache_params"]["password"] == stack.password
    oracle.claim_redis(stack)


def test_who_cancels_the_switch_is_told_what_becomes_of_it(switched: Job, again: Job) -> None:
    told = "If this run is cancelled, the guard takes the change back"
    output = switched.output.replace("\r\n", "\n")
    assert output.index("and write it to the config file") < output.index(told) < output.index("Restart the instances")
    assert "erni_ki.litellm.rollback_local -e litellm_cache_take_over=true" in output
    assert told not in again.output


def test_a_job_hands_on_what_it_did_and_whether_it_was_a_check(checked: Job, switched: Job, verified: Job) -> None:
    told = {
        name: job.handed_on["erni_ki_litellm_report"]["erni-ki"]
        for name, job in {"checked": checked, "switched": switched, "verified": verified}.items()
    }
    seen = {name: (one["kind"], one["check"], one["verdict"].get("word")) for name, one in told.items()}
    assert seen["checked"] == ("change", True, "CHECK")
    assert seen["switched"] == ("change", False, "OK")
    assert seen["verified"] == ("verify", False, None)
    assert told["verified"]["verdict"]["words"] == "proved by requests"
    assert told["verified"]["mode"]["file"] == "redis"


def test_each_playbook_for_users_runs_from_the_thin_project_or_from_this_one(
    looks: dict[str, Job], history: Job, switched: Job, verified: Job, rolled_back: Job
) -> None:
    jobs = {"history": history, SWITCH: switched, "verify": verified, "rollback_local": rolled_back, **looks}
    for job in jobs.values():
        job.require_success()
    assert {f"{name}.yml" for name in jobs} == {template["playbook"] for template in TEMPLATES}
    for job in (*looks.values(), history):
        assert job.after == job.before, job.output


def test_a_failure_node_that_succeeds_leaves_no_green_workflow(failure_node: Job) -> None:
    assert (failure_node.status, failure_node.code) == ("failed", 2), failure_node.output
    told = " ".join(failure_node.output.split())
    assert "litellm_cache_end_failed is set, and everything else went well" in told
    assert failure_node.after == failure_node.before


def test_the_history_names_who_launched_a_job_or_the_schedule_that_did(history: Job) -> None:
    output = " ".join(history.output.split())
    assert "alice" in output
    assert 'AWX: schedule "at night", template "back"' in output


def test_the_second_job_changes_nothing(again: Job) -> None:
    again.require_success()
    assert again.changed == 0
    assert again.after["started"] == again.before["started"]
    assert again.after["sha256"] == again.before["sha256"]
    assert again.after["calls"] == again.before["calls"]


def test_the_look_finds_nothing_wrong(verified: Job) -> None:
    verified.require_success()
    assert verified.after["started"] == verified.before["started"]
    assert "answered from Redis in" in verified.output


def test_the_way_back_gives_the_bytes_of_the_beginning(rolled_back: Job, checked: Job, stack: Stack) -> None:
    rolled_back.require_success()
    assert rolled_back.after["sha256"] == checked.before["sha256"]
    oracle.claim_local(stack, "")
    oracle.claim_no_secret(stack, "")


@pytest.mark.parametrize("name", ["checked", "switched", "again", "verified", "looks", "rolled_back", "history"])
def test_nothing_that_awx_keeps_holds_a_secret(name: str, request: pytest.FixtureRequest, canary: Canary) -> None:
    found: Job | dict[str, Job] = request.getfixturevalue(name)
    for job in found.values() if isinstance(found, dict) else [found]:
        for path in sorted(path for path in job.artifacts.rglob("*") if path.is_file()):
            canary.search(path.read_text(encoding="utf-8"), f"{name}: {path.relative_to(job.artifacts)}")
