# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pending record has for the way back, with a guard and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.mode_change import Author, ModeChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.precautions import Precautions
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.revert import Revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import moment
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

TEXT = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as made:
        made.program_says({"ok": True, "answer": {"ready_seconds": 1.0, "stable_seconds": 0.0}})
        made.has(container(1, tmp_path))
        yield made


def options(folder: Path, server: EngineServer, **more: Any) -> dict[str, Any]:
    """Options of litellm_cache_mode."""
    return {
        "project_dir": str(folder),
        "project_name": "",
        "service": "litellm",
        "config_path": str(folder / "config.yaml"),
        "state_dir": str(folder / "state"),
        "docker_host": server.host,
        "confirm": "later",
        "confirm_timeout": 300,
        "snapshots_keep": 5,
        "guard": "none",
        "ready_timeout": 60,
        "stable_for": 0,
        "stop_timeout": 5,
        "before_each": "",
        "after_each": "",
        "each_timeout": 60,
        "bridge": "auto",
        **more,
    }


def test_without_a_guard_there_is_the_same_way_back(tmp_path: Path, server: EngineServer) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(TEXT)
    state = ChangeState(str(tmp_path / "state"))
    change = ModeChange(str(config), state, Author("night-1", "alice", ""))
    pending = change.commit(
        change.plan(CacheWishes(mode="redis")), None, Precautions.of(options(tmp_path, server), None, [])
    )
    assert pending is not None and pending.guard == "none" and not change._guard.alive
    assert "type: redis" in config.read_text()
    server.has(container(1, tmp_path, StartedAt="2026-01-31T13:00:00Z"))  # it was restarted, and then something failed
    with state.locked():
        state.claim(pending, REVERTING)
        record = Revert(state, pending, DockerSocket(server.host), "run").run("the confirmation failed")
    assert (record["result"], record["file"]) == ("reverted", "restored")
    assert config.read_text() == TEXT
    assert len(server.calls("/restart")) == 1


@pytest.mark.parametrize("guard", ["auto", "none"])
def test_everything_is_recorded_whether_a_guard_is_wanted_or_not(
    tmp_path: Path, server: EngineServer, guard: str
) -> None:
    made = Precautions.of(options(tmp_path, server, guard=guard), None, ["d" * 64])
    assert (made.guard == "none") == (guard == "none")
    assert replace(made, guard="").deployment == {
        "project_dir": str(tmp_path),
        "project_name": "",
        "service": "litellm",
        "config_path": str(tmp_path / "config.yaml"),
        "state_dir": str(tmp_path / "state"),
        "docker_host": server.host,
    }
    around = {"before_each": "", "after_each": "", "each_timeout": 60, "bridge": "auto"}
    assert made.waits == {"ready_timeout": 60, "stable_for": 0, "stop_timeout": 5, **around}
    assert made.started == {f"{1:064d}": moment("2026-01-31T12:00:00Z")}
    assert made.planted == ["d" * 64]


def test_the_file_alone_needs_no_docker(tmp_path: Path, server: EngineServer) -> None:
    server.path.unlink()
    assert Precautions.of(options(tmp_path, server), None, []).started == {}
    with pytest.raises(DockerError):
        Precautions.of(options(tmp_path, server, guard="auto"), None, [])
    assert Precautions.of(options(tmp_path, server, guard="auto", confirm="now"), None, []).guard == "none"


def test_where_the_metrics_go_is_recorded_too(tmp_path: Path, server: EngineServer) -> None:
    wanted = options(tmp_path, server, textfile_dir=str(tmp_path))
    made = Precautions.of(wanted, None, []).metrics
    assert made is not None and made["project"] == "erni-ki" and made["service"] == "litellm"
    assert Path(made["path"]).parent == tmp_path and made["path"].endswith(".prom")
    assert Precautions.of(options(tmp_path, server), None, []).metrics is None
