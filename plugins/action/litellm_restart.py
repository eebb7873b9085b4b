# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts instances, and tells of each of several as soon as it is back; documented in plugins/modules under the same name."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._proof.evidence import in_words
from ..module_utils._proof.restart_words import restart_in_words
from ..plugin_utils.failure import failed
from .report import harmless

#: What each call of the module adds to the result.
_GROWING = ("instances", "evidence")


class ActionModule(ActionBase):
    """Calls the module for one instance after another; with one instance that is one call, and nothing is told."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task, as one call for all instances would give it.

        :raises AnsibleActionFail: in the place of a result that failed.
        """
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        options = self._task.args
        if self._task.check_mode or self._task.async_val or "at_most" in options:
            return {**result, **self._execute_module(task_vars=variables, wrap_async=self._task.async_val)}
        done: dict[str, list[Any]] = {name: [] for name in _GROWING}
        options, changed, number = {**options, "at_most": 1}, False, 0
        while True:
            part = self._execute_module(module_args=options, task_vars=variables)
            for name in _GROWING:
                done[name] += part.get(name) or []
            changed = changed or bool(part.get("changed"))
            left = part.get("left") or []
            if part.get("failed"):
                return self._failed({**result, **part, **done})
            number += 1
            if left or number > 1:
                self._tell(part, f"({number} of {number + len(left)})", variables)
            if not left:
                return {**result, **part, **done, "changed": changed}
            options.update(instances=left, continues=True)

    @staticmethod
    def _failed(result: dict[str, Any]) -> dict[str, Any]:
        """A result that failed, with all that were restarted. A module that broke down is left to Ansible."""
        if "module_stdout" in result:
            return result
        result["restarted"] = [entry["name"] for entry in result["instances"] if "gone" not in entry]
        result.pop("exception", None)
        return failed(result, str(result["msg"]))

    def _tell(self, part: dict[str, Any], place: str, variables: dict[str, Any]) -> None:
        """Print a line for each instance that is back."""
        if self._task.no_log:
            return
        host = f"[{variables['inventory_hostname']}] " if len(variables.get("ansible_play_batch", [])) > 1 else ""
        seen = {entry["instance"]: in_words(entry) for entry in part.get("evidence") or []}
        for entry in part.get("instances") or []:
            words = [
                f"{host}{entry['name']}",
                restart_in_words(entry),
                *([seen[entry["name"]]] if entry["name"] in seen else []),
                place,
            ]
            self._display.display(harmless("  ".join(words)))
