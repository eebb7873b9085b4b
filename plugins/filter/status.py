# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes one screen of a status."""

from __future__ import annotations

DOCUMENTATION = r"""
name: status
short_description: Make one screen of how a cache stands
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes what P(erni_ki.litellm.litellm_cache_status#role) prints of the result of its module.
options:
  _input:
    description: Result of M(erni_ki.litellm.litellm_cache_status).
    type: dict
    required: true
  check:
    description: Whether it was a check run.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Tell it
  erni_ki.litellm.report:
    lines: "{{ (standing | erni_ki.litellm.status).lines }}"
"""

RETURN = r"""
_value:
  description: The C(lines) of the screen, the C(problems), a few words for each thing that is wrong, and the C(document), the
    same as plain data.
  type: dict
"""

from ..module_utils._proof.status_report import status_of


def status(found, check=False):
    """The status of one result."""
    return status_of(found, bool(check))


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"status": status}
