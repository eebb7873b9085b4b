#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings LiteLLM's config.yaml to a cache mode."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_mode
short_description: Bring LiteLLM's config.yaml to a cache mode without touching an unrelated byte
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Changes the keys of C(litellm_settings) and C(router_settings) that make LiteLLM cache in Redis or in its memory.
    Comments, quotes, indentation, line ends and every unrelated byte stay as they are.
  - Commented keys are uncommented where they stand, missing keys are put in, and each change is remembered, so that
    the way back gives the bytes of before. What the operator edited in between stays.
  - Each edit is verified before anything is written. A file that cannot be edited exactly is refused and left alone.
  - Replaces the file atomically, with a snapshot of the bytes of before. LiteLLM reads its file only at a start, so
    nothing is live before M(erni_ki.litellm.litellm_restart).
options:
  look:
    description:
      - Look at the deployment too, as M(erni_ki.litellm.litellm_cache_info) does, and check all that the change will need.
      - Refuses a change that the proxy would not read, or that LiteLLM would make something else of, in both directions.
      - Without it the module works on the file alone.
    type: bool
    default: false
  proof:
    description:
      - Prove the change inside a running instance before it is committed, as M(erni_ki.litellm.litellm_cache_probe) does,
        and plant. Implies O(look). A change that would not work is refused, and nothing is touched.
      - V(probe) proves a change to the mode V(redis) when there is something to do.
      - V(canary) does the same, and then lets a clone of an instance start on the change and answer requests, as
        M(erni_ki.litellm.litellm_cache_canary) does, within O(ready_timeout).
      - V(none) proves nothing.
    type: str
    choices:
      - probe
      - canary
      - none
    default: none
  known_issues:
    description:
      - What to do when a wanted value would not be effective, or when LiteLLM would count no spend in the local mode.
        V(refuse) fails, V(warn) reports it. What LiteLLM would not start with is refused in any case.
    type: str
    choices:
      - refuse
      - warn
    default: refuse
  confirm:
    description:
      - V(now) makes a change final at once.
      - V(later) leaves it pending. Until M(erni_ki.litellm.litellm_cache_guard) confirms it or takes it back, or until it
        lapses, no other run may change the file.
    type: str
    choices:
      - now
      - later
    default: now
  base_sha256:
    description:
      - Hash of the file that was planned on earlier. The module fails when the file is another one by now.
    type: str
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
  - erni_ki.litellm._change
  - erni_ki.litellm._waits
  - erni_ki.litellm._cache
  - erni_ki.litellm._requests
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the lines that change, with every value masked that is not on a short list of harmless ones.
  idempotent:
    support: full
notes:
  - A literal password that is a part of a word of the module's results, like V(redis), is refused. Ansible would replace
    it in every result. The same holds for a literal password that stands in the file.
seealso:
  - module: erni_ki.litellm.litellm_cache_probe
  - module: erni_ki.litellm.litellm_cache_canary
  - module: erni_ki.litellm.litellm_restart
  - module: erni_ki.litellm.litellm_cache_roundtrip
  - module: erni_ki.litellm.litellm_cache_guard
"""

EXAMPLES = r"""
- name: Cache in Redis, with the password that the proxy has in its environment
  erni_ki.litellm.litellm_cache_mode:
    project_dir: /opt/erni-ki
    mode: redis
    redis_password_env: REDIS_PASSWORD

- name: Cache in the process again
  erni_ki.litellm.litellm_cache_mode:
    project_dir: /opt/erni-ki
    mode: local

- name: Cache in Redis, once the LiteLLM in the container has shown that it would work, and not for good before it did
  erni_ki.litellm.litellm_cache_mode:
    project_dir: /opt/erni-ki
    mode: redis
    redis_url_env: REDIS_URL
    proof: probe
    confirm: later
  register: change

- name: Show what would change
  erni_ki.litellm.litellm_cache_mode:
    project_dir: /opt/erni-ki
    mode: redis
    redis_url_env: REDIS_URL
  check_mode: true
  diff: true
"""

RETURN = r"""
cache:
  description: What the file says of the cache, after the change. The same dictionary as in
    M(erni_ki.litellm.litellm_cache_info).
  type: dict
  returned: success
mode_before:
  description: Cache mode of the file before. V(none) for no cache, V(other) for a type that is neither redis nor local.
  type: str
  returned: success
  sample: local
mode_after:
  description: Cache mode of the file after.
  type: str
  returned: success
  sample: redis
base_sha256:
  description: Hash of the file before.
  type: str
  returned: success
candidate_sha256:
  description: Hash of the file after.
  type: str
  returned: success
second_reader:
  description:
    - Name and version of the library that read the edited sections of the new text once more, beside PyYAML.
    - V(null) where C(ruamel.yaml) cannot be imported on the managed host, or a section is longer than 60,000 characters.
  type: str
  returned: when there is a change
  sample: ruamel.yaml 0.18.6
findings:
  description: What the operator should know, each with C(code), C(message) and C(line).
  type: list
  elements: dict
  returned: success
changes:
  description: Which settings of the cache have another value after the change. Of one that could be a secret only that it has.
  type: list
  elements: str
  returned: success
  sample: ["ttl 600 -> 900"]
exact:
  description: Whether everything that an earlier change did could be undone as recorded.
  type: bool
  returned: success
run:
  description: Name of the run.
  type: str
  returned: success
began:
  description: When the module began, seconds since the epoch on the managed host.
  type: float
  returned: success
snapshot:
  description: Number of the snapshot with the bytes of before.
  type: int
  returned: when there was a change
guard:
  description: How the guard is kept alive that watches the change, V(systemd), V(session) or V(none).
  type: str
  returned: when a change is left pending
guard_outlives:
  description: What the guard outlives, of V(controller), V(logout), V(container) and V(reboot).
  type: list
  elements: str
  returned: when a change is left pending
lease:
  description: Seconds of silence after which the guard takes the change back.
  type: float
  returned: when a change is left pending
pending:
  description: Whether a change is left pending, of this run or of one that lapsed.
  type: bool
  returned: success
work:
  description: Whether there is anything to do, an edit, a restart, or the end of a change that was left behind.
  type: bool
  returned: with O(look)
deployment:
  description: The deployment as M(erni_ki.litellm.litellm_cache_info) returns it, seen before the change.
  type: dict
  returned: with O(look)
leave_out:
  description: Keys of C(cache_params) that were left out, because LiteLLM would not start with them.
  type: list
  elements: str
  returned: with O(look)
probe:
  description: What was observed. The same dictionary as RV(erni_ki.litellm.litellm_cache_probe#module:probe).
  type: dict
  returned: when a proof was made
canary:
  description: What M(erni_ki.litellm.litellm_cache_canary) returns of the clone.
  type: dict
  returned: with O(proof=canary), when a proof was made
planted:
  description: Keys of the entries that were stored, for M(erni_ki.litellm.litellm_restart) and
    M(erni_ki.litellm.litellm_cache_roundtrip).
  type: dict
  returned: when something was planted
taken_over:
  description: In words, the change of another run that lapsed without being confirmed.
  type: str
  returned: when there was one
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CACHE, CHANGE, DEPLOYMENT, REQUESTS, REQUESTS_EXCLUDE, WAITS, run_module
from ..module_utils._proof.candidate import Candidate


def bring_about(params, check_mode):
    """The module's result."""
    began = time.time()
    candidate = Candidate(params, in_deployment=params["look"] or params["proof"] != "none")
    candidate.look()
    candidate.plan()
    candidate.read()
    candidate.prove(plant=not check_mode)
    candidate.send_canary(check_mode)
    candidate.commit(check_mode)
    return dict(candidate.report(), began=began)


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **CACHE,
            **REQUESTS,
            look={"type": "bool", "default": False},
            proof={"type": "str", "choices": ["probe", "canary", "none"], "default": "none"},
            known_issues={"type": "str", "choices": ["refuse", "warn"], "default": "refuse"},
            confirm={"type": "str", "choices": ["now", "later"], "default": "now"},
            **CHANGE,
            **WAITS,
            base_sha256={"type": "str"},
        ),
        mutually_exclusive=REQUESTS_EXCLUDE,
        supports_check_mode=True,
    )
    run_module(module, lambda: bring_about(module.params, module.check_mode))


if __name__ == "__main__":
    main()
