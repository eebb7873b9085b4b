# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of the file: committed, confirmed, reverted, lapsed, and disturbed by somebody."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.mode_change import (
    Author,
    ChangedMeanwhileError,
    ModeChange,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import PendingChange
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.precautions import Precautions
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.revert import Revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState, PendingChangeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import (
    CONFIRMING,
    REVERTING,
    StateError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import ConfigFileError
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.project import state_dir_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.empty_engine import EmptyEngine
from ansible_collections.erni_ki.litellm.tests.unit.support.full_disk import files_end_at

TEXT = """\
litellm_settings:
  cache: true
  cache_params:
    type: local  # in the process
    ttl: 1800
"""
REDIS = CacheWishes(mode="redis")
LOCAL = CacheWishes(mode="local")
DEPLOYMENT = {"project_dir": "/", "service": "litellm", "project_name": "none"}


class Place:
    """One config file with its state."""

    def __init__(self, directory: Path) -> None:
        self.config = directory / "config.yaml"
        self.config.write_text(TEXT)
        self.state = ChangeState(str(directory / "state"))

    def change(self, run: str, take_over: bool = False) -> ModeChange:
        return ModeChange(str(self.config), self.state, Author(run, "alice", "a try"), take_over)

    def commit(self, run: str, wishes: CacheWishes, lease: int = 300, **how: Any) -> PendingChange | None:
        change = self.change(run, **how)
        return change.commit(change.plan(wishes), None, Precautions(lease, 5, deployment=DEPLOYMENT))

    def confirm(self, run: str) -> PendingChange | None:
        return self.state.confirm(run, {"seen": 1})

    def revert(self) -> str:
        """What became of the file."""
        pending = self.state.pending()
        assert pending is not None
        with self.state.locked():
            self.state.claim(pending, REVERTING)
            record = Revert(self.state, pending, EmptyEngine(), "run").run("a try")
        assert self.state.reverting() is None
        return record["file"]

    @property
    def text(self) -> str:
        return self.config.read_text()

    @property
    def results(self) -> list[str]:
        return [entry["result"] for entry in self.state.history()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_planning_writes_nothing(place: Place) -> None:
    assert place.change("a").plan(REDIS).changed
    assert place.text == TEXT
    assert not place.state.directory.exists()


def test_committed_and_confirmed_there_and_back(place: Place) -> None:
    pending = place.commit("a", REDIS)
    assert pending is not None
    assert (pending.mode_before, pending.mode_after) == ("local", "redis")
    assert "type: redis" in place.text
    assert place.state.snapshot(pending.snapshot) == TEXT.encode()
    assert place.state.journal() is None
    confirmed = place.confirm("a")
    assert confirmed is not None and confirmed.summary() == pending.summary()
    assert confirmed.journal is not None
    assert place.state.journal() == confirmed.journal
    assert place.state.pending() is None
    assert place.commit("b", LOCAL) is not None
    assert place.text == TEXT
    place.confirm("b")
    assert place.state.journal() is None
    history = place.state.history()
    assert [(entry["from"], entry["to"], entry["result"]) for entry in history] == [
        ("local", "redis", "confirmed"),
        ("redis", "local", "confirmed"),
    ]
    assert history[0]["evidence"] == {"seen": 1}
    assert {(entry["user"], entry["reason"]) for entry in history} == {("alice", "a try")}


def test_what_is_as_wanted_leaves_no_change(place: Place) -> None:
    assert place.commit("a", LOCAL) is None
    assert not place.state.directory.exists()
    assert place.confirm("a") is None
    assert place.results == []


def test_reverted_to_the_bytes_and_the_time_of_before(place: Place) -> None:
    os.utime(place.config, ns=(1, 1_600_000_000_987_654_321))
    place.commit("a", REDIS)
    assert place.config.stat().st_mtime_ns > 1_700_000_000_000_000_000
    assert place.revert() == "restored"
    assert place.text == TEXT
    assert place.config.stat().st_mtime_ns == 1_600_000_000_987_654_321


def test_a_file_that_is_as_before_is_not_written(place: Place) -> None:
    place.commit("a", REDIS)
    place.config.write_text(TEXT)
    inode = place.config.stat().st_ino
    assert place.revert() == "as before"
    assert place.config.stat().st_ino == inode


def test_reverting_keeps_the_journal_of_before(place: Place) -> None:
    place.commit("a", REDIS)
    place.confirm("a")
    journal, text = place.state.journal(), place.text
    place.commit("b", LOCAL)
    assert place.text == TEXT
    place.revert()
    assert (place.state.journal(), place.text) == (journal, text)


def test_somebody_elses_pending_change_is_refused_in_words(place: Place) -> None:
    pending = place.commit("night-1", REDIS)
    assert pending is not None
    with pytest.raises(PendingChangeError) as error:
        place.change("b")
    assert str(error.value).startswith(pending.in_words())
    assert "litellm_cache_take_over" in str(error.value)
    assert error.value.context["pending"]["run"] == "night-1"
    assert "journal" not in error.value.context["pending"]
    assert place.commit("night-1", REDIS) is not None


@pytest.mark.parametrize("how", [{"lease": 0}, {"take_over": True}], ids=["lapsed", "taken over"])
def test_a_change_that_nobody_confirmed_is_taken_over_with_its_journal(place: Place, how: dict[str, Any]) -> None:
    place.commit("a", REDIS, lease=how.pop("lease", 300))
    change = place.change("b", **how)
    assert change.left_behind is not None and change.left_behind.run == "a"
    plan = change.plan(LOCAL)
    assert plan.candidate == TEXT
    assert change.commit(plan, None, Precautions(300, 5)) is not None
    assert place.text == TEXT
    place.confirm("b")
    assert place.results == ["lapsed", "confirmed"]
    assert place.state.journal() is None


def test_a_lapsed_change_that_is_as_wanted_keeps_its_journal(place: Place) -> None:
    place.commit("a", REDIS, lease=0)
    assert place.commit("b", REDIS) is None
    assert place.state.pending() is None
    place.commit("c", LOCAL)
    assert place.text == TEXT


def test_a_lapsed_change_that_never_reached_the_file_leaves_nothing(place: Place) -> None:
    place.commit("a", REDIS, lease=0)
    place.config.write_text(TEXT)
    assert place.commit("b", LOCAL) is None
    assert place.state.journal() is None
    assert place.results == ["lapsed"]


def test_the_same_run_again_changes_nothing_and_stays_pending(place: Place) -> None:
    pending = place.commit("a", REDIS)
    again = place.commit("a", REDIS)
    assert pending is not None and again is not None
    assert again.summary() == pending.summary()
    assert place.state.pending() == again


def test_the_same_run_with_other_wishes_goes_back_to_the_first_bytes(place: Place) -> None:
    os.utime(place.config, ns=(1, 1_600_000_000_000_000_000))
    place.commit("a", REDIS)
    place.commit("a", replace(REDIS, socket_timeout=7))
    assert "socket_timeout: 7" in place.text
    place.revert()
    assert place.text == TEXT
    assert place.config.stat().st_mtime_ns == 1_600_000_000_000_000_000
    place.commit("b", REDIS)
    place.commit("b", LOCAL)
    assert place.text == TEXT
    place.confirm("b")
    assert place.state.journal() is None


def test_the_same_run_refuses_to_bury_what_somebody_edited(place: Place) -> None:
    place.commit("a", REDIS)
    place.config.write_text(place.text + "# by hand\n")
    with pytest.raises(
        ChangedMeanwhileError, match="edited by somebody since this run changed it; nothing was written"
    ):
        place.commit("a", replace(REDIS, socket_timeout=7))
    assert place.revert() == "edited by somebody"
    assert place.text.endswith("# by hand\n")
    assert place.results == ["needs_operator"]
    assert "so it stays as it is; the bytes of before are snapshot 1" in place.state.history()[-1]["told"]


def test_a_file_changed_since_the_plan_is_refused(place: Place) -> None:
    planned = place.change("a").plan(REDIS)
    change = place.change("a")
    with pytest.raises(ChangedMeanwhileError, match="changed by somebody since it was planned on; nothing was written"):
        change.commit(planned, "0" * 64, Precautions(300, 5))
    assert not place.state.directory.exists()


def test_a_file_changed_between_reading_and_writing_is_refused(place: Place) -> None:
    change = place.change("a")
    plan = change.plan(REDIS)
    place.config.write_text(TEXT + "# by hand\n")
    with pytest.raises(ChangedMeanwhileError, match="at this moment; nothing was written"):
        change.commit(plan, None, Precautions(300, 5))
    assert place.text == TEXT + "# by hand\n"
    assert place.state.pending() is None
    assert place.results == []


def test_a_file_that_cannot_be_replaced_leaves_no_pending_change(place: Place) -> None:
    change = place.change("a")
    plan = change.plan(REDIS)
    place.config.unlink()
    with pytest.raises(ConfigFileError, match="there is no config file"):
        change.commit(plan, None, Precautions(300, 5))
    assert place.state.pending() is None
    assert place.results == []


@pytest.mark.parametrize("damage", [b"", b"\xff", b"[]", b'{"version": 1}', b'{"version": 1, "operations": [5]}'])
@pytest.mark.parametrize(
    "names", [("history.jsonl",), ("lease.json",), ("journal.json",), ("history.jsonl", "journal.json")]
)
def test_the_way_to_local_arrives_whatever_is_damaged(place: Place, names: tuple[str, ...], damage: bytes) -> None:
    place.commit("a", REDIS)
    place.confirm("a")
    place.commit("a", replace(REDIS, socket_timeout=7), lease=0)  # and nobody confirms it
    for name in names:
        (place.state.directory / name).write_bytes(damage)
    change = place.change("b")
    plan = change.plan(LOCAL)
    change.commit(plan, None, Precautions(300, 5))
    place.confirm("b")
    assert (plan.mode_after, change.plan(LOCAL).mode_after) == ("local", "local")
    assert place.results[-1] == "confirmed"
    told = [found["code"] for found in change.describe(plan)["findings"]]
    assert "history_damaged" in told if "history.jsonl" in names and damage.strip() else "history_damaged" not in told


def test_a_damaged_journal_is_told_and_the_keys_are_commented_in_place(place: Place) -> None:
    place.commit("a", REDIS)
    place.confirm("a")
    (place.state.directory / "journal.json").write_text('{"version": 1, "operations": [{"hunter": 2}]}')
    change = place.change("b")
    plan = change.plan(LOCAL)
    assert plan.mode_after == "local" and plan.changed
    (told,) = [found for found in change.describe(plan)["findings"] if found["code"] == "journal_damaged"]
    assert "the journal is damaged, so the way to local comments" in told["message"] and "hunter" not in told["message"]
    assert f"move {place.state.directory}/journal.json away" in told["message"]


def test_a_state_of_another_format_is_refused_in_the_plan(place: Place) -> None:
    place.commit("a", REDIS)
    (place.state.directory / "format.json").write_text('{"version": 2}')
    with pytest.raises(StateError, match="state format 2"):
        place.change("b")


def test_the_state_grows_by_one_snapshot_and_one_line_for_each_change(place: Place) -> None:
    def size() -> tuple[int, int, set[str]]:
        others = {path.name for path in place.state.directory.iterdir()}
        return len(place.state.snapshots.numbers()), len(place.state.history()), others - {"journal.json"}

    place.commit("0", REDIS)
    place.confirm("0")
    snapshots, lines, files = size()
    for number, wishes in enumerate((LOCAL, REDIS, LOCAL), 1):
        place.commit(str(number), wishes)
        place.confirm(str(number))
        assert size() == (snapshots + number, lines + number, files)


def test_changes_that_are_refused_push_no_snapshot_out(place: Place) -> None:
    for number, wishes in enumerate((REDIS, LOCAL, REDIS, LOCAL, REDIS)):
        place.commit(str(number), wishes)
        place.confirm(str(number))
    kept = place.state.snapshots.numbers()
    assert kept == [1, 2, 3, 4, 5]
    for number in range(6):
        place.commit(f"refused {number}", LOCAL)
        place.revert()
    assert place.state.snapshots.numbers() == [2, 3, 4, 5, 6]  # the present bytes are kept once
    for number in range(6):
        change = place.change(f"abandoned {number}")
        plan = change.plan(LOCAL)
        place.config.write_text(f"{place.text}# {number}\n")
        with pytest.raises(ChangedMeanwhileError):
            change.commit(plan, None, Precautions(300, 5))
    assert place.state.snapshots.numbers() == [2, 3, 4, 5, 6]


def test_a_record_that_the_disk_does_not_take_leaves_no_snapshot(place: Place) -> None:
    place.commit("a", REDIS)
    place.confirm("a")
    text, before = place.text, place.state.snapshots.numbers()
    change = place.change("b")
    plan = change.plan(LOCAL)
    with files_end_at(40_000):  # enough for the snapshot and the room for the end, not for the record
        with pytest.raises(StateError, match="pending.json cannot be written: File too large"):
            change.commit(plan, None, Precautions(300, 5, deployment=dict(DEPLOYMENT, filler="x" * 40_000)))
    assert (place.text, place.state.snapshots.numbers(), place.state.pending()) == (text, before, None)
    place.commit("c", LOCAL)
    assert place.text == TEXT


@pytest.mark.parametrize("keep", [0, 1])
def test_one_snapshot_is_kept_even_of_none(place: Place, keep: int) -> None:
    for run, wishes in (("a", REDIS), ("b", LOCAL)):
        change = place.change(run)
        change.commit(change.plan(wishes), None, Precautions(300, keep))
        place.confirm(run)
    assert place.state.snapshots.numbers() == [2]


@pytest.mark.parametrize("victim", range(1, 7))
def test_what_a_killed_write_leaves_is_gone_after_the_next_run(place: Place, victim: int) -> None:
    child = os.fork()
    if child == 0:
        renamed = os.replace

        def killed_at(source: Any, target: Any) -> None:
            nonlocal victim
            victim -= 1
            if victim == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            renamed(source, target)

        os.replace = killed_at  # type: ignore[assignment]  # the kill is all that is not real
        try:
            place.commit("a", REDIS, lease=0)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left = list(place.config.parent.rglob(".*"))
    assert left
    place.commit("b", LOCAL)
    assert place.text == TEXT
    assert list(place.config.parent.rglob(".*")) == []


def test_two_services_of_one_project_share_nothing(tmp_path: Path) -> None:
    """With one state for both the journal of the second was taken for that of the first, and a snapshot for its file."""
    (tmp_path / "project").mkdir()
    names = dict.fromkeys(("state_dir", "docker_host"), None)
    places = []
    for service, master_key in (("a", "first"), ("b", "second")):
        config = tmp_path / "project" / f"{service}.yaml"
        config.write_text(f"general_settings:\n  master_key: {master_key}\n{TEXT}")
        options = {"project_dir": str(tmp_path / "project"), "project_name": "p", "service": service, **names}
        directory = state_dir_of(dict(options, config_path=str(config))).replace("/var/lib", str(tmp_path))
        places.append((config, ChangeState(directory, str(config)), config.read_text()))
    for wishes, how in ((REDIS, None), (LOCAL, None), (REDIS, None), (LOCAL, 1)):
        for config, state, before in places:
            change = ModeChange(str(config), state, Author("run", "alice", ""))
            plan = change.plan(wishes, snapshot=how)
            change.commit(plan, None, Precautions(300, 5))
            state.confirm("run", {})
            assert plan.exact and (wishes.mode == "redis" or config.read_text() == before)


def test_the_last_step_is_done_by_the_next_run_where_it_was_cut_off(place: Place) -> None:
    pending = place.commit("a", REDIS)
    assert pending is not None
    place.state.claim(pending, CONFIRMING)
    assert place.state.journal() is None
    place.commit("b", LOCAL)
    assert place.text == TEXT
    place.confirm("b")
    assert place.results == ["confirmed", "confirmed"]


def test_a_reversal_that_was_cut_off_is_taken_over(place: Place) -> None:
    pending = place.commit("a", REDIS)
    assert pending is not None
    place.state.claim(pending, REVERTING)
    change = place.change("b")
    assert change.left_behind is not None and "night" not in change.left_behind.run
    place.commit("b", LOCAL)
    assert place.text == TEXT
    place.confirm("b")
    assert place.results == ["lapsed", "confirmed"]
    assert place.state.reverting() is None


def test_a_snapshot_comes_back_with_its_journal(place: Place) -> None:
    place.commit("a", REDIS)
    place.confirm("a")
    journal, text = place.state.journal(), place.text
    place.commit("b", LOCAL)
    place.confirm("b")
    change = place.change("c")
    plan = change.plan(REDIS, snapshot=2)
    assert (plan.mode_before, plan.mode_after, plan.candidate) == ("local", "redis", text)
    change.commit(plan, None, Precautions(300, 5))
    place.confirm("c")
    assert (place.state.journal(), place.text) == (journal, text)


def test_a_snapshot_of_another_mode_or_of_none_is_refused(place: Place) -> None:
    place.commit("a", REDIS)
    place.confirm("a")
    with pytest.raises(OptionError, match="snapshot 1 is in the cache mode local, not redis: restore it with"):
        place.change("b").plan(REDIS, snapshot=1)
    with pytest.raises(StateError, match="there is no snapshot 7, only: 1"):
        place.change("b").plan(REDIS, snapshot=7)


@pytest.fixture
def former(tmp_path: Path) -> Place:
    """A file that an earlier version brought to Redis, whose state does not say of which file it is."""
    place = Place(tmp_path)
    place.state = ChangeState(str(tmp_path / "erni-ki"))
    place.commit("a", REDIS)
    place.confirm("a")
    (place.state.directory / "snapshots" / "index.json").unlink()
    return place


def test_the_state_of_an_earlier_version_is_taken_over_where_its_journal_leads_back(
    former: Place, tmp_path: Path
) -> None:
    before = former.state.directory
    former.state = ChangeState(str(tmp_path / "erni-ki.litellm.0123456789ab"), str(former.config))
    assert former.change("b").state.findings() == []
    former.commit("b", LOCAL)
    former.confirm("b")
    assert former.text == TEXT
    assert not before.exists() and [record["run"] for record in former.state.history()] == ["a", "b"]


@pytest.mark.parametrize("text", [TEXT, "model_list: []\n", TEXT.replace("local", "redis")])
def test_the_state_of_another_file_is_left_alone(former: Place, tmp_path: Path, text: str) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(text)
    state = ChangeState(str(tmp_path / "erni-ki.other.0123456789ab"), str(other))
    change = ModeChange(str(other), state, Author("b", "alice", ""))
    assert change.journal() is None and [told["code"] for told in state.findings()] == ["state_left_alone"]


def test_what_has_another_value_is_described(tmp_path: Path) -> None:
    place = Place(tmp_path)
    change = place.change("first")
    assert change.describe(change.plan(CacheWishes(mode="local", ttl=900)))["changes"] == ["ttl 1800 -> 900"]
    assert change.describe(change.plan(LOCAL))["changes"] == []
    assert "type local -> redis" in change.describe(change.plan(REDIS))["changes"]
