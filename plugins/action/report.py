# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints lines as they are, writes the files of a report, has metrics written; documented in plugins/modules under the name."""

from __future__ import annotations

import json
import time
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ..module_utils._errors import LitellmCacheError
from ..plugin_utils.failure import failed
from ..plugin_utils.report.files import collection_version, write_files

#: Characters of a line; a longer one ends in CUT.
LONGEST_LINE = 500
CUT = " ..."
#: Where the statistics of a run hold what the report says; no variable of a role, because AWX hands it on as one.
STATISTICS = "erni_ki_litellm_report"
#: The module that writes metrics on the managed host.
STATUS = "erni_ki.litellm.litellm_cache_status"
#: What of a document goes there.
_SHORT = ("kind", "at", "check", "project", "mode", "verdict")
TEXT = "text"
JSON = "json"


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


def one_line(document: dict[str, Any]) -> str:
    """A document as JSON in one line, in ASCII: nothing in it is obeyed by a terminal.

    :raises TypeError: it is no plain data.
    :raises ValueError: it holds a number that JSON does not have.
    """
    return json.dumps(document, allow_nan=False, sort_keys=False)


class ActionModule(ActionBase):
    """Prints on the controller; the managed host is asked for nothing but metrics."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Print the lines or the document, write the files, and end failed where there are problems.

        :raises AnsibleActionFail: when an option is of another type, and in the place of a result that failed.
        :returns: the result of the task.
        """
        options = self.validate_argument_spec(
            argument_spec={
                "lines": {"type": "raw", "required": True},
                "problems": {"type": "raw", "default": []},
                "document": {"type": "dict"},
                "directory": {"type": "path"},
                "output": {"type": "str", "choices": [TEXT, JSON], "default": TEXT},
                "metrics": {"type": "dict"},
            },
            required_by={"directory": ["document"]},
        )[1]
        result = dict(super().run(tmp, task_vars), changed=False)
        lines = self._lines_of("lines", options, LONGEST_LINE)
        problems = self._lines_of("problems", options, None)  # what to do in the end is worth all of its words
        document = self._document_of(options, task_vars or {})
        if document is not None:
            told, further = self._reported(document, options["directory"])
            result.update(told)
            lines += lines_of(further)
        unwritten = self._measured(options["metrics"], task_vars or {})
        lines += unwritten
        if document is not None and options["output"] == JSON:
            for line in unwritten:  # beside the one line that a program reads
                self._display.warning(line)
            self._display.display(one_line(document))
            result.update(msg=one_line(document), document=document)
        elif lines:
            self._display.display("\n".join(self._heading(task_vars or {}) + lines))
        if problems:
            result.pop("ansible_stats", None)  # which Ansible would drop, and show in the output
            return failed(result, "; ".join(problem.rstrip(".") for problem in problems))
        return dict(result, lines=lines)

    def _measured(self, metrics: dict[str, Any] | None, task_vars: dict[str, Any]) -> list[str]:
        """Have the managed host write its metrics, as it stands now that all is done.

        :param metrics: options of the module; None for no metrics.
        :returns: a line to print where they are not written, which fails nothing.
        """
        if not metrics or self._task.check_mode:
            return []
        try:
            found = self._execute_module(module_name=STATUS, module_args=metrics, task_vars=task_vars)
        except AnsibleError as error:  # a host that went away
            found = {"msg": str(error)}
        problem = found["metrics"]["problem"] if "metrics" in found else found.get("msg")
        return lines_of(f"metrics not written: {problem}") if problem else []

    def _document_of(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any] | None:
        """The document, which says whose it is, and when it was made.

        :raises AnsibleActionFail: there is none to print, or it is no plain data.
        """
        document = options["document"]
        if document is None:
            if options["output"] == JSON:
                raise AnsibleActionFail("There is no document to print as JSON: leave litellm_cache_output at text.")
            return None
        try:
            one_line(document)
        except (TypeError, ValueError):
            raise AnsibleActionFail("document must be plain data: texts, numbers, lists and mappings.") from None
        about = {"host": task_vars.get("inventory_hostname"), "collection": collection_version()}
        made = {"at": document.get("at") or time.time(), "check": document.get("check", self._task.check_mode)}
        return {**about, **document, **made}

    @staticmethod
    def _reported(document: dict[str, Any], directory: str | None) -> tuple[dict[str, Any], str]:
        """The files, and the statistics of the run.

        What was done is done, so files that cannot be written are told, and fail nothing.

        :returns: what goes into the result, and a line to print.
        """
        short = {document["host"]: {name: document[name] for name in _SHORT if name in document}}
        told = {"ansible_stats": {"data": {STATISTICS: short}, "per_host": False, "aggregate": True}}
        if not directory:
            return told, ""
        try:
            files = write_files(document, directory)
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
