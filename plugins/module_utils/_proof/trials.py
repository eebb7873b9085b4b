# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verification tries only where it is allowed to, because clients notice: a restart, and a Redis that hangs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.rolling_restart import RestartError, RollingRestart, Waits
from .._errors import LitellmCacheError
from .._inside.kinds import is_given_again
from .._settings.description import secrets_of
from .planted import written_prompt
from .requests import Requests, answering, failure_of
from .waits import longest_wait

RESTART, HANG = "restart", "hang"
TRIALS = (RESTART, HANG)
#: Seconds until an instance must answer after its restart.
READY_SECONDS = 300
#: Redis hangs for so much longer than one command may wait, seconds; for more than the second one it is not tried.
HANGS_LONGER, HANGS_AT_MOST = 3, 90
#: Seconds that both may take together.
LAST_AT_MOST = READY_SECONDS + HANGS_AT_MOST


@dataclass(frozen=True)
class Trials:
    """The trials of one run, in the first instance.

    :param run: name of the run, whose proof has asked for an answer already.
    :param text: the configuration in force.
    :param mode: its cache mode.
    :param effective: settings of the proxy's client of Redis in effect, {} for not known.
    """

    deployment: Deployment
    requests: Requests
    run: str
    text: str
    mode: str
    effective: dict[str, Any]

    def results(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Try them, those that the mode has.

        :param names: of :data:`TRIALS`.
        :returns: for each ``trial``, ``given``: whether it went as it should, None for not shown, ``seconds``, ``hung``
            (seconds), ``restarted`` and ``reason``.
        """
        ways = {RESTART: self._restarted, HANG: self._hung}
        return [self._result(name, ways[name]) for name in names if name != HANG or self.mode == "redis"]

    def _result(self, name: str, way: Any) -> dict[str, Any]:
        told: dict[str, Any] = dict.fromkeys(("given", "seconds", "hung", "reason"), None)
        told.update(trial=name, restarted=False)
        if self.requests.why_not is not None:
            return dict(told, reason=self.requests.why_not)
        try:
            return dict(told, **way())
        except LitellmCacheError as error:
            return dict(told, reason=str(error))

    def _restarted(self) -> dict[str, Any]:
        """Whether the answer of the proof comes after a restart too: it must out of Redis, and cannot out of a memory."""
        before = self._ask()
        if failure_of(before) is not None:
            return {"reason": failure_of(before)}
        waits = Waits(ready_timeout=READY_SECONDS, stable_for=0)
        rolling = RollingRestart(self.deployment, waits, secrets=secrets_of(self.text))
        try:
            rolling.run(answering(self.deployment)[:1])
        except RestartError as error:
            return {"given": False, "reason": str(error), "restarted": True}
        after = self._ask()
        if failure_of(after) is not None:
            return {"reason": failure_of(after), "restarted": True}
        given = is_given_again(after, [before["id"]]) == (self.mode == "redis")
        return {"given": given, "seconds": after["seconds"], "restarted": True}

    def _hung(self) -> dict[str, Any]:
        """Whether the proxy answers although Redis serves nobody."""
        longest = longest_wait(self.effective)
        if longest is None:
            return {"reason": "no timeout is in effect, so that a request would wait as long as Redis hangs"}
        hangs = longest + HANGS_LONGER
        if hangs > HANGS_AT_MOST:
            return {"reason": f"Redis would have to hang for {hangs:g} s, and {HANGS_AT_MOST} s are the most"}
        answer = self.deployment.client(answering(self.deployment)[0]).ask_while_redis_hangs(
            self.text,
            hangs,
            self.requests.timeout + hangs,
            prompt=f"erni_ki.litellm request {self.run} while Redis hangs",
            max_tokens=1,
            no_store=True,
            model=self.requests.model,
            kind=self.requests.kind,
            user=self.requests.user,
            use_cache=self.requests.use_cache,
            **self.requests.of_key,
        )
        failure = failure_of(answer)
        if failure is not None:
            return {"given": False, "hung": hangs, "reason": failure}
        return {"given": True, "hung": hangs, "seconds": answer["seconds"]}

    def _ask(self) -> dict[str, Any]:
        return self.requests.ask(self.deployment, answering(self.deployment)[0], written_prompt(self.run), max_tokens=1)
