# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back from a change: bytes of before, restart of what ran the candidate, outcome.

Standard library only: the guard runs it alone, the role's rescue runs the very same.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Callable

from .._deployment.config_file import ConfigFile, ConfigFileError
from .._deployment.deployment import Deployment
from .._deployment.engine import DockerError, Engine
from .._deployment.instances import DeploymentError, Instance
from .._deployment.log_findings import cache_findings
from .._deployment.rolling_restart import (
    LOG_LINES,
    RestartRefusedError,
    RollingRestart,
    Waits,
    health_lines,
)
from .._errors import LitellmCacheError
from .._settings.keys import MODE_LOCAL
from .._settings.secret_values import secrets_of_text
from .pending import PendingChange
from .state import ChangeState

#: How a change may end that was taken back.
REVERTED, INCOMPLETE, NEEDS_OPERATOR = "reverted", "revert_incomplete", "needs_operator"
#: What became of the file.
RESTORED, UNDONE, AS_BEFORE, EDITED = "restored", "undone", "as before", "edited by somebody"
#: It keeps the local mode, because the state of before was down itself.
KEPT = "kept"
#: How often LiteLLM may exit by itself on the way back: its database may come up later than it does.
EXITS_ALLOWED = 3


class Revert:
    """Takes one claimed change back; can be begun again where it was cut off.

    :param change: the record, claimed for this.
    :param engine: client of the Docker Engine.
    :param by: who does it: guard or run.
    :param undo: makes the text of before out of one that somebody edited meanwhile, or None where it cannot. Needs a
        YAML parser, which the guard has not.
    """

    def __init__(
        self,
        state: ChangeState,
        change: PendingChange,
        engine: Engine,
        by: str,
        undo: Callable[[str], str | None] | None = None,
    ) -> None:
        self._state = state
        self._change = change
        self._engine = engine
        self._by = by
        self._undo = undo

    def run(self, why: str) -> dict[str, Any]:
        """Take it back.

        :param why: what happened, in words, without a secret.
        :returns: the line of the history.
        :raises LitellmCacheError: the file cannot be restored, or Docker does not answer; the change stays claimed.
        """
        change = self._change
        text = self._text()
        failure = self._seen_before(text)
        file = self._restore()
        restarted: list[dict[str, Any]] = []
        if file == KEPT:
            self._state.keep_journal(change.journal)
        elif file != EDITED:
            restarted = self._restart()
            self._clear_away(text)
        broken = [entry for entry in restarted if entry["problem"]]
        result = NEEDS_OPERATOR if file in (EDITED, KEPT) else INCOMPLETE if broken else REVERTED
        words = told(change, file, restarted)
        record = change.record(
            result,
            by=self._by,
            why=why,
            file=file,
            restarted=restarted,
            failure=failure,
            told=f"{why}; {words['file_told']}; {words['instances_told']}",
            **words,
        )
        self._state.close_change(record)
        return record

    def _text(self) -> str | None:
        with contextlib.suppress(ConfigFileError):
            return ConfigFile.read(self._change.config_path).text
        return None

    def _seen_before(self, text: str | None) -> list[dict[str, Any]]:
        """What the instances that ran the change tell, before anything is restored. As far as they do."""
        seen = []
        secrets = secrets_of_text(text or "")
        with contextlib.suppress(DockerError, DeploymentError):
            deployment = self._deployment()
            for instance in self._ran_it(deployment):
                log = self._engine.log(instance.id, self._change.since, LOG_LINES)
                seen.append(
                    {
                        "instance": instance.name,
                        "status": instance.status,
                        "exit_code": None if instance.running else instance.exit_code,
                        "health": health_lines(deployment, instance, secrets),
                        "log": cache_findings(log),
                    }
                )
        return seen

    def _deployment(self) -> Deployment:
        return Deployment.open(self._change.deployment, self._engine)

    def _ran_it(self, deployment: Deployment) -> list[Instance]:
        """The instances that are not the processes of before the change, or do not run."""
        before = self._change.started
        return [one for one in deployment.instances if not one.running or before.get(one.id) != one.started]

    def _restore(self) -> str:
        """Bring the file back by its hash.

        :returns: what became of it.
        """
        change = self._change
        try:
            file = ConfigFile.read(change.config_path)
        except ConfigFileError:
            return EDITED
        if file.sha256 == change.base_sha256:
            return AS_BEFORE
        if file.sha256 == change.candidate_sha256 and not change.answered and change.mode_after == MODE_LOCAL:
            return KEPT
        if file.sha256 == change.candidate_sha256:
            file.replace(self._state.snapshot(change.snapshot), modified=change.modified)
            return RESTORED
        undone = self._undo(file.text) if self._undo is not None else None
        if undone is None:
            return EDITED
        file.replace(undone.encode("utf-8"))
        return UNDONE

    def _restart(self) -> list[dict[str, Any]]:
        """Restart every instance that ran the change; one that does not come back does not keep the next from it.

        :raises DockerError: Docker does not tell which there are.
        :raises RestartRefusedError: it did not restart one of them, so that the change may still run.
        """
        try:
            deployment = self._deployment()
        except DeploymentError as error:
            return [{"name": self._change.deployment["service"], "problem": str(error)}]
        waits = Waits(**dict(self._change.waits, exits_allowed=EXITS_ALLOWED))
        done: list[dict[str, Any]] = []
        back: list[Instance] = []
        refused: RestartRefusedError | None = None
        for instance in self._ran_it(deployment):
            problem = None
            try:
                (ended,) = RollingRestart(deployment, waits).run([instance])
                if ended.get("gone"):
                    continue
                back.append(instance)
            except RestartRefusedError as error:
                refused = error
                continue
            except LitellmCacheError as error:
                problem = str(error)
            done.append({"name": instance.name, "problem": problem})
        if refused is not None:
            self._note_back(deployment, back)
            raise refused
        return done

    def _note_back(self, deployment: Deployment, back: list[Instance]) -> None:
        """Keep that these instances run what is right, so that the next try leaves them alone."""
        started = dict(self._change.started)
        for instance in back:
            with contextlib.suppress(DockerError):  # then it is restarted once more
                started[instance.id] = deployment.refreshed(instance).started
        self._change = replace(self._change, started=started)
        self._state.note_progress(self._change)

    def _clear_away(self, text: str | None) -> None:
        """Remove the planted entries; what cannot be removed goes by its TTL."""
        if self._change.planted and text is not None:
            with contextlib.suppress(LitellmCacheError):
                self._deployment().clear_away(text, self._change.planted)


def told(change: PendingChange, file: str, restarted: list[dict[str, Any]]) -> dict[str, str]:
    """The outcome in words: ``file_told`` and ``instances_told``."""
    kept = {
        RESTORED: f"the bytes of before are back in {change.config_path} (snapshot {change.snapshot})",
        UNDONE: f"the change was undone in {change.config_path}, and what somebody edited since stays",
        KEPT: (
            f"{change.config_path} stays in the mode local, which needs no server, because no instance answered before the "
            f"change either; the bytes of before are snapshot {change.snapshot} in the state directory"
        ),
        AS_BEFORE: f"{change.config_path} holds the bytes of before",
        EDITED: (
            f"{change.config_path} was edited by somebody since, so it stays as it is; the bytes of before are snapshot "
            f"{change.snapshot} in the state directory"
        ),
    }[file]
    names = [entry["name"] for entry in restarted if not entry["problem"]]
    words = [f"restarted and running: {', '.join(names)}"] if names else []
    words += [entry["problem"] for entry in restarted if entry["problem"]]
    return {"file_told": kept, "instances_told": "; ".join(words) or "no instance was restarted"}
