# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows run what the plans have, with actions that are pinned, few permissions, and scripts that a shell reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.project import failed_tests, steps

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
#: Steps that prepare others, and come along with them.
PREPARE = {"setup", "engine", "images", "cores"}


def workflow(path: Path) -> dict[str, Any]:
    """The content of a workflow; YAML 1.1 takes the key `on` for a truth value."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps_of(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Each step of a workflow, with the name of its job."""
    return [(name, step) for name, job in workflow(path)["jobs"].items() for step in job["steps"]]


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} == {"test", "nightly", "newest", "release"}


@pytest.mark.parametrize(("name", "plan"), [("test", "test"), ("nightly", "test-all")])
def test_a_workflow_runs_each_step_of_its_plan(name: str, plan: str) -> None:
    job = workflow(ROOT / ".github" / "workflows" / f"{name}.yml")["jobs"]["test"]
    assert job["strategy"]["matrix"]["step"] == sorted({step.verb for step in steps.flat(steps.PLANS[plan])} - PREPARE)
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert len(runs) == 1 and runs[0].endswith(f'tests/project.sh {plan} "$STEP"')


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_with_the_version_beside_it(path: Path) -> None:
    used = re.findall(r"uses: *(.+)", path.read_text(encoding="utf-8"))
    assert used
    assert [line for line in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_an_action_has_one_version_everywhere() -> None:
    used = {line for path in WORKFLOWS for line in re.findall(r"uses: *(.+)", path.read_text(encoding="utf-8"))}
    assert len(used) == len({line.split("@")[0] for line in used})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_allowed_but_what_a_job_names(path: Path) -> None:
    assert workflow(path)["permissions"] == {}
    for name, job in workflow(path)["jobs"].items():
        allowed = {f"{what}: {how}" for what, how in job["permissions"].items()}
        assert len(allowed) == 1 and allowed <= {"contents: read", "contents: write", "issues: write"}, name
        # What may write runs nothing of the repository.
        if allowed != {"contents: read"}:
            assert "checkout" not in str(job["steps"]), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_ends_and_a_checkout_keeps_no_credentials(path: Path) -> None:
    for name, job in workflow(path)["jobs"].items():
        assert job["timeout-minutes"] <= 180, name
    for name, step in steps_of(path):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_scripts_have_no_expressions_and_are_right_for_a_shell(path: Path, tmp_path: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("ansible-test has no shellcheck")
    for number, (name, step) in enumerate(steps_of(path)):
        if "run" not in step:
            continue
        assert "${{" not in step["run"], name
        script = tmp_path / f"{number}.sh"
        script.write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{step['run']}\n", encoding="utf-8")
        done = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_scripts_call_verbs_that_there_are() -> None:
    pieces = [ROOT / "tests" / "project.sh", *sorted((ROOT / "tests" / "project").glob("*.sh"))]
    verbs = set(re.findall(r"(?m)^verb_([\w-]+)\(\)", "\n".join(piece.read_text("utf-8") for piece in pieces)))
    called = {
        verb
        for path in WORKFLOWS
        for _name, step in steps_of(path)
        for verb in re.findall(r"tests/project\.sh ([\w-]+)", step.get("run", ""))
    }
    assert called and called <= verbs


def test_the_form_for_trouble_asks_for_the_report_of_diagnose() -> None:
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "trouble.yml").read_text(encoding="utf-8"))
    asked = {field["id"]: field for field in form["body"] if "id" in field}
    assert "erni_ki.litellm.diagnose" in asked["diagnosis"]["attributes"]["description"]
    assert asked["diagnosis"]["validations"]["required"] is True


# ------------------------------------------------------------------------------- what an issue is opened with


def test_failed_tests_are_told_with_their_reason(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase name="good"/>'
        '<testcase name="bad"><failure message="assert 1 == `2`&#10;more"/></testcase>'
        '<testcase name="broken"><error message="no stack"/></testcase></testsuite></testsuites>',
        encoding="utf-8",
    )
    assert failed_tests.told(report) == "- `bad`: `assert 1 == '2' more`\n- `broken`: `no stack`"


@pytest.mark.parametrize("text", [None, "<testsuites><testsu"])
def test_without_a_report_that_is_told(text: str | None, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    if text:
        report.write_text(text, encoding="utf-8")
    assert failed_tests.told(report) == "It failed before a test could tell why."
