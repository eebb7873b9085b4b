# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One change of the image of a service: planned on the Compose files, committed, left pending.

Ties the edit of the Compose files to the record of the change, and to the guard that takes it back when nobody confirms it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from .._compose.change import ImageChange as Edit
from .._compose.change import change_image
from .._compose.files import Files, encoded
from .._compose.labels import told_by
from .._deployment.compose_command import ComposeCommand, docker_program
from .._deployment.config_file import ConfigFile
from .._deployment.deployment import Deployment
from .._deployment.docker_socket import docker_host_of
from .._deployment.recreation import require_recreatable
from .._errors import LitellmCacheError
from .._finding import finding
from .._settings.description import describe_cache
from .arming import arm
from .guard import NO_GUARD, Guard
from .image_file import ImageFile
from .image_record import ImageRecord
from .metrics_file import tell
from .mode_change import Author, ChangedMeanwhileError, ModeChange
from .pending import Lease, PendingChange
from .precautions import Precautions
from .state import ChangeState


@dataclass(frozen=True)
class ImagePlan:
    """What would be done.

    :ivar edit: the change of one of the Compose files.
    :ivar findings: what the operator should know.
    :ivar outdated: names of the instances that do not run the wanted image as far as that is known: what it is on this host is
        not, before it was pulled.
    """

    edit: Edit
    findings: tuple[dict[str, Any], ...]
    outdated: tuple[str, ...]

    @property
    def edits(self) -> bool:
        """Whether a file changes."""
        return self.edit.before != self.edit.after


class ImageChange:
    """A change of the image of one deployment.

    :param deployment: the deployment.
    :param params: options of litellm_image.
    :param author: who changes.
    """

    def __init__(self, deployment: Deployment, params: dict[str, Any], author: Author) -> None:
        require_recreatable(deployment.instances)
        self._deployment = deployment
        self._service = params["service"]
        self._change = ModeChange(deployment.config_path, ChangeState.of(deployment), author, params["take_over"])
        labels = deployment.engine.inspect(deployment.instances[-1].id)["Config"]["Labels"]
        self._told = told_by(labels)
        self.command = ComposeCommand(
            docker_program(),
            docker_host_of(params["docker_host"]),
            deployment.instances[-1].project,
            self._told.directory,
            self._told.files,
            self._told.environment_files,
        )

    @property
    def left_behind(self) -> PendingChange | None:
        """The change of another run that nobody will end any more."""
        return self._change.left_behind

    def told_versions(self, versions: tuple[str, ...]) -> None:
        """Tell which versions of LiteLLM run, for the history."""
        self._change.author = replace(self._change.author, versions=versions)

    def plan(self, image: str) -> ImagePlan:
        """What would change.

        :param image: the reference that is wanted.
        :raises ComposeError: it cannot be had by the change of one file, or that would reach others.
        :raises ComposeCommandError: Compose itself does not read the files.
        """
        edit = change_image(self._told, Files(), self._service, image)
        wanted_id = self._deployment.engine.image_id(image)
        outdated = [
            one.name
            for one in self._deployment.instances
            if one.image != image or wanted_id not in (None, one.image_id)
        ]
        return ImagePlan(edit, tuple(self._drift()), tuple(outdated))

    def _drift(self) -> list[dict[str, Any]]:
        """What else than the image would change."""
        expected = self.command.configuration_hash(self._service)
        others = [one.name for one in self._deployment.instances if one.configuration_hash != expected]
        if not others:
            return []
        message = (
            f"Compose would make {', '.join(others)} anew also without another image: its files were changed since, or another "
            "version of Compose made it. What was changed there goes live with the image; docker compose config shows it"
        )
        return [finding("compose_drift", message)]

    def commit(self, plan: ImagePlan, precautions: Precautions) -> PendingChange:
        """Put the edited file in place and leave the change pending, with a guard that would take it back.

        :returns: the pending change.
        :raises ChangedMeanwhileError: a file was changed since it was planned on.
        :raises GuardError: the guard does not start; nothing was changed.
        """
        change = self._change
        with change.state.locked():
            change.end_what_was_left_behind()
            if change.own() is not None:
                raise ChangedMeanwhileError(f"run {change.author.run} has a change that is not final yet: end it first")
            file = ConfigFile.read(plan.edit.path)
            self._require_unchanged(file, plan)
            kept_before = change.state.snapshots.numbers()
            pending: PendingChange | None = None
            try:
                ImageFile(change.state.directory).keep(file.content)
                pending = self._pending(plan, file, precautions)
                change.state.open_change(pending, Lease.begin(change.author.run, precautions.lease))
                if pending.guard != NO_GUARD:
                    arm(change.state, pending.guard)
                tell(change.state, pending, Guard(change.state).status())
                self._require_unchanged(ConfigFile.read(plan.edit.path), plan)
                if plan.edits:
                    file.replace(encoded(plan.edit.after))
            except LitellmCacheError:
                change.state.abandon_change()
                tell(change.state, pending)
                for number in set(change.state.snapshots.numbers()) - set(kept_before):
                    change.state.snapshots.drop(number)
                raise
            return pending

    def _require_unchanged(self, file: ConfigFile, plan: ImagePlan) -> None:
        if file.content != encoded(plan.edit.before):
            raise ChangedMeanwhileError(
                f"{file.path} was changed by somebody since it was planned on; nothing was written. Run again"
            )

    def _pending(self, plan: ImagePlan, file: ConfigFile, precautions: Precautions) -> PendingChange:
        """The record of the change: of the mode there is none, so the config file stays as it is."""
        change, config = self._change, self._change.file
        mode = describe_cache(config.text)["mode"]
        journal = change.journal()
        return PendingChange(
            run=change.author.run,
            user=change.author.user,
            since=time.time(),
            mode_before=mode,
            mode_after=mode,
            base_sha256=config.sha256,
            candidate_sha256=config.sha256,
            config_path=config.path,
            snapshot=change.state.snapshots.take(config.content, config.path),
            modified=config.modified,
            reason=change.author.reason,
            journal=journal.to_dict() if journal is not None else None,
            deployment=precautions.deployment,
            waits=precautions.waits,
            started=precautions.started,
            planted=[],
            guard=precautions.guard,
            versions=list(change.author.versions),
            answered=precautions.answered,
            outlives=precautions.outlives,
            image=self._record(plan, file).to_dict(),
            metrics=precautions.metrics,
        )

    def _record(self, plan: ImagePlan, file: ConfigFile) -> ImageRecord:
        instances = self._deployment.instances
        ids = {one.image_id for one in instances}
        changed = replace(file, content=encoded(plan.edit.after))
        return ImageRecord(
            service=self._service,
            before=plan.edit.image.reference,
            after=plan.edit.wanted,
            image_id=ids.pop() if len(ids) == 1 else "",
            path=file.path,
            base_sha256=file.sha256,
            candidate_sha256=changed.sha256,
            modified=file.modified,
            numbers={one.name: one.number for one in instances},
            command=self.command.to_dict(),
        )
