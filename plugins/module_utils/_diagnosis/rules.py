# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All rules of a diagnosis: what can be wrong, how it is seen, why it matters, and what mends it.

Pure. docs/troubleshooting.md has a section that is made of this table.
"""

from __future__ import annotations

from . import rules_of_redis, rules_of_the_proxy, rules_of_the_request
from .findings import Rule

#: Of rules that are as likely, the first one is told first.
RULES: tuple[Rule, ...] = (
    *rules_of_the_request.RULES,
    *rules_of_the_proxy.RULES,
    *rules_of_redis.RULES,
)
