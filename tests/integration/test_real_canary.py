# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""litellm_cache_canary, and the switch that sends one ahead: what the clone shows, and that it touches nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.owned import CANARY_LABEL
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import OUR_MARK
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

TO_REDIS = {"mode": "redis", "redis_password_env": "REDIS_PASSWORD"}
#: Settings with which no LiteLLM starts: an argument that no Redis client has, and a function that nobody has.
NO_ARGUMENT = ("    type: local\n", "    type: redis\n    host: redis\n    no_argument: 5\n")
NO_FUNCTION = ("general_settings:\n", "general_settings:\n  custom_auth: nowhere.nobody\n")
#: Runs the engine of the module in a process of its own, whose number the test knows.
PROGRAM = """
import json, sys
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.canary_plan import planned_canary
planned_canary(json.load(sys.stdin)).prove()
"""


# In make test a clone of the newest LiteLLM is what test_real_upgrade.py starts.
@pytest.fixture(scope="module", params=["oldest", pytest.param("newest", marks=pytest.mark.rest)])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A stack of the oldest and of the newest LiteLLM."""
    bed = Bed.up(
        tmp_path_factory.mktemp(request.param) / "project",
        f"erni-ki-canary-{request.param}-{os.getpid()}",
        request.param,
    )
    yield bed
    bed.down()


@pytest.fixture
def cloned(stack: Bed, tmp_path: Path) -> Iterator[tuple[Bed, AnsibleRunner]]:
    """The stack in its beginning, and what runs modules on it. Afterwards nothing of a clone is left."""
    stack.reset()
    yield stack, stack.ansible(tmp_path)
    assert clones(stack) == []
    assert not (stack.state / "canary").exists()
    Canary(stack.secrets).search_all(stack.state_files() + stack.logs())


def clones(bed: Bed) -> list[str]:
    """Names of the clones of its instances, in any state."""
    found = bed.docker.containers.list(all=True, filters={"label": CANARY_LABEL}, ignore_removed=True)
    return [one.name for one in found if one.name.startswith(bed.instance)]


@contextmanager
def unnoticed(bed: Bed, upstream_calls: int) -> Iterator[None]:
    """While it is on, nothing is done to the deployment but a number of calls of its upstream."""
    before, keys, lines = bed.fingerprint(), entries(bed), of_ours(bed)
    yield
    after = bed.fingerprint()
    assert (after.started, after.state, after.config_sha256) == (before.started, before.state, before.config_sha256)
    assert (after.config_inode, after.config_modified) == (before.config_inode, before.config_modified)
    assert after.upstream_calls - before.upstream_calls == upstream_calls
    assert set(entries(bed)) <= set(keys)  # those of the instances expire by themselves
    assert of_ours(bed) == lines


def entries(bed: Bed) -> list[str]:
    """All keys in all databases."""
    return [f"{database}:{key}" for database in range(3) for key in bed.redis(database).scan_iter()]


def of_ours(bed: Bed) -> list[str]:
    """Lines of the instance's log about requests that a proof has sent."""
    log = bed.container("litellm").logs().decode("utf-8", "replace")
    return [line for line in log.splitlines() if OUR_MARK in line]


def edited(bed: Bed, change: tuple[str, str]) -> None:
    """Give the file another setting; no instance has it before its next start."""
    text = bed.pristine.decode()
    assert change[0] in text
    bed.put(text.replace(*change).encode())


def options(bed: Bed, **more: Any) -> dict[str, Any]:
    """Options of the module."""
    return {"project_dir": str(bed.directory), "state_dir": str(bed.state), **more}


@pytest.mark.rest
def test_a_clone_starts_and_answers(cloned: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = cloned
    with unnoticed(bed, upstream_calls=2):
        run = ansible.tasks(
            {
                "in Redis": {"litellm_cache_canary": options(bed, **TO_REDIS)},
                "as it is": {"litellm_cache_canary": options(bed)},
            }
        )
    assert run.code == 0 and not run.changed, run.output
    for task, kind, cache_type in (("in Redis", "harvested", "redis"), ("as it is", "hit", "local")):
        seen = run.of(task)
        assert [entry["kind"] for entry in seen["evidence"]] == [kind], seen.result
        assert (seen["version"], seen["requests"], seen["upstream_calls"]) == (bed.version, 2, 1)
        assert seen["cache_type"] in (cache_type, None)  # the newest version does not say it
        assert seen["ready_seconds"] > 0 and seen["left_over"] == []
        assert [sentence.partition(" (")[0] for sentence in seen["not_proved"]] == ["the way in"]
        assert seen["image"] == bed.container("litellm").attrs["Config"]["Image"]


def test_what_would_be_started_is_told_and_not_started(cloned: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = cloned
    with unnoticed(bed, upstream_calls=0), Created(bed) as created:
        run = ansible.tasks({"check": {"litellm_cache_canary": options(bed, **TO_REDIS)}}, "--check")
    assert run.code == 0 and not run.changed, run.output
    assert f"a clone of {bed.instance} with the image" in run.of("check")["would_start"]
    assert "evidence" not in run.of("check").result
    assert created.names == []


def test_a_clone_that_dies_says_why(cloned: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = cloned
    edited(bed, NO_ARGUMENT)
    with unnoticed(bed, upstream_calls=0):
        argument = ansible.tasks({"it": {"litellm_cache_canary": options(bed)}}).of("it")
    edited(bed, NO_FUNCTION)
    with unnoticed(bed, upstream_calls=0):
        function = ansible.tasks({"it": {"litellm_cache_canary": options(bed)}}).of("it")
    assert "got an unexpected keyword argument 'no_argument'" in argument.message
    assert f"a clone of {bed.instance}" in function.message and "it exited by itself with code 3" in function.message
    assert "Application startup failed: ImportError" in function.message


def test_an_image_that_does_not_start_or_is_not_there(cloned: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = cloned
    image = bed.container("redis").attrs["Config"]["Image"]
    with unnoticed(bed, upstream_calls=0):
        run = ansible.tasks(
            {
                "no LiteLLM": {"litellm_cache_canary": options(bed, image=image)},
                "not at hand": {"litellm_cache_canary": options(bed, image="nowhere.test/litellm:1")},
            }
        )
    assert "its command could not be run there (exit code 127)" in run.of("no LiteLLM").message
    absent = run.of("not at hand").message
    assert "nowhere.test/litellm:1 is not on this host: bring it with docker pull nowhere.test/litellm:1" in absent


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.rest)])
def test_a_run_that_is_ended_leaves_nothing_to_the_next_one(
    cloned: tuple[Bed, AnsibleRunner], number: signal.Signals
) -> None:
    bed, ansible = cloned
    with engine_of_its_own(bed) as process:
        (name,) = until(lambda: clones(bed), "the clone is made")
        until(lambda: any("erni_ki_canary" in key for key in entries(bed)), "the clone has stored something")
        process.send_signal(number)
        process.wait()
    killed = number == signal.SIGKILL
    assert clones(bed) == ([name] if killed else [])
    with unnoticed_by_instances(bed):
        run = ansible.tasks({"next": {"litellm_cache_canary": options(bed, **TO_REDIS)}})
    assert run.of("next")["left_over"] == ([name] if killed else []), run.output
    assert [key for key in entries(bed) if "canary" in key] == []


@contextmanager
def engine_of_its_own(bed: Bed) -> Iterator["subprocess.Popen[bytes]"]:
    """What the module does, in a process that can be ended."""
    spec = json.dumps(defaults_of_the_module(**options(bed, **TO_REDIS)))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdin is not None
        process.stdin.write(spec.encode())
        process.stdin.close()
        yield process


def defaults_of_the_module(**given: Any) -> dict[str, Any]:
    """All options of the module, as Ansible would hand them on."""
    from ansible_collections.erni_ki.litellm.plugins.module_utils._module import CACHE, DEPLOYMENT, REQUESTS

    own = {"image": None, "known_issues": "refuse", "ready_timeout": 120, "run": None, "take_over": False}
    shared = {name: spec.get("default") for name, spec in {**DEPLOYMENT, **CACHE, **REQUESTS}.items()}
    return {**shared, **own, **given}


@contextmanager
def unnoticed_by_instances(bed: Bed) -> Iterator[None]:
    """While it is on, no instance is restarted or asked for anything."""
    before = (bed.started(), of_ours(bed))
    yield
    assert (bed.started(), of_ours(bed)) == before


class Created:
    """While it is on, tells which containers are made.

    :param bed: whose engine it is.
    """

    def __init__(self, bed: Bed) -> None:
        self._bed = bed
        self.names: list[str] = []

    def __enter__(self) -> "Created":
        self._before = {one.id for one in self._all()}
        return self

    def __exit__(self, *_unused: object) -> None:
        self.names = [one.name for one in self._all() if one.id not in self._before and "canary" in one.name]

    def _all(self) -> list[Any]:
        return self._bed.docker.containers.list(all=True, ignore_removed=True)


def test_a_switch_sends_a_clone_ahead(cloned: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = cloned
    variables = {"litellm_cache_proof": "canary", "litellm_cache_stable_for": 0}
    edited(bed, NO_FUNCTION)
    with unnoticed(bed, upstream_calls=0):
        refused = ansible.playbook("erni_ki.litellm.switch_redis", variables=variables)
    assert refused.code != 0 and "Application startup failed: ImportError" in refused.output
    assert "nothing was changed" in refused.output
    edited(bed, ("", ""))
    check = ansible.playbook("erni_ki.litellm.switch_redis", "--check", variables=variables)
    assert check.code == 0 and "canary: a clone of" in check.output, check.output
    switch = ansible.playbook("erni_ki.litellm.switch_redis", variables=variables)
    assert switch.code == 0, switch.output
    assert f"canary: LiteLLM {bed.version} started on the change within" in switch.output
    assert "canary: it does not show the way in" in switch.output
    (plan,) = [one for one in switch.outcomes if one.action.endswith("litellm_cache_mode")]
    assert [entry["kind"] for entry in plan["canary"]["evidence"]] == ["harvested"]
    assert [entry["kind"] for entry in switch.of("Confirm the mode by requests")["evidence"]] == ["harvested"]
    assert [key for key in entries(bed) if "canary" in key] == []


def test_a_clone_has_no_database_whatever_its_entrypoint_exports(tmp_path: Path) -> None:
    bed = Bed.up(tmp_path / "project", f"erni-ki-canary-live-{os.getpid()}", shape="erni_ki")
    try:
        with unnoticed(bed, upstream_calls=0), Callers(bed) as callers:
            run = bed.ansible(tmp_path).tasks({"canary": {"litellm_cache_canary": options(bed)}})
        seen = run.of("canary")
        assert seen.ok, run.output
        # The models stand in the database, so the clone's own client of the cache shows it.
        assert [entry["kind"] for entry in seen["evidence"]] == ["pinged"]
        assert any(sentence.startswith("the database") for sentence in seen["not_proved"])
        assert callers.addresses == {bed.address("litellm")}
        assert clones(bed) == []
    finally:
        bed.down()


@pytest.mark.rest
@pytest.mark.parametrize("shape", ["dropped_uid", "read_only", "shell", "workers"])
def test_whatever_its_entrypoint_does(shape: str, tmp_path: Path) -> None:
    bed = Bed.up(tmp_path / "project", f"erni-ki-canary-{shape.replace('_', '-')}-{os.getpid()}", shape=shape)
    try:
        run = bed.ansible(tmp_path).tasks({"canary": {"litellm_cache_canary": options(bed, **TO_REDIS)}})
        assert run.of("canary").ok, run.output
        assert [entry["kind"] for entry in run.of("canary")["evidence"]] == ["harvested"]
        assert clones(bed) == []
    finally:
        bed.down()


class Callers:
    """While it is on, gathers from which addresses the database of a bed is used.

    :param bed: the deployment.
    """

    def __init__(self, bed: Bed) -> None:
        self.addresses: set[str] = set()
        self._database = bed.container("postgres")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._gather, daemon=True)

    def __enter__(self) -> "Callers":
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._ended.set()
        self._thread.join()

    def _gather(self) -> None:
        query = "select distinct client_addr from pg_stat_activity where client_addr is not null"
        while not self._ended.wait(0.1):
            words = ["psql", "-U", "postgres", "-h", "127.0.0.1", "-Atc", query]
            told = self._database.exec_run(words).output.decode().split()
            self.addresses |= {address for address in told if address != "127.0.0.1"}
