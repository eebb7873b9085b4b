# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run ends with: the templates of the role, filled by the real Ansible with results as the modules return them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "litellm_cache"
#: In a copy for ansible-test the collection lies in its place, without the link.
COLLECTIONS = ROOT.parents[2] if ROOT.parent.name == "erni_ki" else ROOT / "collections"

NAME = "erni-ki-litellm-1"
FOUND = {
    "project": "erni-ki",
    "config_path": "/opt/erni-ki/config.yaml",
    "state_dir": "/var/lib/state",
    "stale": [],
    "instances": [
        {"name": NAME, "litellm_version": "1.80.0", "redis_py_version": "5.2.1", "image": "i", "cache_type": "local"}
    ],
}
PLAN = {
    "deployment": FOUND,
    "work": True,
    "changed": True,
    "began": 1000.25,
    "mode_before": "local",
    "mode_after": "redis",
    "changes": ["type local -> redis"],
    "snapshot": 1,
    "findings": [{"code": "one_client", "message": "not to be told"}],
}
RESTART = {"instances": [{"name": NAME, "ready_seconds": 5.31, "stable_seconds": 15.0}]}
HARVESTED = {"instance": NAME, "kind": "harvested", "seconds": 0.027}
PROOF = {"at": 1026.4, "evidence": [HARVESTED], "findings": []}
RUN = {"litellm_cache_mode": "redis", "plan": PLAN, "restart": RESTART, "proof": PROOF, "checked": {"unknown": []}}


def told(folder: Path, template: str, facts: dict[str, Any], *words: str, hosts: int = 1) -> list[str]:
    """The lines of a report.

    :param facts: variables; what has no prefix gets that of the role's private ones.
    """
    named = {
        name if name.startswith(("litellm", "ansible")) else f"__litellm_cache_{name}": value
        for name, value in facts.items()
    }
    report = {
        "erni_ki.litellm.report": {
            "lines": f"{{{{ lookup('ansible.builtin.template', '{ROLE}/templates/{template}') | default('', true) }}}}"
        }
    }
    play = {
        "hosts": "all",
        "gather_facts": False,
        "vars_files": [str(ROLE / "defaults" / "main.yml"), str(ROLE / "vars" / "main.yml")],
        "tasks": [
            {"ansible.builtin.set_fact": named},
            {**report, "register": "printed"},
            {"ansible.builtin.debug": {"var": "printed.lines"}},
        ],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(folder), "ANSIBLE_HOME": str(folder)}
    environment |= {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "LC_ALL": "C.UTF-8"}
    listed = ",".join(f"host{number}" for number in range(hosts)) + ","
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", listed, "play.yml", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.JSONDecoder().raw_decode(done.stdout.split("ok: [host0] => ")[1])[0]["printed.lines"]


def test_a_switch_is_told_in_four_lines(tmp_path: Path) -> None:
    assert told(tmp_path, "main_report.j2", RUN) == [
        "OK  erni-ki  local -> redis  26 s  snapshot 1",
        f"{NAME}  LiteLLM 1.80.0  away 5.3 s  answered from Redis in 27 ms",
        "next: ansible-playbook erni_ki.litellm.verify",
        "back: ansible-playbook erni_ki.litellm.rollback_local",
    ]


def test_a_change_within_a_mode_goes_back_by_its_snapshot_and_on_one_host_of_several(tmp_path: Path) -> None:
    plan = {**PLAN, "mode_before": "redis", "snapshot": 12, "changes": ["ttl 600 -> 900"]}
    lines = told(tmp_path, "main_report.j2", {**RUN, "plan": plan}, hosts=2)
    assert lines[0] == "OK  erni-ki  redis, ttl 600 -> 900  26 s  snapshot 12"
    assert lines[-2:] == [
        "next: ansible-playbook erni_ki.litellm.verify -l host0",
        "back: ansible-playbook erni_ki.litellm.switch_redis -l host0 -e litellm_cache_snapshot=12",
    ]


def test_several_changes_within_a_mode_have_a_line_of_their_own(tmp_path: Path) -> None:
    plan = {**PLAN, "mode_before": "redis", "changes": ["ttl 600 -> 900", "password changed"]}
    lines = told(tmp_path, "main_report.j2", {**RUN, "plan": plan})
    assert lines[0] == "OK  erni-ki  redis  26 s  snapshot 1"
    assert lines[2] == "changed: ttl 600 -> 900, password changed"


def test_nothing_of_an_earlier_use_is_told_where_nothing_was_done(tmp_path: Path) -> None:
    facts = {**RUN, "plan": {**PLAN, "work": False, "changed": False, "changes": []}, "emptied": {"removed": 1}}
    del facts["plan"]["snapshot"]
    facts["plan"]["mode_before"] = "redis"
    assert told(tmp_path, "main_report.j2", facts) == [
        "UNCHANGED  erni-ki  redis",
        "nothing was changed, nothing was restarted",
        "next: ansible-playbook erni_ki.litellm.verify",
    ]


def test_a_check_says_what_would_be_restarted(tmp_path: Path) -> None:
    plan = {name: value for name, value in PLAN.items() if name != "snapshot"}
    facts = {**RUN, "plan": plan, "restart": {"instances": [{"name": NAME}]}}
    lines = [
        "CHECK  erni-ki  local -> redis",
        f"would be restarted: {NAME}; nothing was touched",
        "next: ansible-playbook erni_ki.litellm.switch_redis",
    ]
    assert told(tmp_path, "main_report.j2", facts, "--check") == lines
    facts["restart"]["instances"][0]["bridge"] = {"foreseen": "no bridge: nobody asks"}
    assert told(tmp_path, "main_report.j2", facts, "--check") == [*lines[:2], "no bridge: nobody asks", lines[2]]


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        (
            {"guard": "systemd", "lease": 90.0},
            [
                "If this run is cancelled, the guard takes the change back, at most 90 s after its last sign of life.",
                "At once: ansible-playbook erni_ki.litellm.rollback_local -e litellm_cache_take_over=true",
            ],
        ),
        (
            {"guard": "none", "lease": 90.0, "mode_before": "redis", "snapshot": 12},
            [
                "If this run is cancelled, the change stays, unproved: there is no guard.",
                "At once: ansible-playbook erni_ki.litellm.switch_redis -e litellm_cache_snapshot=12"
                " -e litellm_cache_take_over=true",
            ],
        ),
        (
            {"guard": "session", "lease": 300.0, "mode_before": "none"},
            ["If this run is cancelled, the guard takes the change back, at most 300 s after its last sign of life."],
        ),
        (
            {
                "guard": "systemd",
                "lease": 90.0,
                "mode_after": "local",
                "image": {"before": "litellm:1", "after": "litellm:2"},
            },
            [
                "If this run is cancelled, the guard takes the change back, at most 90 s after its last sign of life.",
                "At once: ansible-playbook erni_ki.litellm.upgrade_litellm -e litellm_upgrade_image=litellm:1"
                " -e litellm_cache_take_over=true",
            ],
        ),
        ({}, []),
    ],
)
def test_who_cancels_a_run_is_told_what_becomes_of_it(facts: dict[str, Any], lines: list[str], tmp_path: Path) -> None:
    assert told(tmp_path, "main_pending.j2", {"plan": {**PLAN, **facts}}) == lines


def test_an_instance_that_was_added_meanwhile_is_told_too(tmp_path: Path) -> None:
    added = {"instance": "erni-ki-litellm-2", "kind": "added", "reason": "it starts"}
    facts = {**RUN, "proof": {**PROOF, "evidence": [HARVESTED, added]}}
    assert told(tmp_path, "main_report.j2", facts)[1:3] == [
        f"{NAME}  LiteLLM 1.80.0  away 5.3 s  answered from Redis in 27 ms",
        "erni-ki-litellm-2  LiteLLM unknown  not restarted  was added during the run, and not shown to use Redis",
    ]


def test_an_instance_that_says_otherwise_is_a_failure(tmp_path: Path) -> None:
    proof = {
        "at": 1001.0,
        "evidence": [{"instance": NAME, "kind": "contradicted", "cache_type": "redis"}],
        "findings": [{"code": "not_local", "message": "it still reports redis"}],
    }
    plan = {**PLAN, "mode_before": "redis", "mode_after": "local"}
    facts = {**RUN, "litellm_cache_mode": "local", "plan": plan, "proof": proof}
    assert told(tmp_path, "main_report.j2", facts) == [
        "FAILED  erni-ki  redis -> local  750 ms  snapshot 1",
        f"{NAME}  LiteLLM 1.80.0  away 5.3 s  reports a cache of type redis, not local",
        "next: ansible-playbook erni_ki.litellm.verify",
        "back: ansible-playbook erni_ki.litellm.switch_redis",
    ]


def test_what_else_was_done_is_told(tmp_path: Path) -> None:
    finding = {"code": "linked", "message": "the file is a link"}
    facts = {
        **RUN,
        "litellm_cache_empty": True,
        "emptied": {"removed": 1},
        "plan": {**PLAN, "taken_over": "taken over: a change", "findings": [finding]},
        "checked": {"unknown": ["litellm_cache_x is no variable"]},
        "restart": {"instances": [{"name": NAME, "gone": True}]},
        "proof": {**PROOF, "evidence": []},
    }
    assert told(tmp_path, "main_report.j2", facts)[1:-2] == [
        f"{NAME}  LiteLLM 1.80.0  removed by somebody during the run",
        "taken over: a change",
        "removed from Redis before the restart: 1 answer of an older time",
        "the file is a link",
        "litellm_cache_x is no variable",
    ]


# -------------------------------------------------------------------------------------------- failure
FAILURE = {
    "litellm_cache_mode": "redis",
    "litellm_cache_project_dir": "/opt/erni-ki",
    "plan": PLAN,
    "failure": "Confirm the mode by requests failed: no answer",
    "health": [],
    "back": {},
    "old": {},
    "second_failure": "",
    "restart": RESTART,
}
REVERTED = {
    "result": "reverted",
    "file_told": "the bytes of before are back",
    "instances_told": "restarted and running: x",
}


@pytest.mark.parametrize(
    ("facts", "verdict", "held"),
    [
        (
            {"back": {"ended": REVERTED}, "old": {"proved": True}},
            "FAILED: erni-ki is back in the mode local. Confirm the mode by requests failed: no answer.",
            "the bytes of before are back; restarted and running: x; every instance was proved in the old mode local.",
        ),
        (
            {"back": {"ended": REVERTED}},
            "FAILED: erni-ki is back in the mode local.",
            "the old mode local was not proved.",
        ),
        (
            {"back": {"ended": {"file": "kept", "told": "it", "file_told": "the file stays"}}},
            "FAILED: erni-ki is in the mode local and does not run.",
            "What was done: the file stays. It does not run: look at its log.",
        ),
        (
            {"back": {"ended": {"file": "snapshot damaged", "told": "it is damaged"}}},
            "FAILED: GOING BACK DID NOT SUCCEED: it is damaged. The journal is whole: run the playbook of the mode local, ",
            "Confirm the mode by requests failed: no answer.",
        ),
        (
            {"back": {"ended": {"told": "one is down"}}},
            "FAILED: GOING BACK DID NOT SUCCEED WHOLLY: one is down.",
            "by hand: 1. look at /opt/erni-ki/config.yaml; the bytes of before are /var/lib/state/snapshots/000001.yaml,",
        ),
        ({"second_failure": "X failed: y"}, "FAILED: GOING BACK FAILED TOO: X failed: y", "To finish by hand: 1."),
        (
            {"back": {"ended": {"result": "confirmed", "told": "it is final"}}},
            "FAILED: erni-ki is in the mode redis, and nothing is taken back: it is final. Confirm the mode",
            "no answer.",
        ),
        (
            {},
            "FAILED: erni-ki was taken over by another run, and this one has no change in the file any more.",
            "no answer.",
        ),
        (
            {
                "plan": {**PLAN, "changed": False, "mode_before": "redis"},
                "restart": {"failed": True, "instance": "b", "restarted": ["a", "b"]},
                "health": ["exit 1"],
            },
            "FAILED: erni-ki is in the mode redis as before, and this run has not changed the file.",
            "Health check before going back: exit 1. What was done: /opt/erni-ki/config.yaml was left alone; restarted: a, b. "
            "b does not run as it should: look at its log with docker logs b.",
        ),
    ],
)
def test_a_failure_begins_with_how_things_stand(tmp_path: Path, facts: dict[str, Any], verdict: str, held: str) -> None:
    message = " ".join(" ".join(told(tmp_path, "main_failure.j2", {**FAILURE, **facts})).split())
    assert message.startswith(verdict)
    assert held in message


# ---------------------------------------------------------------------------------------------- flush
COUNT = {
    "place": "redis:6379/1",
    "before": 45,
    "removed": 42,
    "exact": True,
    "removed_kinds": {"response": 42},
    "removed_contents": {},
    "bytes_freed": 9150,
    "kept": {"router": 1, "foreign": 2},
    "examples": {"router": ["deployment:abc:cooldown"], "foreign": ["session:1", "session:2"], "removed": ["f00d"]},
    "findings": [],
    "to_restart": [NAME],
}
FLUSH = {
    "flush_found": {
        "project": "erni-ki",
        "began": 1000.0,
        "cache": {"mode": "redis"},
        "instances": [{"name": NAME, "running": True, "untouched": True}],
    },
    "flush_count": {},
    "flush_removal": COUNT,
    "flush_restarted": RESTART,
    "flush_proof": {"evidence": [{"instance": NAME, "kind": "missed"}], "findings": []},
    "flush_noted": {"at": 1012.3},
}


def test_a_flush_is_told_in_five_lines(tmp_path: Path) -> None:
    assert told(tmp_path, "flush_report.j2", FLUSH) == [
        "OK  erni-ki  redis:6379/1: 42 of 45 keys removed, about 9.2 kB  12 s",
        "removed: response 42",
        "kept: router 1 (such as deployment:abc:cooldown), foreign 2 (such as session:1)",
        f"{NAME}  away 5.3 s  a request that was a hit before is a miss now",
        "next: ansible-playbook erni_ki.litellm.verify",
    ]


def test_a_flush_of_nothing_restarts_nothing(tmp_path: Path) -> None:
    nothing = {**COUNT, "before": 1, "removed": 0, "removed_kinds": {}, "bytes_freed": 0, "kept": {}, "to_restart": []}
    nothing_done = {name: {} for name in ("flush_removal", "flush_restarted", "flush_proof", "flush_noted")}
    assert told(tmp_path, "flush_report.j2", {**FLUSH, **nothing_done, "flush_count": nothing}) == [
        "UNCHANGED  erni-ki  redis:6379/1: 0 of 1 key removed",
        "not restarted: no instance was asked anything since its cache was emptied",
        "next: ansible-playbook erni_ki.litellm.verify",
    ]


OTHER = NAME.replace("1", "2")
TWO = {
    **FLUSH["flush_found"],
    "instances": [
        {"name": NAME, "running": True, "untouched": False},
        {"name": OTHER, "running": True, "untouched": True},
    ],
}


@pytest.mark.parametrize("mode", ["redis", "local"])
def test_a_flush_restarts_those_alone_whose_memory_may_hold_an_answer(tmp_path: Path, mode: str) -> None:
    # What was stored in Redis to be a hit is all that went from there.
    counted = {**COUNT, "removed": 0, "to_restart": [NAME]}
    removed = {**COUNT, "removed": 1, "to_restart": [NAME, OTHER]}
    facts = {
        **FLUSH,
        "flush_found": {**TWO, "cache": {"mode": mode}},
        "flush_count": counted if mode == "redis" else {},
        "flush_removal": removed if mode == "redis" else {},
        "flush_warm": {"warmed": [{"instance": NAME, "id": "chatcmpl-1"}]},
    }
    lines = told(tmp_path, "flush_report.j2", facts)
    assert f"{NAME}  away 5.3 s  a request that was a hit before is a miss now" in lines
    assert f"{OTHER}  stays up: it was asked nothing since its cache was emptied" in lines


def test_a_flush_restarts_all_where_answers_went_from_redis(tmp_path: Path) -> None:
    counted = {**COUNT, "removed": 0, "to_restart": [NAME]}
    removed = {**COUNT, "removed": 2, "to_restart": [NAME, OTHER]}  # one more than was stored to be a hit
    facts = {**FLUSH, "flush_found": TWO, "flush_count": counted, "flush_removal": removed}
    lines = told(tmp_path, "flush_report.j2", {**facts, "flush_warm": {"warmed": [{"instance": NAME, "id": "x"}]}})
    assert OTHER in lines and not any("stays up" in line for line in lines)


def test_a_flush_in_the_local_mode_is_one_of_memory(tmp_path: Path) -> None:
    found = {**FLUSH["flush_found"], "cache": {"mode": "local"}}
    found["instances"] = [{"name": NAME, "running": True, "untouched": False}]
    lines = told(tmp_path, "flush_report.j2", {**FLUSH, "flush_found": found, "flush_removal": {}})
    assert lines[0] == "OK  erni-ki  local: the memory of each process was emptied  12 s"
    assert lines[1] == f"{NAME}  away 5.3 s  a request that was a hit before is a miss now"


def test_a_check_of_a_flush_says_what_would_be_done(tmp_path: Path) -> None:
    seen = {**COUNT, "before": None, "removed": 1, "exact": False, "removed_contents": {"chat": 1}}
    not_done = {name: {} for name in ("flush_restarted", "flush_proof", "flush_noted")}
    assert told(tmp_path, "flush_report.j2", {**FLUSH, **not_done, "flush_removal": seen}, "--check") == [
        "CHECK  erni-ki  redis:6379/1: at least 1 key would be removed, about 9.2 kB",
        "removed: response 42, of them chat 1, for example f00d",
        "kept: router 1 (such as deployment:abc:cooldown), foreign 2 (such as session:1)",
        f"{NAME}  would be restarted",
        "next: ansible-playbook erni_ki.litellm.flush_cache",
    ]


# -------------------------------------------------------------------------------------------- no hosts
def status(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A run of the playbook, with both of its outputs in the one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    command = [sys.executable, "-m", "ansible.cli.playbook", *words, "erni_ki.litellm.status"]
    streams: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(command, cwd=folder, env={**environment, "LC_ALL": "C.UTF-8"}, check=False, **streams)


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (("-i", "other,"), "litellm"),
        (("-i", "other,", "-e", "litellm_cache_hosts=nobody"), "nobody"),
        (("-i", "one,two,", "-l", "one", "-e", "litellm_cache_hosts=two"), "two"),
    ],
)
def test_without_a_host_to_work_on_a_playbook_says_so_once(
    tmp_path: Path, words: tuple[str, ...], pattern: str
) -> None:
    done = status(tmp_path, *words)
    assert done.returncode == 2, done.stdout
    assert done.stdout.count(f"The inventory has no host that matches {pattern}: put the host ") == 1, done.stdout
    assert "Tell the status" not in done.stdout


def test_with_a_host_to_work_on_a_playbook_goes_on(tmp_path: Path) -> None:
    done = status(tmp_path, "-i", "one,", "-e", "litellm_cache_hosts=one")
    assert "litellm_cache_project_dir must be set" in done.stdout, done.stdout
