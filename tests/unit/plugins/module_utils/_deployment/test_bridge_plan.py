# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bridge is made of, out of what `docker inspect` said of real containers (support/inspected.json)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.bridge_plan import (
    DEPENDS_ON_LABEL,
    DoorWish,
    bridge_of,
    door_of,
    names_in_networks,
    passed_by,
    why_no_bridge,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.owned import BRIDGE_LABEL, RUN_LABEL

INSPECTED = json.loads((Path(__file__).parents[3] / "support" / "inspected.json").read_text(encoding="utf-8"))
DOOR = DoorWish("/app/.venv/bin/python", "0:0", "pass", {"target": "172.18.0.9", "ports": [[4000, 4000]]})


def record_of(shape: str) -> dict[str, Any]:
    return copy.deepcopy(INSPECTED[shape]["container"])


def other(service: str, project: str = "erni-ki", **labels: str) -> dict[str, Any]:
    """Another container in the networks of an instance."""
    named = {"com.docker.compose.project": project, "com.docker.compose.service": service, **labels}
    return {"Id": "o" * 64, "Config": {"Labels": named}}


@pytest.mark.parametrize("shape", INSPECTED)
def test_a_bridge_is_its_instance_without_a_name(shape: str) -> None:
    record, image = record_of(shape), INSPECTED[shape]["image"]
    made = bridge_of(record, image, "owner", "run")
    assert made.specification["Env"][: len(record["Config"]["Env"])] == record["Config"]["Env"]
    for name in ("Entrypoint", "Cmd", "WorkingDir"):
        assert made.specification.get(name) == (record["Config"].get(name) or None)
    text = json.dumps([made.specification["NetworkingConfig"], made.networks])
    assert "Aliases" not in text and "IPv4Address" not in text
    host = made.specification["HostConfig"]
    assert "PortBindings" not in host and host["RestartPolicy"] == {"Name": "no"}
    assert host["LogConfig"] == record["HostConfig"]["LogConfig"]
    labels = made.specification["Labels"]
    assert (labels[BRIDGE_LABEL], labels[RUN_LABEL]) == ("owner", "run")
    assert not [name for name, value in labels.items() if name.startswith("com.docker.compose") and value]
    # It serves in the place of the instance, so it reads and writes what that does.
    named = [mount for mount in record["Mounts"] if mount["Type"] == "bind"]
    seen = {mount["Target"]: mount["ReadOnly"] for mount in host["Mounts"] if mount["Type"] == "bind"}
    assert seen == {mount["Destination"]: not mount.get("RW") for mount in named}


def test_a_door_can_do_nothing_but_pass_on() -> None:
    made = door_of(record_of("plain"), INSPECTED["plain"]["image"], DOOR, "owner", "run")
    assert made["Entrypoint"][:4] == ["/app/.venv/bin/python", "-I", "-c", "pass"] and made["Cmd"] == []
    assert json.loads(made["Entrypoint"][4]) == DOOR.order
    host = made["HostConfig"]
    assert (host["CapDrop"], host["ReadonlyRootfs"]) == (["ALL"], True)
    assert "Mounts" not in host and "Env" not in made
    assert made["NetworkingConfig"] == {"EndpointsConfig": {"erni-ki_default": {}}}


def test_the_names_of_an_instance() -> None:
    record = record_of("plain")
    name = record["Name"].lstrip("/")
    record["NetworkSettings"]["Networks"] = {
        "bridge": {"Aliases": None},
        "erni-ki_default": {"Aliases": ["litellm", record["Id"][:12]], "DNSNames": ["litellm", "llm"]},
    }
    assert names_in_networks(record) == {"erni-ki_default": sorted([name, "litellm", "llm"])}


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("host", "has no network of its own (network_mode: host)"),
        ("none", "has no network of its own (network_mode: none)"),
        ("container:abc", "has no network of its own (network_mode: container)"),
    ],
)
def test_without_a_network_there_is_none(mode: str, why: str) -> None:
    record = record_of("plain")
    record["HostConfig"]["NetworkMode"] = mode
    assert why in str(why_no_bridge(record, [other("webui")]))


def test_where_containers_have_no_names_there_is_none() -> None:
    record = record_of("plain")
    record["NetworkSettings"]["Networks"] = {"bridge": {}}
    assert "in which containers have no names" in str(why_no_bridge(record, [other("webui")]))
    for nothing in (None, {}, {"Networks": None}):
        assert why_no_bridge({**record, "NetworkSettings": nothing}, [other("webui")])


def test_a_fixed_address_has_none() -> None:
    record = record_of("plain")
    record["NetworkSettings"]["Networks"]["erni-ki_default"]["IPAMConfig"] = {"IPv4Address": "172.30.0.5"}
    assert "has the fixed address 172.30.0.5 in the network erni-ki_default" in str(
        why_no_bridge(record, [other("webui")])
    )


@pytest.mark.parametrize(
    ("others", "helps"),
    [
        ([], False),
        ([other("redis")], False),
        ([other("redis"), other("webui")], True),
        ([other("redis", project="another")], True),
        ([other("webui", **{BRIDGE_LABEL: "x"})], False),
    ],
)
def test_a_bridge_is_for_those_who_can_ask(others: list[dict[str, Any]], helps: bool) -> None:
    record = record_of("plain")
    record["Config"]["Labels"].update(
        {
            "com.docker.compose.project": "erni-ki",
            DEPENDS_ON_LABEL: "redis:service_started:false,db:service_healthy:true",
        }
    )
    record["HostConfig"]["PortBindings"] = {"4000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "4000"}]}
    why = why_no_bridge(record, [*others, record])
    assert (why is None) == helps
    assert helps or "depends on is in its networks, so its clients come by its published port" in str(why)
    record["HostConfig"]["PortBindings"] = {}
    assert helps or "so nobody asks it by its name" in str(why_no_bridge(record, others))


def test_the_ways_that_no_bridge_answers() -> None:
    record = record_of("plain")
    record["HostConfig"]["PortBindings"] = {
        "4000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "4000"}, {"HostIp": "", "HostPort": "80"}],
        "9/tcp": None,
    }
    record["Config"]["Labels"] = {"traefik.enable": "false"}
    assert passed_by(record) == ["the published port *:80", "the published port 127.0.0.1:4000"]
    record["HostConfig"]["PortBindings"] = None
    record["Config"]["Labels"] = {"traefik.http.routers.llm.rule": "Host(`llm.example.org`)"}
    assert passed_by(record) == ["Traefik, by the labels of the instance"]
