# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the last start of an instance took, by its log; the restart itself: integration/test_real_bridge.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.bridged_restart import (
    BridgedRestart,
    last_start,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.rolling_restart import RestartError, Waits
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container, frame

LOG = """2026-01-31T12:00:01.000000000Z INFO:     Waiting for application startup.
2026-01-31T12:00:06.250000000Z INFO:     Application startup complete.
2026-01-31T12:00:09.000000000Z INFO:     Application startup complete.
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        yield running


def deployment(server: EngineServer, folder: Path, log: str, **record: Any) -> Deployment:
    """One instance with that log, and with what else its record holds."""
    made = {**container(1, folder), **record}
    made["Mounts"] = [{"Type": "bind", "Source": str(folder / "config.yaml"), "Destination": "/app/config.yaml"}]
    server.answers[f"GET /containers/{made['Id']}/logs"] = frame(1, log.encode())
    server.has(made)
    options = {"project_dir": str(folder), "service": "litellm", "state_dir": str(folder / "state")}
    return Deployment.open({**options, "project_name": None, "docker_host": server.host})


@pytest.mark.parametrize(
    ("log", "seconds"),
    [(LOG, 6.2), ("", None), ("2026 Application startup complete", None), ("x Application startup complete\n", None)],
)
def test_how_long_the_last_start_took(server: EngineServer, tmp_path: Path, log: str, seconds: float | None) -> None:
    found = deployment(server, tmp_path, log)
    assert last_start(found, found.instances[0]) == pytest.approx(seconds, abs=0.1) if seconds else True
    if seconds is None:
        assert last_start(found, found.instances[0]) is None


def test_why_there_is_no_bridge_is_told_with_what_that_costs(server: EngineServer, tmp_path: Path) -> None:
    found = deployment(server, tmp_path, LOG)
    told = BridgedRestart(found, server.host, Waits(60, 0), None, stays=False).foresee()
    assert told["why_not"] == "litellm-1 is in Docker's default network alone, in which containers have no names"
    assert told["foreseen"] == (
        f"no bridge: {told['why_not']}. Requests fail while litellm-1 restarts, its last start took 6.2 s"
    )


def test_an_engine_that_does_not_let_one_look_is_no_hindrance(server: EngineServer, tmp_path: Path) -> None:
    networks = {"Networks": {"net": {"IPAddress": "172.18.0.2"}}}
    found = deployment(server, tmp_path, "", NetworkSettings=networks)
    server.answers["GET /networks/net"] = (403, {"message": "forbidden by the proxy"})
    told = BridgedRestart(found, server.host, Waits(60, 0), None, stays=False).foresee()
    assert told["why_not"] == "Docker cannot look at the network net: forbidden by the proxy"


class Restarted:
    """A restart that went well."""

    def run(self, instances: list[Any]) -> list[dict[str, Any]]:
        """What it tells."""
        return [{"name": one.name} for one in instances]


def could_be_bridged(server: EngineServer, folder: Path, state_dir: str) -> Deployment:
    """A deployment over whose restart there could be a bridge, as far as can be seen before."""
    neighbour = container(2, folder)
    neighbour["Config"]["Labels"] = {}
    path = f"/containers/{2:064d}/json"
    networks = {"Networks": {"net": {"IPAddress": "172.18.0.2"}}}
    found = deployment(
        server, folder, "", NetworkSettings=networks, HostConfig={"NetworkMode": "net"}, Image="sha256:1"
    )
    server.answers[f"GET {path}"] = neighbour
    server.answers["GET /networks/net"] = {"Containers": {f"{2:064d}": {}}}
    server.answers["GET /images/sha256:1/json"] = {"Id": "sha256:1", "Config": {}}
    server.answers[f"GET /containers/{1:064d}/stats"] = {}
    return replace(found, state_dir=state_dir)


def test_a_state_directory_that_cannot_be_made_keeps_nobody_from_going_back(
    server: EngineServer, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    found = could_be_bridged(server, tmp_path, str(tmp_path / "file" / "state"))
    restart = BridgedRestart(found, server.host, Waits(60, 0), None, stays=False)
    assert "a second container would answer as litellm-1" in restart.foresee()["foreseen"]
    (entry,) = restart.run(Restarted())  # type: ignore[arg-type]
    assert "cannot be made" in entry["bridge"]["why_not"]
    proved = BridgedRestart(found, server.host, Waits(60, 0), lambda _instance: None, stays=False)
    with pytest.raises(
        RestartError, match="litellm-1 was not restarted, because the bridge over its restart is no good"
    ):
        proved.run(Restarted())  # type: ignore[arg-type]


def test_an_engine_that_refuses_to_remove_keeps_nobody_from_going_back(server: EngineServer, tmp_path: Path) -> None:
    found = could_be_bridged(server, tmp_path, str(tmp_path / "state"))
    server.answers["GET /containers/json"] = (500, {"message": "database is locked"})
    (entry,) = BridgedRestart(found, server.host, Waits(60, 0), None, stays=False).run(Restarted())  # type: ignore[arg-type]
    assert entry["bridge"]["why_not"] == "Docker cannot list containers: database is locked"
