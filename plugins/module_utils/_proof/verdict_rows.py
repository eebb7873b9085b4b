# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verification shows, one row for each thing that was looked at, with its verdict.

Pure: results of the modules in, rows out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._change.pending import clock, way_in_words
from .._telling import PLAYBOOKS, counted
from .evidence import in_words
from .experiment_rows import rows_of_experiments
from .latency_rows import BUDGETS, beside_instances, of_instance
from .row import FACT, NOTE, OK, WRONG, Row
from .strangers import answers_of_others

#: Kinds of evidence that come from answers to requests.
BY_REQUESTS = ("harvested", "hit", "second instance", "written")
_VERDICTS = {"unproved": NOTE, "added": NOTE, "contradicted": WRONG}
#: Findings of the proof that the evidence of an instance tells already.
_TOLD_BY_EVIDENCE = ("not_local",)
#: Where a connection without an address comes from.
_UNIX_SOCKET = "a unix socket"
#: What a look is called that was not allowed, as where it was: the names of the modules are others.
_LOOKS = {"clients": "connections", "count": "entries"}
_WAITS = ("socket_timeout", "socket_connect_timeout", "health_check_interval", "retry_on_timeout")
PLAYBOOK = "ansible-playbook erni_ki.litellm."
PLAYBOOK_OF = {mode: PLAYBOOK + name for mode, name in PLAYBOOKS.items()}
_AFTER_REDIS = f"{PLAYBOOK}verify, as soon as Redis answers the proxy; to do without it, {PLAYBOOK_OF['local']}"


@dataclass(frozen=True)
class Looks:
    """What was seen, as the modules tell it.

    :param found: result of litellm_cache_info.
    :param proof: result of litellm_cache_roundtrip, also of one that failed.
    :param redis: result of redis_cache_info, also of one that failed.
    :param access: whether the operator said how the managed host reaches Redis.
    :param details: whether issues that the version has, but that were not seen, are shown.
    :param latency: result of litellm_cache_latency, {} for none.
    :param former: what is kept of the last measuring of each mode, as ``latency.summary`` made it; {} for nothing.
    :param budgets: seconds that the middle hit of each mode may take.
    """

    found: dict[str, Any]
    proof: dict[str, Any]
    redis: dict[str, Any]
    access: bool = False
    details: bool = False
    latency: dict[str, Any] = field(default_factory=dict)
    former: dict[str, Any] = field(default_factory=dict)
    budgets: dict[str, float] = field(default_factory=lambda: dict(BUDGETS))

    @property
    def mode(self) -> str:
        """The cache mode of the file."""
        return str(self.found["cache"]["mode"])

    @property
    def stored(self) -> str | None:
        """The type of cache that LiteLLM has in its own database, None for none."""
        rows = (((one.get("stored") or {}).get("settings") or {}) for one in self.found["instances"])
        return next((str(row["type"]) for row in rows if row.get("type")), None)

    @property
    def effective(self) -> list[str]:
        """The types of cache that the instances report, each once."""
        return sorted({one["cache_type"] for one in self.found["instances"] if one["running"] and one["cache_type"]})

    @property
    def unproved(self) -> str:
        """Why the proof failed; empty where it did not."""
        told = "evidence" in self.proof or "would_ask" in self.proof
        return "" if told else str(self.proof.get("msg") or "the proof has no result")

    def rows(self) -> Iterator[Row]:
        """All rows, in the order in which they are read."""
        yield from self._of_the_file()
        yield from self._of_the_proof()
        for instance in self.found["instances"]:
            yield from _InstanceRows(self, instance).rows()
        yield from beside_instances(self.latency, self.former)
        if self.mode == "redis":
            yield from self._of_redis()

    def _of_the_file(self) -> Iterator[Row]:
        yield from rows_of_modes(self.mode, self.found["instances"])
        for finding in self.found["findings"]:
            yield Row(NOTE, "the file", finding["message"])
        pending = self.found["pending"]
        if pending:
            seen = f"{way_in_words(pending)} by {pending['user']} since {clock(pending['since'])}"
            yield Row(NOTE, "pending change", seen, mend=f"{PLAYBOOK}history tells how the pending change stands")

    def _of_the_proof(self) -> Iterator[Row]:
        if self.unproved:
            if not self.found["running"]:
                mend = f"{PLAYBOOK_OF['local']}, which needs no running instance"
            else:
                mend = _AFTER_REDIS if self.mode == "redis" else f"{PLAYBOOK}verify, when the reason is mended"
            yield Row(WRONG, "proof", self.unproved, "the mode is not proved", "" if self.mode == "none" else mend)
        for finding in self.proof.get("findings") or []:
            if finding["code"] not in _TOLD_BY_EVIDENCE:
                yield Row(NOTE, "proof", finding["message"])
        written = self.proof.get("write_path") or {}
        if written.get("ttl") is not None:
            told = f"an answer was written, to live {counted(written['ttl'], 'second')}"
            yield Row(OK if written["proved"] else NOTE, "write path", told)
        yield from rows_of_experiments(self.proof, self.mode)

    def _of_redis(self) -> Iterator[Row]:
        redis = self.redis
        if "place" not in redis:
            why = str(redis.get("msg") or "it was not looked at")
            if self.access:
                mend = f"mend litellm_cache_redis_access, or leave it unset; then {PLAYBOOK}verify"
                seen = f"not reached as litellm_cache_redis_access says: {why}"
                yield Row(WRONG, "Redis from this host", seen, "litellm_cache_redis_access does not reach Redis", mend)
            else:
                yield Row(
                    NOTE, "Redis from this host", f"not observable (litellm_cache_redis_access can say how): {why}"
                )
            return
        yield Row(OK, "Redis from this host", " ".join([redis["place"], *_server_in_words(redis)]))
        for place in (redis["clients"] or {}).get("others") or []:
            if place["db"] == redis["db"]:
                address = place["address"] or _UNIX_SOCKET
                told = f"{counted(place['connections'], 'connection')} of others from {address}"
                yield Row(FACT, "  connections", told)
        census = redis.get("census") or {}
        for kind, seen in (census.get("kinds") or {}).items():
            yield Row(FACT, "  entries", _kind_in_words(kind, seen, bool(census["sampled"])))
        if census and not census["kinds"]:
            yield Row(FACT, "  entries", "none")
        for told in answers_of_others(redis):
            yield Row(NOTE, "  entries of others", told)
        for look, reason in redis["not_observable"].items():
            yield Row(NOTE, f"  {_LOOKS.get(look, look)}", f"not observable, {reason}")


@dataclass(frozen=True)
class _InstanceRows:
    """The rows of one instance, an entry of the result of litellm_cache_info."""

    looks: Looks
    told: dict[str, Any]

    def rows(self) -> Iterator[Row]:
        """All of them; what belongs to the instance is indented below its name."""
        told = self.told
        versions = f"LiteLLM {told['litellm_version'] or 'unknown'}, redis-py {told['redis_py_version'] or 'unknown'}"
        yield Row(FACT, told["name"], versions if told["running"] else told["status"])
        yield Row(FACT, "  image", told["image"])
        yield from self._stale()
        yield from self._evidence()
        yield from self._shared()
        yield from of_instance(self.looks.latency, told["name"], self.looks.budgets)
        yield from self._settings()
        yield from self._redis()
        log = told.get("log") or []
        for line in log:
            yield Row(NOTE, "  log since its start", f"{line['text']}, {counted(line['count'], 'time')}")
        if not log:
            yield Row(OK, "  log since its start", "nothing about the cache")

    def _bare(self, problem: str) -> str:
        """A problem without the name of the instance, below which it stands."""
        return problem.removeprefix(f"{self.told['name']}: ")

    def _stale(self) -> Iterator[Row]:
        told, name = self.told, self.told["name"]
        yield from rows_of_staleness(told, self.looks.mode, self.looks.found["running"])
        if told["problem"] and not (told.get("redis") or {}).get("problem"):
            seen = told["problem"].removeprefix(f"{name}: ")
            yield Row(
                WRONG, "  problem", seen, f"{name} does not work", f"{PLAYBOOK}verify, when the problem is mended"
            )

    def _evidence(self) -> Iterator[Row]:
        for seen in self.looks.proof.get("evidence") or []:
            if seen["instance"] != self.told["name"]:
                continue
            words = in_words(seen)
            if seen["kind"] == "contradicted":
                mend = f"take the cache settings out of LiteLLM's web interface, then {PLAYBOOK_OF['local']}"
                yield Row(WRONG, "  proof", words, f"{seen['instance']} {words}", mend)
            else:
                yield Row(_VERDICTS.get(seen["kind"], OK), "  proof", words)
            if seen.get("own") is False:
                yield Row(
                    NOTE, "  its own cache", "gave what another instance had answered: something before it caches too"
                )

    def _shared(self) -> Iterator[Row]:
        """In Redis mode each instance gives what another one has written."""
        name = self.told["name"]
        for seen in self.looks.proof.get("shared") or []:
            if seen["instance"] != name:
                continue
            if seen["given"]:
                told = f"gave what the first instance had written, in {counted(seen['seconds'], 'second')}"
                yield Row(OK, "  shared", told)
            elif seen["given"] is False:
                told = "answered anew what the first instance had written and Redis still has"
                mend = "compare the variables of the instances, such as REDIS_* and those of a namespace"
                yield Row(WRONG, "  shared", told, f"{name} does not share the answers of the others", mend)
            else:
                yield Row(NOTE, "  shared", "not shown, no answer came, or the entry went meanwhile")

    def _settings(self) -> Iterator[Row]:
        settings = self.told.get("settings") or {}
        rows = settings.get("rows") or []
        waits = [row for row in rows if row["setting"] in _WAITS]
        if waits:
            told = ", ".join(f"{row['setting']} {_value(row['effective'])}" for row in waits)
            yield Row(NOTE if any(row["drift"] for row in waits) else OK, "  waits in effect", told)
        for row in rows:
            if row["drift"]:
                where = "in LiteLLM's database" if row["stored"] is not None else "in effect"
                told = f"{_plain(row['configured'])} in the file, {_plain(row['effective'])} {where}: {row['why']}"
                yield Row(NOTE, f"  {row['setting']}", told)
        for finding in settings.get("findings") or []:
            if finding["class"] != "cosmetic":
                mend = finding.get("way_out") or ""
                yield Row(WRONG, "  settings", finding["message"], f"{self.told['name']} does not heed the file", mend)
        for issue in settings.get("known_issues") or []:
            if issue["observed"] or self.looks.details:
                kind = "is present" if issue["observed"] else "of this version"
                verdict = NOTE if issue["observed"] else FACT
                yield Row(verdict, "  known issue", f"{issue['identifier']} {kind}: {issue['title']}")
        if settings.get("problem"):
            yield Row(NOTE, "  settings", f"not observable, {self._bare(settings['problem'])}")

    def _redis(self) -> Iterator[Row]:
        seen, name = self.told.get("redis"), self.told["name"]
        if not seen:
            return
        if seen["problem"]:
            yield Row(WRONG, "  Redis", self._bare(seen["problem"]), f"{name} does not reach Redis", _AFTER_REDIS)
            return
        if seen["connections"] is not None and not seen["connections"]:
            mend = f"{PLAYBOOK}verify after some requests to the proxy"
            yield Row(WRONG, "  connections", "none to Redis", f"{name} has no connection to Redis", mend)
        for place in seen["connections"] or []:
            address = place["address"] or _UNIX_SOCKET
            told = f"{counted(place['connections'], 'connection')} from {address} to database {place['db']}"
            yield Row(OK if place["db"] == seen["place"]["db"] else NOTE, "  connections", told)
        entries = seen["entries"]
        if entries and not self.looks.redis.get("census"):
            among = "" if entries["complete"] else f" among the {entries['scanned']} looked at"
            told = f"{counted(entries['keys'], 'key')} in database {seen['place']['db']}, "
            yield Row(FACT, "  entries", f"{told}{counted(entries['responses'], 'cached answer')}{among}")
        for look, reason in seen["not_observable"].items():
            yield Row(NOTE, f"  {_LOOKS.get(look, look)}", f"not observable, {reason}")


def rows_of_modes(mode: str, instances: list[dict[str, Any]]) -> Iterator[Row]:
    """The cache mode that the file says, and the one in effect.

    :param instances: entries of the result of litellm_cache_info.
    """
    known = mode in PLAYBOOK_OF
    either = f"{PLAYBOOK_OF['local']}, or {PLAYBOOK_OF['redis']}"
    yield Row(FACT, "mode in the file", mode, mend="" if known else either)
    told = {one["name"]: one["cache_type"] or "not told" for one in instances if one["running"]}
    if told:
        kinds = sorted(set(told.values()))
        seen = kinds[0] if len(kinds) == 1 else ", ".join(f"{name} {kind}" for name, kind in told.items())
        if known and set(told.values()) - {mode, "not told"}:
            brief = "the mode in effect is not that of the file"
            yield Row(WRONG, "mode in effect", seen, brief, PLAYBOOK_OF[mode])
        else:
            yield Row(OK if set(told.values()) == {mode} else NOTE, "mode in effect", seen)


def rows_of_staleness(told: dict[str, Any], mode: str, running: int) -> Iterator[Row]:
    """That an instance does not run what the file says.

    :param told: an entry of the result of litellm_cache_info.
    :param mode: the cache mode of the file.
    :param running: how many instances run.
    """
    if told["stale"]:
        mend = PLAYBOOK_OF.get(mode, "") if running else PLAYBOOK_OF["local"]
        yield Row(WRONG, "  stale", ", ".join(told["stale"]), f"{told['name']} is stale", mend)


def _server_in_words(redis: dict[str, Any]) -> Iterator[str]:
    server, memory = redis["server"], redis["memory"]
    if not server or not memory:
        return
    limit = f" of {counted(memory['limit'], 'byte')}" if memory["limit"] else ""
    yield (
        f"{server['name']} {server['version']}, {counted(memory['used'], 'byte')} used{limit}, {memory['policy']}, "
        f"{counted(memory['evicted_keys'], 'key')} evicted since its start"
    )


def _kind_in_words(kind: str, seen: dict[str, Any], sampled: bool) -> str:
    told = f"{'about ' if sampled else ''}{counted(seen['keys'], 'key')} of the kind {kind}"
    if seen["bytes"]:
        told += f", {counted(seen['bytes'], 'byte')}"
    if seen["ttl"]:
        ttl = {name: counted(seconds, "second") for name, seconds in seen["ttl"].items()}
        same = ttl["min"] == ttl["max"]
        told += f", {ttl['min']} to live" if same else f", {ttl['min']} to {ttl['max']} to live, median {ttl['median']}"
    if seen["without_ttl"]:
        told += f", {seen['without_ttl']} without an end"
    return told


def _value(value: Any) -> str:
    """A wait, or whether something is done."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return counted(value, "second") if is_number else _plain(value)


def _plain(value: Any) -> str:
    """A setting as a file of YAML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)
