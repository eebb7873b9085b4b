# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specification of a clone, out of what `docker inspect` said of real containers (support/inspected.json)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.clone import (
    START_PATH,
    Clone,
    CloneRefusedError,
    CloneWish,
    clone_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.owned import CANARY_LABEL, RUN_LABEL
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.clone_start import LIFETIME, WITHOUT

INSPECTED = json.loads((Path(__file__).parents[3] / "support" / "inspected.json").read_text(encoding="utf-8"))
#: What no specification may hold: passwords of the database, and addresses of who is told something.
FOREIGN = ("Db-Pa55", "Sl4ck", "llm.example.org")
OWN_LABELS = {
    CANARY_LABEL: "owner",
    RUN_LABEL: "run",
    "traefik.enable": "false",
    "com.centurylinklabs.watchtower.enable": "false",
}


def record_of(shape: str) -> dict[str, Any]:
    return copy.deepcopy(INSPECTED[shape]["container"])


def clone(
    shape: str, record: dict[str, Any] | None = None, image: dict[str, Any] | None = None, **wished: Any
) -> Clone:
    target = {"plain": "/app/config.yaml", "rich": "/app/conf/config.yaml"}[shape]
    wish = CloneWish(
        "name", "owner", "run", "/state/config.yaml", target, "/state/start.py", wished.get("without", ()), 600
    )
    own = INSPECTED[shape]["image"]
    return clone_of(record or record_of(shape), own, image or own, wish)


def environment(made: Clone) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in made.specification["Env"])


@pytest.mark.parametrize("shape", INSPECTED)
def test_nothing_of_a_clone_is_found_by_others(shape: str) -> None:
    made = clone(shape)
    text = json.dumps([made.specification, made.networks])
    assert "Aliases" not in text and "IPv4Address" not in text and "MacAddress" not in text
    assert not [word for word in FOREIGN if word in text]
    emptied = {name: value for name, value in made.specification["Labels"].items() if name not in OWN_LABELS}
    assert {**made.specification["Labels"], **emptied} == {**OWN_LABELS, **emptied} and set(emptied.values()) <= {""}
    host = made.specification["HostConfig"]
    assert host["PortBindings"] == {} and host["PublishAllPorts"] is False
    assert host["RestartPolicy"] == {"Name": "no"}
    assert made.specification["Healthcheck"] == {"Test": ["NONE"]}
    assert not {"Hostname", "Domainname", "ExposedPorts"} & set(made.specification)
    assert not {"PidMode", "UTSMode", "Binds", "VolumesFrom"} & set(host)


def test_a_plain_instance() -> None:
    made = clone("plain")
    record = record_of("plain")
    assert made.specification["Image"] == INSPECTED["plain"]["image"]["Id"] == record["Image"]
    assert made.specification["Entrypoint"] == ["/bin/sh", "/entrypoint.sh"]
    assert made.specification["Cmd"] == ["--config", "/app/config.yaml", "--port", "4000"]
    assert made.specification["WorkingDir"] == "/app"
    assert made.specification["NetworkingConfig"] == {"EndpointsConfig": {"erni-ki_default": {}}}
    assert made.networks == () and made.read_only == ()
    targets = [mount["Target"] for mount in made.specification["HostConfig"]["Mounts"]]
    assert sorted(targets) == [
        "/app/config.yaml",
        "/entrypoint.sh",
        START_PATH,
        "/run/redis",
        "/run/secrets/litellm_master_key",
        "/run/secrets/redis_password",
    ]
    (config,) = [one for one in made.specification["HostConfig"]["Mounts"] if one["Target"] == "/app/config.yaml"]
    assert config == {"Type": "bind", "Source": "/state/config.yaml", "Target": "/app/config.yaml", "ReadOnly": True}
    told = environment(made)
    assert told["DISABLE_SCHEMA_UPDATE"] == told["LEGACY_MULTI_INSTANCE_RATE_LIMITING"] == "true"
    assert (told[LIFETIME], told[WITHOUT], told["PYTHONPATH"]) == ("600", "", "/erni_ki_canary")
    assert told["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"


def test_limits_rights_and_networks_are_those_of_the_instance() -> None:
    made, record = clone("rich"), record_of("rich")
    host = made.specification["HostConfig"]
    for name in (
        *("Memory", "MemorySwap", "NanoCpus", "PidsLimit", "ShmSize", "Ulimits", "SecurityOpt", "CapAdd", "CapDrop"),
        *("ReadonlyRootfs", "Tmpfs", "ExtraHosts", "Dns", "Sysctls", "Init", "GroupAdd"),
    ):
        assert host[name] == record["HostConfig"][name], name
    assert made.specification["User"] == "1000:1000" and made.specification["StopSignal"] == "SIGINT"
    # The network of the default route is the first, the other one is joined before the start.
    assert made.specification["NetworkingConfig"]["EndpointsConfig"] == {"erni-ki-back": {}}
    assert host["NetworkMode"] == "erni-ki-back" and made.networks == (("erni-ki-front", {}),)
    assert host["CpuShares"] == 512 and host["OomScoreAdj"] == 1000
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "1"}


def test_what_an_instance_can_write_its_clone_can_only_read() -> None:
    made = clone("rich")
    mounts = {mount["Target"]: mount for mount in made.specification["HostConfig"]["Mounts"]}
    assert made.read_only == ("/app/data",)
    assert mounts["/app/data"]["ReadOnly"] is True and mounts["/app/data"]["Source"] == "erni-ki-data"
    # A volume without a name is made anew, and a file of a mounted folder lies over it.
    assert mounts["/app/scratch"] == {"Type": "volume", "Target": "/app/scratch"}
    assert mounts["/app/cache"]["Type"] == "tmpfs"
    assert mounts["/app/conf"]["ReadOnly"] is True
    assert mounts["/app/conf/config.yaml"]["Source"] == "/state/config.yaml"


def test_variables_that_lead_elsewhere_are_given_up() -> None:
    record = record_of("rich")
    record["Config"]["Env"] += ["REDIS_HOST=redis", "SERVICE_4000_NAME=llm", "DATABASE_PASSWORD=Db-Pa55"]
    told = environment(clone("rich", record, without=("REDIS_HOST",)))
    assert not {"DATABASE_URL", "DIRECT_URL", "STORE_MODEL_IN_DB", "SLACK_WEBHOOK_URL", "VIRTUAL_HOST"} & set(told)
    assert not {"REDIS_HOST", "SERVICE_4000_NAME", "DATABASE_PASSWORD"} & set(told)
    assert told["REDIS_PASSWORD"] == "R3dis-Pa55" and told["PYTHONPATH"] == "/erni_ki_canary:/app/plugins"
    assert told[WITHOUT] == "REDIS_HOST"


def test_another_image_brings_what_the_instance_had_from_its_own() -> None:
    own = INSPECTED["rich"]["image"]
    own_config = {"Cmd": ["litellm", "--port", "4000"], "Env": ["PATH=/old/bin", "KEPT=1"], "WorkingDir": "/app"}
    labels = {"com.docker.compose.project": "erni-ki", "com.docker.compose.service": "litellm"}
    other = {"Id": "sha256:other", "Config": {"Env": ["PATH=/new/bin"], "Cmd": ["serve"], "Labels": labels}}
    record = record_of("rich")
    record["Config"].update(Cmd=["litellm", "--port", "4000"], Env=["PATH=/old/bin", "KEPT=2", "MINE=1"])
    wish = CloneWish("n", "owner", "run", "/s/c", "/app/conf/config.yaml", "/s/p", (), 600)
    made = clone_of(record, dict(own, Config=own_config), other, wish)
    told = environment(made)
    assert (told["PATH"], told["KEPT"], told["MINE"]) == ("/new/bin", "2", "1")
    assert not {"Cmd", "WorkingDir"} & set(made.specification)
    assert made.specification["User"] == "1000:1000"
    # An image that Compose has built names a project and a service: discovery goes by these labels.
    assert made.specification["Labels"]["com.docker.compose.project"] == ""
    # A command of its own stays; with an entrypoint of its own the engine takes none from the image.
    record["Config"].update(Entrypoint=["/bin/sh", "/entrypoint.sh"])
    made = clone_of(record, dict(own, Config=own_config), other, wish)
    assert made.specification["Cmd"] == ["litellm", "--port", "4000"]
    # Where nobody knows the own image any more, everything is taken for the instance's own.
    assert environment(clone_of(record, None, other, wish))["PATH"] == "/old/bin"


@pytest.mark.parametrize(
    ("mode", "told"),
    [("host", "uses the network of the host"), ("container:0123", "uses the network of another container")],
)
def test_a_network_that_is_not_its_own_is_refused(mode: str, told: str) -> None:
    record = record_of("plain")
    record["HostConfig"]["NetworkMode"] = mode
    with pytest.raises(CloneRefusedError, match=told):
        clone("plain", record)


def test_without_a_network_there_is_none_to_join() -> None:
    record = record_of("plain")
    record["HostConfig"]["NetworkMode"] = "none"
    record["NetworkSettings"]["Networks"] = {"none": {}}
    made = clone("plain", record)
    assert made.specification["HostConfig"]["NetworkMode"] == "none"
    assert made.specification["NetworkingConfig"] == {"EndpointsConfig": {}}


@pytest.mark.parametrize(("mode", "own"), [("shareable", "private"), ("container:0123", "private"), ("host", "host")])
def test_memory_is_shared_with_no_instance(mode: str, own: str) -> None:
    record = record_of("plain")
    record["HostConfig"]["IpcMode"] = mode
    assert clone("plain", record).specification["HostConfig"]["IpcMode"] == own
