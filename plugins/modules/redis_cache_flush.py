#!/usr/bin/python

# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes LiteLLM's cached answers from Redis."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_cache_flush
short_description: Remove LiteLLM's cached answers from Redis, and only those
version_added: 0.1.0
author:
  - ERNI-KI contributors (@erni-ki)
description:
  - Removes response entries, told by their name, type and content. Rate limits, the router's state, spend records that
    are not billed yet, and keys of other applications in the same database stay. LiteLLM's own C(/cache/flushall) empties
    every database of the server.
  - Works in small steps on the server (C(SCAN), C(UNLINK), never C(KEYS)), each of them about two milliseconds long, so
    that other clients go on. What is looked at and what is removed is one atomic deed.
  - A server that is away for less than 30 seconds, or that is replaced by another one, is waited for. A run that could
    not be finished tells how far it came, and can be repeated.
  - It does not empty the cache alone. Each LiteLLM process goes on answering from a memory tier until it is restarted.
    The role P(erni_ki.litellm.litellm_cache_flush#role) does all of it.
options:
  scope:
    description:
      - V(responses) are response entries, those that O(namespace), O(contents), O(older_than) and O(pattern) leave.
      - V(pattern) are the keys whose names match O(pattern). When there is something else than response entries among
        them, O(confirm) is needed.
      - V(database) is the whole database, by C(FLUSHDB ASYNC). O(confirm) is needed when the database holds keys that are
        not known to be LiteLLM's, also when they are named like an answer, or records and counters of spend that LiteLLM
        has nowhere else, when other clients use it, when it is database 0 and nobody named it, and in a Redis Cluster.
    type: str
    choices:
      - responses
      - pattern
      - database
    default: responses
  namespace:
    description:
      - Only the answers of this namespace. If not set, those of all, since clients can choose one of their own.
      - One that a client chose stands behind the configured one, and the header C(x-litellm-cache-key) leaves that out. Both
        C(team) and C(prod:team) mean the answers of C(prod:team:HASH).
    type: str
  contents:
    description:
      - Only answers of these kinds of requests. V(other) are transcriptions and the like.
    type: list
    elements: str
    choices:
      - chat
      - text
      - embedding
      - other
  older_than:
    description:
      - Only answers that were stored more than this many seconds ago.
    type: int
  pattern:
    description:
      - Only keys whose names match this glob, as C(SCAN) has it. The name of an answer is the hash of its request, so
        this is of use with namespaces. Needed for the scope V(pattern).
    type: str
  keep:
    description:
      - Names of keys that stay in any case.
    type: list
    elements: str
    default: []
  run:
    description:
      - Name of the run that this belongs to. While a change of another run is not final, nothing is removed, because that
        change is proved with entries in Redis.
    type: str
  confirm:
    description:
      - The place in so many words, as the error message and RV(place) spell it, for example V(redis:6379/1).
    type: str
  enough:
    description:
      - In check mode with the scope V(responses), the count ends as soon as this many answers would go. RV(complete) is false
        then. For who only asks whether there is anything.
    type: int
  max_seconds:
    description:
      - Seconds after which the module ends unfinished, and fails with what it has done. The next run goes on.
    type: int
    default: 3600
extends_documentation_fragment:
  - erni_ki.litellm._attributes
  - erni_ki.litellm._redis
  - erni_ki.litellm._deployment
attributes:
  check_mode:
    support: full
    details: Counts what would go and what would stay, with the same steps.
  diff_mode:
    support: none
    details: Keys are counted, by kind, in the result.
  idempotent:
    support: full
notes:
  - Every ten seconds the progress goes to the managed host's system log, as
    C(ansible-erni_ki.litellm.redis_cache_flush).
  - Keys that come and go while it works may be counted or not, and one may be counted twice as kept. Answers that are
    there from the beginning to the end are removed, all of them.
seealso:
  - module: erni_ki.litellm.redis_cache_info
"""

EXAMPLES = r"""
- name: Count what would go
  erni_ki.litellm.redis_cache_flush:
    project_dir: /opt/erni-ki
  check_mode: true
  register: flush

- name: Remove the answers that are older than an hour
  erni_ki.litellm.redis_cache_flush:
    project_dir: /opt/erni-ki
    older_than: 3600

- name: Empty a whole database
  erni_ki.litellm.redis_cache_flush:
    redis_host: 127.0.0.1
    redis_db: 1
    redis_password_file: /run/secrets/redis_password
    scope: database
    confirm: 127.0.0.1:6379/1
"""

RETURN = r"""
place:
  description: The Redis in words, as O(confirm) takes it.
  type: str
  returned: success
  sample: redis:6379/1
scope:
  description: What was asked for.
  type: str
  returned: success
before:
  description: Number of keys in the database before. Null where an ACL forbids it.
  type: int
  returned: success
removed:
  description: Number of keys that were removed. In check mode, of those that would be.
  type: int
  returned: always
removed_kinds:
  description: The same by kind of key, as in M(erni_ki.litellm.redis_cache_info). Empty for a confirmed V(database),
    which is not looked at.
  type: dict
  returned: always
removed_contents:
  description: Answers by what they are of. In check mode, and with O(contents).
  type: dict
  returned: always
kept:
  description: Number of keys that stay, by kind.
  type: dict
  returned: always
bytes_freed:
  description:
    - About how many bytes of memory it is. What the server's own memory shrank by; in check mode, and for anything but
      answers, what each key is said to use. Where an ACL forbids C(INFO), it is told from one key of about 64. 0 for a
      confirmed V(database).
  type: int
  returned: always
examples:
  description: A few names of keys, of those that were C(removed) and of each kind.
  type: dict
  returned: always
complete:
  description: Whether all of it was done.
  type: bool
  returned: always
exact:
  description: Whether RV(removed) is exact. Not when the answer to a step was lost, or an ACL forbids C(DBSIZE) to who empties
    the whole database. Then it is the least number, and the result is a change.
  type: bool
  returned: always
seconds:
  description: How long it took.
  type: float
  returned: success
to_restart:
  description:
    - Names of the instances that are not shown to hold no answer in the memory of their processes. Those that were started
      before the last removal, and those that were asked anything since their start. In check mode, those for which that
      would be so.
  type: list
  elements: str
  returned: with O(project_dir)
findings:
  description: What the operator should know.
  type: list
  elements: dict
  returned: success
redis:
  description: Server, memory, clients and number of keys before, the same dictionary as M(erni_ki.litellm.redis_cache_info)
    returns, without the census.
  type: dict
  returned: success
confirm:
  description: What O(confirm) would have to be.
  type: str
  returned: when a confirmation is missing
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._change.renewal import renewed_meanwhile
from ..module_utils._change.state import ChangeState
from ..module_utils._errors import OptionError
from ..module_utils._module import (
    OPTIONAL_DEPLOYMENT,
    REDIS,
    REDIS_EXCLUDES,
    libraries_for_redis,
    run_module,
)
from ..module_utils._proof.process_memory import is_untouched
from ..module_utils._redis.access import RedisAccess
from ..module_utils._redis.flush import SCOPES, Flush, FlushError
from ..module_utils._redis.keys import CONTENTS, Selection
from ..module_utils._redis.refusals import RedisServerError
from ..module_utils._redis.step import spared_keys


def flush(module):
    """The module's result."""
    params = module.params
    selection = selection_of(params)
    access = RedisAccess.open(params)
    state = ChangeState.of(access.deployment) if access.deployment is not None else None
    if state is not None:
        state.require_quiet(params["run"])
    work = Flush(
        access,
        scope=params["scope"],
        selection=selection,
        confirm=params["confirm"] or None,
        spared=spared_keys(params["keep"]),
        timeout=params["timeout"],
        max_seconds=params["max_seconds"],
        progress=lambda tally: module.log(f"looked at {tally.looked_at} keys, {tally.gone} of them removed so far"),
        enough=params["enough"],
    )
    if state is None:
        return work.run(remove=not module.check_mode)
    with renewed_meanwhile(state, None if module.check_mode else params["run"]):
        result = work.run(remove=False) if module.check_mode else remembered(work, state)
    return dict(result, to_restart=to_restart(access.deployment, result["changed"], state.last_removal()))


def remembered(work, state):
    """Remove, and leave in the state of the deployment that something was removed."""
    before, removed = state.last_removal(), True
    state.note_removal(time.time())  # from the beginning, so also when the module dies
    try:
        result = work.run(remove=True)
        removed = result["changed"]
        return result
    except FlushError as error:
        removed = bool(error.context.get("changed"))
        raise
    except RedisServerError:  # nothing was removed yet
        removed = False
        raise
    finally:
        state.note_removal(time.time() if removed else before)


def to_restart(deployment, changed, last_removal):
    """Names of the running instances whose memory may hold an answer of before."""
    return [
        instance.name
        for instance in deployment.running()
        if changed
        or (last_removal is not None and instance.started < last_removal)
        or not is_untouched(deployment, instance)
    ]


def selection_of(params):
    """Which keys the options mean."""
    if params["older_than"] is not None and params["older_than"] < 0:
        raise OptionError("older_than", f"older_than must be 0 or more seconds, not {params['older_than']}")
    if params["enough"] is not None and params["enough"] < 1:
        raise OptionError("enough", f"enough must be 1 or more, not {params['enough']}")
    filters = [name for name in ("namespace", "contents", "older_than") if params[name] not in (None, "", [])]
    if params["scope"] != "responses" and filters:
        raise OptionError(filters[0], f"{filters[0]} is for the scope responses, not for {params['scope']}")
    if params["scope"] == "database" and params["pattern"]:
        raise OptionError("pattern", "pattern is not for the scope database")
    return Selection(
        namespace=params["namespace"] or None,
        pattern=params["pattern"] or None,
        older_than=time.time() - params["older_than"] if params["older_than"] is not None else None,
        contents=tuple(params["contents"] or ()),
    )


def main():
    """Entry point."""
    module = AnsibleModule(
        argument_spec=dict(
            OPTIONAL_DEPLOYMENT,
            **REDIS,
            scope={"type": "str", "choices": list(SCOPES), "default": "responses"},
            namespace={"type": "str"},
            contents={"type": "list", "elements": "str", "choices": list(CONTENTS)},
            older_than={"type": "int"},
            pattern={"type": "str"},
            keep={"type": "list", "elements": "str", "default": [], "no_log": False},
            run={"type": "str"},
            confirm={"type": "str"},
            enough={"type": "int"},
            max_seconds={"type": "int", "default": 3600},
        ),
        mutually_exclusive=REDIS_EXCLUDES,
        required_if=[("scope", "pattern", ("pattern",))],
        supports_check_mode=True,
    )
    run_module(module, lambda: flush(module), libraries_for_redis(module.params))


if __name__ == "__main__":
    main()
