# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints lines as they are, and writes the files of a report; documented in the file of the same name in plugins/modules."""

from __future__ import annotations

import time
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._errors import LitellmCacheError
from ..plugin_utils.failure import failed
from ..plugin_utils.report.files import collection_version, write_files

#: Characters of a line; a longer one ends in CUT.
LONGEST_LINE = 500
CUT = " ..."
#: Where the statistics of a run hold what the report says; no variable of a role, because AWX hands it on as one.
STATISTICS = "erni_ki_litellm_report"
#: What of a document goes there.
_SHORT = ("kind", "at", "check", "project", "mode", "verdict")


def lines_of(value: Any, longest: int | None = LONGEST_LINE) -> list[str]:
    """The lines of a text, or of a list of texts, without empty ones at the ends.

    :param longest: characters of a line; None for as many as it has.
    :raises TypeError: when it is neither.
    """
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError
    lines = [harmless(line.rstrip(), longest) for text in texts for line in text.replace("\r\n", "\n").split("\n")]
    filled = [number for number, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def harmless(line: str, longest: int | None = LONGEST_LINE) -> str:
    """The line, of bounded length, without what a terminal obeys: control and format characters are shown as their codes."""
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)
    return shown if longest is None or len(shown) <= longest else shown[: longest - len(CUT)] + CUT


class ActionModule(ActionBase):
    """Prints on the controller; the managed host is not asked."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Print the lines, write the files, and end failed where there are problems.

        :raises AnsibleActionFail: when an option is neither a text nor a list of texts, and in the place of a result that failed.
        :returns: the result of the task.
        """
        options = self.validate_argument_spec(
            argument_spec={
                "lines": {"type": "raw", "required": True},
                "problems": {"type": "raw", "default": []},
                "document": {"type": "dict"},
                "directory": {"type": "path"},
            },
            required_by={"directory": ["document"]},
        )[1]
        result = super().run(tmp, task_vars)
        lines = self._lines_of("lines", options, LONGEST_LINE)
        problems = self._lines_of("problems", options, None)  # what to do in the end is worth all of its words
        host = (task_vars or {}).get("inventory_hostname", "")
        if options["document"]:
            told, further = self._reported(options["document"], options["directory"], host)
            result.update(told)
            lines += lines_of(further)
        if lines:
            self._display.display("\n".join(self._heading(task_vars or {}) + lines))
        if problems:
            result.pop("ansible_stats", None)  # which Ansible would drop, and show in the output
            return failed(result, "; ".join(problem.rstrip(".") for problem in problems))
        return dict(result, changed=False, lines=lines)

    @staticmethod
    def _reported(document: dict[str, Any], directory: str | None, host: str) -> tuple[dict[str, Any], str]:
        """The files, and the statistics of the run.

        What was done is done, so files that cannot be written are told, and fail nothing.

        :returns: what goes into the result, and a line to print.
        """
        document = dict(document, at=document.get("at") or time.time())  # nothing may have told when it was
        short = {name: document[name] for name in _SHORT if name in document}
        told = {"ansible_stats": {"data": {STATISTICS: {host: short}}, "per_host": False, "aggregate": True}}
        if not directory:
            return told, ""
        try:
            files = write_files(dict(document, host=host, collection=collection_version()), directory)
        except LitellmCacheError as error:
            return told, f"not written: {error}"
        return dict(told, files=files), f"report: {files[0]}"

    def _lines_of(self, option: str, options: dict[str, Any], longest: int | None) -> list[str]:
        try:
            return lines_of(options[option], longest)
        except TypeError:
            raise AnsibleActionFail(f"{option} must be a text, or a list of texts.") from None

    @staticmethod
    def _heading(task_vars: dict[str, Any]) -> list[str]:
        """Whose lines they are, where several hosts print at the same time."""
        several = len(task_vars.get("ansible_play_batch", [])) > 1
        return [f"[{task_vars['inventory_hostname']}]"] if several else []
