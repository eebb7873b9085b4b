# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds the measured time of a Redis hit against a plain client in the same container, and verify against its promises.

The plain client is http.client without a line of ours. Both ask for answers that were planted in the same way, in turns of a
second, so that whatever else the machine does meanwhile is the same for both. Then verify runs: its wall, its upstream calls, the
size of its page; and status.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.latency import MEMORY_HIT, REDIS_HIT, REDIS_PING

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
STACK = [sys.executable, str(ROOT / "tests/stack/stack.py")]
PROJECT = "erni-ki-bench-latency"
PORT = 4392
ROUNDS, SAMPLES, WARM_UP, PAUSE = 10, 30, 3, 0.02
APART_AT_MOST = 0.10
VERIFY_SECONDS_AT_MOST, STATUS_SECONDS_AT_MOST = 12.0, 3.0
PAGE_BYTES_AT_MOST = 300_000
UPSTREAM_CALLS_AT_MOST = 3
#: Asks for each prompt once over one connection; tells id and seconds of each answer.
PLAIN = """
import http.client, json, sys, time
order = json.load(sys.stdin)
connection = http.client.HTTPConnection("127.0.0.1", 4000, timeout=60)
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + order["key"]}
for prompt in order["prompts"]:
    body = json.dumps({"model": "test-chat", "messages": [{"role": "user", "content": prompt}]})
    began = time.monotonic()
    connection.request("POST", "/v1/chat/completions", body, headers)
    content = connection.getresponse().read()
    seconds = time.monotonic() - began
    print(json.dumps([json.loads(content)["id"], seconds]))
    time.sleep(order["pause"])
"""


def play(inventory: Path, playbook: str, *words: str) -> float:
    """Run a playbook.

    :param words: further arguments.
    :returns: seconds.
    """
    began = time.monotonic()
    command = [PLAYBOOK, "-i", str(inventory), playbook, "-e", "litellm_cache_stable_for=0", *words]
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(done.stdout[-4000:])
    return time.monotonic() - began


def calls(project_dir: Path) -> int:
    """How many calls the upstream has had."""
    told = subprocess.run([*STACK, "calls", str(project_dir)], check=True, stdout=subprocess.PIPE).stdout
    return int(json.loads(told)["count"])


def plain(key: str, prompts: list[str]) -> list[tuple[str, float]]:
    """Ids and seconds as a plain client sees them."""
    order = json.dumps({"key": key, "prompts": prompts, "pause": PAUSE})
    command = ["docker", "exec", "-i", f"{PROJECT}-litellm-1", "python3", "-c", PLAIN]
    lines = subprocess.run(command, input=order, text=True, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    return [(str(identifier), float(seconds)) for identifier, seconds in map(json.loads, lines)]


def side_by_side(project_dir: Path) -> dict[str, list[float]]:
    """Times of both, in turns.

    :returns: seconds by what was measured; the plain client is ``plain``.
    """
    options = {"project_dir": str(project_dir), "service": "litellm", "state_dir": str(project_dir / "state")}
    deployment = Deployment.open(options)
    text = (project_dir / "conf/litellm/config.yaml").read_text(encoding="utf-8")
    key = (project_dir / "secrets/litellm_master_key").read_text(encoding="utf-8").strip()
    client = deployment.client(deployment.running()[0])
    prompts = [f"bench {number}" for number in range(2 * ROUNDS * (SAMPLES + WARM_UP))]
    answer = client.probe(
        text,
        model="test-chat",
        plants=[{"prompt": prompt, "answer_id": prompt.replace(" ", "-")} for prompt in prompts],
        ttl=600,
    )
    seen: dict[str, list[float]] = {REDIS_HIT: [], MEMORY_HIT: [], REDIS_PING: [], "plain": []}
    for _round in range(ROUNDS):
        ours, theirs = prompts[: SAMPLES + WARM_UP], prompts[SAMPLES + WARM_UP : 2 * (SAMPLES + WARM_UP)]
        del prompts[: 2 * (SAMPLES + WARM_UP)]
        wishes = [{"prompt": prompt, "seen_as": prompt.replace(" ", "-")} for prompt in ours]
        order: dict[str, Any] = {"model": "test-chat", "kind": "chat", "warm_up": WARM_UP, "pause": PAUSE}
        told = client.measure(text, 60, 60, plants=wishes, again=True, **order)
        if told["stopped"]:
            raise SystemExit(told["stopped"])
        for what, seconds in told["seconds"].items():
            seen[what] += seconds
        answers = plain(key, theirs)
        if [identifier for identifier, _seconds in answers] != [prompt.replace(" ", "-") for prompt in theirs]:
            raise SystemExit("the plain client was not answered from Redis")
        seen["plain"] += [seconds for _identifier, seconds in answers[WARM_UP:]]
    deployment.clear_away(text, [key for plant in answer["plants"] for key in plant["keys"]])
    return seen


def bench(project_dir: Path) -> bool:
    """Measure and print.

    :returns: whether every figure holds.
    """
    inventory = project_dir / "inventory.yml"
    play(inventory, "playbooks/switch_redis.yml")
    before = calls(project_dir)
    seen = side_by_side(project_dir)
    of_measuring = calls(project_dir) - before
    reports = project_dir.parent / "reports"
    wall = play(inventory, "playbooks/verify.yml", "-e", f"litellm_cache_report_dir={reports}")
    of_verify = calls(project_dir) - before - of_measuring
    of_status = play(inventory, "playbooks/status.yml")
    page = max(path.stat().st_size for path in reports.glob("*.html"))
    print(f"hits of one instance, LiteLLM 1.80.0, {ROUNDS} turns of {SAMPLES} samples each, milliseconds")
    for what, seconds in seen.items():
        quarters = [1000 * value for value in statistics.quantiles(seconds, n=4)]
        print(
            f"  {what:<12} p50 {quarters[1]:6.2f}   (quarters {quarters[0]:.2f} and {quarters[2]:.2f}, {len(seconds)} samples)"
        )
    ratio = statistics.median(seen[REDIS_HIT]) / statistics.median(seen["plain"])
    verdicts = {
        f"p50 of a Redis hit within {APART_AT_MOST:.0%} of a plain client's: {ratio - 1:+.1%}": abs(ratio - 1)
        <= APART_AT_MOST,
        f"no upstream call for the measuring: {of_measuring}": of_measuring == 0,
        f"verify at most {VERIFY_SECONDS_AT_MOST:.0f} s: {wall:.1f}": wall <= VERIFY_SECONDS_AT_MOST,
        f"status at most {STATUS_SECONDS_AT_MOST:.0f} s: {of_status:.1f}": of_status <= STATUS_SECONDS_AT_MOST,
        f"page of verify at most {PAGE_BYTES_AT_MOST} bytes: {page}": page <= PAGE_BYTES_AT_MOST,
        f"verify at most {UPSTREAM_CALLS_AT_MOST} upstream calls: {of_verify}": of_verify <= UPSTREAM_CALLS_AT_MOST,
    }
    for text, holds in verdicts.items():
        print(f"  {'holds ' if holds else 'MISSED'} {text}")
    return all(verdicts.values())


def main() -> bool:
    """Bring the stack up, measure, take it away."""
    with tempfile.TemporaryDirectory(prefix="erni-ki-bench-") as directory:
        project_dir = Path(directory) / "project"
        up = [*STACK, "up", "--version", "1.80.0", "--name", PROJECT, "--port", str(PORT), str(project_dir)]
        subprocess.run(up, check=True, stdout=subprocess.DEVNULL)
        try:
            return bench(project_dir)
        finally:
            subprocess.run([*STACK, "down", str(project_dir)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
