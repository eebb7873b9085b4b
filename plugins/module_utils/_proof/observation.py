# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be seen of a deployment: what its file says, and what each instance runs.

The one place that makes the dictionary of litellm_cache_info.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .._change.state import ChangeState
from .._deployment.config_file import ConfigFile
from .._deployment.deployment import Deployment
from .._deployment.file_attributes import lacks_right_to_owner
from .._deployment.image_reference import (
    ImageReference,
    parse_image_reference,
)
from .._deployment.instance_client import InstanceError
from .._deployment.instances import (
    DeploymentError,
    Instance,
    require_mounted,
)
from .._deployment.log_findings import cache_findings
from .._deployment.seals import seal_of_directory, seal_of_file
from .._deployment.silence import why_silent
from .._errors import LitellmCacheError
from .._settings.description import describe_cache
from .._settings.keys import PLACE_KEYS
from .drift import drift_of
from .findings import (
    findings_of,
    heeded,
    present_issues,
    stored_row,
)
from .process_memory import is_untouched
from .reading import SAME, as_reading, completed, findings_of_reading, section_sentence
from .stale import stale_reasons

#: What else can be looked at in an instance.
OBSERVABLE = ("log", "connections", "entries", "settings", "memory")


@dataclass(frozen=True)
class Observation:
    """One look at a deployment; read-only.

    :param variables: names of environment variables that the proxies are to have.
    :param key: the LiteLLM key that the proxies are asked with, as :func:`requests.key_of` tells it; {} for their own.
    :param probed: what a proof of the same file has seen in one instance, with its name as ``instance``; {} for nothing.
    """

    deployment: Deployment
    config: ConfigFile
    variables: tuple[str, ...] = ()
    key: dict[str, Any] = field(default_factory=dict)
    probed: dict[str, Any] = field(default_factory=dict)

    def report(self, observe: Iterable[str] = (), log_lines: int = 0) -> dict[str, Any]:
        """All that is seen.

        :param observe: what else to look at, of OBSERVABLE.
        :param log_lines: how many lines of each log.
        :raises LitellmCacheError: an instance mounts another file, the file does not parse, no instance has one of
            the variables.
        """
        require_mounted(self.deployment.instances, self.config.path)
        looks = {instance.id: self._look(instance) for instance in self.deployment.instances}
        reading = next((look["reading"] for look, _problem in looks.values() if look is not None), None)
        cache = completed(describe_cache(self.config.text), reading)
        instances = [
            self._instance(instance, *looks[instance.id], cache, set(observe), log_lines)
            for instance in self.deployment.instances
        ]
        require_variables(self.variables, instances)
        pending = ChangeState.of(self.deployment).pending()
        return {
            "project": self.deployment.instances[0].project,
            "config_path": self.config.path,
            "config_sha256": self.config.sha256,
            "state_dir": self.deployment.state_dir,
            "cache": cache,
            "reading": reading,
            "findings": list(findings_of_reading(reading, self.config.path)),
            "instances": instances,
            "stale": [instance["name"] for instance in instances if instance["stale"]],
            "running": len(self.deployment.running()),
            "pending": pending.summary() if pending is not None else None,
        }

    def _instance(
        self,
        instance: Instance,
        look: dict[str, Any] | None,
        problem: str | None,
        cache: dict[str, Any],
        observe: set[str],
        log_lines: int,
    ) -> dict[str, Any]:
        if look is None or not look["answers"]:
            problem = self._why_silent(instance, cache, look) or problem
        wanted = cache["mode"] if cache["mode"] in ("redis", "local") else cache["type"]
        image = parse_image_reference(instance.image)
        found = {
            "name": instance.name,
            "status": instance.status,
            "running": instance.running,
            "image": instance.image,
            "image_tag": image.tag,
            "stop_timeout": instance.stop_timeout,
            "stale": stale_reasons(instance, look, wanted, self.config.sha256, self.config.written / 1e9),
            **_told(look or {}),
            "problem": problem,
        }
        if "log" in observe:
            found["log"] = cache_findings(self.deployment.engine.log(instance.id, instance.started, log_lines))
        if "memory" in observe:
            found["untouched"] = instance.running and is_untouched(self.deployment, instance)
        if cache["mode"] == "redis" and look is not None and observe & {"connections", "entries"}:
            found["redis"] = self._redis(instance, observe)
        if "settings" in observe and look is not None:
            found["settings"] = self._settings(instance, cache, look, image)
        return found

    def _settings(
        self, instance: Instance, cache: dict[str, Any], look: dict[str, Any], image: ImageReference
    ) -> dict[str, Any]:
        """Configured, stored and effective settings of one instance, and the known issues that are present."""
        answer: dict[str, Any] = {}
        problem = (look["stored"] or {}).get("problem")
        if cache["mode"] == "redis":
            try:
                known = self.probed.get("instance") == instance.name
                answer = self.probed if known else self.deployment.client(instance).probe(self.config.text)
            except InstanceError as error:
                problem = str(error)
        wanted = {"type": cache["mode"], **{name: (answer.get("wanted") or {}).get(name) for name in PLACE_KEYS}}
        contradiction = stored_row(look["stored"], wanted)
        observations = answer.get("observations", []) + ([contradiction] if contradiction is not None else [])
        of_the_file = look["reading"]["set_by_file"]
        findings = findings_of(dict(look, observations=observations, set_by_file=of_the_file), cache["form"])
        changed = not look["reading"]["current"] or self.config.modified / 1e9 > instance.started
        circumstances = _circumstances(cache, look)
        return {
            "rows": drift_of(cache["mode"], look["cache_type"], answer, heeded(look["stored"]), changed),
            "findings": findings,
            "known_issues": present_issues(findings, look["litellm_version"], image, circumstances, of_the_file),
            "problem": problem,
        }

    def _newer_than(self, instance: Instance) -> bool:
        """Whether the file was changed since the instance was started."""
        return self.config.modified / 1e9 > instance.started

    def _look(self, instance: Instance) -> tuple[dict[str, Any] | None, str | None]:
        """The answer of an instance, or why there is none."""
        return look_at(self.deployment, instance, self.config.sha256, self.variables, **self.key)

    def _why_silent(self, instance: Instance, cache: dict[str, Any], look: dict[str, Any] | None) -> str | None:
        """Why an instance does not come up, as far as it or its log tells; None where neither does."""
        if look is not None and look.get("redis_problem"):
            return f"{instance.name}: {look['redis_problem']}"
        why = why_silent(self.deployment.engine, instance, cache)
        return f"{instance.name}: {why}" if why else None

    def _redis(self, instance: Instance, observe: set[str]) -> dict[str, Any]:
        """What one instance sees of Redis."""
        try:
            seen = self.deployment.client(instance).redis(
                self.config.text, clients="connections" in observe, count="entries" in observe
            )
        except InstanceError as error:
            return {"problem": str(error)}
        return {
            "place": seen["place"],
            "server": seen["server"],
            "connections": seen["clients"],
            "entries": seen["count"],
            "not_observable": seen["not_observable"],
            "problem": None,
        }


def look_at(
    deployment: Deployment, instance: Instance, config_sha256: str | None, variables: Iterable[str] = (), **key: Any
) -> tuple[dict[str, Any] | None, str | None]:
    """The answer of an instance to a look, or why there is none.

    :param config_sha256: hash of the config file on the host, None for unknown.
    :param variables: names of environment variables that the proxy is to have.
    :param key: the LiteLLM key that the proxy is asked with; none for its own.
    """
    if not instance.running:
        return None, None
    try:
        look = deployment.client(instance).look(variables, **key)
        told = look["reading"]
        path = instance.host_path(told["real_path"]) if told["real_path"] else None
        current = told["source"] not in SAME or look["config_sha256"] == config_sha256
        return dict(look, reading=as_reading(told, path, told["problem"], current)), None
    except InstanceError as error:
        return None, str(error)


def _told(look: dict[str, Any]) -> dict[str, Any]:
    """What an instance tells of itself.

    :param look: its answer, {} for none.
    """
    names = (
        "litellm_version",
        "redis_py_version",
        "cache_type",
        "redis_variables",
        "redis_problem",
        "variables_missing",
        "has_database",
        "stored",
        "access",
    )
    return {
        **{name: look.get(name) for name in names},
        "answers": bool(look.get("answers")),
        "variables_of_file": look["reading"]["set_by_file"] if look else None,
    }


def _circumstances(cache: dict[str, Any], look: dict[str, Any]) -> frozenset[str]:
    """What decides which known issues matter."""
    words = {cache["mode"], *look["redis_variables"], f"redis-py {str(look['redis_py_version']).partition('.')[0]}"}
    if cache["form"]:
        words.add(cache["form"])
    if look["has_database"]:
        words.add("database")
    return frozenset(words)


def require_variables(names: Iterable[str], instances: list[dict[str, Any]]) -> None:
    """Check that a wanted environment variable exists in at least one instance that could be asked.

    :param instances: entries of the report.
    :raises DeploymentError: none of them has it.
    """
    asked = [instance for instance in instances if instance["variables_missing"] is not None]
    for name in names:
        if asked and all(name in instance["variables_missing"] for instance in asked):
            if any(name in instance["variables_of_file"] for instance in asked):
                raise DeploymentError(section_sentence(name))
            problems = {str(instance["redis_problem"]) for instance in asked if instance.get("redis_problem")}
            raise DeploymentError(
                f"no instance has the environment variable {name}: export it to the proxy, or name another one in "
                "litellm_cache_redis_password_env or litellm_cache_redis_url_env"
                + "".join(f"; and {problem}" for problem in sorted(problems))
            )


def require_write_access(config_path: str, state_dir: str) -> None:
    """Check all that a change will have to write, and tell all that is missing.

    :raises LitellmCacheError: this user may not write there, or nobody may.
    """
    folder, place = os.path.dirname(config_path), state_dir
    while not os.path.exists(place):
        place = os.path.dirname(place)
    sealed = {folder: seal_of_directory(folder)}
    sealed.setdefault(place, seal_of_directory(place, replaces=place == state_dir))
    missing = []
    if sealed[folder] is None and not os.access(folder, os.W_OK | os.X_OK):
        missing.append(f"write in {folder}, where the config file is replaced")
    lacking = lacks_right_to_owner(config_path)
    if lacking is not None:
        missing.append(lacking)
    if sealed[place] is None and not os.access(place, os.W_OK | os.X_OK):
        missing.append(f"write in {place}, for the state directory {state_dir} (litellm_cache_state_dir)")
    told = [f"this user may not {'; and may not '.join(missing)}. Run the play with become"] if missing else []
    told += [seal for seal in sealed.values() if seal is not None]
    if told:
        raise LitellmCacheError(". ".join(told))


def require_replaceable(config_path: str) -> None:
    """Check that another file can take the place of the config file; a run that changes nothing need not know.

    :raises LitellmCacheError: an attribute or a mount is against it.
    """
    seal = seal_of_file(config_path)
    if seal is not None:
        raise LitellmCacheError(seal)
