# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the history names, from the variables that AWX adds to each job: evaluated by the real Ansible."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml
from ansible_collections.erni_ki.litellm.tests.unit.test_repository import ROOT

TEMPLATE = {"awx_job_template_name": "LiteLLM cache: switch to Redis"}
#: What each way to start a job adds, and who stands in the history then.
JOBS: dict[str, tuple[dict[str, object], str]] = {
    "a user": ({"awx_job_id": 6, "awx_job_launch_type": "manual", "awx_user_name": "alice", **TEMPLATE}, "alice"),
    "a schedule": (
        {"awx_job_id": 7, "awx_job_launch_type": "scheduled", "awx_schedule_name": "at night", **TEMPLATE},
        'AWX: schedule "at night", template "LiteLLM cache: switch to Redis"',
    ),
    "a schedule of a workflow": (
        {
            **{"awx_job_id": 8, "awx_job_launch_type": "workflow", "awx_workflow_job_name": "switch and verify"},
            **{"awx_parent_job_schedule_name": "at night"},
            **TEMPLATE,
        },
        'AWX: schedule "at night", workflow "switch and verify"',
    ),
    "a webhook": (
        {"awx_job_id": 9, "awx_job_launch_type": "webhook", **TEMPLATE},
        'AWX: webhook, template "LiteLLM cache: switch to Redis"',
    ),
    "an AWX that says no more": ({"awx_job_id": 10}, 'AWX: job 10, template "unknown"'),
    "a shell": ({}, "operator"),
}


def test_the_history_names_who_or_what_started_a_job(tmp_path: Path) -> None:
    tasks = [
        {"name": job, "ansible.builtin.debug": {"var": "__litellm_cache_user"}, "vars": variables}
        for job, (variables, _user) in JOBS.items()
    ]
    role = ROOT / "roles" / "litellm_cache" / "vars" / "main.yml"
    play = {"hosts": "localhost", "gather_facts": False, "vars_files": [str(role)], "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_LOCAL_TEMP": str(tmp_path), "ANSIBLE_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    environment |= {"ANSIBLE_NOCOLOR": "1", "USER": "operator"}
    done = subprocess.run(
        [sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,", "play.yml"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = [json.JSONDecoder().raw_decode(part)[0] for part in done.stdout.split("ok: [localhost] => ")[1:]]
    users = [part["__litellm_cache_user"] for part in told]
    assert dict(zip(JOBS, users)) == {job: user for job, (_variables, user) in JOBS.items()}
