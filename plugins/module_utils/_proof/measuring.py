# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures how fast hits are, with answers that were planted for it, and takes them away again.

In Redis mode each planted answer is asked for once by each instance, so the memory of its process cannot have it, and no
request goes to the upstream. In local mode one answer is asked for again and again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instances import Instance
from .._deployment.published import Published, PublishedConversation
from .._errors import LitellmCacheError, OptionError
from .._inside.configuration import Key
from .._inside.kinds import EMBEDDING
from .._inside.latency import planted_hits, repeated_hits
from .latency import CLIENT_HIT, FEWEST, HIT, MOST, measured
from .planted import Planted, written_prompt
from .planting import explained
from .requests import Requests, answering

#: Who asks.
INSTANCE, CLIENT = "an instance", "a client"
#: Answers of each kind that do not count, because they open connections.
WARM_UP = 3
#: Seconds that planted answers live beside the measuring itself.
SPARE_SECONDS = 120
#: A request that takes longer than that is not waited for, seconds.
PATIENCE = 10
_NO_KEY = (
    "the key of the proxy does not leave its container: set litellm_cache_master_key or litellm_cache_master_key_file to one "
    "that the proxy accepts"
)


@dataclass(frozen=True)
class Limits:
    """How much is asked.

    :param samples: of each kind.
    :param seconds: longest time for one instance.
    :param pause: seconds between two samples.
    """

    samples: int
    seconds: float
    pause: float

    @classmethod
    def from_options(cls, params: dict[str, Any]) -> Limits:
        """The limits that the options of the module name.

        :raises OptionError: one cannot be used.
        """
        samples = params["samples"]
        if samples and not FEWEST <= samples <= MOST:
            raise OptionError("samples", f"samples must be 0, or a whole number from {FEWEST} to {MOST}")
        for name, largest in (("seconds", 60), ("pause", 1)):
            if not 0 <= params[name] <= largest:
                raise OptionError(name, f"{name} must be a number from 0 to {largest}")
        return cls(samples, params["seconds"], params["pause"])


@dataclass(frozen=True)
class Timed:
    """The requests that are timed in Redis mode, for whose answers are planted.

    :param run: name of the run; it makes them unique.
    :param samples: how many of each kind.
    :param as_a_client: whether a client asks, too.
    """

    run: str
    samples: int
    as_a_client: bool

    def wishes(self, whom: str) -> list[dict[str, str]]:
        """Prompt and identifier of each answer; all instances share theirs, because each has a memory of its own."""
        return [
            {
                "prompt": f"erni_ki.litellm timed request {self.run} of {whom}, {number}",
                "answer_id": f"erni-ki-timed-{self.run}-of-{whom.replace(' ', '-')}-{number}",
            }
            for number in range(self.samples + WARM_UP)
        ]

    def order(self, requests: Requests, limits: Limits, instances: int) -> dict[str, Any]:
        """What is to be planted, as ``_inside.probe.probe`` takes it.

        :param instances: how many are measured, one after another.
        """
        whom = (INSTANCE, CLIENT) if self.as_a_client else (INSTANCE,)
        return {
            "model": requests.model,
            "kind": requests.kind,
            "plants": [wish for one in whom for wish in self.wishes(one)],
            "ttl": int(SPARE_SECONDS + limits.seconds * (instances + 1)),
        }


@dataclass
class Found:
    """What was measured so far."""

    mode: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    not_measured: list[dict[str, str]] = field(default_factory=list)
    upstream_calls: int = 0

    def add(self, instance: str, answer: dict[str, Any]) -> None:
        """Keep what the measuring of one instance told.

        :param instance: its name, empty for what a client sees.
        :param answer: of ``_inside.latency.measure``.
        """
        times = answer["seconds"]
        self.upstream_calls += answer["upstream_calls"]
        self.entries += measured(instance, self.mode, times, round(time.time(), 2))
        count = max((len(seconds) for seconds in times.values()), default=0)
        if answer["stopped"]:
            self.miss(instance, answer["stopped"])
        elif count < FEWEST:
            self.miss(instance, f"there was time for {count} samples only, and {FEWEST} are needed")

    def miss(self, instance: str, reason: str) -> None:
        """Keep why something was not measured, or not to its end."""
        self.not_measured.append({"instance": instance, "reason": reason})


@dataclass(frozen=True)
class Measuring:
    """The measuring of one run on one deployment.

    :param run: name of the run; it makes the requests unique.
    :param text: the configuration in force.
    :param published: where clients reach the proxy, None to leave that out.
    :param open_to_all: whether the proxy answers without a key.
    :param planted: what a proof has planted for :class:`Timed`, None to plant it.
    """

    deployment: Deployment
    requests: Requests
    run: str
    text: str
    limits: Limits
    published: Published | None = None
    open_to_all: bool = False
    planted: Planted | None = None

    def measure(self, mode: str) -> Found:
        """Measure each instance, one after another, then what a client sees. What cannot be measured is told with its reason.

        :param mode: the cache mode in force.
        """
        found = Found(mode)
        why_not = self._why_not(mode)
        if why_not is not None:
            found.miss("", why_not)
            return found
        try:
            (self._in_redis if mode == "redis" else self._in_local)(found)
        except LitellmCacheError as error:
            found.miss("", explained(error))
        return found

    def order(self, mode: str) -> list[dict[str, Any]]:
        """What :meth:`measure` would send, for each instance, and for what a client sees."""
        why_not, count = self._why_not(mode), self.limits.samples + WARM_UP
        # In Redis mode an instance is asked twice for each; in local mode one request goes before, which nobody may have sent.
        kinds = [(instance.name, 2) for instance in self.deployment.running()] + [(CLIENT, 1)] * bool(self.published)
        return [
            {
                "instance": name,
                "model": self.requests.model,
                "requests": 0 if why_not else times * count if mode == "redis" else count + 1,
                "upstream_calls": int(mode == "local" and not why_not),
                "why_not": why_not,
            }
            for name, times in kinds
        ]

    def _why_not(self, mode: str) -> str | None:
        """Why nothing can be timed, None for nothing. A planted vector is known again; another one may be computed each time."""
        if self.requests.why_not is None and mode == "local" and self.requests.kind == EMBEDDING:
            return "LiteLLM does not name its hits of embeddings"
        return self.requests.why_not

    def _in_redis(self, found: Found) -> None:
        planted = self._planted()
        try:
            for instance in answering(self.deployment):
                self._of_instance(found, instance, plants=self._wishes(planted, INSTANCE), again=True)
            once = {"plants": self._wishes(planted, CLIENT), "again": False}
            self._as_a_client(found, lambda conversation, order: planted_hits(conversation, {**order, **once}))
        finally:
            self.deployment.clear_away(self.text, planted.keys)

    def _in_local(self, found: Found) -> None:
        """Measure with the answer that a proof of the same run has asked for: then no request goes to the upstream."""
        repeated = {"prompt": written_prompt(self.run), "max_tokens": 1, "samples": self.limits.samples}
        for instance in answering(self.deployment):
            self._of_instance(found, instance, **repeated)
        self._as_a_client(found, lambda conversation, order: repeated_hits(conversation, {**order, **repeated}))

    def _of_instance(self, found: Found, instance: Instance, **order: Any) -> None:
        try:
            answer = self.deployment.client(instance).measure(
                self.text, **self._order, **self.requests.of_key, **order, timeout=PATIENCE
            )
        except LitellmCacheError as error:
            found.miss(instance.name, str(error).removeprefix(f"{instance.name}: "))
        else:
            found.add(instance.name, answer)

    def _as_a_client(
        self, found: Found, timed: Callable[[PublishedConversation, dict[str, Any]], dict[str, Any]]
    ) -> None:
        """Measure from this host. Through a load balancer it is whichever instance that chooses."""
        if self.published is None:
            return
        if self.requests.key is None and not self.open_to_all:
            found.miss(CLIENT, _NO_KEY)
            return
        conversation = PublishedConversation(self.published, Key(self.requests.key, self.requests.key_header), PATIENCE)
        try:
            answer = timed(conversation, dict(self._order, timeout=PATIENCE))
        finally:
            conversation.close()
        hits = answer["seconds"].get(HIT[found.mode], [])
        found.add("", dict(answer, stopped=None, seconds={CLIENT_HIT[found.mode]: hits} if hits else {}))
        if answer["stopped"]:
            found.miss(CLIENT, answer["stopped"])

    @property
    def _order(self) -> dict[str, Any]:
        """What each measuring is told."""
        return {
            "model": self.requests.model,
            "kind": self.requests.kind,
            "user": self.requests.user,
            "use_cache": self.requests.use_cache,
            "warm_up": WARM_UP,
            "seconds": self.limits.seconds,
            "pause": self.limits.pause,
        }

    # -- planting -------------------------------------------------------------------------------------------

    def _planted(self) -> Planted:
        """What a proof of the same run has planted; else the answers of all are planted at one go.

        :raises LitellmCacheError: Redis does not take them, or nobody can be asked.
        """
        if self.planted is not None:
            return self.planted
        instances = answering(self.deployment)
        order = self.timed.order(self.requests, self.limits, len(instances))
        answer = self.deployment.client(instances[0]).probe(
            self.text, user=self.requests.user, **self.requests.of_key, **order
        )
        return Planted.from_dict(dict(answer, model=self.requests.model, kind=self.requests.kind))

    @property
    def timed(self) -> Timed:
        """What is asked for."""
        return Timed(self.run, self.limits.samples, self.published is not None)

    def _wishes(self, planted: Planted, whom: str) -> list[dict[str, Any]]:
        """The planted requests of one measuring, as ``_inside.latency`` takes them."""
        seen_as = {plant["answer_id"]: plant["seen_as"] for plant in planted.plants}
        wishes = self.timed.wishes(whom) if self.published or whom == INSTANCE else ()
        return [{"prompt": wish["prompt"], "seen_as": seen_as[wish["answer_id"]]} for wish in wishes]
