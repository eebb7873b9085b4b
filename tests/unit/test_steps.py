# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of `make test`: order, what is left out, the summary, the closing line, and an interrupt."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.project import steps
from ansible_collections.erni_ki.litellm.tests.project.steps import (
    PLANS,
    Plan,
    Result,
    Step,
    Steps,
    closing_line,
    only,
    slowest,
)

ROOT = Path(__file__).resolve().parents[2]


class Told(list[str]):
    """What was printed; the plan runs shell commands by the name of their step."""

    def run(self, plan: Plan, reports: Path, **scripts: str) -> int:
        """Run a plan whose steps succeed, but for the scripts given."""
        return Steps(
            plan, reports, lambda step: ["bash", "-c", scripts.get(step.verb, "true"), step.verb], self.append
        ).run()

    @property
    def summary(self) -> dict[str, str]:
        """The last word of each step."""
        start = next(place for place, line in enumerate(self) if line.startswith("\n=== summary, "))
        return {line.split()[0]: line.split()[-1] for line in self[start + 1 : -1]}


def step(verb: str, *needs: str) -> Step:
    """A step."""
    return Step(verb, needs=needs)


@pytest.fixture
def told() -> Told:
    """Nothing printed so far."""
    return Told()


def test_steps_run_in_their_order_and_after_a_failure(told: Told, tmp_path: Path) -> None:
    order = tmp_path / "order"
    scripts = {name: f"echo {name} >>{order}" for name in ("one", "two", "three")}
    scripts["two"] += "; exit 3"
    code = told.run([[[step("one"), step("two")]], [[step("three")]]], tmp_path, **scripts)
    assert code == 1
    assert order.read_text().split() == ["one", "two", "three"]
    assert told.summary == {"one": "passed", "two": "FAILED", "three": "passed"}
    assert [line for line in told if line.startswith("\n===")][:3] == ["\n=== one", "\n=== two", "\n=== three"]
    assert told[-1] == "2 passed, 1 failed"


def test_the_summary_has_seconds(told: Told, tmp_path: Path) -> None:
    assert told.run([[[step("one")]]], tmp_path, one="sleep 1") == 0
    assert re.fullmatch(r"one +1 s  passed", told[-2])
    assert re.fullmatch(r"\n=== summary, 1 s", told[-3])


def test_what_cannot_go_without_a_failed_step_is_left_out_and_counts_as_failed(told: Told, tmp_path: Path) -> None:
    plan = [[[step("engine"), step("images", "engine"), step("lint")], [step("other")]], [[step("faults", "images")]]]
    assert told.run(plan, tmp_path, engine="exit 1", images=f"touch {tmp_path}/ran", faults="true") == 1
    assert told.summary == {"engine": "FAILED", "images": "out", "lint": "passed", "other": "passed", "faults": "out"}
    assert not (tmp_path / "ran").exists()
    assert told[-1] == "2 passed, 3 failed"


def test_lanes_run_at_the_same_time_and_the_second_is_told_in_one_piece(told: Told, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"

    def meet(mine: Path, other: Path) -> str:
        return f"touch {mine}; for try in $(seq 100); do [ ! -e {other} ] || exit 0; sleep 0.05; done; exit 1"

    plan = [[[step("first"), step("after")], [step("second"), step("third")]]]
    scripts = {"first": meet(here, there), "second": f"echo words; echo more >&2; {meet(there, here)}"}
    assert told.run(plan, tmp_path, **scripts) == 0
    place = told.index("\n=== second")
    assert told[place + 1] == "words\nmore"
    assert list(told.summary) == ["first", "after", "second", "third"]


def test_a_step_of_the_second_lane_that_fails_fails_the_run(told: Told, tmp_path: Path) -> None:
    assert told.run([[[step("one")], [step("two"), step("three", "two")]]], tmp_path, two="exit 1") == 1
    assert told.summary == {"one": "passed", "two": "FAILED", "three": "out"}


def test_a_command_that_is_not_there_is_a_failure(told: Told, tmp_path: Path) -> None:
    run = Steps([[[step("one")]]], tmp_path, lambda _step: [str(tmp_path / "nothing")], told.append)
    assert run.run() == 1
    assert told.summary == {"one": "FAILED"}


REPORT = '<testsuites><testsuite name="pytest" errors="{0}" failures="{1}" skipped="{2}" tests="{3}"/></testsuites>'


@pytest.mark.parametrize(
    ("reports", "line"),
    [
        ([], "1 passed, 1 failed"),
        ([(0, 0, 0, 10)], "11 passed, 1 failed"),
        ([(1, 2, 0, 10), (0, 0, 0, 5)], "13 passed, 4 failed"),
        ([(0, 1, 2, 10)], "8 passed, 2 failed, 2 skipped"),
    ],
)
def test_the_closing_line_counts_steps_and_tests(
    reports: list[tuple[int, int, int, int]], line: str, tmp_path: Path
) -> None:
    for number, figures in enumerate(reports):
        (tmp_path / f"{number}.xml").write_text(REPORT.format(*figures))
    assert closing_line([Result(step("one"), 0), Result(step("two"), 1)], tmp_path) == line


def test_a_report_that_was_cut_off_does_not_hide_the_summary(tmp_path: Path) -> None:
    (tmp_path / "unit.xml").write_text("<testsuites><testsu")
    assert closing_line([Result(step("unit"), 1)], tmp_path) == "0 passed, 2 failed"


def test_the_slowest_files_and_tests_are_told(tmp_path: Path) -> None:
    case = '<testcase classname="tests.unit.{0}" name="x{1}" time="{1}" />'
    for suite, cases in {"unit": [("test_a", 1.5), ("test_b", 4), ("test_a", 3)], "redis": [("test_a", 2)]}.items():
        text = "".join(case.format(*one) for one in cases)
        (tmp_path / f"{suite}.xml").write_text(f"<testsuites><testsuite>{text}</testsuite></testsuites>")
    (tmp_path / "cut.xml").write_text("<testsuites><testsu")
    assert slowest(tmp_path, 1) == [("unit test_a", 4.5), ("unit test_b", 4), ("redis test_a", 2)]
    assert slowest(tmp_path, 2)[:2] == [("unit test_b x4", 4), ("unit test_a x3", 3)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_every_lane_and_lets_it_clean_up(number: int, tmp_path: Path) -> None:
    """What a step would leave behind is taken away by its own handler, and the run waits for that."""
    inner = "trap 'sleep 0.3; touch {0}.cleaned; exit 1' INT; touch {0}.up; while :; do sleep 0.05; done"
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {str(ROOT / "tests" / "project")!r})
            import steps
            inner = {inner!r}
            steps.REPORTS = steps.Path({str(tmp_path / "reports")!r})
            steps.PLANS["test"] = [[[steps.Step("one", needs=())], [steps.Step("two", needs=()), steps.Step("three")]]]
            steps.command_of = lambda step: ["bash", "-c", inner.format({str(tmp_path)!r} + "/" + step.verb)]
            sys.argv = ["steps.py", "test"]
            sys.exit(steps.main())
            """
        ),
        encoding="utf-8",
    )
    process = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not all((tmp_path / f"{name}.up").exists() for name in ("one", "two")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    _output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert all((tmp_path / f"{name}.cleaned").exists() for name in ("one", "two"))
    assert not (tmp_path / "three.up").exists()


# -- the plans --------------------------------------------------------------------------------------------------


def test_one_step_comes_with_what_it_cannot_go_without() -> None:
    """As the workflows run them, each on a machine of its own."""
    assert [one.verb for one in steps.flat(only(PLANS["test"], "redis"))] == ["setup", "engine", "images", "redis"]
    assert steps.flat(only(PLANS["test"], "redis"))[-1].arguments == ("-m", "not rest")
    assert [one.verb for one in steps.flat(only(PLANS["test-all"], "lint"))] == ["setup", "lint"]
    with pytest.raises(ValueError, match="no such step: reddis; there are setup, engine"):
        only(PLANS["test"], "reddis")


@pytest.mark.parametrize("name", PLANS)
def test_a_step_needs_what_has_ended_before_it(name: str) -> None:
    ended: set[str] = set()
    for phase in PLANS[name]:
        in_phase = []
        for lane in phase:
            in_lane: set[str] = set()
            for one in lane:
                assert set(one.needs) <= ended | in_lane, one
                in_lane.add(one.verb)
            in_phase += in_lane
        assert len(in_phase) == len(set(in_phase)) and not ended & set(in_phase)
        ended |= set(in_phase)


def test_every_step_is_a_verb() -> None:
    script = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "project").glob("*.sh"))
    verbs = set(re.findall(r"^verb_([\w-]+)\(\)", script, re.M))
    assert {one.verb for plan in PLANS.values() for one in steps.flat(plan)} <= verbs


def test_a_release_runs_all_of_what_make_test_runs_a_part_of() -> None:
    whole = {one.verb: one for one in steps.flat(PLANS["test-all"])}
    in_parts = {verb.rpartition("-")[0] for verb in whole}  # such as the faults, which `make test` has on one stack
    assert {one.verb for one in steps.flat(PLANS["test"])} <= set(whole) | in_parts
    assert [one.verb for one in whole.values() if one.arguments] == []


def test_the_cores_are_there_before_their_users_run_beside_each_other() -> None:
    for plan in PLANS.values():
        order = [{one.verb for lane in phase for one in lane} for phase in plan]
        (first,) = [number for number, verbs in enumerate(order) if "cores" in verbs]
        assert len(plan[first]) == 1
        (user,) = [one.verb for one in steps.flat(plan) if "cores" in one.needs]
        assert user.startswith("integration")
        assert not any({"sanity", user} & verbs for verbs in order[:first])


@pytest.mark.parametrize("verbs", [{"browser", "site", "monitoring"}, {"molecule", "reuse"}])
def test_what_would_wait_for_each_other_is_one_lane(verbs: set[str]) -> None:
    """What installs packages, and what runs molecule."""
    assert [verbs & {one.verb for one in lane} for phase in PLANS["test"] for lane in phase].count(verbs) == 1


def test_the_restart_of_the_daemon_is_alone() -> None:
    for plan in PLANS.values():
        for phase in plan:
            assert len(phase) == 1 or "faults-5" not in {one.verb for lane in phase for one in lane}


@pytest.mark.parametrize(
    ("suite", "folder", "files"),
    [
        ("integration", "integration", r"test_(?!real_|redis_)(\w+)\.py"),
        ("deployments", "integration", r"test_(real_\w+)\.py"),
        ("faults", "faults", r"test_(\w+)\.py"),
    ],
)
def test_every_file_of_a_suite_is_in_one_of_its_parts(suite: str, folder: str, files: str) -> None:
    """And each part is a step of `make test-all`."""
    script = (ROOT / "tests" / "project" / "real.sh").read_text(encoding="utf-8")
    parts = re.findall(rf"verb_({suite}-\d)\(\) {{[^'}}]*'([^']+)' \"\$@\"", script)
    names = [re.fullmatch(files, path.name) for path in (ROOT / "tests" / folder).iterdir()]
    assert sorted(" ".join(words for _verb, words in parts).split()) == sorted(name[1] for name in names if name)
    in_plan = [one.verb for one in steps.flat(PLANS["test-all"]) if one.verb.startswith(suite)]
    assert [verb for verb, _words in parts] == in_plan


def test_the_gate_needs_no_tools(tmp_path: Path) -> None:
    """The program runs before there is anything but Python."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "tests" / "project" / "steps.py"), "--help"],
        capture_output=True,
        text=True,
        env={"PATH": os.defpath},
        check=False,
    )
    assert done.returncode == 0 and "test-all" in done.stdout, done.stderr
