# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells in words what became of an instance that was restarted."""

from __future__ import annotations

DOCUMENTATION = r"""
name: restart_in_words
short_description: Tell in words what became of an instance that was restarted
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes a few words of an entry of what M(erni_ki.litellm.litellm_restart) returns as
    RV(erni_ki.litellm.litellm_restart#module:instances).
options:
  _input:
    description: The entry.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say away 7.1 s, a bridge took 378 connections
  ansible.builtin.debug:
    msg: "{{ {'ready_seconds': 7.07, 'bridge': {'raised_seconds': 8.25, 'connections': 378, 'killed': false}}
      | erni_ki.litellm.restart_in_words }}"
"""

RETURN = r"""
_value:
  description: The words.
  type: str
"""

from ..module_utils._proof.restart_words import restart_in_words


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"restart_in_words": restart_in_words}
