#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells how a LiteLLM deployment caches."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_info
short_description: Tell how a LiteLLM deployment caches
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Shows what C(config.yaml) says of the cache, beside what each instance of the deployment really runs.
  - Names the instances that are stale, that is, that do not run what the file says.
  - Reads inside the containers and asks each proxy for its readiness. Sends no request that costs anything, and writes
    nothing. What cannot be seen is null, never guessed.
options:
  variables:
    description:
      - Names of environment variables that the proxies are to have.
      - The module fails when instances run and none of them has the variable.
    type: list
    elements: str
    default: []
  access:
    description:
      - What the user of the module must be able to do. V(write) also checks that the config file can be replaced and
        the state directory written, and tells all that is missing in one error.
    type: str
    choices:
      - read
      - write
    default: read
  looks:
    description:
      - What else to look at in each running instance. Each look is read-only.
      - V(log) names what the log since the container's start tells about the cache, in known words only.
      - V(connections) are the proxy's own connections among the clients of Redis, by address, user and database.
      - V(entries) counts the keys of the database, and among them the response entries, by C(SCAN) for two seconds at
        most.
      - The last two are made from within the instance, with the password that only it may have.
    type: list
    elements: str
    choices:
      - log
      - connections
      - entries
    default: []
  log_lines:
    description:
      - How many lines of each log are looked at.
    type: int
    default: 400
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: It changes nothing.
  idempotent:
    support: full
seealso:
  - module: erni_ki.litellm.litellm_cache_mode
"""

EXAMPLES = r"""
- name: Look at a deployment
  erni_ki.litellm.litellm_cache_info:
    project_dir: /opt/erni-ki
  register: litellm

- name: Say which instances need a restart
  ansible.builtin.debug:
    msg: "{{ litellm.instances | selectattr('stale') | map(attribute='name') }}"
"""

RETURN = r"""
project:
  description: Name of the Compose project.
  type: str
  returned: success
  sample: erni-ki
config_path:
  description: Real path of the config file on the managed host.
  type: str
  returned: success
  sample: /opt/erni-ki/conf/litellm/config.yaml
config_sha256:
  description: Hash of the file's bytes.
  type: str
  returned: success
state_dir:
  description: Directory of snapshots, journal, pending change and history.
  type: str
  returned: success
cache:
  description: What the file says of the cache. The same dictionary as in M(erni_ki.litellm.litellm_cache_mode).
  type: dict
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
    status:
      description: State of the container as Docker says it.
      type: str
    running:
      description: Whether the container runs.
      type: bool
    image:
      description: Image of the container.
      type: str
    image_tag:
      description: Tag of the image. Null for a digest.
      type: str
    stop_timeout:
      description: Seconds that Docker waits for the container to stop.
      type: int
    stale:
      description: Why the instance does not run what the file says. Empty when it does, as far as can be seen.
      type: list
      elements: str
    litellm_version:
      description: Version of the package inside. Image tags v1.80.0.rc.1 and 1.80.0 have the same.
      type: str
    redis_py_version:
      description: Version of the Redis client inside.
      type: str
    cache_type:
      description: Type of the cache that the running proxy reports. Null when it does not tell.
      type: str
    redis_variables:
      description: Names of the proxy's environment variables that start with C(REDIS_).
      type: list
      elements: str
    problem:
      description: Why the instance could not be asked.
      type: str
    log:
      description: Findings of the log, each with C(code), C(text) and C(count).
      type: list
      elements: dict
      returned: when O(looks) has V(log)
    redis:
      description:
        - What the instance sees of Redis. C(connections) is a list of dictionaries with C(address), C(user), C(db) and
          C(connections), C(entries) has C(keys), C(responses), C(scanned) and C(complete), C(server) has C(name),
          C(version) and C(mode).
        - What an ACL forbids is null, with the reason in C(not_observable). C(problem) says why Redis was not reached.
      type: dict
      returned: when O(looks) has V(connections) or V(entries), and the file says Redis
stale:
  description: Names of the stale instances.
  type: list
  elements: str
  returned: success
running:
  description: How many instances run.
  type: int
  returned: success
pending:
  description: The change that is not confirmed, if there is one.
  type: dict
  returned: success
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.erni_ki.litellm.plugins.module_utils._arguments import DEPLOYMENT, run_module
from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_config import describe_cache
from ansible_collections.erni_ki.litellm.plugins.module_utils._change_state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose_deployment import (
    DeploymentError,
    require_mounted,
    stale_reasons,
    tag_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._config_file import ConfigFile
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._instance import InstanceError
from ansible_collections.erni_ki.litellm.plugins.module_utils._log_lines import cache_findings

LOOK_DEADLINE = 30
REDIS_TIMEOUT = 5


def observe(params):
    """The module's result."""
    deployment = Deployment.open(params)
    config = ConfigFile.read(deployment.config_path)
    require_mounted(deployment.instances, config.path)
    cache = describe_cache(config.text)
    if params["access"] == "write":
        require_write_access(config.path, deployment.state_dir)
    instances = [look_at(deployment, instance, params, config, cache) for instance in deployment.instances]
    require_variables(params["variables"], instances)
    pending = ChangeState(deployment.state_dir).pending()
    return {
        "changed": False,
        "project": deployment.instances[0].project,
        "config_path": config.path,
        "config_sha256": config.sha256,
        "state_dir": deployment.state_dir,
        "cache": cache,
        "instances": instances,
        "stale": [instance["name"] for instance in instances if instance["stale"]],
        "running": len(deployment.running()),
        "pending": pending.summary() if pending is not None else None,
    }


def look_at(deployment, instance, params, config, cache):
    """One entry of the list of instances."""
    look, problem = None, None
    if instance.running:
        try:
            look = deployment.client(instance).ask("look", LOOK_DEADLINE, variables=params["variables"])
        except InstanceError as error:
            problem = str(error)
    wanted = cache["mode"] if cache["mode"] in ("redis", "local") else cache["type"]
    told = look or {}
    found = {
        "name": instance.name,
        "status": instance.status,
        "running": instance.running,
        "image": instance.image,
        "image_tag": tag_of(instance.image),
        "stop_timeout": instance.stop_timeout,
        "stale": stale_reasons(instance, look, wanted, config.sha256, config.modified / 1e9),
        "litellm_version": told.get("litellm_version"),
        "redis_py_version": told.get("redis_py_version"),
        "cache_type": told.get("cache_type"),
        "redis_variables": told.get("redis_variables"),
        "variables_missing": told.get("variables_missing"),
        "has_database": told.get("has_database"),
        "problem": problem,
    }
    if "log" in params["looks"]:
        log = deployment.engine.log(instance.id, instance.started, params["log_lines"])
        found["log"] = cache_findings(log)
    if cache["mode"] == "redis" and look is not None and {"connections", "entries"} & set(params["looks"]):
        found["redis"] = look_at_redis(deployment.client(instance), config.text, params["looks"])
    return found


def look_at_redis(client, text, looks):
    """What one instance sees of Redis."""
    try:
        seen = client.ask(
            "redis",
            LOOK_DEADLINE,
            candidate=text,
            timeout=REDIS_TIMEOUT,
            clients="connections" in looks,
            count="entries" in looks,
        )
    except InstanceError as error:
        return {"problem": str(error)}
    return {
        "place": seen["place"],
        "server": seen["server"],
        "connections": seen["clients"],
        "entries": seen["count"],
        "not_observable": seen["not_observable"],
        "problem": None,
    }


def require_variables(names, instances):
    """Check that a wanted environment variable exists in at least one instance that could be asked."""
    asked = [instance for instance in instances if instance["variables_missing"] is not None]
    for name in names:
        if asked and all(name in instance["variables_missing"] for instance in asked):
            raise DeploymentError(
                f"no instance has the environment variable {name}: export it to the proxy, or name another one in "
                "litellm_cache_redis_password_env or litellm_cache_redis_url_env"
            )


def require_write_access(config_path, state_dir):
    """Check all that a change will have to write, and tell all that is missing."""
    missing = []
    if not os.access(os.path.dirname(config_path), os.W_OK | os.X_OK):
        missing.append(f"write in {os.path.dirname(config_path)}, where the config file is replaced")
    existing = state_dir
    while not os.path.exists(existing):
        existing = os.path.dirname(existing)
    if not os.access(existing, os.W_OK | os.X_OK):
        missing.append(f"write in {existing}, for the state directory {state_dir} (litellm_cache_state_dir)")
    if missing:
        raise LitellmCacheError(f"this user may not {'; and may not '.join(missing)}. Run the play with become")


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            variables={"type": "list", "elements": "str", "default": []},
            access={"type": "str", "choices": ["read", "write"], "default": "read"},
            looks={"type": "list", "elements": "str", "choices": ["log", "connections", "entries"], "default": []},
            log_lines={"type": "int", "default": 400},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: observe(module.params))


if __name__ == "__main__":
    main()
