# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One instance restarts, and nobody in its networks notices: the bridge, with real clients beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.owned import BRIDGE_LABEL
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.network_clients import NetworkClients

QUICK = {"litellm_cache_stable_for": 1}
SWITCH, BACK, FLUSH = (f"erni_ki.litellm.{name}" for name in ("switch_redis", "rollback_local", "flush_cache"))
#: A function that nobody has: no LiteLLM starts with it.
NO_FUNCTION = ("general_settings:\n", "general_settings:\n  custom_auth: nowhere.nobody\n")


@pytest.fixture(
    scope="module",
    params=["newest", pytest.param("oldest", marks=pytest.mark.rest)],
)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A stack with one instance of the newest and of the oldest LiteLLM."""
    name = f"erni-ki-bridge-{request.param}-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp(request.param) / "project", name, request.param)
    yield bed
    bed.down()


@pytest.fixture
def bridged(stack: Bed, tmp_path: Path) -> Iterator[tuple[Bed, AnsibleRunner]]:
    """The stack in its beginning, and what runs playbooks on it. Afterwards nothing of a bridge is left."""
    stack.reset()
    yield stack, stack.ansible(tmp_path)
    assert bridges(stack) == []
    assert not (stack.state / "bridge").exists()
    Canary(stack.secrets).search_all(stack.state_files() + stack.logs())


def bridges(bed: Bed) -> list[str]:
    """Names of the containers of bridges over its instances, in any state."""
    found = bed.docker.containers.list(all=True, filters={"label": BRIDGE_LABEL}, ignore_removed=True)
    return [one.name for one in found if one.name.startswith(bed.instance)]


def bridge_in(run: Run) -> dict[str, Any] | None:
    """What is told of the bridge over the restart of the only instance."""
    (entry,) = run.of("Restart the instances, one after another")["instances"]
    return entry.get("bridge")


def test_nobody_notices(bridged: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = bridged
    with NetworkClients(bed) as clients:
        check = ansible.playbook(SWITCH, "--check", variables=QUICK)
        runs = [ansible.playbook(name, variables=QUICK) for name in (SWITCH, BACK)]
    assert check.code == 0 and "a second container would answer as " in check.output, check.output
    nobody_noticed(runs, clients)


@pytest.mark.rest
def test_nobody_notices_a_flush(bridged: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = bridged
    with NetworkClients(bed) as clients:
        runs = [ansible.playbook(FLUSH, variables={**QUICK, "litellm_cache_flush_restart": "always"})]
    nobody_noticed(runs, clients)


def nobody_noticed(runs: list[Run], clients: NetworkClients) -> None:
    """Each run had a bridge, and no request failed. The oracle are the clients themselves."""
    for run in runs:
        assert run.code == 0, run.output
        told = bridge_in(run)
        assert told is not None and told["raised_seconds"] > 0 and told["killed"] is False and told["refused"] is True
        assert told["connections"] > 0 and f", a bridge took {told['connections']} connection" in run.output
    for kind, became in clients.told.items():
        assert became["failed"] == {}, (kind, became)
        assert became["answered"] > 20, kind


@pytest.mark.rest
def test_a_change_that_does_not_start_touches_nobody(bridged: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = bridged
    text = bed.pristine.decode()
    assert NO_FUNCTION[0] in text
    bed.put(text.replace(*NO_FUNCTION).encode())  # no instance has it before its next start
    edited, started = bed.config.read_bytes(), bed.started()
    with NetworkClients(bed) as clients:
        run = ansible.playbook(SWITCH, variables=QUICK)
    assert run.code != 0
    told = " ".join(run.output.split())
    assert f"{bed.instance} was not restarted, because the bridge over its restart is no good" in told
    assert "Application startup failed: ImportError" in told
    assert (bed.config.read_bytes(), bed.started()) == (edited, started)
    # Nothing was restarted, so nothing could cut them.
    assert [became["failed"] for became in clients.told.values()] == [{}, {}]


def test_where_nobody_could_ask_there_is_none(bridged: tuple[Bed, AnsibleRunner]) -> None:
    bed, ansible = bridged
    check = ansible.playbook(SWITCH, "--check", variables=QUICK)
    assert "no bridge: no container but those that " in check.output
    assert "Requests fail while " in check.output and "its last start took " in check.output
    assert bridge_in(check) is not None
    asked_for_none = ansible.playbook(SWITCH, "--check", variables={**QUICK, "litellm_cache_bridge": "never"})
    assert bridge_in(asked_for_none) is None


@pytest.mark.rest
def test_nobody_notices_on_the_live_shape_of_erni_ki(tmp_path: Path) -> None:
    """Models and keys in a database, names of its own, what the entrypoint exports."""
    bed = Bed.up(tmp_path / "project", f"erni-ki-bridge-live-{os.getpid()}", shape="erni_ki")
    try:
        ansible = bed.ansible(tmp_path)
        with NetworkClients(bed) as clients:
            variables = {**QUICK, "litellm_cache_known_issues": "warn"}
            runs = [ansible.playbook(name, variables=variables) for name in (BACK, SWITCH)]
        nobody_noticed(runs, clients)
        assert bridges(bed) == []
    finally:
        bed.down()
