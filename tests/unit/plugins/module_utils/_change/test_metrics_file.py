# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of metrics: whose it is, how it is written, and that it fails nothing."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics import Sample
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics_file import (
    MetricsError,
    MetricsFile,
    named_by,
    require_directory,
    tell,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.mode_change import Author, ModeChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease, PendingChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.precautions import Precautions
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.full_disk import files_end_at
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged

TEXT = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The directory that node_exporter reads."""
    (tmp_path / "textfile").mkdir()
    return tmp_path / "textfile"


@pytest.fixture
def file(folder: Path) -> MetricsFile:
    return MetricsFile.of(str(folder), "erni-ki", "litellm", "/opt/x/config.yaml")


def values(path: str) -> dict[str, str]:
    """What a file says, by name."""
    lines = [line for line in Path(path).read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return {line.partition("{")[0].removeprefix("litellm_cache_"): line.rpartition(" ")[2] for line in lines}


def test_no_two_deployments_share_a_file(folder: Path) -> None:
    deployments = [
        ("a", "litellm", "/opt/a/config.yaml"),
        ("b", "litellm", "/opt/a/config.yaml"),
        ("a", "proxy", "/opt/a/config.yaml"),
        ("a", "litellm", "/opt/b/config.yaml"),
        ("a b", "litellm", "/opt/a/config.yaml"),
        ("a/b", "litellm", "/opt/a/config.yaml"),
    ]
    paths = {MetricsFile.of(str(folder), *one).path for one in deployments}
    assert len(paths) == len(deployments) and {os.path.dirname(path) for path in paths} == {str(folder)}


@pytest.mark.parametrize("name", ["../../etc", "x" * 999, "a\nb", "", "..", "é\ud800"])
def test_a_hostile_name_stays_a_name_of_bounded_length(folder: Path, name: str) -> None:
    path = (
        MetricsFile.of(str(folder), name, name, "/c").path if "\ud800" not in name else str(folder / "litellm_cache.")
    )
    assert Path(path).parent == folder and len(Path(path).name) < 200
    assert Path(path).name.startswith("litellm_cache.") and "\n" not in path


@pytest.mark.parametrize(
    ("directory", "message"),
    [
        ("metrics", r"^litellm_cache_textfile_dir must be an absolute path on the managed host, not metrics$"),
        (
            "/nowhere/at/all",
            r"^litellm_cache_textfile_dir: there is no directory /nowhere/at/all on the managed host: ",
        ),
        ("/etc/passwd", r"^litellm_cache_textfile_dir: there is no directory /etc/passwd on the managed host: "),
    ],
)
def test_a_directory_that_is_none_is_told_with_the_variable(directory: str, message: str) -> None:
    with pytest.raises(MetricsError, match=message):
        require_directory(directory)


def test_a_directory_of_somebody_else_is_told_with_the_way_out() -> None:
    def refused() -> str:
        try:
            require_directory("/usr")
        except MetricsError as error:
            return str(error)
        return ""

    told = "litellm_cache_textfile_dir: this user may not write into /usr: run the play with become"
    assert unprivileged(refused) == told


def test_it_is_written_whole_for_everybody_to_read(file: MetricsFile, folder: Path) -> None:
    file.write([Sample("problems", 1)])
    assert os.stat(file.path).st_mode & 0o777 == 0o644
    assert values(file.path)["problems"] == "1" and "last_written_timestamp_seconds" in values(file.path)
    before = os.stat(file.path).st_ino
    file.write([Sample("problems", 2)])
    assert os.stat(file.path).st_ino != before and os.listdir(folder) == [os.path.basename(file.path)]


def test_what_a_killed_writer_left_goes_and_was_never_read(file: MetricsFile, folder: Path) -> None:
    left = folder / f".litellm_cache.{os.path.basename(file.path)}.abcdefgh"
    left.write_text("half of a li")
    (folder / "other.prom").write_text("up 1\n")
    assert [path.name for path in folder.glob("*.prom")] == ["other.prom"]
    file.write([])
    assert sorted(path.name for path in folder.iterdir()) == sorted([os.path.basename(file.path), "other.prom"])


def test_writers_at_the_same_time_leave_one_whole_file(file: MetricsFile, folder: Path) -> None:
    def write(number: int) -> None:
        for _time in range(20):
            file.write([Sample("problems", number), Sample("instances", number)])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = values(file.path)
    assert seen["problems"] == seen["instances"] and len(list(folder.iterdir())) == 1


def test_a_full_disk_is_told_and_leaves_the_file_of_before(file: MetricsFile, folder: Path) -> None:
    file.write([Sample("problems", 1)])
    with (
        files_end_at(20),
        pytest.raises(MetricsError, match=r"^litellm_cache_textfile_dir: .*\.prom cannot be written: "),
    ):
        file.write([Sample("problems", 2)])
    assert values(file.path)["problems"] == "1" and len(list(folder.iterdir())) == 1


def opened(tmp_path: Path, file: MetricsFile) -> tuple[ChangeState, PendingChange]:
    """A state with a change that is pending, and tells its metrics."""
    state, change = ChangeState(str(tmp_path / "state")), replace(CHANGE, metrics=file.to_dict())
    with state.locked():
        state.open_change(change, Lease.begin("night-1", 300))
    return state, change


def test_whoever_ends_a_change_writes_it(tmp_path: Path, file: MetricsFile) -> None:
    state, change = opened(tmp_path, file)
    tell(state, change, {"alive": True, "remaining_seconds": 30})
    assert (values(file.path)["pending_change"], values(file.path)["guard_alive"]) == ("1", "1")
    with state.locked():
        state.claim(change, REVERTING)
        assert named_by(state) == change
        state.close_change(change.record("reverted", by="guard"))
    seen = values(file.path)
    assert (seen["pending_change"], seen["last_change_success"]) == ("0", "0") and "guard_alive" not in seen
    assert 'result="reverted",by="guard"' in Path(file.path).read_text(encoding="utf-8")


def test_a_change_that_is_made_final_writes_it(tmp_path: Path, file: MetricsFile) -> None:
    state, _change = opened(tmp_path, file)
    assert not os.path.exists(file.path)
    state.confirm("night-1", {})
    assert values(file.path)["last_change_success"] == "1"


def test_a_directory_that_went_away_fails_no_change(tmp_path: Path, file: MetricsFile, folder: Path) -> None:
    state, _change = opened(tmp_path, file)
    folder.rmdir()
    assert state.confirm("night-1", {}) is not None
    assert state.history()[-1]["result"] == "confirmed" and not folder.exists()


def test_a_record_of_something_else_fails_no_change(tmp_path: Path, file: MetricsFile) -> None:
    state, change = opened(tmp_path, file)
    tell(state, replace(change, metrics={"where": file.path}))
    tell(state, replace(change, metrics=None))
    tell(state, None)
    assert not os.path.exists(file.path)


def test_without_a_change_nobody_names_it(tmp_path: Path) -> None:
    state = ChangeState(str(tmp_path / "state"))
    assert named_by(state) is None
    with state.locked():
        (state.directory / "pending.json").write_text("{")
    assert named_by(state) is None


def test_a_commit_tells_that_a_change_is_pending_and_one_that_fails_that_none_is(
    tmp_path: Path, file: MetricsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(TEXT)
    change = ModeChange(str(config), ChangeState(str(tmp_path / "state")), Author("night-1", "alice", ""))
    precautions = Precautions(60, 5, metrics=file.to_dict())
    plan = change.plan(CacheWishes(mode="redis"))
    with monkeypatch.context() as away:
        away.setattr(type(change.file), "replace", _refuse)
        with pytest.raises(LitellmCacheError, match="disk"):
            change.commit(plan, None, precautions)
    assert values(file.path)["pending_change"] == "0"
    assert change.commit(plan, None, precautions) is not None
    assert values(file.path)["pending_change"] == "1"


def _refuse(*_arguments: object) -> None:
    raise LitellmCacheError("the disk is full")
