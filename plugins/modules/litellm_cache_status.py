#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells how a LiteLLM deployment stands, at a glance."""

from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_cache_status
short_description: Tell at a glance how LiteLLM's cache stands
version_added: 0.3.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Shows the cache mode of the file beside the stored and the effective one, the versions, the stale instances, the last change,
    what is pending, and the last verification.
  - Asks each instance for its readiness, all at the same time. Sends no request that costs anything. Writes nothing but the
    O(document) and the metrics.
  - It is asked when something is wrong. So it does not fail because Docker does not answer, the config file is missing, or the
    state directory is damaged. What could not be seen stands in RV(unseen), and the rest is told.
options:
  document:
    description:
      - Markdown file on the managed host, whose block on the current status is brought up to date. It stands below the heading
        C(Current status), or C(Текущий статус) as in the runbook, up to the next heading, and is a list of names with values or a
        table of two columns.
      - The values of C(LiteLLM version), C(Redis caching), C(Cache type) and C(Reason), or C(Версия LiteLLM), C(Redis
        кеширование), C(Тип кеша) and C(Причина), are replaced where they say something else; what is not known stays. Every other
        line stays too.
      - The reason is the one that was given for the last change to the mode; without one it stays, or tells what was done where
        the mode of the block changes.
      - A document without such a block is left alone, which is told in RV(document).
    type: path
  textfile_dir:
    description:
      - Directory on the managed host whose files node_exporter reads. What was seen is written there as metrics for
        Prometheus, in a file of this deployment, C(litellm_cache.PROJECT.SERVICE.HASH.prom), which takes the place of the one
        before in one step.
      - What could not be seen is not in it. Metrics that cannot be written are no failure; RV(metrics) tells why.
    type: path
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._attributes.info_module
  - erni_ki.litellm._deployment
attributes:
  diff_mode:
    support: full
    details: Shows what changes in the document.
notes:
  - A file that LiteLLM itself has to read, as M(erni_ki.litellm.litellm_cache_info) tells, takes an import of LiteLLM in each
    instance.
seealso:
  - module: erni_ki.litellm.litellm_cache_info
  - module: erni_ki.litellm.litellm_cache_history
"""

EXAMPLES = r"""
- name: Look at a glance
  erni_ki.litellm.litellm_cache_status:
    project_dir: /opt/erni-ki
  register: standing

- name: Tell it
  erni_ki.litellm.report:
    lines: "{{ (standing | erni_ki.litellm.status).lines }}"
"""

RETURN = r"""
at:
  description: When it was looked, seconds since the epoch on the managed host.
  type: float
  returned: success
project:
  description: Name of the Compose project. Null where neither Docker nor an option nor the name of the state directory tells it.
  type: str
  returned: success
service:
  description: Name of the LiteLLM service.
  type: str
  returned: success
config_path:
  description: Real path of the config file on the managed host.
  type: str
  returned: success
state_dir:
  description: The state directory, null for unknown.
  type: str
  returned: success
mode:
  description: The cache mode as C(file), C(stored) in LiteLLM's database and heeded, and C(effective), a list. Null, or an empty
    list, for what is not known.
  type: dict
  returned: success
cache:
  description: What the file says of the cache, as in M(erni_ki.litellm.litellm_cache_info). Null where it cannot be read.
  type: dict
  returned: success
findings:
  description: What the operator should know of the file that its text does not say.
  type: list
  elements: dict
  returned: success
instances:
  description: The instances, null where they cannot be seen. Each has C(name), C(status), C(running), C(started) in seconds since
    the epoch, C(image), C(image_tag), C(stale), C(litellm_version), C(redis_py_version), C(cache_type), C(stored) and C(problem)
    as in M(erni_ki.litellm.litellm_cache_info).
  type: list
  elements: dict
  returned: success
running:
  description: How many instances run.
  type: int
  returned: success
stale:
  description: Names of the stale instances.
  type: list
  elements: str
  returned: success
beside:
  description: Names of containers of this collection beside the instances, a canary or a bridge, of a run that is at work or was
    killed.
  type: list
  elements: str
  returned: success
history:
  description: The last 20 lines of the history, oldest first, and before them the last change, or the last flush, where none of
    them is one.
  type: list
  elements: dict
  returned: success
pending:
  description: The change that is not final, null for none.
  type: dict
  returned: success
guard:
  description: Its guard, as in M(erni_ki.litellm.litellm_cache_guard). Null where nothing is pending.
  type: dict
  returned: success
verification:
  description: The last verification, null for none. C(at) in seconds since the epoch, C(user), C(mode), C(versions) of LiteLLM,
    C(words) on how the mode was proved, C(problems), and C(latency), the newest summaries by cache mode.
  type: dict
  returned: success
snapshots:
  description: The snapshots, each with C(number) and C(at) in seconds since the epoch.
  type: list
  elements: dict
  returned: success
damage:
  description: What is damaged in the state directory, what is done without it, and how to mend it, as in
    M(erni_ki.litellm.litellm_cache_history).
  type: list
  elements: dict
  returned: success
document:
  description: The O(document), with its C(path), whether it is C(changed), and C(problem), why its block was not kept, null
    where it was.
  type: dict
  returned: when O(document) is set
metrics:
  description: The file of metrics, with its C(path), null where it is not known, and C(problem), why it was not written, null
    where it was. In check mode it is not.
  type: dict
  returned: when O(textfile_dir) is set
unseen:
  description: What could not be seen, as C(what) and C(why).
  type: list
  elements: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.metrics_file import MetricsError, MetricsFile, require_directory
from ..module_utils._change.status_block import StatusBlockError, with_status
from ..module_utils._deployment.config_file import read_document, write_document
from ..module_utils._errors import LitellmCacheError
from ..module_utils._module import DEPLOYMENT, run_module
from ..module_utils._proof.standing import standing_of
from ..module_utils._proof.status import Status
from ..module_utils._proof.status_metrics import metrics_of
from ..module_utils._vocabulary import for_reader


def status(params, check_mode):
    """The module's result."""
    found = Status(params).report()
    if params["textfile_dir"]:
        found["metrics"] = measured(params, found, check_mode)
    if not params["document"]:
        return dict(found, changed=False)
    try:
        return dict(found, **kept(params["document"], found, check_mode))
    except LitellmCacheError as error:  # who asks how things stand is told, whatever becomes of a document
        return dict(
            found, changed=False, document={"path": params["document"], "changed": False, "problem": str(error)}
        )


def measured(params, found, check_mode):
    """Write what was seen as metrics. Who asks how things stand is told, whatever becomes of them."""
    path = None
    try:
        require_directory(params["textfile_dir"])
        if found["project"] is None:
            raise MetricsError(
                "no metrics are written, because only Docker tells whose they are: set litellm_cache_project_name"
            )
        of = (params["textfile_dir"], found["project"], found["service"], found["config_path"])
        path = MetricsFile.of(*of).path
        if not check_mode:
            MetricsFile.of(*of).write(metrics_of(found))
    except MetricsError as error:
        problem = for_reader(str(error), params["names_in_errors"], "litellm_cache_status", params)
        return {"path": path, "problem": problem}
    return {"path": path, "problem": None}


def kept(path, found, check_mode):
    """Bring the block of a document up to date."""
    before = read_document(path)
    if before is None:
        raise StatusBlockError(f"there is no {path}")
    after = with_status(before, standing_of(found))
    if after != before and not check_mode:
        write_document(path, after.encode("utf-8"))
    diff = {"before": before, "after": after, "before_header": path, "after_header": path}
    changed = after != before
    return {"changed": changed, "diff": diff, "document": {"path": path, "changed": changed, "problem": None}}


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            DEPLOYMENT,
            document={"type": "path"},
            textfile_dir={"type": "path"},
        ),
        supports_check_mode=True,
    )
    run_module(module, lambda: status(module.params, module.check_mode))


if __name__ == "__main__":
    main()
