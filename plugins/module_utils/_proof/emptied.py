# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows that a cache was emptied: what was a hit before is a miss after."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import Any

from .._change.pending import flush_record
from .._change.state import ChangeState
from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._deployment.instances import Instance
from .._finding import finding
from .._inside.kinds import is_given_again
from .process_memory import is_untouched, remember_emptied
from .requests import REPEAT_AT_MOST, Requests, RoundtripError, answering, failure_of, repeats


@dataclass(frozen=True)
class Emptied:
    """The two looks of one run at the caches of a deployment.

    :param run: name of the run; it lets two tasks send the same requests.
    :param namespace: that of the answers, None for the file's.
    :param names: of the instances that are asked, None for all that run.
    """

    deployment: Deployment
    requests: Requests
    run: str
    namespace: str | None
    names: list[str] | None = None

    def warm(self) -> list[dict[str, Any]]:
        """Make each of them answer one request from its cache, so that it can be shown to miss it later.

        :returns: for each instance the id of the answer that repeats, None where no hit was seen.
        """
        return [dict(self._warm(instance), instance=instance.name) for instance in self._asked()]

    def _asked(self) -> list[Instance]:
        return [one for one in answering(self.deployment) if self.names is None or one.name in self.names]

    def _warm(self, instance: Instance) -> dict[str, Any]:
        """The id of the answer that repeats, and the status of the last one."""
        if self.requests.why_not is not None:
            return {"id": None, "status": None, "why_not": self.requests.why_not}
        try:
            answers = self.requests.send(
                self.deployment,
                instance,
                [self._prompt(instance)] * 2,
                max_tokens=1,
                repeat_at_most=REPEAT_AT_MOST,
                namespace=self.namespace,
            )
        except InstanceError as error:
            return {"id": None, "status": None, "why_not": str(error)}
        last = answers[-1]
        # The key tells whether LiteLLM has heeded the namespace: else the answer is none of those that go.
        heeded = not self.namespace or str(last["cache_key"]).startswith(f"{self.namespace}:")
        hit = repeats(answers) and heeded
        return {"id": last["id"] if hit else None, "status": last["status"], "why_not": failure_of(last)}

    def missed(self, warmed: list[dict[str, Any]]) -> dict[str, Any]:
        """Ask each of them for what it answered from its cache before, without leaving a new entry, and mark those that miss.

        An answer of the upstream, also a refusal, is a miss.

        :param warmed: what :meth:`warm` returned.
        :returns: evidence per instance and findings.
        :raises RoundtripError: an instance still answers from its cache.
        """
        before = {entry["instance"]: entry for entry in warmed}
        evidence, findings = [], []
        for instance in self._asked():
            answer, why_not = self._missed(instance, before.get(instance.name) or {})
            if why_not is not None:
                evidence.append({"instance": instance.name, "kind": "unproved"})
                findings.append(finding("miss_unproved", f"{instance.name}: no miss was shown, because {why_not}"))
                continue
            evidence.append({"instance": instance.name, "kind": "missed", "seconds": answer["seconds"]})
        mark_emptied(self.deployment, {one["instance"] for one in evidence if one["kind"] == "missed"}, own=1)
        return {"evidence": evidence, "findings": findings}

    def _missed(self, instance: Instance, before: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
        """The answer that is a miss; or why none can be shown.

        :param before: what :meth:`warm` returned for this instance.
        :raises RoundtripError: it is the answer of before.
        """
        if before.get("id") is None:
            reason = before.get("why_not")
            return {}, "no hit was seen before" + (f": {reason}" if reason else "")
        prompt = self._prompt(instance)
        try:
            answer = self.requests.ask(
                self.deployment, instance, prompt, max_tokens=1, no_store=True, namespace=self.namespace
            )
        except InstanceError as error:
            return {}, str(error)
        if is_given_again(answer, [before["id"]]):
            raise RoundtripError(f"{instance.name} still answers from its cache", instance=instance.name)
        return answer, None

    def _prompt(self, instance: Instance) -> str:
        """What the request says that is a hit before the cache is emptied, and a miss after."""
        return f"erni_ki.litellm emptied request {self.run} for {instance.name}"


def mark_emptied(deployment: Deployment, names: set[str] | list[str], own: int) -> dict[str, str | None]:
    """Mark instances that are shown to hold no answer, for the next flush.

    :param own: how many requests of this run each was asked since.
    :returns: the versions of LiteLLM, by the names of the instances that could be asked.
    """
    versions = {}
    for instance in [one for one in deployment.running() if one.name in names]:
        try:
            told = deployment.client(instance).look()
        except InstanceError:  # then it is not marked, and the next flush restarts it
            continue
        versions[instance.name] = told["litellm_version"]
        if not told["unlogged"] and not is_untouched(deployment, instance):
            remember_emptied(deployment, [instance], own)
    return versions


def note_flush(deployment: Deployment, params: dict[str, Any], result: dict[str, Any]) -> bool:
    """End a flush: the marks of the restarted instances, and its line in the history.

    :param params: options of litellm_cache_roundtrip.
    :param result: its result so far, with the name of the run and the mode.
    """
    done = {
        "scope": params["flushed"].get("scope"),
        "place": params["flushed"].get("place") or None,
        "removed": int(params["flushed"].get("removed") or 0),
        "restarted": list(params["flushed"].get("restarted") or []),
    }
    versions = mark_emptied(deployment, done["restarted"], own=0)
    told = sorted({version for version in versions.values() if version})
    user = params["user"] or getpass.getuser()
    ChangeState.of(deployment).note_flush(flush_record(result["run"], user, result["mode"], told, done))
    return True
