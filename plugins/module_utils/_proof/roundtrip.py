# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves a cache mode by requests: harvests in Redis mode, misses and hits in local mode.

A status of 200 proves nothing, and a hit proves "some cache": LiteLLM's memory tier answers with Redis down. So in Redis
mode answers that nobody ever asked for lie in Redis, and each instance must give them: only Redis can have told it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instances import Instance
from .planting import Planted, planted_id, planted_prompt, written_prompt
from .requests import REPEAT_AT_MOST, Requests, RoundtripError, answering, repeats


@dataclass(frozen=True)
class Roundtrip:
    """The proofs of one run on one deployment.

    :param run: name of the run; it makes the requests unique and lets two tasks agree on them.
    :param text: the configuration in force, which says where Redis is.
    """

    deployment: Deployment
    requests: Requests
    run: str
    text: str

    def harvest(self, planted: Planted, ttl: int | None, harvested: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
        """Ask each instance that was not asked yet for its planted answer, then prove the write path once.

        :param planted: what the probe has planted.
        :param ttl: seconds that an entry is to live, None for not known.
        :param harvested: evidence of the instances that :meth:`harvest_from` has asked. An answer can be harvested
            once: then the process has it in its memory.
        :returns: evidence per instance, findings, and the write path.
        :raises RoundtripError: an instance does not answer from Redis.
        """
        known = {entry["instance"]: entry for entry in harvested}
        evidence = [
            known.get(instance.name) or self.harvest_from(instance, planted) for instance in answering(self.deployment)
        ]
        findings = [_key_differs(entry["instance"]) for entry in evidence if entry["kind"] != "harvested"]
        written = self._write_path(planted, ttl)
        if written.get("finding"):
            findings.append(written.pop("finding"))
        return {"evidence": evidence, "findings": findings, "write_path": written}

    def harvest_from(self, instance: Instance, planted: Planted) -> dict[str, Any]:
        """Ask one instance for its planted answer.

        :returns: the evidence.
        :raises RoundtripError: it does not answer from Redis.
        """
        answer = self._ask(instance, planted_prompt(self.run, instance))
        if answer["status"] != 200:
            raise RoundtripError(
                f"{instance.name} answers the planted request with status {answer['status']} and not with the "
                "answer that lies in Redis",
                instance=instance.name,
            )
        if answer["id"] == planted_id(self.run, instance):
            at = round(time.time(), 2)
            return {"instance": instance.name, "kind": "harvested", "seconds": answer["seconds"], "at": at}
        return self._otherwise(instance, planted.keys_of(planted_id(self.run, instance)))

    def _otherwise(self, instance: Instance, keys: list[str]) -> dict[str, Any]:
        """Evidence for an instance that gave another answer although the planted one may be there.

        A second instance that repeats the first one's answer proves Redis as well. With one instance alone, its own
        entry in the database proves that it writes there.
        """
        observed = self._redis(exists=keys)
        if not any(seconds > 0 for seconds in (observed["entries"] or {}).values()):
            raise RoundtripError(
                f"{instance.name} does not answer from Redis, and the planted entry is gone from there: evicted, or "
                "removed by somebody",
                instance=instance.name,
            )
        prompt = f"{written_prompt(self.run)} for {instance.name}"
        others = [other for other in answering(self.deployment) if other.name != instance.name]
        if others:
            first, second = self._ask(instance, prompt), self._ask(others[0], prompt)
            if first["status"] == 200 and first["id"] == second["id"]:
                return {"instance": instance.name, "kind": "second instance", "seconds": second["seconds"]}
        self._ask(instance, prompt)
        hit = self._ask(instance, prompt)
        if hit["cache_key"] and self._redis(exists=[hit["cache_key"]])["entries"].get(hit["cache_key"], -2) > 0:
            return {"instance": instance.name, "kind": "written", "seconds": hit["seconds"]}
        raise RoundtripError(
            f"{instance.name} does not answer from Redis, although the planted entry lies there: it is not the cache "
            "that this instance uses",
            instance=instance.name,
        )

    def _write_path(self, planted: Planted, ttl: int | None) -> dict[str, Any]:
        """Send one request that nobody planted, and look for its entry."""
        instance = answering(self.deployment)[0]
        answer = self._ask(instance, written_prompt(self.run), max_tokens=1)
        if answer["status"] != 200:
            message = f"the upstream answers with status {answer['status']}, so the write path is not proved"
            return {"proved": None, "finding": {"code": "write_path_unproved", "message": message, "line": None}}
        entries = self._redis(exists=list(planted.written_keys), polls=20)["entries"] or {}
        found = [seconds for seconds in entries.values() if seconds > 0]
        if not found:
            message = f"{instance.name} stored no answer under the key that was computed for it"
            return {"proved": None, "finding": {"code": "write_path_unproved", "message": message, "line": None}}
        return {"proved": ttl is None or max(found) <= ttl, "ttl": max(found)}

    def _redis(self, **request: Any) -> dict[str, Any]:
        return self.deployment.client(answering(self.deployment)[0]).redis(self.text, **request)

    def miss_then_hit(self) -> dict[str, Any]:
        """Send each instance one request until its answer repeats, over one connection.

        Each worker process has a cache of its own, so a second connection could reach another one. The request
        may reach the upstream; what the upstream refuses proves nothing, and then the type that the proxy reports
        decides.

        :returns: evidence per instance and findings.
        :raises RoundtripError: an instance reports a cache that is not local.
        """
        evidence, findings = [], []
        for instance in answering(self.deployment):
            cache_type = self.deployment.client(instance).look()["cache_type"]
            if cache_type not in (None, "local"):
                raise RoundtripError(
                    f"{instance.name} still reports a cache of type {cache_type}, not local", instance=instance.name
                )
            prompt = f"{written_prompt(self.run)} for {instance.name}"
            answers = self.requests.chat(
                self.deployment, instance, [prompt, prompt], max_tokens=1, repeat_at_most=REPEAT_AT_MOST
            )
            last = answers[-1]
            if repeats(answers):
                evidence.append({"instance": instance.name, "kind": "hit", "seconds": last["seconds"]})
                continue
            evidence.append({"instance": instance.name, "kind": "unproved", "cache_type": cache_type})
            findings.append(_unproved(instance, last, cache_type))
        return {"evidence": evidence, "findings": findings}

    def _ask(self, instance: Instance, prompt: str, **request: Any) -> dict[str, Any]:
        return self.requests.ask(self.deployment, instance, prompt, **request)


def _key_differs(instance: str) -> dict[str, Any]:
    message = (
        f"{instance} computes another cache key than was planted (a hook or a key of its own); "
        "Redis was proved in another way"
    )
    return {"code": "cache_key_differs", "message": message, "line": None}


def _unproved(instance: Instance, last: dict[str, Any], cache_type: str | None) -> dict[str, Any]:
    reason = (
        f"the upstream answers with status {last['status']}"
        if last["status"] != 200
        else "its answers did not repeat: this kind of request is not cached by the file's settings"
    )
    message = f"{instance.name}: no hit was seen, because {reason}; the proxy reports the cache type {cache_type}"
    return {"code": "hit_unproved", "message": message, "line": None}
