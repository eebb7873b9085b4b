# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times a switch on one real instance beside the same job written by hand, and beside a bare restart.

Prints outage, time of the instance until it is ready, time of the whole run and to the first harvested proof, time of a run
that changes nothing, time of the proof itself, and the outage of a switch whose candidate cannot start.
Medians of interleaved pairs in one run; the stability wait is left out of the times and printed apart.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
PROJECT = "erni-ki-bench"
PORT = 4391
PAIRS = 5
POLL_SECONDS = 0.02
OUTAGE_RATIO_AT_MOST = 1.15
NO_OP_SECONDS_AT_MOST = 3.0
INSTANCE_RATIO_AT_MOST = 1.1
PROBE_SECONDS_OVER_IMPORT = 1.0
FAILED_SECONDS_OVER_TWO_RESTARTS = 5.0
#: A key that the local mode ignores and the Redis mode dies of.
DOOM = (b"    type: local\n", b"    type: local\n    timeout: 5\n")


class OutageWatch:
    """Polls the published port as a client would, and measures how long nothing answers."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self.first_failure: float | None = None
        self.last_failure: float | None = None

    def __enter__(self) -> OutageWatch:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._stop.is_set():
            if not answers():
                now = time.monotonic()
                self.first_failure = self.first_failure or now
                self.last_failure = now
            self._stop.wait(POLL_SECONDS)

    @property
    def seconds(self) -> float:
        """From the first request that failed to the last."""
        if self.first_failure is None or self.last_failure is None:
            return 0.0
        return self.last_failure - self.first_failure


def answers() -> bool:
    """Whether LiteLLM answers on the published port."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
    try:
        connection.request("GET", "/health/liveliness")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def until_it_answers() -> None:
    """Poll until LiteLLM answers; a bench that waits for nothing ends after two minutes."""
    deadline = time.monotonic() + 120
    while not answers():
        if time.monotonic() > deadline:
            raise SystemExit("the stack does not answer")
        time.sleep(POLL_SECONDS)


def failed_switch(inventory: Path, config: Path, local: bytes, variables: tuple[str, ...]) -> float:
    """How long nothing answers when the candidate cannot start and the proof is switched off.

    :returns: seconds.
    """
    doomed = local.replace(*DOOM, 1)
    if doomed == local:
        raise SystemExit("the key that LiteLLM dies of found no place")
    config.write_bytes(doomed)
    restart = ["docker", "compose", "restart", "litellm"]
    subprocess.run(restart, cwd=inventory.parent, check=True, stderr=subprocess.DEVNULL)
    until_it_answers()
    with OutageWatch() as watch:
        play(inventory, "playbooks/switch_redis.yml", "litellm_cache_proof=none", *variables, code=2)
    if config.read_bytes() != doomed:
        raise SystemExit("the bytes after a failed switch are not those of before")
    config.write_bytes(local)
    subprocess.run(restart, cwd=inventory.parent, check=True, stderr=subprocess.DEVNULL)
    until_it_answers()
    return watch.seconds


def play(inventory: Path, playbook: str, *variables: str, code: int = 0) -> float:
    """Run a playbook.

    :param code: the exit status that it must end with.
    :returns: seconds.
    """
    extra = [word for variable in variables for word in ("-e", variable)]
    began = time.monotonic()
    command = [PLAYBOOK, "-i", str(inventory), playbook, *extra]
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != code:
        raise SystemExit(done.stdout[-4000:])
    return time.monotonic() - began


def first_proof(project_dir: Path) -> float:
    """When the first planted answer of the last switch was harvested, seconds since the epoch, from its history."""
    last = (project_dir / "state/history.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    return min(seen["at"] for seen in json.loads(last)["evidence"]["instances"])


def instance_seconds(reports: Path) -> float:
    """How long the instance took from the order to restart until it was ready, from the report of the last run."""
    newest = max(reports.glob("*.json"), key=lambda path: path.stat().st_mtime)
    (restart,) = json.loads(newest.read_text(encoding="utf-8"))["timeline"]
    return restart["ready"] - restart["stopped"]


def import_seconds() -> float:
    """How long LiteLLM takes to import inside the instance."""
    program = "import time; b = time.monotonic(); import litellm; print(time.monotonic() - b)"
    command = ["docker", "exec", f"{PROJECT}-litellm-1", "python3", "-c", program]
    output = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return float(output.split()[-1])


def probe_seconds(project_dir: Path) -> float:
    """How long the proof of a candidate and the planting take inside the instance, from the order to the answer."""
    options = {"project_dir": str(project_dir), "service": "litellm", "state_dir": str(project_dir / "state")}
    deployment = Deployment.open(options)
    text = (project_dir / "conf/litellm/config.yaml").read_text(encoding="utf-8")
    wishes = CacheWishes.from_options({"mode": "redis", "redis_password_env": "REDIS_PASSWORD"})
    order = {
        "candidate": plan_cache_mode(text, wishes, None).candidate,
        "model": "test-chat",
        "plants": [{"prompt": "bench", "answer_id": "bench"}],
        "written": "bench",
        "ttl": 60,
    }
    client = deployment.client(deployment.running()[0])
    began = time.monotonic()
    answer = client.probe(**order)
    seconds = time.monotonic() - began
    if not answer["planted"]:
        raise SystemExit("nothing was planted")
    return seconds


def bench(project_dir: Path) -> bool:
    """Measure and print.

    :returns: whether every figure holds.
    """
    inventory = project_dir / "inventory.yml"
    config, reports = project_dir / "conf/litellm/config.yaml", project_dir / "reports"
    local = config.read_bytes()
    common = ("litellm_cache_stable_for=0",)
    peer = (f"peer_project={PROJECT}", f"peer_port={PORT}")
    figures: dict[str, list[float]] = {
        name: []
        for name in (
            "restart",
            "restart ready",
            "outage",
            "instance ready",
            "switch",
            "proof",
            "peer",
            "peer outage",
            "no-op",
            "import",
            "probe",
            "failed outage",
        )
    }
    for _pair in range(PAIRS):
        with OutageWatch() as watch:
            compose = ["docker", "compose", "restart", "litellm"]
            began = time.monotonic()
            subprocess.run(compose, cwd=project_dir, check=True, stderr=subprocess.DEVNULL)
            until_it_answers()
        figures["restart ready"].append(time.monotonic() - began)
        figures["restart"].append(watch.seconds)
        figures["import"].append(import_seconds())
        figures["probe"].append(probe_seconds(project_dir))
        began = time.time()
        with OutageWatch() as watch:
            reporting = f"litellm_cache_report_dir={reports}"
            figures["switch"].append(play(inventory, "playbooks/switch_redis.yml", reporting, *common))
        figures["outage"].append(watch.seconds)
        figures["instance ready"].append(instance_seconds(reports))
        figures["proof"].append(first_proof(project_dir) - began)
        figures["no-op"].append(play(inventory, "playbooks/switch_redis.yml", *common))
        play(inventory, "playbooks/rollback_local.yml", *common)
        if config.read_bytes() != local:
            raise SystemExit("the bytes after the way back are not those of before")
        with OutageWatch() as watch:
            figures["peer"].append(play(inventory, "tests/bench/peer/switch.yml", *peer))
        figures["peer outage"].append(watch.seconds)
        config.write_bytes(local)
        subprocess.run(compose, cwd=project_dir, check=True, stderr=subprocess.DEVNULL)
        until_it_answers()
        figures["failed outage"].append(failed_switch(inventory, config, local, common))
    return report({name: statistics.median(values) for name, values in figures.items()}, figures)


def report(median: dict[str, float], figures: dict[str, list[float]]) -> bool:
    """Print the medians, their ranges and the verdicts."""
    print(f"switch on one instance, LiteLLM 1.80.0, medians of {PAIRS} interleaved pairs, seconds")
    for name, values in figures.items():
        print(f"  {name:<14} {median[name]:6.2f}   ({min(values):.2f} to {max(values):.2f})")
    verdicts = {
        f"outage at most {OUTAGE_RATIO_AT_MOST} x a bare restart: {median['outage'] / median['restart']:.2f}": (
            median["outage"] <= OUTAGE_RATIO_AT_MOST * median["restart"]
        ),
        f"time of the instance until it is ready at most {INSTANCE_RATIO_AT_MOST} x a bare restart: "
        f"{median['instance ready'] / median['restart ready']:.2f}": (
            median["instance ready"] <= INSTANCE_RATIO_AT_MOST * median["restart ready"]
        ),
        f"the whole switch at most as long as the hand-written playbook: {median['switch']:.2f} against {median['peer']:.2f}": (
            median["switch"] <= median["peer"]
        ),
        f"first harvested proof at most peer + one import: {median['proof']:.2f} against "
        f"{median['peer'] + median['import']:.2f}": median["proof"] <= median["peer"] + median["import"],
        f"proof and planting at most one import + {PROBE_SECONDS_OVER_IMPORT:.0f} s: {median['probe']:.2f} against "
        f"{median['import'] + PROBE_SECONDS_OVER_IMPORT:.2f}": (
            median["probe"] <= median["import"] + PROBE_SECONDS_OVER_IMPORT
        ),
        f"a switch that cannot start is back within two restarts + {FAILED_SECONDS_OVER_TWO_RESTARTS:.0f} s: "
        f"{median['failed outage']:.2f} against {2 * median['restart'] + FAILED_SECONDS_OVER_TWO_RESTARTS:.2f}": (
            median["failed outage"] <= 2 * median["restart"] + FAILED_SECONDS_OVER_TWO_RESTARTS
        ),
        f"a run that changes nothing at most {NO_OP_SECONDS_AT_MOST} s: {median['no-op']:.2f}": (
            median["no-op"] <= NO_OP_SECONDS_AT_MOST
        ),
    }
    for text, holds in verdicts.items():
        print(f"  {'holds ' if holds else 'MISSED'} {text}")
    print(
        "  the stability wait (litellm_cache_stable_for, 15 s by default) comes on top, after the proxy answers again"
    )
    return all(verdicts.values())


def main() -> bool:
    """Bring the stack up, measure, take it away."""
    stack = [sys.executable, str(ROOT / "tests/stack/stack.py")]
    with tempfile.TemporaryDirectory(prefix="erni-ki-bench-") as directory:
        project_dir = Path(directory) / "project"
        up = [*stack, "up", "--version", "1.80.0", "--name", PROJECT, "--port", str(PORT), str(project_dir)]
        subprocess.run(up, check=True, stdout=subprocess.DEVNULL)
        try:
            return bench(project_dir)
        finally:
            subprocess.run([*stack, "down", str(project_dir)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
