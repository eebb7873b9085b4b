# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which containers of a host are other proxies."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.owned import RUN_LABEL
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.neighbours import described, is_other_proxy

LISTED = {"Id": "b", "State": "running", "Image": "ghcr.io/berriai/litellm:v1.80.0", "Labels": {}}


def own(image: str) -> Instance:
    """The one instance of the deployment."""
    record = {
        "Id": "a",
        "Name": "/erni-ki-litellm-1",
        "State": {"Status": "running", "StartedAt": "2026-11-26T11:23:00.5Z"},
        "Config": {"Image": image, "Labels": {}, "Env": []},
        "HostConfig": {},
        "Mounts": [],
        "NetworkSettings": {"Networks": {}},
    }
    return Instance.from_inspection(record)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ({}, True),
        ({"Image": "our/proxy:7"}, True),
        ({"Labels": None}, True),
        ({"Id": "a"}, False),
        ({"State": "exited"}, False),
        ({"Labels": {RUN_LABEL: "1"}}, False),
        ({"Image": "redis:7.0"}, False),
    ],
)
def test_another_proxy_runs_litellm_or_our_image(listed: dict[str, Any], told: bool) -> None:
    assert is_other_proxy([own("our/proxy:7")])({**LISTED, **listed}) is told


def test_a_container_is_told_by_its_addresses() -> None:
    networks = {"one": {"IPAddress": "172.20.0.7", "GlobalIPv6Address": ""}, "two": {"IPAddress": "172.21.0.2"}}
    record = {"Name": "/erni-ki-other-1", "NetworkSettings": {"Networks": networks}}
    assert described(record) == {"name": "erni-ki-other-1", "addresses": ["172.20.0.7", "172.21.0.2"]}
    assert described({"Name": "/host", "NetworkSettings": {}})["addresses"] == []
