# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proof of the live configuration: the mode in each instance; in a whole verification also the further promises.

LiteLLM is imported once for all of it: one probe plants what is harvested, what is tried, and what will be timed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .access import Access
from .experiments import Experiment, Experiments, experiments_of
from .leaving_redis import still_connected
from .local_hits import miss_then_hit
from .measuring import Limits, Timed
from .planted import Planted, foreign_id, keys_of
from .planting import Probe
from .requests import answering
from .roundtrip import Roundtrip
from .trials import LAST_AT_MOST, Trials

#: What of a probe tells what the LiteLLM of an instance makes of the file.
_PROBED = ("instance", "wanted", "cache", "redis_variables", "observations")


@dataclass(frozen=True)
class Verifying:
    """One proof.

    :param cache: what describe_cache tells of the file, completed by the instance.
    :param access: what the proxy lets the key of the requests ask for.
    :param params: options of litellm_cache_roundtrip.
    """

    proof: Roundtrip
    cache: dict[str, Any]
    access: Access
    params: dict[str, Any]

    def outcome(self) -> dict[str, Any]:
        """What was seen.

        :returns: ``evidence`` and ``findings``; of a whole verification also ``experiments`` and ``trials``, and in Redis
            mode ``probed`` and ``to_time``, as the modules litellm_cache_info and litellm_cache_latency take them.
        :raises LitellmCacheError: an instance does not use Redis.
        """
        if self.cache["mode"] == "local":
            return self._in_local()
        return self._harvested() if self.params["planted"] else self._in_redis()

    def _in_local(self) -> dict[str, Any]:
        outcome = miss_then_hit(self.proof.deployment, self.proof.requests, self.proof.run)
        outcome["findings"] += still_connected(self.proof.deployment, self.proof.text)
        if self.params["phase"] == "verify":
            outcome["experiments"] = self._experiments.repeated(self._tried)
            outcome["trials"] = self._trials({})
        return outcome

    def _harvested(self) -> dict[str, Any]:
        """Harvest what was planted before a change, and clear away in any case."""
        planted = Planted.from_dict(self.params["planted"])
        try:
            return self.proof.harvest(planted, self._ttl, self.params["harvested"])
        finally:
            self.proof.deployment.clear_away(self.proof.text, planted.keys)

    def _in_redis(self) -> dict[str, Any]:
        """Plant, harvest, try; what is to be timed stays, the rest is cleared away in any case."""
        proof, lives = self.proof, self.params["plant_ttl"]
        orders = [one.order(proof.run, lives) for one in self._tried] + self._to_time()
        probe = Probe(proof.deployment, proof.text, self.cache["form"], proof.run)
        told = probe.make(proof.requests, lives, False, orders, foreign_id(proof.run))
        planted, more = Planted.from_dict(told), list(told["more"])
        to_time = more.pop() if len(more) > len(self._tried) else []
        mine = [*planted.keys, *(key for plants in more for key in keys_of(plants))]
        try:
            outcome = proof.harvest(planted, self._ttl, self.params["harvested"], compare=True)
            tried = self._experiments.with_planted(self._tried, more)
            trials = self._trials(told["cache"]["async"])
        except BaseException:
            mine += keys_of(to_time)  # nobody will time anything
            raise
        finally:
            proof.deployment.clear_away(proof.text, mine)
        timed = {"plants": to_time, "model": proof.requests.model, "kind": proof.requests.kind} if to_time else None
        probed = {name: told.get(name) for name in _PROBED}
        return dict(outcome, experiments=tried, trials=trials, probed=probed, to_time=timed)

    def _to_time(self) -> list[dict[str, Any]]:
        """What litellm_cache_latency will time, as ``_inside.probe.probe`` takes it; none where it is not to."""
        limits = Limits.from_options(dict(self.params, pause=0))
        if not limits.samples:
            return []
        timed = Timed(self.proof.run, limits.samples, bool(self.params["proxy_url"]))
        order = timed.order(self.proof.requests, limits, len(answering(self.proof.deployment)))
        # What is tried comes before the timing.
        return [dict(order, ttl=order["ttl"] + (LAST_AT_MOST if self.params["trials"] else 0))]

    def _trials(self, effective: dict[str, Any]) -> list[dict[str, Any]]:
        """What is tried only where it is allowed.

        :param effective: settings of the proxy's client of Redis.
        """
        proof = self.proof
        trials = Trials(proof.deployment, proof.requests, proof.run, proof.text, self.cache["mode"], effective)
        return trials.results(self.params["trials"])

    @cached_property
    def _tried(self) -> list[Experiment]:
        return experiments_of(self.cache, self.access, self.proof.requests)

    @property
    def _experiments(self) -> Experiments:
        return Experiments(self.proof.deployment, self.proof.requests, self.proof.run)

    @property
    def _ttl(self) -> int | None:
        """Seconds that entries are to live by the file, None where it does not name them."""
        ttl = str(self.cache["ttl"])
        return int(ttl) if ttl.isdigit() else None
