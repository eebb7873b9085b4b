# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a restart, documented once. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Goes with ``WAITS`` in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  ready_timeout:
    description:
      - Seconds that an instance may take to answer. A guard waits as long.
    type: int
    default: 120
  stable_for:
    description:
      - Seconds that an instance must go on answering before it counts.
    type: int
    default: 15
  stop_timeout:
    description:
      - Seconds between the polite signal and the kill. It should exceed the longest request.
      - If not set, it is C(stop_grace_period) of the Compose file, else 60.
    type: int
  before_each:
    description:
      - Command to run on the managed host before an instance is stopped, for example one that takes it out of a load balancer. It
        is run without a shell, and gets the name of the container in E(LITELLM_INSTANCE) and its addresses in
        E(LITELLM_ADDRESSES). Where it fails, the instance is not stopped, and O(after_each) is run.
      - It stands in the record of a change, so it must not hold a secret. A guard runs it too.
    type: str
    default: ""
    version_added: 0.3.0
  after_each:
    description:
      - Command to run when an instance is back, in the same way.
    type: str
    default: ""
    version_added: 0.3.0
  each_timeout:
    description:
      - Seconds that each of these commands may take.
    type: int
    default: 60
    version_added: 0.3.0
  bridge:
    description:
      - What answers while the only instance of a service restarts. With several instances the others do.
      - V(auto) starts a second container like the instance, with its environment, files and database, on the change. When it
        answers, and has given the planted answer, a third one gets the names of the instance in its networks, beside it, and
        leads there. When the instance is back and proved, both end, after their last requests.
      - It answers those who come by a name in a Docker network and try each address of it, as nearly all clients do. Requests
        by a published port, or by labels that a reverse proxy reads, fail while the instance restarts.
      - There is none where nobody could ask it, for an instance with C(network_mode) V(host) or a fixed address, where there is
        no memory for two, and where containers are made anew on another image.
      - Where it does not come up on a change to Redis, the instance is not touched, and the change is taken back.
    type: str
    choices:
      - auto
      - never
    default: auto
    version_added: 0.3.0
"""
