# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts requests that fail while the only instance of a service is switched, rolled back and flushed over a bridge.

The clients are in its network: OpenAI's own client, which keeps connections and repeats what it could not send, and requests
of one connection each, which repeat nothing; half of all requests stream (tests/stack/network_clients.py). The same without a
bridge stands beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
STACK = str(ROOT / "tests" / "stack" / "stack.py")
CLIENTS_PROGRAM = ROOT / "tests" / "stack" / "network_clients.py"
PROJECT, CLIENTS = "erni-ki-bridged", "erni-ki-bridged-clients"
IMAGE = "erni-ki-test/litellm:1.80.0"
PORT = 4397
POLL_SECONDS = 0.1
REQUESTS_AT_LEAST = 1000
OPERATIONS: dict[str, dict[str, Any]] = {
    "switch_redis": {},
    "flush_cache": {"litellm_cache_flush_restart": "always"},
    "rollback_local": {},
}


def run(*words: str) -> str:
    """Run a command that must succeed."""
    done = subprocess.run(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stdout[-4000:]}")
    return done.stdout


def asked_during(project: Path, name: str, variables: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """Seconds of a playbook, and what became of the requests meanwhile."""
    key = (project / "secrets" / "litellm_master_key").read_text(encoding="utf-8").strip()
    place = ("--name", CLIENTS, "--network", f"{PROJECT}_default", "--volume", f"{CLIENTS_PROGRAM}:/clients.py:ro")
    command = ["docker", "run", "--interactive", "--rm", *place, "--entrypoint", "python3", IMAGE]
    command += ["/clients.py", "http://litellm:4000"]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as clients:
        assert clients.stdin is not None and clients.stdout is not None
        clients.stdin.write(key + "\n")
        clients.stdin.flush()
        clients.stdout.readline()
        began = time.monotonic()
        extra = json.dumps({"litellm_cache_stable_for": 2, **variables})
        run(PLAYBOOK, "-i", str(project / "inventory.yml"), f"playbooks/{name}.yml", "-e", extra)
        seconds = time.monotonic() - began
        run("docker", "kill", "--signal", "TERM", CLIENTS)
        told = json.loads(clients.stdout.read().splitlines()[-1])
    while run("docker", "ps", "--all", "--quiet", "--filter", f"name={CLIENTS}"):
        time.sleep(POLL_SECONDS)
    return seconds, told


def measured(project: Path, bridge: str) -> tuple[int, int]:
    """Requests and failed ones of all operations, printed one by one."""
    asked = failed = 0
    for name, variables in OPERATIONS.items():
        seconds, told = asked_during(project, name, {**variables, "litellm_cache_bridge": bridge})
        for kind, became in told.items():
            lost = sum(became["failed"].values())
            asked, failed = asked + became["answered"] + lost, failed + lost
            print(
                f"bridge {bridge:5} {name:14} {seconds:5.1f} s, {kind}: {became['answered']} answered, {lost} failed, "
                f"longest wait {became['longest']:.2f} s {became['failed'] or ''}"
            )
    return asked, failed


def bench(folder: Path) -> bool:
    """Measure and print; whether the figure holds."""
    project = folder / "project"
    run(sys.executable, STACK, "up", "--version", "1.80.0", "--name", PROJECT, "--port", str(PORT), str(project))
    measured(project, "never")
    asked, failed = measured(project, "auto")
    print(f"over a bridge: {asked} requests (at least {REQUESTS_AT_LEAST}), {failed} failed (0 allowed)")
    return failed == 0 and asked >= REQUESTS_AT_LEAST


def main() -> int:
    """Entry point."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return 0 if bench(Path(folder)) else 1
        finally:
            subprocess.run(["docker", "rm", "--force", CLIENTS], check=False, capture_output=True)
            subprocess.run([sys.executable, STACK, "down", f"{folder}/project"], check=False, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
