# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault is survived: the bytes are old or new, the proxy answers, the next run converges, nothing leaks.

``campaign.expect`` checks all of that after each fault.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard import Guard
from ansible_collections.erni_ki.litellm.tests.faults.campaign import ROLLBACK, SWITCH, WAITS, Campaign
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

#: `make test` has each kind of fault once; what is marked like this is for `make test-all`.
REST = pytest.mark.rest
KILLED_CONTROLLER = "kill -9 of ansible-playbook"
KILLED_MODULE = "kill -9 of the module on the host"
#: The module of each step of the flow.
STEPS = {
    "litellm_cache_mode": "discover, plan, prove",
    "litellm_restart": "restart",
    "litellm_cache_roundtrip": "confirm",
    "litellm_cache_guard": "make final",
}


def docker(*words: str) -> str:
    """Run the docker command."""
    return subprocess.run(["docker", *words], check=True, stdout=subprocess.PIPE, text=True).stdout


# ----------------------------------------------------------------------------------------- killed


@pytest.mark.parametrize(
    "step",
    [pytest.param(step, marks=() if step == "restart" else REST) for step in (*STEPS.values(), "commit")],
)
def test_the_controller_is_killed(campaign: Campaign, step: str) -> None:
    campaign.row.fault, campaign.row.where = KILLED_CONTROLLER, step
    run = campaign.start()
    if step == "commit":
        campaign.written()
    else:
        campaign.module(next(module for module in STEPS if STEPS[module] == step))
    campaign.now()
    run.kill_controller()
    if step == "restart":  # later the harvest removes them
        campaign.settle()
        redis = campaign.bed.redis()
        assert not [key for key in redis.scan_iter() if "erni-ki-plant" in (redis.get(key) or "")]
    # The task in flight runs to its end on the host: the last one makes the change final.
    campaign.expect("redis" if step == "make final" else "old")


@pytest.mark.parametrize(
    "module",
    [
        pytest.param("litellm_cache_mode", marks=REST),
        "litellm_restart",
        pytest.param("litellm_cache_roundtrip", marks=REST),
    ],
)
def test_a_module_is_killed(campaign: Campaign, module: str) -> None:
    campaign.row.fault, campaign.row.where = KILLED_MODULE, STEPS[module]
    campaign.start()
    pid = campaign.module(module)
    campaign.now()
    os.kill(pid, signal.SIGKILL)
    campaign.expect("old")


@REST
@pytest.mark.parametrize(
    ("module", "at_least"), [("litellm_cache_mode", 6), ("litellm_cache_guard", 5)], ids=["commit", "make final"]
)
def test_a_module_is_killed_at_each_trace_that_it_leaves(campaign: Campaign, module: str, at_least: int) -> None:
    """At each rename, removal and start of a program, just before it."""
    bed, ansible = campaign.bed, campaign.ansible
    campaign.row.fault, campaign.row.where = (
        KILLED_MODULE,
        f"{'commit' if module == 'litellm_cache_mode' else 'make final'}, at each of its steps",
    )
    options = {"project_dir": str(bed.directory), "state_dir": str(bed.state)}
    commit = {**options, "mode": "redis", "redis_password_env": "REDIS_PASSWORD", "confirm": "later", "run": "doomed"}
    final = {**options, "state": "confirmed", "run": "doomed"}
    ends = set()
    for step in count(1):
        bed.reset()
        with campaign.sabotage(module, step=step) as interpreter:
            how = {"variables": {"ansible_python_interpreter": interpreter}, "may_warn": "."}
            tasks: dict[str, Any] = {"commit": {"litellm_cache_mode": {**commit, "confirm_timeout": 3}}}
            if module == "litellm_cache_guard":
                tasks["final"] = {"litellm_cache_guard": final}
            run = ansible.tasks(tasks, **how)
        killed = run.outcomes[-1].outcome == "failed"
        campaign.settle()
        content = bed.config.read_bytes()
        assert content == bed.pristine or b"type: redis" in content
        ends.add("old" if content == bed.pristine else "new")
        if module == "litellm_cache_mode" and killed:
            assert content == bed.pristine, f"step {step}"
        # Whatever is left, the next run may work, at the latest when the lease is over.
        bed_options = {**commit, "run": "next", "confirm": "now", "take_over": True}
        assert ansible.tasks({"next": {"litellm_cache_mode": bed_options}}).of("next").ok
        assert b"type: redis" in bed.config.read_bytes()
        if not killed:
            break
    assert step > at_least
    campaign.row.outcome = f"{step - 1} places: the bytes are {' or '.join(sorted(ends))}, the next run works"


def test_the_guard_is_killed_too(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "kill -9 of ansible-playbook and of the guard", "restart"
    run = campaign.start()
    campaign.module("litellm_restart")
    run.kill_controller()
    campaign.kill_guard()
    campaign.settle()
    campaign.watch.end()
    assert campaign.state.pending() is not None
    until(campaign.watch.answers, "the proxy answers")
    # Nobody goes back: the next run says so first, and converges.
    until(lambda: (campaign.state.lease() or pytest.fail("no lease")).remaining() <= 0, "the lease is over")
    again = campaign.ansible.playbook(SWITCH, variables=WAITS)
    assert again.code == 0, again.output[-4000:]
    assert "taken over: a change from local to redis" in again.output
    assert campaign.outcome() == ("redis", "redis")
    campaign.row.outcome = "nobody goes back (no systemd here); the next run says so, and proves the new mode"


@REST
def test_the_guard_is_killed_before_it_has_restored_the_file(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "kill -9 of the guard", "while it goes back, the file not restored yet"
    config = str(campaign.bed.config)
    run = campaign.start()
    campaign.module("litellm_restart")
    run.kill_controller()
    # As long as the file cannot be replaced, the guard tries again and again, and gets no further.
    subprocess.run(["chattr", "+i", config], check=True)
    try:
        until(campaign.state.reverting, "the guard reverts", 60)
        campaign.kill_guard()
    finally:
        subprocess.run(["chattr", "-i", config], check=True)
    # The task in flight had made the new mode live; the next run, in ``expect``, finishes what was begun.
    campaign.expect("redis")


@REST
def test_the_guard_is_killed_while_the_instance_restarts(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "kill -9 of the guard", "while it goes back, the instance restarting"
    run = campaign.start()
    campaign.module("litellm_restart")
    run.kill_controller()
    until(campaign.state.reverting, "the guard reverts", 60)
    until(lambda: not campaign.watch.answers(), "the instance is stopped", 60)
    campaign.kill_guard()
    campaign.expect("old")


# --------------------------------------------------------------------------------- what does not work


def test_a_config_that_litellm_will_not_start_with(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "a key that LiteLLM will not start with, proof switched off", "restart"
    bed = campaign.bed
    broken = bed.pristine.replace(b"    type: local\n", b"    type: local\n    timeout: 5\n", 1)
    assert broken != bed.pristine
    bed.put(broken)
    bed.container("litellm").restart(timeout=5)
    until(bed.proxy_answers, "the local mode ignores the key")
    pristine, bed.pristine = bed.pristine, broken
    try:
        campaign.start(litellm_cache_proof="none")
        campaign.module("litellm_restart")
        campaign.now()
        campaign.expect("old")
    finally:
        bed.pristine = pristine


def test_a_wrong_password(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "wrong password, proof switched off", "confirm"
    # The master key is in the environment too, and it is not the password of Redis.
    campaign.start(litellm_cache_proof="none", litellm_cache_redis_password_env="LITELLM_MASTER_KEY")
    campaign.now()
    campaign.expect("old")


@pytest.mark.parametrize(
    ("action", "where"),
    [
        pytest.param(
            action, where, marks=() if (action, where) in (("stop", "litellm_restart"), ("pause", "before")) else REST
        )
        for where in ("before", "litellm_restart", "litellm_cache_roundtrip", "after")
        for action in ("stop", "pause")
    ],
)
def test_redis_goes_away(campaign: Campaign, action: str, where: str) -> None:
    campaign.row.fault, campaign.row.where = f"Redis: docker {action}", STEPS.get(where, f"{where} the run")
    redis = campaign.bed.container("redis").name
    words = ["stop", "--time=3", redis] if action == "stop" else ["pause", redis]
    try:
        if where == "before":
            docker(*words)
            campaign.start()
        else:
            campaign.start()
            if where == "after":
                campaign.running[-1].end()
            else:
                campaign.module(where)
            docker(*words)
        campaign.now()
        campaign.settle()
    finally:
        docker("start" if action == "stop" else "unpause", redis)
    until(campaign.bed.emptied, "Redis answers again")
    held = "old" if campaign.bed.config.read_bytes() == campaign.bed.pristine else "redis"
    # Redis may go away when the last harvest is over: then the mode was proved, and the change is final.
    assert held == "old" or where in ("litellm_cache_roundtrip", "after")
    campaign.expect(held, (2,) if held == "old" else (0,))


def test_the_network_to_redis_is_cut(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "network between proxy and Redis cut", "restart"
    redis = campaign.bed.container("redis").name
    network = next(iter(campaign.bed.container("redis").attrs["NetworkSettings"]["Networks"]))
    try:
        campaign.start()
        campaign.module("litellm_restart")
        docker("network", "disconnect", network, redis)
        campaign.now()
        campaign.settle()
    finally:
        docker("network", "connect", "--alias", "redis", network, redis)
    until(campaign.bed.emptied, "Redis answers again")
    campaign.expect("old")


# ------------------------------------------------------------------------------------- disk and file


@pytest.mark.parametrize(
    "free", [pytest.param(free, marks=() if free == 12 else REST, id=f"{free} KiB") for free in (0, 12, 64, 240)]
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


def test_going_back_fails_too_and_the_guard_goes_on(campaign: Campaign) -> None:
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
    campaign.expect("old")
    assert "was cut off, so the guard went on with it" in campaign.state.history()[0]["told"]


@REST
def test_somebody_edits_the_file_between_plan_and_commit(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "file edited by somebody", "between plan and commit"
    bed = campaign.bed
    campaign.start()
    campaign.module("litellm_cache_mode")
    campaign.wait_for(lambda: docker("top", bed.instance).count("sys.stdin.buffer") > 0, "asked the instance")
    edited = bed.pristine + b"# by hand\n"
    bed.put(edited)
    campaign.now()
    pristine, bed.pristine = bed.pristine, edited
    try:
        campaign.expect("old")
    finally:
        bed.pristine = pristine


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


# ------------------------------------------------------------------------------------ Docker, processes


def test_the_container_is_renamed(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "container renamed", "restart"
    name = campaign.bed.instance
    campaign.start()
    campaign.written()
    docker("rename", name, f"{name}-renamed")
    campaign.now()
    try:
        campaign.settle()
    finally:
        docker("rename", f"{name}-renamed", name)
    held = "old" if campaign.bed.config.read_bytes() == campaign.bed.pristine else "redis"
    campaign.expect(held, (0, 2))


def test_the_container_is_removed(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "container removed, and created again by its operator", "restart"
    bed = campaign.bed
    campaign.start()
    campaign.module("litellm_restart")
    docker("rm", "--force", bed.instance)
    campaign.now()
    campaign.settle()
    assert bed.config.read_bytes() == bed.pristine
    assert "no such container" in campaign.running[0].output or "has no container" in campaign.running[0].output
    subprocess.run(
        ["docker", "compose", "up", "--detach", "--no-build", "litellm"],
        cwd=bed.directory,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    campaign.expect("old")


def test_an_instance_becomes_ready_and_dies(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = (
        "instance dies ten seconds after it was ready",
        "restart, while it is watched",
    )
    bed = campaign.bed
    before = bed.container("litellm").attrs["State"]["StartedAt"]
    campaign.start(litellm_cache_stable_for=15, litellm_cache_confirm_timeout=60)
    campaign.module("litellm_restart")
    campaign.wait_for(
        lambda: bed.container("litellm").attrs["State"]["StartedAt"] != before and bed.proxy_answers(), "came back"
    )
    time.sleep(10)  # the fault is that very time
    campaign.now()
    os.kill(bed.container("litellm").attrs["State"]["Pid"], signal.SIGKILL)
    campaign.expect("old")


@pytest.mark.parametrize(
    "seconds", [pytest.param(86400, id="a day on"), pytest.param(-86400, id="a day back", marks=REST)]
)
def test_the_clock_jumps(campaign: Campaign, seconds: int) -> None:
    campaign.row.fault, campaign.row.where = f"clock jumps by {seconds} s", "after the commit"
    with campaign.sabotage("litellm_restart", clock=seconds) as interpreter:
        campaign.start(ansible_python_interpreter=interpreter)
        campaign.now()
        campaign.settle()
    campaign.expect("redis", (0,))


# -------------------------------------------------------------------------------------- two at work


def test_two_runs_at_once(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "two runs at once", "from the beginning"
    first = campaign.start()
    campaign.written()
    campaign.now()
    second = campaign.start(ROLLBACK)
    assert second.end() == 2
    assert "a change from local to redis by" in second.output and "litellm_cache_take_over" in second.output
    assert first.end() == 0, first.output[-3000:]
    campaign.expect("redis", (0, 2))


def test_the_guard_fires_while_the_run_wants_to_confirm(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "run frozen for too long, then goes on", "confirm"
    campaign.start()
    pid = campaign.module("litellm_cache_roundtrip")
    os.kill(pid, signal.SIGSTOP)
    campaign.now()
    until(lambda: not Guard(campaign.state).alive, "the guard has gone back", 90)
    os.kill(pid, signal.SIGCONT)
    campaign.expect("old")
    assert "was silent for 20 s" in campaign.running[0].output


def test_it_is_fired_by_hand_while_the_run_works(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "somebody takes the change back by hand", "restart"
    bed = campaign.bed
    campaign.start(litellm_cache_stable_for=8, litellm_cache_confirm_timeout=40)
    campaign.module("litellm_restart")
    campaign.now()
    options = {"project_dir": str(bed.directory), "state_dir": str(bed.state), "state": "reverted", "why": "asked for"}
    ended = campaign.ansible.tasks({"revert": {"litellm_cache_guard": options}}).of("revert")
    assert ended.changed and ended["ended"]["result"] == "reverted", ended.result
    campaign.expect("old")


# ------------------------------------------------------------------------------------------ the last


@pytest.mark.alone
def test_the_docker_daemon_is_restarted(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "Docker daemon restarted", "restart"
    pids = subprocess.run(["pgrep", "-x", "dockerd"], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    if len(pids) != 1:
        pytest.skip("the Docker daemon is not a process of this machine")
    command = Path(f"/proc/{pids[0]}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
    campaign.start()
    campaign.module("litellm_restart")
    campaign.now()
    os.kill(int(pids[0]), signal.SIGTERM)
    until(lambda: not Path(f"/proc/{pids[0]}").exists(), "the daemon has ended")
    with (campaign.scratch / "dockerd.log").open("wb") as log:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    until(lambda: subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0, "it answers")
    campaign.settle()
    until(campaign.bed.proxy_answers, "the proxy is back")
    campaign.expect("old")
