# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a change that may be left pending, documented once. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Goes with ``CHANGE`` in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  guard:
    description:
      - V(auto) leaves a guard on the managed host with a change that is left pending. It takes the change back by itself when
        O(run) gives no sign of life for O(confirm_timeout).
      - V(none) leaves no guard. A change that nobody confirms then stays, and lapses.
    type: str
    choices:
      - auto
      - none
    default: auto
  confirm_timeout:
    description:
      - Seconds that the run may be silent. Every module that is given O(run) gives signs of life as long as it works, so
        this is about the time between two of them. The first one has to come within 30 seconds.
      - If not set, 60; with several O(hosts_at_once) 60 more than the longest restart of an instance may take.
    type: int
  hosts_at_once:
    description:
      - On how many hosts Ansible works at the same time. Each task then waits for the slowest of them, which is a silence of
        the others, so O(confirm_timeout) has to exceed what the restart of an instance may take.
    type: int
    default: 1
  take_over:
    description:
      - Take over a change that another run left pending, without waiting until it is taken back or lapses. Only when
        that run is known to be dead.
    type: bool
    default: false
  run:
    description:
      - Name of the run, any text. If not set, one is made up and returned.
    type: str
  user:
    description:
      - Who changes, for the history. If not set, the user of the module.
    type: str
  reason:
    description:
      - Why, for the history.
    type: str
    default: ""
  snapshots_keep:
    description:
      - How many snapshots of C(config.yaml) are kept. A change of the image takes one too, though that file stays as it is.
    type: int
    default: 5
  textfile_dir:
    description:
      - Directory on the managed host whose files node_exporter reads. What becomes of the change is written there as metrics, by
        whoever ends it, the guard too; see the option of the same name in M(erni_ki.litellm.litellm_cache_status).
      - A directory that cannot be written into is refused before anything is changed; on the way to the mode V(local) that is a
        finding. Later it is no reason to fail.
    type: path
    version_added: 0.3.0
"""
