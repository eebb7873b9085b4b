# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image of an upgrade from a real registry: pulled, refused, too slow, broken off, and on a full disk.

A full disk is the one thing that is not real: the engine of this machine serves all of its tests, so its answer is made.
"""

from __future__ import annotations

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.registry import USER, FullDisk, Registry
from ansible_collections.erni_ki.litellm.tests.integration.support.relay import Relay

#: The words of each failure are unit tests; here a registry is built, which takes two minutes.
pytestmark = pytest.mark.rest

VERSION = "1.77.7"
LITELLM = f"erni-ki-test/litellm:{VERSION}"
#: An image without LiteLLM, and its bytes; through the slow relay it takes some minutes.
NOISE, NOISE_SIZE = "noise", 20_000_000
#: Seconds that the slow relay keeps each piece of 64 kB, and how much has come when somebody is in the middle of it.
SLOW, MIDDLE = 1.0, 200_000


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that has an image, and lets in who has its password."""
    with Registry(tmp_path_factory.mktemp("registry"), f"erni-ki-registry-{os.getpid()}") as registry:
        registry.push_noise(NOISE, NOISE_SIZE)
        yield registry


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One stack of two instances."""
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", f"erni-ki-pull-{os.getpid()}", VERSION, shape="scaled")
    yield bed
    bed.down()


@pytest.fixture
def runner(stack: Bed, registry: Registry, tmp_path: Path) -> AnsibleRunner:
    """Runs playbooks on it, and sees that neither password nor login is told."""
    runner = stack.ansible(tmp_path)
    login = base64.b64encode(f"{USER}:{registry.password}".encode()).decode()
    runner.canary = Canary({**stack.secrets, "registry password": registry.password, "login": login})
    return runner


def upgrade(runner: AnsibleRunner, registry: Registry | None, image: str, *words: str, **variables: Any) -> Run:
    """Run the playbook, with the login at a registry or without one."""
    environment = {"DOCKER_CONFIG": str(registry.login if registry else runner.scratch / "no-login")}
    options = {"litellm_cache_stable_for": 0, "litellm_upgrade_image": image, **variables}
    return runner.playbook("playbooks/upgrade_litellm.yml", *words, variables=options, environment=environment)


def refusal(run: Run) -> str:
    """The one sentence that a refused run ends with."""
    assert run.code == 2 and not run.changed and len(run.failures) == 1, run.output[-4000:]
    return " ".join(run.failures[0].message.split())


def announced(run: Run) -> str:
    """What the name of the task that pulls tells before it does."""
    (name,) = {one.task for one in run.outcomes if "Bring the image to the host" in one.task}
    return name.partition(" (")[2].rstrip(")")


def test_it_is_pulled_and_its_size_was_told_before(stack: Bed, registry: Registry, runner: AnsibleRunner) -> None:
    """A real image of LiteLLM with one layer more: the lower ones the host has already. Its push takes minutes."""
    image = registry.push_with_a_layer(LITELLM, "litellm")
    check = upgrade(runner, registry, image, "--check")
    assert check.code == 0, check.output[-4000:]
    told = f"{image} is not on the managed host; a run would pull it first (to be pulled: "
    assert told in " ".join(check.output.split())
    without_clone = {"litellm_upgrade_proof": "none", "litellm_cache_ready_timeout": 240}
    run = upgrade(runner, registry, image, **without_clone)
    assert run.code == 0, run.output[-4000:]
    assert " MB in 3 layers, less what the host has of it, waiting at most 1800 s" in announced(run)
    assert ": 3 layers, 2 of them there before\n" in run.output
    assert {one.attrs["Config"]["Image"] for one in stack.instances()} == {image}
    back = upgrade(runner, None, LITELLM, **without_clone)
    assert back.code == 0 and announced(back) == "", back.output[-4000:]


def test_who_is_not_logged_in_is_told_how(stack: Bed, registry: Registry, runner: AnsibleRunner) -> None:
    """With the login it is pulled, all of it; what there is of LiteLLM in it the clone tells then."""
    untouched, image = stack.fingerprint(), f"127.0.0.1:{registry.port}/{NOISE}:1"
    refused = upgrade(runner, None, image)
    assert f"Docker did not pull {image}: " in refusal(refused)
    assert f"Run docker login 127.0.0.1:{registry.port} on the host as " in refusal(refused)
    assert "Nothing was changed" in refusal(refused)
    assert announced(refused) == "to be pulled: its registry does not tell how much, waiting at most 1800 s"
    assert stack.fingerprint() == untouched
    with_login = upgrade(runner, registry, image)
    assert announced(with_login).startswith("to be pulled: 20.0 MB in 1 layer, less what the host has of it")
    assert f"a clone did not do on the image {image} what the instances are to do" in refusal(with_login)
    stack.docker.images.remove(image)
    assert stack.fingerprint() == untouched


def test_of_an_image_for_several_platforms_that_of_the_host_is_told(
    stack: Bed, registry: Registry, runner: AnsibleRunner
) -> None:
    registry.push_noise(NOISE, 1_000_000, "other")
    here = stack.docker.version()["Arch"]
    others = ["arm64" if here != "arm64" else "amd64", "s390x"]
    image = registry.name_for_platforms(NOISE, "all", {others[0]: "other", here: "1", others[1]: "other"})
    run = upgrade(runner, registry, image)
    assert announced(run).startswith("to be pulled: 20.0 MB in 1 layer, less what the host has of it")
    assert f"a clone did not do on the image {image} what the instances are to do" in refusal(run)


def test_patience_with_a_slow_registry_ends(stack: Bed, registry: Registry, runner: AnsibleRunner) -> None:
    untouched = stack.fingerprint()
    with Relay("127.0.0.1", ("127.0.0.1", registry.port), SLOW) as relay:
        registry.log_in(relay.port)
        image = f"127.0.0.1:{relay.port}/{NOISE}:1"
        told = refusal(upgrade(runner, registry, image, litellm_upgrade_pull_timeout=10))
    assert "did not end within 10 s: litellm_upgrade_pull_timeout is how long it may take. Nothing was changed" in told
    assert stack.fingerprint() == untouched


def test_a_registry_that_stops_in_the_middle(stack: Bed, registry: Registry, runner: AnsibleRunner) -> None:
    """Docker tries again for most of a minute before it gives up."""
    untouched = stack.fingerprint()
    with ThreadPoolExecutor(1) as others:
        with Relay("127.0.0.1", ("127.0.0.1", registry.port), SLOW) as relay:
            registry.log_in(relay.port)
            image = f"127.0.0.1:{relay.port}/{NOISE}:1"
            running = others.submit(upgrade, runner, registry, image)
            until(lambda: relay.answered > MIDDLE or running.done(), "the pull is in the middle")
            assert not running.done()
        told = refusal(running.result())
    assert f"Docker did not pull {image}: " in told and "Nothing was changed" in told
    assert stack.fingerprint() == untouched


def test_a_full_disk(stack: Bed, registry: Registry, runner: AnsibleRunner, tmp_path: Path) -> None:
    untouched = stack.fingerprint()
    with FullDisk(tmp_path / "docker.sock") as engine:
        image = f"127.0.0.1:{registry.port}/{NOISE}:1"
        told = refusal(upgrade(runner, registry, image, litellm_cache_docker_host=engine.address))
    assert "no space left on device: the disk of Docker is full. " in told and "Nothing was changed" in told
    assert stack.fingerprint() == untouched
