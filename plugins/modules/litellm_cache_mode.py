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
  state:
    description:
      - V(present) brings the file to O(mode).
      - V(confirmed) makes the pending change of O(run) final.
      - V(reverted) puts back the bytes of before the pending change of O(run).
      - V(confirmed) and V(reverted) do nothing when the run has no pending change.
    type: str
    choices:
      - present
      - confirmed
      - reverted
    default: present
  confirm:
    description:
      - V(now) makes a change final at once.
      - V(later) leaves it pending. Until O(state=confirmed) or O(state=reverted), or until it lapses, no other run may
        change the file.
    type: str
    choices:
      - now
      - later
    default: now
  confirm_timeout:
    description:
      - Seconds after which a pending change that nobody confirmed lapses, so that another run may take over.
    type: int
    default: 300
  take_over:
    description:
      - Take over a change that another run left pending, without waiting until it lapses. Only when that run is known
        to be dead.
    type: bool
    default: false
  run:
    description:
      - Name of the run, any text. If not set, one is made up and returned.
    type: str
  user:
    description:
      - Who changes, for the history. If not set, the user of the module.
    type: str
  reason:
    description:
      - Why, for the history.
    type: str
    default: ""
  evidence:
    description:
      - What was observed, for the history, with O(state=confirmed). Must not hold a secret.
    type: dict
    default: {}
  base_sha256:
    description:
      - Hash of the file that was planned on earlier. The module fails when the file is another one by now.
    type: str
  snapshots_keep:
    description:
      - How many snapshots are kept.
    type: int
    default: 5
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
  - erni_ki.litellm._cache
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the lines that change, with every value masked that is not on a short list of harmless ones.
  idempotent:
    support: full
notes:
  - A literal password that equals a word of the module's results, like V(redis), is refused. Ansible would replace that
    word in every result.
seealso:
  - module: erni_ki.litellm.litellm_cache_probe
  - module: erni_ki.litellm.litellm_restart
  - module: erni_ki.litellm.litellm_cache_roundtrip
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
  returned: O(state=present)
mode_before:
  description: Cache mode of the file before. V(none) for no cache, V(other) for a type that is neither redis nor local.
  type: str
  returned: when there is or was a change, and with O(state=present)
  sample: local
mode_after:
  description: Cache mode of the file after.
  type: str
  returned: when there is or was a change, and with O(state=present)
  sample: redis
base_sha256:
  description: Hash of the file before.
  type: str
  returned: O(state=present)
candidate_sha256:
  description: Hash of the file after.
  type: str
  returned: O(state=present)
findings:
  description: What the operator should know, each with C(code), C(message) and C(line).
  type: list
  elements: dict
  returned: O(state=present)
exact:
  description: Whether everything that an earlier change did could be undone as recorded.
  type: bool
  returned: O(state=present)
run:
  description: Name of the run.
  type: str
  returned: success
snapshot:
  description: Number of the snapshot with the bytes of before.
  type: int
  returned: when there was a change
pending:
  description: Whether a change is left pending, of this run or of one that lapsed.
  type: bool
  returned: O(state=present)
taken_over:
  description: In words, the change of another run that lapsed without being confirmed.
  type: str
  returned: when there was one
"""

import getpass
import uuid

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.erni_ki.litellm.plugins.module_utils._arguments import CACHE, DEPLOYMENT, run_module
from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_wishes import CacheWishes
from ansible_collections.erni_ki.litellm.plugins.module_utils._change_state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import (
    Deployment,
    config_path_of,
    state_dir_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._masked_diff import masked_diff
from ansible_collections.erni_ki.litellm.plugins.module_utils._mode_change import Author, ModeChange


def author_of(params):
    """Who changes, by the options."""
    return Author(params["run"] or str(uuid.uuid4()), params["user"] or getpass.getuser(), params["reason"])


def change_of(params):
    """The change that the options ask for; Docker is asked only where they leave open which project it is."""
    if params["state_dir"] or params["project_name"]:
        config_path, state_dir = config_path_of(params), state_dir_of(params, params["project_name"])
    else:
        deployment = Deployment.open(params)
        config_path, state_dir = deployment.config_path, deployment.state_dir
    return ModeChange(config_path, ChangeState(state_dir), author_of(params), params["take_over"])


def bring_about(params, check_mode):
    """Result of ``state: present``."""
    change = change_of(params)
    plan = change.plan(CacheWishes.from_options(params))
    result = dict(
        change.describe(plan),
        changed=plan.changed,
        diff=masked_diff(plan.base, plan.candidate, change.file.path),
    )
    if check_mode:
        return result
    pending = change.commit(plan, params["base_sha256"], params["confirm_timeout"], params["snapshots_keep"])
    if pending is not None:
        result["snapshot"] = pending.snapshot
        if params["confirm"] == "now":
            change.confirm(params["evidence"])
    result["pending"] = pending is not None and params["confirm"] == "later"
    return result


def end(params, check_mode):
    """Result of ``state: confirmed`` and ``state: reverted``."""
    change = change_of(params)
    if check_mode:
        pending = change.state.pending()
        ended = pending if pending is not None and pending.run == change.author.run else None
    elif params["state"] == "confirmed":
        ended = change.confirm(params["evidence"])
    else:
        ended = change.revert()
    result = {"changed": ended is not None, "run": change.author.run}
    if ended is not None:
        result.update(mode_before=ended.mode_before, mode_after=ended.mode_after, snapshot=ended.snapshot)
    return result


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **CACHE,
            state={"type": "str", "choices": ["present", "confirmed", "reverted"], "default": "present"},
            confirm={"type": "str", "choices": ["now", "later"], "default": "now"},
            confirm_timeout={"type": "int", "default": 300},
            take_over={"type": "bool", "default": False},
            run={"type": "str"},
            user={"type": "str"},
            reason={"type": "str", "default": ""},
            evidence={"type": "dict", "default": {}},
            base_sha256={"type": "str"},
            snapshots_keep={"type": "int", "default": 5},
        ),
        required_if=[
            ("state", "present", ("mode",)),
            ("state", "confirmed", ("run",)),
            ("state", "reverted", ("run",)),
        ],
        supports_check_mode=True,
    )
    work = bring_about if module.params["state"] == "present" else end
    run_module(
        module,
        lambda: work(module.params, module.check_mode),
    )


if __name__ == "__main__":
    main()
