# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another image of a deployment, from the options to the replaced Compose file: looked, planned, pulled, tried, committed."""

from __future__ import annotations

import getpass
import time
from dataclasses import replace
from typing import Any

from .._change.arming import GuardError
from .._change.image_change import ImageChange, ImagePlan
from .._change.mode_change import Author
from .._change.precautions import Precautions
from .._deployment.compose_command import docker_program
from .._deployment.config_file import ConfigFile
from .._deployment.deployment import Deployment
from .._deployment.docker_socket import docker_host_of
from .._deployment.pull import Pull
from .._deployment.rolling_restart import Waits
from .._errors import LitellmCacheError
from .._finding import finding
from .._module import WAITS, run_of
from .before_change import require_metrics
from .canary import Canary
from .migrations import REFUSE, migrates, newer_database, unknown_there
from .observation import Observation, require_replaceable, require_write_access
from .requests import key_of
from .version_gate import advice, circumstances_of, comparison

ALWAYS, MISSING, NEVER = "always", "missing", "never"
CANARY, NONE = "canary", "none"
#: A label by which Watchtower is told to replace a container, https://containrrr.dev/watchtower.
_WATCHTOWER = "com.centurylinklabs.watchtower.enable"


class ImageError(LitellmCacheError):
    """The wanted image is not on the managed host, and was not brought there."""


class ImageCandidate:
    """The image that a deployment is to run. Its steps in their order: look, plan, pull, prove, commit; then the report.

    :param params: options of litellm_image.
    :raises LitellmCacheError: the deployment is not fit for a change.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params
        self._run = run_of(params)
        self._began = time.time()
        self._deployment = Deployment.open(params)
        author = Author(self._run, params["user"] or getpass.getuser(), params["reason"])
        self._silence = 0
        self._change = ImageChange(self._deployment, params, author)
        self._observed: dict[str, Any] = {}
        self._plan: ImagePlan | None = None
        self._text = ""
        self._pulled: dict[str, Any] = {}
        self._canary: dict[str, Any] = {}
        self._findings: list[dict[str, Any]] = []
        self._committed: dict[str, Any] = {"changed": False}

    # -- look ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """See what the deployment runs, and that all can be written that a change will have to write.

        :raises LitellmCacheError: the deployment is not fit for a change.
        """
        require_metrics(self._params)
        config = ConfigFile.read(self._deployment.config_path)
        require_write_access(config.path, self._deployment.state_dir)
        waits = Waits(**{name: self._params[name] for name in WAITS})
        self._silence = waits.silence(
            self._params["confirm_timeout"], self._params["hosts_at_once"], self._deployment.instances
        )
        self._text = config.text
        self._observed = Observation(self._deployment, config, key=key_of(self._params)).report()
        versions = {one["litellm_version"] for one in self._observed["instances"] if one["litellm_version"]}
        self._change.told_versions(tuple(sorted(versions)))

    # -- plan ---------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Make the text of the Compose file.

        :raises LitellmCacheError: it cannot be edited exactly, or would reach others.
        """
        self._plan = self._change.plan(self._params["image"])
        if self._plan.edits:
            require_replaceable(self._plan.edit.path)
        self._findings = [*self._plan.findings, *self._watchers()]

    @property
    def plan_made(self) -> ImagePlan:
        """The plan."""
        if self._plan is None:
            raise RuntimeError("plan comes first")
        return self._plan

    @property
    def work(self) -> bool:
        """Whether there is anything to do, an edit, another container, or the end of a change that was left behind."""
        return self.plan_made.edits or bool(self.plan_made.outdated) or self._change.left_behind is not None

    def _compared(self) -> list[dict[str, Any]]:
        """What is known of the version of LiteLLM in the wanted image, against that which runs."""
        if not self.work:
            return []
        now = next((one["litellm_version"] for one in self._observed["instances"] if one["litellm_version"]), None)
        circumstances = circumstances_of(self._observed)
        return list(comparison(now, self._params["image"], circumstances, self._canary.get("version")))

    def _watchers(self) -> list[dict[str, Any]]:
        """What else on this host may give the instances another image."""
        labelled = [
            one.name
            for one in self._deployment.instances
            if str(self._deployment.engine.inspect(one.id)["Config"]["Labels"].get(_WATCHTOWER, "")).lower() == "true"
        ]
        if not labelled:
            return []
        message = (
            f"{', '.join(labelled)} may be replaced by Watchtower too, as its label {_WATCHTOWER} says: it takes what the "
            f"reference names by then. Name a version, not a tag that moves"
        )
        return [finding("watchtower", message)]

    def advise(self) -> dict[str, Any]:
        """What the module returns where no image is named: what runs, and which version would be the better one."""
        found = self._observed
        versions = sorted({one["litellm_version"] for one in found["instances"] if one["litellm_version"]})
        images = sorted({one["image"] for one in found["instances"]})
        told = advice(versions, circumstances_of(found))
        return {"changed": False, "advice": {**told, "running": versions, "images": images}, "deployment": found}

    # -- pull ---------------------------------------------------------------------------------------------

    def pull(self, check_mode: bool) -> None:
        """Bring the wanted image to the host.

        :param check_mode: only see whether it is there.
        :raises ImageError: it is not there and is not to be pulled, or could not be; nothing was changed.
        """
        image, engine = self._params["image"], self._deployment.engine
        here = engine.image_id(image)
        wanted = is_wanted(self._params["pull"], here)
        if here is None and not wanted:
            raise ImageError(
                f"the image {image} is not on the managed host: bring it there (docker pull, docker load), or set "
                "litellm_upgrade_pull to missing. Nothing was changed"
            )
        command = self._change.command
        pull = Pull(command.program, command.docker_host, image)
        if check_mode and here is None:
            told = pull.foresee().in_words(here, self._params["pull_timeout"])
            message = f"{image} is not on the managed host; a run would pull it first ({told})"
            self._findings.append(finding("not_pulled", message))
        if not wanted or check_mode:
            return
        began = time.monotonic()
        try:
            layers = pull.run(self._params["pull_timeout"])
        except LitellmCacheError as error:
            raise ImageError(f"{error}. Nothing was changed") from None
        self._pulled = {"seconds": round(time.monotonic() - began, 1), "new": engine.image_id(image) != here, **layers}
        self._plan = self._change.plan(image)  # which instances run it is known only now

    # -- proof --------------------------------------------------------------------------------------------

    def prove(self, check_mode: bool) -> None:
        """Let a clone of an instance start on the image and answer requests, where the options ask for it.

        :param check_mode: only look whether that could be done.
        :raises ImageError: it could not, or the clone did not do what it should; nothing was changed.
        """
        is_here = self._deployment.engine.image_id(self._params["image"]) is not None
        if self._params["proof"] != CANARY or not self.plan_made.outdated or not is_here:
            return
        # No wishes: the file stays as it is, and what is known to go wrong with it went wrong before.
        params = dict(self._params, mode=None, known_issues="warn")
        has_database = any(one["has_database"] for one in self._observed["instances"])
        canary = Canary(self._deployment, params, self._text, self._observed, asks_migrations=has_database)
        try:
            self._canary = canary.foresee() if check_mode else canary.prove()
        except LitellmCacheError as error:
            way_out = "" if "nothing was changed" in str(error) else ". Nothing was changed"
            raise ImageError(
                f"a clone did not do on the image {self._params['image']} what the instances are to do: {error}{way_out}. To do "
                "without a clone, set litellm_upgrade_proof to none"
            ) from None
        if has_database and not check_mode:
            self._compare_migrations(self._canary.pop("migrations"))

    def _compare_migrations(self, wanted: list[str] | None) -> None:
        """See what the image would do to the database, and whether it knows what is in there.

        :param wanted: migrations that it brings along, None where it does not tell.
        :raises ImageError: the database is ahead of it.
        """
        running = self._deployment.running()
        now = self._deployment.client(running[0]).migrations() if running else None
        unknown = unknown_there(now, wanted)
        self._findings += migrates(now, wanted, self._canary.get("version"))
        if not unknown:
            return
        version = next((one["litellm_version"] for one in self._observed["instances"] if one["litellm_version"]), None)
        told = newer_database(version, unknown)
        if self._params["newer_database"] == REFUSE:
            raise ImageError(
                f"the image {self._params['image']} is refused: {told}. Bring back the database of before from a backup, and "
                "then the image by hand; or, if you know that it reads a newer one, set litellm_upgrade_newer_database to warn. "
                "Nothing was changed"
            )
        self._findings.append(finding("database_newer", told))

    # -- commit -------------------------------------------------------------------------------------------

    def commit(self, check_mode: bool) -> None:
        """Put the text in the file's place, where there is anything to do.

        :param check_mode: only check that it could be done.
        :raises LitellmCacheError: it could not be done; nothing was changed.
        """
        if not self.work:
            return
        self._committed["changed"] = True
        try:
            precautions = Precautions.of(
                dict(self._params, confirm="later", confirm_timeout=self._silence), self._deployment, []
            )
        except GuardError as error:
            if not check_mode:
                raise
            self._findings.append(finding("no_guard", f"the run itself would be refused: {error}"))
            return
        answered = any(instance["answers"] for instance in self._observed["instances"])
        if check_mode:
            return
        pending = self._change.commit(self.plan_made, replace(precautions, answered=answered))
        self._committed.update(guard=pending.guard, guard_outlives=pending.outlives, lease=precautions.lease)

    # -- report -------------------------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """All that is known of the change, as the module returns it."""
        plan, mode = self.plan_made, self._observed["cache"]["mode"]
        edit = plan.edit
        report = {
            "run": self._run,
            "began": self._began,
            "mode_before": mode,
            "mode_after": mode,
            "cache": self._observed["cache"],
            "changes": [f"image {edit.image.reference} -> {edit.wanted}"] if plan.edits else [],
            "findings": [
                *self._observed["findings"],
                *self._findings,
                *self._compared(),
                *self._canary.get("findings", []),
            ],
            "deployment": self._observed,
            "work": self.work,
            "image": {
                "before": edit.image.reference,
                "after": edit.wanted,
                "place": edit.place,
                "path": edit.path,
                "reaches": list(edit.reach.services) if edit.reach is not None else [],
                "outdated": list(plan.outdated),
            },
            "diff": _diff(plan),
        }
        if self._pulled:
            report["pulled"] = self._pulled
        if self._canary:
            report["canary"] = self._canary
        if self._change.left_behind is not None:
            report["taken_over"] = f"taken over: {self._change.left_behind.in_words()}, which nobody confirmed"
        return dict(report, **self._committed)


def is_wanted(option: str, here: str | None) -> bool:
    """Whether an image is to be pulled.

    :param option: pull of litellm_image.
    :param here: id of the image on the host, None where it is not there.
    """
    return option == ALWAYS or (option == MISSING and here is None)


def foreseen(params: dict[str, Any]) -> dict[str, Any]:
    """What the module returns that only looks what there is to be pulled: ``in_words``, empty for nothing.

    :param params: options of litellm_image.
    :raises LitellmCacheError: Docker does not answer.
    """
    image, told = params["image"], ""
    if image:
        here = Deployment.open(params).engine.image_id(image)
        if is_wanted(params["pull"], here):
            pull = Pull(docker_program(), docker_host_of(params["docker_host"]), image)
            told = pull.foresee().in_words(here, params["pull_timeout"])
    return {"changed": False, "pull": {"in_words": told}}


def _diff(plan: ImagePlan) -> dict[str, str]:
    """The one value that changes: what else stands in its line may be a secret."""
    edit = plan.edit
    ends = (edit.image.reference, edit.wanted) if plan.edits else ("", "")
    before, after = (f"image: {one}\n" if one else "" for one in ends)
    return {"before_header": edit.place, "after_header": edit.place, "before": before, "after": after}
