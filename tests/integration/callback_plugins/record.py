# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible callback of the integration tests: writes each task's result into a file, a line of JSON each.

What the operator sees on the screen stays as it is and can be checked too.
"""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: Write each result into a file
description:
  - Writes one line of JSON for each result into the file that the environment variable ERNI_KI_RECORD names.
"""


class CallbackModule(CallbackBase):
    """Records results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)
        self._path = os.environ["ERNI_KI_RECORD"]

    def _record(self, result: object, outcome: str) -> None:
        # ansible-core 2.19 renamed the attributes without the underscore.
        content = getattr(result, "result", None) or result._result
        task = getattr(result, "task", None) or result._task
        host = getattr(result, "host", None) or result._host
        line = {"outcome": outcome, "task": task.get_name(), "action": task.action, "host": host.get_name()}
        with open(self._path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(dict(line, result=dict(content)), default=str) + "\n")

    def v2_runner_on_ok(self, result: object) -> None:
        """A task went well."""
        self._record(result, "ok")

    def v2_runner_on_failed(self, result: object, ignore_errors: bool = False) -> None:
        """A task failed, its errors ignored or not."""
        self._record(result, "failed")

    def v2_runner_on_skipped(self, result: object) -> None:
        """A task was skipped."""
        self._record(result, "skipped")

    def v2_runner_on_unreachable(self, result: object) -> None:
        """A host was not reached."""
        self._record(result, "unreachable")
