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
  latency:
    description: Result of M(erni_ki.litellm.litellm_cache_latency).
    type: dict
    default: {}
    version_added: 0.3.0
  former:
    description:
      - The verification before, as RV(erni_ki.litellm.litellm_cache_verification#module:former) tells it. What was measured of
        the mode that was not measured now is told beside it, and stands in the document without C(seconds).
    type: dict
    default: {}
    version_added: 0.3.0
  budgets:
    description: Seconds that the middle hit may take in the mode V(local), and in V(redis). More is noted, and is no failure.
    type: dict
    default: {local: 0.002, redis: 0.010}
    version_added: 0.3.0
"""

EXAMPLES = r"""
- name: Report
  erni_ki.litellm.report:
    lines: "{{ (found | erni_ki.litellm.verdict(proof, redis)).lines }}"
    problems: "{{ (found | erni_ki.litellm.verdict(proof, redis)).problems }}"
"""

RETURN = r"""
_value:
  description: The C(lines) of the report, the C(problems), a few words for each thing that is wrong, the C(document), the
    same as data, and C(drift), the settings that an instance does not have as the file says, null where one could not be asked.
  type: dict
"""

from ..module_utils._proof.latency import summary, whole
from ..module_utils._proof.latency_rows import BUDGETS
from ..module_utils._proof.verdict import verdict_of
from ..module_utils._proof.verdict_rows import Looks


def verdict(found, proof, redis, access=False, details=False, latency=None, former=None, budgets=None):
    """The verdict of the results."""
    kept = whole(entry for entries in ((former or {}).get("latency") or {}).values() for entry in entries)
    given = {mode: float(seconds) for mode, seconds in (budgets or {}).items() if seconds not in (None, "")}
    return verdict_of(
        Looks(found, proof, redis, bool(access), bool(details), latency or {}, summary(kept), {**BUDGETS, **given}),
        kept,
    )


class FilterModule:
    """The filter of this file."""

    def filters(self):
        """By its name."""
        return {"verdict": verdict}
