#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps what a verification of LiteLLM's cache found."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_verification
short_description: Keep what a verification of LiteLLM's cache found
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Writes the outcome of a verification into C(verification.json) of the state directory, in the place of the one before, so that
    M(erni_ki.litellm.litellm_cache_status) can tell it. P(erni_ki.litellm.litellm_cache_verify#role) calls it.
  - It is a note about the deployment, and no change of it, so it never reports one.
  - Makes the state directory only in its default place. With O(state_dir) the first change makes it, so that it belongs to
    whoever changes something; until then nothing is kept.
  - A note that cannot be written is no failure, because the deployment is verified all the same. RV(problem) tells it.
options:
  mode:
    description: The cache mode of the file.
    type: str
    required: true
  versions:
    description: Versions of LiteLLM.
    type: list
    elements: str
    default: []
  words:
    description: How the mode was proved. Must not hold a secret.
    type: str
    default: ''
  problems:
    description: What is wrong, a few words each; none for a mode that was proved. Must not hold a secret.
    type: list
    elements: str
    default: []
  latency:
    description:
      - What was measured of the latency, each with C(instance), C(what), C(mode), the quantiles C(p50), C(p95) and C(p99) with
        C(value), C(low) and C(high) in seconds, C(budget) in seconds, and C(at) in seconds since the epoch. Anything else is left
        out.
      - The newest of each mode stay.
    type: list
    elements: dict
    default: []
  drift:
    description: Settings that an instance does not have as the file says. Not set where that could not be seen.
    type: list
    elements: str
  user:
    description: Who verifies. If not set, it is the user of the module.
    type: str
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._attributes.info_module
  - erni_ki.litellm._deployment
attributes:
  check_mode:
    details: Writes nothing then.
  diff_mode:
    details: It changes nothing on the deployment.
seealso:
  - module: erni_ki.litellm.litellm_cache_status
  - module: erni_ki.litellm.litellm_cache_roundtrip
"""

EXAMPLES = r"""
- name: Keep what a verification of my own found
  erni_ki.litellm.litellm_cache_verification:
    project_dir: /opt/erni-ki
    mode: redis
    problems: []
"""

RETURN = r"""
kept:
  description: Whether it was written. In check mode it is not.
  type: bool
  returned: success
problem:
  description: Why it was not written, null where it was, or in check mode.
  type: str
  returned: success
verification:
  description: What is, or would be, kept. See RV(erni_ki.litellm.litellm_cache_status#module:verification).
  type: dict
  returned: success
former:
  description: The verification before, null for none.
  type: dict
  returned: success
"""

import getpass
import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.state import ChangeState
from ..module_utils._change.verification import Verification
from ..module_utils._deployment.project import config_path_of, state_dir_of
from ..module_utils._errors import LitellmCacheError
from ..module_utils._module import DEPLOYMENT, run_module


def verification(params, check_mode):
    """The module's result."""
    former = None
    told = {name: params[name] for name in ("mode", "versions", "words", "problems", "drift")}
    told["user"] = params["user"] or getpass.getuser()
    try:
        state = ChangeState(state_dir_of(params), config_path_of(params))
        former = state.verification()
        made = Verification.of(time.time(), params["latency"], former, **told)
        if not check_mode:
            # Elsewhere than in its own place it could belong to another user than the one who changes something.
            state.note_verification(made, make=not params["state_dir"])
        problem = None
    except LitellmCacheError as error:  # whatever keeps it from being written, it was verified
        made, problem = Verification.of(time.time(), params["latency"], former, **told), str(error)
    return {
        "changed": False,
        "kept": problem is None and not check_mode,
        "problem": problem,
        "verification": made.to_dict(),
        "former": former.to_dict() if former is not None else None,
    }


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            mode={"type": "str", "required": True},
            versions={"type": "list", "elements": "str", "default": []},
            words={"type": "str", "default": ""},
            problems={"type": "list", "elements": "str", "default": []},
            latency={"type": "list", "elements": "dict", "default": []},
            drift={"type": "list", "elements": "str"},
            user={"type": "str"},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: verification(module.params, module.check_mode))


if __name__ == "__main__":
    main()
