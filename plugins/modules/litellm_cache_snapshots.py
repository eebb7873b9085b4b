#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists, compares and drops the snapshots of config.yaml."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_snapshots
short_description: List, compare and drop the snapshots of LiteLLM's config.yaml
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Each change of M(erni_ki.litellm.litellm_cache_mode) leaves a numbered snapshot of the bytes of before. Snapshots hold
    the file's own secrets, also those of long ago; this module drops them when they are no longer wanted.
  - Compares two snapshots, or one with the file as it is. Values that could be a secret are masked, as in every diff of
    this collection.
  - A snapshot is restored with O(erni_ki.litellm.litellm_cache_mode#module:snapshot).
options:
  keep:
    description:
      - How many snapshots stay; the oldest are dropped. V(0) drops all. If not set, none is dropped.
      - Refused while a change is pending, because its snapshot is the way back.
    type: int
  compare:
    description:
      - Two numbers of snapshots; V(0) is the file as it is.
    type: list
    elements: int
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._deployment
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows what O(compare) asks for.
  idempotent:
    support: full
seealso:
  - module: erni_ki.litellm.litellm_cache_history
"""

EXAMPLES = r"""
- name: What changed since the third snapshot?
  erni_ki.litellm.litellm_cache_snapshots:
    project_dir: /opt/erni-ki
    compare: [3, 0]
  diff: true

- name: Drop all that is older than the last two
  erni_ki.litellm.litellm_cache_snapshots:
    project_dir: /opt/erni-ki
    keep: 2
"""

RETURN = r"""
snapshots:
  description: The snapshots that are there in the end, oldest first.
  type: list
  elements: dict
  returned: success
  contains:
    number:
      description: Its number.
      type: int
    at:
      description: When it was taken, in UTC.
      type: str
    mode:
      description: Cache mode of its text.
      type: str
    sha256:
      description: Hash of its bytes.
      type: str
    config_path:
      description: Path of the file whose bytes it holds, null where an earlier version took it.
      type: str
dropped:
  description: Numbers of those that were dropped.
  type: list
  elements: int
  returned: success
comparison:
  description: The changed lines, masked, as C(before) and C(after). Both are empty when the bytes are equal.
  type: dict
  returned: when O(compare) is set
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.pending import clock
from ..module_utils._change.state import ChangeState, PendingChangeError
from ..module_utils._deployment.config_file import ConfigFile, sha256_of
from ..module_utils._deployment.project import config_path_of, state_dir_of
from ..module_utils._errors import ConfigError, OptionError
from ..module_utils._module import DEPLOYMENT, run_module
from ..module_utils._settings.description import describe_cache
from ..module_utils._settings.masked_diff import masked_diff


def snapshots(params, check_mode):
    """The module's result."""
    state = ChangeState(state_dir_of(params), config_path_of(params))
    compared = comparison(state, params) if params["compare"] else None
    dropped = drop(state, params["keep"], check_mode) if params["keep"] is not None else []
    left = [number for number in state.snapshots.numbers() if number not in dropped]
    result = {"changed": bool(dropped), "dropped": dropped, "snapshots": [described(state, number) for number in left]}
    return dict(result, comparison=compared, diff=compared) if compared is not None else result


def drop(state, keep, check_mode):
    """Drop the oldest; the numbers of those that go."""
    if keep < 0:
        raise OptionError("keep", f"keep must be 0 or more, not {keep}")
    numbers = state.snapshots.numbers()
    if check_mode or len(numbers) <= keep:
        return numbers[: max(0, len(numbers) - keep)]
    with state.locked():
        pending = state.pending() or state.reverting()
        if pending is not None:
            raise PendingChangeError(
                f"{pending.in_words()}, is under way, and its snapshot is the way back: wait for it"
            )
        return state.snapshots.purge(keep)


def comparison(state, params):
    """The masked difference of two texts."""
    numbers = params["compare"]
    if len(numbers) != 2:
        raise OptionError("compare", "compare takes two numbers; 0 is the file as it is")
    before, after = (text_of(state, params, number) for number in numbers)
    names = [f"snapshot {number}" if number else "the file" for number in numbers]
    shown = masked_diff(before, after, config_path_of(params))
    return dict(shown, before_header=names[0], after_header=names[1])


def text_of(state, params, number):
    """The text of a snapshot, or of the file for 0."""
    if number == 0:
        return ConfigFile.read(config_path_of(params)).text
    return state.snapshots.text(number)


def described(state, number):
    """One snapshot, without its content."""
    content = state.snapshots.content(number)
    try:
        mode = describe_cache(content.decode("utf-8"))["mode"]
    except (ConfigError, UnicodeDecodeError):
        mode = "unreadable"
    return {
        "number": number,
        "at": clock(state.snapshots.time(number)),
        "mode": mode,
        "sha256": sha256_of(content),
        "config_path": state.snapshots.file(number),
    }


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            keep={"type": "int"},
            compare={"type": "list", "elements": "int"},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: snapshots(module.params, module.check_mode))


if __name__ == "__main__":
    main()
