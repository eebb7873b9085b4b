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
    description: Result of M(erni_ki.litellm.litellm_cache_mode), with what was looked at.
    type: dict
    required: true
  restarted:
    description: The instances that M(erni_ki.litellm.litellm_restart) has restarted.
    type: list
    elements: dict
    required: true
  proof:
    description: Result of M(erni_ki.litellm.litellm_cache_roundtrip). Without C(at) where nothing was proved.
    type: dict
    required: true
  problems:
    description: Why the run ends failed although its change stays.
    type: list
    elements: str
    default: []
  check:
    description: Whether it is a check run.
    type: bool
    default: false
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

from ..module_utils._proof.change_document import change_document


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"change_document": change_document}
