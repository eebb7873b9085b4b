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
  - What the file means is what the LiteLLM of the container makes of it, with included files, references to variables and
    variables that the file sets. A file with such features takes an import of LiteLLM's proxy to look at.
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
  observe:
    description:
      - What else to look at in each running instance. Each look is read-only.
      - V(log) names what the log since the container's start tells about the cache, in known words only.
      - V(connections) are the proxy's own connections among the clients of Redis, by address, user and database.
      - V(entries) counts the keys of the database, and among them the response entries, by C(SCAN) for two seconds at
        most.
      - V(settings) are the configured, stored and effective settings side by side, with what wins, and the known issues
        that are present. The LiteLLM inside the container builds its cache from the file for it, which takes as long as
        one import of LiteLLM.
      - V(memory) tells whether the instance was asked anything since its memory was last emptied by
        P(erni_ki.litellm.litellm_cache_flush#role), by the lines of its log.
      - V(connections) and V(entries) are made from within the instance, with the password that only it may have.
    type: list
    elements: str
    choices:
      - log
      - connections
      - entries
      - settings
      - memory
    default: []
  log_lines:
    description:
      - How many lines of each log are looked at.
    type: int
    default: 400
  probed:
    description:
      - What M(erni_ki.litellm.litellm_cache_roundtrip) returned as RV(erni_ki.litellm.litellm_cache_roundtrip#module:probed) for
        the same file. For that instance V(settings) then need no import of LiteLLM.
    type: dict
    default: {}
    version_added: 0.3.0
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._attributes.info_module
  - erni_ki.litellm._deployment
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
began:
  description: When the module began, seconds since the epoch on the managed host.
  type: float
  returned: success
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
  description: What the file says of the cache, as LiteLLM reads it where an instance runs. The same dictionary as in
    M(erni_ki.litellm.litellm_cache_mode).
  type: dict
  returned: success
reading:
  description:
    - What the first instance that could be asked makes of the file. Null where none could.
    - C(path) is the file that the proxy reads, C(host_path) the same on the managed host, C(source) how it comes from the
      mounted one (V(mounted), V(copy), V(made), V(other), V(bucket) or V(nowhere)), C(by_litellm) whether LiteLLM itself had
      to read it, and C(why).
    - C(included) are the files that it includes, with C(path) and C(sections), C(set_by_file) the variables that
      C(environment_variables) sets, C(references) the references to variables with C(setting), C(variable) and what it C(gave).
    - C(cache) and C(router) are what it comes to, C(problem) why it could not be read. C(current) is false where the instance
      still sees an older file.
  type: dict
  returned: success
findings:
  description: What the operator should know of the file that its text does not say, each with C(code), C(message) and C(line).
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
    variables_of_file:
      description: Names of the variables that the file itself sets in C(environment_variables).
      type: list
      elements: str
    problem:
      description: Why the instance could not be asked, or why it does not come up as far as its log tells.
      type: str
    log:
      description: Findings of the log, each with C(code), C(text) and C(count).
      type: list
      elements: dict
      returned: when O(observe) has V(log)
    untouched:
      description: Whether the instance is shown to hold no answer in its memory, because it was asked nothing since a flush
        restarted it. False also where the log does not tell.
      type: bool
      returned: when O(observe) has V(memory)
    redis:
      description:
        - What the instance sees of Redis. C(connections) is a list of dictionaries with C(address), C(user), C(db) and
          C(connections), C(entries) has C(keys), C(responses), C(scanned) and C(complete), C(server) has C(name),
          C(version) and C(mode).
        - What an ACL forbids is null, with the reason in C(not_observable). C(problem) says why Redis was not reached.
      type: dict
      returned: when O(observe) has V(connections) or V(entries), and the file says Redis
    redis_problem:
      description: Why the place of Redis that the file names cannot be read, such as a URL whose password is not
        percent-encoded. Null where it can, and where the cache is not Redis.
      type: str
    has_database:
      description: Whether the proxy has a database.
      type: bool
    stored:
      description:
        - Cache settings in that database as C(settings), null for none. They replace those of the file within 30 s of a
          start. C(ignored) names the setting because of which the proxy does not heed them (C(store_model_in_db) is off,
          or C(supported_db_objects) leaves them out), null where it does. C(problem) says why it is not known.
      type: dict
    settings:
      description:
        - C(rows) has for each setting the C(configured), C(stored) and C(effective) value, who C(wins) (V(file),
          V(database), V(environment), V(LiteLLM) or V(process)), C(why), and whether there is C(drift).
        - C(findings) are what would not be as configured, C(known_issues) those of the collection's table that are
          present, with C(identifier), C(title), C(observed) and C(way_out). C(problem) says why it could not be seen.
      type: dict
      returned: when O(observe) has V(settings)
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

import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deployment.config_file import ConfigFile
from ..module_utils._deployment.deployment import Deployment
from ..module_utils._module import DEPLOYMENT, run_module
from ..module_utils._proof.observation import (
    OBSERVABLE,
    Observation,
    require_replaceable,
    require_write_access,
)


def observe(params):
    """The module's result."""
    began = time.time()
    deployment = Deployment.open(params)
    config = ConfigFile.read(deployment.config_path)
    if params["access"] == "write":
        require_write_access(config.path, deployment.state_dir)
        require_replaceable(config.path)
        config.require_one_name()
    observation = Observation(deployment, config, tuple(params["variables"]), probed=params["probed"])
    return dict(observation.report(params["observe"], params["log_lines"]), changed=False, began=began)


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            variables={"type": "list", "elements": "str", "default": []},
            access={"type": "str", "choices": ["read", "write"], "default": "read"},
            observe={"type": "list", "elements": "str", "choices": list(OBSERVABLE), "default": []},
            log_lines={"type": "int", "default": 400},
            probed={"type": "dict", "default": {}},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: observe(module.params))


if __name__ == "__main__":
    main()
