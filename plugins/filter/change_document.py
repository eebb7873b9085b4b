# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the document of a report of what a change did."""

from __future__ import annotations

DOCUMENTATION = r"""
name: change_document
short_description: Make the document of a report of what a change did
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes what the role P(erni_ki.litellm.litellm_cache#role) hands to M(erni_ki.litellm.report) for the files of a report.
options:
  _input:
    description: Result of M(erni_ki.litellm.litellm_cache_mode), with what was looked at, or of M(erni_ki.litellm.litellm_image),
      or of one that failed.
    type: dict
    required: true
  restarted:
    description: The instances that M(erni_ki.litellm.litellm_restart) has restarted.
    type: list
    elements: dict
    default: []
  proof:
    description: Result of M(erni_ki.litellm.litellm_cache_roundtrip). Without C(at) where nothing was proved.
    type: dict
    default: {}
  problems:
    description: Why the run ends failed although its change stays.
    type: list
    elements: str
    default: []
  check:
    description: Whether it is a check run.
    type: bool
    default: false
  now:
    description: The instances behind an upgrade, as M(erni_ki.litellm.litellm_cache_info) returns them. None for those that were
      there before.
    type: list
    elements: dict
  asked:
    description:
      - What the run was asked for, C(mode) or C(image), C(project_dir) and C(project_name). Only told of one that failed, which
        does not know more.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Report
  erni_ki.litellm.report:
    lines: "{{ plan.project }} was switched"
    document: "{{ plan | erni_ki.litellm.change_document(restarted.instances, proof) }}"
    directory: /var/lib/reports
"""

RETURN = r"""
_value:
  description: The document.
  type: dict
"""

from ..module_utils._proof.change_document import change_document, refused_document


def document(plan, restarted=(), proof=None, problems=(), check=False, asked=None, now=None):
    """The document of the results."""
    if "work" not in plan:
        return refused_document(plan, asked or {}, check)
    return change_document(plan, list(restarted), proof or {}, problems, check, now)


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"change_document": document}
