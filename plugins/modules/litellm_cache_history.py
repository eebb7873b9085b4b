#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells what was changed when, and keeps a table of it in a document."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_history
short_description: Tell what was changed of LiteLLM's cache, and keep a table of it
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Reads the history of a deployment from its state directory, and renders it as a table in Markdown.
  - Adds a row for each change that is missing to the table of an existing document. A table is known by the headings
    C(Date), C(LiteLLM version), C(Redis status), C(Reason), or by the Russian ones of the runbook. Rows and text that are
    there stay as they are, in whatever order the columns are.
  - New rows come where the table has its newest, at the top or at the bottom, by the dates that are there, and in its
    language. The reason is the one that was given, else what was done.
options:
  document:
    description:
      - Markdown file on the managed host. A file that does not exist is made; one without such a table gets one at its end.
    type: path
  language:
    description:
      - Language of RV(table), and of a table that a document gets because it has none.
    type: str
    choices:
      - en
      - ru
    default: en
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details: A change is known in the table by the second in which it ended.
seealso:
  - module: erni_ki.litellm.litellm_cache_snapshots
"""

EXAMPLES = r"""
- name: Keep the runbook's own table up to date
  erni_ki.litellm.litellm_cache_history:
    project_dir: /opt/erni-ki
    document: /opt/erni-ki/docs/litellm-redis-caching.md
"""

RETURN = r"""
records:
  description: The changes that ended, oldest first, as they stand in C(history.jsonl).
  type: list
  elements: dict
  returned: success
table:
  description: The same as a table in Markdown.
  type: str
  returned: success
findings:
  description: What is damaged in the state directory, what is done without it, and how to mend it; or that the state of an
    earlier version is left alone.
  type: list
  elements: dict
  returned: success
  contains:
    code:
      description: V(history_damaged), V(state_damaged) or V(state_left_alone).
      type: str
    message:
      description: In words, with the file; never what it holds.
      type: str
    line:
      description: The first damaged line of C(history.jsonl), from 1; null for another file.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.history_table import table_of, with_records
from ..module_utils._change.state import ChangeState
from ..module_utils._deployment.config_file import read_document, write_document
from ..module_utils._deployment.project import config_path_of, state_dir_of
from ..module_utils._module import DEPLOYMENT, run_module


def history(params, check_mode):
    """The module's result."""
    state = ChangeState(state_dir_of(params), config_path_of(params))
    records, table = state.history(), table_of(state.history(), params["language"])
    result = {"changed": False, "records": records, "table": table, "findings": state.findings()}
    if params["document"]:
        before = read_document(params["document"]) or ""
        after = with_records(before, records, params["language"])
        result["changed"] = after != before
        result["diff"] = {"before": before, "after": after, "before_header": params["document"]}
        if result["changed"] and not check_mode:
            write_document(params["document"], after.encode("utf-8"))
    return result


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            document={"type": "path"},
            language={"type": "str", "choices": ["en", "ru"], "default": "en"},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: history(module.params, module.check_mode))


if __name__ == "__main__":
    main()
