# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the playbooks through ansible-runner, with the files and the environment that AWX gives it.

A project is this repository, as a project update checks it out, or the thin one of the examples. The collection comes from what
collections/requirements.yml of the project says, as the project update installs it. Every job has a fresh private data directory,
the answers of its survey as AWX sends them where nobody touched one, and the credential whose type `awx_setup` makes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import ansible_runner
import pytest
import yaml
from ansible_collections.erni_ki.litellm.molecule.resources.oracle import Stack
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary, forms

ROOT = Path(__file__).resolve().parents[2]
STACK = ROOT / "tests" / "stack" / "stack.py"
#: Means something in YAML, in a shell, in a URL, in Redis's own configuration, and in a template.
PASSWORD = "pa'ss \"w#rd:%&é {{ 1Zq8 }}"
FILES = ROOT / "playbooks" / "files" / "awx"
_TABLE = yaml.safe_load((ROOT / "playbooks" / "vars" / "awx.yml").read_text(encoding="utf-8"))
TEMPLATES = _TABLE["__litellm_awx_templates"]
NODES = {node["identifier"]: node for node in _TABLE["__litellm_awx_nodes"]}
#: What AWX adds to a job: of somebody who launched it, and of a schedule.
BY_ALICE = {"awx_job_id": 6, "awx_job_launch_type": "manual", "awx_user_name": "alice"}
BY_SCHEDULE = {"awx_job_id": 7, "awx_job_launch_type": "scheduled", "awx_schedule_name": "at night"}


@dataclass(frozen=True)
class Job:
    """A finished job, and the stack before and after it."""

    status: str
    code: int
    events: list[dict[str, Any]]
    artifacts: Path
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def kinds(self) -> set[str]:
        """Names of the events."""
        return {event["event"] for event in self.events}

    @property
    def output(self) -> str:
        """What AWX shows of it."""
        return (self.artifacts / "stdout").read_text(encoding="utf-8")

    @property
    def changed(self) -> int:
        """How many tasks changed something on the managed host."""
        recap = next(event["event_data"] for event in self.events if event["event"] == "playbook_on_stats")
        return sum(recap["changed"].values())

    @property
    def handed_on(self) -> dict[str, Any]:
        """What AWX keeps as artifacts of the job, and hands on within a workflow."""
        statistics = next(event["event_data"] for event in self.events if event["event"] == "playbook_on_stats")
        return dict(statistics.get("artifact_data") or {})

    def require_success(self) -> None:
        """Fail with the output, unless the job ended well."""
        assert (self.status, self.code) == ("successful", 0), self.output


class Awx:
    """What AWX has between two jobs: a project, the collections of its update, an inventory, a credential.

    :param thin: the project is the thin one, and requires an archive of the collection.
    """

    def __init__(self, folder: Path, stack: Stack, thin: bool = False) -> None:
        self._folder = folder
        self.stack = stack
        self.project = folder / "project"
        self.playbooks = "" if thin else "playbooks/"
        self.collections = folder / "requirements_collections"
        self._jobs = 0
        _check_out(folder / "checkout" if thin else self.project)
        if thin:
            self._start_thin(folder / "checkout")
        self._galaxy(
            "install", "--offline", "--requirements-file", "collections/requirements.yml", "--collections-path"
        )

    def _start_thin(self, checkout: Path) -> None:
        """Copy the example, with the archive in the place of an address that nobody answers."""
        self.project.mkdir()
        self._galaxy("build", str(checkout), "--output-path")
        shutil.copytree(checkout / "examples" / "awx-project", self.project, dirs_exist_ok=True)
        (archive,) = self.collections.glob("*.tar.gz")
        required = {"collections": [{"name": str(archive), "type": "file"}]}
        (self.project / "collections" / "requirements.yml").write_text(json.dumps(required), encoding="utf-8")

    def _galaxy(self, *words: str) -> None:
        done = subprocess.run(
            ["ansible-galaxy", "collection", *words, str(self.collections)],
            cwd=self.project,
            env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(self.collections)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()

    def run(self, playbook: str, arguments: str = "", answers: dict[str, Any] | None = None, **added: Any) -> Job:
        """Run one job of the template that `awx_setup` makes for a playbook.

        :param playbook: its name.
        :param arguments: what the kind of job, and its options, add to the command line.
        :param answers: to questions of the survey that have to be answered.
        :param added: variables that AWX adds.
        """
        self._jobs += 1
        (template,) = (one for one in TEMPLATES if one["playbook"] == f"{playbook}.yml")
        private = self._folder / f"job_{self._jobs}"
        shutil.copytree(self.project, private / "project", symlinks=True)
        shutil.copytree(self.collections, private / "requirements_collections")
        (private / "env").mkdir()
        words = arguments
        if template["secrets"]:
            credential = private / "env" / "credential"
            credential.write_text(self._injected(), encoding="utf-8")
            words = f"-e @{credential} {arguments}".strip()
        before = self.stack.look()
        runner = ansible_runner.run(
            private_data_dir=str(private),
            playbook=f"{self.playbooks}{playbook}.yml",
            inventory=self._inventory(),
            # In the order in which they win: of the template, of the survey, of AWX.
            extravars={
                "litellm_cache_redis_password_env": "",
                **_answers(template["survey"]),
                **(answers or {}),
                **(added or BY_ALICE),
            },
            envvars={
                "ANSIBLE_COLLECTIONS_PATH": str(private / "requirements_collections"),
                "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            },
            cmdline=words,
            ident="job",
            quiet=True,
        )
        return Job(
            runner.status,
            runner.rc,
            list(runner.events),
            private / "artifacts" / "job",
            before,
            self.stack.look(),
        )

    def _injected(self) -> str:
        """The variables that the type of the credential injects. AWX writes them so that they are no templates."""
        variables = json.loads((FILES / "credential_type.json").read_text(encoding="utf-8"))["injectors"]["extra_vars"]
        values = {"{{ redis_password }}": self.stack.password, "{{ litellm_key }}": ""}
        return "".join(f"{name}: !unsafe {json.dumps(values[value])}\n" for name, value in variables.items())

    def _inventory(self) -> dict[str, Any]:
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "litellm_cache_project_dir": str(self.stack.directory),
            "litellm_cache_state_dir": str(self.stack.directory / "state"),
            "litellm_cache_stable_for": 2,
            "litellm_cache_redis_password_env": "REDIS_PASSWORD",
        }
        return {"litellm": {"hosts": {"erni-ki": variables}}}


def _check_out(folder: Path) -> None:
    """Check the repository out, what is not committed yet included."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], check=True, stdout=subprocess.PIPE
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_symlink() or source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _answers(survey: str) -> dict[str, Any]:
    """What a launch sends of a survey that nobody touched."""
    if not survey:
        return {}
    questions = json.loads((FILES / f"survey_{survey}.json").read_text(encoding="utf-8"))["spec"]
    return {question["variable"]: question["default"] for question in questions}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose Redis has the password."""
    folder = tmp_path_factory.mktemp("stack")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    name = f"erni-ki-awx-{os.getpid()}"
    words = [sys.executable, str(STACK)]
    try:
        subprocess.run(
            [*words, "up", "--name", name, "--redis-password-file", str(folder / "password"), str(folder / "project")],
            check=True,
        )
        yield Stack(folder / "project")
    finally:
        subprocess.run([*words, "down", str(folder / "project")], check=True)


@pytest.fixture(scope="session")
def awx(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Awx:
    """An AWX whose project is up to date."""
    return Awx(tmp_path_factory.mktemp("awx"), stack)


@pytest.fixture(scope="session")
def thin(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Awx:
    """The same, with the thin project of the examples."""
    return Awx(tmp_path_factory.mktemp("thin"), stack, thin=True)


@pytest.fixture(scope="session")
def canary(stack: Stack) -> Canary:
    """What no job may tell: the secrets in every form, and any eight characters from the middle of one."""
    secrets = {"Redis password": stack.password, "master key": stack.master_key}
    pieces = {
        f"{name}, from character {start}": secret[start : start + 8]
        for name, secret in secrets.items()
        for start in range(4, len(secret) - 11)
    }
    assert all(forms(piece) for piece in pieces.values())
    return Canary(dict(secrets, **pieces))
