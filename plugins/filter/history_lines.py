# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the lines of a history for a screen."""

from __future__ import annotations

DOCUMENTATION = r"""
name: history_lines
short_description: Make the lines of a history for a screen
version_added: 0.2.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes what P(erni_ki.litellm.litellm_cache_history#role) prints of the results of its modules.
options:
  _input:
    description: Result of M(erni_ki.litellm.litellm_cache_history).
    type: dict
    required: true
  guard:
    description: Result of M(erni_ki.litellm.litellm_cache_guard).
    type: dict
    required: true
  snapshots:
    description: Result of M(erni_ki.litellm.litellm_cache_snapshots).
    type: dict
    required: true
  language:
    description: Language of the table of the changes.
    type: str
    choices:
      - en
      - ru
    default: en
"""

EXAMPLES = r"""
- name: Tell
  erni_ki.litellm.report:
    lines: "{{ history | erni_ki.litellm.history_lines(guard, snapshots) }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

from ..module_utils._change.history_screen import HistoryScreen


def history_lines(found, guard, snapshots, language="en"):
    """The lines of the three results."""
    return HistoryScreen(found, guard, snapshots, language).lines()


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"history_lines": history_lines}
