# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a probe observes: where clients differ from what is wanted, and what the server would refuse."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import probe as inside

HOST = {"host": "redis", "port": 6379, "db": 1}


def test_a_wait_that_no_client_of_several_servers_has_is_told_and_a_certificate_is_asked_for() -> None:
    pytest.importorskip("redis")
    wanted = {"kind": "cluster", "socket_timeout": 30.0, "ssl_certfile": "/c"}
    client = {"kind": "cluster", "socket_timeout": None, "ssl_certfile": None}
    seen = inside._differences_of(wanted, {"sync": client})
    assert [(one["code"], one["setting"]) for one in seen] == [
        ("differs", "socket_timeout"),
        ("ineffective", "ssl_certfile"),
    ]
    node = {"kind": "node", "host": "one"}
    assert inside._differences_of(wanted, {"sync": node})[0]["effective"] == "one server alone"


def test_each_setting_is_observed_once_for_all_clients() -> None:
    pytest.importorskip("redis")
    client = dict(HOST, kind=inside.NODE, db=0, health_check_interval=0)
    wanted = dict(HOST, health_check_interval=30.0)
    assert inside._differences_of(wanted, {"sync": client, "async": client}) == [
        {"code": "misplaced", "setting": "db", "clients": ["sync", "async"], "wanted": 1, "effective": 0},
        {
            "code": "differs",
            "setting": "health_check_interval",
            "clients": ["sync", "async"],
            "wanted": 30.0,
            "effective": 0.0,
        },
    ]


def test_full_memory_is_told_once_and_a_missing_permission_by_its_weight() -> None:
    full = "OutOfMemoryError: command not allowed when used memory > 'maxmemory'"
    server = {
        "refused": {"SET": full, "INCRBYFLOAT": full, "GET": "NoPermissionError: no", "TTL": "NoPermissionError: no"},
        "memory": {"limit": 5, "policy": "noeviction", "used": 6},
    }
    seen = [(entry["code"], entry["setting"]) for entry in inside._of_the_server(server)]
    assert seen == [
        ("redis_full", "SET"),
        ("permission_missing", "GET"),
        ("permission_limited", "TTL"),
        ("eviction_policy", "maxmemory-policy"),
    ]
    assert inside._of_the_server({"refused": None, "memory": None}) == []
