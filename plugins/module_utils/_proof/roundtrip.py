# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves a cache mode by requests: plants and harvests in Redis mode, misses and hits in local mode.

A status of 200 proves nothing, and a hit proves "some cache": LiteLLM's memory tier
answers with Redis down. So in Redis mode answers that nobody ever asked for are stored in Redis, and each
instance must give them: only Redis can have told it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._deployment.instances import Instance
from .._errors import LitellmCacheError, OptionError
from .._settings.description import describe_cache
from .findings import REFUSING_CODES, findings_of

PROBE_DEADLINE = 90
LOOK_DEADLINE = 30
REDIS_TIMEOUT = 10
#: How often the miss of local mode is repeated until it is a hit; LiteLLM stores an answer after it was sent.
REPEAT_AT_MOST = 3


class RoundtripError(LitellmCacheError):
    """The cache does not do what was to be proved."""


@dataclass(frozen=True)
class Requests:
    """How the confirming requests are sent.

    ``key`` is a literal LiteLLM key, ``key_variable`` the name of the proxy's variable that holds it; None for
    the proxy's own. ``timeout`` is in seconds. ``use_cache`` asks for the cache in so many words, which
    ``cache_params.mode: default_off`` needs.
    """

    model: str
    timeout: int
    key: str | None = None
    key_variable: str | None = None
    use_cache: bool = False

    @classmethod
    def from_options(cls, params: dict[str, Any], cache: dict[str, Any]) -> Requests:
        """The requests that prove a configuration.

        :param params: options of a module with the bundle of requests.
        :param cache: what describe_cache tells of the configuration.
        :raises OptionError: no model is known, its answers are not cached, or the key file cannot be read.
        """
        model = params["test_model"] or cache["test_model"]
        if not model:
            raise OptionError(
                "test_model",
                "the file's model_list has no chat model without a wildcard to prove the cache with: set "
                "litellm_cache_test_model to a model that the proxy serves",
            )
        call_types = cache["supported_call_types"]
        if isinstance(call_types, list) and "acompletion" not in call_types:
            raise OptionError(
                "supported_call_types",
                "supported_call_types leaves out acompletion, so no chat answer is cached and nothing can be proved by "
                "one: add it in litellm_cache_supported_call_types",
            )
        key = params["master_key"] or None
        if params["master_key_file"]:
            try:
                key = Path(params["master_key_file"]).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise OptionError(
                    "master_key_file", f"{params['master_key_file']} cannot be read: {error.strerror}"
                ) from None
        use_cache = cache["request_mode"] == "default_off"
        return cls(model, params["request_timeout"], key, params["master_key_env"] or None, use_cache)


@dataclass(frozen=True)
class Proof:
    """The proofs of one run on one deployment.

    :param requests: None where no request is sent and nothing is planted.
    :param run: name of the run; it makes the requests unique and lets two tasks agree on them.
    :param text: the configuration to prove. It goes into the container with each order, because an instance that
        was not restarted still sees the file of before.
    """

    deployment: Deployment
    requests: Requests | None
    run: str
    text: str

    def prompt(self, instance: Instance) -> str:
        """What the planted request of one instance says."""
        return f"erni_ki.litellm planted request {self.run} for {instance.name}"

    def answer_id(self, instance: Instance) -> str:
        """Identifier of the planted answer of one instance."""
        return f"erni-ki-plant-{self.run}-{instance.name}"

    def written_prompt(self) -> str:
        """What the request of the write path says."""
        return f"erni_ki.litellm written request {self.run}"

    def emptied_prompt(self, instance: Instance) -> str:
        """What the request says that is a hit before the cache is emptied, and a miss after."""
        return f"erni_ki.litellm emptied request {self.run} for {instance.name}"

    # -- Redis --------------------------------------------------------------------------------------------

    def probe(self, ttl: int | None, refuse: bool) -> dict[str, Any]:
        """Prove the text inside the first instance that runs, and plant one answer for each instance.

        :param ttl: seconds that the planted entries live, None to plant nothing.
        :param refuse: whether nothing is planted where a wanted value would not be effective.
        :returns: what was observed, ``plants`` with their keys, and ``findings``.
        :raises RoundtripError: no instance runs, Redis does not work, or LiteLLM would not start.
        """
        instance = self._answering()[0]
        wishes = [{"prompt": self.prompt(one), "answer_id": self.answer_id(one)} for one in self.deployment.instances]
        try:
            answer = self.deployment.client(instance).ask(
                "probe",
                PROBE_DEADLINE,
                candidate=self.text,
                model=self.requests.model if self.requests is not None and ttl is not None else None,
                plants=wishes,
                written=self.written_prompt(),
                ttl=ttl,
                refused_by=REFUSING_CODES if refuse else (),
            )
        except InstanceError as error:
            raise RoundtripError(explained(error), **error.context) from None
        answer["findings"] = findings_of(answer, describe_cache(self.text)["form"])
        answer["instance"] = instance.name
        return answer

    def harvest(
        self, planted: dict[str, Any], ttl: int | None, harvested: Iterable[dict[str, Any]] = ()
    ) -> dict[str, Any]:
        """Ask each instance that was not asked yet for its planted answer, then prove the write path once.

        :param planted: ``plants`` and ``written_keys`` of what :meth:`probe` returned.
        :param ttl: seconds that an entry is to live, None for not known.
        :param harvested: evidence of the instances that :meth:`harvest_from` has asked. An answer can be harvested
            once: then the process has it in its memory.
        :returns: evidence per instance, findings, and the write path.
        :raises RoundtripError: an instance does not answer from Redis.
        """
        known = {entry["instance"]: entry for entry in harvested}
        evidence = [known.get(instance.name) or self.harvest_from(instance, planted) for instance in self._answering()]
        findings = [_key_differs(entry["instance"]) for entry in evidence if entry["kind"] != "harvested"]
        written = self._write_path(planted, ttl)
        if written.get("finding"):
            findings.append(written.pop("finding"))
        return {"evidence": evidence, "findings": findings, "write_path": written}

    def harvest_from(self, instance: Instance, planted: dict[str, Any]) -> dict[str, Any]:
        """Ask one instance for its planted answer.

        :returns: the evidence.
        :raises RoundtripError: it does not answer from Redis.
        """
        answer = self._ask(instance, self.prompt(instance))
        if answer["status"] != 200:
            raise RoundtripError(
                f"{instance.name} answers the planted request with status {answer['status']} and not with the "
                "answer that lies in Redis",
                instance=instance.name,
            )
        if answer["id"] == self.answer_id(instance):
            at = round(time.time(), 2)
            return {"instance": instance.name, "kind": "harvested", "seconds": answer["seconds"], "at": at}
        by_id = {plant["answer_id"]: plant["keys"] for plant in planted["plants"]}
        return self._otherwise(instance, by_id.get(self.answer_id(instance), []))

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
        prompt = f"{self.written_prompt()} for {instance.name}"
        others = [other for other in self._answering() if other.name != instance.name]
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

    def _write_path(self, planted: dict[str, Any], ttl: int | None) -> dict[str, Any]:
        """Send one request that nobody planted, and look for its entry."""
        instance = self._answering()[0]
        answer = self._ask(instance, self.written_prompt(), max_tokens=1)
        if answer["status"] != 200:
            message = f"the upstream answers with status {answer['status']}, so the write path is not proved"
            return {"proved": None, "finding": {"code": "write_path_unproved", "message": message, "line": None}}
        keys = planted["written_keys"]
        entries = self._redis(exists=keys, polls=20)["entries"] or {}
        found = [seconds for seconds in entries.values() if seconds > 0]
        if not found:
            message = f"{instance.name} stored no answer under the key that was computed for it"
            return {"proved": None, "finding": {"code": "write_path_unproved", "message": message, "line": None}}
        return {"proved": ttl is None or max(found) <= ttl, "ttl": max(found)}

    def remove(self, planted: dict[str, Any]) -> int:
        """Remove what this run stored in Redis, by exact key.

        :returns: how many entries were there.
        """
        keys = [key for plant in planted["plants"] for key in plant["keys"]] + list(planted["written_keys"])
        return self._redis(delete=keys)["deleted"] or 0 if keys else 0

    def _redis(self, **request: Any) -> dict[str, Any]:
        client = self.deployment.client(self._answering()[0])
        return client.ask("redis", LOOK_DEADLINE, candidate=self.text, timeout=REDIS_TIMEOUT, **request)

    # -- local --------------------------------------------------------------------------------------------

    def miss_then_hit(self) -> dict[str, Any]:
        """Send each instance one request until its answer repeats, over one connection.

        Each worker process has a cache of its own, so a second connection could reach another one. The request
        may reach the upstream; what the upstream refuses proves nothing, and then the type that the proxy reports
        decides.

        :returns: evidence per instance and findings.
        :raises RoundtripError: an instance reports a cache that is not local.
        """
        evidence, findings = [], []
        for instance in self._answering():
            client = self.deployment.client(instance)
            cache_type = client.ask("look", LOOK_DEADLINE)["cache_type"]
            if cache_type not in (None, "local"):
                raise RoundtripError(
                    f"{instance.name} still reports a cache of type {cache_type}, not local", instance=instance.name
                )
            prompt = f"{self.written_prompt()} for {instance.name}"
            answers = self._chat(client, [prompt, prompt], max_tokens=1, repeat_at_most=REPEAT_AT_MOST)
            last = answers[-1]
            if last["status"] == 200 and last["id"] in [answer["id"] for answer in answers[:-1]]:
                evidence.append({"instance": instance.name, "kind": "hit", "seconds": last["seconds"]})
                continue
            evidence.append({"instance": instance.name, "kind": "unproved", "cache_type": cache_type})
            findings.append(_unproved(instance, last, cache_type))
        return {"evidence": evidence, "findings": findings}

    # -- emptied ------------------------------------------------------------------------------------------

    def warm(self, namespace: str | None) -> list[dict[str, Any]]:
        """Make each instance answer one request from its cache, so that it can be shown to miss it later.

        :param namespace: that of the answer, None for the file's.
        :returns: for each instance the id of the answer that repeats, None where no hit was seen.
        """
        warmed = []
        for instance in self._answering():
            prompt = self.emptied_prompt(instance)
            client = self.deployment.client(instance)
            answers = self._chat(
                client, [prompt, prompt], max_tokens=1, repeat_at_most=REPEAT_AT_MOST, namespace=namespace
            )
            last = answers[-1]
            hit = last["status"] == 200 and last["id"] in [answer["id"] for answer in answers[:-1]]
            # The key tells whether LiteLLM has heeded the namespace: else the answer is none of those that go.
            hit = hit and (not namespace or str(last["cache_key"]).startswith(f"{namespace}:"))
            warmed.append({"instance": instance.name, "id": last["id"] if hit else None, "status": last["status"]})
        return warmed

    def missed(self, warmed: list[dict[str, Any]], namespace: str | None) -> dict[str, Any]:
        """Ask each instance for what it answered from its cache before, without leaving a new entry.

        An answer of the upstream, also a refusal, is a miss.

        :param warmed: what :meth:`warm` returned.
        :param namespace: the one that was given to it.
        :returns: evidence per instance and findings.
        :raises RoundtripError: an instance still answers from its cache.
        """
        before = {entry["instance"]: entry["id"] for entry in warmed}
        evidence, findings = [], []
        for instance in self._answering():
            if before.get(instance.name) is None:
                evidence.append({"instance": instance.name, "kind": "unproved"})
                message = f"{instance.name}: no hit was seen before, so a miss proves nothing"
                findings.append({"code": "miss_unproved", "message": message, "line": None})
                continue
            answer = self._ask(
                instance, self.emptied_prompt(instance), max_tokens=1, no_store=True, namespace=namespace
            )
            if answer["id"] == before[instance.name]:
                raise RoundtripError(f"{instance.name} still answers from its cache", instance=instance.name)
            evidence.append({"instance": instance.name, "kind": "missed", "seconds": answer["seconds"]})
        return {"evidence": evidence, "findings": findings}

    # -- requests -----------------------------------------------------------------------------------------

    def _answering(self) -> list[Instance]:
        running = list(self.deployment.running())
        if not running:
            raise RoundtripError(
                "no instance runs that could be asked. To get a proxy back that does not start, run the playbook "
                "erni_ki.litellm.rollback_local"
            )
        return running

    def _ask(self, instance: Instance, prompt: str, **request: Any) -> dict[str, Any]:
        return self._chat(self.deployment.client(instance), [prompt], **request)[0]

    def _chat(self, client: Any, prompts: list[str], **request: Any) -> list[dict[str, Any]]:
        requests = self.requests
        if requests is None:
            raise RoundtripError("this proof was made for no request")
        deadline = requests.timeout * (len(prompts) + request.get("repeat_at_most", 0)) + LOOK_DEADLINE
        return client.ask(
            "ask",
            deadline,
            model=requests.model,
            prompts=prompts,
            timeout=requests.timeout,
            key=requests.key,
            key_variable=requests.key_variable,
            use_cache=requests.use_cache,
            **request,
        )["answers"]


def explained(error: InstanceError) -> str:
    """Why an instance refused a candidate, with the way out where it told what is at fault."""
    variable = error.context.get("variable")
    if variable:
        return f"{error}. The proxy's environment variable {variable} does it: do not export it to the proxy"
    if error.context.get("where") == "router" and error.context.get("setting"):
        return f"{error}. Remove {error.context['setting']} from router_settings.cache_kwargs"
    return str(error)


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
