#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures how fast the hits of a LiteLLM deployment are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_latency
short_description: Measure how fast the cache of a LiteLLM deployment answers
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Times hits, one request after another over one connection, with a pause between them. It is no load test, and ends early
    when a request fails, or when three answers in a row take more than a second each.
  - For the mode V(redis) answers are stored (planted) in Redis for requests that nobody has sent yet. Each is asked for once,
    so the memory of the process cannot have it, and no request goes to the upstream. The same request again is answered by
    the memory of the process, which is LiteLLM's own part of the time, and a PING from the instance is that of the network.
    What was planted is removed in the end, whatever happens, and goes by itself two minutes later at the latest.
  - For the mode V(local) one answer is asked for again and again. Each instance sends one request to the upstream for it at
    most, and none where O(run) is that of a proof that has just asked for it.
  - Requests are sent from inside each instance to its own port; with O(proxy_url) also from the managed host, as a client does.
  - Where no request is cached, nothing is measured. The reason is told, and it is no failure.
options:
  run:
    description:
      - Name of the run, any text. It is part of what is asked for. If not set, one is made up.
    type: str
  planted:
    description:
      - What M(erni_ki.litellm.litellm_cache_roundtrip) returned as
        RV(erni_ki.litellm.litellm_cache_roundtrip#module:to_time), with the same O(run), O(samples) and O(seconds). If not set,
        the module plants by itself.
    type: dict
  samples:
    description:
      - How many answers of each kind are timed in each instance, from 10 to 500. V(0) measures nothing.
    type: int
    default: 60
  seconds:
    description:
      - Longest time that one instance is measured. There are fewer samples then.
    type: float
    default: 5
  pause:
    description:
      - Seconds between two samples.
    type: float
    default: 0.02
  proxy_url:
    description:
      - Where clients reach the proxy, as seen from the managed host, for example V(https://litellm.example.org). If set, hits
        are measured there, too. That needs O(master_key) or O(master_key_file), unless the proxy wants no key.
    type: str
  proxy_ca_file:
    description:
      - File on the managed host with the certificate authorities that the certificate at O(proxy_url) is checked with. If not
        set, those of the system.
    type: path
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._attributes.info_module
  - erni_ki.litellm._deployment
  - erni_ki.litellm._requests
attributes:
  check_mode:
    details: Says what it would send to which instance. Sends no request that is measured, and writes nothing.
  diff_mode:
    details: What it stores it removes.
notes:
  - A key with a limit of requests for each minute is one that this counts for. The master key has none.
seealso:
  - module: erni_ki.litellm.litellm_cache_roundtrip
"""

EXAMPLES = r"""
- name: Measure how fast hits are
  erni_ki.litellm.litellm_cache_latency:
    project_dir: /opt/erni-ki
  register: measured

- name: Measure it as clients see it, too
  erni_ki.litellm.litellm_cache_latency:
    project_dir: /opt/erni-ki
    proxy_url: https://litellm.example.org
    master_key_file: /root/litellm.key
"""

RETURN = r"""
run:
  description: Name of the run.
  type: str
  returned: success
mode:
  description: The mode that was measured, null where O(samples) is V(0).
  type: str
  returned: success
latency:
  description: What was measured, for each instance and kind of answer. Times are in seconds.
  type: list
  elements: dict
  returned: success, but for check mode
  contains:
    instance:
      description: Name of the container. Empty for what a client sees.
      type: str
    what:
      description: V(redis hit) is an answer out of Redis, V(memory hit) one from the memory of the process in the mode
        V(redis), V(local hit) one in the mode V(local), V(redis ping) a PING from the instance to Redis. What a client sees
        is V(redis hit as a client sees it) and V(local hit as a client sees it).
      type: str
    mode:
      description: The cache mode.
      type: str
    seconds:
      description: The single times, in their order.
      type: list
      elements: float
    p50:
      description: The middle one, C(value), and C(low) and C(high) of its interval (bootstrap, 95 per cent).
      type: dict
    p95:
      description: The time below which 95 of 100 lie, in the same form.
      type: dict
    p99:
      description: The time below which 99 of 100 lie, in the same form.
      type: dict
    at:
      description: When, seconds since the epoch on the managed host.
      type: float
not_measured:
  description: Why an C(instance) was not measured, or not to its end, with the C(reason). An empty C(instance) stands for all
    of them, V(a client) for what a client sees.
  type: list
  elements: dict
  returned: success, but for check mode
summary:
  description: By mode the hit of the slowest instance, with C(p50), C(p95), C(p99) in seconds, C(samples) and C(at).
  type: dict
  returned: success, but for check mode
upstream_calls:
  description: How many requests went to the upstream, as far as their answers tell.
  type: int
  returned: success, but for check mode
would_send:
  description: What a run would do, for each C(instance) how many C(requests) about which C(model), and at most how many
    C(upstream_calls); or C(why_not).
  type: list
  elements: dict
  returned: in check mode
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deployment.config_file import ConfigFile
from ..module_utils._deployment.deployment import Deployment
from ..module_utils._deployment.published import Published
from ..module_utils._module import DEPLOYMENT, REQUESTS, REQUESTS_EXCLUDE, run_module, run_of
from ..module_utils._proof.latency import summary
from ..module_utils._proof.live_reading import LiveLook
from ..module_utils._proof.measuring import Limits, Measuring
from ..module_utils._proof.planted import Planted
from ..module_utils._proof.reading import completed
from ..module_utils._proof.requests import Requests
from ..module_utils._settings.description import describe_cache


def latency(params, check_mode):
    """The module's result."""
    limits, published = Limits.from_options(params), Published.from_options(params)
    nothing = {"latency": [], "not_measured": [], "summary": {}, "upstream_calls": 0}
    if not limits.samples:
        return dict(nothing, changed=False, run=run_of(params), mode=None)
    deployment = Deployment.open(params)
    text = ConfigFile.read(deployment.config_path).text
    look = LiveLook(deployment, params)
    cache = completed(describe_cache(text), look.reading)
    result = {"changed": False, "run": run_of(params), "mode": cache["mode"]}
    if cache["mode"] not in ("redis", "local"):
        return dict(result, **nothing)
    access = look.access(cache)
    requests = Requests.from_options(params, cache, access)
    planted = Planted.from_dict(params["planted"]) if params["planted"] else None
    measuring = Measuring(deployment, requests, result["run"], text, limits, published, access.wants_no_key, planted)
    if check_mode:
        return dict(result, would_send=measuring.order(cache["mode"]))
    found = measuring.measure(cache["mode"])
    return dict(
        result,
        latency=found.entries,
        not_measured=found.not_measured,
        summary=summary(found.entries),
        upstream_calls=found.upstream_calls,
    )


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            **REQUESTS,
            run={"type": "str"},
            planted={"type": "dict"},
            samples={"type": "int", "default": 60},
            seconds={"type": "float", "default": 5},
            pause={"type": "float", "default": 0.02},
            proxy_url={"type": "str"},
            proxy_ca_file={"type": "path"},
        ),
        mutually_exclusive=REQUESTS_EXCLUDE,
        supports_check_mode=True,
    )
    run_module(module, lambda: latency(module.params, module.check_mode))


if __name__ == "__main__":
    main()
