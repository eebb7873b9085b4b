# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells a number with its word."""

from __future__ import annotations

DOCUMENTATION = r"""
name: counted
short_description: Tell a number with its word
version_added: 0.2.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Puts the right form of a word behind a number, and bytes and seconds into the unit that suits them.
options:
  _input:
    description: How many.
    type: float
    required: true
  word:
    description:
      - The word in the singular. V(byte) and V(second) are told in larger and smaller units too.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say 1 key, 2 entries, 576 bytes, 9.1 kB, 27 ms and 30 s
  ansible.builtin.debug:
    msg:
      - "{{ 1 | erni_ki.litellm.counted('key') }}"
      - "{{ 2 | erni_ki.litellm.counted('entry') }}"
      - "{{ 576 | erni_ki.litellm.counted('byte') }}"
      - "{{ 9150 | erni_ki.litellm.counted('byte') }}"
      - "{{ 0.027 | erni_ki.litellm.counted('second') }}"
      - "{{ 30 | erni_ki.litellm.counted('second') }}"
"""

RETURN = r"""
_value:
  description: The number and its word.
  type: str
"""

from ansible.errors import AnsibleFilterError

from ..module_utils._telling import counted


def told(number, word):
    """The number with its word, also where it comes as text.

    :raises AnsibleFilterError: it is no number.
    """
    try:
        value = float(number)
    except (TypeError, ValueError):
        raise AnsibleFilterError(f"counted takes a number, not {type(number).__name__}") from None
    return counted(int(value) if value == int(value) else value, word)


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"counted": told}
