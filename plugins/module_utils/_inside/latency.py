# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times hits: one request after another over one connection, with a pause between them. It is no load test.

LiteLLM is not imported here: what is asked for was planted before, so this program is small while it has a clock in its hand.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    key_for,
    load_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import Conversation, KeepAlive
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.operations import asked
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    plain_client,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import clients_of

#: What is timed.
REDIS_HIT, MEMORY_HIT, LOCAL_HIT, REDIS_PING = "redis hit", "memory hit", "local hit", "redis ping"
#: So many answers in a row, each slower than so many seconds, end it.
SLOW_IN_A_ROW, SLOW_SECONDS = 3, 1.0
#: Seconds after which an answer is in the memory of the proxy: LiteLLM stores it after it was sent, and nothing tells when.
STORED_SECONDS = 0.2


class Times:
    """What was timed so far, and why it ended early.

    :param request: ``warm_up``: how many answers of each kind do not count, ``seconds`` and ``pause`` of the whole.
    """

    def __init__(self, request: dict) -> None:
        self.seconds: dict = {}
        self.stopped: Any = None
        self.upstream_calls = 0
        self._seen: dict = {}
        self._slow = 0
        self._warm_up = request["warm_up"]
        self._pause = request["pause"]
        self._deadline = time.monotonic() + request["seconds"]

    def note(self, what: str, seconds: float) -> None:
        """Keep one time; the first ones only open connections."""
        self._seen[what] = self._seen.get(what, 0) + 1
        if self._seen[what] > self._warm_up:
            self.seconds.setdefault(what, []).append(round(seconds, 6))

    def note_hit(self, what: str, answer: dict, is_hit: bool) -> bool:
        """Keep the time of an answer.

        :returns: whether it is a hit after which it may go on.
        """
        if not is_hit:
            self._note_miss(answer)
            return False
        self.note(what, answer["seconds"])
        self._slow = self._slow + 1 if answer["seconds"] > SLOW_SECONDS else 0
        if self._slow == SLOW_IN_A_ROW:
            self.stopped = "%d answers in a row took more than %g s each" % (SLOW_IN_A_ROW, SLOW_SECONDS)
        return self.stopped is None

    def _note_miss(self, answer: dict) -> None:
        status = answer["status"]
        self.upstream_calls += status == 200 or status >= 500  # others are answers of the proxy itself
        told = "an answer did not come from the cache" if status == 200 else "a request ended with status %d" % status
        self.stopped = told

    def rest(self) -> bool:
        """Pause.

        :returns: whether there is time for another request.
        """
        time.sleep(self._pause)
        return time.monotonic() < self._deadline

    def told(self) -> dict:
        """As the operation answers."""
        return {"seconds": self.seconds, "stopped": self.stopped, "upstream_calls": self.upstream_calls}


def planted_hits(conversation: KeepAlive, request: dict, ping: Any = None) -> dict:
    """Ask for what lies in Redis, each once, and then once more, which the memory of the process answers.

    The kinds take turns, so that a machine which gets busier meanwhile is the same for all of them.

    :param request: what :class:`Times` and :func:`operations.ask` take, ``plants``: a list of ``prompt`` and ``seen_as``, and
        ``again``: whether each is asked for once more.
    :param ping: a function that times a PING, see :func:`_ping_of`; None for none.
    :returns: ``seconds``: for each kind a list, ``stopped``: why it ended early, None for not, and ``upstream_calls``.
    """
    times = Times(request)
    kinds = (REDIS_HIT, MEMORY_HIT) if request["again"] else (REDIS_HIT,)
    for plant in request["plants"]:
        for what in kinds:
            if not _ask(times, what, conversation, request, plant):
                return times.told()
        seconds = ping() if ping else None
        if seconds is not None:
            times.note(REDIS_PING, seconds)
        if not times.rest():
            break
    return times.told()


def repeated_hits(conversation: KeepAlive, request: dict) -> dict:
    """Ask for one answer again and again. The first time may go to the upstream, if nobody has asked for it yet.

    Only what LiteLLM itself calls a hit counts: an upstream may give the same answer twice.

    :param request: what :class:`Times` and :func:`operations.ask` take, ``prompt``, and ``samples``: how many are timed.
    :returns: as :func:`planted_hits`.
    """
    times = Times(request)
    try:
        first = asked(conversation, request, request["prompt"])
    except Refusal as refusal:
        times.stopped = str(refusal)
        return times.told()
    if not first["cache_key"]:
        times.upstream_calls = 1
        time.sleep(STORED_SECONDS)
    for _sample in range(request["samples"] + request["warm_up"]):
        if not _ask(times, LOCAL_HIT, conversation, request, {"prompt": request["prompt"]}) or not times.rest():
            break
    return times.told()


def _ask(times: Times, what: str, conversation: KeepAlive, request: dict, wish: dict) -> bool:
    """Send and time one request.

    :param wish: ``prompt``, and ``seen_as``: the id of the answer that is a hit; without it, one that LiteLLM calls a hit.
    :returns: whether it is a hit after which it may go on.
    """
    try:
        answer = asked(conversation, request, wish["prompt"])
    except Refusal as refusal:
        times.stopped = str(refusal)
        return False
    is_hit = answer["id"] == wish["seen_as"] if "seen_as" in wish else bool(answer["cache_key"])
    return times.note_hit(what, answer, answer["status"] == 200 and is_hit)


def measure(request: dict) -> dict:
    """Time hits as this instance gives them, asked from within it.

    :param request: that of :func:`planted_hits` or, without ``plants``, of :func:`repeated_hits`; ``candidate``: text of the
        configuration that says where Redis is, ``key`` or ``key_variable``, ``timeout`` in seconds.
    """
    proxy = Proxy.find()
    proxy.enter()
    conversation = Conversation(proxy, key_for(proxy, request), request["timeout"])
    try:
        if request.get("plants"):
            return planted_hits(conversation, request, _ping_of(proxy, request))
        return repeated_hits(conversation, request)
    finally:
        conversation.close()


def _ping_of(proxy: Proxy, request: dict) -> Any:
    """A function that times one PING to the proxy's Redis over a connection of its own: what the network and an idle server cost.

    It returns seconds, None where there was no answer. None where a client of our own does not get there.
    """
    errors = redis_library().exceptions
    try:
        params = as_the_proxy_connects(cache_params_of(load_settings(proxy, request)))
        server = clients_of(plain_client(params, request["timeout"]))[0]
        connection = server.connection_pool.get_connection("_")
    except (Refusal, OSError, errors.RedisError, errors.RedisClusterException):
        return None

    def ping() -> Any:
        began = time.monotonic()
        try:
            connection.send_command("PING")
            with contextlib.suppress(errors.NoPermissionError):
                connection.read_response()
        except (OSError, errors.RedisError):
            return None
        return time.monotonic() - began

    return ping
