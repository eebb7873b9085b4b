# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service of two instances: switched and back, and what becomes of one that somebody adds in the middle."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

pytestmark = pytest.mark.rest


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One stack for both."""
    name = f"erni-ki-instances-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, shape="scaled")
    yield bed
    Canary(bed.secrets).search_all(bed.state_files() + bed.logs())
    bed.down()


@pytest.fixture
def runner(stack: Bed, tmp_path: Path) -> AnsibleRunner:
    """Runs playbooks on it."""
    return stack.ansible(tmp_path)


def instances(bed: Bed) -> list[str]:
    """Names of the two."""
    return [one.name for one in bed.containers() if one.labels["com.docker.compose.service"] == "litellm"]


@pytest.mark.shape("two instances of the service")
def test_both_are_switched_and_back(stack: Bed, runner: AnsibleRunner) -> None:
    before = stack.config.read_bytes()
    quick = {"litellm_cache_stable_for": 0}
    switch = runner.playbook("playbooks/switch_redis.yml", variables=quick)
    assert switch.code == 0, switch.output[-4000:]
    evidence = switch.of("Confirm the mode by requests")["evidence"]
    assert [(one["instance"], one["kind"]) for one in evidence] == [(name, "harvested") for name in instances(stack)]
    verify = runner.playbook("playbooks/verify.yml")
    assert verify.code == 0, verify.output[-4000:]
    shared = verify.of("Prove the mode by requests")["shared"]
    assert [(one["instance"], one["given"]) for one in shared] == [(instances(stack)[1], True)]
    assert " shared gave what the first instance had written, in " in verify.verdict
    back = runner.playbook("playbooks/rollback_local.yml", variables=quick)
    assert back.code == 0, back.output[-4000:]
    assert stack.config.read_bytes() == before
    alone = runner.playbook("playbooks/verify.yml")
    assert alone.code == 0, alone.output[-4000:]
    evidence = alone.of("Prove the mode by requests")["evidence"]
    assert [(one["kind"], one["own"]) for one in evidence] == [("hit", True), ("hit", True)]


def test_one_that_came_too_late_for_a_proof_is_told(stack: Bed, runner: AnsibleRunner) -> None:
    first, second = instances(stack)
    options = {"project_dir": str(stack.directory), "state_dir": str(stack.state)}
    plant = {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD", "plant": True, "run": "night-1"}
    # It runs, and does not answer: one that is paused counts as one that does not run.
    harvest_of = {**options, "phase": "harvest", "run": "night-1", "request_timeout": 5}
    of_the_first = "{{ plant.planted | combine({'plants': plant.planted.plants[:1]}) }}"
    of_nobody = "{{ plant.planted | combine({'plants': [plant.planted.plants[0] | combine({'answer_id': 'x'})]}) }}"
    made = runner.tasks(
        {
            "plant": {"litellm_cache_probe": plant, "register": "plant"},
            "commit": {"litellm_cache_mode": {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD"}},
            "restart": {"litellm_restart": {**options, "stable_for": 0}},
            "stop its process": {"ansible.builtin.command": f"docker kill --signal STOP {second}"},
            "harvest": {"litellm_cache_roundtrip": {**harvest_of, "planted": of_the_first}},
            "stop the other one too": {"ansible.builtin.command": f"docker kill --signal STOP {first}"},
            "harvest of nobody": {"litellm_cache_roundtrip": {**harvest_of, "planted": of_nobody}},
        }
    )
    subprocess.run(["docker", "kill", "--signal", "CONT", first, second], check=True, capture_output=True)
    harvest: Any = made.of("harvest")
    assert harvest.ok, harvest.message
    assert [(one["instance"], one["kind"]) for one in harvest["evidence"]] == [(first, "harvested"), (second, "added")]
    assert harvest["proved"] is False and "instance_added" in [told["code"] for told in harvest["findings"]]
    assert made.of("harvest of nobody").outcome == "failed"


def test_only_the_one_whose_memory_may_hold_an_answer_is_restarted(stack: Bed, runner: AnsibleRunner) -> None:
    stack.reset()
    quick, restart = {"litellm_cache_stable_for": 0}, "Restart the instances, one after another"
    for playbook in ("switch_redis", "flush_cache"):  # from here on nobody has asked either of them
        run = runner.playbook(f"playbooks/{playbook}.yml", variables=quick)
        assert run.code == 0, run.output[-4000:]
    asked, other = instances(stack)
    stack.ask("a question")
    until(lambda: [key for key in stack.redis().scan_iter() if len(key) == 64], "the answer lies in Redis")
    stack.redis().flushdb()  # by hand, so the memory alone has it
    before = dict(stack.started())
    lines = runner.playbook("playbooks/flush_cache.yml", "--check", variables=quick).of("Report")["lines"]
    assert f"{asked}  would be restarted" in lines
    assert f"{other}  would stay up: it was asked nothing since its cache was emptied" in lines
    flush = runner.playbook("playbooks/flush_cache.yml", variables=quick)
    assert flush.code == 0, flush.output[-4000:]
    seen = flush.of("Show that the request is a miss now")["evidence"]
    assert [(one["instance"], one["kind"]) for one in seen] == [(asked, "missed")]
    after = dict(stack.started())
    assert [name for name in after if after[name] != before[name]] == [asked]
    # What goes from Redis may have been in either memory.
    stack.redis().set(64 * "a", '{"timestamp": 1763990000.5, "response": "{}"}')
    both = runner.playbook("playbooks/flush_cache.yml", variables=quick)
    assert len(both.of(restart)["instances"]) == 2, both.output[-4000:]
