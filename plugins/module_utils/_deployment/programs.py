# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs that run inside an instance, as they are sent there: as sources, of which nothing is imported here."""

from __future__ import annotations

import functools
import importlib.util
import json
from typing import TYPE_CHECKING, Any

# Ansible packs with a module what an import names, wherever it stands. One that is run would compile all of them, in each call.
if TYPE_CHECKING:
    from .._inside import (  # noqa: F401  # named for Ansible alone, which packs them; they are sent by their names
        builder,
        client_settings,
        configuration,
        conversation,
        effective,
        kinds,
        latency,
        leaving_redis,
        migrations,
        namespace,
        operations,
        planting,
        probe,
        process,
        program,
        reader,
        redis_client,
        redis_environment,
        redis_health,
        redis_look,
        redis_outage,
        redis_reach,
        redis_servers,
        redis_url,
        request_key,
        sockets,
        waiting,
    )

#: Reads the program's modules and the order from stdin: nothing is written to the container, nothing is in argv.
BOOTSTRAP = """import json, sys, types
modules = [(types.ModuleType(name), text) for name, text in json.loads(sys.stdin.buffer.readline())]
for module, text in modules:
    sys.modules[module.__name__] = module
    exec(compile(text, module.__name__.rpartition('.')[2], 'exec'), module.__dict__)
modules[0][0].main()
"""
#: What the full names of the files begin with.
_INSIDE = __name__.rpartition("._deployment.")[0] + "._inside."
_BASE = ("program", "sockets", "process", "reader", "configuration")
_REDIS = (*_BASE, "redis_url", "redis_servers", "redis_environment", "redis_client")
_ASK = (*_REDIS, "effective", "kinds", "conversation", "operations")
_BUILD = (*_REDIS, "kinds", "conversation", "planting", "client_settings", "builder")
#: Operation to the files of _inside that it needs, the first of which runs them. Its function is in the last of them.
OPERATIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("look", "ask", "ask_each", "ping_cache"), _ASK),
    "wait": (*_REDIS, "kinds", "conversation", "waiting"),
    "measure": (*_ASK, "latency"),
    "ask_while_redis_hangs": (*_ASK, "redis_outage"),
    "read": (*_REDIS, "effective"),
    **dict.fromkeys(("user_of_proxy", "way_in"), ("program", "sockets", "process")),
    **dict.fromkeys(("redis", "connection"), (*_REDIS, "redis_look")),
    "health": (*_REDIS, "redis_reach", "redis_health"),
    "remove_namespace": (*_REDIS, "namespace"),
    "migrations": ("program", "migrations"),
    **dict.fromkeys(("explain", "controls_of_key"), (*_BUILD, "request_key")),
    "probe": (*_BUILD, "redis_reach", "probe"),
    **dict.fromkeys(("leaving_redis", "still_connected"), (*_REDIS, "leaving_redis")),
}


def sent(operation: str, order: dict[str, Any]) -> bytes:
    """What :data:`BOOTSTRAP` reads: the names and sources that an operation needs, and the order.

    :param operation: a name in :data:`OPERATIONS`.
    :param order: ``deadline`` in seconds, and what the operation takes.
    """
    order = dict(order, module=_INSIDE + OPERATIONS[operation][-1], operation=operation)
    return b"".join(json.dumps(line).encode() + b"\n" for line in (sources_of(operation), order))


def sources_of(operation: str) -> list[tuple[str, str]]:
    """Full name and source of each file that an operation needs, in their order."""
    return [(_INSIDE + name, source_of(_INSIDE + name)) for name in OPERATIONS[operation]]


@functools.lru_cache(maxsize=None)
def source_of(name: str) -> str:
    """The source of a file of the collection, not from the file: a module's own copy is Ansible's zip.

    :param name: full name.
    """
    spec: Any = importlib.util.find_spec(name)
    source = spec.loader.get_source(name)
    # Ansible's own loader of collections gives bytes (ansible-core 2.16 to 2.21, _collection_finder.py).
    return source.decode() if isinstance(source, bytes) else str(source)
