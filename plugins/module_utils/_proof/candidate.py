# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of a candidate before anything is touched: looked, planned, proved inside a running instance.

Ties the observation (_observation), the plan (_mode_change) and the probe (_roundtrip).
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from .._change.mode_change import Author, ModeChange
from .._change.state import ChangeState
from .._deployment.deployment import Deployment
from .._errors import LitellmCacheError
from .._settings.description import describe_cache
from .._settings.keys import MODE_REDIS
from .._settings.wishes import CacheWishes
from .findings import (
    findings_of,
    refusal_of,
    stored_row,
)
from .observation import Observation, require_write_access
from .roundtrip import Proof, Requests, RoundtripError

#: What belongs to the planted entries in the answer of a probe.
PLANTED = ("plants", "written_keys")
PLACE_KEYS = ("host", "port", "db")
UNTOUCHED = "; nothing was changed"
#: Seconds that planted entries live longer than the change may take.
PLANTED_LONGER = 120


class CandidateProof:
    """What a change would be and do.

    :param params: options of a module with the bundles of the deployment, the cache and the requests, and ``proof``,
        ``known_issues``, ``confirm_timeout`` (seconds) and ``take_over``; ``user`` and ``reason`` where it commits.
    :param run: name of the run.
    :raises LitellmCacheError: the deployment is not fit for a change, or the file cannot be edited exactly.
    """

    def __init__(self, deployment: Deployment, params: dict[str, Any], run: str) -> None:
        self._deployment = deployment
        self._params = params
        self._run = run
        self._wishes = CacheWishes.from_options(params)
        author = Author(run, params.get("user") or "", params.get("reason") or "")
        self.change = ModeChange(deployment.config_path, ChangeState(deployment.state_dir), author, params["take_over"])
        self._observed = self._observe()
        self.change.author = replace(author, versions=self._versions())
        self.plan = self.change.plan(self._wishes, params["snapshot"])
        self._answer: dict[str, Any] = {}
        self._findings = self._stored_findings()

    def _observe(self) -> dict[str, Any]:
        wishes = self._wishes
        require_write_access(self.change.file.path, self._deployment.state_dir)
        variables = (wishes.redis_password_env, wishes.redis_url_env) if wishes.mode == MODE_REDIS else ()
        named = tuple(name for name in variables if name)
        return Observation(self._deployment, self.change.file, named).report()

    def _versions(self) -> tuple[str, ...]:
        """The versions of LiteLLM that run."""
        return tuple(sorted({one["litellm_version"] for one in self._observed["instances"] if one["litellm_version"]}))

    @property
    def work(self) -> bool:
        """Whether there is anything to do."""
        return self.plan.changed or self.change.left_behind is not None or bool(self._observed["stale"])

    @property
    def has_planted(self) -> bool:
        """Whether entries were stored."""
        return bool(self._answer.get("plants"))

    @property
    def planted_keys(self) -> list[str]:
        """The keys of these entries, and of the one that a request of the run will store."""
        plants = self._answer.get("plants", [])
        return [key for plant in plants for key in plant["keys"]] + list(self._answer.get("written_keys", []))

    def clear_away(self) -> None:
        """Remove the entries, where the change does not come about; what cannot be removed goes by its TTL."""
        if self.has_planted:
            with contextlib.suppress(LitellmCacheError):
                Proof(self._deployment, None, self._run, self.plan.candidate).remove(self._answer)

    def wanted(self) -> bool:
        """Whether a proof is to be made.

        :raises RoundtripError: there is something to do, and no instance runs that could prove it.
        """
        proof = self._params["proof"]
        needed = self._wishes.mode == MODE_REDIS and (proof == "always" or self.work)
        if needed and not self._observed["running"]:
            raise RoundtripError(
                f"no instance of {self._observed['project']} runs, so a switch to Redis cannot be proved before it is "
                f"made{UNTOUCHED}. To get a proxy back that does not start, run the playbook "
                "erni_ki.litellm.rollback_local"
            )
        return needed and proof != "none"

    def make(self, plants: bool) -> None:
        """Prove the candidate, and plan again without the keys that LiteLLM would not start with.

        :raises RoundtripError: the candidate is refused.
        """
        refuse = self._params["known_issues"] == "refuse"
        self._judge(self._observed["instances"][0], refuse)
        text = self.plan.candidate
        requests = Requests.from_options(self._params, describe_cache(text)) if plants else None
        proof = Proof(self._deployment, requests, self._run, text)
        lease = self._params["confirm_timeout"] * len(self._deployment.instances)
        try:
            answer = proof.probe(lease + PLANTED_LONGER if plants else None, refuse)
        except RoundtripError as error:
            raise RoundtripError(f"{error}{UNTOUCHED}", **error.context) from None
        self._answer = answer
        self._findings += answer.pop("findings")
        self._judge(answer, refuse)
        if answer["left_out"]:
            if self._params["snapshot"] is not None:
                raise RoundtripError(
                    f"LiteLLM would not start with snapshot {self._params['snapshot']}: "
                    f"{', '.join(answer['left_out'])} of its cache_params is not an argument of the Redis client"
                    f"{UNTOUCHED}. Switch without litellm_cache_snapshot"
                )
            self._wishes = replace(self._wishes, leave_out=self._wishes.leave_out + tuple(answer["left_out"]))
            self.plan = self.change.plan(self._wishes)

    def _stored_findings(self) -> list[dict[str, Any]]:
        """The finding, once for all instances, that a row in LiteLLM's database would replace the candidate."""
        cache = describe_cache(self.plan.candidate)
        wanted = dict({"type": cache["mode"]}, **{key: cache["redis"][key] for key in PLACE_KEYS})
        for instance in self._observed["instances"]:
            seen = stored_row(instance["stored"], wanted)
            if seen is not None:
                return findings_of(dict(instance, observations=[seen]), cache["form"])
        return []

    def _judge(self, versions: dict[str, Any], refuse: bool) -> None:
        """Refuse the candidate if a finding so far is a reason.

        :param versions: has ``litellm_version`` and ``redis_py_version``.
        """
        reason = refusal_of(self._findings, versions) if refuse else None
        if reason is not None:
            raise RoundtripError(f"{reason}{UNTOUCHED}", findings=self._findings)

    def report(self) -> dict[str, Any]:
        """All that is known of the change, as the module returns it."""
        described = self.change.describe(self.plan)
        report = dict(
            described,
            findings=described["findings"] + self._findings,
            work=self.work,
            deployment=self._observed,
            leave_out=list(self._wishes.leave_out),
        )
        if self._answer:
            report["probe"] = {name: value for name, value in self._answer.items() if name not in PLANTED}
        if self.has_planted:
            report["planted"] = {name: self._answer[name] for name in PLANTED}
        return report
