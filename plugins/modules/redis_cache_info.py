#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells what LiteLLM keeps in Redis."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_cache_info
short_description: Tell what LiteLLM keeps in Redis
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Shows the server, its memory and eviction, who is connected, and how many keys of which kind the database holds, with
    their times to live and their memory.
  - Sends read-only commands alone, never C(KEYS). What an ACL forbids is null, with the permission that is missing in
    RV(not_observable).
  - Goes from the managed host to Redis. The address of a Compose service is found through Docker.
options:
  sample:
    description:
      - How many keys are looked at, at the most. In a larger database the numbers are estimates, and
        RV(census.sampled) is true. V(0) leaves the census out.
    type: int
    default: 10000
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._attributes.info_module
  - erni_ki.litellm._redis
  - erni_ki.litellm._deployment
notes:
  - A census reads the first bytes of keys that are named like a cached answer. Redis before 7.2 counts that as a use of
    the key, which an eviction policy of the kind LRU or LFU takes into account. From 7.2 on it does not.
seealso:
  - module: erni_ki.litellm.redis_cache_flush
  - module: erni_ki.litellm.litellm_cache_info
"""

EXAMPLES = r"""
- name: Look at the Redis of a deployment
  erni_ki.litellm.redis_cache_info:
    project_dir: /opt/erni-ki
  register: cache

- name: Look at a Redis with TLS, and the password in a file
  erni_ki.litellm.redis_cache_info:
    redis_host: redis.example.org
    redis_db: 1
    redis_tls_ca_file: /etc/ssl/certs/example-ca.pem
    redis_password_file: /run/secrets/redis_password
"""

RETURN = r"""
place:
  description: The Redis in words, C(host:port/database) for one server.
  type: str
  returned: success
  sample: redis:6379/1
servers:
  description: The servers that were asked, which are all primaries of a Cluster, or the primary that the Sentinels name.
  type: list
  elements: str
  returned: success
db:
  description: Number of the database.
  type: int
  returned: success
server:
  description: C(name) (V(redis) or V(valkey)), C(version), C(mode), C(role) and C(uptime_seconds) of the first server.
  type: dict
  returned: success
memory:
  description:
    - Bytes C(used), the C(limit) (null for none), the eviction C(policy), and C(evicted_keys) since the server's start.
      Of a Cluster the sums.
  type: dict
  returned: success
dbsize:
  description: Number of keys in the database.
  type: int
  returned: success
clients:
  description:
    - Connections to the server, those of the C(proxy) and of C(others), each with C(address), C(name), C(user), C(db) and
      the number of C(connections). The module's own is left out. Without a deployment all are others.
  type: dict
  returned: success
census:
  description: The keys of the database by kind.
  type: dict
  returned: when O(sample) is not 0
  contains:
    sampled:
      description: Whether the numbers are estimates from a part of the keys.
      type: bool
    looked_at:
      description: How many keys were looked at.
      type: int
    kinds:
      description:
        - For each kind C(keys), C(bytes) of memory, C(ttl) in seconds with C(min), C(median) and C(max), C(without_ttl),
          and C(examples) of names.
        - The kinds are V(response) (a cached answer), V(hex) (named like one, with another content), V(rate_limit),
          V(router), V(spend) (spend records that are not in LiteLLM's database yet), V(budget) (what a budget has spent),
          V(unwritten) (other records that are not in its database yet), V(setting) (of its database, for a minute),
          V(session), V(lock), V(report), and V(foreign) (nothing that LiteLLM is known to write).
      type: dict
    namespaces:
      description:
        - The namespaces of the cached answers, at most 20, those with the newest answers first. Each has its C(name), empty for
          none, the number of C(answers), when the C(newest) was stored, in seconds since the epoch, and C(own), whether the
          proxy stores there. C(own) is null where it is not known, as of a name that a client may have chosen.
      type: list
      elements: dict
not_observable:
  description: What could not be seen, with the reason.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import OptionError
from ..module_utils._module import (
    OPTIONAL_DEPLOYMENT,
    REDIS,
    REDIS_EXCLUDES,
    libraries_for_redis,
    run_module,
)
from ..module_utils._redis.access import RedisAccess
from ..module_utils._redis.observation import RedisObservation


def observe(params):
    """The module's result."""
    if params["sample"] < 0:
        raise OptionError("sample", f"sample must be 0 or more, not {params['sample']}")
    access = RedisAccess.open(params)
    observation = RedisObservation(access.servers(params["timeout"]), access.proxies, access.namespace)
    return dict(observation.report(params["sample"]), changed=False)


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            OPTIONAL_DEPLOYMENT,
            **REDIS,
            sample={"type": "int", "default": 10000},
        ),
        mutually_exclusive=REDIS_EXCLUDES,
        supports_check_mode=True,
    )
    run_module(module, lambda: observe(module.params), libraries_for_redis(module.params))


if __name__ == "__main__":
    main()
