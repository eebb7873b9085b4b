#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name; nothing of it runs on the managed host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_variables
short_description: Check the variables of the role litellm_cache
version_added: 0.2.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Refuses a variable whose name starts with C(litellm_cache_) and that the role does not have, with the name that was meant.
    On the way to the local mode, which always arrives, it only tells of it, and does not look at what that mode does not use.
  - Refuses what is missing, of the wrong type, none of the choices, or wrong together with another variable.
  - All that is wrong is one error, which names each variable, and none of its values that may be a secret. Variables of others
    are not evaluated.
  - It is the first task of P(erni_ki.litellm.litellm_cache#role), and knows the variables of that role alone.
options:
  entry_point:
    description:
      - Entry point of the role whose variables are checked.
    type: str
    required: true
    choices:
      - switch
      - verify
      - flush
      - history
extends_documentation_fragment:
  - erni_ki.litellm._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
seealso:
  - module: erni_ki.litellm.litellm_cache_mode
"""

EXAMPLES = r"""
- name: Check the variables
  erni_ki.litellm.litellm_cache_variables:
    entry_point: switch
"""

RETURN = r"""
unknown:
  description: Names of variables that the role does not have, one sentence for each, where that is no reason to stop.
  type: list
  elements: str
  returned: success
  version_added: 0.3.0
msg:
  description: What is wrong, one sentence for each variable.
  type: str
  returned: failure
  sample: litellm_cache_redis_bd is no variable of erni_ki.litellm, did you mean litellm_cache_redis_db?
"""
