# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a clone: its files, its lock, and its end."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.clone_folder import (
    CloneFolder,
    CloneFolderError,
    cleaned_up_when_ended,
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("of the instances", encoding="utf-8")
    path.chmod(0o640)
    return path


def test_its_files_are_read_by_whoever_reads_the_config_file(tmp_path: Path, config: Path) -> None:
    with CloneFolder.of(str(tmp_path / "state")) as folder:
        assert stat.S_IMODE(folder.config.parent.stat().st_mode) == 0o700
        folder.write("of the clone", str(config))
        assert folder.config.read_text(encoding="utf-8") == "of the clone"
        assert "def begin(" in folder.start.read_text(encoding="utf-8")
        for path in (folder.config, folder.start):
            assert stat.S_IMODE(path.stat().st_mode) == 0o640
            assert (path.stat().st_uid, path.stat().st_gid) == (config.stat().st_uid, config.stat().st_gid)


def test_nothing_is_left_of_it(tmp_path: Path, config: Path) -> None:
    with CloneFolder.of(str(tmp_path / "var" / "state")) as folder:
        folder.write("x", str(config))
    assert sorted(tmp_path.iterdir()) == [config]
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "journal.json").touch()
    with CloneFolder.of(str(tmp_path / "state")):
        pass
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["journal.json"]


def test_nothing_is_left_of_it_when_its_use_fails(tmp_path: Path, config: Path) -> None:
    with pytest.raises(RuntimeError), CloneFolder.of(str(tmp_path / "state")) as folder:
        folder.write("x", str(config))
        raise RuntimeError
    assert sorted(tmp_path.iterdir()) == [config]


def test_what_a_killed_run_left_is_in_nobodys_way(tmp_path: Path, config: Path) -> None:
    (tmp_path / "state" / "canary").mkdir(parents=True)
    (tmp_path / "state" / "canary" / "config.yaml").write_text("old", encoding="utf-8")
    with CloneFolder.of(str(tmp_path / "state")) as folder:
        folder.write("new", str(config))
        assert folder.config.read_text(encoding="utf-8") == "new"


def test_what_a_killed_run_left_stops_no_change(tmp_path: Path) -> None:
    (tmp_path / "state" / "canary").mkdir(parents=True, mode=0o700)
    (tmp_path / "state").chmod(0o700)
    with ChangeState(str(tmp_path / "state")).locked():
        assert (tmp_path / "state" / "format.json").exists()


def test_two_runs_have_no_clone_at_once(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    with (
        CloneFolder.of(state),
        pytest.raises(CloneFolderError, match="another run proves a change"),
        CloneFolder.of(state),
    ):
        pass
    with CloneFolder.of(state):
        pass


def test_where_it_cannot_be_made(tmp_path: Path, config: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CloneFolderError, match="cannot be made"), CloneFolder.of(str(tmp_path / "file" / "state")):
        pass
    with CloneFolder.of(str(tmp_path / "state")) as folder:
        folder.write("x", str(config))
        with pytest.raises(CloneFolderError, match="cannot be written"):  # never over what is there
            folder.write("x", str(config))


WAITS = """
import sys, threading
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.clone_folder import cleaned_up_when_ended
with cleaned_up_when_ended():
    try:
        print("waits", flush=True)
        threading.Event().wait()
    finally:
        print("cleaned up", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_a_run_after_it_has_cleaned_up(number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen([sys.executable, "-c", WAITS], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "waits\n"
        process.send_signal(number)
        assert process.stdout.read() == "cleaned up\n"
    assert process.returncode == 128 + number


def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with cleaned_up_when_ended():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
