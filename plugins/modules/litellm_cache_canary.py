#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts a clone of an instance on a change, or on another image, and lets it answer requests."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_canary
short_description: Let a clone of a LiteLLM instance start on a change and answer requests before any instance is touched
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Starts one second container like an instance, with its image or another one, its entrypoint, command, user, environment,
    mounts, networks and limits. The candidate is mounted in the place of C(config.yaml).
  - Waits until it answers, reads its version and the cache that it uses, and sends it requests as
    M(erni_ki.litellm.litellm_cache_roundtrip) does. In Redis an answer is planted that only Redis can give it; in its memory
    a miss is followed by a hit. Then the container, its files and its entries in Redis are removed, whatever happened.
  - Nothing of it can be taken for an instance. It has no name but its own, no published port, and no label but those of this
    collection, and two that keep Traefik and Watchtower off. No fixed address is copied.
  - It has no database, no callbacks, no alerting, no background health checks and no C(coordination_redis), whatever its
    entrypoint exports. It stores under a namespace of its own. What instances can write, it can only read.
  - It is the first that is ended when memory runs out, and gets half the usual share of the processor where that is scarce. It
    ends by itself when the run that has started it was killed, and the next run removes what is left.
  - RV(not_proved) says what therefore was not shown.
options:
  image:
    description:
      - Image that the clone runs. It must be on the managed host.
      - What the instance has from its own image is that of this image then, such as the command and the entrypoint.
      - If not set, the very image that the instance runs, wherever its tag points today.
    type: str
  mode:
    description:
      - Plan a change to this cache mode, as M(erni_ki.litellm.litellm_cache_probe) does, and start the clone on that.
      - If not set, the clone starts on the file as it is, and no other option says what is wanted of the cache.
    type: str
    required: false
    choices:
      - redis
      - local
  known_issues:
    description:
      - V(refuse) fails when a wanted value would not be effective in the clone. Without O(mode) nothing is wanted, and it is
        reported.
      - V(warn) reports it and goes on.
    type: str
    choices:
      - refuse
      - warn
    default: refuse
  ready_timeout:
    description:
      - Seconds until the clone must answer.
    type: int
    default: 120
  run:
    description:
      - Name of the run, any text. A change that this run left pending is no hindrance.
    type: str
  take_over:
    description:
      - Plan over a change that another run left pending. Only when that run is known to be dead.
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
    details: Looks whether there could be a clone, and says what would be started. Nothing is started.
  diff_mode:
    support: none
    details: It changes no file. M(erni_ki.litellm.litellm_cache_mode) shows the lines.
  idempotent:
    support: full
    details: What it makes it removes, so it never reports a change.
notes:
  - There can be no clone with C(network_mode) V(host) or that of another container, nor of a proxy whose settings stand in an
    included file. Both are refused in words.
  - The clone needs as much memory as the instance uses, 400 MB at least. Where the host does not have it, nothing is started.
  - RV(upstream_calls) may cost money. In Redis mode it is one short request as a rule, in local mode one.
seealso:
  - module: erni_ki.litellm.litellm_cache_probe
  - module: erni_ki.litellm.litellm_cache_roundtrip
  - module: erni_ki.litellm.litellm_cache_mode
"""

EXAMPLES = r"""
- name: Let a clone start on a switch to Redis
  erni_ki.litellm.litellm_cache_canary:
    project_dir: /opt/erni-ki
    mode: redis
    redis_password_env: REDIS_PASSWORD

- name: Let a clone of another image start on the file as it is
  erni_ki.litellm.litellm_cache_canary:
    project_dir: /opt/erni-ki
    image: ghcr.io/berriai/litellm:v1.81.0
  register: canary

- name: Say what it has not shown
  ansible.builtin.debug:
    msg: "{{ canary.not_proved }}"
"""

RETURN = r"""
image:
  description: Name of the image that the clone ran, or would run.
  type: str
  returned: success
version:
  description: Version of the LiteLLM in it.
  type: str
  returned: success, not in check mode
redis_py_version:
  description: Version of its Redis client.
  type: str
  returned: success, not in check mode
cache_type:
  description: Type of the cache that it reported.
  type: str
  returned: success, not in check mode
ready_seconds:
  description: Seconds from its start until it answered.
  type: float
  returned: success, not in check mode
evidence:
  description:
    - What was seen of its cache, with the kinds of M(erni_ki.litellm.litellm_cache_roundtrip). V(unproved) tells its C(reason).
  type: list
  elements: dict
  returned: success, not in check mode
findings:
  description: What the operator should know, each with C(code), C(message) and C(line).
  type: list
  elements: dict
  returned: success, not in check mode
not_proved:
  description: What the clone cannot show of the instances, in sentences.
  type: list
  elements: str
  returned: success
requests:
  description: How many requests it was sent.
  type: int
  returned: success, not in check mode
upstream_calls:
  description: How many of them no cache answered, so that they went to a model.
  type: int
  returned: success, not in check mode
seconds:
  description: How long all of it took.
  type: float
  returned: success, not in check mode
removed:
  description: Name of the container, which is gone again.
  type: list
  elements: str
  returned: success, not in check mode
left_over:
  description: Names of containers of killed runs that were removed.
  type: list
  elements: str
  returned: success, not in check mode
would_start:
  description: What a run would do, in words.
  type: str
  returned: in check mode
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CACHE, DEPLOYMENT, REQUESTS, REQUESTS_EXCLUDE, run_module
from ..module_utils._proof.canary_plan import planned_canary


def canary(params, check_mode):
    """The module's result."""
    planned = planned_canary(params)
    return dict(planned.foresee() if check_mode else planned.prove(), changed=False)


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **dict(CACHE, mode={"type": "str", "choices": ["redis", "local"]}),
            **REQUESTS,
            image={"type": "str"},
            known_issues={"type": "str", "choices": ["refuse", "warn"], "default": "refuse"},
            ready_timeout={"type": "int", "default": 120},
            run={"type": "str"},
            take_over={"type": "bool", "default": False},
        ),
        mutually_exclusive=REQUESTS_EXCLUDE,
        supports_check_mode=True,
    )
    run_module(module, lambda: canary(module.params, module.check_mode))


if __name__ == "__main__":
    main()
