# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back from a change: bytes of before, restart of what ran the candidate, outcome.

Standard library only: the guard runs it alone, the role's rescue runs the very same. Nothing is looked at that does not
help to go back before all of it is done: why the change failed is asked last.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import Any, Callable

from .._deployment.config_file import ConfigFile, ConfigFileAwayError, ConfigFileError, sha256_of
from .._deployment.deployment import Deployment
from .._deployment.engine import Engine
from .._deployment.instances import DeploymentError, Instance
from .._deployment.log_findings import cache_findings
from .._deployment.owned import take_down_bridge
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
from .image_revert import LEFT_ALONE as IMAGE_LEFT_ALONE
from .image_revert import ImageRevert
from .outcome import (
    AS_BEFORE,
    DAMAGED,
    EDITED,
    INCOMPLETE,
    KEPT,
    LEFT_ALONE,
    NEEDS_OPERATOR,
    RESTORED,
    REVERTED,
    UNDONE,
    told,
)
from .pending import PendingChange
from .state import ChangeState
from .state_directory import StateError

#: How often LiteLLM may exit by itself on the way back: its database may come up later than it does.
EXITS_ALLOWED = 3
#: Seconds after which no further instance is asked why the change failed.
DIAGNOSIS_SECONDS = 30.0
#: Seconds between two looks at a file that is away.
AWAY_POLL_SECONDS = 0.2


class Revert:
    """Takes one claimed change back; can be begun again where it was cut off, and then does nothing twice.

    :param change: the record, claimed for this.
    :param engine: client of the Docker Engine.
    :param by: who does it: guard or run.
    :param undo: makes the text of before out of one that somebody edited meanwhile, or None where it cannot. Needs a
        YAML parser, which the guard has not.
    :param patience: seconds that a file is waited for that is away.
    """

    def __init__(
        self,
        state: ChangeState,
        change: PendingChange,
        engine: Engine,
        by: str,
        undo: Callable[[str], str | None] | None = None,
        patience: float = 0.0,
    ) -> None:
        self._state = state
        self._change = change
        self._engine = engine
        self._by = by
        self._undo = undo
        self._patience = patience
        #: ``file`` and the hash of a text that was ``undone``; ``began``, when the restarts did; ``restarted``, ``failure``;
        #: and ``done`` when only the outcome is to be recorded.
        self._so_far: dict[str, Any] = dict(change.way_back)
        image = change.of_image
        self._image = ImageRevert(state, image, engine, frozenset(change.started)) if image is not None else None

    def is_of(self, change: PendingChange) -> bool:
        """Whether it takes back that very change: a run may make several, and runs may be called alike."""
        return replace(self._change, way_back={}) == replace(change, way_back={})

    def learn(self, way_back: dict[str, Any]) -> None:
        """Take over what somebody else did of it meanwhile, where that is more.

        :param way_back: what the record says of it.
        """
        self._so_far = max(self._so_far, way_back, key=lambda done: (len(done), len(done.get("restarted", ()))))

    def run(self, why: str) -> dict[str, Any]:
        """Take it back, or go on with it.

        :param why: what happened, in words, without a secret.
        :returns: the line of the history.
        :raises LitellmCacheError: the file is away or cannot be restored, or Docker does not answer; the change stays
            claimed.
        """
        change = self._change
        if not self._so_far.get("done"):
            text = self._restore()
            if self._image is not None:
                self._note(compose_file=self._image.restore())
            if self._so_far["file"] in (KEPT, DAMAGED):
                self._state.keep_journal(change.journal)
            if not self._left_alone:
                self._bring_back(text)
            take_down_bridge(self._engine, str(self._state.directory))
            self._note(done=True)
        file, restarted = self._so_far["file"], self._so_far.get("restarted", [])
        broken = [entry for entry in restarted if entry["problem"]]
        result = NEEDS_OPERATOR if self._left_alone else INCOMPLETE if broken else REVERTED
        words = told(change, file, restarted, self._so_far.get("compose_file"))
        record = change.record(
            result,
            by=self._by,
            why=why,
            file=file,
            restarted=restarted,
            failure=self._so_far.get("failure", []),
            told=f"{why}; {words['file_told']}; {words['instances_told']}",
            **words,
        )
        self._state.close_change(record)
        return record

    @property
    def _left_alone(self) -> bool:
        """Whether one of the files is left to the operator, and the instances with it."""
        return self._so_far["file"] in LEFT_ALONE or self._so_far.get("compose_file") in IMAGE_LEFT_ALONE

    def _note(self, **done: Any) -> None:
        """Remember what was done, here and in the record; a full disk does not keep from the next step."""
        self._so_far.update(done)
        with contextlib.suppress(StateError, OSError):
            self._state.note_way_back(replace(self._change, way_back=self._so_far))

    # -- the file -----------------------------------------------------------------------------------------

    def _restore(self) -> str | None:
        """Bring the file back by its hash, and note what became of it.

        :returns: the text that was there, None where it is none.
        :raises ConfigFileError: it is away, or cannot be replaced.
        """
        if self._image is not None and not self._change.of_the_file:
            self._note(file=AS_BEFORE)
            with contextlib.suppress(ConfigFileError):
                return ConfigFile.read(self._change.config_path).text
            return None
        try:
            file = self._present()
        except ConfigFileAwayError:
            raise
        except ConfigFileError:  # no text
            self._note(file=EDITED)
            return None
        became = self._bring_text_back(file)
        if became != AS_BEFORE or self._so_far.get("file") != RESTORED:  # else it was, before this was cut off
            self._note(file=became)
        return file.text

    def _present(self) -> ConfigFile:
        """The file, waited for while it is away: a mount may come up later than the host."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return ConfigFile.read(self._change.config_path)
            except ConfigFileAwayError as error:
                if time.monotonic() >= until:
                    raise ConfigFileAwayError(
                        f"{error}; the change is not closed, and as soon as the file is there its guard goes on, or the next run",
                        path=self._change.config_path,
                    ) from None
            time.sleep(AWAY_POLL_SECONDS)

    def _bring_text_back(self, file: ConfigFile) -> str:
        """What becomes of the file."""
        change = self._change
        if file.sha256 == change.base_sha256:
            return AS_BEFORE
        if file.sha256 == self._so_far.get("undone"):
            return UNDONE
        if file.sha256 != change.candidate_sha256:
            undone = self._undone(file.text)
            if undone is None:
                return EDITED
            self._note(undone=sha256_of(undone))
            self._replace(file, undone)
            return UNDONE
        if not change.answered and change.mode_after == MODE_LOCAL:
            return KEPT
        before = self._before(file.text)
        if before is None:
            return DAMAGED
        self._replace(file, before, change.modified)
        return RESTORED

    def _replace(self, file: ConfigFile, content: bytes, modified: int | None = None) -> None:
        try:
            file.replace(content, modified)
        except ConfigFileError:
            self._state.give_room()  # it may be the same disk that is full
            file.replace(content, modified)

    def _undone(self, text: str) -> bytes | None:
        undone = self._undo(text) if self._undo is not None else None
        return undone.encode("utf-8") if undone is not None else None

    def _before(self, candidate: str) -> bytes | None:
        """The bytes of before, by their hash: those of the snapshot, else what the journal makes of the candidate.

        :raises StateError: the snapshot is there and cannot be read.
        """
        change = self._change
        stored = self._state.snapshot(change.snapshot) if change.snapshot in self._state.snapshots.numbers() else None
        if stored is None or sha256_of(stored) != change.base_sha256:
            stored = self._undone(candidate)
        return stored if stored is not None and sha256_of(stored) == change.base_sha256 else None

    # -- the instances ------------------------------------------------------------------------------------

    def _bring_back(self, text: str | None) -> None:
        """Restart every instance that ran the change, then ask why it failed, and remove what was planted.

        One that does not come back does not keep the next from it.

        :raises LitellmCacheError: Docker does not tell which there are, or did not restart one of them, which may still run
            the change; those that are back are left alone by the next try.
        """
        self._so_far.setdefault("began", time.time())
        try:
            if self._image is not None and self._image.none_is_there:
                self._image.make_missing()
            deployment = self._deployment()
        except DeploymentError as error:
            self._note(restarted=[{"name": self._change.deployment["service"], "problem": str(error)}])
            return
        ran = self._ran_it(deployment)
        if self._image is not None:  # the log goes with the container
            self._diagnose(deployment, ran, text)
        self._bring_back_each(deployment, ran)
        if self._image is not None:
            made = self._image.make_missing()
            deployment = self._deployment()
            self._bring_back_each(deployment, [one for one in deployment.instances if one.id in made])
        if self._image is None:
            self._diagnose(deployment, ran, text)
        if self._change.planted and text is not None:  # what cannot be removed goes by its TTL
            with contextlib.suppress(LitellmCacheError):
                self._deployment().clear_away(text, self._change.planted)

    def _bring_back_each(self, deployment: Deployment, instances: list[Instance]) -> None:
        """Restart instances, and note how each came back.

        :raises RestartRefusedError: Docker did not restart one of them; the others were.
        """
        waits = Waits(**dict(self._change.waits, exits_allowed=EXITS_ALLOWED))
        refused: RestartRefusedError | None = None
        for instance in instances:
            done = self._so_far.get("restarted", [])
            if instance.name in [entry["name"] for entry in done]:
                continue
            try:
                entry = brought_back(deployment, waits, instance, self._image)
            except RestartRefusedError as error:
                refused = error
                continue
            if entry is not None:
                self._note(restarted=[*done, entry])
        if refused is not None:
            raise refused

    def _deployment(self) -> Deployment:
        return Deployment.open(self._change.deployment, self._engine)

    def _ran_it(self, deployment: Deployment) -> list[Instance]:
        """The instances that are not the processes of before the change, or do not run.

        :returns: the last first where they are made anew, as :class:`~.._deployment.recreation.Recreation` wants it.
        """
        before = self._change.started
        ran = [one for one in deployment.instances if not one.running or before.get(one.id) != one.started]
        return ran if self._image is None else ran[::-1]

    def _diagnose(self, deployment: Deployment, ran: list[Instance], text: str | None) -> None:
        """Note what the instances told before they were restarted, as far as they do. A log outlives a restart.

        :param ran: the instances as they were.
        """
        if "failure" in self._so_far:
            return
        seen: list[dict[str, Any]] = []
        until = time.monotonic() + DIAGNOSIS_SECONDS
        # Whatever an answer of Docker or a log holds, it is no reason not to end the way back.
        with contextlib.suppress(Exception):
            secrets = secrets_of_text(text or "")
            for instance in ran:
                if time.monotonic() > until:
                    break
                entry = {
                    "instance": instance.name,
                    "status": instance.status,
                    "exit_code": None if instance.running else instance.exit_code,
                    "health": [],
                    "log": [],
                }
                seen.append(entry)
                entry["health"] = health_lines(deployment, instance, secrets)
                entry["log"] = cache_findings(
                    self._engine.log(instance.id, self._change.since, LOG_LINES, self._so_far["began"])
                )
        self._note(failure=seen)


def brought_back(
    deployment: Deployment, waits: Waits, instance: Instance, image: ImageRevert | None = None
) -> dict[str, Any] | None:
    """Restart one instance.

    :param image: makes the containers of the instances anew that run another image.
    :returns: its name, why it did not come back, None where it did, when it was stopped, seconds since the epoch, and the seconds
        until it answered, if it did; None altogether where it is gone.
    :raises RestartRefusedError: Docker did not restart it.
    """
    problem = None
    try:
        again = image.again if image is not None else None
        (ended,) = RollingRestart(deployment, waits, again=again).run([instance])
        if ended.get("gone"):
            return None
    except RestartRefusedError:
        raise
    except LitellmCacheError as error:
        problem, ended = str(error), error.context.get("instances", [{}])[-1]
    times: dict[str, Any] = {name: ended[name] for name in ("stopped_at", "ready_seconds") if name in ended}
    return {"name": instance.name, "problem": problem, **times}
