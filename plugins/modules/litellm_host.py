#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings the Python libraries of the modules to a managed host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_host
short_description: Bring to a managed host what the other modules need
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Installs PyYAML and redis-py where the Python that runs this module lacks them, from packages of the distribution. Nothing is
    installed into the Python of the system by pip.
  - With O(venv) pip installs them into a virtual environment, which the inventory then names as C(ansible_python_interpreter).
  - Tells in RV(rows) what else the modules find or miss, namely Docker, Compose, what a guard outlives, and the right to write.
    What is missing there is told and not installed, because which Docker a host runs is its operator's matter.
  - Knows the packages of Debian, Ubuntu, and of Red Hat Enterprise Linux with its relatives. Elsewhere O(venv) does it.
options:
  venv:
    description:
      - Folder of a virtual environment on the managed host. It is made where it is not there, by the Python that runs this
        module; on Debian and Ubuntu the package C(python3-venv) comes along where that Python needs it.
      - Its requirements come from the index that pip on the managed host is set up for.
    type: path
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
attributes:
  check_mode:
    support: full
    details: Tells which versions would be installed, as far as the package lists of the host say so.
  diff_mode:
    support: none
  idempotent:
    support: full
notes:
  - Needs Python 3.9 or newer, and itself no library; those that are named as requirements of the other modules are what it
    brings.
seealso:
  - module: erni_ki.litellm.litellm_cache_status
"""

EXAMPLES = r"""
- name: Bring the packages
  erni_ki.litellm.litellm_host:
    project_dir: /opt/erni-ki

- name: Make a virtual environment
  erni_ki.litellm.litellm_host:
    project_dir: /opt/erni-ki
    venv: /opt/erni_ki_litellm/venv
  register: prepared

- name: Use it in the rest of this run
  ansible.builtin.set_fact:
    ansible_python_interpreter: "{{ prepared.interpreter }}"
  when: prepared.interpreter is not none
"""

RETURN = r"""
distribution:
  description: What the distribution calls itself.
  type: str
  returned: success
  sample: Debian GNU/Linux 12 (bookworm)
packages:
  description: Packages that were installed, or would be.
  type: list
  elements: str
  returned: success
requirements:
  description: What pip installed into the virtual environment, or would.
  type: list
  elements: str
  returned: success
interpreter:
  description: The Python of the virtual environment, for C(ansible_python_interpreter). Null where there is none, or where it
    runs this module already.
  type: str
  returned: success
rows:
  description:
    - What was looked at, each with C(what), what was C(seen), how to C(mend) it, and C(state).
    - The state is V(ok), V(note) for what only a part of the playbooks needs, V(MISSING), V(installed) or V(would be installed).
  type: list
  elements: dict
  returned: success
problems:
  description: What is still missing and has to be there, a sentence each.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._host.preparation import Preparation
from ..module_utils._module import DEPLOYMENT, run_module


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            venv={"type": "path"},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: Preparation(module.params, module.check_mode).run(), libraries=())


if __name__ == "__main__":
    main()
