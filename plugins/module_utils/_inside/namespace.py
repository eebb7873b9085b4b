# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes from Redis what a clone of an instance has stored there under its own namespace."""

from __future__ import annotations

import time

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    load_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    plain_client,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import clients_of

#: Seconds for which a database is searched, and keys that one step looks at. What is left goes by its time to live.
SEARCH_SECONDS, STEP = 30.0, 1000


def remove_namespace(request: dict) -> dict:
    """Remove all entries whose keys begin with a namespace, on all servers that have entries.

    :param request: ``candidate``, ``prefix`` of the keys, ``timeout`` in seconds.
    :returns: ``removed``, their number.
    :raises Refusal: Redis does not answer, or forbids it.
    """
    proxy = Proxy.find()
    proxy.enter()
    params = as_the_proxy_connects(cache_params_of(load_settings(proxy, request)))
    errors = redis_library().exceptions
    try:
        servers = clients_of(plain_client(params, request["timeout"]))
        return {"removed": sum(_removed(server, request["prefix"]) for server in servers)}
    except (errors.RedisError, errors.RedisClusterException) as error:
        raise Refusal("redis_unreachable", describe(error)) from None


def _removed(client, prefix: str) -> int:
    """How many were removed from one server. Each key by itself: of those of a Cluster no two need be in one place."""
    deadline = time.monotonic() + SEARCH_SECONDS
    removed, cursor = 0, None
    while cursor != 0 and time.monotonic() < deadline:
        cursor, keys = client.scan(cursor or 0, match=pattern_of(prefix), count=STEP)
        removed += sum(client.unlink(key) for key in keys)
    return removed


def pattern_of(prefix: str) -> str:
    """The pattern of all keys of a namespace."""
    return "".join("\\" + letter if letter in "\\*?[]" else letter for letter in prefix) + ":*"
