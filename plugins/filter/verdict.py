# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes one verdict of what the modules saw."""

from __future__ import annotations

DOCUMENTATION = r"""
name: verdict
short_description: Make one verdict of what was seen of a cache
version_added: 0.2.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes what P(erni_ki.litellm.litellm_cache_verify#role) prints of the results of its modules.
options:
  _input:
    description:
      - Result of M(erni_ki.litellm.litellm_cache_info), with V(log), V(connections), V(entries) and V(settings) observed.
    type: dict
    required: true
  proof:
    description: Result of M(erni_ki.litellm.litellm_cache_roundtrip), also of one that failed.
    type: dict
    required: true
  redis:
    description: Result of M(erni_ki.litellm.redis_cache_info), also of one that failed.
    type: dict
    required: true
  access:
    description: Whether somebody said how the managed host reaches Redis, so that it is wrong not to reach it.
    type: bool
    default: false
  details:
    description: Whether known issues are shown that the version has, and that were not seen.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Report
  erni_ki.litellm.report:
    lines: "{{ (found | erni_ki.litellm.verdict(proof, redis)).lines }}"
    problems: "{{ (found | erni_ki.litellm.verdict(proof, redis)).problems }}"
"""

RETURN = r"""
_value:
  description: The C(lines) of the report, and the C(problems), a few words for each thing that is wrong.
  type: dict
"""

from ..module_utils._proof.verdict import verdict_of
from ..module_utils._proof.verdict_rows import Looks


def verdict(found, proof, redis, access=False, details=False):
    """The verdict of the three results."""
    return verdict_of(Looks(found, proof, redis, bool(access), bool(details)))


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"verdict": verdict}
