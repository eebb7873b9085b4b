# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin in plays of others: real ansible-playbook, no container. It ends before anything is connected to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.erni_ki.litellm.plugins.action import litellm_cache_variables
from ansible_collections.erni_ki.litellm.plugins.module_utils._variables.names import OF_THE_PLAYBOOKS
from ansible_collections.erni_ki.litellm.tests.pages import variables as page

FROM = str(litellm_cache_variables.__file__).partition("/ansible_collections/")[0]
ROLE = "erni_ki.litellm.litellm_cache"
VAULT_PASSWORD = "of the vault"


def in_roles(name: str) -> dict[str, Any]:
    return {"roles": [name]}


def by_task(action: str, name: str, entry_point: str = "main", validate: bool = True) -> dict[str, Any]:
    words = {"name": name, "tasks_from": entry_point, "rolespec_validate": validate}
    return {"tasks": [{f"ansible.builtin.{action}": words}]}


WAYS = {
    "switch in roles": in_roles(ROLE),
    "switch imported": by_task("import_role", ROLE),
    "switch included": by_task("include_role", ROLE),
    **{f"{name} in roles": in_roles(f"{ROLE}_{name}") for name in ("verify", "flush", "history")},
    **{
        f"{name} included": by_task("include_role", ROLE, name, validate=False)
        for name in ("verify", "flush", "history")
    },
}


CHECK = "Check the variables"
_TASK = re.compile(r"TASK \[(?:\S+ : )?(.+?)\] \*+$")
_FAILED = re.compile(r"(?:fatal|failed): \[(\w+)\]: FAILED! => (\{.*\})$")


@dataclass(frozen=True)
class Failures:
    """What became of a play: the task that failed and its error by host, and all that was printed."""

    by_host: dict[str, tuple[str, str]]
    tasks: list[str]
    output: str

    def of_check(self, host: str) -> str:
        """What the check refuses on a host; '' where it lets it go on."""
        task, message = self.by_host.get(host, ("", ""))
        return message if task == CHECK else ""


def outputs(folder: Path, plays: list[dict[str, Any]], hosts: dict[str, dict[str, Any]], *words: str) -> list[str]:
    """What ansible-playbook prints of each play, for the hosts of an inventory, each with its variables."""
    files = {
        # No Docker is there, so whatever is let through ends at the next task.
        "inventory.yml": {"all": {"hosts": hosts, "vars": {"litellm_cache_docker_host": "unix:///nowhere.sock"}}},
        "plays.yml": [{"hosts": "all", "gather_facts": False, "connection": "local", **play} for play in plays],
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    (folder / "password").write_text(VAULT_PASSWORD, encoding="utf-8")
    own = {
        "ANSIBLE_COLLECTIONS_PATH": FROM,
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "password"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "LC_ALL": "C.UTF-8",
    }
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", "inventory.yml", "plays.yml", *words]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    of_plays = re.split(r"(?m)^PLAY \[.*\] \*+$", output)[1:]
    assert len(of_plays) == len(plays), output
    return of_plays


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., Failures]:
    """Runs one play."""

    def run(keywords: dict[str, Any], hosts: dict[str, dict[str, Any]], *words: str) -> Failures:
        return read_output(*outputs(tmp_path, [keywords], hosts, *words))

    return run


def read_output(output: str) -> Failures:
    """The failures of a run of ansible-playbook, by what its usual callback prints."""
    tasks, failures = [], {}
    for line in output.splitlines():
        task, failed = _TASK.match(line), _FAILED.match(line)
        if task:
            tasks.append(task.group(1))
        if failed:
            failures[failed.group(1)] = (tasks[-1], json.loads(failed.group(2))["msg"])
    assert tasks, output
    return Failures(failures, tasks, output)


@pytest.fixture(scope="module")
def of_ways(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Failures]:
    """What became of each way, a play of one ansible-playbook with hosts of its own: who has failed is in no later play."""
    enough = {"litellm_cache_project_dir": "/", "litellm_cache_mode": "redis"}
    hosts = {
        "right": enough,
        "missing": {"litellm_cache_mode": "redis"},
        "misspelled": {**enough, "litellm_cache_redis_bd": 3},
        "wrong": {**enough, "litellm_cache_ready_timeout": "soon", "litellm_cache_request_timeout": "later"},
        "survey": {**enough, "litellm_cache_request_timeout": "", "litellm_cache_redis_access": ""},
        # A play whose hosts have all failed would be the last one.
        "away": {},
    }
    leave = {"ansible.builtin.meta": "end_host", "when": "inventory_hostname.startswith('away')"}
    plays = [
        {"name": way, "hosts": [f"{name}_{number}" for name in hosts], "pre_tasks": [leave], **keywords}
        for number, (way, keywords) in enumerate(WAYS.items())
    ]
    everybody = {f"{name}_{number}": given for number in range(len(plays)) for name, given in hosts.items()}
    folder = tmp_path_factory.mktemp("ways")
    return {
        way: read_output(re.sub(rf"\[(\w+)_{number}\]", r"[\1]", output))
        for number, (way, output) in enumerate(zip(WAYS, outputs(folder, plays, everybody, "--check")))
    }


@pytest.mark.parametrize("way", WAYS)
def test_it_is_the_only_check_and_refuses_in_one_line(way: str, of_ways: dict[str, Failures]) -> None:
    done = of_ways[way]
    assert done.tasks[-1] != CHECK and {"right", "survey"} <= done.by_host.keys(), done.output
    assert done.of_check("right") == done.of_check("survey") == ""
    assert done.of_check("missing").startswith("litellm_cache_project_dir must be set: directory of")
    assert "did you mean litellm_cache_redis_db?" in done.of_check("misspelled")
    assert "litellm_cache_request_timeout must be a whole number" in done.of_check("wrong") or "history" in way
    assert "argument_spec_data" not in done.output
    assert done.output.count("did you mean litellm_cache_redis_db?") == 1  # a core of its own error would say it twice


def test_a_name_is_refused_wherever_it_is_set(play: Callable[..., Failures], tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text("litellm_cache_of_group: 1\n", encoding="utf-8")
    keywords = {**WAYS["verify in roles"], "vars": {"litellm_cache_of_play": 1}}
    done = play(keywords, {"here": {"litellm_cache_project_dir": "/"}}, "--extra-vars", "litellm_cache_of_extra=1")
    told = done.of_check("here")
    assert [name for name in ("group", "play", "extra") if f"litellm_cache_of_{name} is no variable" not in told] == []


def test_what_cannot_be_evaluated_is_refused_only_where_it_is_ours_and_used(play: Callable[..., Failures]) -> None:
    enough = {"litellm_cache_project_dir": "/", "litellm_cache_mode": "redis"}
    hosts = {
        "other": {**enough, "mine": "{{ nobody }}", "litellm_cache_flush_pattern": "{{ nobody }}"},
        "undefined": {**enough, "litellm_cache_reason": "because of {{ nobody }}"},
        "broken": {**enough, "litellm_cache_redis_password": "{{ 's3cret-s3cret' | no_such_filter }}"},
        "lazy": {**enough, "litellm_cache_redis_port": "{{ port }}", "port": "six"},
    }
    done = play(WAYS["switch in roles"], hosts)
    assert done.of_check("other") == ""
    assert done.of_check("undefined") == "litellm_cache_reason cannot be evaluated, because nobody is undefined."
    assert done.of_check("broken").startswith("litellm_cache_redis_password cannot be evaluated: ")
    assert done.of_check("lazy") == "litellm_cache_redis_port must be a whole number, or empty."
    assert "s3cret" not in done.output


def test_the_way_to_the_local_mode_goes_on_whatever_only_the_mode_redis_needs(play: Callable[..., Failures]) -> None:
    enough = {"litellm_cache_project_dir": "/", "litellm_cache_mode": "local"}
    hosts = {
        "unknown": {**enough, "litellm_cache_redis_bd": 3, "litellm_cache_foo": 1},
        "undefined": {**enough, "litellm_cache_redis_host": "{{ nobody }}", "litellm_cache_empty": "{{ nobody }}"},
        "wrong": {**enough, "litellm_cache_socket_timeout": "long", "litellm_cache_proof": "wrong"},
    }
    done = play(WAYS["switch in roles"], hosts)
    # The first call of a module is reached, with what the local mode wants alone.
    assert {task.partition(",")[0] for task, _message in done.by_host.values()} == {"End refused"}, done.output
    assert all("/nowhere.sock" in message for _task, message in done.by_host.values()), done.output


def test_a_password_of_a_vault_is_checked_and_not_told(play: Callable[..., Failures], tmp_path: Path) -> None:
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    lines = [f"litellm_cache_redis_{name}: !vault |\n" + "".join(
        f"  {line}\n" for line in vault.encrypt(value, VaultSecret(VAULT_PASSWORD.encode())).decode().splitlines()
    ) for name, value in (("password", "redis"), ("host", "redis://:s3cret@redis"))]  # fmt: skip
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "here.yml").write_text("".join(lines), encoding="utf-8")
    done = play(WAYS["switch in roles"], {"here": {"litellm_cache_project_dir": "/", "litellm_cache_mode": "redis"}})
    told = done.of_check("here")
    assert "a word of our own results" in told and "litellm_cache_redis_host must be a host name" in told, done.output
    assert "s3cret" not in done.output


def test_the_variables_of_the_playbooks_stand_in_one_list() -> None:
    assert tuple(page.OF_THE_PLAYBOOKS) == OF_THE_PLAYBOOKS
