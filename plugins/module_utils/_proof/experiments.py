# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows for each further kind of requests that the cache answers it, or does not where the file leaves it out.

In Redis mode an answer was planted for each, so that what is cached costs no upstream call. What is left out costs one; so does
each kind in local mode.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from .._deployment.deployment import Deployment
from .._errors import LitellmCacheError
from .._inside.kinds import CHAT, EMBEDDING, STREAMING, TEXT
from .access import Access
from .requests import REPEAT_AT_MOST, Requests, answering, failure_of, is_cached, repeats

#: Upstream calls that the experiments of one verification may cost where all is well.
PAID_AT_MOST = {"redis": 1, "local": 2}
#: By kind: that of the models which serve it. The first are tried first.
_SERVED_BY = {STREAMING: CHAT, EMBEDDING: EMBEDDING, TEXT: CHAT, CHAT: CHAT}


@dataclass(frozen=True)
class Experiment:
    """One kind of requests.

    :param cached: whether the file wants its answers cached.
    """

    kind: str
    model: str
    cached: bool

    def prompt(self, run: str) -> str:
        """What its request says."""
        return f"erni_ki.litellm {self.kind} request {run}"

    def answer_id(self, run: str) -> str:
        """Identifier of the answer that is planted for it."""
        return f"erni-ki-{self.kind.replace(' ', '-')}-{run}"

    def order(self, run: str, ttl: int) -> dict[str, Any]:
        """What is to be planted for it, as ``_inside.probe.probe`` takes it.

        :param ttl: seconds that the entry lives.
        """
        wish = {"prompt": self.prompt(run), "answer_id": self.answer_id(run)}
        return {"model": self.model, "kind": self.kind, "max_tokens": 1, "plants": [wish], "ttl": ttl}


def experiments_of(cache: dict[str, Any], access: Access, requests: Requests) -> list[Experiment]:
    """The kinds that the proof of the mode itself does not show, as far as a model serves them and they cost little.

    :param cache: what describe_cache tells of the configuration.
    :param requests: those of the proof. Where they can show nothing, the others are not tried.
    """
    if requests.why_not is not None:
        return []
    free, paid = [], []
    for kind, served_by in _SERVED_BY.items():
        model = requests.model if served_by == requests.kind else access.first(served_by)
        if kind == requests.kind or model is None:
            continue
        one = Experiment(kind, model, is_cached(kind, cache["supported_call_types"]))
        if cache["mode"] == "redis":
            (free if one.cached else paid).append(one)
        elif one.cached:
            paid.append(one)
    return free + paid[: PAID_AT_MOST[cache["mode"]]]


@dataclass(frozen=True)
class Experiments:
    """The experiments of one run, made in the first instance.

    :param run: name of the run; it makes the requests unique.
    """

    deployment: Deployment
    requests: Requests
    run: str

    def with_planted(self, experiments: Iterable[Experiment], planted: Iterable[list[dict[str, Any]]]) -> list[dict]:
        """Ask for the planted answers, each once.

        :param planted: for each experiment the answers that were planted for it.
        :returns: for each experiment its fields, ``given``: whether the cache answered, None for not shown, ``seconds``, and
            ``reason``.
        """
        return self._shown([(one, plants[0]["seen_as"]) for one, plants in zip(experiments, planted)])

    def repeated(self, experiments: Iterable[Experiment]) -> list[dict[str, Any]]:
        """Ask twice, in local mode.

        :returns: as :meth:`with_planted`.
        """
        return self._shown([(one, None) for one in experiments])

    def _shown(self, wanted: list[tuple[Experiment, str | None]]) -> list[dict[str, Any]]:
        """All of them in one go, because each start of a program in a container costs as much as they do.

        :param wanted: each with the identifier of its planted answer, None for one that is to repeat itself.
        """
        if not wanted:
            return []
        conversations = [self._conversation(one, answer_id) for one, answer_id in wanted]
        client = self.deployment.client(answering(self.deployment)[0])
        try:
            told = client.ask_each(conversations, self.requests.timeout)
        except LitellmCacheError as error:
            told = [{"problem": str(error)}] * len(wanted)
        return [_result(one, answer_id, seen) for (one, answer_id), seen in zip(wanted, told)]

    def _conversation(self, one: Experiment, answer_id: str | None) -> dict[str, Any]:
        requests, prompt = replace(self.requests, model=one.model, kind=one.kind), one.prompt(self.run)
        if answer_id is not None:
            return requests.conversation([prompt], max_tokens=1, repeat_at_most=0)
        return requests.conversation([prompt] * 2, max_tokens=1, repeat_at_most=REPEAT_AT_MOST)


def _result(one: Experiment, answer_id: str | None, told: dict[str, Any]) -> dict[str, Any]:
    """What one has shown.

    :param told: its ``answers``, or the ``problem``.
    """
    result = dict(asdict(one), given=None, seconds=None, reason=told.get("problem"))
    if result["reason"] is None:
        result["reason"] = failure_of(told["answers"][-1])
    if result["reason"] is not None:
        return result
    last = told["answers"][-1]
    given = last["id"] == answer_id if answer_id is not None else repeats(told["answers"])
    return dict(result, given=given, seconds=last["seconds"])
