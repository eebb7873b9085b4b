# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a diagnosis of what the modules saw."""

from __future__ import annotations

DOCUMENTATION = r"""
name: diagnosis
short_description: Say what is wrong with a cache, by what was seen of it
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Makes what P(erni_ki.litellm.litellm_cache_diagnose#role) prints of the results of its modules.
options:
  _input:
    description:
      - Result of M(erni_ki.litellm.litellm_cache_info), with V(log), V(connections), V(entries), V(settings) and V(memory)
        observed.
    type: dict
    required: true
  redis:
    description: Result of M(erni_ki.litellm.redis_cache_info), also of one that failed.
    type: dict
    required: true
  gathered:
    description: Result of M(erni_ki.litellm.litellm_cache_diagnosis).
    type: dict
    required: true
  complaint:
    description: What somebody complains of. Without it all rules speak that never speak of a healthy deployment.
    type: str
    choices:
      - not_cached
      - timeouts
      - does_not_empty
      - slow
  wanted:
    description: Place of Redis by the variables of the host, C(redis_host), C(redis_port) and C(redis_db).
    type: dict
    default: {}
  named:
    description:
      - Which of the members of O(wanted) somebody set, such as C(redis_db). One that is not among them is only compared with the
        file where it has another value than the role has by default.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Report
  erni_ki.litellm.report:
    lines: "{{ (found | erni_ki.litellm.diagnosis(redis, gathered, complaint='timeouts')).lines }}"
"""

RETURN = r"""
_value:
  description:
    - The C(lines) of the report, the C(problems), a few words for each finding, and the C(document) that report files are
      made of, with C(findings), each with C(code), C(title), C(evidence), C(cause), C(mend) and C(likelihood).
  type: dict
"""

from ..module_utils._diagnosis.diagnosis import diagnosis_of
from ..module_utils._diagnosis.facts import Facts
from ..module_utils._module import CACHE


def diagnosis(found, redis, gathered, complaint=None, wanted=None, named=()):
    """The diagnosis of the three results."""
    # The file may have been made without the defaults of the role, so they are no wish of anybody.
    wishes = {
        name: value
        for name, value in (wanted or {}).items()
        if name in named or str(value) != str(CACHE[name]["default"])
    }
    return diagnosis_of(Facts(found, redis, gathered, complaint or None, wishes))


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"diagnosis": diagnosis}
