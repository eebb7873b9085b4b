# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times a sweep over a large cache beside the usual pipeline of redis-cli, grep and xargs, on one real Redis 7.0.

Prints seconds, what a second client feels meanwhile, what was lost of the other keys, the memory of the sweeping
process, how the time grows with the number of keys, and the time of FLUSHDB. Medians of interleaved pairs in one run.
"""

from __future__ import annotations

import json
import resource
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import redis
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.access import RedisAccess
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.flush import Flush
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.keys import Selection
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.server import RedisServers
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.sweep import Sweep, Tally
from ansible_collections.erni_ki.litellm.tests.integration.support.redis_servers import (
    HOST,
    Standalone,
    fill,
    snapshot,
)

FEW, SOME, ALL = 10_000, 100_000, 1_000_000
OTHERS = 10_000
DATABASE = 1
PAIRS = 5
TIMEOUT = 10.0
SWEEP_RATIO_AT_MOST, SWEEP_RATIO_AIM = 0.5, 0.4
LATENCY_P99_AT_MOST = 5.0
MEMORY_GROWTH_AT_MOST = 5.0
FLUSHDB_OVER_PLAIN_AT_MOST = 10.0
TIME_PER_KEY_RATIO_AT_MOST = 1.5
PROBE_SECONDS = 0.001
PROBED = b"bench:latency"
PIPELINE = (
    "redis-cli -p {port} -n {db} --scan | grep -E '^[0-9a-f]{{64}}$' "
    "| xargs -n 1000 redis-cli -p {port} -n {db} unlink >/dev/null"
)
#: Answers of 500 bytes from one number up to another. Their names are as long and as random as LiteLLM's.
FILL = """
local choices = string.rep('Lorem ipsum dolor sit amet. ', 10)
for number = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  local name = redis.sha1hex(number) .. string.sub(redis.sha1hex('b' .. number), 1, 24)
  redis.call('SET', name, '{"timestamp": 1795551404.77806, "response": "{\\\\"id\\\\":\\\\"chatcmpl-' .. name
    .. '\\\\",\\\\"created\\\\":1795551404,\\\\"model\\\\":\\\\"test-chat\\\\",\\\\"object\\\\":\\\\"chat.completion\\\\",\\\\"choices\\\\":\\\\"'
    .. choices .. '\\\\"}"}')
end
"""  # noqa: E501 (one line of JSON)


def fill_answers(client: redis.Redis, number: int) -> None:
    """Write answers, on the server because a client would take a minute."""
    for first in range(0, number, FEW):
        client.eval(FILL, 0, first, first + FEW)
    if client.dbsize() < number:
        raise SystemExit("the cache could not be filled")


def sweep(server: Standalone) -> tuple[float, Tally]:
    """A sweep of this process; seconds, and what it did."""
    servers = RedisServers(server.endpoint(db=DATABASE), TIMEOUT)
    began = time.monotonic()
    tally = Sweep(servers, Selection(), remove=True).run()
    return time.monotonic() - began, tally


def pipeline(server: Standalone) -> float:
    """The pipeline, where it need not cross a network; seconds."""
    command = PIPELINE.format(port=server.port, db=DATABASE)
    began = time.monotonic()
    server.execute("sh", "-c", command)
    return time.monotonic() - began


def own(task: str, server: Standalone) -> list[str]:
    """The command of another process of this file."""
    return [sys.executable, __file__, task, str(server.port)]


# -- processes of their own -----------------------------------------------------------------------------------


def probe_latency(port: int) -> None:
    """Ask something each millisecond until the input ends; print milliseconds that the answers took."""
    client = redis.Redis(HOST, port, DATABASE)
    client.set(PROBED, "0")
    print("ready", flush=True)
    seen = []
    due = time.monotonic()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
        began = time.monotonic()
        if len(seen) % 2:
            client.get(PROBED)
        else:
            client.set(PROBED, "1")
        seen.append((time.monotonic() - began) * 1000)
        due = max(due + PROBE_SECONDS, began)
    print(json.dumps(seen))


def sweep_alone(port: int) -> None:
    """Sweep; print the most memory that this process ever had, MiB, and how many went."""
    servers = RedisServers(Standalone.endpoint_of(port, db=DATABASE), TIMEOUT)
    tally = Sweep(servers, Selection(), remove=True).run()
    print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, tally.gone]))


# -- what is measured -----------------------------------------------------------------------------------------


class Bench:
    """One server, and the figures so far."""

    def __init__(self, server: Standalone) -> None:
        self.server = server
        self.client = server.client(DATABASE)
        self.verdicts: dict[str, bool] = {}

    def filled(self, number: int, others: int = OTHERS) -> dict[bytes, Any]:
        """So many answers and others; the others as they are."""
        self.client.flushall()
        fill(self.client, 0, others)
        before = snapshot(self.client)
        fill_answers(self.client, number)
        return before

    def against_the_pipeline(self) -> float:
        """Both in turn; the median of the sweep."""
        ours, theirs = [], []
        for _pair in range(PAIRS):
            self.filled(ALL)
            seconds, tally = sweep(self.server)
            if tally.gone != ALL:
                raise SystemExit(f"the sweep removed {tally.gone} of {ALL}")
            ours.append(seconds)
            self.filled(ALL)
            theirs.append(pipeline(self.server))
            if self.client.dbsize() > OTHERS:
                raise SystemExit("the pipeline left something")
        for name, values in (("sweep", ours), ("redis-cli, grep, xargs", theirs)):
            print(f"  {name:<24} {statistics.median(values):6.2f} s   ({min(values):.2f} to {max(values):.2f})")
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(
            f"  the sweep removes {ALL / statistics.median(ours):.0f} keys per second; {SWEEP_RATIO_AIM:.2f} is the aim"
        )
        self.verdict(f"a sweep at most {SWEEP_RATIO_AT_MOST} x the pipeline: {ratio:.2f}", ratio <= SWEEP_RATIO_AT_MOST)
        return statistics.median(ours)

    def latency_and_losses(self) -> None:
        """What a second client feels, and whether the others are as they were."""
        before = self.filled(ALL)
        with subprocess.Popen(
            own("latency", self.server), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as probe:
            assert probe.stdout is not None
            probe.stdout.readline()
            seconds, _tally = sweep(self.server)
            seen = sorted(json.loads(probe.communicate("")[0]))
        after = snapshot(self.client)
        after.pop(PROBED)
        lost = sum(1 for key, value in before.items() if after.get(key) != value)
        p99 = seen[int(len(seen) * 0.99)]
        print(
            f"  a second client during a sweep of {seconds:.2f} s, milliseconds: median {statistics.median(seen):.2f}, "
            f"p99 {p99:.2f}, longest {seen[-1]:.2f}, {len(seen)} answers"
        )
        self.verdict(
            f"p99 of a second client at most {LATENCY_P99_AT_MOST:.0f} ms: {p99:.2f}", p99 <= LATENCY_P99_AT_MOST
        )
        self.verdict(f"0 of {OTHERS} others lost or changed: {lost}", lost == 0 and len(after) == len(before) == OTHERS)

    def memory(self) -> None:
        """Of a process that sweeps a few and of one that sweeps all."""
        peaks = {}
        for number in (FEW, ALL):
            self.filled(number)
            done = subprocess.run(own("memory", self.server), check=True, text=True, stdout=subprocess.PIPE)
            peaks[number], gone = json.loads(done.stdout)
            if gone != number:
                raise SystemExit(f"the sweep removed {gone} of {number}")
        growth = peaks[ALL] - peaks[FEW]
        print(f"  peak memory of the process, MiB: {peaks[FEW]:.1f} for {FEW} keys, {peaks[ALL]:.1f} for {ALL} keys")
        self.verdict(
            f"memory grows at most {MEMORY_GROWTH_AT_MOST:.0f} MiB: {growth:.1f}", growth <= MEMORY_GROWTH_AT_MOST
        )

    def growth(self, all_seconds: float) -> None:
        """Seconds by number of keys."""
        seconds = {ALL: all_seconds}
        for number in (FEW, SOME):
            runs = []
            for _run in range(PAIRS):
                self.filled(number, number // 100)
                runs.append(sweep(self.server)[0])
            seconds[number] = statistics.median(runs)
        print("  seconds by number of keys: " + ", ".join(f"{seconds[n]:.3f} for {n}" for n in (FEW, SOME, ALL)))
        ratio = seconds[ALL] / ALL / (seconds[SOME] / SOME)
        self.verdict(
            f"a key of {ALL} takes at most {TIME_PER_KEY_RATIO_AT_MOST} x a key of {SOME}: {ratio:.2f}",
            ratio <= TIME_PER_KEY_RATIO_AT_MOST,
        )

    def database_scope(self) -> None:
        """The scope database, with its connection and its look at the server, and FLUSHDB ASYNC by redis-py alone."""
        endpoint = self.server.endpoint(db=DATABASE)
        flush_all = Flush(RedisAccess(endpoint, None), "database", Selection(), confirm=str(endpoint))
        plain = redis.Redis(HOST, self.server.port, DATABASE)
        ours, theirs = [], []
        for _pair in range(PAIRS):
            for seen, flush in (
                (ours, lambda: flush_all.run(remove=True)),
                (theirs, lambda: plain.flushdb(True)),
            ):
                self.filled(ALL, 0)
                plain.ping()
                began = time.monotonic()
                flush()
                seen.append((time.monotonic() - began) * 1000)
                if self.client.dbsize():
                    raise SystemExit("FLUSHDB left something")
        over = statistics.median(ours) - statistics.median(theirs)
        print(
            f"  the whole database, ms: {statistics.median(ours):.2f} ours, {statistics.median(theirs):.2f} by redis-py"
        )
        self.verdict(
            f"the whole database at most {FLUSHDB_OVER_PLAIN_AT_MOST:.0f} ms over FLUSHDB ASYNC: {over:.2f}",
            over <= FLUSHDB_OVER_PLAIN_AT_MOST,
        )

    def verdict(self, text: str, holds: bool) -> None:
        """Keep what a figure says."""
        self.verdicts[text] = holds

    def run(self) -> bool:
        """Measure and print all of it.

        :returns: whether every figure holds.
        """
        print(f"{ALL} answers of 500 bytes and {OTHERS} others in one database of Redis 7.0, medians of {PAIRS} pairs")
        seconds = self.against_the_pipeline()
        self.latency_and_losses()
        self.memory()
        self.growth(seconds)
        self.database_scope()
        for text, holds in self.verdicts.items():
            print(f"  {'holds ' if holds else 'MISSED'} {text}")
        return all(self.verdicts.values())


def main() -> bool:
    """Start the server, measure, take it away."""
    with tempfile.TemporaryDirectory(prefix="erni-ki-bench-") as folder, Standalone(Path(folder)) as server:
        return Bench(server).run()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        {"latency": probe_latency, "memory": sweep_alone}[sys.argv[1]](int(sys.argv[2]))
        sys.exit(0)
    sys.exit(0 if main() else 1)
