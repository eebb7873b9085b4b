# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator reads of a diagnosis, and the document that reports are made of.

Pure: facts in, lines out.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from .._proof.waits import in_words
from .._telling import aligned, counted, folded
from .facts import PLAYBOOK, Facts, InstanceFacts
from .findings import Finding, findings_of
from .rules import RULES

#: Measurements of one kind that a document has at most.
MOST_SECONDS = 500
_MEND = "mend: "
_NEXT = "next: "


def diagnosis_of(facts: Facts) -> dict[str, Any]:
    """The diagnosis.

    :returns: ``lines`` to print, ``problems``: a few words for each finding, and ``document``.
    """
    findings = findings_of(facts, RULES)
    problems = [finding.rule.title for finding in findings]
    return {"lines": list(_lines(facts, findings)), "problems": problems, "document": _document(facts, findings)}


def _lines(facts: Facts, findings: list[Finding]) -> Iterator[str]:
    head = "  ".join([facts.found["project"], facts.mode])
    about = f"{facts.complaint}: " if facts.complaint else ""
    if findings:
        yield from folded(f"FOUND  {head}  {about}{counted(len(findings), 'finding')}, the most likely first")
    elif facts.complaint:
        yield from folded(f"UNKNOWN  {head}  {about}not explained; here is what was seen")
    else:
        yield from folded(f"OK  {head}  no rule finds anything wrong")
    for number, finding in enumerate(findings, 1):
        yield ""
        yield from _told(number, finding)
    if not findings:
        yield ""
        yield from aligned(list(_seen(facts)))
    yield ""
    yield from folded(_NEXT + _next_step(facts, findings), indent=" " * len(_NEXT))


def _told(number: int, finding: Finding) -> Iterator[str]:
    rule = finding.rule
    yield from folded(f"{number}  {rule.title} ({rule.likelihood}, {rule.code})", indent="   ")
    seen = [("   seen" if not place else "", sentence) for place, sentence in enumerate(finding.evidence)]
    yield from aligned([*seen, ("   cause", rule.cause)])
    yield from folded(f"   {_MEND}{finding.mend}", indent=" " * (3 + len(_MEND)))


def _next_step(facts: Facts, findings: list[Finding]) -> str:
    if findings:
        return f"mend the first one, then {PLAYBOOK}diagnose again"
    if facts.complaint:
        return (
            f"{PLAYBOOK}verify proves the mode by requests; for a request that is not cached, name it in "
            "litellm_cache_diagnose_request_file"
        )
    return "nothing to mend; whoever has a complaint names it in litellm_cache_diagnose_complaint"


def _seen(facts: Facts) -> Iterator[tuple[str, str]]:
    """What was seen, where no rule says what it means."""
    for one in facts.instances:
        yield one.name, _instance_in_words(one)
        for step, samples in (one.redis.get("seconds") or {}).items():
            if samples:
                took = f"{_brief(median(samples))}, at most {_brief(max(samples))}"
                yield f"  {step}", f"{took}, of {counted(len(samples), 'try')}"
        slow = one.server.get("slow_commands")
        if slow:
            yield "  slow commands", f"{slow['count']} within the last hour"
        if one.effective.get("socket_timeout") is not None:
            yield "  waits", in_words(one.effective)
        asked = one.requests
        if asked:
            yield "  requests", f"{counted(asked['count'], 'request')} in its log, {asked['failed']} failed"
        for event in one.events:
            yield "  log", f"{event['text']}, {counted(event['count'], 'time')}"
        for look, reason in (one.redis.get("not_observable") or {}).items():
            yield f"  {look.replace('_', ' ')}", f"not observable, {reason}"
    if facts.gathered.get("request_problem"):
        yield "the request", f"not observable, {facts.gathered['request_problem']}"
    memory = facts.redis.get("memory")
    if memory:
        limit = f" of {counted(memory['limit'], 'byte')}" if memory["limit"] else ""
        yield "Redis", f"{counted(memory['used'], 'byte')} used{limit}, {memory['policy']}"


def _brief(seconds: float) -> str:
    """A time that is mostly less than a millisecond."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else counted(seconds, "second")


def _instance_in_words(one: InstanceFacts) -> str:
    if not one.told["running"]:
        return str(one.told["status"])
    cache = one.told["cache_type"]
    return f"LiteLLM {one.told['litellm_version'] or 'unknown'}{f', its cache is {cache}' if cache else ''}"


def _document(facts: Facts, findings: list[Finding]) -> dict[str, Any]:
    """The document, of what is known."""
    census = facts.redis.get("census")
    effective = sorted({str(one.told["cache_type"]) for one in facts.running if one.told["cache_type"]})
    stored = next((one.told["stored"]["settings"] for one in facts.running if one.told.get("stored")), None)
    words = "no rule finds anything wrong" if not findings else findings[0].rule.title
    return {
        "schema": 1,
        "kind": "diagnose",
        "at": facts.gathered["at"],
        "project": facts.found["project"],
        "service": facts.gathered["service"],
        "mode": {"file": facts.mode, "stored": (stored or {}).get("type"), "effective": effective},
        "verdict": {"ok": not findings, "words": words, "problems": [finding.rule.title for finding in findings]},
        "findings": [finding.to_dict() for finding in findings],
        "instances": [
            {name: one.told[name] for name in ("name", "litellm_version", "redis_py_version", "image", "stale")}
            for one in facts.instances
        ],
        "latency": [
            {"instance": one.name, "what": "redis ping", "mode": facts.mode, "seconds": samples[:MOST_SECONDS]}
            for one in facts.running
            for samples in [(one.redis.get("seconds") or {}).get("ping")]
            if samples
        ],
        **({"census": {"place": facts.redis["place"], "kinds": _counts(census["kinds"])}} if census else {}),
    }


def _counts(kinds: dict[str, Any]) -> dict[str, Any]:
    """How many keys of each kind there are, and how large."""
    return {kind: {name: seen[name] for name in ("keys", "bytes")} for kind, seen in kinds.items()}
