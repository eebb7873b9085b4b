# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One real stack that the tests share: LiteLLM, Redis, and an upstream that counts its calls."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import docker
import redis
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT, AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.witness import Witness

STACK = ROOT / "tests" / "stack" / "stack.py"
PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
#: A guard says some moments after its run that nothing is pending any more, and a verification leaves a note about itself.
NO_TRACES = ("guard.log", "verification.json")
#: What the commented password in the file of the stack is replaced with: it is another one than that of Redis.
COMMENTED_PASSWORD = "An-0ld-Passw0rd-Nobody-May-See"
#: Administrator of a Redis whose users stand in an ACL file; elsewhere the proxy's password opens everything.
OPERATOR = "operator"
#: Longest wait for anything, in seconds. It only ends a test that hangs: who is ready earlier waits for nothing, and a
#: busy machine takes several times as long as a quiet one.
LONGEST_WAIT = 300.0
POLL_SECONDS = 0.05
#: Seconds without a write after which LiteLLM has written all: longer than DEFAULT_REDIS_SYNC_INTERVAL (constants.py, 1.110.2).
SETTLED_SECONDS = 2.0


def awkward_password() -> str:
    """A password with all that has a meaning in a URL."""
    return "".join(f"Pw{secrets.token_hex(4)}{border}" for border in "@/#%?") + f"Pw{secrets.token_hex(4)}"


def until(condition: Callable[[], Any], what: str) -> Any:
    """Poll until a condition holds.

    :returns: what the condition returned.
    """
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {LONGEST_WAIT:.0f} s: {what}"
        time.sleep(POLL_SECONDS)


@dataclass(frozen=True)
class Traces:
    """The files that a change leaves other than they were."""

    config_sha256: str
    config_modified: int
    config_inode: int
    state: tuple[str, ...]


@dataclass(frozen=True)
class Fingerprint(Traces):
    """All that a run that touches nothing leaves as it is."""

    started: tuple[tuple[str, str], ...]
    upstream_calls: int
    redis_writes: dict[str, int]


class Bed:
    """A stack made by tests/stack/stack.py.

    :param directory: its project directory.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config = directory / "conf" / "litellm" / "config.yaml"
        self.state = directory / "state"
        self.inventory = str(directory / "inventory.yml")
        #: Where LiteLLM is asked: which address of its container, and the port.
        self.proxy = ("IPAddress", 4000)
        self.name = json.loads((directory / ".stack.json").read_text(encoding="utf-8"))["name"]
        self.docker = docker.from_env()
        self.redis_password = (directory / "secrets" / "redis_password").read_text(encoding="utf-8").strip()
        self.master_key = (directory / "secrets" / "litellm_master_key").read_text(encoding="utf-8").strip()
        self._more_secrets = {
            name: (directory / "secrets" / file).read_text(encoding="utf-8").strip()
            for name, file in (("operator's password", "redis_operator_password"), ("salt key", "litellm_salt_key"))
            if (directory / "secrets" / file).exists()
        }
        self.entrypoint = directory / "conf" / "entrypoints" / "litellm.sh"
        self.pristine_entrypoint = self.entrypoint.read_bytes()
        self._use_another_commented_password()
        self.pristine = self.config.read_bytes()
        self.pristine_modified = self.config.stat().st_mtime_ns
        self._runs_with = self.pristine
        self._started = self.started()

    @classmethod
    def up(
        cls,
        directory: Path,
        name: str,
        version: str = "1.80.0",
        server: str = "redis:7.0",
        shape: str = "exec",
        password: str | None = None,
    ) -> Bed:
        """Bring up a stack, by default of the runbook's LiteLLM version.

        :param password: of its Redis; None for one that a URL cannot have as it is, and whose pieces the canary knows.
        """
        given = directory.with_name(f"{directory.name}.password")
        given.parent.mkdir(parents=True, exist_ok=True)
        given.touch(mode=0o600)
        given.write_text(password or awkward_password(), encoding="utf-8")
        words = ("--redis", server, "--shape", shape, "--name", name, "--redis-password-file", str(given))
        _stack("up", "--version", version, *words, str(directory))
        given.unlink()
        return cls(directory)

    def down(self) -> None:
        """Remove it."""
        self.docker.close()
        _stack("down", str(self.directory))

    def _use_another_commented_password(self) -> None:
        text = self.config.read_text(encoding="utf-8").replace(self.redis_password, COMMENTED_PASSWORD)
        # In place: the container goes on seeing the same file. It is not newer than the container's start.
        before = self.config.stat().st_mtime_ns
        self.config.write_text(text, encoding="utf-8")
        os.utime(self.config, ns=(before, before))

    @property
    def secrets(self) -> dict[str, str]:
        """Name and text of what nobody may see."""
        return {
            "Redis password": self.redis_password,
            "master key": self.master_key,
            "commented password": COMMENTED_PASSWORD,
            **self._more_secrets,
        }

    # -- containers ---------------------------------------------------------------------------------------

    def containers(self) -> list[Any]:
        """The containers of the project, in any state, by name."""
        found = self.docker.containers.list(all=True, filters={"label": f"{PROJECT_LABEL}={self.name}"})
        return sorted(found, key=lambda container: container.name)

    def container(self, service: str) -> Any:
        """The container of a service."""
        return next(one for one in self.containers() if one.labels[SERVICE_LABEL] == service)

    def instances(self) -> list[Any]:
        """The containers of LiteLLM."""
        return [one for one in self.containers() if one.labels[SERVICE_LABEL] == "litellm"]

    def restart(self) -> None:
        """Restart each instance, and wait until all answer."""
        for one in self.instances():
            one.restart(timeout=30)
        self.wait()

    def wait(self) -> None:
        """Wait until each instance answers."""
        _stack("wait", str(self.directory))

    def compose(self, *words: str) -> None:
        """Run docker compose in its directory."""
        _stack("compose", str(self.directory), *words)

    @property
    def gateway(self) -> str:
        """An address of this machine that its containers reach."""
        return self._address("litellm", "Gateway")

    def address(self, service: str) -> str:
        """Address of a service's container on the Compose network."""
        return self._address(service, "IPAddress")

    def _address(self, service: str, kind: str) -> str:
        networks = self.container(service).attrs["NetworkSettings"]["Networks"].values()
        return next(network[kind] for network in networks if network[kind])

    def _to_proxy(self, timeout: float) -> http.client.HTTPConnection:
        kind, port = self.proxy
        return http.client.HTTPConnection(self._address("litellm", kind), port, timeout=timeout)

    def started(self) -> tuple[tuple[str, str], ...]:
        """When each container was started."""
        return tuple((one.name, one.attrs["State"]["StartedAt"]) for one in self.containers())

    @property
    def version(self) -> str:
        """The LiteLLM that it runs."""
        return self.container("litellm").attrs["Config"]["Image"].rpartition(":")[2].partition("-")[0]

    @property
    def instance(self) -> str:
        """Name of the one LiteLLM container."""
        return self.container("litellm").name

    def ansible(self, scratch: Path) -> AnsibleRunner:
        """Runs playbooks on it.

        :param scratch: a directory for their records.
        """
        return AnsibleRunner(self.inventory, scratch, Canary(self.secrets), Witness(self))

    # -- servers ------------------------------------------------------------------------------------------

    def upstream(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the upstream itself."""
        connection = http.client.HTTPConnection(self.address("upstream"), 8000, timeout=10)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            return json.loads(connection.getresponse().read() or b"{}")
        finally:
            connection.close()

    def calls(self) -> int:
        """How many calls the upstream has had."""
        return self.upstream("GET", "/calls")["count"]

    def redis(self, database: int = 1) -> redis.Redis:
        """A client of the stack's Redis that may do everything."""
        operator = self._more_secrets.get("operator's password")
        return redis.Redis(
            self.address("redis"),
            6379,
            database,
            operator or self.redis_password,
            username=OPERATOR if operator else None,
            decode_responses=True,
        )

    def databases_in_use(self) -> set[int]:
        """Databases of Redis that the proxy's connections are in; without those that have not sent their SELECT yet."""
        address = self.address("litellm")
        own = [one for one in self.redis().client_list() if one["addr"].rpartition(":")[0] == address]
        made = ("NULL", "hello", "auth", "client|setname", "client|setinfo")
        return {int(one["db"]) for one in own if one["cmd"] not in made}

    def proxy_answers(self) -> bool:
        """Whether LiteLLM is alive."""
        try:
            connection = self._to_proxy(timeout=5)
            connection.request("GET", "/health/liveliness")
            return connection.getresponse().status == 200
        except (OSError, StopIteration):
            return False

    def ask(self, prompt: str) -> None:
        """Send the proxy a request, which it answers."""
        assert self.status_of({"model": "test-chat", "messages": [{"role": "user", "content": prompt}]}) == 200

    def status_of(self, body: dict[str, Any]) -> int:
        """Send the proxy a request; the status of its answer, after all of it has come."""
        connection = self._to_proxy(timeout=120)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.master_key}"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        response = connection.getresponse()
        response.read()
        return response.status

    def get(self, path: str) -> int:
        """Ask the proxy for something; the status of its answer."""
        connection = self._to_proxy(timeout=60)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.master_key}"})
        return connection.getresponse().status

    def cache_type(self) -> str:
        """Type of the cache that the running proxy reports."""
        connection = self._to_proxy(timeout=10)
        connection.request("GET", "/health/readiness", headers={"Authorization": f"Bearer {self.master_key}"})
        answer = json.loads(connection.getresponse().read())
        cache = answer.get("cache")
        return str(cache.get("type") if isinstance(cache, dict) else cache)

    # -- what it looks like, and back to the beginning ----------------------------------------------------

    def traces(self) -> Traces:
        """What the files of the deployment are like."""
        stat = self.config.stat()
        return Traces(
            config_sha256=hashlib.sha256(self.config.read_bytes()).hexdigest(),
            config_modified=stat.st_mtime_ns,
            config_inode=stat.st_ino,
            state=tuple(
                sorted(
                    f"{path}:{path.stat().st_mtime_ns}" for path in self.state.rglob("*") if path.name not in NO_TRACES
                )
            ),
        )

    def fingerprint(self) -> Fingerprint:
        """All that a run that touches nothing leaves as it is."""
        # Not the number of keys: those of a proxy that runs expire by themselves.
        writes = ("set", "setex", "del", "unlink", "expire", "incrbyfloat", "eval")
        statistics = self.redis().info("commandstats")
        return Fingerprint(
            **vars(self.traces()),
            started=self.started(),
            upstream_calls=self.calls(),
            redis_writes={name: statistics.get(f"cmdstat_{name}", {}).get("calls", 0) for name in writes},
        )

    def settled(self) -> Fingerprint:
        """The same when LiteLLM has written what it writes behind its answers: its counters go to Redis each second."""
        seen, since = self.fingerprint(), time.monotonic()
        while time.monotonic() - since < SETTLED_SECONDS:
            time.sleep(POLL_SECONDS)
            now = self.fingerprint()
            if now != seen:
                seen, since = now, time.monotonic()
        return seen

    def put(self, content: bytes) -> None:
        """Give the file other bytes, in its place and with its old modification time."""
        self.config.write_bytes(content)
        os.utime(self.config, ns=(self.pristine_modified, self.pristine_modified))

    def reset(self) -> None:
        """Everything as after the first start; restarts only what was restarted since."""
        self.clear()
        if self.started() != self._started or self._runs_with != self.pristine:
            self.container("litellm").restart(timeout=30)
            until(self.proxy_answers, "LiteLLM answers again")
            self.is_as_at_first()
        until(self.emptied, "Redis is empty")

    def clear(self) -> None:
        """All but LiteLLM itself as after the first start: what is in its file, it must be started for."""
        for container in self.containers():
            if container.status != "running":
                container.start()
        if self.config.is_symlink():
            self.config.unlink()
        if not self.config.exists() or self.config.read_bytes() != self.pristine:
            self.config.write_bytes(self.pristine)
        os.utime(self.config, ns=(self.pristine_modified, self.pristine_modified))
        subprocess.run(["rm", "-rf", str(self.state)], check=True)
        if self.entrypoint.read_bytes() != self.pristine_entrypoint:
            self.entrypoint.write_bytes(self.pristine_entrypoint)
        self.upstream("POST", "/fail", {"status": None})

    def is_as_at_first(self) -> None:
        """The proxy was started with the bytes of the beginning, so the next `reset` need not start it anew."""
        self._runs_with = self.pristine
        self._started = self.started()

    def emptied(self) -> bool:
        """Whether Redis answered and is empty now."""
        try:
            return bool(self.redis().flushall())
        except redis.RedisError:
            return False

    def state_files(self) -> list[tuple[str, str]]:
        """Path and text of every file of the state directory that may hold no secret."""
        return [
            (str(path), path.read_text(encoding="utf-8", errors="replace"))
            for path in self.state.rglob("*")
            if path.is_file() and "snapshots" not in path.parts
        ]

    def logs(self) -> list[tuple[str, str]]:
        """Name and log of every container."""
        return [(f"the log of {one.name}", one.logs().decode("utf-8", "replace")) for one in self.containers()]


def _stack(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, str(STACK), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")
