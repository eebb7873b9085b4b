# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs playbooks and tasks with the real ansible-playbook, and checks all that they print."""

from __future__ import annotations

import json
import os
import re
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.witness import Witness

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".cache" / "venv" / "bin"
#: Longest run of a playbook, seconds.
RUN_TIMEOUT = 300
_WARNING = re.compile(r"\[(?:DEPRECATION )?WARNING\].*")


@dataclass(frozen=True)
class Outcome:
    """What one task ended with on one host."""

    task: str
    action: str
    host: str
    outcome: str
    result: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether it did not fail."""
        return self.outcome == "ok"

    @property
    def changed(self) -> bool:
        """Whether it reports a change."""
        return bool(self.result.get("changed"))

    @property
    def message(self) -> str:
        """The text of a failure."""
        return str(self.result.get("msg", ""))

    def __getitem__(self, name: str) -> Any:
        return self.result[name]


@dataclass(frozen=True)
class Run:
    """A finished ansible-playbook."""

    code: int
    output: str
    outcomes: list[Outcome] = field(repr=False)

    def of(self, task: str) -> Outcome:
        """The outcome of the task of that name; the last, where it ran several times."""
        found = [outcome for outcome in self.outcomes if _is(outcome, task)]
        assert found, f"no task {task!r} ran:\n{self.output}"
        return found[-1]

    def did(self, task: str) -> bool:
        """Whether the task of that name ran, and was not skipped."""
        return any(_is(outcome, task) and outcome.outcome != "skipped" for outcome in self.outcomes)

    @property
    def failures(self) -> list[Outcome]:
        """The tasks that failed."""
        return [outcome for outcome in self.outcomes if outcome.outcome == "failed"]

    @property
    def skipped(self) -> list[str]:
        """Names of the tasks that were skipped."""
        return [outcome.task for outcome in self.outcomes if outcome.outcome == "skipped"]

    @property
    def verdict(self) -> str:
        """What `verify` printed from its verdict on, in one line: a long cell of its table goes on in the next one."""
        found = re.search(r"^(?:OK|FAILED)  .*?^next: .*?$", self.output, re.MULTILINE | re.DOTALL)
        assert found, self.output
        return " ".join(found.group(0).split())

    @property
    def changed(self) -> list[str]:
        """Names of the tasks that report a change."""
        return [outcome.task for outcome in self.outcomes if outcome.changed]


def _is(outcome: Outcome, task: str) -> bool:
    """Whether it is of the task of that name, without what the name says of its duration."""
    return outcome.task.partition(" (")[0].endswith(task)


class AnsibleRunner:
    """Runs ansible-playbook for one inventory.

    :param inventory: path of the inventory.
    :param scratch: directory for the playbooks, variables and records of the runs.
    :param canary: what must not stand in any output.
    :param witness: holds each playbook to its promises, where the inventory has one deployment.
    """

    def __init__(self, inventory: str, scratch: Path, canary: Canary, witness: Witness | None = None) -> None:
        self.inventory = inventory
        self.scratch = scratch
        self.canary = canary
        self.witness = witness

    def playbook(
        self,
        playbook: str,
        *words: str,
        variables: dict[str, Any] | None = None,
        executable: Path = TOOLS / "ansible-playbook",
        environment: dict[str, str] | None = None,
        canary: Canary | None = None,
        may_warn: str = "(?!)",
    ) -> Run:
        """Run a playbook and check its output for secrets and warnings.

        :param words: further words of the command line.
        :param may_warn: pattern of the warnings that are right; none by itself.
        :param variables: extra variables; they go through a file, so that nothing stands in argv.
        :raises LeakError: a secret was printed or recorded.
        """
        how = (playbook, words, variables or {}, executable, environment or {}, canary or self.canary, may_warn)
        if self.witness is None:
            return self._run(*how)
        with self.witness.of(playbook, words) as ended:
            ended.append(self._run(*how))
        return ended[0]

    def _run(
        self,
        playbook: str,
        words: Sequence[str],
        variables: dict[str, Any],
        executable: Path,
        environment: dict[str, str],
        canary: Canary,
        may_warn: str,
    ) -> Run:
        name = uuid.uuid4().hex
        record = self.scratch / f"record-{name}.jsonl"
        record.touch()
        command = [str(executable), "-vvv", "--diff", "--inventory", self.inventory, playbook, *words]
        if variables:
            extra = self.scratch / f"variables-{name}.json"
            extra.touch(mode=0o600)
            extra.write_text(json.dumps(variables), encoding="utf-8")
            command += ["--extra-vars", f"@{extra}"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**_environment(record), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=RUN_TIMEOUT,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
        recorded = record.read_text(encoding="utf-8")
        for where, text in (("the output", output), ("the results", recorded)):
            canary.search(text, f"{where} of {playbook}")
        warnings = [warning for warning in _WARNING.findall(output) if not re.search(may_warn, warning)]
        assert not warnings, f"{playbook} warns: {warnings}"
        outcomes = [Outcome(**json.loads(line)) for line in recorded.splitlines()]
        return Run(done.returncode, output, outcomes)

    def tasks(
        self, tasks: dict[str, dict[str, Any]], *words: str, defaults: dict[str, Any] | None = None, **how: Any
    ) -> Run:
        """Run tasks one after another, each whether the one before failed or not.

        :param tasks: for each its name, and the task: the module's short name with its options, and keywords.
        :param defaults: options of every module of the collection.
        """
        play = {
            "hosts": "litellm",
            "gather_facts": False,
            "module_defaults": {"group/erni_ki.litellm.litellm": defaults or {}},
            "tasks": [
                {"name": name, **{_full(word): value for word, value in task.items()}, "ignore_errors": True}
                for name, task in tasks.items()
            ],
        }
        path = self.scratch / f"play-{uuid.uuid4().hex}.yml"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump([play], allow_unicode=True, sort_keys=False), encoding="utf-8")
        return self.playbook(str(path), *words, **how)


def _full(word: str) -> str:
    return f"erni_ki.litellm.{word}" if word.startswith(("litellm_", "redis_cache_")) else word


def _environment(record: Path) -> dict[str, str]:
    """The caller's environment, with nothing of Ansible's but what the tests need."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "integration" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_CONNECTION_PLUGINS": str(ROOT / "tests" / "integration" / "connection_plugins"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "ERNI_KI_RECORD": str(record),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
