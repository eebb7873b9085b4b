# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three hosts, each with a deployment of its own: one after another, or at once, and never one that is forgotten."""

from __future__ import annotations

import os
import subprocess
import uuid
from calendar import timegm
from contextlib import contextmanager
from pathlib import Path
from time import strptime
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard import Guard
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

pytestmark = pytest.mark.rest
NEWEST = "erni-ki-test/litellm:1.110.2"
NAMES = ("one", "three", "two")
#: A silence that is over while another host restarts.
SHORT = {"litellm_cache_confirm_timeout": 12, "litellm_cache_stable_for": 3}


class Hosts:
    """The deployments, in the order in which Ansible works on them."""

    def __init__(self, folder: Path) -> None:
        self.beds = [Bed.up(folder / name / "project", f"erni-ki-hosts-{os.getpid()}-{name}") for name in NAMES]
        self._folder = folder

    def down(self) -> None:
        """Remove them."""
        for bed in self.beds:
            bed.down()

    def run(self, playbook: str, lost: dict[str, str] | None = None, **variables: Any) -> Run:
        """Run a playbook on all of them.

        :param lost: name of a module by the name of the host that is lost at it.
        """
        hosts: dict[str, Any] = {}
        for bed in self.beds:
            group = yaml.safe_load(Path(bed.inventory).read_text(encoding="utf-8"))["litellm"]
            hosts[bed.name] = group["vars"]
            if bed.name in (lost or {}):
                file = self._folder / f"lost-{uuid.uuid4().hex}"
                hosts[bed.name].update(ansible_connection="lost", lost_at=lost[bed.name], lost_file=str(file))
        inventory = self._folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"litellm": {"hosts": hosts}}), encoding="utf-8")
        secrets = {f"{bed.name}: {name}": value for bed in self.beds for name, value in bed.secrets.items()}
        runner = AnsibleRunner(str(inventory), self._folder, Canary(secrets))
        return runner.playbook(f"playbooks/{playbook}.yml", variables=variables)

    def history(self, bed: Bed) -> list[dict[str, Any]]:
        """How the changes of one of them ended."""
        (folder,) = [path.parent for path in bed.state.rglob("history.jsonl")]
        return ChangeState(str(folder)).history()

    def last_results(self) -> list[str]:
        """How the last change of each ended."""
        return [self.history(bed)[-1]["result"] for bed in self.beds]

    def modes(self) -> list[str]:
        """The type of the cache that each proxy reports."""
        return [bed.cache_type() for bed in self.beds]

    def state(self, bed: Bed) -> ChangeState:
        """The state of a deployment of which there was a change."""
        (folder,) = [path.parent for path in bed.state.rglob("guard.log")]
        return ChangeState(str(folder))

    def images(self) -> list[str]:
        """The image of each proxy."""
        return [bed.container("litellm").attrs["Config"]["Image"] for bed in self.beds]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Three of them."""
    found = Hosts(tmp_path_factory.mktemp("hosts"))
    yield found
    for bed in found.beds:
        Canary(bed.secrets).search_all(bed.state_files() + bed.logs())
    found.down()


@contextmanager
def silent_redis(bed: Bed) -> Iterator[None]:
    """While it is on, the Redis of a deployment does not answer."""
    name = bed.container("redis").name
    subprocess.run(["docker", "pause", name], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["docker", "unpause", name], check=True, capture_output=True)


@pytest.mark.parametrize("serial", [1, [1, 2]])
def test_the_first_host_that_fails_keeps_the_others_as_they_are(hosts: Hosts, serial: Any) -> None:
    first, *others = hosts.beds
    before = [bed.fingerprint() for bed in others]
    with silent_redis(first):
        run = hosts.run("switch_redis", litellm_cache_serial=serial)
    assert run.code == 2 and "nothing was changed" in run.failures[0].message, run.output[-4000:]
    # A batch of one that fails as a whole is the end of a play.
    assert {entry.host for entry in run.outcomes if entry.host != "localhost"} == {first.name}
    assert [bed.fingerprint() for bed in others] == before


def test_a_host_of_a_later_batch_says_who_failed(hosts: Hosts) -> None:
    first, _second, third = hosts.beds
    before = third.fingerprint()
    with silent_redis(first):
        run = hosts.run("switch_redis", litellm_cache_serial=2, litellm_cache_stable_for=3)
    told = {entry.host: entry.message for entry in run.failures}
    assert run.code == 2 and set(told) == {first.name, third.name}, run.output[-4000:]
    assert told[third.name] == f"{first.name} failed, so nothing is done here."
    assert third.fingerprint() == before
    assert hosts.modes() == ["local", "redis", "local"]


def test_one_after_another_with_a_short_lease(hosts: Hosts) -> None:
    run = hosts.run("switch_redis", **SHORT)
    assert run.code == 0, run.output[-4000:]
    assert hosts.modes() == ["redis"] * 3 and hosts.last_results() == ["confirmed"] * 3
    first, last = hosts.beds[0], hosts.beds[2]
    confirmed = timegm(strptime(hosts.history(first)[-1]["at"], "%Y-%m-%dT%H:%M:%SZ"))
    last.container("litellm").reload()
    started = strptime(last.container("litellm").attrs["State"]["StartedAt"][:19], "%Y-%m-%dT%H:%M:%S")
    assert confirmed <= timegm(started)


def test_at_once_a_lease_is_as_long_as_the_longest_restart(hosts: Hosts) -> None:
    refused = hosts.run("rollback_local", litellm_cache_serial=3, **SHORT)
    assert refused.code == 2 and len(refused.failures) == 3, refused.output[-4000:]
    for failure in refused.failures:
        assert "litellm_cache_confirm_timeout is 12 s" in failure.message and "serial: 1" in failure.message
    assert hosts.modes() == ["redis"] * 3
    run = hosts.run("rollback_local", litellm_cache_serial=3, litellm_cache_stable_for=3)
    assert run.code == 0, run.output[-4000:]
    assert hosts.modes() == ["local"] * 3 and hosts.last_results() == ["confirmed"] * 3


@pytest.mark.parametrize(
    ("playbook", "variables"),
    [("switch_redis", {}), ("upgrade_litellm", {"litellm_upgrade_image": NEWEST})],
    ids=["switch", "upgrade"],
)
def test_a_host_that_is_lost_goes_back_by_itself(hosts: Hosts, playbook: str, variables: dict[str, Any]) -> None:
    first, second, third = hosts.beds
    images = hosts.images()
    before = [bed.config.read_bytes() for bed in hosts.beds]
    waits = {"litellm_cache_confirm_timeout": 20, "litellm_cache_stable_for": 0}
    run = hosts.run(playbook, lost={second.name: "litellm_restart"}, **waits, **variables)
    assert run.code == 4, run.output[-4000:]
    lost = [entry for entry in run.outcomes if entry.outcome == "unreachable"]
    assert [entry.host for entry in lost] == [second.name] and lost[0].message.endswith("the host is lost")
    assert third.name not in {entry.host for entry in run.outcomes}
    # Nobody can ask it any more: its own guard takes it back.
    guard = Guard(hosts.state(second))
    until(lambda: not guard.alive, "the guard has gone back")
    assert [hosts.history(bed)[-1]["result"] for bed in (first, second)] == ["confirmed", "reverted"]
    assert [bed.config.read_bytes() for bed in (second, third)] == before[1:]
    if playbook == "switch_redis":
        assert hosts.modes() == ["redis", "local", "local"]
    else:
        assert hosts.images() == [NEWEST, *images[1:]]
    assert hosts.run(playbook, **waits, **variables).code == 0
    assert hosts.last_results()[1:] == ["confirmed"] * 2
    if playbook == "switch_redis":
        assert hosts.modes() == ["redis"] * 3
        assert hosts.run("rollback_local", **waits).code == 0
    else:
        assert hosts.images() == [NEWEST] * 3
