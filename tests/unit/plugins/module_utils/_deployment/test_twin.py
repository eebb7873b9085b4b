# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another container like one that Compose made, out of what Docker says of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.twin import twin_of

ID = "bc1a50212fd3" + "0" * 52


def record(**host: Any) -> dict[str, Any]:
    """What Docker 20.10 says of the third instance of a service, shortened."""
    return {
        "Id": ID,
        "Name": "/ki-litellm-3",
        "Config": {
            "Hostname": "bc1a50212fd3",
            "Image": "litellm:1",
            "Env": ["KEY=secret"],
            "Labels": {"com.docker.compose.container-number": "3", "com.docker.compose.config-hash": "abc"},
        },
        "HostConfig": {"NetworkMode": "ki_default", "Binds": ["/srv/a:/a:ro"], **host},
        "NetworkSettings": {
            "Networks": {
                "ki_data": {"Aliases": ["ki-litellm-3", "litellm", "bc1a50212fd3"], "IPAddress": "172.18.0.9"},
                "ki_default": {
                    "Aliases": ["ki-litellm-3", "litellm", "llm", "bc1a50212fd3"],
                    "IPAddress": "172.17.0.9",
                    "MacAddress": "02:42:ac:11:00:09",
                    "DriverOpts": {"com.docker.network.endpoint.sysctls": "x"},
                    "Links": None,
                },
            }
        },
    }


def test_it_differs_by_its_name_and_number_alone() -> None:
    found = record()
    specification, further = twin_of(found, "ki-litellm-1", 1)
    assert specification == {
        "Image": "litellm:1",
        "Env": ["KEY=secret"],
        "Labels": {"com.docker.compose.container-number": "1", "com.docker.compose.config-hash": "abc"},
        "HostConfig": found["HostConfig"],
        "NetworkingConfig": {
            "EndpointsConfig": {
                "ki_default": {
                    "Aliases": ["ki-litellm-1", "litellm", "llm"],
                    "DriverOpts": {"com.docker.network.endpoint.sysctls": "x"},
                }
            }
        },
    }
    assert further == {"ki_data": {"Aliases": ["ki-litellm-1", "litellm"]}}
    assert found == record()


def test_a_host_name_that_somebody_chose_stays() -> None:
    found = record()
    found["Config"]["Hostname"] = "proxy"
    assert twin_of(found, "ki-litellm-1", 1)[0]["Hostname"] == "proxy"


def test_where_the_network_is_that_of_the_host_there_is_none_to_name() -> None:
    found = record(NetworkMode="host")
    found["NetworkSettings"]["Networks"] = {"host": {"Aliases": None}}
    specification, further = twin_of(found, "ki-litellm-1", 1)
    assert "NetworkingConfig" not in specification and not further
