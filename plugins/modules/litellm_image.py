#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives the LiteLLM service of a Compose project another image."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_image
short_description: Name another image for LiteLLM in a Compose project without touching an unrelated byte
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Changes the reference of the image of the LiteLLM service where it stands. That may be the Compose file, an override, one of
    several files, a file of C(include) or C(extends), the default of a variable, or a variable in C(.env).
  - Pulls the image first, where it is not on the managed host.
  - Leaves the change pending. M(erni_ki.litellm.litellm_restart) with O(erni_ki.litellm.litellm_restart#module:recreate) makes it
    live, and M(erni_ki.litellm.litellm_cache_guard) makes it final or takes it back, the containers included.
  - Which files make up the project is what Compose noted on the containers. A change that would reach another service too is
    refused, and so is one of a service that is built.
options:
  image:
    description:
      - Reference of the image, with a tag or a digest.
      - If not set, nothing is done, and RV(advice) tells which version would be the better one.
    type: str
  pull:
    description:
      - Whether the image is pulled. V(missing) pulls it where the managed host has none of that reference, V(always) also where
        it has one, because the reference may name another one by now. V(never) refuses where it is not there.
      - It is pulled by the Docker client of the managed host, with the logins of the user of the module.
    type: str
    choices:
      - missing
      - always
      - never
    default: missing
  look:
    description:
      - Only tell what there is to be pulled, in RV(pull), as far as the registry tells. Whoever waits for a pull reads it before,
        because a module tells nothing while it runs.
    type: bool
    default: false
  pull_timeout:
    description:
      - Seconds that a pull may take. When they are over, nothing was changed.
    type: int
    default: 1800
  proof:
    description:
      - V(canary) lets a clone of an instance start on the image and answer requests before anything is changed, as
        M(erni_ki.litellm.litellm_cache_canary) does. RV(canary) tells what it does not show.
      - V(none) proves nothing before.
    type: str
    choices:
      - canary
      - none
    default: canary
  newer_database:
    description:
      - What becomes of a change to an image that does not know migrations which the running LiteLLM has brought to its database,
        as with an older version. No LiteLLM takes one back.
      - V(refuse) changes nothing. V(warn) reports it and goes on. Seen with O(proof=canary) alone, by the migrations that both
        bring along.
    type: str
    choices:
      - refuse
      - warn
    default: refuse
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
  - erni_ki.litellm._change
  - erni_ki.litellm._requests
  - erni_ki.litellm._waits
attributes:
  check_mode:
    support: full
    details: Nothing is pulled, and no clone is started.
  diff_mode:
    support: full
    details: Shows the reference before and after, and where it stands. The rest of that line may be a secret.
  idempotent:
    support: full
notes:
  - Needs the Docker client with Compose v2 on the managed host.
seealso:
  - module: erni_ki.litellm.litellm_cache_canary
  - module: erni_ki.litellm.litellm_restart
  - module: erni_ki.litellm.litellm_cache_guard
"""

EXAMPLES = r"""
- name: Name another image, and leave the change pending
  erni_ki.litellm.litellm_image:
    project_dir: /opt/erni-ki
    image: ghcr.io/berriai/litellm:v1.81.0
  register: image

- name: Make the containers anew, the last one first
  erni_ki.litellm.litellm_restart:
    project_dir: /opt/erni-ki
    recreate: true
    instances: "{{ image.image.outdated }}"
    run: "{{ image.run }}"
  when: image is changed

- name: Make it final
  erni_ki.litellm.litellm_cache_guard:
    project_dir: /opt/erni-ki
    state: confirmed
    run: "{{ image.run }}"
"""

RETURN = r"""
advice:
  description: What runs, and which version would be the better one, by the table of known issues.
  type: dict
  returned: when no image is named
  contains:
    running:
      description: Versions of LiteLLM that run.
      type: list
      elements: str
    images:
      description: Their images.
      type: list
      elements: str
    issues:
      description: Known issues of them that matter for the configuration and that other versions do not have. Each with C(title)
        and C(way_out).
      type: list
      elements: dict
    versions:
      description: The tested versions that have the fewest of such issues, newest first.
      type: list
      elements: str
    left:
      description: How many these still have.
      type: int
image:
  description: The image.
  type: dict
  returned: when an image is named
  contains:
    before:
      description: The reference before.
      type: str
    after:
      description: The reference after.
      type: str
    place:
      description: Where it stands, in words.
      type: str
    path:
      description: The file that is changed.
      type: str
    reaches:
      description: Services that the change reaches.
      type: list
      elements: str
    outdated:
      description: Instances that do not run the wanted image. In a check run, as far as that can be known without a pull.
      type: list
      elements: str
pull:
  description: What there is to be pulled, and how long that may take, C(in_words). Empty where nothing is.
  type: dict
  returned: with O(look)
pulled:
  description: That the image was pulled, with C(seconds), whether it is a C(new) one, its number of C(layers), and how many of
    them were C(there) before.
  type: dict
  returned: when it was
canary:
  description: What M(erni_ki.litellm.litellm_cache_canary) returns of the clone.
  type: dict
  returned: with O(proof=canary), when a proof was made
work:
  description: Whether there is anything to do, an edit, another container, or the end of a change that was left behind.
  type: bool
  returned: when an image is named
mode_before:
  description: Cache mode of the config file, which stays as it is.
  type: str
  returned: when an image is named
mode_after:
  description: The same.
  type: str
  returned: when an image is named
cache:
  description: What the config file says of the cache.
  type: dict
  returned: when an image is named
changes:
  description: What changes, in words.
  type: list
  elements: str
  returned: when an image is named
findings:
  description: What the operator should know, each with C(code), C(message) and C(line).
  type: list
  elements: dict
  returned: when an image is named
deployment:
  description: The deployment as M(erni_ki.litellm.litellm_cache_info) returns it, seen before the change.
  type: dict
  returned: when an image is named
run:
  description: Name of the run.
  type: str
  returned: when an image is named
began:
  description: When the module began, seconds since the epoch on the managed host.
  type: float
  returned: when an image is named
guard:
  description: How the guard is kept alive that watches the change, V(systemd), V(session) or V(none).
  type: str
  returned: when a change is left pending
lease:
  description: Seconds of silence after which the guard takes the change back.
  type: float
  returned: when a change is left pending
guard_outlives:
  description: What the guard outlives, of V(controller), V(logout), V(container) and V(reboot).
  type: list
  elements: str
  returned: when a change is left pending
taken_over:
  description: In words, the change of another run that lapsed without being confirmed.
  type: str
  returned: when there was one
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CHANGE, DEPLOYMENT, REQUESTS, REQUESTS_EXCLUDE, WAITS, run_module
from ..module_utils._proof.image_candidate import ALWAYS, CANARY, MISSING, NEVER, NONE, ImageCandidate, foreseen
from ..module_utils._proof.migrations import REFUSE, WARN


def bring_about(params, check_mode):
    """The module's result."""
    if params["look"]:
        return foreseen(params)
    candidate = ImageCandidate(params)
    candidate.look()
    if not params["image"]:
        return candidate.advise()
    candidate.plan()
    candidate.pull(check_mode)
    candidate.prove(check_mode)
    candidate.commit(check_mode)
    return candidate.report()


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **REQUESTS,
            image={"type": "str"},
            pull={"type": "str", "choices": [MISSING, ALWAYS, NEVER], "default": MISSING},
            look={"type": "bool", "default": False},
            pull_timeout={"type": "int", "default": 1800},
            proof={"type": "str", "choices": [CANARY, NONE], "default": CANARY},
            newer_database={"type": "str", "choices": [REFUSE, WARN], "default": REFUSE},
            **CHANGE,
            **WAITS,
        ),
        mutually_exclusive=REQUESTS_EXCLUDE,
        supports_check_mode=True,
    )
    run_module(module, lambda: bring_about(module.params, module.check_mode))


if __name__ == "__main__":
    main()
