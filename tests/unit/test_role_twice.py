# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role several times in one play, each time for another project: nothing of one use leaks into the next.

The real ansible-playbook, files and modules; Docker Engine and containers are of paper, behind a real socket.
"""

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
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container, frame
from ansible_collections.erni_ki.litellm.tests.unit.test_reports import COLLECTIONS

REDIS = "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: redis\n    port: 6379\n"
LOCAL = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n"


class Projects:
    """Several projects on one host, each with one instance that comes up and tells nothing else."""

    def __init__(self, folder: Path, engine: EngineServer) -> None:
        self.folder, self.engine = folder, engine
        self._records: list[dict[str, Any]] = []
        engine.attached = self._run

    @staticmethod
    def _run(rfile: Any, wfile: Any) -> None:
        rfile.readline()  # the program itself
        if json.loads(rfile.readline())["operation"] == "wait":
            outcome: dict[str, Any] = {"ok": True, "answer": {"ready_seconds": 1.0, "stable_seconds": 0.0}}
        else:
            outcome = {"ok": False, "code": "of_paper", "message": "it is of paper", "facts": {}}
        wfile.write(frame(1, json.dumps(outcome).encode() + b"\n"))

    def add(self, name: str, config: str) -> None:
        """A project with that content of its file."""
        place = self.folder / name
        place.mkdir()
        (place / "config.yaml").write_text(config, encoding="utf-8")
        record = container(len(self._records) + 1, place)
        record["Name"] = f"/{name}-litellm-1"
        record["Config"]["Labels"]["com.docker.compose.project"] = name
        record["Mounts"] = [{"Type": "bind", "Source": str(place / "config.yaml"), "Destination": "/app/config.yaml"}]
        self._records.append(record)
        self.engine.has(*self._records)

    def does_not_restart(self, name: str) -> None:
        """The engine refuses to restart the instance of a project."""
        number = next(record["Id"] for record in self._records if record["Name"] == f"/{name}-litellm-1")
        self.engine.answers[f"POST /containers/{number}/restart"] = (500, {"message": "no space left on device"})

    def use(self, name: str, **variables: Any) -> dict[str, Any]:
        """A task that uses the role for a project, and that may fail."""
        place = self.folder / name
        of_project = {
            "litellm_cache_project_dir": str(place),
            "litellm_cache_config_path": str(place / "config.yaml"),
            "litellm_cache_state_dir": str(place / "state"),
            "litellm_cache_mode": "local",
            **variables,
        }
        include = {"ansible.builtin.include_role": {"name": "erni_ki.litellm.litellm_cache"}, "vars": of_project}
        return {"block": [include], "rescue": [{"ansible.builtin.debug": {"msg": f"{name} failed"}}]}

    def play(self, *tasks: dict[str, Any]) -> str:
        """What a play with these tasks prints."""
        common = {"litellm_cache_docker_host": self.engine.host, "litellm_cache_guard": "none"}
        keywords = {"hosts": "all", "gather_facts": False, "connection": "local"}
        play = [{**keywords, "vars": {**common, "litellm_cache_stable_for": 0}, "tasks": list(tasks)}]
        (self.folder / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
        own = {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "LC_ALL": "C.UTF-8",
        }
        command = [sys.executable, "-m", "ansible.cli.playbook", "-i", "here,", "play.yml"]
        done = subprocess.run(
            command, cwd=self.folder, env={**os.environ, **own}, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    with EngineServer(tmp_path) as engine:
        yield Projects(tmp_path, engine)


def reports(output: str) -> list[list[str]]:
    """The lines of each report."""
    found = re.findall(r"^OK  .*?^next: [^\n]*(?:\nback: [^\n]*)?", output, re.MULTILINE | re.DOTALL)
    return [report.splitlines() for report in found]


def test_nothing_of_one_use_leaks_into_the_next(projects: Projects) -> None:
    projects.add("one", REDIS)
    projects.add("two", REDIS)
    projects.add("three", LOCAL)
    projects.does_not_restart("two")
    output = projects.play(projects.use("one", litellm_cache_redis_bd=1), projects.use("two"), projects.use("three"))
    first, third = reports(output)
    assert first[0].startswith("OK  one  redis -> local  ") and first[0].endswith("  snapshot 1"), output
    assert any("litellm_cache_redis_bd is no variable" in line for line in first), output
    assert first[-1] == "back: ansible-playbook erni_ki.litellm.switch_redis"
    failure = next(line for line in output.splitlines() if '"msg": "FAILED: ' in line)
    assert "FAILED: two is " in failure and "one-litellm-1" not in failure, failure
    # It is as wanted already, and only restarted because nothing is known of it.
    assert third[0].startswith("OK  three  local  ") and "snapshot" not in third[0], output
    assert third[1].startswith("three-litellm-1  ") and third[-1].startswith("next: "), output
    leaked = ("one-litellm", "two-litellm", "redis_bd", "FAILED", "snapshot")
    assert not [line for line in third if any(word in line for word in leaked)], output
    assert "two failed" in output and "one failed" not in output and "three failed" not in output
    assert (projects.folder / "three" / "config.yaml").read_text(encoding="utf-8") == LOCAL


def test_a_module_that_breaks_down_ends_a_verification_where_it_did(projects: Projects) -> None:
    projects.add("one", LOCAL)
    use = projects.use("one", ansible_python_interpreter="/bin/false")
    use["block"][0]["ansible.builtin.include_role"]["tasks_from"] = "verify"
    output = projects.play(use)
    assert output.count("fatal: ") == 1 and "TASK [erni_ki.litellm.litellm_cache : Time hits" not in output, output
    assert "one failed" in output


def documents(folder: Path) -> dict[str, dict[str, Any]]:
    """The reports of a folder, by what they are about."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return {document["project"] or document["rows"][-1]["seen"]: document for document in read}


def test_each_run_leaves_its_page_also_one_that_went_back_or_was_refused(projects: Projects) -> None:
    for name in ("one", "two", "three"):
        projects.add(name, REDIS)
    projects.does_not_restart("two")
    (projects.folder / "three" / "config.yaml").write_text("litellm_settings: [\n", encoding="utf-8")
    folder = projects.folder / "reports"
    told = {"litellm_cache_report_dir": str(folder)}
    output = projects.play(*(projects.use(name, **told) for name in ("one", "two", "three")))
    made = documents(folder)
    assert {name: document["verdict"]["word"] for name, document in made.items()} == {
        "one": "OK",
        "two": "FAILED",
        str(projects.folder / "three"): "REFUSED",
    }, output
    assert output.count(f"report: {folder}/") == 3 == len(list(folder.glob("*.html"))), output
    two, three = made["two"], made[str(projects.folder / "three")]
    assert two["verdict"]["words"] in output and two["mode"] == {"file": "local", "before": "redis"}, two
    assert "no space left on device" in two["verdict"]["problems"][0]
    assert [entry["instance"] for entry in two["timeline"]][:1] == ["two-litellm-1"]
    (refusal,) = three["verdict"]["problems"]
    assert output.count(refusal) == 1 and "config.yaml" in refusal, output
