# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a proof predicts for a candidate, and what the real proxy then does: two words for the same thing."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import redis
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instance_client import InstanceError
from ansible_collections.erni_ki.litellm.plugins.module_utils._module import REDIS
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.access import RedisAccess
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.endpoint import Endpoint
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import POLL_SECONDS, Bed, until
from ansible_collections.erni_ki.litellm.tests.predictions.cases import LOCAL, REDIS_ERRORS, WAIT, Case, configuration

#: Refusals after which LiteLLM starts all the same, and does not cache in Redis.
NO_REDIS = ("redis_auth", "redis_unreachable", "redis_silent", "redis_database", "client_broken")
BLOCKING = ("permission_missing", "redis_full", "async_broken")
RESPONSE_KEY = re.compile(r"[0-9a-f]{64}\Z")
DATABASES = 4
#: Seconds after which LiteLLM has not stored an answer, and never will.
ENTRY_SECONDS = 10.0
#: Seconds that Redis hangs at most while a request is timed, and the limits between the kinds of wait: a request of
#: newer versions asks Redis twice, one after the other.
HANG = 16.0
KINDS_OF_WAIT = ((WAIT + 5) / 2 + 0.3, (2 * 5 + HANG) / 2)
#: Less than lies between the limits above and the waits beyond them.
ORDINARY_AT_MOST = 1.5


@dataclass(frozen=True)
class Fate:
    """What becomes of a candidate.

    ``database`` is that of the cache's entries, None where Redis holds none. ``databases`` are those of all
    connections of the proxy, None where nobody can tell. ``wait`` says how long a request waits for a Redis that
    hangs: as asked for, LiteLLM's default, or for ever; None where it was not asked.
    """

    starts: bool
    database: int | None = None
    databases: tuple[int, ...] | None = None
    wait: str | None = None

    def __str__(self) -> str:
        if not self.starts:
            return "does not start"
        if self.database is None:
            return "starts, caches nothing in Redis"
        more = f", connections to {', '.join(map(str, self.databases or ()))}"
        return f"caches in database {self.database}{more}" + (f", waits {self.wait}" if self.wait else "")


def kind_of_wait(seconds: float | None) -> str:
    """A timeout in the words of Fate."""
    if seconds is None or seconds > KINDS_OF_WAIT[1]:
        return "for ever"
    return "as asked for" if seconds < KINDS_OF_WAIT[0] else "5 s"


def probed(bed: Bed, case: Case) -> dict[str, Any]:
    """The answer of the proof inside the running instance; nothing is planted.

    :raises InstanceError: the candidate is refused.
    """
    deployment = Deployment.open({"project_dir": str(bed.directory), "service": "litellm", "state_dir": str(bed.state)})
    return deployment.client(deployment.running()[0]).probe(case.text)


def findings_of_probe(bed: Bed, case: Case) -> set[str]:
    """Codes of what the proof observed."""
    return {seen["code"] for seen in probed(bed, case)["observations"]}


def predicted(bed: Bed, case: Case) -> Fate:
    """What becomes of a candidate, by the proof."""
    try:
        answer = probed(bed, case)
    except InstanceError as error:
        assert error.context["code"] in ("start_refused", *NO_REDIS), error
        assert bed.redis_password not in str(error)
        return Fate(starts=error.context["code"] in NO_REDIS)
    assert bed.redis_password not in json.dumps(answer)
    if answer["left_out"]:
        return Fate(starts=False)
    if any(seen["code"] in BLOCKING and seen["where"] != "router" for seen in answer["observations"]):
        return Fate(starts=True)
    held = [answer["cache"], answer["router"]]
    databases = {settings["db"] for clients in held for kind, settings in clients.items() if kind in ("sync", "async")}
    cache = answer["cache"]["async"]
    wait = kind_of_wait(cache["socket_timeout"]) if case.timed else None
    return Fate(True, cache["db"], tuple(sorted(databases)), wait)


class RealProxy:
    """The proxy of a bed, given candidates for real."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self._environment: dict[str, str] = {}

    def run_with(self, environment: dict[str, str]) -> None:
        """A healthy proxy with these further variables, for the proof to run in; in local mode unless it runs."""
        encoded = quote(self.bed.redis_password, safe="")
        given = {name: text.replace("PASSWORD", encoded) for name, text in environment.items()}
        if given == self._environment and self.bed.proxy_answers():
            return
        self.bed.config.write_text(configuration(LOCAL), encoding="utf-8")
        if given == self._environment:
            self.bed.container("litellm").restart(timeout=5)
        else:  # which makes the container anew, and starts it
            override = {"services": {"litellm": {"environment": given}}}
            (self.bed.directory / "compose.override.yml").write_text(yaml.safe_dump(override), encoding="utf-8")
            compose = ["docker", "compose", "up", "--detach", "--no-build", "--pull", "never", "litellm"]
            subprocess.run(compose, cwd=self.bed.directory, check=True, stderr=subprocess.DEVNULL)
            self._environment = given
        until(self.bed.proxy_answers, "LiteLLM answers in local mode")

    def observed(self, case: Case) -> Fate:
        """Restart the proxy on a candidate, and look from outside."""
        if not self.start(case):
            return Fate(starts=False)
        self.ask()
        try:
            database = self._database_of_first_entry()
        except REDIS_ERRORS:
            database = None
        if database is None:
            return Fate(starts=True)
        databases = tuple(sorted(self.bed.databases_in_use()))
        wait = kind_of_wait(self._seconds_of_a_hanging_request()) if case.timed else None
        return Fate(True, database, databases, wait)

    def start(self, case: Case) -> bool:
        """Restart the proxy on a candidate.

        :returns: whether it answers.
        """
        self.bed.config.write_text(case.text, encoding="utf-8")
        self.bed.container("litellm").restart(timeout=5)
        until(lambda: self.bed.proxy_answers() or self._has_died(), "LiteLLM answers or dies")
        return not self._has_died()

    def _has_died(self) -> bool:
        container = self.bed.container("litellm")
        return container.attrs["RestartCount"] > 0 or container.status in ("exited", "restarting")

    def endpoint(self) -> Endpoint:
        """The Redis that the modules find for the running proxy."""
        options = {**dict.fromkeys(REDIS), "project_dir": str(self.bed.directory), "service": "litellm"}
        return RedisAccess.open({**options, "state_dir": str(self.bed.state)}).endpoint

    def ask(self) -> float:
        """Send a request that nobody has sent before.

        :returns: seconds until its answer.
        """
        began = time.monotonic()
        self.bed.ask(str(uuid.uuid4()))
        return time.monotonic() - began

    def _client(self, database: int) -> redis.Redis:
        return redis.Redis(
            self.bed.address("redis"), 6379, database, self.bed.redis_password, decode_responses=True, socket_timeout=3
        )

    def _database_of_first_entry(self) -> int | None:
        """The database of the entry of the request of before, None where there is none: LiteLLM stores an answer after it
        has sent it.
        """
        deadline = time.monotonic() + ENTRY_SECONDS
        while True:
            database = self._database_of_entries()
            if database is not None or time.monotonic() > deadline:
                return database
            time.sleep(POLL_SECONDS)

    def _database_of_entries(self) -> int | None:
        """The database that holds a response entry."""
        for database in range(DATABASES):
            if any(RESPONSE_KEY.match(key) for key in self._client(database).scan_iter(count=1000)):
                return database
        return None

    def _seconds_of_a_hanging_request(self) -> float:
        """How much longer a request takes when Redis hangs, HANG seconds at most."""
        # What a busy machine adds is in the ordinary request too, but never takes one kind of wait for another.
        ordinary = min(self.ask(), ORDINARY_AT_MOST)
        container = self.bed.container("redis")
        container.pause()
        resume = threading.Timer(HANG, container.unpause)
        resume.start()
        try:
            return self.ask() - ordinary
        finally:
            resume.cancel()
            resume.join()
            container.reload()
            if container.status == "paused":
                container.unpause()
