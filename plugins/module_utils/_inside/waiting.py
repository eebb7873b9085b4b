# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits inside an instance until its proxy answers. LiteLLM is not imported."""

from __future__ import annotations

import os
import time
from typing import Callable

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    Key,
    cache_params_of,
    read_plainly,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import READY_PATH, Conversation
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy, user_of_proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import plain_client, redis_library
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects

#: Seconds that a start takes before Redis is looked at, between two looks, and that a look waits for its answer.
FIRST_LOOK_SECONDS, BETWEEN_LOOKS_SECONDS, LOOK_SECONDS = 10.0, 2.0, 2.0
#: Seconds without an answer after which nothing more is expected of Redis: longer than a hiccup or a restart of it.
SILENCE_SECONDS = 15.0


def wait(request: dict) -> dict:
    """Poll the proxy until it answers, then watch that it keeps answering.

    Needs no /proc and no process yet: just after a start there may be only an entrypoint.

    :param request: ``ready_timeout``, ``stable_for`` in seconds; ``may_differ``: wait also as another user than the proxy,
        who may not see where it listens; ``needs_redis``: nothing is won by waiting when the Redis of the live configuration is
        silent.
    :raises Refusal: ``not_ready``, ``unstable``; ``other_user``; ``redis_silent``, as soon as a Redis that the start may wait
        for has not answered for a while: LiteLLM waits for one that hangs, with redis-py 8 for 22 times its socket_timeout.
    """
    began = time.monotonic()
    deadline = began + request["ready_timeout"]
    watch = RedisWatch(began, _connection) if request.get("needs_redis") else None
    while not _answers():
        if not request.get("may_differ") and _runs_as_another():
            raise Refusal("other_user", "the proxy does not run as the user %d" % os.getuid())
        if time.monotonic() > deadline:
            raise Refusal("not_ready", "LiteLLM did not answer within %d s" % request["ready_timeout"])
        if watch is not None:
            watch.look()
        time.sleep(0.05)
    ready = time.monotonic()
    misses = 0
    while time.monotonic() - ready < request["stable_for"]:
        time.sleep(min(0.5, max(0.0, request["stable_for"] - (time.monotonic() - ready))))
        misses = 0 if _answers() else misses + 1
        if misses == 3:
            raise Refusal("unstable", "LiteLLM answered, and stopped answering within %.0f s" % request["stable_for"])
    return {"ready_seconds": round(ready - began, 2), "stable_seconds": round(time.monotonic() - ready, 2)}


class RedisWatch:
    """Looks at the Redis of the live configuration now and then.

    :param began: when the wait began, as ``time.monotonic`` tells.
    :param connection: tells how the proxy connects, as ``plain_client`` takes it, or raises while that is not known.
    """

    def __init__(self, began: float, connection: Callable[[], dict]) -> None:
        self._connection = connection
        self._due = began + FIRST_LOOK_SECONDS
        self._silent_since: float | None = None
        self._params: dict | None = None
        self._can_look = True

    def look(self) -> None:
        """Look, if it is time for it.

        :raises Refusal: ``redis_silent``.
        """
        began = time.monotonic()
        if began < self._due or not self._can_look:
            return
        problem = self._problem()
        now = time.monotonic()
        self._due = now + BETWEEN_LOOKS_SECONDS
        if problem is None:
            self._silent_since = None
            return
        if self._silent_since is None:
            self._silent_since = began
        silent = now - self._silent_since
        if silent > SILENCE_SECONDS:
            raise Refusal(
                "redis_silent",
                "LiteLLM does not answer yet, and from there Redis has not answered for %d s (%s). The rest of the time was not "
                "waited for, because without Redis the mode cannot be proved" % (silent, problem),
                cause="redis",
            )

    def _problem(self):
        """Why Redis does not answer, without a secret; None where it does, if only with an error, and where nobody can look."""
        try:
            self._params = self._params or self._connection()
            return _silence_of(self._params)
        except Refusal as refusal:
            self._can_look = refusal.code == "no_proxy"  # not yet
        except Exception:  # whatever is wrong with a look, it is no reason to give a start up
            self._can_look = False
        return None


def _silence_of(params: dict):
    """Why the Redis of some settings does not answer, without a secret; None where it does, if only with an error."""
    errors = redis_library().exceptions
    answers = (errors.AuthenticationError, errors.AuthorizationError, errors.BusyLoadingError)
    try:
        with plain_client(params, LOOK_SECONDS) as client:
            client.ping()
    except (errors.ConnectionError, errors.TimeoutError, errors.RedisClusterException, OSError) as error:
        return None if isinstance(error, answers) else describe(error)
    except errors.RedisError:
        pass
    return None


def _connection() -> dict:
    """How the proxy connects to the Redis of its cache.

    :raises Refusal: there is no proxy yet, or its configuration cannot be read without LiteLLM.
    """
    proxy = Proxy.find()
    proxy.enter()
    return as_the_proxy_connects(cache_params_of(read_plainly(proxy)))


def _runs_as_another() -> bool:
    """Whether the proxy's process is there, and its user is not that of this program."""
    try:
        return user_of_proxy({})["uid"] != os.getuid()
    except (OSError, Refusal):
        return False


def _answers() -> bool:
    try:
        proxy = Proxy.find(own_environment=False)
        conversation = Conversation(proxy, Key(None), timeout=5.0)
        try:
            return conversation.request("GET", READY_PATH)[0] == 200
        finally:
            conversation.close()
    except (OSError, Refusal):
        return False
