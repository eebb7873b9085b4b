# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nodes and Sentinels tell, as replies of Redis 7.0 have it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.topology import primary_of, role_of, slots_of

ANSWERED = ("answered", 7000)
REPLICA = [b"10.0.0.2", 7001, b"id", []]


@pytest.mark.parametrize(
    ("primary", "host"),
    [
        ([b"10.0.0.1", 7000, b"id", []], "10.0.0.1"),
        ([b"10.0.0.1", 7000, b"id"], "10.0.0.1"),
        # cluster-preferred-endpoint-type unknown-endpoint: the same host as the node that answered
        ([None, 7000, b"id", [b"ip", b"10.0.0.1"]], "answered"),
        ([b"", 7000, b"id"], "answered"),
        # hostname, and none was announced
        ([b"?", 7000, b"id", [b"ip", b"10.0.0.1"]], "10.0.0.1"),
        ([b"?", 7000, b"id"], "answered"),
    ],
)
def test_slots(primary: list[Any], host: str) -> None:
    reply = [[5461, 16383, primary, REPLICA], [0, 100, primary]]
    assert slots_of(reply, ANSWERED) == {(host, 7000): ((0, 100), (5461, 16383))}


def test_a_node_that_is_alone_has_no_slots() -> None:
    assert slots_of([], ANSWERED) == {}


def test_primaries_and_roles() -> None:
    assert primary_of([b"10.0.0.1", b"6379"]) == ("10.0.0.1", 6379)
    assert primary_of(None) is None
    assert role_of([b"slave", b"10.0.0.1", 6379, b"connected", 14]) == "slave"
    assert role_of([b"master", 14, []]) == "master" and role_of(None) is None
