# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nodes of a Cluster and Sentinels tell of who has the keys.

Pure.
"""

from __future__ import annotations

from typing import Any

Node = tuple[str, int]
#: What a node gives in the place of a name that it does not have (``cluster-preferred-endpoint-type``).
NAMELESS = b"?"
REPLICA = "slave"


def slots_of(reply: Any, answered: Node) -> dict[Node, tuple[tuple[int, int], ...]]:
    """Slots by primary, from a reply to ``CLUSTER SLOTS``; empty where the node belongs to no Cluster yet.

    :param answered: the node that answered. It means its own host where it names none.
    """
    found: dict[Node, list[tuple[int, int]]] = {}
    for first, last, primary, *_replicas in reply:
        found.setdefault((_host_of(primary, answered), int(primary[1])), []).append((first, last))
    return {node: tuple(sorted(slots)) for node, slots in found.items()}


def _host_of(primary: Any, answered: Node) -> str:
    name = primary[0]
    if name == NAMELESS:
        others = primary[3] if len(primary) > 3 else []
        name = dict(zip(others[::2], others[1::2])).get(b"ip")
    return name.decode() if name else answered[0]


def primary_of(reply: Any) -> Node | None:
    """Host and port from a reply to ``SENTINEL GET-MASTER-ADDR-BY-NAME``, None where it knows no such service."""
    return (reply[0].decode(), int(reply[1])) if reply else None


def role_of(reply: Any) -> str | None:
    """The role that a server says it has, from a reply to ``ROLE``."""
    return reply[0].decode() if isinstance(reply, list) and reply else None
