# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told while instances are restarted: the real ansible-playbook and module, at an engine of paper."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container
from ansible_collections.erni_ki.litellm.tests.unit.test_reports import COLLECTIONS

READY = {"ok": True, "answer": {"ready_seconds": 1.5, "stable_seconds": 0.0}}


class Restarts:
    """Runs of one task that restarts the instances of a deployment."""

    def __init__(self, folder: Path, engine: EngineServer) -> None:
        self.folder, self.engine = folder, engine
        self.output = ""

    def has(self, number: int) -> None:
        """The deployment has so many instances, which come up."""
        records = [container(one, self.folder) for one in range(1, number + 1)]
        for record in records:
            mount = {"Type": "bind", "Source": str(self.folder / "config.yaml"), "Destination": "/app/config.yaml"}
            record["Mounts"] = [mount]
        (self.folder / "config.yaml").write_text("litellm_settings: {}\n", encoding="utf-8")
        self.engine.has(*records)
        self.engine.program_says(READY)

    def run(self, *words: str, **keywords: Any) -> dict[str, Any]:
        """The result of the task, also of one that failed."""
        own = self.folder
        options = {"project_dir": str(own), "config_path": str(own / "config.yaml"), "state_dir": str(own / "state")}
        options.update(docker_host=self.engine.host, stable_for=0, **keywords.pop("options", {}))
        task = {
            "name": "Restart",
            "erni_ki.litellm.litellm_restart": options,
            "register": "done",
            "ignore_errors": True,
        }
        kept = {"ansible.builtin.debug": {"var": "done"}}
        play = {"hosts": "all", "gather_facts": False, "connection": "local", "tasks": [{**task, **keywords}, kept]}
        (own / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        environment |= {
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOME": str(own / "home"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_PIPELINING": "1",
        }
        environment |= {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
        command = [sys.executable, "-m", "ansible.cli.playbook", "-i", "here,", "play.yml", *words]
        done = subprocess.run(command, cwd=own, env=environment, capture_output=True, text=True, check=False)
        self.output = done.stdout + done.stderr
        shown = self.output.rpartition("ok: [here] => ")[2]
        assert shown, self.output
        result: dict[str, Any] = json.JSONDecoder().raw_decode(shown)[0]["done"]
        return result

    @property
    def told(self) -> list[str]:
        """The lines about single instances, without their times."""
        lines = [line for line in self.output.splitlines() if re.match(r"(\[here\] )?litellm-\d  ", line)]
        return [re.sub(r"away [\d.]+ s", "away N s", line) for line in lines]

    @property
    def restarted(self) -> list[int]:
        """The numbers of the instances, in the order of their restarts."""
        return [int(call.split("/")[2]) for call in self.engine.calls("/restart")]


@pytest.fixture
def restarts(tmp_path: Path) -> Iterator[Restarts]:
    with EngineServer(tmp_path) as engine:
        yield Restarts(tmp_path, engine)


def test_each_of_several_is_told_and_the_result_is_that_of_one_call(restarts: Restarts) -> None:
    restarts.has(3)
    result = restarts.run()
    assert restarts.restarted == [1, 2, 3], restarts.output
    assert restarts.told == [f"litellm-{number}  away N s  ({number} of 3)" for number in (1, 2, 3)]
    assert (result["changed"], [entry["name"] for entry in result["instances"]]) == (
        True,
        ["litellm-1", "litellm-2", "litellm-3"],
    )
    assert all(entry["ready_seconds"] >= 1.5 and entry["stopped_at"] for entry in result["instances"])


def test_of_one_nothing_is_told(restarts: Restarts) -> None:
    restarts.has(1)
    result = restarts.run()
    assert (restarts.restarted, restarts.told, len(result["instances"])) == ([1], [], 1), restarts.output


def test_a_failure_at_the_second_one_ends_it_and_is_printed_once(restarts: Restarts) -> None:
    restarts.has(3)
    restarts.engine.answers[f"POST /containers/{2:064d}/restart"] = (500, {"message": "no space left on device"})
    result = restarts.run()
    assert (restarts.restarted, restarts.told) == ([1, 2], ["litellm-1  away N s  (1 of 3)"]), restarts.output
    assert result["failed"] and result["instance"] == "litellm-2" and result["restarted"] == ["litellm-1", "litellm-2"]
    assert [("ready_seconds" in entry) for entry in result["instances"]] == [True, False]
    assert restarts.output.partition("...ignoring")[0].count("no space left on device") == 1, restarts.output


def test_one_that_is_removed_between_two_of_them_is_told_as_gone(restarts: Restarts, tmp_path: Path) -> None:
    restarts.has(3)
    answer = restarts.engine.answer

    def removed(request: Any) -> None:
        if request.path.split("?")[0].endswith("/restart"):
            restarts.engine.has(container(1, tmp_path), container(3, tmp_path))
        answer(request)

    restarts.engine.answer = removed  # type: ignore[method-assign]
    result = restarts.run()
    assert restarts.restarted == [1, 3] and not result["failed"], restarts.output
    assert sorted((entry["name"], entry.get("gone", False)) for entry in result["instances"]) == [
        ("litellm-1", False),
        ("litellm-2", True),
        ("litellm-3", False),
    ]
    assert "litellm-2  removed by somebody" in restarts.output


@pytest.mark.rest
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"instances": ["litellm-1", "litellm-7"]}, "no container litellm-7"),
        ({"at_most": 0}, "at_most must be 1 or more, or not set for all instances"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything(restarts: Restarts, options: dict[str, Any], why: str) -> None:
    restarts.has(2)
    result = restarts.run(options=options)
    assert result["failed"] and why in result["msg"] and restarts.restarted == []


def test_a_check_restarts_nothing_and_names_all(restarts: Restarts) -> None:
    restarts.has(3)
    result = restarts.run("--check")
    assert (restarts.restarted, restarts.told) == ([], []), restarts.output
    assert [entry["name"] for entry in result["instances"]] == ["litellm-1", "litellm-2", "litellm-3"]


@pytest.mark.rest
def test_what_is_not_to_be_logged_is_not_told(restarts: Restarts) -> None:
    restarts.has(2)
    restarts.run(no_log=True)
    assert (restarts.restarted, restarts.told) == ([1, 2], []), restarts.output


@pytest.mark.rest
def test_whoever_says_how_many_gets_so_many_and_the_names_of_the_others(restarts: Restarts) -> None:
    restarts.has(3)
    result = restarts.run(options={"at_most": 2})
    assert (restarts.restarted, restarts.told, result["left"]) == ([1, 2], [], ["litellm-3"]), restarts.output
