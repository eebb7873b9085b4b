#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gathers what a diagnosis of the cache rests on."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_diagnosis
short_description: Gather what a diagnosis of the cache rests on
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Times each step of the way from within each instance to its Redis, looks at what the server tells of its troubles, compares
    clocks, and counts over time what the log of each instance tells.
  - Changes nothing, and sends no request that costs anything. Of a slow command of Redis its name is told, never an argument.
  - What it means, the filter P(erni_ki.litellm.diagnosis#filter) says.
options:
  since:
    description:
      - From when on the logs are read, as a date and time of ISO 8601 such as V(2026-11-26T09:30:00+01:00), or as seconds since
        the epoch. Without an offset it is the time of the managed host.
      - If not set, it is the start of each instance.
    type: str
  log_lines:
    description:
      - How many of the last lines of each log are read at most.
    type: int
    default: 20000
  request:
    description:
      - Body of a request that is not cached, as JSON in base64. It is not sent.
      - The LiteLLM of the container computes the keys under which its answer is cached, and it is looked where one lies. That
        takes as long as one import of LiteLLM. Its prompt goes over stdin, and nothing of it comes back.
    type: str
  key:
    description:
      - LiteLLM key that somebody complains with. The proxy is asked what it keeps of it about the cache, because that counts
        before what a request says. No model is asked with it, and the log of the proxy gets its hash at most.
    type: str
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._attributes.info_module
  - erni_ki.litellm._deployment
seealso:
  - module: erni_ki.litellm.litellm_cache_info
  - module: erni_ki.litellm.redis_cache_info
"""

EXAMPLES = r"""
- name: Gather
  erni_ki.litellm.litellm_cache_diagnosis:
    project_dir: /opt/erni-ki
    since: "2026-11-26T09:30:00"
  register: gathered

- name: Say what becomes of one request
  erni_ki.litellm.litellm_cache_diagnosis:
    project_dir: /opt/erni-ki
    request: "{{ lookup('ansible.builtin.file', 'request.json') | b64encode }}"
  register: gathered
"""

RETURN = r"""
at:
  description: When the module began, seconds since the epoch on the managed host.
  type: float
  returned: success
service:
  description: Name of the LiteLLM service.
  type: str
  returned: success
redis_container:
  description: The container of the project that the host of the cache's Redis names, with C(name), C(service) and C(status).
    Null where it is none.
  type: dict
  returned: success
other_proxies:
  description: Other containers of the managed host that run LiteLLM, each with its C(name) and its C(addresses).
  type: list
  elements: dict
  returned: success
instances:
  description: The instances, by their Compose number.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the container.
      type: str
    started:
      description: When it was started, seconds since the epoch.
      type: float
    workers:
      description: With how many processes the proxy was told to serve. Null where it was not told.
      type: int
    namespace:
      description: A mark by which one namespace of the cache is told from another, V(none) for none. Null where it was not
        asked.
      type: str
    clock_off:
      description: Seconds by which its clock is ahead of the managed host's, as far as is sure. Null where it was not asked.
      type: float
    problem:
      description: Why the instance could not be asked.
      type: str
    redis:
      description:
        - The way to Redis. Null where the file names none. C(place) is where it leads, C(seconds) has for each step of the way
          its times, C(problem) the C(code), the C(step) and the C(message) of what failed, C(refused) the commands of the
          cache that the server would refuse, with the reason.
        - C(server) has the C(numbers) of the server (C(blocked_clients), C(connected_clients), C(most_clients),
          C(rejected_connections), C(evicted_keys), C(memory_used), C(memory_limit), C(policy), and C(databases) with their
          keys), C(slow_commands) of the last hour with C(count) and the C(longest), C(latency_events) of the last hour, and
          C(clock_off), seconds by which its clock is ahead of the instance's.
        - What an ACL forbids is null, with the reason in C(not_observable).
      type: dict
    log:
      description:
        - What its log tells, null where it cannot be read. C(lines) is how many were read, C(complete) whether all were.
        - C(events) are known words about the cache, each with C(code), C(text), C(count), and C(first) and C(last) in seconds
          since the epoch. C(requests) has the C(count) of requests to models, how many C(failed) without a fault of the
          client, their C(statuses), and the C(last) one. Of those that this collection sent, which have
          C(?by=erni_ki.litellm) behind their path, only those count that failed in the server.
      type: dict
request:
  description:
    - What becomes of the request of O(request), null where none was named. C(call_type) is the function of LiteLLM that serves
      it, C(is_supported) whether that is cached, C(streams) whether it streams, C(controls) what it says of its cache itself.
    - C(deployments) is how many its model has, C(keys) are the distinct keys that they make of it, C(in_key) and C(not_in_key)
      the names of its parameters by whether another value would be another key.
    - C(entries) are the answers that lie under one of the keys, each with C(db), C(seconds_left) (null for no end) and C(age)
      in seconds, C(looked_into) the databases that were looked into, null where the file names no Redis, and C(problem) why
      that failed.
  type: dict
  returned: success
key:
  description:
    - What the proxy keeps of O(key), null where none was given. C(status) is that of a question for the models, C(known)
      whether the proxy told of the key. C(controls) are what its metadata say of the cache, null for nothing, and C(allowed)
      what its requests may say, empty for anything.
  type: dict
  returned: success
key_problem:
  description: Why nothing is known of the key.
  type: str
  returned: when O(key) is set, and no instance could tell
request_problem:
  description: Why it is not known what becomes of the request.
  type: str
  returned: when O(request) is set, and no instance could tell
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deployment.config_file import ConfigFile
from ..module_utils._deployment.deployment import Deployment
from ..module_utils._diagnosis.gathering import Gathering
from ..module_utils._diagnosis.request_body import body_of
from ..module_utils._diagnosis.since import seconds_of
from ..module_utils._module import DEPLOYMENT, run_module


def gather(params):
    """The module's result."""
    at = time.time()
    since = seconds_of(params["since"]) if params["since"] else None
    body = body_of(params["request"]) if params["request"] else None
    deployment = Deployment.open(params)
    config = ConfigFile.read(deployment.config_path)
    report = Gathering(deployment, config, since, params["log_lines"], body, params["key"] or None).report()
    return dict(report, changed=False, at=at, service=params["service"])


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            since={"type": "str"},
            log_lines={"type": "int", "default": 20000},
            request={"type": "str", "no_log": True},
            key={"type": "str", "no_log": True},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: gather(module.params))


if __name__ == "__main__":
    main()
