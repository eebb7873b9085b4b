# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of plugins/action/report.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Print lines as they are
version_added: 0.2.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Prints lines as plain text, above the line that tells the state of the task.
    M(ansible.builtin.debug) prints a list in quotes and brackets.
  - Shows control and format characters, which a terminal would obey, as their codes, and cuts lines of more than 500
    characters; problems are told whole.
  - Also writes the files of a report, a page, Markdown and JSON, and leaves its gist in the statistics of the run, which AWX
    shows as artifacts.
  - Runs on the controller, without a connection to the host unless it has O(metrics) written.
options:
  lines:
    description:
      - What is printed, a text or a list of texts. Empty lines at the ends are left out.
      - Where several hosts print at the same time, the name of the host stands above.
    type: raw
    required: true
  problems:
    description:
      - What is wrong, a text or a list of texts. If there is any, the task ends failed with it, after the lines were printed.
    type: raw
    default: []
  document:
    description:
      - What the report is made of, as the schema C(docs/report.schema.json) of the collection says it.
      - Its gist stands in the statistics of the run as C(erni_ki_litellm_report), by the name of the host, unless the task fails.
    type: dict
    version_added: 0.3.0
  directory:
    description:
      - Folder on the controller into which the files are written, with the host, the project and the time in their names. It is
        made where there is none.
    type: path
    version_added: 0.3.0
  output:
    description:
      - V(text) prints O(lines). V(json) prints O(document) instead, as JSON in one line that starts with a brace at the first
        column, with the name of the host under C(host).
    type: str
    choices:
      - text
      - json
    default: text
    version_added: 0.3.0
  metrics:
    description:
      - Options of M(erni_ki.litellm.litellm_cache_status), with C(textfile_dir), to have it write the metrics of the deployment
        on the managed host, also where the task fails. Metrics that cannot be written are told in a line, or with O(output=json)
        in a warning, and fail nothing. In check mode none are written.
    type: dict
    version_added: 0.3.0
extends_documentation_fragment:
  - erni_ki.litellm._attributes
attributes:
  check_mode:
    support: full
    details: Writes the files too. They say that it was a check.
  diff_mode:
    support: none
    details: It changes nothing.
  idempotent:
    support: full
seealso:
  - module: ansible.builtin.debug
"""

EXAMPLES = r"""
- name: Tell what was seen
  erni_ki.litellm.report:
    lines:
      - "erni-ki: two instances"
      - "each answered from Redis"

- name: Tell what was seen, and end failed when something is wrong
  erni_ki.litellm.report:
    lines: "{{ lookup('ansible.builtin.template', 'seen.j2') }}"
    problems: "{{ seen.problems }}"
"""

RETURN = r"""
files:
  description: Paths of the page, the Markdown and the JSON.
  type: list
  elements: str
  returned: when O(directory) is set
lines:
  description: The lines as they were printed.
  type: list
  elements: str
  returned: success
msg:
  description: The problems in one text, with semicolons between them; without problems the printed line of JSON.
  type: str
  returned: failure, or O(output=json)
document:
  description: The document.
  type: dict
  returned: O(output=json)
"""
