# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Injects faults into a run, for real, and looks at what is left."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard import Guard
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT, TOOLS, AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import LONGEST_WAIT, Bed, until
from ansible_collections.erni_ki.litellm.tests.pages.faults import Row

SWITCH, ROLLBACK = "playbooks/switch_redis.yml", "playbooks/rollback_local.yml"
#: The waits of a run. A busy machine is no fault.
PATIENCE = {
    "litellm_cache_stable_for": 1,
    "litellm_cache_ready_timeout": 120,
    "litellm_cache_stop_timeout": 3,
    "litellm_cache_confirm_timeout": 180,
}
#: Where the guard ends the change: a silence as short as a busy machine allows between two tasks.
SHORT_SILENCE = {**PATIENCE, "litellm_cache_confirm_timeout": 20}
#: The module of each step of the flow.
STEPS = {
    "litellm_cache_mode": "discover, plan, prove",
    "litellm_restart": "restart",
    "litellm_cache_roundtrip": "confirm",
    "litellm_cache_guard": "make final",
}
#: `make test` has each kind of fault once; what is marked like this is for `make test-all`.
REST = pytest.mark.rest
#: A fault that the run itself goes back from needs no guard.
EITHER_GUARD = pytest.mark.parametrize("campaign", ["auto", pytest.param("none", marks=REST)], indirect=True)
POLL_SECONDS = 0.03

#: Variable that names the bed in the environment of a run, and so of its modules.
MARK = "ERNI_KI_FAULTS_BED"

#: Loaded by the interpreter of the modules: at the n-th step of a module it kills the module, fills the disk or edits a file, for
#: real, or it moves the clock of the module. Steps are what leaves a trace, or what takes room.
SABOTAGE = """
import json, os, signal, sys, time

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plan.json")) as stream:
    plan = json.load(stream)
TRACES, WRITES = ("rename", "replace", "unlink", "posix_spawn"), ("open", "mkdir", "write")

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def fill():
    with open(plan["full"], "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"0" * 4096)
        except OSError:
            pass

def edit():
    path, text = plan["edit"]
    before = os.stat(path)
    with open(path, "a") as stream:
        stream.write(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

def named(word):
    try:
        return os.readlink("/proc/self/fd/%d" % word) if type(word) is int else str(word)
    except OSError:
        return ""

def takes_room(name, arguments):
    return name != "open" or len(arguments) > 1 and arguments[1] & os.O_CREAT

if any("AnsiballZ_" + plan["module"] in word for word in sys.orig_argv):
    if plan.get("clock"):
        real = time.time
        time.time = lambda: real() + plan["clock"]
    steps = [0]
    disturb = fill if plan.get("full") else edit if plan.get("edit") else kill

    def guarded(name, function):
        def step(*arguments, **keywords):
            if any(plan["below"] in named(word) for word in arguments) and takes_room(name, arguments):
                steps[0] += 1
                if steps[0] == plan.get("step"):
                    disturb()
            return function(*arguments, **keywords)
        return step

    if plan.get("step"):
        for name in WRITES if plan.get("full") or plan.get("edit") else TRACES:
            setattr(os, name, guarded(name, getattr(os, name)))
"""


@dataclass
class Background:
    """A playbook that runs while a fault is injected."""

    process: subprocess.Popen[bytes]
    log: Path
    inventory: str

    def kill_controller(self) -> None:
        """Kill -9 of ansible-playbook with its workers; what they have started on the host goes on."""
        for pid in _matching(lambda argv: "ansible-playbook" in argv and self.inventory in argv):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def interrupt(self, sent: signal.Signals) -> None:
        """Send a signal to all that the terminal of the controller would send it to, and wait for its end."""
        os.killpg(self.process.pid, sent)
        self.process.wait(timeout=LONGEST_WAIT)

    def end(self) -> int:
        """Wait for its end; the exit status."""
        return self.process.wait(timeout=300)

    @property
    def output(self) -> str:
        """What it printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def _matching(wanted: Callable[[str], bool], bed: str = "") -> list[int]:
    """Processes by their command line, and by the bed that their run is marked with.

    Other runs of the same playbooks may be at work on this machine: their modules have the same names.
    """
    mark = f"{MARK}={bed}".encode()
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # it ended meanwhile
            path = Path("/proc", name, "cmdline")
            if wanted(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")):
                if not bed or mark in path.with_name("environ").read_bytes().split(b"\0"):
                    found.append(int(name))
    return found


def docker(*words: str) -> str:
    """Run the docker command."""
    return subprocess.run(["docker", *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def module_processes(name: str, bed: str) -> list[int]:
    """Processes of one module on the managed host, of the runs on one bed."""
    return _matching(lambda argv: f"AnsiballZ_{name}.py" in argv and "/bin/sh" not in argv, bed)


class ServiceWatch:
    """Asks the proxy's published port all the time, as a client would."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self.last_failure: float | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def end(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._stop.wait(0.05):
            if not self.answers():
                self.last_failure = time.monotonic()

    def answers(self) -> bool:
        """Whether the proxy answers now."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/health/liveliness")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class Campaign:
    """One fault on one stack, from its injection to what is left.

    ``check_next``: where the run was taken back, the next one is only checked, and nothing is started for it. ``guard`` is
    what the runs are told of it.
    """

    bed: Bed
    ansible: AnsibleRunner
    scratch: Path
    row: Row
    check_next: bool = False
    guard: str = "auto"
    injected: float | None = None
    watch: ServiceWatch = field(init=False)
    port: int = field(init=False)
    running: list[Background] = field(default_factory=list)

    def __post_init__(self) -> None:
        stack = json.loads((self.bed.directory / ".stack.json").read_text(encoding="utf-8"))
        self.port = stack["port"]
        self.watch = ServiceWatch(self.port)
        self.watch.start()
        self.state = ChangeState(str(self.bed.state))

    # -- to run and to disturb ----------------------------------------------------------------------------

    def start(self, playbook: str = SWITCH, **variables: Any) -> Background:
        """Start a playbook."""
        log = self.scratch / f"run-{len(self.running)}-{time.monotonic_ns()}.log"
        extra = json.dumps({**PATIENCE, "litellm_cache_guard": self.guard, **variables})
        command = [str(TOOLS / "ansible-playbook"), "-vvv", "--diff", "-i", self.bed.inventory, playbook, "-e", extra]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        environment.update(ANSIBLE_COLLECTIONS_PATH=str(ROOT / "collections"), PYTHONDONTWRITEBYTECODE="1")
        environment[MARK] = self.bed.name
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        background = Background(process, log, self.bed.inventory)
        self.running.append(background)
        return background

    def wait_for(self, condition: Callable[[], Any], what: str) -> Any:
        """Poll tightly, while the run goes on."""
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            # Looked at first: what a run did last is found below.
            ended = self.running and all(one.process.poll() is not None for one in self.running)
            found = condition()
            if found:
                return found
            assert not ended, f"never {what}:\n{self.running[-1].output[-3000:]}"
            assert time.monotonic() < deadline, f"never {what}"
            time.sleep(POLL_SECONDS)

    def module(self, name: str) -> int:
        """Wait until a module runs; its process."""
        return self.wait_for(lambda: module_processes(name, self.bed.name), f"ran {name}")[0]

    def written(self) -> None:
        """Wait until the candidate is in the file."""
        self.wait_for(lambda: self.bed.config.read_bytes() != self.bed.pristine, "wrote the file")

    def now(self) -> None:
        """The fault is injected at this moment."""
        self.injected = time.monotonic()

    def kill_guard(self, sent: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the guard that ends it, at this moment."""
        self.now()
        subprocess.run(["pkill", f"-{sent.value}", "-f", str(self.bed.state / "guard.pyz")], check=True)

    @contextlib.contextmanager
    def sabotage(self, module: str, **plan: Any) -> Iterator[str]:
        """An interpreter for the modules that disturbs one of them.

        :param plan: ``step`` to be killed at, or with ``full`` the path of what fills the disk then, or with ``edit`` the path of
            a file and what is appended to it then; or ``clock``, by how many seconds it is wrong.
        :returns: path of the interpreter.
        """
        folder = self.scratch / "sabotage"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(SABOTAGE)
        (folder / "plan.json").write_text(json.dumps({"module": module, "below": str(self.bed.directory), **plan}))
        wrapper = folder / "python"
        wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {TOOLS / "python"} "$@"\n')
        wrapper.chmod(0o755)
        try:
            yield str(wrapper)
        finally:
            shutil.rmtree(folder)

    # -- to look at what is left --------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until nobody works any more: no run, no module, no guard, nothing pending that somebody would end."""
        for background in self.running:
            background.end()

        def quiet() -> bool:
            return not Guard(self.state).alive and not _matching(
                lambda argv: "AnsiballZ_litellm" in argv, self.bed.name
            )

        until(quiet, "everything has settled")

    def outcome(self) -> tuple[str, str]:
        """What the file holds, and what the proxy does, each looked at by itself."""
        until(self.watch.answers, "the service answers")
        content = self.bed.config.read_bytes()
        if content == self.bed.pristine:
            held = "old"
        else:
            held = str(yaml.safe_load(content)["litellm_settings"]["cache_params"]["type"])
        return held, self.bed.cache_type()

    def expect(self, held: str, statuses: tuple[int, ...] = (2,)) -> None:
        """Check what every fault must end with, and note the row.

        :param held: ``old`` for the bytes of before, or ``redis``.
        :param statuses: the exit statuses that would be honest, for runs that were not killed.
        """
        self.settle()
        found = self.outcome()
        self.watch.end()
        assert found == (held, "local" if held == "old" else "redis"), self._story()
        for background in self.running:
            if background.process.returncode >= 0:
                assert background.process.returncode in statuses, background.output[-4000:]
        last_failure = self.watch.last_failure
        if last_failure is not None and self.injected is not None:
            self.row.seconds = max(0.0, last_failure - self.injected)
        codes = [str(one.process.returncode) if one.process.returncode >= 0 else "killed" for one in self.running]
        mode = "old bytes, local mode runs" if held == "old" else "new mode, proved"
        ended = f"the run ended with {', '.join(codes)}" if codes else "there was no run any more"
        self.row.outcome = f"{mode}; {ended}"
        self.no_secret()
        if self.check_next and held == "old":
            self.could_converge()
        else:
            self.converge()

    def expect_taken_up(self) -> str:
        """Nobody goes on with what the run left: the next one does. Note the row.

        :returns: what the next run printed.
        """
        self.settle()
        self.watch.end()
        until(self.watch.answers, "the service answers")
        held = "old" if self.bed.config.read_bytes() == self.bed.pristine else "new"
        assert self.state.pending() or self.state.reverting()
        self.no_secret()
        again = self.ansible.playbook(SWITCH, variables=PATIENCE)
        assert again.code == 0, again.output[-4000:]
        assert self.outcome() == ("redis", "redis") and not self.state.pending() and not self.state.reverting()
        why = " (no systemd here)" if self.guard != "none" else ""
        self.row.outcome = f"{held} bytes; nobody goes on{why}; the next run says so, and proves the new mode"
        return again.output

    def could_converge(self) -> None:
        """Nothing that is left keeps the next run from its work."""
        run = self.ansible.playbook(SWITCH, "--check", variables=PATIENCE)
        assert run.code == 0 and run.changed, run.output[-6000:]
        assert not self.state.pending() and not self.state.reverting() and not self.state.confirming()
        self.bed.is_as_at_first()

    def converge(self) -> None:
        """The next run brings the deployment to the wanted mode, and the one after it has nothing to do."""
        run = self.ansible.playbook(SWITCH, variables=PATIENCE)
        assert run.code == 0, run.output[-6000:]
        assert self.outcome() == ("redis", "redis")
        assert not self.state.pending() and not self.state.reverting() and not self.state.confirming()
        remains = [path.name for path in self.bed.config.parent.iterdir() if path.name.startswith(".litellm_cache")]
        assert not remains, remains

    def lapsed(self) -> None:
        """Wait until another run may take over a change that nobody takes back."""
        assert self.state.pending() is not None
        until(lambda: (self.state.lease() or pytest.fail("no lease")).remaining() <= 0, "the lease is over")

    def no_secret(self) -> None:
        """Neither the output nor the state holds one."""
        for background in self.running:
            self.ansible.canary.search(background.output, "the output of the run")
        self.ansible.canary.search_all(self.bed.state_files() + self.bed.logs())

    def _story(self) -> str:
        log = self.bed.state / "guard.log"
        said = log.read_text(encoding="utf-8") if log.exists() else "no guard"
        return f"{said}\n{''.join(one.output[-3000:] for one in self.running)}"
