# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of one instance: sends a program into the container and reads its answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from .._errors import LitellmCacheError
from .._inside.process import starts_litellm
from .engine import ContainerGoneError, DockerError, Engine, ProgramError
from .instances import Instance
from .programs import BOOTSTRAP, sent
from .silence import why_silent_with

#: Tried in this order where the proxy's own interpreter is not known; the second is that of LiteLLM's images.
INTERPRETERS = ("python3", "/app/.venv/bin/python", "python")
NOT_FOUND_EXIT_CODES = (126, 127)
KILLED_EXIT_CODE = 137  # 128 + SIGKILL
#: Seconds that an operation may take: one that looks, for which LiteLLM may have to be imported on a busy machine; one that
#: lets LiteLLM build its clients.
LOOK_SECONDS = 75
PROBE_SECONDS = 90
#: Seconds for each wait of an operation for Redis.
REDIS_SECONDS = 5
#: Seconds beyond the program's own deadline until the silence of the container counts as a failure.
DEADLINE_MARGIN = 15
#: Codes of the program that gave up by itself, see _inside.program, and of one that waits as another user than the proxy.
DEADLINE, OTHER_USER = "deadline", "other_user"
_WHEN_SLOW = (
    "If the host is overloaded, or the Redis that was asked hangs (see docker stats), run again when it is calm. It was a look "
    "or a request, which changes nothing in config.yaml"
)


class InstanceError(LitellmCacheError):
    """An instance could not do, or refused, what it was asked.

    ``code`` in the context is the word of _inside.program.Refusal, with its facts; ``gone`` when the program died
    with it.
    """


class InstanceClient:
    """One instance, addressed by itself.

    :param engine: the engine that runs it.
    :param instance: what is known of it.
    :param mounted: path under which it sees the config file of the managed host, None for unknown.
    """

    def __init__(self, engine: Engine, instance: Instance, mounted: str | None = None) -> None:
        self._engine = engine
        self.instance = instance
        self._mounted = mounted
        self._interpreter: str | None = None
        self._user = ""
        try:
            self._find_way_in()
        except DockerError:
            if not self._has_ended():
                raise

    def _find_way_in(self) -> None:
        """Find interpreter and ``uid:gid`` of the proxy's own process, as the host's ps shows it."""
        for row in self._engine.processes(self.instance.id):
            argv = row["args"].split()
            if starts_litellm(argv):
                self._interpreter = argv[0] if "python" in argv[0] else None
                # Where the container's users are others on the host, none of them is root there.
                foreign = row["uid"] != "0" and self._engine.maps_users()
                self._user = self._user_inside() if foreign else f"{row['uid']}:{row['gid']}"
                return

    def _user_inside(self) -> str:
        """``uid:gid`` of the proxy's own process as the container counts them; empty where it does not tell."""
        try:
            found = self._ask("user_of_proxy", LOOK_SECONDS)
        except InstanceError:
            return ""
        return f"{found['uid']}:{found['gid']}"

    def look(self, variables: Iterable[str] = (), **key: Any) -> dict[str, Any]:
        """What the instance tells of itself: versions, cache type, stored settings, and what it answers to a key.

        :param variables: names of environment variables that the proxy is to have.
        :param key: ``key`` or ``key_variable``, see ``_inside.operations.key_of``.
        :raises InstanceError: as for every operation; see :meth:`_ask`.
        """
        return self._ask("look", LOOK_SECONDS, variables=list(variables), **key)

    def read(self, candidate: str | None) -> dict[str, Any]:
        """What LiteLLM makes of a configuration: mode and place of the cache, references, included files.

        :param candidate: text of the configuration, None for the one that the proxy reads.
        """
        return self._ask("read", LOOK_SECONDS, candidate=candidate)

    def wait(self, ready_timeout: float, stable_for: float, needs_redis: bool = False) -> dict[str, Any]:
        """Wait until the proxy answers, and watch it.

        :param ready_timeout: seconds until it must answer.
        :param stable_for: seconds for which it must go on answering.
        :param needs_redis: nothing is won by waiting when Redis is silent.
        :returns: ``ready_seconds`` and ``stable_seconds``.
        :raises InstanceError: it does not answer; ``redis_silent`` where its Redis does not, either.
        """
        began = time.monotonic()
        try:
            return self._wait(ready_timeout, stable_for, may_differ=False, needs_redis=needs_redis)
        except InstanceError as error:
            if error.context["code"] != OTHER_USER:
                raise
        # The container was looked at before its entrypoint had dropped its user.
        self._find_way_in()
        waited = time.monotonic() - began
        seen = self._wait(max(0.0, ready_timeout - waited), stable_for, may_differ=True, needs_redis=needs_redis)
        return dict(seen, ready_seconds=round(seen["ready_seconds"] + waited, 2))

    def _wait(self, ready_timeout: float, stable_for: float, **how: Any) -> dict[str, Any]:
        """One try of :meth:`wait`.

        :param how: ``needs_redis``; ``may_differ``: go on although the proxy runs as another user than the program that waits.
        :raises InstanceError: ``OTHER_USER`` where it must not.
        """
        waits = {"ready_timeout": ready_timeout, "stable_for": stable_for}
        return self._ask("wait", ready_timeout + stable_for, **how, **waits)

    def ask(self, prompts: list[str], timeout: float, repeat_at_most: int = 0, **request: Any) -> list[dict[str, Any]]:
        """Send requests to the proxy over one connection.

        :param prompts: what each says.
        :param timeout: seconds for each of them.
        :param repeat_at_most: how often the last one is sent again until its answer repeats.
        :param request: further arguments of ``_inside.operations.ask``.
        :returns: an answer for each request.
        :raises InstanceError: ``no_answer`` where one was not answered.
        """
        seconds = timeout * (len(prompts) + repeat_at_most) + LOOK_SECONDS
        order = dict(request, prompts=prompts, timeout=timeout, repeat_at_most=repeat_at_most)
        return self._ask("ask", seconds, **order)["answers"]

    def ask_each(self, conversations: list[dict[str, Any]], timeout: float) -> list[dict[str, Any]]:
        """Hold several conversations with the proxy, each over a connection of its own.

        :param conversations: for each the arguments of :meth:`ask`, but for the timeout.
        :param timeout: seconds for each request.
        :returns: for each its ``answers``, or the ``problem`` where one was not answered.
        """
        sent_at_most = sum(len(one["prompts"]) + one["repeat_at_most"] for one in conversations)
        each = [dict(one, timeout=timeout) for one in conversations]
        told = self._ask("ask_each", timeout * sent_at_most + LOOK_SECONDS, each=each)["each"]
        return [
            dict(one, problem=f"{self.instance.name}: {one['problem']}") if "problem" in one else one for one in told
        ]

    def ping_cache(self, timeout: float, **key: Any) -> int | None:
        """Let the proxy's own client of the cache write one entry.

        :param timeout: seconds.
        :param key: ``key`` or ``key_variable``, see ``_inside.operations.key_of``.
        :returns: the status of the answer, None for no answer.
        """
        return self._ask("ping_cache", timeout + LOOK_SECONDS, timeout=timeout, **key)["status"]

    def measure(self, candidate: str, seconds: float, timeout: float, **request: Any) -> dict[str, Any]:
        """Time hits of the instance.

        :param candidate: text of the configuration that says where Redis is.
        :param seconds: longest time of all requests together.
        :param timeout: seconds for each of them.
        :param request: further arguments of ``_inside.latency.measure``.
        """
        order = dict(request, candidate=candidate, seconds=seconds, timeout=timeout)
        return self._ask("measure", seconds + timeout + LOOK_SECONDS, **order)

    def ask_while_redis_hangs(self, candidate: str, hangs: float, timeout: float, **request: Any) -> dict[str, Any]:
        """Ask for an answer while Redis serves nobody.

        :param candidate: text of the configuration that says where Redis is.
        :param hangs: seconds for which it does.
        :param timeout: seconds for the request.
        :param request: further arguments of ``_inside.redis_outage.ask_while_redis_hangs``.
        """
        order = dict(request, candidate=candidate, hangs=hangs, timeout=timeout)
        return self._ask("ask_while_redis_hangs", hangs + timeout + LOOK_SECONDS, **order)

    def redis(self, candidate: str, **request: Any) -> dict[str, Any]:
        """Look at Redis, or remove entries from it, with the Redis client of the instance.

        :param candidate: text of the configuration that says where Redis is.
        :param request: further arguments of ``_inside.redis_look.redis``.
        """
        return self._ask("redis", LOOK_SECONDS, candidate=candidate, timeout=REDIS_SECONDS, **request)

    def remove_namespace(self, candidate: str, prefix: str) -> int:
        """Remove all entries of a namespace from Redis; returns their number.

        :param candidate: text of the configuration that says where Redis is.
        :param prefix: what their keys begin with, before a colon.
        """
        return self._ask("remove_namespace", LOOK_SECONDS, candidate=candidate, prefix=prefix, timeout=REDIS_SECONDS)[
            "removed"
        ]

    def connection(self, candidate: str, variable: str | None) -> dict[str, Any]:
        """How the proxy reaches Redis. The answer holds its password.

        :param candidate: text of the configuration that says where Redis is.
        :param variable: name of an environment variable whose value is told too.
        """
        return self._ask("connection", LOOK_SECONDS, candidate=candidate, variable=variable)

    def migrations(self) -> list[str] | None:
        """Names of the migrations of the database that its LiteLLM brings along, None where it brings none."""
        return self._ask("migrations", LOOK_SECONDS)["names"]

    def way_in(self) -> dict[str, Any]:
        """How another container can stand in for this one; see ``_inside.process.way_in``."""
        return self._ask("way_in", LOOK_SECONDS)

    def health(self, candidate: str, samples: int) -> dict[str, Any]:
        """How well Redis serves the instance: times of each step of the way to it, and the server's troubles.

        :param candidate: text of the configuration that says where Redis is.
        :param samples: how often each step is timed.
        """
        return self._ask("health", LOOK_SECONDS, candidate=candidate, samples=samples, timeout=REDIS_SECONDS)

    def explain(self, candidate: str, body: dict[str, Any]) -> dict[str, Any]:
        """What becomes of a request in the cache: its keys, and where an answer lies. The request is not sent.

        :param candidate: text of the configuration.
        :param body: of the request; it goes over stdin, and nothing of its prompt comes back.
        """
        return self._ask("explain", PROBE_SECONDS, candidate=candidate, body=body, timeout=REDIS_SECONDS)

    def controls_of_key(self, candidate: str, asked_with: str) -> dict[str, Any]:
        """What the proxy keeps of a virtual key about the cache.

        :param candidate: text of the configuration.
        :param asked_with: the key; it goes over stdin, and nothing of it comes back.
        """
        return self._ask("controls_of_key", LOOK_SECONDS, candidate=candidate, asked_with=asked_with)

    def probe(self, candidate: str, **request: Any) -> dict[str, Any]:
        """Let the LiteLLM of the instance build its cache and its router from a configuration.

        :param candidate: text of the configuration.
        :param request: further arguments of ``_inside.probe.probe``.
        """
        return self._ask("probe", PROBE_SECONDS, candidate=candidate, **request)

    def leaving_redis(self, candidate: str, base: str) -> dict[str, Any]:
        """What the instance would miss without its Redis cache.

        :param candidate: text of the configuration with the local cache.
        :param base: text of the configuration in force.
        """
        return self._ask("leaving_redis", PROBE_SECONDS, candidate=candidate, base=base)

    def still_connected(self, candidate: str) -> dict[str, Any]:
        """The connections to Redis that the proxy's processes have, with what names each.

        :param candidate: text of the configuration in force.
        """
        return self._ask("still_connected", LOOK_SECONDS, candidate=candidate)

    def _ask(self, operation: str, deadline: float, **request: Any) -> dict[str, Any]:
        """Run one operation of the program inside the instance.

        :param operation: a name in ``programs.OPERATIONS``.
        :param deadline: seconds after which the program gives up by itself.
        :raises InstanceError: refused, died, or without an interpreter.
        """
        request.setdefault("mounted", self._mounted)
        stdin = sent(operation, dict(request, deadline=deadline))
        for interpreter in [self._interpreter] if self._interpreter else INTERPRETERS:
            argv = [interpreter, "-c", BOOTSTRAP]
            try:
                code, output = self._engine.run(self.instance.id, argv, self._user, stdin, deadline + DEADLINE_MARGIN)
            except DockerError as error:
                if not self._has_ended():
                    raise (self._too_slow(operation, error) if isinstance(error, ProgramError) else error) from None
                raise self._error("gone", self._why_ended(request.get("candidate"))) from None
            if code not in NOT_FOUND_EXIT_CODES:
                return self._answer(operation, code, output, request.get("candidate"))
        raise self._error("no_python", "there is no Python in the container that could be run, or no /proc")

    def _answer(self, operation: str, exit_code: int, output: bytes, candidate: object) -> dict[str, Any]:
        try:
            outcome = json.loads(output.decode("utf-8").splitlines()[-1])
        except (ValueError, IndexError):
            why = self._why_ended(candidate) if self._has_ended() else _why_gone(operation, exit_code)
            raise self._error("gone", why, exit_code=exit_code) from None
        if not outcome["ok"] and outcome["code"] == DEADLINE:
            why = f"the operation {operation} was {outcome['message']}. {_WHEN_SLOW}"
            raise self._error(DEADLINE, why, **outcome["facts"])
        if not outcome["ok"]:
            raise self._error(outcome["code"], outcome["message"], **outcome["facts"])
        return outcome["answer"]

    def _too_slow(self, operation: str, error: ProgramError) -> ProgramError:
        """What became of a program that did not end, or that said too much."""
        return ProgramError(f"{self.instance.name}: in the operation {operation} {error}. {_WHEN_SLOW}")

    def _has_ended(self) -> bool:
        """Whether the container is no longer the running one that is known: Docker starts over what exits by itself."""
        try:
            now = Instance.from_inspection(self._engine.inspect(self.instance.id))
        except ContainerGoneError:
            return True
        except DockerError:
            return False
        return not now.running or now.started != self.instance.started

    def _why_ended(self, candidate: object) -> str:
        """Why the container ended while it was asked.

        :param candidate: text of the configuration that it was asked with, None for none.
        """
        return why_silent_with(self._engine, self.instance, candidate) or "LiteLLM exited by itself while it was asked"

    def _error(self, code: str, message: str, **facts: Any) -> InstanceError:
        return InstanceError(f"{self.instance.name}: {message}", instance=self.instance.name, code=code, **facts)


def _why_gone(operation: str, exit_code: int) -> str:
    """Why a program of ours left no answer."""
    if exit_code == KILLED_EXIT_CODE:
        return (
            f"the operation {operation} was killed, most likely by the container's memory limit (LiteLLM needs 180 MB "
            "for a proof). Raise the limit, or set litellm_cache_proof to none"
        )
    return f"the operation {operation} ended with exit code {exit_code} and no answer"
