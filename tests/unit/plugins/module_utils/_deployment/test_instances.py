# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Docker's records say of a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import (
    DeploymentError,
    Instance,
    moment,
    require_mounted,
    select_instances,
)


def record(directory: str, project: str = "erni-ki", service: str = "litellm", number: str = "1", **more: Any) -> Any:
    """An inspection record, cut to what is read."""
    return {
        "Id": f"{project}{service}{number}",
        "Name": f"/{project}-{service}-{number}",
        "RestartCount": 2,
        "Config": {
            "Image": "litellm:1.80.0",
            "StopTimeout": more.get("stop_timeout"),
            "Labels": {
                "com.docker.compose.project": project,
                "com.docker.compose.project.working_dir": directory,
                "com.docker.compose.service": service,
                "com.docker.compose.container-number": number,
                "com.docker.compose.oneoff": more.get("one_off", "False"),
            },
        },
        "State": {"Status": more.get("status", "running"), "StartedAt": "2026-01-31T12:00:00.5Z", "ExitCode": 3},
        "Mounts": more.get("mounts", []),
    }


def mount(source: object, inside: str, kind: str = "bind") -> dict[str, str]:
    return {"Type": kind, "Source": str(source), "Destination": inside}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-31T12:00:00Z", 1769860800.0),
        ("2026-01-31T12:00:00.123456789Z", 1769860800.123456789),
        ("0001-01-01T00:00:00Z", 0.0),
        ("", 0.0),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert moment(text) == seconds


def test_an_instance_of_a_record(tmp_path: Path) -> None:
    instance = Instance.from_inspection(record(str(tmp_path)))
    assert (instance.name, instance.project, instance.running) == ("erni-ki-litellm-1", "erni-ki", True)
    assert (instance.stop_timeout, instance.restart_count, instance.exit_code) == (60, 2, 3)
    assert Instance.from_inspection(record(str(tmp_path), stop_timeout=0)).stop_timeout == 0


def test_instances_are_those_of_the_service_in_their_order(tmp_path: Path) -> None:
    directory = str(tmp_path)
    records = [
        record(directory, number="10"),
        record(directory, number="2", status="exited"),
        record(directory, service="redis"),
        record(directory, number="3", one_off="True"),
        record("/elsewhere", project="other"),
    ]
    found = select_instances(records, directory, None, "litellm")
    assert [instance.name for instance in found] == ["erni-ki-litellm-2", "erni-ki-litellm-10"]
    (other,) = select_instances(records, directory, "other", "litellm")
    assert other.project == "other"


def test_a_directory_behind_a_link_is_the_same(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    assert select_instances([record(str(tmp_path / "link"))], str(real), None, "litellm")


@pytest.mark.parametrize(
    ("records", "name", "said"),
    [
        ([], None, "no container was started by Compose from .*litellm_cache_project_dir"),
        ([], "x", "no container belongs to the Compose project 'x': check litellm_cache_project_name"),
        (["a", "b"], None, "the Compose projects a, b were all started from .*litellm_cache_project_name"),
    ],
)
def test_errors_name_the_variable(tmp_path: Path, records: list[str], name: str | None, said: str) -> None:
    found = [record(str(tmp_path), project=project) for project in records]
    with pytest.raises(DeploymentError, match=said):
        select_instances(found, str(tmp_path), name, "litellm")


def test_a_service_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    found = [record(str(tmp_path), service="redis"), record(str(tmp_path), service="web")]
    with pytest.raises(DeploymentError, match="no container of the service 'litellm', only of redis, web: create it"):
        select_instances(found, str(tmp_path), None, "litellm")


def test_a_path_inside_the_container(tmp_path: Path) -> None:
    config = tmp_path / "conf" / "config.yaml"
    config.parent.mkdir()
    config.touch()
    mounts = [
        mount(tmp_path, "/all"),
        mount(tmp_path / "conf", "/conf/"),
        mount(tmp_path / "con", "/wrong"),
        mount(config, "/volume", kind="volume"),
    ]
    instance = Instance.from_inspection(record(str(tmp_path), mounts=mounts))
    assert instance.container_path(str(config)) == "/conf/config.yaml"
    assert instance.container_path(str(tmp_path / "other.yaml")) == "/all/other.yaml"
    assert instance.container_path("/etc/passwd") is None
    exact = Instance.from_inspection(record(str(tmp_path), mounts=[*mounts, mount(config, "/app/config.yaml")]))
    assert exact.container_path(str(config)) == "/app/config.yaml"


def test_a_file_that_is_not_mounted_is_told_with_what_is(tmp_path: Path) -> None:
    instance = Instance.from_inspection(record(str(tmp_path), mounts=[mount("/srv/real.yaml", "/app/config.yaml")]))
    with pytest.raises(DeploymentError, match="it mounts /srv/real.yaml; set litellm_cache_config_path"):
        require_mounted([instance], str(tmp_path / "config.yaml"))
    with pytest.raises(DeploymentError, match="it has no bind mount of a YAML file"):
        require_mounted([Instance.from_inspection(record(str(tmp_path)))], str(tmp_path / "config.yaml"))
