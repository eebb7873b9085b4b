# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the document of a report of a change that failed."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failed_change_document
short_description: Make the document of a report of a change that went back
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes what the role P(erni_ki.litellm.litellm_cache#role) hands to M(erni_ki.litellm.report) when a change failed after the
    file was written, whether it was taken back or could not be.
options:
  _input:
    description: Result of M(erni_ki.litellm.litellm_cache_mode) or M(erni_ki.litellm.litellm_image).
    type: dict
    required: true
  restart:
    description: Result of M(erni_ki.litellm.litellm_restart), also of one that failed.
    type: dict
    required: true
  ended:
    description: How the change ended, as RV(erni_ki.litellm.litellm_cache_guard#module:ended) tells it; empty where it did not.
    type: dict
    required: true
  old:
    description: Result of M(erni_ki.litellm.litellm_cache_roundtrip) in the old mode; empty for none.
    type: dict
    required: true
  words:
    description: How things stand; then, each after an empty line, why, and what was done.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Write the page of a change that I took back
  erni_ki.litellm.report:
    lines: It is back in the old mode
    document: "{{ plan | erni_ki.litellm.failed_change_document(restarted, back.ended, {}, 'It is back.') }}"
    directory: /var/lib/reports
"""

RETURN = r"""
_value:
  description: The document.
  type: dict
"""

from ..module_utils._proof.failed_change import failed_change_document


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"failed_change_document": failed_change_document}
