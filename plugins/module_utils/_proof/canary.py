# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The canary: a clone of an instance starts on a candidate and answers requests before any instance is touched.

What it is asked is what the instances will be asked: in Redis mode answers that nobody ever asked for lie in Redis, in local mode
a miss is followed by a hit. It stores under a namespace of its own, which is emptied when it is gone.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .._deployment.clone_folder import CloneFolder, cleaned_up_when_ended
from .._deployment.clone_wait import wait_for_clone
from .._deployment.cloning import Cloning
from .._deployment.config_file import sha256_of
from .._deployment.containers import Containers
from .._deployment.deployment import Deployment
from .._deployment.instances import Instance
from .._errors import LitellmCacheError
from .._finding import finding
from .._settings.clone_config import CloneConfig, clone_config, touching_include
from .._settings.description import describe_cache
from .._settings.keys import MODE_LOCAL, MODE_REDIS
from .access import Access
from .canary_words import not_proved_by, would_start
from .findings import refusal_of
from .local_hits import miss_then_hit
from .planted import Planted
from .planting import Probe
from .reading import SAME, as_reading, completed, refusal_of_source
from .requests import REPEAT_AT_MOST, Requests, key_of
from .roundtrip import Roundtrip

#: Requests of a proof at most, and how many of them can reach a model, by the cache mode: what is planted is answered by Redis.
REQUESTS_AT_MOST = {MODE_REDIS: (4, 2), MODE_LOCAL: (2 + REPEAT_AT_MOST, 2 + REPEAT_AT_MOST)}
#: Seconds that a proof may take beside its requests.
_PROOF_SECONDS = 300
_NAMESPACE = "erni_ki_canary_"


class CanaryError(LitellmCacheError):
    """The clone did not do what the instances are to do, or there can be none."""


def upstream_calls(answers: list[dict[str, Any]], planted: Iterable[str]) -> int:
    """How many of some requests went to a model, as far as their answers tell: each answer of a model has an id of its own, or
    says that it is one.

    :param answers: as InstanceClient.ask tells them.
    :param planted: ids of the answers that lay in Redis.
    """
    of_models = [answer["id"] for answer in answers if answer["status"] != 200 or answer["computed"]]
    others = {answer["id"] for answer in answers if answer["status"] == 200 and answer["computed"] is None}
    return len(of_models) + len(others - set(of_models) - set(planted))


def lifetime_of(params: dict[str, Any]) -> int:
    """Seconds that a clone lives at most.

    :param params: as for :class:`Canary`.
    """
    most = max(requests for requests, _upstream in REQUESTS_AT_MOST.values())
    return int(params["ready_timeout"] + most * params["request_timeout"] + _PROOF_SECONDS)


@dataclass(frozen=True)
class Canary:
    """One clone of one deployment on one text.

    :param params: options of a module with the bundle of requests, ``known_issues``, ``ready_timeout`` in seconds, and, where
        it is to be another one than that of the instances, ``image``.
    :param text: the candidate.
    :param observed: what Observation reports of the deployment.
    :param asks_migrations: whether the clone is asked which migrations of the database its LiteLLM brings along.
    """

    deployment: Deployment
    params: dict[str, Any]
    text: str
    observed: dict[str, Any]
    asks_migrations: bool = False

    @cached_property
    def _token(self) -> str:
        return uuid.uuid4().hex[:12]

    @cached_property
    def _config(self) -> CloneConfig:
        """The configuration of the clone.

        :raises CanaryError: it would not be what the instances read.
        """
        reading = self.observed["reading"]
        refusal = refusal_of_source(reading, self.deployment.config_path, MODE_REDIS)
        if refusal is not None:
            raise CanaryError(f"no canary can show what the file does: {refusal}")
        included = touching_include(reading)
        if included is not None:
            raise CanaryError(
                f"no canary is started, because {included}, could hold callbacks, alerting or a database, and nothing can be "
                "taken out of it for a clone: move these settings to the file itself"
            )
        return clone_config(self.text, f"{_NAMESPACE}{self._token}")

    @cached_property
    def _cloning(self) -> Cloning:
        engine = Containers(self.params["docker_host"])
        engine.require()
        image = self.params.get("image") or ""
        return Cloning(self.deployment, engine, image, self._config, self._token, lifetime_of(self.params))

    @property
    def _mode(self) -> str:
        return str(describe_cache(self.text)["mode"])

    # -- before -------------------------------------------------------------------------------------------

    def foresee(self) -> dict[str, Any]:
        """What a run would do; nothing is started.

        :raises LitellmCacheError: there can be no canary.
        """
        cloning = self._cloning
        requests, upstream = REQUESTS_AT_MOST.get(self._mode, (0, 0))
        return {
            "image": cloning.image,
            "would_start": would_start(cloning.origin.name, cloning.image, requests, upstream),
            "not_proved": self._not_proved,
        }

    @property
    def _not_proved(self) -> list[str]:
        return list(not_proved_by(self._config, self._cloning.clone.read_only, self._has_database))

    @property
    def _has_database(self) -> bool:
        return any(one["has_database"] for one in self.observed["instances"])

    # -- proof --------------------------------------------------------------------------------------------

    def prove(self) -> dict[str, Any]:
        """Start the clone, ask it, and remove it.

        :returns: as litellm_cache_canary tells it.
        :raises LitellmCacheError: there can be no canary, or it did not do what it should; nothing of it is left.
        """
        began, cloning = time.monotonic(), self._cloning
        with cleaned_up_when_ended(), CloneFolder.of(self.deployment.state_dir) as folder:
            left_over = cloning.remove_left_over()
            try:
                with cloning.started(folder) as cloned:
                    seconds = wait_for_clone(cloned, cloning.what, self.params["ready_timeout"])
                    seen = self._shown_by(cloned)
            finally:
                findings = self._emptied([self._token, *left_over.values()])
        return {
            "image": cloning.image,
            "ready_seconds": seconds,
            **seen,
            "findings": seen["findings"] + findings,
            "not_proved": self._not_proved,
            "seconds": round(time.monotonic() - began, 2),
            "removed": [cloning.name],
            "left_over": sorted(left_over),
        }

    def _emptied(self, tokens: list[str]) -> list[dict[str, Any]]:
        """Remove the entries of the clone, and those of clones that were left over; a finding where that cannot be done."""
        running, findings = self.deployment.running(), []
        if self._mode != MODE_REDIS or not running:
            return []
        for token in tokens:
            prefix = self._config.namespace.replace(self._token, token)
            try:
                self.deployment.client(running[0]).remove_namespace(self._config.text, prefix)
            except LitellmCacheError as error:
                message = f"entries of the canary below {prefix} go by their time to live: {error}"
                findings.append(finding("canary_entries_left", message))
        return findings

    def _shown_by(self, cloned: Deployment) -> dict[str, Any]:
        """What the clone shows.

        :raises LitellmCacheError: it does not do what it should.
        """
        (clone,) = cloned.instances
        look = cloned.client(clone).look(**self._key_of_clone)
        self._require_alone(look, clone)
        cache = completed(describe_cache(self._config.text), as_reading(look["reading"], None))
        requests = Requests.from_options(self._params_of_clone, cache, Access(look["access"] or {}))
        proof = Roundtrip(cloned, requests, self._token, self._config.text)
        outcome = self._proved(proof, cache, look)
        return {
            "version": look["litellm_version"],
            "redis_py_version": look["redis_py_version"],
            "cache_type": look["cache_type"],
            **({"migrations": cloned.client(clone).migrations()} if self.asks_migrations else {}),
            "evidence": outcome["evidence"],
            "findings": outcome["findings"],
            "requests": len(requests.sent),
            "upstream_calls": upstream_calls(requests.sent, outcome.get("planted", ())),
        }

    def _require_alone(self, look: dict[str, Any], clone: Instance) -> None:
        """Require that the clone reads its own configuration and has no database.

        :param look: what it tells of itself.
        :raises CanaryError: it does not, so that it is no proof, or could touch what is not its own.
        """
        if look["has_database"]:
            raise CanaryError(
                f"{clone.name} has a database although it was given none: what starts it sets DATABASE_URL behind the start of "
                "Python. Set litellm_cache_proof to probe"
            )
        told = look["reading"]
        if told["source"] in SAME and look["config_sha256"] != sha256_of(self._config.text.encode()):
            raise CanaryError(f"{clone.name} does not read the file that it was given, but {told['path']}")

    @property
    def _params_of_clone(self) -> dict[str, Any]:
        """The options, as far as a clone can heed them: a key that stands in the database is unknown to it."""
        if not self._has_database:
            return self.params
        return dict(self.params, master_key=None, master_key_env=None, master_key_file=None)

    @property
    def _key_of_clone(self) -> dict[str, Any]:
        return key_of(self._params_of_clone)

    def _proved(self, proof: Roundtrip, cache: dict[str, Any], look: dict[str, Any]) -> dict[str, Any]:
        """Evidence and findings of the clone.

        :raises LitellmCacheError: its cache is another one.
        """
        if cache["mode"] == MODE_REDIS:
            return self._harvested(proof, cache)
        if cache["mode"] != MODE_LOCAL:
            reason = f"the cache mode is {cache['mode']}, so there is nothing to ask for"
            (clone,) = proof.deployment.instances
            seen = {"instance": clone.name, "kind": "unproved", "cache_type": look["cache_type"], "reason": reason}
            return {"evidence": [seen], "findings": []}
        outcome = miss_then_hit(proof.deployment, proof.requests, proof.run)
        if outcome["evidence"][0]["kind"] == "contradicted":
            raise CanaryError(outcome["findings"][0]["message"])
        return outcome

    def _harvested(self, proof: Roundtrip, cache: dict[str, Any]) -> dict[str, Any]:
        refuses = self.params["known_issues"] == "refuse" and bool(self.params["mode"])  # else nothing is wanted of it
        probe = Probe(proof.deployment, proof.text, cache["form"], proof.run)
        answer = probe.make(proof.requests, lifetime_of(self.params), refuses)
        reason = refusal_of(answer["findings"], answer) if refuses else None
        if reason is not None:
            raise CanaryError(reason, findings=answer["findings"])
        planted = Planted.from_dict(answer)
        outcome = proof.harvest(planted, cache["ttl"] if isinstance(cache["ttl"], int) else None)
        return {
            "evidence": outcome["evidence"],
            "findings": answer["findings"] + outcome["findings"],
            "planted": [plant["seen_as"] for plant in planted.plants],
        }
