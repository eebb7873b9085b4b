# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts requests that fail while three instances behind a balancer are switched, rolled back, flushed and upgraded.

The balancer is nginx, then HAProxy; a name on the command line is the only one. Clients keep their connections, half of the
requests stream. As OpenAI's client does by default, one that finds its connection closed before anything was answered asks again,
at most twice; how often that was needed is printed. An answer with an error, a stream that breaks off, or a third loss is a
failed request.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import select
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
STACK = str(ROOT / "tests" / "stack" / "stack.py")
PROJECT = "erni-ki-available"
BALANCER = f"{PROJECT}-balancer"
IMAGE = "erni-ki-test/balancers:bookworm"
OLD, NEW = "1.80.0", "1.110.2"
PORT = 4396
INSTANCES = 3
CLIENTS = 6
#: Seconds between two requests of one client, and that one may take.
PAUSE_SECONDS, ANSWER_SECONDS = 0.2, 60.0
ATTEMPTS = 3
POLL_SECONDS = 0.05
REQUESTS_AT_LEAST = 2000
#: Seconds that one playbook may take; all of them take about two minutes on a quiet machine.
PLAYBOOK_SECONDS = 600
DRAINING = ROOT / "examples" / "draining"

NGINX = f"""
daemon off;
events {{}}
error_log /dev/stderr;
http {{
    access_log off;
    upstream litellm {{
        zone litellm 64k;
        include /etc/balancer/servers.conf;
        keepalive 8;
    }}
    server {{
        listen 8080;
        location / {{
            proxy_pass http://litellm;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout {ANSWER_SECONDS:.0f}s;
        }}
    }}
}}
"""

#: A container that was made anew has another address: Docker's own resolver is asked for it, as its name is in its network.
HAPROXY = f"""
global
    stats socket /run/haproxy.sock mode 600 level admin
defaults
    mode http
    timeout connect 5s
    timeout client {ANSWER_SECONDS:.0f}s
    timeout server {ANSWER_SECONDS:.0f}s
resolvers docker
    nameserver docker 127.0.0.11:53
    hold valid 1s
frontend clients
    bind :8080
    default_backend litellm
backend litellm
    balance roundrobin
    option httpchk GET /health/liveliness
    default-server check inter 500ms fall 2 rise 1 resolvers docker init-addr libc,none
"""


@dataclass(frozen=True)
class Balancer:
    """What stands before the instances.

    :ivar files: what it reads, by name.
    :ivar program: the words that start it in its container.
    :ivar before: the command before each instance, ``after`` the one behind it; ``{folder}`` is where the files are.
    """

    files: dict[str, str]
    program: tuple[str, ...]
    before: str
    after: str


def nginx() -> Balancer:
    """nginx, whose file of servers is edited on this side."""
    servers = "".join(f"server {name}:4000;\n" for name in instances())
    reload = f'"RELOAD=docker exec {BALANCER} nginx -c /etc/balancer/nginx.conf -s reload"'
    command = f"env SERVERS={{folder}}/servers.conf {reload} {DRAINING}/nginx.sh"
    files = {"nginx.conf": NGINX, "servers.conf": servers}
    return Balancer(files, ("nginx", "-c", "/etc/balancer/nginx.conf"), f"{command} down", f"{command} up")


def haproxy() -> Balancer:
    """HAProxy, which is told by its admin socket, where that is: in its container."""
    servers = "".join(f"    server {name} {name}:4000\n" for name in instances())
    place = "--env LITELLM_INSTANCE --env SOCKET=/run/haproxy.sock"
    command = f"docker exec {place} {BALANCER} sh /etc/balancer/draining.sh"
    files = {"haproxy.cfg": HAPROXY + servers, "draining.sh": (DRAINING / "haproxy.sh").read_text(encoding="utf-8")}
    program = ("haproxy", "-f", "/etc/balancer/haproxy.cfg")
    return Balancer(files, program, f"{command} drain", f"{command} ready")


BALANCERS = {"nginx": nginx, "haproxy": haproxy}


def instances() -> list[str]:
    """Names of the containers."""
    return [f"{PROJECT}-litellm-{number}" for number in range(1, INSTANCES + 1)]


class Client(threading.Thread):
    """Asks all the time, over one connection as long as that lives.

    :param key: LiteLLM key.
    :param stop: when to end.
    """

    def __init__(self, key: str, stop: threading.Event, number: int) -> None:
        super().__init__(daemon=True)
        self._key, self._end, self._number = key, stop, number
        self._connection: http.client.HTTPConnection | None = None
        self.counted: collections.Counter[str] = collections.Counter()
        self.longest = 0.0
        self.reasons: list[str] = []

    def run(self) -> None:
        """Ask until it is to end."""
        while not self._end.is_set():
            began = time.monotonic()
            self._request()
            self.longest = max(self.longest, time.monotonic() - began)
            self._end.wait(PAUSE_SECONDS)

    def _request(self) -> None:
        self.counted["requests"] += 1
        prompt = f"{self._number} {self.counted['requests'] // 2}"
        streams = self.counted["requests"] % 2 == 0
        body = {"model": "test-chat", "messages": [{"role": "user", "content": prompt}], "stream": streams}
        for attempt in range(ATTEMPTS):
            try:
                problem = self._ask(json.dumps(body), streams)
            except (OSError, http.client.HTTPException) as error:
                self._connection = None
                problem = type(error).__name__
                if attempt + 1 < ATTEMPTS:
                    self.counted["repeated"] += 1
                    continue
            break
        if problem:
            self.counted["failed"] += 1
            self.reasons.append(problem)

    def _ask(self, body: str, streams: bool) -> str:
        """What is wrong with an answer, empty for nothing."""
        if self._connection is None or self._is_closed():
            self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=ANSWER_SECONDS)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        self._connection.request("POST", "/v1/chat/completions", body, headers)
        response = self._connection.getresponse()
        try:
            answer = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:  # it had begun, so nobody asks again
            self._connection = None
            return f"broken off: {type(error).__name__}"
        if response.status != 200:
            return f"status {response.status}"
        return "no end of the stream" if streams and "[DONE]" not in answer else ""

    def _is_closed(self) -> bool:
        """Whether the other side hung up while nothing was asked."""
        sock = self._connection.sock if self._connection is not None else None
        return sock is None or bool(select.select([sock], [], [], 0)[0])


class Clients:
    """All clients, while an operation runs."""

    def __init__(self, key: str) -> None:
        self._stop = threading.Event()
        self._clients = [Client(key, self._stop, number) for number in range(CLIENTS)]

    def __enter__(self) -> Clients:
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        for client in self._clients:
            client.join()

    @property
    def counted(self) -> collections.Counter[str]:
        """Requests, and which of them failed or were repeated."""
        return sum((client.counted for client in self._clients), collections.Counter())

    @property
    def longest(self) -> float:
        """Seconds of the longest wait for a whole answer."""
        return max(client.longest for client in self._clients)

    @property
    def reasons(self) -> collections.Counter[str]:
        """Why requests failed."""
        return collections.Counter(reason for client in self._clients for reason in client.reasons)


def run(*words: str) -> str:
    """Run a command that must succeed."""
    output = subprocess.PIPE
    done = subprocess.run(
        words, cwd=ROOT, text=True, stdout=output, stderr=subprocess.STDOUT, timeout=PLAYBOOK_SECONDS, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stdout[-4000:]}")
    return done.stdout


def bring_up(folder: Path, balancer: Balancer) -> Path:
    """Three instances and what stands before them; the project directory."""
    project = folder / "project"
    run(sys.executable, STACK, "up", "--version", OLD, "--name", PROJECT, "--shape", "scaled", str(project))
    override = project / "compose.override.yml"
    override.write_text(
        override.read_text(encoding="utf-8").replace("scale: 2", f"scale: {INSTANCES}"), encoding="utf-8"
    )
    run(sys.executable, STACK, "compose", str(project), "up", "--detach", "litellm")
    run(sys.executable, STACK, "wait", str(project))
    for name, text in balancer.files.items():
        (folder / "balancer").mkdir(exist_ok=True)
        (folder / "balancer" / name).write_text(text, encoding="utf-8")
    start = ("docker", "run", "--detach", "--name", BALANCER, "--network", f"{PROJECT}_default")
    mount = ("--volume", f"{folder}/balancer:/etc/balancer:ro", "--publish", f"127.0.0.1:{PORT}:8080")
    run(*start, *mount, IMAGE, *balancer.program)
    until_it_answers()
    return project


def until_it_answers() -> None:
    """Wait for the balancer, with LiteLLM behind it."""
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=ANSWER_SECONDS)
            connection.request("GET", "/health/liveliness")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() > until:
            raise SystemExit("the balancer does not answer")
        time.sleep(POLL_SECONDS)


def bench(folder: Path, name: str) -> bool:
    """Measure with one balancer and print; whether every figure holds."""
    balancer = BALANCERS[name]()
    project = bring_up(folder, balancer)
    key = (project / "secrets" / "litellm_master_key").read_text(encoding="utf-8").strip()
    around = {
        "litellm_cache_before_each": balancer.before.format(folder=folder / "balancer"),
        "litellm_cache_after_each": balancer.after.format(folder=folder / "balancer"),
    }
    operations = {
        "switch_redis": {},
        "flush_cache": {"litellm_cache_flush_restart": "always"},
        "rollback_local": {},
        "upgrade_litellm": {"litellm_upgrade_image": f"erni-ki-test/litellm:{NEW}"},
    }
    total: collections.Counter[str] = collections.Counter()
    for playbook, variables in operations.items():
        extra = json.dumps({"litellm_cache_stable_for": 2, **around, **variables})
        began = time.monotonic()
        with Clients(key) as clients:
            run(PLAYBOOK, "-i", str(project / "inventory.yml"), f"playbooks/{playbook}.yml", "-e", extra)
        total += clients.counted
        counted = clients.counted
        seconds = time.monotonic() - began
        print(
            f"{name:8} {playbook:16} {seconds:5.1f} s: {counted['requests']} requests, {counted['failed']} failed, "
            f"{counted['repeated']} repeated on a closed connection; longest wait {clients.longest:.2f} s "
            f"{dict(clients.reasons) or ''}",
            flush=True,
        )
    asked, failed = total["requests"], total["failed"]
    print(f"{name}, all: {asked} requests (at least {REQUESTS_AT_LEAST}), {failed} failed (0 allowed)", flush=True)
    return failed == 0 and asked >= REQUESTS_AT_LEAST


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("balancers", nargs="*", metavar="BALANCER", help=" or ".join(BALANCERS))
    names = parser.parse_args().balancers or list(BALANCERS)
    run(sys.executable, str(ROOT / "tests" / "stack" / "images.py"), "build", "balancers:bookworm")
    missed = [name for name in names if not measured(name)]
    return 1 if missed else 0


def measured(name: str) -> bool:
    """Whether every figure holds with one balancer; nothing of it is left."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return bench(Path(folder), name)
        finally:
            subprocess.run(["docker", "rm", "--force", BALANCER], check=False, capture_output=True)
            subprocess.run([sys.executable, STACK, "down", f"{folder}/project"], check=False, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
