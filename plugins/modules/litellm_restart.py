#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts the instances of a LiteLLM deployment, one after another."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_restart
short_description: Restart the instances of a LiteLLM deployment, one after another
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Restarts each instance, waits until LiteLLM itself answers inside it, and watches that it goes on answering, before
    the next one is stopped.
  - With what M(erni_ki.litellm.litellm_cache_probe) planted, each instance must also give the planted answer, which only
    Redis can give it, before the next one is stopped. Where Redis falls silent meanwhile, the rest of O(ready_timeout) is not
    waited for, because LiteLLM itself waits for a Redis that hangs. From the tenth second on Redis is looked at from inside the
    instance, and 15 seconds without an answer are a failure.
  - An instance that does not come back, or is not proved, is a failure that carries the output of its health check and
    what its log tells about the cache. The instances after it are not touched.
  - Starts instances that are stopped, and restarts those that Docker keeps restarting.
  - Of several instances each is told on the controller as soon as it is back. For that each of them is a call of its own, unless
    the task is asynchronous or sets O(at_most).
options:
  instances:
    description:
      - Names of the containers to restart. If not set, all instances of the service.
    type: list
    elements: str
  exits_allowed:
    description:
      - How often LiteLLM may exit by itself after the restart before the instance counts as failed. LiteLLM exits on
        a configuration that it cannot load, and on a database that is not up yet.
    type: int
    default: 0
  at_most:
    description:
      - How many of the instances this call restarts; RV(left) names the others. If not set, all of them.
    type: int
    version_added: 0.3.0
  continues:
    description:
      - Whether the call goes on with what another one has left, so that an instance of O(instances) that is not there any more
        is told as gone, and is no wrong name.
    type: bool
    default: false
    version_added: 0.3.0
  recreate:
    description:
      - Make the containers anew from the Compose files as they are now, under their old names, in the place of a restart. The
        last one comes first. Needs the pending change of O(run) that M(erni_ki.litellm.litellm_image) made.
      - Compose itself would replace all containers of a service at once. So it makes the first one, and the others are made
        like that one.
    type: bool
    default: false
    version_added: 0.3.0
  planted:
    description:
      - What M(erni_ki.litellm.litellm_cache_probe) returned as RV(erni_ki.litellm.litellm_cache_probe#module:planted).
      - If set, each instance is proved as soon as it answers.
    type: dict
  run:
    description:
      - Name of the run. Before each instance is stopped, the run's pending change gets a sign of life; if it was taken
        back meanwhile, no further instance is restarted.
    type: str
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
  - erni_ki.litellm._waits
  - erni_ki.litellm._requests
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: A restart has no before and after to show.
  idempotent:
    support: none
    details: It restarts whenever it is told to. Pass the stale instances of M(erni_ki.litellm.litellm_cache_info) to
      restart only what needs it.
seealso:
  - module: erni_ki.litellm.litellm_cache_info
"""

EXAMPLES = r"""
- name: Restart every instance
  erni_ki.litellm.litellm_restart:
    project_dir: /opt/erni-ki

- name: Restart what does not run what the file says
  erni_ki.litellm.litellm_restart:
    project_dir: /opt/erni-ki
    instances: "{{ litellm.stale }}"
"""

RETURN = r"""
instances:
  description:
    - The instances that were restarted, in order. The last one of a restart that failed has no C(ready_seconds) where it did not
      answer.
  type: list
  elements: dict
  returned: success, and failure of a restart
  contains:
    name:
      description: Name of the container.
      type: str
    stopped_at:
      description: When it was ordered to restart, seconds since the epoch on the managed host.
      type: float
    ready_seconds:
      description: Seconds from the order to restart until LiteLLM answered.
      type: float
    stable_seconds:
      description: Seconds it was then watched.
      type: float
    bridge:
      description:
        - Of an only instance, what answered while it was away. C(raised_seconds) until it was there, whether the instance
          C(refused) new connections before it stopped, so that it cut off none that it had not taken, the number of
          C(connections) that the bridge took, null for not told, and whether it was C(killed), because it did not end within
          O(stop_timeout). Else C(why_not), why there was none.
        - In check mode C(foreseen), what would answer, in words.
      type: dict
    gone:
      description: That it was removed meanwhile. Then nothing else is told of it.
      type: bool
evidence:
  description: What was seen of the cache in each instance, as M(erni_ki.litellm.litellm_cache_roundtrip) returns it.
  type: list
  elements: dict
  returned: success, and failure of a restart
left:
  description: Names of the instances that O(at_most) has left.
  type: list
  elements: str
  returned: success
instance:
  description: The instance that did not come back.
  type: str
  returned: failure
exit_code:
  description: Exit code of its main process.
  type: int
  returned: when the container does not run
health:
  description: The last outputs of the container's health check, with everything replaced that could be a secret.
  type: list
  elements: str
  returned: failure
log:
  description: What the log tells about the cache, in known words only.
  type: list
  elements: dict
  returned: failure
restarted:
  description: Names of the instances that were restarted before the failure, the failed one included.
  type: list
  elements: str
  returned: failure
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.renewal import renewed_meanwhile
from ..module_utils._change.state import ChangeState
from ..module_utils._deployment.compose_command import ComposeCommand
from ..module_utils._deployment.config_file import ConfigFile
from ..module_utils._deployment.deployment import Deployment
from ..module_utils._deployment.recreation import Recreation
from ..module_utils._deployment.rolling_restart import RollingRestart, Waits
from ..module_utils._errors import OptionError
from ..module_utils._module import DEPLOYMENT, REQUESTS, REQUESTS_EXCLUDE, WAITS, run_module
from ..module_utils._proof.access import Access
from ..module_utils._proof.planted import Planted
from ..module_utils._proof.requests import Requests
from ..module_utils._proof.roundtrip import Roundtrip
from ..module_utils._settings.description import describe_cache, secrets_of


def restart(params, check_mode):
    """The module's result."""
    if params["at_most"] is not None and params["at_most"] < 1:
        raise OptionError("at_most", "at_most must be 1 or more, or not set for all instances")
    deployment = Deployment.open(params)
    text = ConfigFile.read(deployment.config_path).text
    waits = Waits(**{name: params[name] for name in (*WAITS, "exits_allowed")})
    prove = proof_of(deployment, params, text) if params["planted"] else None
    rolling = RollingRestart(
        deployment,
        waits,
        before_each=lambda: ChangeState.of(deployment).sign_of_life(params["run"]),
        prove=prove,
        secrets=secrets_of(text),
        again=recreation_of(deployment, params["run"]).replace if params["recreate"] and not check_mode else None,
    )
    gone = rolling.missing(params["instances"]) if params["continues"] else []
    chosen = rolling.choose([name for name in params["instances"] if name not in gone] if gone else params["instances"])
    if params["recreate"]:
        chosen.reverse()
    now = chosen[: params["at_most"]]
    left = [instance.name for instance in chosen[len(now) :]]
    bridged = bridged_of(deployment, params, waits, prove) if now else None
    if check_mode:
        told = [{"name": instance.name, **({"bridge": bridged.foresee()} if bridged else {})} for instance in now]
        return {"changed": bool(now), "instances": told, "evidence": [], "left": left}
    with renewed_meanwhile(ChangeState.of(deployment), params["run"]):
        done = bridged.run(rolling) if bridged else rolling.run(now)
    evidence = [entry.pop("evidence") for entry in done if "evidence" in entry]
    done += [{"name": name, "gone": True} for name in gone]
    return {"changed": bool(now), "instances": done, "evidence": evidence, "left": left}


def bridged_of(deployment, params, waits, prove):
    """The restart of an only instance that runs; None for any other one, and where no bridge is wanted."""
    only = [instance.running for instance in deployment.instances] == [True]
    if waits.bridge == "never" or params["recreate"] or not only:
        return None
    # Here, because the restart of one of several instances need not compile what it imports.
    from ..module_utils._deployment.bridged_restart import BridgedRestart

    change = ChangeState.of(deployment).pending()
    stays = change is not None and change.run == params["run"]
    return BridgedRestart(deployment, params["docker_host"], waits, prove, stays)


def recreation_of(deployment, run):
    """What makes the containers of a pending change of the image anew."""
    change = ChangeState.of(deployment).pending()
    image = change.of_image if change is not None and change.run == run else None
    if image is None:
        raise OptionError(
            "recreate", f"run {run} has no pending change of the image: make one with litellm_image first"
        )
    return Recreation(deployment.engine, ComposeCommand.from_dict(image.command), image.service)


def proof_of(deployment, params, text):
    """What proves one instance."""
    requests = Requests.from_options(params, describe_cache(text), Access({}))
    proof = Roundtrip(deployment, requests, params["run"], text)
    planted = Planted.from_dict(params["planted"])
    return lambda instance: proof.harvest_from(instance, planted)


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **REQUESTS,
            instances={"type": "list", "elements": "str"},
            **WAITS,
            exits_allowed={"type": "int", "default": 0},
            at_most={"type": "int"},
            continues={"type": "bool", "default": False},
            recreate={"type": "bool", "default": False},
            planted={"type": "dict"},
            run={"type": "str"},
        ),
        mutually_exclusive=REQUESTS_EXCLUDE,
        required_by={"planted": ("run",)},
        required_if=[("recreate", True, ("run",))],
        supports_check_mode=True,
    )
    run_module(module, lambda: restart(module.params, module.check_mode))


if __name__ == "__main__":
    main()
