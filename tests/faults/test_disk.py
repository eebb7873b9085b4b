# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disk is full or read-only, the file is immutable, or somebody edits it meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from itertools import count
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.faults.campaign import (
    EITHER_GUARD,
    REST,
    SHORT_SILENCE,
    Campaign,
)
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

#: Shorter than a run waits for a file.
AWAY_SECONDS = 10


@pytest.mark.parametrize(
    ("campaign", "free"),
    [
        pytest.param(guard, free, marks=() if (guard, free) == ("auto", 12) else REST, id=f"{free} KiB, {guard}")
        for guard in ("auto", "none")
        for free in (0, 12, 64, 240)
    ],
    indirect=["campaign"],
)
def test_the_disk_is_full(campaign: Campaign, free: int) -> None:
    campaign.row.fault, campaign.row.where = "disk full", f"commit, {free} KiB left"
    disk = campaign.bed.directory.parent
    filler = disk / "filler"
    room = os.statvfs(disk)
    filler.write_bytes(b"\0" * (room.f_bavail * room.f_frsize - free * 1024))
    try:
        campaign.start()
        campaign.now()
        campaign.settle()
    finally:
        filler.unlink()
    held = "old" if campaign.bed.config.read_bytes() == campaign.bed.pristine else "redis"
    campaign.expect(held, (2,) if held == "old" else (0,))


@REST
@EITHER_GUARD
def test_the_disk_is_full_from_the_commit_on(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "disk full", "after the commit, to the end of going back"
    disk = campaign.bed.directory.parent
    campaign.start()
    campaign.written()
    campaign.module("litellm_restart")
    filler = disk / "filler"
    room = os.statvfs(disk)
    filler.write_bytes(b"\0" * (room.f_bavail * room.f_frsize))
    campaign.now()
    try:
        campaign.settle()
        # What was kept free from the commit on is enough for the file of before and for the line of the history.
        assert [record["result"] for record in campaign.state.history()] == ["reverted"]
        assert campaign.bed.config.read_bytes() == campaign.bed.pristine
    finally:
        filler.unlink()
    campaign.expect("old")


@REST
@EITHER_GUARD
@pytest.mark.parametrize(
    ("phase", "module", "at_least"),
    [
        ("commit", "litellm_cache_mode", 10),
        ("make final", "litellm_cache_guard", 2),
        ("go back", "litellm_cache_guard", 3),
    ],
)
def test_the_disk_is_full_at_each_write(campaign: Campaign, phase: str, module: str, at_least: int) -> None:
    """From just before the write to the end of the module."""
    bed, ansible = campaign.bed, campaign.ansible
    campaign.row.fault, campaign.row.where = "disk full", f"{phase}, from each write on"
    options = {"project_dir": str(bed.directory), "state_dir": str(bed.state)}
    commit = {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD", "confirm": "later", "run": "doomed"}
    commit["guard"] = campaign.guard
    end = {**options, "state": "confirmed" if phase == "make final" else "reverted", "run": "doomed"}
    filler = bed.directory.parent / "filler"
    failed = 0
    for step in count(1):
        bed.reset()
        with campaign.sabotage(module, step=step, full=str(filler)) as interpreter:
            how = {"variables": {"ansible_python_interpreter": interpreter}, "may_warn": "."}
            tasks: dict[str, Any] = {"commit": {"litellm_cache_mode": {**commit, "confirm_timeout": 600}}}
            if phase != "commit":
                tasks["end"] = {"litellm_cache_guard": end}
            run = ansible.tasks(tasks, **how)
        reached = filler.exists()
        filler.unlink(missing_ok=True)
        refused = run.outcomes[-1].outcome == "failed"
        failed += refused
        if refused and phase == "commit":
            assert campaign.state.pending() is None, f"step {step}"
        if phase == "go back" or refused and phase == "commit":
            assert bed.config.read_bytes() == bed.pristine, f"step {step}"
        # With room again, whoever wants the same gets it; what only lacked its line in the history gets that from the next run.
        tasks = {"end": {"litellm_cache_guard": end}}
        if phase == "make final":
            tasks["next"] = {"litellm_cache_mode": {**commit, "run": "next", "confirm": "now"}}
        again = ansible.tasks(tasks)
        assert not again.failures, again.output[-3000:]
        assert (bed.config.read_bytes() == bed.pristine) == (phase != "make final"), f"step {step}"
        campaign.settle()
        lines = [record["result"] for record in campaign.state.history()]
        assert lines == ([] if refused and phase == "commit" else [str(end["state"])]), f"step {step}"
        if not reached:
            break
    assert step > at_least
    campaign.watch.end()
    kept = "new" if phase == "make final" else "old"
    ended = f"{failed} of them end the module" if failed else "each is survived by the module"
    campaign.row.outcome = f"{step - 1} places, {ended}: the bytes are {kept} in the end"


@REST
@EITHER_GUARD
def test_the_disk_is_full_when_the_history_gets_its_line(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "disk full", "make final, the line of the history"
    bed = campaign.bed
    filler = bed.directory.parent / "filler"
    place = {"below": str(bed.state / "history.jsonl"), "step": 1, "full": str(filler)}
    with campaign.sabotage("litellm_cache_guard", **place) as interpreter:
        run = campaign.start(ansible_python_interpreter=interpreter)
        assert run.end() == 2
    assert filler.exists()
    filler.unlink()
    told = " ".join(run.output.split())
    assert f"FAILED: {bed.name} is in the mode redis, and nothing is taken back: it was proved and is final" in told
    campaign.expect("redis")
    assert [record["result"] for record in campaign.state.history()] == ["confirmed"]


@REST
@EITHER_GUARD
def test_the_file_is_away_while_the_run_goes_back(campaign: Campaign) -> None:
    campaign.row.fault = f"file away for {AWAY_SECONDS} seconds, and the module killed"
    campaign.row.where = "restart"
    campaign.start()
    pid = campaign.module("litellm_restart")
    with away(campaign):
        campaign.now()
        os.kill(pid, signal.SIGKILL)
        until(campaign.state.reverting, "the run goes back")
    campaign.expect("old")


@REST
def test_the_file_is_away_while_the_guard_goes_back(campaign: Campaign) -> None:
    campaign.row.fault = f"kill -9 of ansible-playbook, and the file away for {AWAY_SECONDS} seconds"
    campaign.row.where = "restart"
    run = campaign.start(**SHORT_SILENCE)
    campaign.module("litellm_restart")
    with away(campaign):
        campaign.now()
        run.kill_controller()
        until(campaign.state.reverting, "the guard goes back")
    campaign.settle()
    # Before the next run, whose guard begins its own log.
    assert "is no config file" in (campaign.bed.state / "guard.log").read_text(encoding="utf-8")
    campaign.expect("old")


@contextlib.contextmanager
def away(campaign: Campaign) -> Iterator[None]:
    """The file is away, and comes back some time after what is done meanwhile."""
    config = campaign.bed.config
    # The container has the file open, and goes on with it.
    aside = config.rename(config.with_name("away"))
    try:
        yield
        time.sleep(AWAY_SECONDS)  # the fault is that very time
    finally:
        aside.rename(config)


@EITHER_GUARD
def test_the_file_system_becomes_read_only(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "file system read-only", "between plan and commit"
    disk = str(campaign.bed.directory.parent)
    campaign.start()
    campaign.module("litellm_cache_mode")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    campaign.now()
    campaign.settle()
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    campaign.expect("old")


@EITHER_GUARD
def test_going_back_fails_too_and_the_guard_or_the_next_run_goes_on(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "file made immutable, and the module killed", "restart"
    config = str(campaign.bed.config)
    run = campaign.start()
    pid = campaign.module("litellm_restart")
    subprocess.run(["chattr", "+i", config], check=True)
    campaign.now()
    try:
        os.kill(pid, signal.SIGKILL)
        assert run.end() == 2
    finally:
        subprocess.run(["chattr", "-i", config], check=True)
    told = run.output[run.output.rindex("GOING BACK FAILED TOO") :]
    assert "it cannot be replaced: Operation not permitted" in told
    places = [
        told.index(words) for words in ("To finish by hand: 1.", "000001.yaml", "2. docker compose restart", "3. run")
    ]
    assert places == sorted(places)
    if campaign.guard == "none":
        campaign.expect_taken_up()
        return
    campaign.expect("old")
    assert "was cut off, so the guard went on with it" in campaign.state.history()[0]["told"]


@REST
@EITHER_GUARD
def test_somebody_edits_the_file_between_plan_and_commit(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "file edited by somebody", "between plan and commit"
    bed = campaign.bed
    edited = bed.pristine + b"# by hand\n"
    pristine, bed.pristine = bed.pristine, edited
    try:
        # Whatever it writes first, the module has read the file before.
        with campaign.sabotage("litellm_cache_mode", step=1, edit=[str(bed.config), "# by hand\n"]) as interpreter:
            run = campaign.start(ansible_python_interpreter=interpreter)
            campaign.now()
            assert run.end() == 2
        assert bed.config.read_bytes() == edited and not campaign.state.history()
        campaign.expect("old")
    finally:
        bed.pristine = pristine


@EITHER_GUARD
def test_somebody_edits_the_file_after_the_commit_and_the_run_fails(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "file edited by somebody, and the module killed", "restart"
    bed = campaign.bed
    campaign.start()
    pid = campaign.module("litellm_restart")
    bed.config.write_bytes(bed.config.read_bytes() + b"# by hand\n")
    campaign.now()
    os.kill(pid, signal.SIGKILL)
    pristine, bed.pristine = bed.pristine, bed.pristine + b"# by hand\n"
    try:
        # The rescue has a YAML parser: it takes out its own lines, and leaves those of somebody else.
        campaign.expect("old")
    finally:
        bed.pristine = pristine
