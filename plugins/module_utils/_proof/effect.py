# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a candidate would come to, asked of the LiteLLM of a running instance before anything is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .._edit.plan import Plan
from .._inside.reader import MADE
from .._settings.keys import LITELLM_SETTINGS, MODE_LOCAL
from .live_reading import read_in
from .reading import (
    completed,
    findings_of_reading,
    judged_by_text,
    move_finding,
    place_of,
    place_of_text,
    refusal_of_candidate,
    refusal_of_move,
    router_finding,
    winner_of,
)


class CandidateEffect:
    """The effect of one candidate on one deployment.

    :param observed: what Observation reports, with a ``reading``.
    :param plan: the candidate. Where the deployment is in the wanted mode by a file that is included, it becomes one that
        changes nothing.
    :param mode: the wanted mode.
    """

    def __init__(self, deployment: Deployment, observed: dict[str, Any], plan: Plan, mode: str) -> None:
        self._deployment = deployment
        self._live = observed["reading"]
        self._config_path = observed["config_path"]
        self._mode = mode
        self.plan = plan
        self.findings: list[dict[str, Any]] = []

    def refusal(self, moves_are_meant: bool) -> str | None:
        """Why the candidate is refused, None when it is not.

        :param moves_are_meant: whether it may lead away from where a reference leads: a snapshot is restored as it is.
        """
        if self._live["source"] == MADE:
            self.findings += findings_of_reading(self._live, self._config_path)
            return None
        move = None if moves_are_meant else refusal_of_move(self._live, self.plan.cache)
        if move is not None:
            return move
        if judged_by_text(self._live):
            self._note_move(place_of_text(self.plan.cache, self._live) if not self._live["problem"] else None)
            self.findings += findings_of_reading(self._live, self._config_path) if self._live["problem"] else []
            return None
        if self._in_wanted_mode_by_another_file():
            self.plan = replace(
                self.plan, candidate=self.plan.base, cache=completed(self.plan.cache, self._live), operations=()
            )
            self.findings += findings_of_reading(self._live, self._config_path)
            return None
        return self._refusal_by_litellm()

    def _in_wanted_mode_by_another_file(self) -> bool:
        """Whether the cache is local already, and nothing that the file says could make it so."""
        local = self._mode == MODE_LOCAL and self._live["cache"]["mode"] == MODE_LOCAL
        return local and winner_of(self._live, LITELLM_SETTINGS) is not None and not self._live["router"]["redis_keys"]

    def _refusal_by_litellm(self) -> str | None:
        told = self._live
        if self.plan.changed or not told["current"]:
            try:
                told = read_in(self._deployment, self.plan.candidate)
            except InstanceError as error:
                return str(error)
        refusal = refusal_of_candidate(told, self.plan.cache, self._mode, self.plan.changed)
        if refusal is None:
            self._note_move(place_of(told["cache"]))
            self.findings += findings_of_reading(told, self._config_path)
            stays = router_finding(told, self._mode)
            self.findings += [stays] if stays is not None else []
            self.plan = replace(self.plan, cache=completed(self.plan.cache, told))
        return refusal

    def _note_move(self, place: tuple[str, int, int] | None) -> None:
        moved = move_finding(self._live, place) if self._mode != MODE_LOCAL else None
        if moved is not None:
            self.findings.append(moved)


def without_doubt(findings: list[dict[str, Any]], observed: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings of a plan, without those that only say what the text alone does not tell, where LiteLLM has told it.

    :param observed: what Observation reports, {} where there is no deployment.
    """
    reading = observed.get("reading")
    if reading is None or judged_by_text(reading):
        return findings
    return [entry for entry in findings if entry["code"] != "include_not_followed"]
