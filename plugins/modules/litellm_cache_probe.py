#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves a change of the cache mode inside a running instance before anything is touched."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_probe
short_description: Prove a change of LiteLLM's cache inside a running instance before it is made
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - A version number does not tell what LiteLLM makes of its settings. So this module looks at the deployment, plans the
    change of C(config.yaml) in memory, and lets the LiteLLM inside a running container build its cache and its router
    from the candidate. What their clients then hold is compared with what was asked for.
  - What the candidate means is what LiteLLM makes of it, with included files and references. It is refused when that is not
    the wanted mode, or would lead to another place than a reference does now.
  - A candidate is refused when LiteLLM would not start with it, when its Redis does not answer, and when a host, a
    database, a timeout, a login or TLS would not be as asked for.
  - A key of C(cache_params) that LiteLLM would not start with is left out, and reported.
  - The mode V(local) needs no proof, no Redis and no running instance. This then only looks and plans.
  - The container's own environment, interpreter and user are used. Nothing is written to the container, no secret
    leaves it, and the kernel is told to end this look before the proxy when memory runs out.
options:
  known_issues:
    description:
      - V(refuse) fails when a wanted value would not be effective.
      - V(warn) reports it and goes on. What LiteLLM would not start with is refused all the same.
    type: str
    choices:
      - refuse
      - warn
    default: refuse
  plant:
    description:
      - Also store (plant) one answer for each instance in Redis, under the key of a request that nobody has sent yet,
        for M(erni_ki.litellm.litellm_cache_roundtrip) to ask for after the restart.
      - Nothing is planted for a candidate that is refused.
    type: bool
    default: false
  confirm_timeout:
    description:
      - Seconds that the change to come may take for each instance. What is planted lives that long and two minutes more.
    type: int
    default: 300
  run:
    description:
      - Name of the run, any text. It is part of what is planted. If not set, one is made up and returned.
    type: str
  take_over:
    description:
      - Plan over a change that another run left pending, without waiting until it lapses. Only when that run is known
        to be dead.
    type: bool
    default: false
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
  - erni_ki.litellm._cache
  - erni_ki.litellm._requests
attributes:
  check_mode:
    support: full
    details: Proves as well, which reads in the container and pings Redis. Plants nothing.
  diff_mode:
    support: none
    details: It changes no file. M(erni_ki.litellm.litellm_cache_mode) shows the lines.
  idempotent:
    support: full
    details: Reports a change only when something was planted.
notes:
  - The proof takes as long as one import of LiteLLM in that container, two to three seconds, and 180 MB of its memory.
seealso:
  - module: erni_ki.litellm.litellm_cache_mode
  - module: erni_ki.litellm.litellm_cache_roundtrip
  - module: erni_ki.litellm.litellm_cache_info
"""

EXAMPLES = r"""
- name: Say whether a switch to Redis would work
  erni_ki.litellm.litellm_cache_probe:
    project_dir: /opt/erni-ki
    mode: redis
    redis_password_env: REDIS_PASSWORD

- name: Know what would not be effective, and go on
  erni_ki.litellm.litellm_cache_probe:
    project_dir: /opt/erni-ki
    mode: redis
    redis_password_env: REDIS_PASSWORD
    router: runbook
    known_issues: warn
  register: probe
"""

RETURN = r"""
work:
  description: Whether there is anything to do.
  type: bool
  returned: success
deployment:
  description: What M(erni_ki.litellm.litellm_cache_info) returns.
  type: dict
  returned: success
cache:
  description: What the candidate says of the cache.
  type: dict
  returned: success
mode_before:
  description: Cache mode of the file as it is. V(none) for no cache, V(other) for a type that is neither.
  type: str
  returned: success
mode_after:
  description: Cache mode of the candidate.
  type: str
  returned: success
base_sha256:
  description: Hash of the file as it is.
  type: str
  returned: success
candidate_sha256:
  description: Hash of the candidate.
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
  description:
    - What the operator should know, each with C(code), C(message) and C(line), and what the proof observed also with
      C(class) (V(fatal), V(ineffective) or V(cosmetic)), C(where), C(setting) and C(known_issue).
  type: list
  elements: dict
  returned: success, and with a refusal
exact:
  description: Whether everything that an earlier change did can be undone as recorded.
  type: bool
  returned: success
pending:
  description: Whether a change was left behind by another run.
  type: bool
  returned: success
taken_over:
  description: In words, that change.
  type: str
  returned: when there is one
run:
  description: Name of the run.
  type: str
  returned: success
leave_out:
  description: Keys of C(cache_params) that have to be left out, for O(leave_out) of the modules that follow.
  type: list
  elements: str
  returned: success
probe:
  description:
    - What was observed. C(instance), C(litellm_version), C(redis_py_version), C(redis_variables), C(cache) and
      C(router) with the settings of their C(sync) and C(async) clients, C(wanted), C(import_seconds) and C(seconds).
    - C(server) has the seconds of each step to Redis in C(seconds) (C(dns), C(connect), C(login), C(ping)), the
      commands that it would refuse with the reason in C(refused), C(server) with C(name), C(version) and C(mode), and
      C(memory) with C(used), C(limit) and C(policy).
  type: dict
  returned: when a proof was made
planted:
  description: Keys of the entries that were stored, for M(erni_ki.litellm.litellm_cache_roundtrip).
  type: dict
  returned: when something was planted
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CACHE, DEPLOYMENT, REQUESTS, REQUESTS_EXCLUDE, run_module
from ..module_utils._proof.candidate import Candidate


def probe(params, check_mode):
    """The module's result."""
    candidate = Candidate(params)
    candidate.look()
    candidate.plan()
    candidate.read()
    candidate.prove(plant=params["plant"] and not check_mode, always=True, asks=params["plant"])
    return dict(candidate.report(), changed=candidate.has_planted)


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **CACHE,
            **REQUESTS,
            known_issues={"type": "str", "choices": ["refuse", "warn"], "default": "refuse"},
            plant={"type": "bool", "default": False},
            confirm_timeout={"type": "int", "default": 300},
            run={"type": "str"},
            take_over={"type": "bool", "default": False},
        ),
        mutually_exclusive=REQUESTS_EXCLUDE,
        supports_check_mode=True,
    )
    run_module(module, lambda: probe(module.params, module.check_mode))


if __name__ == "__main__":
    main()
