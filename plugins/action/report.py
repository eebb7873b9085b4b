# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints lines as they are; its documentation stands in the file of the same name in plugins/modules."""

from __future__ import annotations

import json
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

#: Characters of a line; a longer one ends in CUT.
LONGEST_LINE = 500
CUT = " ..."
TEXT = "text"
JSON = "json"


def lines_of(value: Any) -> list[str]:
    """The lines of a text, or of a list of texts, without empty ones at the ends.

    :raises TypeError: when it is neither.
    """
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError
    lines = [harmless(line.rstrip()) for text in texts for line in text.replace("\r\n", "\n").split("\n")]
    filled = [number for number, line in enumerate(lines) if line]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def harmless(line: str) -> str:
    """The line, of bounded length, without what a terminal obeys: control and format characters are shown as their codes."""
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)
    return shown if len(shown) <= LONGEST_LINE else shown[: LONGEST_LINE - len(CUT)] + CUT


def one_line(document: dict[str, Any]) -> str:
    """A document as JSON in one line, in ASCII: nothing in it is obeyed by a terminal.

    :raises TypeError: it is no plain data.
    :raises ValueError: it holds a number that JSON does not have.
    """
    return json.dumps(document, allow_nan=False, sort_keys=False)


class ActionModule(ActionBase):
    """Prints on the controller; the managed host is not asked."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Print the lines, or the document, and end failed where there are problems.

        :raises AnsibleActionFail: when an option is of another type.
        :returns: the result of the task.
        """
        options = self.validate_argument_spec(
            argument_spec={
                "lines": {"type": "raw", "required": True},
                "problems": {"type": "raw", "default": []},
                "document": {"type": "dict"},
                "output": {"type": "str", "choices": [TEXT, JSON], "default": TEXT},
            }
        )[1]
        result = dict(super().run(tmp, task_vars), changed=False)
        lines, problems = self._lines_of("lines", options), self._lines_of("problems", options)
        if options["output"] == JSON:
            document = self._document_of(options, task_vars or {})
            self._display.display(one_line(document))
            result.update(msg=one_line(document), document=document)
        elif lines:
            self._display.display("\n".join(self._heading(task_vars or {}) + lines))
        if problems:
            return dict(result, failed=True, msg="; ".join(problem.rstrip(".") for problem in problems))
        return dict(result, lines=lines)

    @staticmethod
    def _document_of(options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The document, which says whose it is."""
        if options["document"] is None:
            raise AnsibleActionFail("There is no document to print as JSON: leave litellm_cache_output at text.")
        try:
            one_line(options["document"])
        except (TypeError, ValueError):
            raise AnsibleActionFail("document must be plain data: texts, numbers, lists and mappings.") from None
        return {"host": task_vars.get("inventory_hostname"), **options["document"]}

    def _lines_of(self, option: str, options: dict[str, Any]) -> list[str]:
        try:
            return lines_of(options[option])
        except TypeError:
            raise AnsibleActionFail(f"{option} must be a text, or a list of texts.") from None

    @staticmethod
    def _heading(task_vars: dict[str, Any]) -> list[str]:
        """Whose lines they are, where several hosts print at the same time."""
        several = len(task_vars.get("ansible_play_batch", [])) > 1
        return [f"[{task_vars['inventory_hostname']}]"] if several else []
