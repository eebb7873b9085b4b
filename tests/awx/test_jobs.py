# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs of an operator's day in AWX: a check job, the switch, the same again, a look, and the way back."""

from __future__ import annotations

import json

import pytest
from ansible_collections.erni_ki.litellm.molecule.resources import oracle
from ansible_collections.erni_ki.litellm.molecule.resources.oracle import Stack
from ansible_collections.erni_ki.litellm.tests.awx.conftest import CREDENTIAL, Awx, Job
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ruamel.yaml import YAML  # another reader than the collection's and LiteLLM's

SWITCH = "playbooks/switch_redis.yml"
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
    return awx.run("playbooks/verify.yml")


@pytest.fixture(scope="module")
def rolled_back(awx: Awx, verified: Job) -> Job:
    """The way back."""
    return awx.run("playbooks/rollback_local.yml", "--diff")


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
    (report,) = filter(None, reports)  # the check of the inventory has nothing to tell
    assert report[0].startswith("OK  ") and "answered from Redis in" in report[1]
    assert "\n".join(report) in switched.output.replace("\r\n", "\n")
    assert YAML(typ="safe").load(stack.config)["litellm_settings"]["cache_params"]["password"] == stack.password
    oracle.claim_redis(stack)


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


@pytest.mark.parametrize("name", ["checked", "switched", "again", "verified", "rolled_back"])
def test_nothing_that_awx_keeps_holds_a_secret(name: str, request: pytest.FixtureRequest, canary: Canary) -> None:
    job: Job = request.getfixturevalue(name)
    for path in sorted(path for path in job.artifacts.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        if path == job.artifacts / "command":
            # ansible-runner's own record of how it was called; AWX masks the credential in it.
            called = json.loads(text)
            del called["env"][CREDENTIAL]
            text = json.dumps(called)
        canary.search(text, f"{name}: {path.relative_to(job.artifacts)}")
