# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The candidate, from the options to the replaced file: looked, planned, proved inside a running instance, committed.

Ties the observation of the deployment to the plan of the edit, to the probe, and to the change of the file.
"""

from __future__ import annotations

import getpass
from dataclasses import replace
from typing import Any

from .._change.arming import GuardError
from .._change.mode_change import Author, ModeChange
from .._change.precautions import Precautions
from .._change.state import ChangeState
from .._deployment.deployment import Deployment
from .._deployment.project import config_path_of, state_dir_of
from .._deployment.rolling_restart import SILENCE_SECONDS, Waits
from .._edit.plan import Plan
from .._errors import LitellmCacheError
from .._finding import finding
from .._module import WAITS, run_of
from .._settings.keys import MODE_LOCAL, MODE_REDIS, PLACE_KEYS
from .._settings.masked_diff import masked_diff
from .._settings.own_words import require_no_own_word_in, words_of
from .._settings.wishes import CacheWishes
from .access import Access
from .before_change import before_any_change, no_metrics, require_metrics, unproved
from .canary import Canary, lifetime_of
from .effect import CandidateEffect, without_doubt
from .findings import findings_of, refusal_of, stored_row
from .leaving_redis import before_leaving
from .observation import Observation, require_replaceable, require_write_access
from .planted import Planted
from .planting import Probe
from .reading import refusal_of_source
from .requests import Requests, RoundtripError, key_of

#: What belongs to the planted entries in the answer of a probe.
PLANTED = ("plants", "written_keys", "model", "kind", "ping_key", "why_not")
#: Seconds that planted entries live longer than the change may take.
PLANTED_LONGER = 120


class Candidate:
    """The new text of one configuration. Its steps in their order: look, plan, prove, commit; then the report.

    :param params: options of a module with the bundles of the deployment, the cache and the requests, and
        ``known_issues``, ``confirm_timeout`` (seconds; None for as few as make sense) and ``take_over``; those of
        litellm_cache_mode where it commits.
    :param in_deployment: False to work on the file alone: then nothing is looked at, and nothing is proved.
    :raises LitellmCacheError: the options do not fit each other, or the deployment is not fit for a change.
    """

    def __init__(self, params: dict[str, Any], in_deployment: bool = True) -> None:
        self._params = params
        self._wishes = CacheWishes.from_options(params)
        self._run = run_of(params)
        self._deployment = Deployment.open(params) if in_deployment else None
        state_dir = self._deployment.state_dir if self._deployment is not None else state_dir_of(params)
        author = Author(self._run, params.get("user") or getpass.getuser(), params.get("reason") or "")
        state = ChangeState(state_dir, config_path_of(params))
        self._change = ModeChange(config_path_of(params), state, author, params["take_over"])
        self._waits = Waits(**{name: params[name] for name in WAITS}) if "stop_timeout" in params else None
        self._silence: int = params["confirm_timeout"] or SILENCE_SECONDS
        self._plan: Plan | None = None
        self._observed: dict[str, Any] = {}
        self._probe: dict[str, Any] = {}
        self._planted = Planted()
        self._canary, self._committed = dict[str, Any](), dict[str, Any]()
        self._findings: list[dict[str, Any]] = []

    # -- look ---------------------------------------------------------------------------------------------

    @before_any_change
    def look(self) -> None:
        """See what the deployment runs, and that all can be written that a change will have to write.

        :raises LitellmCacheError: the deployment is not fit for a change.
        """
        require_metrics(self._params)
        if self._deployment is None:
            return
        wishes = self._wishes
        require_write_access(self._change.file.path, self._deployment.state_dir)
        if self._waits is not None:
            asked, instances = self._params["confirm_timeout"], self._deployment.instances
            self._silence = self._waits.silence(asked, self._params["hosts_at_once"], instances)
        variables = (wishes.redis_password_env, wishes.redis_url_env, wishes.redis_sentinel_password_env)
        named = tuple(name for name in variables if name and wishes.mode == MODE_REDIS)
        key = key_of(self._params)
        self._observed = Observation(self._deployment, self._change.file, named, key).report()
        refusal = refusal_of_source(self._observed["reading"], self._change.file.path, wishes.mode)
        if refusal is not None:
            raise RoundtripError(refusal)
        versions = {one["litellm_version"] for one in self._observed["instances"] if one["litellm_version"]}
        self._change.author = replace(self._change.author, versions=tuple(sorted(versions)))

    @property
    def work(self) -> bool:
        """Whether there is anything to do, an edit, a restart, or the end of a change that was left behind."""
        return self.plan_made.changed or self._change.left_behind is not None or bool(self._observed["stale"])

    # -- plan ---------------------------------------------------------------------------------------------

    @before_any_change
    def plan(self) -> None:
        """Make the text.

        :raises ConfigError: the file cannot be edited exactly, or has a password that results would tell.
        :raises RoundtripError: what it says would not come into force, because LiteLLM's database says otherwise.
        """
        self._plan = self._change.plan(self._wishes, self._params["snapshot"])
        if self._plan.changed:
            require_replaceable(self._change.file.path)
        if self._plan.changed and self._wishes.mode == MODE_REDIS:
            self._change.file.require_one_name()
        if self._deployment is not None and self._wishes.mode == MODE_REDIS:
            words = {**self._deployment.own_words, **words_of(self._params)}
            require_no_own_word_in(self._plan.candidate, words)
        self._findings = [*no_metrics(self._params), *self._stored_findings()]
        linked = self._change.file.linked
        if self._plan.changed and linked is not None:
            self._findings.append(finding("linked", linked))
        self._judge(next(iter(self._observed.get("instances", [])), {}))

    @property
    def _refuses(self) -> bool:
        """Whether a candidate is refused that would not do what it says."""
        return self._params["known_issues"] == "refuse"

    @property
    def plan_made(self) -> Plan:
        """The plan."""
        if self._plan is None:
            raise LitellmCacheError("the candidate was not planned yet")
        return self._plan

    def _stored_findings(self) -> list[dict[str, Any]]:
        """The finding, once for all instances, that a row in LiteLLM's database would replace the candidate."""
        cache = self.plan_made.cache
        wanted = dict({"type": cache["mode"]}, **{key: cache["redis"][key] for key in PLACE_KEYS})
        for instance in self._observed.get("instances", []):
            seen = stored_row(instance["stored"], wanted)
            if seen is not None:
                return findings_of(dict(instance, observations=[seen]), cache["form"])
        return []

    # -- read ---------------------------------------------------------------------------------------------

    @before_any_change
    def read(self) -> None:
        """Let LiteLLM read the text where a running instance can, in both directions.

        :raises RoundtripError: the text would not do what it says, or would silently move the cache.
        """
        if self._deployment is None or self._observed["reading"] is None:
            return
        effect = CandidateEffect(self._deployment, self._observed, self.plan_made, self._wishes.mode)
        refusal = effect.refusal(moves_are_meant=self._params["snapshot"] is not None)
        if refusal is not None:
            raise RoundtripError(refusal)
        self._plan = effect.plan
        self._findings += effect.findings

    # -- prove --------------------------------------------------------------------------------------------

    @before_any_change
    def prove(self, plant: bool, always: bool = False, asks: bool = True) -> None:
        """Prove the text inside a running instance where the options ask for it, and plant the answers.

        What LiteLLM would not start with is left out: then the text is planned again.

        :param plant: whether the answers are planted that show Redis later.
        :param always: prove it also where nothing is to be done, and whatever the options say.
        :param asks: whether requests will show Redis later, so that the proxy must let them in.
        :raises RoundtripError: there is something to do and no instance runs, or the candidate is refused.
        """
        if self._deployment is None:
            return
        requests = Requests.from_options(self._params, self.plan_made.cache, Access.of(self._observed["instances"]))
        if self._wishes.mode == MODE_LOCAL and self.work:
            self._leave(self._deployment, requests)
        if not self._must_be_proved(always):
            return
        if asks and requests.refused:
            raise RoundtripError(f"no request would prove the new mode: {requests.why_not}")
        answer = self._asked(self._deployment, requests if plant else None)
        self._planted = Planted.from_dict(answer)
        self._findings += answer.pop("findings")
        self._probe = {name: value for name, value in answer.items() if name not in PLANTED}
        self._judge(answer)
        if answer["left_out"]:
            self._plan_without(answer["left_out"])

    def _leave(self, deployment: Deployment, requests: Requests) -> None:
        """See that the deployment can do without its Redis cache, and tell where no hit will be shown.

        :raises RoundtripError: it cannot.
        """
        if requests.why_not and self._observed["running"]:
            message = f"no hit will be shown after the restart, because {requests.why_not}"
            self._findings.append(finding("hit_not_to_be_shown", message))
        self._findings += before_leaving(deployment, self.plan_made.base, self.plan_made.candidate, self._refuses)

    def _must_be_proved(self, always: bool) -> bool:
        """Whether a proof is to be made.

        :raises RoundtripError: there is something to do, and no instance runs that could prove it.
        """
        needed = self._wishes.mode == MODE_REDIS and (always or self.work)
        wanted = needed and (always or self._params["proof"] in ("probe", "canary"))
        if needed and not self._observed["running"]:
            raise RoundtripError(unproved(self._observed, "runs", "To get a proxy back that does not start"))
        if wanted and not any(instance["answers"] for instance in self._observed["instances"]):
            advice = "Run again when one does. To get one back that never does"
            raise RoundtripError(unproved(self._observed, "answers", advice))
        return wanted

    def _asked(self, deployment: Deployment, requests: Requests | None) -> dict[str, Any]:
        """The answer of the probe; nothing is planted without requests."""
        plan = self.plan_made
        ttl = self._longest_change() + PLANTED_LONGER + (lifetime_of(self._params) if self._sends_canary else 0)
        return Probe(deployment, plan.candidate, plan.cache["form"], self._run).make(requests, ttl, self._refuses)

    def _longest_change(self) -> int:
        """How long the change to come may take, seconds."""
        instances = self._deployment.instances if self._deployment is not None else ()
        return sum(self._silence if self._waits is None else self._waits.longest_of(one) for one in instances)

    def _judge(self, versions: dict[str, Any]) -> None:
        """Refuse the candidate if a finding so far is a reason.

        :param versions: has ``litellm_version`` and ``redis_py_version``, where there are findings.
        """
        reason = refusal_of(self._findings, versions) if self._refuses else None
        if reason is not None:
            raise RoundtripError(reason, findings=self._findings)

    def _plan_without(self, left_out: list[str]) -> None:
        """Plan again without keys that LiteLLM would not start with.

        :raises RoundtripError: the text is a snapshot's, which is restored as it is.
        """
        if self._params["snapshot"] is not None:
            raise RoundtripError(
                f"LiteLLM would not start with snapshot {self._params['snapshot']}: {', '.join(left_out)} of its "
                f"cache_params is not an argument of the Redis client. Switch without litellm_cache_snapshot"
            )
        self._wishes = replace(self._wishes, leave_out=self._wishes.leave_out + tuple(left_out))
        self._plan = self._change.plan(self._wishes)

    # -- canary -------------------------------------------------------------------------------------------

    @property
    def _sends_canary(self) -> bool:
        return self._params.get("proof") == "canary" and self._wishes.mode == MODE_REDIS and self.work

    @before_any_change
    def send_canary(self, check_mode: bool) -> None:
        """Let a clone of an instance start on the text and answer requests where the options ask for it.

        :param check_mode: only look whether that could be done.
        :raises LitellmCacheError: it could not, or the clone did not do what it should; what was planted is removed.
        """
        if self._deployment is None or not self._sends_canary:
            return
        try:
            self._canary = self.canary().foresee() if check_mode else self.canary().prove()
        except LitellmCacheError:
            self._deployment.clear_away(self.plan_made.candidate, self._planted.keys)
            raise

    def canary(self) -> Canary:
        """A canary of the text as it was planned.

        :raises LitellmCacheError: the work is on the file alone.
        """
        if self._deployment is None:
            raise LitellmCacheError("there is no deployment to clone an instance of")
        return Canary(self._deployment, self._params, self.plan_made.candidate, self._observed)

    # -- commit -------------------------------------------------------------------------------------------

    def commit(self, check_mode: bool) -> None:
        """Put the text in the file's place.

        :param check_mode: only check that it could be done.
        :raises LitellmCacheError: it could not be done; nothing was changed, and what was planted is removed.
        """
        try:
            self._committed = self._commit(check_mode)
        except LitellmCacheError:
            if self._deployment is not None:
                self._deployment.clear_away(self.plan_made.candidate, self._planted.keys)
            raise

    def _commit(self, check_mode: bool) -> dict[str, Any]:
        """What a commit adds to the report."""
        params, plan = self._params, self.plan_made
        result = {"changed": plan.changed, "diff": masked_diff(plan.base, plan.candidate, self._change.file.path)}
        later = params["confirm"] == "later"
        precautions = Precautions(self._silence, params["snapshots_keep"])
        if plan.changed:
            try:
                precautions = Precautions.of(
                    dict(params, confirm_timeout=self._silence), self._deployment, self._planted.keys
                )
            except GuardError as error:
                if not check_mode:
                    raise
                self._findings.append(finding("no_guard", f"the run itself would be refused: {error}"))
        if self._deployment is not None:
            answered = any(instance["answers"] for instance in self._observed["instances"])
            precautions = replace(precautions, answered=answered)
        if check_mode:
            return result
        pending = self._change.commit(plan, params["base_sha256"], precautions)
        if pending is not None:
            result["snapshot"] = pending.snapshot
            if later:
                result.update(guard=pending.guard, guard_outlives=pending.outlives, lease=precautions.lease)
            else:
                self._change.state.confirm(self._run, {})
        return dict(result, pending=pending is not None and later)

    # -- report -------------------------------------------------------------------------------------------

    @property
    def has_planted(self) -> bool:
        """Whether a proof in Redis was prepared."""
        return self._planted.kind is not None

    def report(self) -> dict[str, Any]:
        """All that is known of the change, as the module returns it."""
        report = self._change.describe(self.plan_made)
        report["findings"] = without_doubt(report["findings"], self._observed) + self._findings
        if self._deployment is not None:
            report.update(work=self.work, deployment=self._observed, leave_out=list(self._wishes.leave_out))
        if self._probe:
            report["probe"] = self._probe
        if self._canary:
            report["canary"] = self._canary
        if self.has_planted:
            report["planted"] = self._planted.to_dict()
        return dict(report, **self._committed)
