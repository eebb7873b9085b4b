# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves local mode by requests: a miss, then a hit, in each instance."""

from __future__ import annotations

from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._deployment.instances import Instance
from .._finding import finding
from .planted import written_prompt
from .requests import REPEAT_AT_MOST, Requests, answering, failure_of, repeats


def miss_then_hit(deployment: Deployment, requests: Requests, run: str) -> dict[str, Any]:
    """Send each instance one request until its answer repeats, over one connection.

    Each worker process has a cache of its own, so a second connection could reach another one. The request may reach the
    upstream, once for each instance: it is the same for all of them, and none has what another one has. Where no hit can be
    shown, the type that the proxy reports has to do, and the reason is told: the mode that needs no server is never given up
    because something could not be shown.

    :param run: name of the run; it makes the requests unique.
    :returns: evidence per instance and findings. The kind ``contradicted`` is one that reports a cache which is not local.
    """
    evidence: list[dict[str, Any]] = []
    findings = []
    given: set[str] = set()
    for instance in answering(deployment):
        cache_type = _reported_type(deployment, requests, instance)
        if cache_type not in (None, "local"):
            evidence.append({"instance": instance.name, "kind": "contradicted", "cache_type": cache_type})
            message = f"{instance.name} still reports a cache of type {cache_type}, not local"
            findings.append(finding("not_local", message))
            continue
        last, reason = _repeated(deployment, requests, run, instance)
        if reason is None:
            own = last["computed"] is not None or last["id"] not in given  # of an embedding it was told
            given.add(last["id"])
            evidence.append({"instance": instance.name, "kind": "hit", "seconds": last["seconds"], "own": own})
            continue
        evidence.append({"instance": instance.name, "kind": "unproved", "cache_type": cache_type, "reason": reason})
        findings.append(_no_hit(instance, reason, cache_type))
    return {"evidence": evidence, "findings": findings}


def _reported_type(deployment: Deployment, requests: Requests, instance: Instance) -> str | None:
    """The type of the cache that an instance reports, None for not told.

    :raises InstanceError: its process has ended. A look that fails for another reason says nothing against the mode.
    """
    try:
        return deployment.client(instance).look(**requests.of_key)["cache_type"]
    except InstanceError:
        now = deployment.refreshed(instance)
        if not now.running or now.started != instance.started:
            raise
        return None


def _repeated(
    deployment: Deployment, requests: Requests, run: str, instance: Instance
) -> tuple[dict[str, Any], str | None]:
    """The answer that repeats; or why none does."""
    if requests.why_not is not None:
        return {}, requests.why_not
    prompt = written_prompt(run)
    try:
        answers = requests.send(deployment, instance, [prompt, prompt], max_tokens=1, repeat_at_most=REPEAT_AT_MOST)
    except InstanceError as error:
        return {}, str(error)
    last = answers[-1]
    if repeats(answers):
        return last, None
    not_cached = "its answers did not repeat: this kind of request is not cached by the file's settings"
    return last, failure_of(last) or not_cached


def _no_hit(instance: Instance, reason: str, cache_type: str | None) -> dict[str, Any]:
    told = f"the proxy reports the cache type {cache_type}" if cache_type else "the proxy does not tell its cache type"
    return finding("hit_unproved", f"{instance.name}: no hit was seen, because {reason}; {told}")
