# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells in words what was seen of an instance."""

from __future__ import annotations

DOCUMENTATION = r"""
name: evidence_in_words
short_description: Tell in words what was seen of an instance
version_added: 0.2.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes a few words of an entry of the evidence that M(erni_ki.litellm.litellm_cache_roundtrip) returns.
options:
  _input:
    description: The entry.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say answered from Redis in 27 ms
  ansible.builtin.debug:
    msg: "{{ {'kind': 'harvested', 'seconds': 0.027} | erni_ki.litellm.evidence_in_words }}"
"""

RETURN = r"""
_value:
  description: The words.
  type: str
"""

from ..module_utils._proof.evidence import in_words


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"evidence_in_words": in_words}
