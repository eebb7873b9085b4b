# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the steps of `make test` and `make test-all`, and counts.

Standard library only: it runs before there are any tools. Each step is a verb of tests/project.sh in a process of its
own, and the next one runs also when it failed: one run tells everything. Only what cannot go without a failed step is
left out, and counts as failed.

Usage: steps.py test | test-all [VERB]; with a verb only that step, and what it cannot go without
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Callable, Iterable, Sequence

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / ".cache" / "reports"
#: Seconds that interrupted steps have to take their containers away.
GRACE_SECONDS = 120.0
#: What ends a run before its time.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Told now and then while only steps work whose output comes later.
PATIENCE_SECONDS = 60.0
#: How many files, and how many tests, are told at the end.
SLOWEST = 30


@dataclass(frozen=True)
class Step:
    """A verb, its arguments, and the steps without which it cannot go."""

    verb: str
    arguments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("setup",)


#: Phases follow each other. The lanes of a phase run at the same time, the steps of a lane one after another.
Plan = Sequence[Sequence[Sequence[Step]]]

CONTAINERS = ("setup", "engine", "images")
#: It has tests of the playbooks with the oldest and the newest core.
INTEGRATION = (*CONTAINERS, "cores")
SHORT = ("-m", "not rest")
#: All parts on one stack, but for the one that restarts the Docker daemon.
FAULTS = (*SHORT, "--check-next", "--ignore=tests/faults/test_daemon.py")
SETUP = (Step("setup", needs=()), Step("engine", needs=()), Step("images", needs=("setup", "engine")), Step("cores"))

#: Each kind once. Three lanes for two cores, about equally long: what waits, as faults mostly do, leaves room for what
#: computes. What may install packages is in one lane, because apt serves one at a time; so are the two of molecule. The last
#: faults restart the Docker daemon, and are alone.
TEST: Plan = (
    (SETUP,),
    (
        (
            Step("build"),
            Step("integration", SHORT, INTEGRATION),
            Step("awx", needs=CONTAINERS),
        ),
        (
            Step("sanity", ("short",)),
            Step("lint"),
            Step("deployments", SHORT, CONTAINERS),
            Step("browser"),
            Step("site", SHORT),
            Step("monitoring", SHORT),
            Step("molecule", ("short",), CONTAINERS),
            Step("reuse", needs=CONTAINERS),
        ),
        (
            Step("faults", FAULTS, CONTAINERS),
            Step("unit", SHORT),
            Step("redis", SHORT, CONTAINERS),
            Step("ee", SHORT),
            Step("predictions", SHORT, CONTAINERS),
        ),
    ),
    ((Step("faults-5", SHORT, CONTAINERS),),),
)
#: What a release needs: everything, on its own, so that each part takes as long here as by itself.
TEST_ALL: Plan = (
    (
        (
            *SETUP,
            *(Step(verb) for verb in ("lint", "sanity", "build", "unit", "unit-ansible-test", "browser", "site")),
            *(
                Step(verb, needs=INTEGRATION if verb == "integration-2" else CONTAINERS)
                for verb in (
                    "integration-1",
                    "integration-2",
                    "redis",
                    "deployments-1",
                    "deployments-2",
                    "deployments-3",
                    "compatibility",
                    "awx",
                    "ee",
                    "monitoring",
                    "molecule",
                    "reuse",
                    "predictions",
                    "matrix-1",
                    "matrix-2",
                    "matrix-3",
                    "faults-1",
                    "faults-2",
                    "faults-3",
                    "faults-4",
                    "faults-5",
                )
            ),
        ),
    ),
)
PLANS = {"test": TEST, "test-all": TEST_ALL}


@dataclass
class Result:
    """What became of a step; ``code`` is None where it was left out."""

    step: Step
    code: int | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether it ran, and without a failure."""
        return self.code == 0

    def __str__(self) -> str:
        if self.code is None:
            return f"{self.step.verb:<17} left out"
        return f"{self.step.verb:<17} {self.seconds:4.0f} s  {'passed' if self.passed else 'FAILED'}"


def command_of(step: Step) -> list[str]:
    """The command line of a step."""
    return ["bash", str(ROOT / "tests" / "project.sh"), step.verb, *step.arguments]


def flat(plan: Plan) -> list[Step]:
    """The steps of a plan in the order of its text."""
    return [step for phase in plan for lane in phase for step in lane]


def only(plan: Plan, verb: str) -> Plan:
    """One step of a plan, and the steps that it cannot go without, in the order of the plan.

    :raises ValueError: the plan has no such step.
    """
    steps = {step.verb: step for step in flat(plan)}
    if verb not in steps:
        raise ValueError(f"no such step: {verb}; there are {', '.join(steps)}")
    wanted, waiting = set(), [verb]
    while waiting:
        wanted.add(waiting[-1])
        waiting += [need for need in steps[waiting.pop()].needs if need not in wanted]
    return [[[step for step in steps.values() if step.verb in wanted]]]


@dataclass
class Steps:
    """One run of a plan.

    :param plan: what to run.
    :param reports: folder for the logs of the steps that run beside others, and where they leave their JUnit files.
    :param command: the command line of a step.
    :param tell: prints a line.
    """

    plan: Plan
    reports: Path
    command: Callable[[Step], list[str]]
    tell: Callable[[str], None] = lambda line: print(line, flush=True)
    results: dict[str, Result] = field(default_factory=dict)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _untold: list[str] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> int:
        """Run everything, print the summary and the closing line.

        :returns: the exit status.
        """
        began = time.monotonic()
        try:
            for phase in self.plan:
                self._phase(phase)
        finally:
            # Reached by an interrupt as well: what still runs must take its containers away before we go.
            self._stop()
        ordered = [self.results.get(step.verb, Result(step)) for step in flat(self.plan)]
        for title, parts in (("files", 1), ("tests", 2)):
            self.tell(f"\n=== slowest {title}")
            for name, seconds in slowest(self.reports, parts):
                self.tell(f"{seconds:5.0f} s  {name}")
        self.tell(f"\n=== summary, {time.monotonic() - began:.0f} s")
        for result in ordered:
            self.tell(str(result))
        self.tell(closing_line(ordered, self.reports))
        return 0 if all(result.passed for result in ordered) else 1

    def _phase(self, lanes: Sequence[Sequence[Step]]) -> None:
        first, *others = lanes
        threads = [threading.Thread(target=self._lane, args=(lane,), daemon=True) for lane in others]
        for thread in threads:
            thread.start()
        for step in first:
            self._tell_ended()
            self.tell(f"\n=== {step.verb}")
            self._step(step, None)
        told = time.monotonic()
        while any(thread.is_alive() for thread in threads):
            self._tell_ended()
            if time.monotonic() - told > PATIENCE_SECONDS:
                told = time.monotonic()
                self.tell(f"... {', '.join(self._running)} at work")
            for thread in threads:
                thread.join(0.5)
        self._tell_ended()

    def _lane(self, lane: Iterable[Step]) -> None:
        """Steps beside others: each writes into a file, which is printed when it has ended."""
        for step in lane:
            self.reports.mkdir(parents=True, exist_ok=True)
            with (self.reports / f"{step.verb}.log").open("wb") as log:
                self._step(step, log)
            self._untold.append(step.verb)

    def _tell_ended(self) -> None:
        while self._untold:
            verb = self._untold.pop(0)
            self.tell(f"\n=== {verb}")
            self.tell((self.reports / f"{verb}.log").read_text(encoding="utf-8", errors="replace").rstrip("\n"))

    def _step(self, step: Step, output: IO[bytes] | None) -> None:
        result = self.results[step.verb] = Result(step)
        if not all(self.results[need].passed for need in step.needs):
            return
        began = time.monotonic()
        with self._lock:
            if self._stopping.is_set():
                return
            # A session of its own: an interrupt reaches it through `_stop`, once, and all that it has started with it.
            try:
                process = subprocess.Popen(
                    self.command(step),
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT if output else None,
                    start_new_session=True,
                )
            except OSError as error:
                self.tell(f"project: {error}")
                result.code = 127
                return
            self._running[step.verb] = process
        result.code = process.wait()
        result.seconds = time.monotonic() - began
        with self._lock:
            del self._running[step.verb]

    def _stop(self) -> None:
        with self._lock:
            self._stopping.set()
            running = list(self._running.values())
        for process in running:
            _signal(process, signal.SIGINT)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass  # it has just ended


def closing_line(results: Iterable[Result], reports: Path) -> str:
    """The line that the gate reads: steps, and the tests of the pytest suites."""
    passed = failed = skipped = 0
    for result in results:
        passed, failed = passed + result.passed, failed + (not result.passed)
    for report in sorted(reports.glob("*.xml")):
        try:
            suites = list(xml.etree.ElementTree.parse(report).getroot().iter("testsuite"))
        except xml.etree.ElementTree.ParseError:
            failed += 1  # cut off: its tests cannot be counted, and that must show
            continue
        for suite in suites:
            tests, bad, left_out = (
                int(suite.get("tests", 0)),
                int(suite.get("failures", 0)) + int(suite.get("errors", 0)),
                int(suite.get("skipped", 0)),
            )
            passed, failed, skipped = passed + tests - bad - left_out, failed + bad, skipped + left_out
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def slowest(reports: Path, parts: int) -> list[tuple[str, float]]:
    """Where the time of the pytest suites went.

    :param reports: folder of their JUnit files.
    :param parts: 1 for files, 2 for tests.
    :returns: suite, file and test, and seconds, the slowest first; no more than `SLOWEST`.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in reports.glob("*.xml"):
        with contextlib.suppress(xml.etree.ElementTree.ParseError):  # cut off: `closing_line` tells it
            for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
                names = (case.get("classname", "").rpartition(".")[2], case.get("name", ""))
                seconds[" ".join([report.stem, *names[:parts]])] += float(case.get("time", 0))
    return sorted(seconds.items(), key=lambda entry: -entry[1])[:SLOWEST]


def _interrupted(_number: int, _frame: object) -> None:
    # Once: what is being ended must not be left to itself.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Run the steps of a test run.")
    parser.add_argument("plan", choices=sorted(PLANS))
    parser.add_argument("verb", nargs="?", help="only this step, and what it cannot go without")
    asked = parser.parse_args()
    plan = PLANS[asked.plan]
    if asked.verb:
        try:
            plan = only(plan, asked.verb)
        except ValueError as error:
            parser.error(str(error))
    # A handled signal is as usual again in the steps; one that a parent ignores, as nohup does, would not be.
    for number in SIGNALS:
        signal.signal(number, _interrupted)
    shutil.rmtree(REPORTS, ignore_errors=True)
    try:
        return Steps(plan, REPORTS, command_of).run()
    except KeyboardInterrupt:
        print("project: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
