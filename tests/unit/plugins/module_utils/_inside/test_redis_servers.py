# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several servers as cache_params name them. What they answer, tests/integration/test_redis_shapes.py asks real ones."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import redis_servers as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal

CLUSTER = [{"host": "one", "port": "7000"}, {"host": "two", "port": 7001}]
SENTINELS = [["one", 26379], ["two", "26380"]]


@pytest.mark.parametrize(
    ("params", "kind", "host"),
    [
        ({"redis_startup_nodes": CLUSTER, "db": 3}, "cluster", "one:7000,two:7001"),
        ({"startup_nodes": [{"host": "one"}]}, "cluster", "one:6379"),
        ({"sentinel_nodes": SENTINELS, "service_name": "s"}, "sentinel", "one:26379,two:26380"),
        ({"redis_startup_nodes": CLUSTER, "sentinel_nodes": SENTINELS}, "cluster", "one:7000,two:7001"),
    ],
)
def test_groups(params: dict[str, Any], kind: str, host: str) -> None:
    assert inside.group_of(params) == kind
    assert inside.place_of_group(params) == {"host": host, "port": 0, "db": 0}


def test_a_database_is_there_behind_sentinels_alone() -> None:
    assert inside.place_of_group({"sentinel_nodes": SENTINELS, "db": "2"})["db"] == 2


@pytest.mark.parametrize("params", [{}, {"redis_startup_nodes": []}, {"sentinel_nodes": []}, {"service_name": "s"}])
def test_no_nodes_are_no_group(params: dict[str, Any]) -> None:
    assert inside.group_of(params) is None


@pytest.mark.parametrize(
    "params",
    [
        {"redis_startup_nodes": ["one:7000"]},
        {"redis_startup_nodes": [{"host": "one", "port": "os.environ/PORT"}]},
        {"sentinel_nodes": ["one"]},
        {"sentinel_nodes": [["one", "os.environ/PORT"]]},
    ],
)
def test_nodes_that_litellm_could_not_use_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="a node in cache_params is not"):
        inside.nodes_of(params)
