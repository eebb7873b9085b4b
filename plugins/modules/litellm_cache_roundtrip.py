#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proves by requests that a LiteLLM deployment caches as configured."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_roundtrip
short_description: Prove by requests that a LiteLLM deployment caches as configured
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - LiteLLM answers every request with Redis down or the password wrong, and a hit may come from its memory. So for the
    mode V(redis) this module stores (plants) an answer in Redis, under the key of a request that nobody has sent yet,
    with the LiteLLM inside the container. An instance that then gives (harvests) the planted answer has it from Redis.
  - Where no answer of a model is cached, the proxy's own client of the cache writes an entry (C(/cache/ping)), which is
    looked for in the database and removed.
  - For the mode V(local) it sends each instance one request until the answer repeats. What cannot be shown is told, no failure.
  - Requests are sent from inside each instance to its own port, with the key that the proxy itself has.
  - What was planted is removed in the end.
options:
  phase:
    description:
      - V(harvest) asks for what M(erni_ki.litellm.litellm_cache_probe) planted, proves the write path with one request to
        the upstream, and removes the entries.
      - V(verify) does all of it with the live configuration, planting included, also in the mode V(local).
      - V(warm) makes each instance answer a request from its cache. V(miss) shows that it does not any more, which is the
        proof that a cache was emptied. Both need the same O(run).
      - V(flushed) ends a flush. It marks the instances of O(flushed) that were asked nothing since their restart, so that the
        next flush need not restart them, and writes the line of the flush into the history. It sends no request.
    type: str
    choices:
      - harvest
      - verify
      - warm
      - miss
      - flushed
    default: verify
  run:
    description:
      - Name of the run, any text. If not set, one is made up.
      - A sign of life of the run's pending change.
    type: str
  planted:
    description:
      - What M(erni_ki.litellm.litellm_cache_probe) returned as RV(erni_ki.litellm.litellm_cache_probe#module:planted).
    type: dict
  harvested:
    description:
      - Evidence of the instances that M(erni_ki.litellm.litellm_restart) has proved already. An answer is harvested once.
    type: list
    elements: dict
    default: []
  flushed:
    description:
      - What a flush has done, for the history. C(scope), C(place), C(removed), the number of keys, and C(restarted), the
        names of the instances that it restarted.
    type: dict
  user:
    description:
      - Who flushed, for the history. If not set, the user of the module.
    type: str
  warmed:
    description:
      - What the phase V(warm) returned as RV(warmed).
    type: list
    elements: dict
  instances:
    description:
      - Names of the containers that the phases V(warm) and V(miss) ask. If not set, all that run. One that does not run any more
        is left out.
    type: list
    elements: str
    version_added: 0.3.0
  namespace:
    description:
      - Namespace of the answer that the phases V(warm) and V(miss) ask for. If not set, it is that of the file.
    type: str
  plant_ttl:
    description:
      - Seconds after which planted entries go by themselves.
    type: int
    default: 420
  samples:
    description:
      - How many answers the phase V(verify) plants for M(erni_ki.litellm.litellm_cache_latency) to time, in the mode V(redis).
        That module then need not import LiteLLM once more.
    type: int
    default: 0
    version_added: 0.3.0
  seconds:
    description:
      - How long that module measures one instance at most. They go by themselves two minutes after the last one.
    type: float
    default: 5
    version_added: 0.3.0
  proxy_url:
    description:
      - Where that module measures as a client, too.
    type: str
    version_added: 0.3.0
  trials:
    description:
      - What the phase V(verify) also tries in the first instance, although clients notice. V(restart) restarts it and looks
        whether the answer of before is still given. V(hang) lets Redis serve nobody for some seconds longer than the
        timeouts in effect (C(CLIENT PAUSE), which ends by itself), and looks whether the proxy answers meanwhile.
    type: list
    elements: str
    choices:
      - restart
      - hang
    default: []
    version_added: 0.3.0
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
  - erni_ki.litellm._requests
attributes:
  check_mode:
    support: full
    details: Says which instances it would ask for which model. Sends no request and writes nothing.
  diff_mode:
    support: none
    details: What it stores it removes.
  idempotent:
    support: full
notes:
  - Each plant can be harvested once for each process, because the process then has it in its memory. So the time of a
    harvest is the time of a real hit in Redis.
seealso:
  - module: erni_ki.litellm.litellm_cache_probe
  - module: erni_ki.litellm.litellm_cache_mode
"""

EXAMPLES = r"""
- name: Prove the cache that is configured
  erni_ki.litellm.litellm_cache_roundtrip:
    project_dir: /opt/erni-ki

- name: Prove a candidate, and plant for it
  erni_ki.litellm.litellm_cache_probe:
    project_dir: /opt/erni-ki
    run: night-1
    plant: true
    mode: redis
    redis_password_env: REDIS_PASSWORD
  register: probe

- name: Harvest after the restart
  erni_ki.litellm.litellm_cache_roundtrip:
    project_dir: /opt/erni-ki
    phase: harvest
    run: night-1
    planted: "{{ probe.planted }}"
"""

RETURN = r"""
run:
  description: Name of the run.
  type: str
  returned: success
at:
  description: When the module was done, seconds since the epoch on the managed host.
  type: float
  returned: success
mode:
  description: The mode that was proved.
  type: str
  returned: success
proved:
  description: Whether the mode was seen at work in each instance. False where only the word of the proxy tells it.
  type: bool
  returned: phases V(harvest) and V(verify)
evidence:
  description:
    - What was seen for each C(instance), in one word as C(kind), and in how many C(seconds) the proving request was answered.
    - V(missed) is an answer that did not come from the cache. V(harvested) is an answer from Redis, with the time (C(at), seconds
      since the epoch). V(hit) is an answer from the process's memory, in local mode; C(own) tells whether no instance before
      had given it, because there none shares its cache.
    - V(second instance) and V(written) prove Redis where the cache key is computed in a way of its own, V(pinged) where no
      request is cached, or none is answered. With a C(reason) a request was sent, and did not bring the planted answer.
      V(connected) are C(connections) to the right database alone.
    - V(unproved) is no proof, for a C(reason). V(contradicted) is an instance that reports another cache although the file says
      local. V(added) is one that somebody added during the run, and that does not show Redis yet.
  type: list
  elements: dict
  returned: phases V(harvest) and V(verify)
write_path:
  description: Whether the entry of a fresh request lies in Redis, and its TTL in seconds. Null in C(proved) when the
    upstream did not answer. C(namespaces_apart) tells in the phase V(verify) whether that request was not given an answer that
    lay under another namespace.
  type: dict
  returned: phases V(harvest) and V(verify), in the mode V(redis)
shared:
  description: For each C(instance) but the first whether it has C(given) what the first one had written, which it can have from
    Redis only, and in how many C(seconds). Null where it is not known.
  type: list
  elements: dict
  returned: phase V(verify), in the mode V(redis)
findings:
  description: What the operator should know; in the local mode also what is still connected to Redis, and what names it.
  type: list
  elements: dict
  returned: phases V(harvest) and V(verify)
experiments:
  description:
    - What the cache did with the other C(kind)s of requests, V(streaming), V(text completion), V(embedding) or V(chat), asked
      of C(model). C(cached) is whether C(supported_call_types) of the file has it, C(given) whether the answer came from the
      cache, in how many C(seconds); null where it was not shown, for the C(reason).
    - In the mode V(redis) an answer was planted for each, so what is cached costs no upstream call. Of those that the file
      leaves out one is tried.
  type: list
  elements: dict
  returned: phase V(verify)
trials:
  description: For each C(trial) of O(trials) whether it went as it should (C(given)), null where it was not shown, for the
    C(reason). C(seconds) is how long the answer took, C(hung) for how many seconds Redis hung.
  type: list
  elements: dict
  returned: phase V(verify)
probed:
  description: What the LiteLLM of an C(instance) makes of the file, for O(erni_ki.litellm.litellm_cache_info#module:probed).
  type: dict
  returned: phase V(verify), in the mode V(redis)
to_time:
  description: What was planted with O(samples), for O(erni_ki.litellm.litellm_cache_latency#module:planted). Null for nothing.
  type: dict
  returned: phase V(verify), in the mode V(redis)
warmed:
  description: For each C(instance) the C(id) of the answer that repeats, null where no hit was seen.
  type: list
  elements: dict
  returned: phase V(warm)
noted:
  description: That the flush has its line in the history.
  type: bool
  returned: phase V(flushed)
would_ask:
  description: What a run would do, for each C(instance) its C(model), or C(why_not) where no request would show anything.
  type: list
  elements: dict
  returned: in check mode
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.renewal import renewed_meanwhile
from ..module_utils._change.state import ChangeState
from ..module_utils._deployment.config_file import ConfigFile
from ..module_utils._deployment.deployment import Deployment
from ..module_utils._module import DEPLOYMENT, REQUESTS, REQUESTS_EXCLUDE, run_module, run_of
from ..module_utils._proof.access import Access
from ..module_utils._proof.emptied import Emptied, note_flush
from ..module_utils._proof.live_reading import LiveLook, reading_of
from ..module_utils._proof.reading import completed
from ..module_utils._proof.requests import Requests, RoundtripError
from ..module_utils._proof.roundtrip import Roundtrip
from ..module_utils._proof.trials import TRIALS
from ..module_utils._proof.verifying import Verifying
from ..module_utils._settings.description import describe_cache


def roundtrip(params, check_mode):
    """The module's result."""
    deployment = Deployment.open(params)
    with renewed_meanwhile(ChangeState.of(deployment), None if check_mode else params["run"]):
        return dict(result_of(deployment, params, check_mode), at=time.time())


def result_of(deployment, params, check_mode):
    """The result, whatever the phase."""
    text = ConfigFile.read(deployment.config_path).text
    # What was planted says how it is harvested; all others ask as the key may.
    look = LiveLook(deployment, params) if params["phase"] not in ("harvest", "flushed") else None
    cache = completed(describe_cache(text), look.reading if look else reading_of(deployment))
    result = {"changed": False, "run": run_of(params), "mode": cache["mode"]}
    if cache["mode"] not in ("redis", "local"):
        raise RoundtripError(f"the file's cache mode is {cache['mode']}: there is nothing to prove")
    if params["phase"] == "flushed":
        return result if check_mode else dict(result, noted=note_flush(deployment, params, result))
    access = look.access(cache) if look else Access({})
    requests = Requests.from_options(params, cache, access)
    if check_mode:
        asked = [
            {"instance": instance.name, "model": requests.model, "why_not": requests.why_not}
            for instance in deployment.running()
        ]
        return dict(result, would_ask=asked)
    emptied = Emptied(deployment, requests, result["run"], params["namespace"] or None, params["instances"])
    if params["phase"] == "warm":
        return dict(result, warmed=emptied.warm())
    proof = Roundtrip(deployment, requests, result["run"], text)
    if params["phase"] == "miss":
        outcome = emptied.missed(params["warmed"])
    else:
        outcome = Verifying(proof, cache, access, params).outcome()
    proved = all(entry["kind"] not in ("unproved", "contradicted", "added") for entry in outcome["evidence"])
    changed = any(trial["restarted"] for trial in outcome.get("trials") or [])
    return dict(result, changed=changed, proved=proved, **outcome)


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **REQUESTS,
            phase={
                "type": "str",
                "choices": ["harvest", "verify", "warm", "miss", "flushed"],
                "default": "verify",
            },
            run={"type": "str"},
            planted={"type": "dict"},
            harvested={"type": "list", "elements": "dict", "default": []},
            warmed={"type": "list", "elements": "dict"},
            flushed={"type": "dict"},
            user={"type": "str"},
            instances={"type": "list", "elements": "str"},
            namespace={"type": "str"},
            plant_ttl={"type": "int", "default": 420},
            samples={"type": "int", "default": 0},
            seconds={"type": "float", "default": 5},
            proxy_url={"type": "str"},
            trials={"type": "list", "elements": "str", "choices": list(TRIALS), "default": []},
        ),
        mutually_exclusive=REQUESTS_EXCLUDE,
        required_if=[
            ("phase", "harvest", ("planted", "run")),
            ("phase", "warm", ("run",)),
            ("phase", "miss", ("warmed", "run")),
            ("phase", "flushed", ("flushed", "run")),
        ],
        supports_check_mode=True,
    )
    run_module(module, lambda: roundtrip(module.params, module.check_mode))


if __name__ == "__main__":
    main()
