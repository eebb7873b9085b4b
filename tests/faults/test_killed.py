# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of the run is killed or frozen: the controller, a module, the guard; or a second one comes in between.

``campaign.expect`` checks after each fault: the bytes are old or new, the proxy answers, the next run converges, nothing
leaks.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from itertools import count
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard import Guard
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.owned import bridge_label
from ansible_collections.erni_ki.litellm.tests.faults.campaign import (
    EITHER_GUARD,
    REST,
    ROLLBACK,
    SHORT_SILENCE,
    STEPS,
    Campaign,
    docker,
)
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

KILLED_CONTROLLER = "kill -9 of ansible-playbook"
KILLED_MODULE = "kill -9 of the module on the host"
#: How ansible-playbook ends after a signal: by itself with a status, else by the signal.
INTERRUPTED = (1, 2, 4, 99, 250)


@pytest.mark.parametrize(
    "step",
    [pytest.param(step, marks=() if step == "restart" else REST) for step in (*STEPS.values(), "commit")],
)
def test_the_controller_is_killed(campaign: Campaign, step: str) -> None:
    campaign.row.fault, campaign.row.where = KILLED_CONTROLLER, step
    # The task in flight runs to its end on the host: the last one makes the change final.
    ended_by_guard = {} if step == "make final" else SHORT_SILENCE
    run = campaign.start(**ended_by_guard)
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
    campaign.expect("redis" if step == "make final" else "old")


@pytest.mark.parametrize(
    ("campaign", "sent"),
    [
        ("auto", signal.SIGKILL),
        pytest.param("auto", signal.SIGTERM, marks=REST),
        pytest.param("none", signal.SIGKILL, marks=REST),
    ],
    indirect=["campaign"],
)
def test_the_run_is_killed_while_a_bridge_stands(campaign: Campaign, sent: signal.Signals) -> None:
    campaign.row.fault, campaign.row.where = (
        f"{KILLED_CONTROLLER}, {sent.name} to the module",
        "restart, a bridge stands",
    )
    neighbour = f"{campaign.bed.name}-neighbour"
    # Somebody in the network, for whom there is a bridge.
    image = campaign.bed.container("upstream").attrs["Config"]["Image"]
    network = f"{campaign.bed.name}_default"
    docker(
        "run",
        "--detach",
        "--rm",
        "--init",
        "--name",
        neighbour,
        "--network",
        network,
        "--entrypoint",
        "sleep",
        image,
        "900",
    )
    try:
        run = campaign.start(**SHORT_SILENCE)
        campaign.wait_for(
            lambda: f"{campaign.bed.instance}-door-" in docker("ps", "--format", "{{.Names}}"), "had a bridge"
        )
        pid = campaign.module("litellm_restart")
        campaign.now()
        run.kill_controller()
        os.kill(pid, sent)
        if campaign.guard == "none":
            campaign.lapsed()
            campaign.expect_taken_up()
        else:
            campaign.settle()
        assert docker("ps", "--all", "--quiet", "--filter", f"label={bridge_label(str(campaign.bed.state))}") == ""
    finally:
        docker("rm", "--force", neighbour)
    if campaign.guard != "none":
        campaign.expect("old")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@REST
def test_the_controller_is_interrupted(campaign: Campaign, sent: signal.Signals) -> None:
    campaign.row.fault, campaign.row.where = f"{sent.name} to ansible-playbook", "restart"
    run = campaign.start(**SHORT_SILENCE)
    campaign.module("litellm_restart")
    campaign.now()
    run.interrupt(sent)
    campaign.expect("old", INTERRUPTED)


@pytest.mark.parametrize(
    ("campaign", "module", "sent"),
    [
        pytest.param(
            guard,
            module,
            sent,
            marks=() if (module, sent) == ("litellm_restart", signal.SIGKILL) else REST,
        )
        for guard in ("auto", "none")
        for module, sent in (
            ("litellm_cache_mode", signal.SIGKILL),
            ("litellm_restart", signal.SIGKILL),
            ("litellm_restart", signal.SIGTERM),
            ("litellm_restart", signal.SIGINT),
            ("litellm_cache_roundtrip", signal.SIGKILL),
        )
    ],
    indirect=["campaign"],
)
def test_a_module_is_killed(campaign: Campaign, module: str, sent: signal.Signals) -> None:
    campaign.row.fault = KILLED_MODULE if sent == signal.SIGKILL else f"{sent.name} to the module on the host"
    campaign.row.where = STEPS[module]
    campaign.start()
    pid = campaign.module(module)
    campaign.now()
    os.kill(pid, sent)
    campaign.expect("old")


@REST
@EITHER_GUARD
def test_a_client_writes_long_lines_into_the_log(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "log of a hostile client, and the module killed", "restart"
    campaign.start()
    campaign.written()
    connection = http.client.HTTPConnection("127.0.0.1", campaign.port, timeout=5)
    connection.request("GET", "/" + "set" * 15_000)
    connection.getresponse().read()
    connection.close()
    pid = campaign.module("litellm_restart")
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


@pytest.mark.parametrize(
    ("campaign", "module"),
    [
        ("auto", "litellm_restart"),
        *(pytest.param("none", module, marks=REST) for module in ("litellm_restart", "litellm_cache_roundtrip")),
    ],
    indirect=["campaign"],
)
def test_nobody_is_left(campaign: Campaign, module: str) -> None:
    campaign.row.fault, campaign.row.where = KILLED_CONTROLLER, STEPS[module]
    run = campaign.start(**SHORT_SILENCE)
    campaign.module(module)
    run.kill_controller()
    if campaign.guard != "none":
        campaign.row.fault += " and of the guard"
        campaign.kill_guard()
    campaign.settle()
    campaign.lapsed()
    assert "taken over: a change from local to redis" in campaign.expect_taken_up()


@REST
def test_the_guard_is_killed_before_it_has_restored_the_file(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "kill -9 of the guard", "while it goes back, the file not restored yet"
    config = str(campaign.bed.config)
    run = campaign.start(**SHORT_SILENCE)
    campaign.module("litellm_restart")
    run.kill_controller()
    # As long as the file cannot be replaced, the guard tries again and again, and gets no further.
    subprocess.run(["chattr", "+i", config], check=True)
    try:
        until(campaign.state.reverting, "the guard reverts")
        campaign.kill_guard()
    finally:
        subprocess.run(["chattr", "-i", config], check=True)
    # The task in flight had made the new mode live; the next run, in ``expect``, finishes what was begun.
    campaign.expect("redis")


@REST
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_guard_is_killed_while_the_instance_restarts(campaign: Campaign, sent: signal.Signals) -> None:
    campaign.row.fault = "kill -9 of the guard" if sent == signal.SIGKILL else f"{sent.name} to the guard"
    campaign.row.where = "while it goes back, the instance restarting"
    run = campaign.start(**SHORT_SILENCE)
    campaign.module("litellm_restart")
    run.kill_controller()
    until(campaign.state.reverting, "the guard reverts")
    until(lambda: not campaign.watch.answers(), "the instance is stopped")
    campaign.kill_guard(sent)
    campaign.expect("old")


@EITHER_GUARD
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


@REST
@pytest.mark.parametrize("campaign", ["none"], indirect=True)
def test_a_frozen_run_that_nobody_takes_back_confirms(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "run frozen for too long, then goes on", "confirm"
    campaign.start(**SHORT_SILENCE)
    pid = campaign.module("litellm_cache_roundtrip")
    os.kill(pid, signal.SIGSTOP)
    campaign.now()
    campaign.lapsed()
    os.kill(pid, signal.SIGCONT)
    campaign.expect("redis", (0,))


@REST
def test_the_guard_fires_while_the_run_wants_to_confirm(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "run frozen for too long, then goes on", "confirm"
    campaign.start(**SHORT_SILENCE)
    pid = campaign.module("litellm_cache_roundtrip")
    os.kill(pid, signal.SIGSTOP)
    campaign.now()
    until(lambda: not Guard(campaign.state).alive, "the guard has gone back")
    os.kill(pid, signal.SIGCONT)
    campaign.expect("old")
    assert "was silent for " in campaign.running[0].output


@REST
def test_it_is_fired_by_hand_while_the_run_works(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "somebody takes the change back by hand", "restart"
    bed = campaign.bed
    campaign.start(litellm_cache_stable_for=8)
    campaign.module("litellm_restart")
    campaign.now()
    options = {"project_dir": str(bed.directory), "state_dir": str(bed.state), "state": "reverted", "why": "asked for"}
    ended = campaign.ansible.tasks({"revert": {"litellm_cache_guard": options}}).of("revert")
    assert ended.changed and ended["ended"]["result"] == "reverted", ended.result
    campaign.expect("old")
