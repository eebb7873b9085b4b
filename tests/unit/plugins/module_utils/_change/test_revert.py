# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back on real files, with instances at an engine of paper."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.outcome import (
    AS_BEFORE,
    DAMAGED,
    EDITED,
    KEPT,
    RESTORED,
    UNDONE,
    told,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease, PendingChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.revert import Revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import REVERTING
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import (
    ConfigFileAwayError,
    sha256_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import moment
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.rolling_restart import RestartRefusedError
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

BEFORE = b"litellm_settings:\r\n  cache: false\r\n"
CANDIDATE = b"litellm_settings:\n  cache: true\n  password: hunter3\n"
MODIFIED = 1_600_000_000_123_456_789
OLD, NEW = "2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z"
READY = {"ok": True, "answer": {"ready_seconds": 1.0, "stable_seconds": 0.0}}


class Place:
    """A changed config file whose change is claimed for the way back."""

    def __init__(self, folder: Path, server: EngineServer) -> None:
        self.folder, self.server = folder, server
        self.config = folder / "config.yaml"
        self.state = ChangeState(str(folder / "state"))
        self.config.write_bytes(CANDIDATE)
        server.program_says(READY)
        self.has((NEW, {}))
        with self.state.locked():
            snapshot = self.state.snapshots.take(BEFORE, str(self.config))
        self.change: PendingChange = replace(
            CHANGE,
            base_sha256=sha256_of(BEFORE),
            candidate_sha256=sha256_of(CANDIDATE),
            config_path=str(self.config),
            modified=MODIFIED,
            snapshot=snapshot,
            started={f"{number:064d}": moment(OLD) for number in (1, 2)},
            waits={"ready_timeout": 60, "stable_for": 0, "stop_timeout": 5},
            deployment={
                "project_dir": str(folder),
                "project_name": "",
                "service": "litellm",
                "config_path": str(self.config),
                "state_dir": str(folder / "state"),
            },
        )
        with self.state.locked():
            self.state.open_change(self.change, Lease.begin(CHANGE.run, 60))
            self.state.claim(self.change, REVERTING)

    def has(self, *instances: tuple[str, dict[str, Any]]) -> None:
        """From now on these are the instances, with their start and what else is special."""
        self.server.has(
            *(
                container(number, self.folder, StartedAt=start, **more)
                for number, (start, more) in enumerate(instances, 1)
            )
        )

    def way_back(self, undo: Optional[Callable[[str], Optional[str]]] = None, patience: float = 0) -> Revert:
        return Revert(self.state, self.change, DockerSocket(self.server.host), "run", undo, patience)

    def revert(self, undo: Optional[Callable[[str], Optional[str]]] = None) -> dict[str, Any]:
        with self.state.locked():
            record = self.way_back(undo).run("a try")
        assert self.state.history() == [record]
        assert (self.state.pending(), self.state.reverting()) == (None, None)
        assert "hunter" not in json.dumps(record)
        return record

    @property
    def restarted(self) -> list[int]:
        return [int(call.split("/")[2]) for call in self.server.calls("/restart")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with EngineServer(tmp_path) as server:
        yield Place(tmp_path, server)


def test_bytes_and_time_of_before(place: Place) -> None:
    record = place.revert()
    assert place.config.read_bytes() == BEFORE
    assert place.config.stat().st_mtime_ns == MODIFIED
    assert (record["result"], record["file"], record["by"], record["why"]) == ("reverted", RESTORED, "run", "a try")
    assert place.restarted == [1]
    assert "restarted and running: litellm-1" in record["told"]


def test_local_mode_is_kept_where_the_state_of_before_was_down_too(place: Place) -> None:
    place.change = replace(place.change, mode_before="redis", mode_after="local", answered=False)
    record = place.revert()
    assert place.config.read_bytes() == CANDIDATE and not place.restarted
    assert (record["result"], record["file"]) == ("needs_operator", KEPT)
    assert "stays in the mode local, which needs no server, because no instance answered before" in record["told"]
    assert place.state.journal() == place.change.journal


def test_redis_mode_is_not(place: Place) -> None:
    place.change = replace(place.change, answered=False)
    assert place.revert()["file"] == RESTORED
    assert place.config.read_bytes() == BEFORE


def test_an_instance_that_never_ran_the_change_is_left_alone(place: Place) -> None:
    place.has((OLD, {}), (NEW, {}))
    assert [entry["name"] for entry in place.revert()["restarted"]] == ["litellm-2"]
    assert place.restarted == [2]


def test_a_file_that_is_as_before_is_not_touched(place: Place) -> None:
    place.config.write_bytes(BEFORE)
    inode = place.config.stat().st_ino
    record = place.revert()
    assert (record["result"], record["file"]) == ("reverted", AS_BEFORE)
    assert place.config.stat().st_ino == inode
    assert place.restarted == [1]


def test_what_somebody_edited_stays_and_nothing_is_restarted(place: Place) -> None:
    place.config.write_bytes(b"edited\n")
    record = place.revert()
    assert (record["result"], record["file"]) == ("needs_operator", EDITED)
    assert place.config.read_bytes() == b"edited\n"
    assert place.restarted == []
    assert "the bytes of before are snapshot 1" in record["told"] and "no instance was restarted" in record["told"]
    assert place.state.snapshot(1) == BEFORE


def test_what_can_be_undone_in_the_edited_text_is(place: Place) -> None:
    place.config.write_bytes(b"edited\n")
    record = place.revert(lambda text: text.upper())
    assert (record["result"], record["file"]) == ("reverted", UNDONE)
    assert place.config.read_bytes() == b"EDITED\n"
    assert place.restarted == [1]


def test_an_undo_that_cannot_leaves_it_to_the_operator(place: Place) -> None:
    place.config.write_bytes(b"edited\n")
    assert place.revert(lambda _text: None)["result"] == "needs_operator"


def test_a_file_that_is_away_is_no_edit(place: Place) -> None:
    place.config.rename(place.folder / "away")
    with place.state.locked(), pytest.raises(ConfigFileAwayError, match="no config file .*; the change is not closed"):
        place.way_back().run("a try")
    assert place.state.reverting() == place.change and place.state.history() == []
    place.config.mkdir()  # as Docker makes it for a container that mounts it, when the host has not mounted it yet
    with place.state.locked(), pytest.raises(ConfigFileAwayError, match="Is a directory"):
        place.way_back().run("a try")
    place.config.rmdir()
    (place.folder / "away").rename(place.config)
    assert place.revert()["file"] == RESTORED


def test_a_run_waits_for_a_file_that_is_away(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.config.rename(place.folder / "away")
    monkeypatch.setattr(revert.time, "sleep", lambda _seconds: (place.folder / "away").rename(place.config))
    with place.state.locked():
        assert place.way_back(patience=60).run("a try")["file"] == RESTORED


def test_what_is_no_text_was_edited(place: Place) -> None:
    place.config.write_bytes(b"\xff\xfe")
    assert place.revert()["file"] == EDITED


def damage(place: Place, content: Optional[bytes]) -> None:
    """Other bytes in the place of the snapshot, or none."""
    (snapshot,) = (place.state.directory / "snapshots").glob("*.yaml")
    snapshot.unlink()
    if content is not None:
        snapshot.write_bytes(content)


@pytest.mark.parametrize("content", [BEFORE[:-3], b"", None])
def test_a_snapshot_that_is_not_what_was_stored_is_not_written(place: Place, content: Optional[bytes]) -> None:
    damage(place, content)
    record = place.revert()
    assert (record["result"], record["file"]) == ("needs_operator", DAMAGED)
    assert place.config.read_bytes() == CANDIDATE and place.restarted == []
    assert "because snapshot 1 in the state directory is damaged or missing" in record["told"]
    assert place.state.journal() == place.change.journal  # the file is still the one that it describes


def test_the_journal_makes_the_very_bytes_of_a_damaged_snapshot(place: Place) -> None:
    damage(place, b"other")
    assert place.revert(lambda text: BEFORE.decode() if text == CANDIDATE.decode() else None)["file"] == RESTORED
    assert place.config.read_bytes() == BEFORE


def test_no_other_bytes_are_made_of_the_candidate(place: Place) -> None:
    damage(place, b"other")
    assert place.revert(lambda _text: "nearly")["file"] == DAMAGED
    assert place.config.read_bytes() == CANDIDATE


def test_nothing_is_asked_before_the_file_is_restored_and_no_log_before_the_restarts(place: Place) -> None:
    place.has((NEW, {}), (NEW, {}))
    seen: list[bytes] = []
    answer = place.server.answer

    def looking(request: Any) -> None:
        seen.append(place.config.read_bytes())
        answer(request)

    place.server.answer = looking  # type: ignore[method-assign]
    place.revert()
    assert set(seen) == {BEFORE}
    order = [
        call.rsplit("/")[-1] for call, _query, _order in place.server.asked if call.endswith(("/restart", "/logs"))
    ]
    assert order == ["restart", "restart", "logs", "logs"]


def test_a_log_is_read_up_to_the_restart(place: Place) -> None:
    place.revert()
    (query,) = (query for call, query, _order in place.server.asked if call.endswith("/logs"))
    assert int(query["until"][0]) <= time.time() + 1 and int(query["since"][0]) == int(CHANGE.since)


def test_a_log_that_makes_no_sense_stops_nothing(place: Place) -> None:
    place.server.answers[f"GET /containers/{1:064d}/logs"] = b"\1\0\0\0"  # the beginning of a frame
    record = place.revert()
    assert record["result"] == "reverted"
    assert [seen["log"] for seen in record["failure"]] == [[]]


def test_what_was_undone_is_known_when_it_is_begun_again(place: Place) -> None:
    place.config.write_bytes(b"edited\n")
    place.server.path.rename(place.server.path.with_suffix(".away"))
    with place.state.locked(), pytest.raises(DockerError):
        place.way_back(lambda text: text.upper()).run("a try")
    place.server.path.with_suffix(".away").rename(place.server.path)
    place.change = place.state.reverting() or place.change
    assert place.revert()["file"] == UNDONE  # by the guard, which could not undo anything
    assert place.restarted == [1]


def test_one_that_does_not_come_back_keeps_nobody_from_it(place: Place) -> None:
    place.has((NEW, {}), (NEW, {}))
    place.server.answers[f"POST /containers/{1:064d}/restart"] = (404, {"message": "No such container"})
    record = place.revert()
    assert record["result"] == "revert_incomplete"
    assert [bool(entry["problem"]) for entry in record["restarted"]] == [True, False]
    assert "no such container" in record["told"] and "restarted and running: litellm-2" in record["told"]
    assert place.config.read_bytes() == BEFORE


def test_one_that_was_removed_meanwhile_needs_no_restart(place: Place) -> None:
    place.has((NEW, {}), (NEW, {}))
    answer = place.server.answer

    def removed(request: Any) -> None:
        if request.path.split("?")[0].endswith("/restart"):
            place.server.answers[f"GET /containers/{1:064d}/json"] = (404, {"message": "No such container"})
            place.server.answers[f"POST /containers/{1:064d}/restart"] = (404, {"message": "No such container"})
        answer(request)

    place.server.answer = removed  # type: ignore[method-assign]
    record = place.revert()
    assert (record["result"], record["instances_told"]) == ("reverted", "restarted and running: litellm-2")


TROUBLES = [(500, {"message": "no space left"}), (503, b"busy"), b"garbage"]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("call", ["GET /containers/json", f"GET /containers/{1:064d}/json"])
def test_an_instance_that_docker_does_not_tell_of_is_not_forgotten(place: Place, call: str, trouble: Any) -> None:
    place.has((NEW, {}), (NEW, {}))
    fine, place.server.answers[call] = place.server.answers[call], trouble
    with place.state.locked(), pytest.raises(DockerError):
        Revert(place.state, place.change, DockerSocket(place.server.host), "guard").run("a try")
    assert place.config.read_bytes() == BEFORE  # the file comes first
    claimed = place.state.reverting()
    assert claimed is not None and claimed.way_back == {"file": "restored"} and place.state.history() == []
    place.server.answers[call] = fine
    assert place.revert()["result"] == "reverted"
    assert place.restarted == [1, 2]


def test_one_that_docker_does_not_restart_keeps_nobody_from_it_and_is_tried_again(place: Place) -> None:
    place.has((NEW, {}), (NEW, {}))
    place.server.answers[f"POST /containers/{1:064d}/restart"] = (500, {"message": "no space left"})
    with (
        place.state.locked(),
        pytest.raises(RestartRefusedError, match="litellm-1 did not come back: .*: no space left"),
    ):
        Revert(place.state, place.change, DockerSocket(place.server.host), "guard").run("a try")
    assert place.restarted == [1, 2] and place.config.read_bytes() == BEFORE
    place.change = place.state.reverting()  # type: ignore[assignment]  # as the guard reads it
    assert place.change is not None and place.state.history() == []
    place.server.answers[f"POST /containers/{1:064d}/restart"] = (204, b"")
    assert place.revert()["result"] == "reverted"
    assert place.restarted == [1, 2, 1]  # the second one is left alone


def test_what_the_instance_told_of_its_failure_is_kept_without_secrets(place: Place) -> None:
    health = {"Log": [{"Output": "wrong: hunter2, hunter3"}]}
    place.has((NEW, {"Health": health, "Status": "exited", "ExitCode": 3}))
    restart = place.server.answer

    def restarted(request: Any) -> None:
        if request.path.split("?")[0].endswith("/restart"):
            place.has((NEW, {}))
        restart(request)

    place.server.answer = restarted  # type: ignore[method-assign]
    (seen,) = place.revert()["failure"]
    assert (seen["instance"], seen["exit_code"], seen["status"]) == ("litellm-1", 3, "exited")
    assert seen["health"] == ["wrong: ********, ********"]


def test_no_deployment_any_more_is_told(place: Place) -> None:
    place.has()
    record = place.revert()
    assert record["result"] == "revert_incomplete" and record["file"] == RESTORED
    assert record["restarted"][0]["name"] == "litellm"


def test_without_docker_the_file_is_restored_and_the_change_stays_claimed(place: Place) -> None:
    place.server.path.rename(place.server.path.with_suffix(".away"))
    with place.state.locked(), pytest.raises(DockerError):
        Revert(place.state, place.change, DockerSocket(place.server.host), "guard").run("a try")
    assert place.config.read_bytes() == BEFORE
    left = place.state.reverting()
    assert left is not None and left.way_back["file"] == RESTORED and place.state.history() == []
    place.server.path.with_suffix(".away").rename(place.server.path)
    assert place.revert()["file"] == AS_BEFORE  # begun again where it was cut off
    assert place.restarted == [1]


def test_planted_entries_are_removed_with_the_text_that_reaches_them(place: Place) -> None:
    place.revert()
    removal = [order for order in place.server.orders if order["operation"] == "redis"]
    assert [(order["delete"], order["candidate"]) for order in removal] == [(["d" * 64], CANDIDATE.decode())]


def test_nothing_planted_is_nothing_to_remove(place: Place) -> None:
    place.change = replace(place.change, planted=[])
    place.revert()
    assert [order["operation"] for order in place.server.orders] == ["wait"]


@pytest.mark.parametrize("file", [RESTORED, UNDONE, AS_BEFORE, EDITED, DAMAGED])
def test_each_outcome_has_words(file: str) -> None:
    words = told(CHANGE, file, [{"name": "a", "problem": None}, {"name": "b", "problem": "b is gone"}])
    assert CHANGE.config_path in words["file_told"]
    assert words["instances_told"] == "restarted and running: a; b is gone"
    assert told(CHANGE, file, [])["instances_told"] == "no instance was restarted"
