#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends, or keeps alive, a change of LiteLLM's config.yaml that is not final."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_guard
short_description: Confirm a pending change of LiteLLM's cache, or take it back
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - A change that M(erni_ki.litellm.litellm_cache_mode) left pending is watched by a guard on the managed host. When the
    run falls silent, also because its controller died, the guard puts back the bytes of before and restarts the instances
    that ran the change.
  - This module makes the change final, takes it back at once in the very way of the guard, gives a sign of life, or tells
    the status.
options:
  state:
    description:
      - V(observed) tells what is pending and whether its guard lives.
      - V(renewed) is a sign of life of O(run), and nothing else.
      - V(confirmed) makes the pending change of O(run) final. Fails, and leaves it pending, when the file holds the bytes of
        before again or is in another cache mode by now. What somebody else edited since is told.
      - V(reverted) takes the pending change back, that of O(run) if it is set. Restores the file by its hash. Restarts the
        instances that were started since the change or do not run, and waits for them. Removes planted entries.
    type: str
    choices:
      - observed
      - renewed
      - confirmed
      - reverted
    default: observed
  run:
    description:
      - Name of the run.
    type: str
  why:
    description:
      - Why the change is taken back, for the history. Must not hold a secret.
    type: str
    default: it was asked for
  evidence:
    description:
      - What was observed, for the history, with O(state=confirmed). Must not hold a secret.
    type: dict
    default: {}
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: What changes in the file was shown by M(erni_ki.litellm.litellm_cache_mode).
  idempotent:
    support: full
    details: A change that was ended once is ended.
notes:
  - Where systemd runs and the modules run as root, the guard is a service that survives a reboot. Elsewhere it is a process
    in a session of its own, which does not. RV(guard.outlives) tells the rest.
seealso:
  - module: erni_ki.litellm.litellm_cache_mode
"""

EXAMPLES = r"""
- name: Is a change pending?
  erni_ki.litellm.litellm_cache_guard:
    project_dir: /opt/erni-ki

- name: Take back whatever is pending, now
  erni_ki.litellm.litellm_cache_guard:
    project_dir: /opt/erni-ki
    state: reverted
    why: the night shift asked for it
"""

RETURN = r"""
guard:
  description: The guard as it is in the end.
  type: dict
  returned: success
  contains:
    alive:
      description: Whether its process runs. It ends some moments after the change.
      type: bool
    kind:
      description: V(systemd), V(session) or V(none).
      type: str
    survives_reboot:
      description: Whether it does.
      type: bool
    outlives:
      description:
        - What the guard was seen to outlive when it was armed, of V(controller), V(logout), V(container) and V(reboot). Empty
          when none watches.
        - Without V(container) it ends with the container in which the modules run.
      type: list
      elements: str
    reverts:
      description: Whether it is taking the change back at this moment.
      type: bool
    remaining_seconds:
      description: How long the run may still be silent; null when nothing is pending, or the change is being taken back.
      type: int
pending:
  description: The change that is not final, null when there is none.
  type: dict
  returned: success
ended:
  description: How the change ended, as it stands in the history; with O(state=reverted) also where the guard was faster, or
    where the change is final already, and only its line in the history is missing.
  type: dict
  returned: when there was one
  contains:
    result:
      description: V(confirmed), V(reverted), V(revert_incomplete) when an instance did not come back, or
        V(needs_operator) when somebody edited the file in between and it was left alone, or when the way to the mode
        V(local) failed and no instance had answered before either, and the file was left in that mode, or when the
        snapshot is no longer what was stored.
      type: str
    told:
      description: In words, what was done.
      type: str
    file:
      description: What became of the file. V(restored), V(undone) where somebody had edited it meanwhile, V(as before)
        or V(edited by somebody); V(kept) and V(snapshot damaged) where it stays in the mode of the change.
      type: str
    restarted:
      description:
        - The instances that were restarted, each with its C(problem), C(stopped_at) in seconds since the epoch, and
          C(ready_seconds) where it answered.
      type: list
      elements: dict
    failure:
      description: What the instances that ran the change told before anything was restored. C(status), C(exit_code),
        C(health), and C(log) in known words only.
      type: list
      elements: dict
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.confirmation import edited_since
from ..module_utils._change.guard import Guard
from ..module_utils._change.revert import Revert
from ..module_utils._change.state import ChangeState
from ..module_utils._change.state_directory import REVERTING
from ..module_utils._deployment.docker_socket import DockerSocket
from ..module_utils._deployment.project import config_path_of, state_dir_of
from ..module_utils._edit.journal import Journal
from ..module_utils._edit.plan import plan_revert
from ..module_utils._errors import ConfigError, JournalError
from ..module_utils._module import DEPLOYMENT, run_module

#: Seconds that a guard at work is waited for, and between two looks at it.
AT_WORK_SECONDS = 900
LOOK_SECONDS = 0.2
#: Seconds that a file is waited for that is away; then the guard goes on with it.
AWAY_SECONDS = 30
UNRECORDED = "it was proved and is final; its line in the history is missing, and the next run writes it"


def guard(params, check_mode):
    """The module's result."""
    state = ChangeState(state_dir_of(params), config_path_of(params))
    changed, ended = False, None
    if params["state"] == "renewed" and not check_mode:
        state.sign_of_life(params["run"])
    elif params["state"] == "confirmed":
        ended = confirm(state, params, check_mode)
        changed = ended is not None
    elif params["state"] == "reverted":
        changed, ended = revert(state, params, check_mode)
    pending = state.pending() or state.reverting()
    result = {
        "changed": changed,
        "guard": Guard(state).status(),
        "pending": pending.summary() if pending is not None else None,
    }
    if ended is not None:
        result["ended"] = ended
    return result


def confirm(state, params, check_mode):
    """Make the run's change final."""
    change = state.pending()
    if check_mode:
        return change.record("confirmed") if change is not None and change.run == params["run"] else None
    done = state.confirm(params["run"], params["evidence"], edited_since)
    return state.history()[-1] if done is not None else None


def revert(state, params, check_mode):
    """Take the change back, or wait for the guard that does.

    :returns: whether this call did it, and how the change ended.
    """
    final = state.confirming()
    if final is not None and params["run"] in (None, final.run):
        return False, final.record("confirmed", told=UNRECORDED)
    change = state.reverting() or state.pending()
    if change is None or params["run"] not in (None, change.run):
        return False, ended_otherwise(state, params["run"])
    if check_mode:
        return True, change.record("reverted")
    if state.reverting() is not None and Guard(state).alive:
        until = time.monotonic() + AT_WORK_SECONDS
        while state.reverting() is not None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        return False, ended_otherwise(state, change.run)
    with state.locked():
        if state.reverting() is None:
            state.claim(change, REVERTING)
        # Whether the engine answers is found out after the file is restored, which needs none.
        engine = DockerSocket(params["docker_host"])
        way_back = Revert(state, change, engine, "run", lambda text: undone(text, change), patience=AWAY_SECONDS)
        return True, way_back.run(params["why"])


def ended_otherwise(state, run):
    """How the change of a run ended, where somebody else ended it."""
    records = [record for record in state.history() if record["run"] == run and record.get("by") == "guard"]
    return records[-1] if records else None


def undone(text, change):
    """The text without the change, or None where that cannot be done safely."""
    if change.journal is None:
        return None
    try:
        plan = plan_revert(text, Journal.from_dict(change.journal))
    except (ConfigError, JournalError):
        return None
    return plan.candidate if plan.mode_after == change.mode_before else None


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            state={"type": "str", "choices": ["observed", "renewed", "confirmed", "reverted"], "default": "observed"},
            run={"type": "str"},
            why={"type": "str", "default": "it was asked for"},
            evidence={"type": "dict", "default": {}},
        ),
        required_if=[("state", "renewed", ("run",)), ("state", "confirmed", ("run",))],
        supports_check_mode=True,
    )
    run_module(module, lambda: guard(module.params, module.check_mode))


if __name__ == "__main__":
    main()
