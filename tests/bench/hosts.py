# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What many hosts cost the controller: a status and the check of a switch, on 10 and on 50 hosts of one inventory.

All connections are local, so controller and managed hosts are this machine: what the modules compute is counted apart, and is
what a managed host pays. The first hosts share one real stack, each with a state directory of its own. For the others the engine
is recorded: what Docker answered once to each of the two playbooks, at once, on a socket of each host. So nothing is said here of
how long a host takes, but of what it costs the controller. Fails when a host costs more among 50 than 1.5 times what it costs
among 10.
"""

from __future__ import annotations

import collections
import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
STACK = str(ROOT / "tests" / "stack" / "stack.py")
PROJECT, VERSION = "erni-ki-hosts", "1.80.0"
ENGINE = "/var/run/docker.sock"
FEW, MANY = 10, 50
FORKS = (5, 50)
#: Hosts that share the real stack; two look into it at the same time.
REAL = 2
PER_HOST_AT_MOST = 1.5
#: Seconds that one playbook may take, and between two looks at the memory.
PLAYBOOK_SECONDS, LOOK_SECONDS = 1800, 0.2
PLAYBOOKS = {
    "status": ("playbooks/status.yml",),
    "check of a switch": ("playbooks/switch_redis.yml", "--check", "-e", "litellm_cache_serial=100%"),
}
#: Runs the Python of a managed host, and notes what that computed.
INTERPRETER = """#!/bin/sh
'{python}' "$@"
code=$?
times >> '{log}'
exit $code
"""


@dataclass
class Recording:
    """What the engine answered to one playbook, by what it was asked, in order."""

    answers: dict[str, list[bytearray]] = field(default_factory=lambda: collections.defaultdict(list))


def request_of(sock: socket.socket) -> tuple[str, bytes]:
    """The first line of a request without its query, and all of its bytes, empty where none comes."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return "", b""
        data += piece
    head, _end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        piece = sock.recv(65536)
        data, body = data + piece, body + piece
    method, target = head.decode("latin-1").split()[:2]
    return f"{method} {target.partition('?')[0]}", data


class Recorder(socketserver.BaseRequestHandler):
    """Passes one request on to the engine, and keeps its answer."""

    def handle(self) -> None:
        asked, data = request_of(self.request)
        if not asked:
            return
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(ENGINE)
            engine.sendall(data)
            threading.Thread(target=self._pass_on, args=(engine,), daemon=True).start()
            answer = bytearray()
            self.server.recording.answers[asked].append(answer)  # type: ignore[attr-defined]
            try:
                while piece := engine.recv(65536):
                    answer += piece
                    self.request.sendall(piece)
            except OSError:
                pass  # the client has what it wanted

    def _pass_on(self, engine: socket.socket) -> None:
        """What else the client says, as to a program; its end is the end of the connection."""
        try:
            while piece := self.request.recv(65536):
                engine.sendall(piece)
            engine.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Player(socketserver.BaseRequestHandler):
    """Answers what was recorded; the last answer to a question goes on being the answer."""

    def handle(self) -> None:
        asked, _data = request_of(self.request)
        if not asked:
            return
        answers = self.server.left[asked]  # type: ignore[attr-defined]
        try:
            self.request.sendall(answers.pop(0) if len(answers) > 1 else answers[0] if answers else NOT_RECORDED)
            self.request.shutdown(socket.SHUT_WR)
            while self.request.recv(65536):
                pass
        except OSError:
            pass


NOT_RECORDED = b"HTTP/1.1 500 Not recorded\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Engine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """An engine on a socket of its own, which records or plays.

    :param recording: what is filled, or played.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, handler: type[socketserver.BaseRequestHandler], recording: Recording) -> None:
        super().__init__(str(path), handler)
        self.recording = recording
        self.left = collections.defaultdict(list, {asked: list(them) for asked, them in recording.answers.items()})
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def end(self) -> None:
        """Answer nobody any more."""
        self.shutdown()
        self.server_close()


@dataclass(frozen=True)
class Cost:
    """What a run cost: seconds on the clock, of the controller's processors and of the modules', and bytes of memory."""

    wall: float
    controller: float
    modules: float
    memory: int


class Bench:
    """The stack, and inventories that lead to it.

    :param folder: for all of it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, folder / "project"
        self._times = folder / "times"
        self._interpreter = folder / "python"
        self._interpreter.write_text(INTERPRETER.format(python=sys.executable, log=self._times), encoding="utf-8")
        self._interpreter.chmod(0o755)
        up = (sys.executable, STACK, "up", "--version", VERSION, "--name", PROJECT, str(self.project))
        if subprocess.run(up, check=False).returncode:
            raise SystemExit("the stack did not come up")

    def inventory(self, sockets: list[Path | None]) -> Path:
        """An inventory of one host for each socket, None for the engine itself."""
        hosts = {}
        for number, path in enumerate(sockets, 1):
            hosts[f"host-{number}"] = {"litellm_cache_state_dir": str(self.folder / "states" / str(number))}
            if path is not None:
                hosts[f"host-{number}"]["litellm_cache_docker_host"] = f"unix://{path}"
        shared = {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(self._interpreter),
            "litellm_cache_project_dir": str(self.project),
            "litellm_cache_redis_password_env": "REDIS_PASSWORD",
        }
        path = self.folder / "hosts.yml"
        path.write_text(json.dumps({"litellm": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
        return path

    def record(self, words: tuple[str, ...]) -> Recording:
        """What the engine answers to a playbook."""
        recording, path = Recording(), self.folder / "recorder.sock"
        engine = Engine(path, Recorder, recording)
        try:
            self.cost(words, self.inventory([path]), 1)
        finally:
            engine.end()
            path.unlink()
        return recording

    def measure(self, words: tuple[str, ...], recording: Recording, hosts: int, forks: int) -> Cost:
        """What a playbook costs on so many hosts."""
        sockets = [None if number < REAL else self.folder / f"{number}.sock" for number in range(hosts)]
        engines = [Engine(path, Player, recording) for path in sockets if path is not None]
        try:
            return self.cost(words, self.inventory(sockets), forks)
        finally:
            for engine in engines:
                engine.end()
                Path(str(engine.server_address)).unlink()

    def cost(self, words: tuple[str, ...], inventory: Path, forks: int) -> Cost:
        """Run a playbook that must succeed, and see what it costs."""
        self._times.write_text("", encoding="utf-8")
        command = [PLAYBOOK, "-i", str(inventory), "--forks", str(forks), *words]
        output = self.folder / "output"
        began, most = time.monotonic(), 0
        with output.open("wb") as file, subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file) as run:
            while True:
                pid, status, used = os.wait4(run.pid, os.WNOHANG)
                if pid:
                    break
                most = max(most, memory_of(run.pid))
                if time.monotonic() - began > PLAYBOOK_SECONDS:
                    run.kill()
                time.sleep(LOOK_SECONDS)
            run.returncode = os.waitstatus_to_exitcode(status)
        if run.returncode:
            raise SystemExit(f"{' '.join(command)}\n{output.read_text(encoding='utf-8', errors='replace')[-4000:]}")
        spent = re.findall(r"(\d+)m([\d.]+)s", self._times.read_text(encoding="utf-8"))
        modules = sum(60 * int(minutes) + float(seconds) for minutes, seconds in spent)
        return Cost(time.monotonic() - began, used.ru_utime + used.ru_stime - modules, modules, most)


def memory_of(pid: int) -> int:
    """Bytes that a controller and its forks have, what they share counted once; modules are none of them."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"ansible-playbook" not in line or b"AnsiballZ" in line:
            return 0
        found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), re.M)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0  # it has ended
    return (1024 * int(found[1]) if found else 0) + sum(memory_of(int(child)) for child in children)


def measured(bench: Bench, name: str, words: tuple[str, ...]) -> bool:
    """Measure one playbook and print; whether its cost is linear."""
    recording, holds = bench.record(words), True
    for forks in FORKS:
        costs: dict[int, Any] = {}
        for hosts in (FEW, MANY):
            costs[hosts] = cost = bench.measure(words, recording, hosts, forks)
            print(
                f"{name:18} {hosts} hosts, {forks:2} forks: {cost.wall:6.1f} s; of a host {cost.controller / hosts:5.2f} s "
                f"on the controller and {cost.modules / hosts:5.2f} s in modules; controller {cost.memory / 1e6:.0f} MB",
                flush=True,
            )
        ratio = (costs[MANY].controller / MANY) / (costs[FEW].controller / FEW)
        holds = holds and ratio <= PER_HOST_AT_MOST
        limit = f"at most {PER_HOST_AT_MOST}"
        print(f"{name:18} {forks:2} forks: a host of {MANY} costs {ratio:.2f} times one of {FEW} ({limit})", flush=True)
    return holds


def main() -> int:
    """Entry point."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            bench = Bench(Path(folder))
            print(f"{REAL} hosts with the real engine, the others with a recorded one", flush=True)
            missed = [name for name, words in PLAYBOOKS.items() if not measured(bench, name, words)]
            return 1 if missed else 0
        finally:
            subprocess.run([sys.executable, STACK, "down", f"{folder}/project"], check=False, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
