# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves Redis mode by requests.

A status of 200 proves nothing, and a hit proves "some cache": LiteLLM's memory tier answers with Redis down. So answers
that nobody ever asked for lie in Redis, and each instance must give them: only Redis can have told it. Where no answer of a
model can be cached, the proxy's own client of the cache is made to write an entry, which is then seen in the right database.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._deployment.instances import Instance
from .._deployment.log_findings import REDIS_CAUSE
from .._errors import LitellmCacheError
from .._finding import finding
from .._inside.kinds import is_given_again, seen_as
from .access import REFUSED
from .planted import Planted, foreign_id, planted_id, planted_prompt, written_prompt
from .requests import Requests, RoundtripError, answering, failure_of

#: Looks for an entry, a tenth of a second apart.
POLLS = 20
#: The kind of evidence for an instance that came too late for a proof.
ADDED = "added"
_NOT_PLANTED = "added by somebody during the run, so that none was planted for it"
_ANOTHER_ANSWER = "another answer came: a hook, or a key of its own"
_ANOTHER_CACHE = (
    "it is not the cache that this instance uses. Look for REDIS_* variables in its environment, and for cache settings stored "
    "from LiteLLM's web interface"
)


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

    def harvest(
        self, planted: Planted, ttl: int | None, harvested: Iterable[dict[str, Any]] = (), compare: bool = False
    ) -> dict[str, Any]:
        """Ask each instance that was not asked yet for its planted answer, then prove the write path once.

        :param planted: what the probe has planted.
        :param ttl: seconds that an entry is to live, None for not known.
        :param harvested: evidence of the instances that :meth:`harvest_from` has asked. An answer can be harvested
            once: then the process has it in its memory.
        :param compare: also ask the other instances for what one has written.
        :returns: evidence per instance, findings, the write path, and what was shared.
        :raises RoundtripError: an instance does not use Redis, or Redis does not answer any more.
        """
        known = {entry["instance"]: entry for entry in harvested}
        instances = answering(self.deployment)
        evidence = [known.get(instance.name) or self.harvest_from(instance, planted) for instance in instances]
        if all(entry["kind"] == ADDED for entry in evidence):  # then it is not they who came late
            raise RoundtripError(evidence[0]["reason"], instance=evidence[0]["instance"], cause=REDIS_CAUSE)
        written: dict[str, Any] = {"proved": None}
        shared: list[dict[str, Any]] = []
        if planted.plants:
            findings = [_not_harvested(entry) for entry in evidence if entry["kind"] != "harvested"]
            written = self._write_path(planted, ttl)
            if written.get("finding"):
                findings.append(written.pop("finding"))
            answer_id = written.pop("answer_id", None)
            if compare and answer_id is not None:
                shared = [self._shared_with(other, planted, answer_id) for other in instances[1:]]
        else:
            findings = [_without_requests(evidence, planted.why_not)]
        return {"evidence": evidence, "findings": findings, "write_path": written, "shared": shared}

    def harvest_from(self, instance: Instance, planted: Planted) -> dict[str, Any]:
        """Show that one instance uses Redis: by its planted answer, else by its own client.

        :returns: the evidence. The kind ``added`` is one that somebody added during the run, so that nothing was planted for
            it, and that does not show Redis yet.
        :raises RoundtripError: it does not use Redis.
        """
        plant = planted.of(planted_id(self.run, instance))
        if plant is None and planted.plants:
            try:
                return self._by_its_client(instance, planted, "")
            except LitellmCacheError as error:
                return {"instance": instance.name, "kind": ADDED, "reason": str(error)}
        if plant is None:
            return self._by_its_client(instance, planted, "")
        requests = self.requests.planted(planted)
        failure = None
        try:
            answer = requests.ask(self.deployment, instance, planted_prompt(self.run, instance))
        except InstanceError as error:
            if error.context.get("code") != "no_answer":
                raise
            failure = str(error).removeprefix(f"{instance.name}: ")
        else:
            if answer["id"] == plant["seen_as"]:
                at = round(time.time(), 2)
                return {"instance": instance.name, "kind": "harvested", "seconds": answer["seconds"], "at": at}
            failure = failure_of(answer)
        return self._otherwise(instance, planted, plant["keys"], failure)

    def _otherwise(self, instance: Instance, planted: Planted, keys: list[str], failure: str | None) -> dict[str, Any]:
        """Evidence for an instance that gave another answer, or none, although the planted one may be there.

        A second instance that repeats the first one's answer proves Redis as well. With one instance alone, its own
        entry in the database proves that it writes there.
        """
        observed = self._redis(exists=keys)
        if not any(seconds > 0 for seconds in (observed["entries"] or {}).values()):
            raise RoundtripError(
                f"{instance.name} does not answer from Redis, and the planted entry is gone from there: evicted, or "
                "removed by somebody",
                instance=instance.name,
                cause=REDIS_CAUSE,
            )
        found = None
        if failure is None:
            found = self._by_requests(instance, self.requests.planted(planted))
        if found is None:
            found = self._by_its_client(
                instance,
                planted,
                f"{instance.name} does not answer from Redis, although the planted entry lies there: "
                f"{failure or _ANOTHER_CACHE}",
                None if failure else REDIS_CAUSE,
            )
        return dict(found, reason=failure or _ANOTHER_ANSWER)

    def _by_requests(self, instance: Instance, requests: Requests) -> dict[str, Any] | None:
        """Evidence by answers of its own, None where they show nothing."""
        prompt = f"{written_prompt(self.run)} for {instance.name}"
        try:
            first = requests.ask(self.deployment, instance, prompt)
            for other in answering(self.deployment):
                second = requests.ask(self.deployment, other, prompt) if other.name != instance.name else {}
                if second and first["status"] == 200 and is_given_again(second, [first["id"]]):
                    return {"instance": instance.name, "kind": "second instance", "seconds": second["seconds"]}
            hit = requests.ask(self.deployment, instance, prompt)
        except InstanceError:
            return None
        if hit["cache_key"] and self._lives(hit["cache_key"]):
            return {"instance": instance.name, "kind": "written", "seconds": hit["seconds"]}
        return None

    def _by_its_client(
        self, instance: Instance, planted: Planted, so_far: str, cause: str | None = None
    ) -> dict[str, Any]:
        """Evidence by the instance's own client: the entry that it writes when it is pinged, else its connections.

        :param so_far: what the requests have shown, in words.
        :param cause: what may be the reason of that, None for something that Redis has no part in.
        :raises RoundtripError: its client does not work, or writes elsewhere.
        """
        key = planted.ping_key
        if key and self._removed(key):  # one of an earlier ping proves nothing
            status = self.deployment.client(instance).ping_cache(self.requests.timeout, **self.requests.of_key)
            if status == 200 and self._lives(key, polls=POLLS):
                self._removed(key)
                return {"instance": instance.name, "kind": "pinged"}
            if status not in (200, 404, *REFUSED):
                told = "does not answer" if status is None else f"answers {status}"
                raise RoundtripError(
                    f"{so_far or instance.name + ': Redis is not proved'}; its own check of the cache (/cache/ping) {told}",
                    instance=instance.name,
                    cause=REDIS_CAUSE,
                )
        if not so_far:  # nothing speaks against it, so its connections may speak for it
            seen = self._redis(instance, clients=True)
            places = [place for place in seen["clients"] or [] if place["db"] == seen["place"]["db"]]
            if places:
                return {
                    "instance": instance.name,
                    "kind": "connected",
                    "connections": sum(one["connections"] for one in places),
                }
        raise RoundtripError(
            so_far or f"{instance.name} has no connection to the database that the file names",
            instance=instance.name,
            cause=cause,
        )

    def _write_path(self, planted: Planted, ttl: int | None) -> dict[str, Any]:
        """Send one request that nobody planted, and look for its entry."""
        instance = answering(self.deployment)[0]
        requests = self.requests.planted(planted)
        try:
            answer = requests.ask(self.deployment, instance, written_prompt(self.run), max_tokens=1)
        except InstanceError as error:
            self._require_redis(instance, error)
            return _unwritten(str(error))
        failure = failure_of(answer)
        if failure is not None:
            return _unwritten(failure)
        foreign = seen_as(requests.kind, foreign_id(self.run))
        apart = {"namespaces_apart": answer["id"] != foreign} if planted.foreign_keys else {}
        entries = self._redis(exists=list(planted.written_keys), polls=POLLS)["entries"] or {}
        found = [seconds for seconds in entries.values() if seconds > 0]
        if not found:
            return dict(_unwritten(f"{instance.name} stored no answer under the key that was computed for it"), **apart)
        return {"proved": ttl is None or max(found) <= ttl, "ttl": max(found), "answer_id": answer["id"], **apart}

    def _require_redis(self, instance: Instance, failure: InstanceError) -> None:
        """Tell an upstream that does not answer, which takes nothing back, from a Redis for which each request waits.

        :param failure: why a request was not answered.
        :raises RoundtripError: Redis does not answer, either.
        """
        try:
            self._redis(instance)
        except InstanceError as error:
            if error.context.get("code") == "redis_unreachable":
                raise RoundtripError(
                    f"{failure}, and Redis does not answer there any more: {str(error).removeprefix(f'{instance.name}: ')}",
                    instance=instance.name,
                    cause=REDIS_CAUSE,
                ) from None

    def _shared_with(self, other: Instance, planted: Planted, answer_id: str) -> dict[str, Any]:
        """Whether an instance gives what the first one has written, which it never saw: from Redis.

        :returns: its name, and ``given``, None for not known, because it did not answer, or the entry went meanwhile.
        """
        told = {"instance": other.name, "given": None}
        try:
            answer = self.requests.planted(planted).ask(self.deployment, other, written_prompt(self.run), max_tokens=1)
        except InstanceError:
            return told
        if is_given_again(answer, [answer_id]):
            return dict(told, given=True, seconds=answer["seconds"])
        if failure_of(answer) is None and any(self._lives(key) for key in planted.written_keys):
            return dict(told, given=False)
        return told

    def _lives(self, key: str, polls: int = 1) -> bool:
        """Whether an entry is in the database."""
        return ((self._redis(exists=[key], polls=polls)["entries"] or {}).get(key) or -2) > 0

    def _removed(self, key: str) -> bool:
        """Remove an entry; whether it is gone."""
        self._redis(delete=[key])
        return not self._lives(key)

    def _redis(self, instance: Instance | None = None, **request: Any) -> dict[str, Any]:
        """A look at Redis from one instance, by default the first."""
        return self.deployment.client(instance or answering(self.deployment)[0]).redis(self.text, **request)


def _not_harvested(evidence: dict[str, Any]) -> dict[str, Any]:
    """The finding about an instance that did not give a planted answer."""
    if evidence["kind"] == ADDED:
        return finding(
            "instance_added",
            f"{evidence['instance']} was added by somebody during the run, and Redis is not proved there: {evidence['reason']}. "
            "Run the playbook erni_ki.litellm.verify when it is up",
        )
    return finding(
        "cache_key_differs",
        f"{evidence['instance']} did not give the planted answer ({evidence.get('reason') or _NOT_PLANTED}); Redis was proved "
        f"in another way: {evidence['kind']}",
    )


def _without_requests(evidence: list[dict[str, Any]], why_not: str | None) -> dict[str, Any]:
    kinds = " and ".join(sorted({entry["kind"] for entry in evidence}))
    return finding(
        "no_request_cached",
        f"Redis was proved without a request ({kinds}), because {why_not or 'nothing was planted'}",
    )


def _unwritten(reason: str) -> dict[str, Any]:
    message = f"the write path is not proved: {reason}"
    return {"proved": None, "finding": finding("write_path_unproved", message)}
