# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of a rolling restart and what is told when it fails, at an engine of paper; molecule restarts real instances."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import DeploymentError, Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.log_findings import REDIS_CAUSE
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.rolling_restart import (
    RestartError,
    RollingRestart,
    Waits,
    health_lines,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError, OptionError
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container, frame

READY = {"ok": True, "answer": {"ready_seconds": 1.5, "stable_seconds": 4.0}}
REFUSED = {"ok": False, "code": "not_ready", "message": "LiteLLM does not answer", "facts": {}}
WAITS = Waits(ready_timeout=60, stable_for=4)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        running.has(*(container(number, tmp_path) for number in (1, 2, 3)))
        running.program_says(READY)
        yield running


@pytest.fixture
def deployment(tmp_path: Path, server: EngineServer) -> Deployment:
    found = Deployment.open({"project_dir": str(tmp_path), "service": "litellm"}, DockerSocket(server.host))
    server.asked.clear()
    return found


def restarted(server: EngineServer) -> list[int]:
    """The numbers of the instances, in the order of their restarts."""
    return [int(call.split("/")[2]) for call in server.calls("/restart")]


def test_names_choose_in_the_order_of_the_deployment(deployment: Deployment) -> None:
    restart = RollingRestart(deployment, WAITS)
    assert [instance.name for instance in restart.choose(None)] == ["litellm-1", "litellm-2", "litellm-3"]
    assert [instance.name for instance in restart.choose(["litellm-3", "litellm-1"])] == ["litellm-1", "litellm-3"]
    assert restart.choose([]) == []
    with pytest.raises(DeploymentError, match="no container litellm-4, x, only litellm-1, litellm-2, litellm-3"):
        restart.choose(["x", "litellm-1", "litellm-4"])


def test_one_after_another_each_proved_before_the_next(deployment: Deployment, server: EngineServer) -> None:
    seen: list[tuple[str, list[int]]] = []

    def prove(instance: Instance) -> dict[str, Any]:
        seen.append((instance.name, restarted(server)))
        return {"by": instance.name}

    done = RollingRestart(deployment, WAITS, prove=prove).run(list(deployment.instances))
    assert seen == [("litellm-1", [1]), ("litellm-2", [1, 2]), ("litellm-3", [1, 2, 3])]
    assert [(entry["name"], entry["evidence"]["by"], entry["stable_seconds"]) for entry in done] == [
        (name, name, 4.0) for name in ("litellm-1", "litellm-2", "litellm-3")
    ]
    assert all(entry["ready_seconds"] >= 1.5 for entry in done)
    assert [order["stable_for"] for order in server.orders] == [0, 4] * 3


def test_without_a_time_to_watch_it_is_asked_once(deployment: Deployment, server: EngineServer) -> None:
    (done,) = RollingRestart(deployment, Waits(60, 0)).run(list(deployment.instances[:1]))
    assert done["stable_seconds"] == 0.0 and "evidence" not in done
    assert len(server.orders) == 1


@pytest.mark.parametrize("stop_timeout, seconds", [(None, "60"), (0, "0"), (7, "7")])
def test_how_long_a_stop_may_take(
    deployment: Deployment, server: EngineServer, stop_timeout: int | None, seconds: str
) -> None:
    RollingRestart(deployment, Waits(60, 0, stop_timeout)).run(list(deployment.instances[:1]))
    assert [query["t"] for call, query, _order in server.asked if call.endswith("/restart")] == [[seconds]]


@pytest.mark.parametrize(
    "grace, stop_timeout, together, stop",
    [
        (165, None, 300, "165 s to stop (stop_grace_period of its container, else 60)"),
        (None, None, 195, "60 s to stop (stop_grace_period of its container, else 60)"),
        (0, None, 135, "0 s to stop (stop_grace_period of its container, else 60)"),
        (165, 5, 140, "5 s to stop (litellm_cache_stop_timeout)"),
    ],
)
def test_beside_other_hosts_a_run_may_be_silent_for_longer_than_any_instance_takes(
    tmp_path: Path, grace: int | None, stop_timeout: int | None, together: int, stop: str
) -> None:
    quick, slow = container(1, tmp_path), container(2, tmp_path)
    quick["Config"]["StopTimeout"], slow["Config"]["StopTimeout"] = 0, grace
    instances = [Instance.from_inspection(record) for record in (quick, slow)]
    waits = Waits(ready_timeout=120, stable_for=15, stop_timeout=stop_timeout)
    assert waits.silence(None, 1, instances) == 60 and waits.silence(10, 1, instances) == 10
    assert waits.silence(None, 3, instances) == together + 60
    assert waits.silence(together + 1, 3, instances) == together + 1
    with pytest.raises(OptionError) as caught:
        waits.silence(together, 3, instances[1:])
    assert caught.value.context["option"] == "confirm_timeout"
    told = str(caught.value)
    assert f"is {together} s, and must be {together + 1} s or more, because litellm-2 may take {together} s: " in told
    assert f"{stop} + 120 s to start" in told
    if stop_timeout is None and grace:
        with pytest.raises(OptionError, match="litellm-2"):
            waits.silence(together, 3, instances)


def test_what_is_raised_before_an_instance_leaves_it_alone(deployment: Deployment, server: EngineServer) -> None:
    def before() -> None:
        if restarted(server):
            raise LitellmCacheError("somebody else took over")

    with pytest.raises(LitellmCacheError, match="somebody else took over"):
        RollingRestart(deployment, WAITS, before_each=before).run(list(deployment.instances))
    assert restarted(server) == [1]


@pytest.mark.parametrize("when", ["before", "while it starts"])
def test_one_that_was_removed_meanwhile_is_told_and_the_others_are_restarted(
    deployment: Deployment, server: EngineServer, when: str
) -> None:
    path = f"/containers/{2:064d}"
    gone = (404, {"message": f"No such container: {2:064d}"})
    if when == "before":
        server.answers[f"GET {path}/json"] = server.answers[f"POST {path}/restart"] = gone
    answer = server.answer

    def removed(request: Any) -> None:
        if request.path.split("?")[0].endswith(f"{path}/restart"):
            server.answers[f"GET {path}/json"] = server.answers[f"POST {path}/exec"] = gone
        answer(request)

    server.answer = removed  # type: ignore[method-assign]
    done = RollingRestart(deployment, WAITS).run(list(deployment.instances))
    assert [(entry["name"], entry.get("gone", False)) for entry in done] == [
        ("litellm-1", False),
        ("litellm-2", True),
        ("litellm-3", False),
    ]
    assert done[1] == {"name": "litellm-2", "gone": True}


def test_those_after_a_failure_are_untouched_and_the_log_is_told(
    deployment: Deployment, server: EngineServer, tmp_path: Path
) -> None:
    def prove(instance: Instance) -> dict[str, Any]:
        if instance.name == "litellm-2":
            raise LitellmCacheError("the answers differ")
        return {"by": instance.name}

    with pytest.raises(RestartError, match="^the answers differ$") as caught:
        RollingRestart(deployment, WAITS, prove=prove).run(list(deployment.instances))
    assert restarted(server) == [1, 2]
    assert caught.value.context["restarted"] == ["litellm-1", "litellm-2"]
    assert caught.value.context["instance"] == "litellm-2"
    assert caught.value.context["evidence"] == [{"by": "litellm-1"}]
    first, second = caught.value.context["instances"]
    assert (first["name"], "evidence" in first, second["name"]) == ("litellm-1", False, "litellm-2")
    # It answered, and only its proof failed.
    assert second["stopped_at"] >= first["stopped_at"] and second["ready_seconds"] >= 0


def test_one_that_does_not_answer_was_stopped_and_is_not_ready(deployment: Deployment, server: EngineServer) -> None:
    server.program_says(REFUSED)
    with pytest.raises(RestartError) as caught:
        RollingRestart(deployment, WAITS).run(list(deployment.instances[:1]))
    (entry,) = caught.value.context["instances"]
    assert sorted(entry) == ["name", "stopped_at"]
    assert str(caught.value) == "litellm-1 did not come back: LiteLLM does not answer"


@pytest.mark.parametrize(
    ("cause", "line", "told"),
    [
        (REDIS_CAUSE, "TTL preservation failed, falling back", ""),
        (REDIS_CAUSE, "Redis circuit breaker OPENED after 5 consecutive failures",
         "; its log says: Redis circuit breaker OPENED after 5 consecutive failures"),
        (None, "Redis circuit breaker OPENED after 5 consecutive failures", ""),
        (REDIS_CAUSE, "ERROR: Application startup failed", ""),
    ],
)  # fmt: skip
def test_a_line_that_has_nothing_to_do_with_the_failure_is_not_its_reason(
    deployment: Deployment, server: EngineServer, cause: Any, line: str, told: str
) -> None:
    def prove(instance: Instance) -> dict[str, Any]:
        raise LitellmCacheError("it is not proved", cause=cause)

    server.answers[f"GET /containers/{1:064d}/logs"] = frame(2, f"{line}\n".encode())
    with pytest.raises(RestartError) as caught:
        RollingRestart(deployment, WAITS, prove=prove).run(list(deployment.instances[:1]))
    assert str(caught.value) == f"it is not proved{told}"
    assert [entry["text"] for entry in caught.value.context["log"]] == [line.partition(", ")[0].removeprefix("ERROR: ")]


def test_an_instance_that_exits_by_itself(deployment: Deployment, server: EngineServer, tmp_path: Path) -> None:
    health = {"Log": [{"Output": "first\nhunter2 is wrong"}, {"Output": ""}]}
    server.has(container(1, tmp_path, Status="exited", ExitCode=3, Health=health))
    with pytest.raises(RestartError, match="litellm-1 did not come back: LiteLLM exited by itself") as caught:
        RollingRestart(deployment, WAITS).run(list(deployment.instances[:1]))
    assert caught.value.context["exit_code"] == 3
    assert caught.value.context["health"] == ["******** is wrong"]
    assert "hunter2" not in str(caught.value) + str(caught.value.context)


def test_another_process_than_the_one_that_was_asked_counts_as_an_exit(
    deployment: Deployment, server: EngineServer, tmp_path: Path
) -> None:
    server.program_says(REFUSED)
    first = server.attached
    assert first is not None

    def attached(rfile: Any, wfile: Any) -> None:
        # Docker has started it anew by the time that the program tells of its trouble; the new one answers.
        server.has(container(1, tmp_path, StartedAt="2026-01-31T12:00:09Z"))
        first(rfile, wfile)
        server.program_says(READY)

    server.attached = attached
    (done,) = RollingRestart(deployment, Waits(60, 0, exits_allowed=1)).run(list(deployment.instances[:1]))
    assert done["name"] == "litellm-1"
    assert len(server.orders) == 2 and restarted(server) == [1]


def test_health_lines_are_the_last_ones_without_secrets(
    deployment: Deployment, server: EngineServer, tmp_path: Path
) -> None:
    log = [{"Output": output} for output in ("dropped", "a\nlast " + "x" * 400, "  ", "hunter2 and mine")]
    record = container(1, tmp_path, Health={"Log": log})
    server.has(record)
    lines = health_lines(deployment, Instance.from_inspection(record), frozenset(["mine"]))
    assert lines == ["last " + "x" * 295, "******** and ********"]


def test_the_commands_of_the_operator_stand_around_each(
    deployment: Deployment, server: EngineServer, tmp_path: Path
) -> None:
    script = tmp_path / "note"
    script.write_text(f'#!/bin/sh\necho "$1 $LITELLM_INSTANCE" >>{tmp_path}/noted\nexit "$2"\n', encoding="utf-8")
    script.chmod(0o755)
    waits = Waits(60, 0, before_each=f"{script} out 0", after_each=f"{script} in 0")
    RollingRestart(deployment, waits).run(list(deployment.instances[:2]))
    noted = tmp_path / "noted"
    assert noted.read_text(encoding="utf-8").split("\n")[:-1] == [
        f"{way} litellm-{number}" for number in (1, 2) for way in ("out", "in")
    ]
    assert restarted(server) == [1, 2]
    noted.unlink()
    with pytest.raises(RestartError) as caught:
        RollingRestart(deployment, Waits(60, 0, before_each=f"{script} out 4", after_each=f"{script} in 0")).run(
            list(deployment.instances[2:])
        )
    assert (
        str(caught.value) == "the command of litellm_cache_before_each ended with 4, for litellm-3; it was not stopped"
    )
    assert (caught.value.context["restarted"], caught.value.context["instance"]) == ([], "litellm-3")
    assert restarted(server) == [1, 2] and noted.read_text(encoding="utf-8") == "out litellm-3\nin litellm-3\n"


def test_the_commands_count_for_how_long_an_instance_may_take(deployment: Deployment) -> None:
    (instance,) = deployment.instances[:1]
    assert Waits(60, 4, 10, before_each="x", after_each="y", each_timeout=7).longest_of(instance) == 60 + 4 + 10 + 14
    assert Waits(60, 4, 10, before_each="x", each_timeout=7).longest_of(instance) == 60 + 4 + 10 + 7
