# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the variables of the role litellm_cache on the controller; documented in plugins/modules under the same name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action import ActionBase

from ..module_utils._errors import LitellmCacheError
from ..module_utils._settings.keys import MODE_LOCAL
from ..module_utils._variables.check import Given, VariableError, require_right_variables
from ..plugin_utils.failure import failed
from ..plugin_utils.report.files import ReportFilesError, require_folder

SPECS = Path(__file__).resolve().parents[2] / "roles" / "litellm_cache" / "meta" / "argument_specs.yml"
REPORT_DIR = "litellm_cache_report_dir"
#: The one part of an error of a template that can be told; the rest of it may be the text of a secret.
_UNDEFINED = re.compile(r"'([\w.]+)' is undefined")


class ActionModule(ActionBase):
    """Sees all variables of the host, and connects to nothing."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _VALID_ARGS = frozenset(("entry_point",))

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task: nothing, or the one error.

        :param task_vars: all variables of the host; what they say is evaluated only where it is ours.
        :raises AnsibleActionFail: the one error, in the place of a result, where that is printed once.
        """
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        specs = yaml_load(SPECS.read_text(encoding="utf-8"))["argument_specs"]
        entry_point = self._task.args["entry_point"]
        try:
            given = self._given(variables, specs[entry_point]["options"])
            result["unknown"] = require_right_variables(entry_point, specs, given)
            self._require_folder(given)
        except LitellmCacheError as error:
            return failed(result, str(error))
        return dict(result, changed=False)

    @staticmethod
    def _require_folder(given: Given) -> None:
        """A report that cannot be written is no reason on the way back.

        :raises VariableError: the files of the report cannot be written.
        """
        directory = given.values.get(REPORT_DIR)
        if not directory or given.values.get("litellm_cache_mode") == MODE_LOCAL:
            return
        try:
            require_folder(directory)
        except ReportFilesError as error:
            raise VariableError(f"{REPORT_DIR}: {error}. Nothing was changed") from None

    def _given(self, variables: dict[str, Any], names: dict[str, Any]) -> Given:
        values, unreadable = {}, {}
        for name in names:
            if name in variables:
                try:
                    values[name] = self._evaluated(variables[name])
                except AnsibleError as error:
                    unreadable[name] = _why(error)
        mode = self._evaluated(variables.get("__litellm_cache_expected_mode"))
        of_play, left = (variables.get(f"ansible_play_hosts{which}") or [] for which in ("_all", ""))
        return Given(list(variables), values, unreadable, mode, [host for host in of_play if mode and host not in left])

    def _evaluated(self, value: Any) -> Any:
        """The value of a variable; one of a vault is decrypted.

        :raises AnsibleError: it is a template that cannot be evaluated, or encrypted with another password.
        """
        evaluated = self._templar.template(value)
        return str(evaluated) if getattr(evaluated, "__ENCRYPTED__", False) else evaluated


def _why(error: AnsibleError) -> str:
    undefined = _UNDEFINED.search(str(error))
    if undefined:
        return f"cannot be evaluated, because {undefined.group(1)} is undefined"
    return "cannot be evaluated: its template is wrong, or the password of its vault was not given"
