# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the playbooks through ansible-runner, with the files and the environment that AWX gives it.

The project is this repository, as a project update checks it out. The collection comes from its own
collections/requirements.yml, as the project update installs it. Every job has a fresh private data directory.
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
from ansible_collections.erni_ki.litellm.molecule.resources.oracle import Stack
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary, forms

ROOT = Path(__file__).resolve().parents[2]
STACK = ROOT / "tests" / "stack" / "stack.py"
#: Means something in YAML, in a shell, in a URL, in Redis's own configuration, and in a template.
PASSWORD = "pa'ss \"w#rd:%&é {{ 1Zq8 }}"
CREDENTIAL = "LITELLM_REDIS_PASSWORD"
#: What the survey of a job template sends for questions that were left empty.
SURVEY = {"litellm_cache_ttl": "", "litellm_cache_namespace": "", "litellm_cache_redis_password_env": ""}


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

    def require_success(self) -> None:
        """Fail with the output, unless the job ended well."""
        assert (self.status, self.code) == ("successful", 0), self.output


class Awx:
    """What AWX has between two jobs: the project, the collections of its update, an inventory, a credential."""

    def __init__(self, folder: Path, stack: Stack) -> None:
        self._folder = folder
        self.stack = stack
        self.project = folder / "project"
        self.collections = folder / "requirements_collections"
        self._jobs = 0
        self._update_project()

    def _update_project(self) -> None:
        """Check the repository out, what is not committed yet included, and install what it requires."""
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], check=True, stdout=subprocess.PIPE
        ).stdout
        for name in filter(None, listed.decode().split("\0")):
            source, target = ROOT / name, self.project / name
            if source.is_symlink() or source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        done = subprocess.run(
            [
                *("ansible-galaxy", "collection", "install", "--offline"),
                *("--requirements-file", "collections/requirements.yml", "--collections-path", str(self.collections)),
            ],
            cwd=self.project,
            env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(self.collections)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()

    def run(self, playbook: str, arguments: str = "") -> Job:
        """Run one job.

        :param playbook: path of the playbook in the project.
        :param arguments: what the kind of job, and its options, add to the command line.
        """
        self._jobs += 1
        private = self._folder / f"job_{self._jobs}"
        shutil.copytree(self.project, private / "project", symlinks=True)
        shutil.copytree(self.collections, private / "requirements_collections")
        (private / "env").mkdir()
        # The variables that the type of the credential injects.
        credential = private / "env" / "credential"
        password = "{{ lookup('ansible.builtin.env', '%s') }}" % CREDENTIAL
        credential.write_text(json.dumps({"litellm_cache_redis_password": password}), encoding="utf-8")
        before = self.stack.look()
        runner = ansible_runner.run(
            private_data_dir=str(private),
            playbook=playbook,
            inventory=self._inventory(),
            extravars=SURVEY,
            envvars={
                "ANSIBLE_COLLECTIONS_PATH": str(private / "requirements_collections"),
                "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
                CREDENTIAL: self.stack.password,
            },
            cmdline=f"-e @{credential} {arguments}".strip(),
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

    def _inventory(self) -> dict[str, Any]:
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "litellm_cache_project_dir": str(self.stack.directory),
            "litellm_cache_state_dir": str(self.stack.directory / "state"),
            "litellm_cache_stable_for": 2,
        }
        return {"litellm": {"hosts": {"erni-ki": variables}}}


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
