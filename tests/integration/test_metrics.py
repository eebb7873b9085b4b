# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics of a real deployment: written by whoever changes something, and never in the way of a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

SWITCH, ROLLBACK, VERIFY, FLUSH, STATUS = (
    f"playbooks/{name}.yml" for name in ("switch_redis", "rollback_local", "verify", "flush_cache", "status")
)
QUICK = {"litellm_cache_stable_for": 0}
#: Every metric of a deployment where all is well and nothing is pending, but for that of a flush.
WELL = set(
    """
    last_written_timestamp_seconds observed_timestamp_seconds unseen problems mode_info in_effect verified instances
    instances_running instances_stale container_info container_stale container_start_timestamp_seconds pending_change
    last_change_timestamp_seconds last_change_success last_change_info last_verification_timestamp_seconds
    last_verification_success last_verification_problems drifting_settings latency_seconds state_damage
    """.split()
)


@pytest.fixture
def textfile(tmp_path: Path) -> Path:
    """The directory that node_exporter reads."""
    (tmp_path / "textfile").mkdir()
    return tmp_path / "textfile"


@pytest.fixture
def measured(textfile: Path) -> dict[str, Any]:
    """Variables of a run that writes metrics."""
    return {**QUICK, "litellm_cache_textfile_dir": str(textfile)}


def series(folder: Path) -> dict[str, float]:
    """What the one file in the folder says."""
    (path,) = folder.glob("*.prom")  # while it is written, another one stands beside it under another ending
    assert path.stat().st_mode & 0o777 == 0o644
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return {line.rpartition(" ")[0].removeprefix("litellm_cache_"): float(line.rpartition(" ")[2]) for line in lines}


def values(folder: Path) -> dict[str, float]:
    """The same by name alone."""
    return {name.partition("{")[0]: value for name, value in series(folder).items()}


def test_each_run_writes_what_there_is(
    bed: Bed, ansible: AnsibleRunner, textfile: Path, measured: dict[str, Any]
) -> None:
    assert ansible.playbook(STATUS, "--check", variables=measured).code == 0 and not list(textfile.iterdir())
    switch = ansible.playbook(SWITCH, variables=measured)
    assert switch.code == 0 and "not written" not in switch.output, switch.output
    switched = values(textfile)
    assert switched["last_change_success"] == switched["in_effect"] == 1 and switched["pending_change"] == 0
    assert "last_verification_success" not in switched and switched["verified"] == 0
    assert ansible.playbook(STATUS).code == 0 and values(textfile) == switched  # without the variable

    assert ansible.playbook(VERIFY, variables=measured).code == 0
    verified = values(textfile)
    assert set(verified) == WELL and verified["verified"] == 1 and verified["drifting_settings"] == 0
    about = f'project="{bed.name}",service="litellm"'
    assert series(textfile)[f'mode_info{{{about},source="effective",mode="redis"}}'] == 1
    assert bed.redis_password not in next(textfile.iterdir()).read_text(encoding="utf-8")
    bed.container("litellm").stop(timeout=10)
    assert ansible.playbook(STATUS, variables=measured).code == 0
    assert values(textfile)["in_effect"] == values(textfile)["instances_running"] == 0


@pytest.mark.rest
def test_a_flush_writes_when_it_was(bed: Bed, ansible: AnsibleRunner, textfile: Path, measured: dict[str, Any]) -> None:
    assert ansible.playbook(SWITCH, variables=QUICK).code == 0
    flush = ansible.playbook(FLUSH, variables=measured)
    assert flush.code == 0 and values(textfile)["last_flush_timestamp_seconds"] > 0, flush.output


@pytest.mark.rest
def test_a_switch_that_goes_back_writes_it(
    bed: Bed, ansible: AnsibleRunner, textfile: Path, measured: dict[str, Any]
) -> None:
    assert ansible.playbook(SWITCH, variables={**measured, "litellm_cache_after_each": "/bin/false"}).code != 0
    back = values(textfile)
    assert (back["last_change_success"], back["pending_change"], back["in_effect"]) == (0, 0, 1)


@pytest.mark.rest
def test_the_guard_writes_that_it_took_a_change_back(
    bed: Bed, ansible: AnsibleRunner, textfile: Path, options: dict[str, Any]
) -> None:
    change = {
        "mode": "redis",
        "redis_password_env": "REDIS_PASSWORD",
        "look": True,
        "confirm": "later",
        "confirm_timeout": 3,
        "textfile_dir": str(textfile),
    }
    assert ansible.tasks({"Commit": {"litellm_cache_mode": change}}, defaults=options).of("Commit").ok
    assert "in_effect" not in values(textfile)  # whoever commits has not looked what runs afterwards
    assert "pending_change_start_timestamp_seconds" in values(textfile) or values(textfile)["pending_change"] == 0
    until(lambda: values(textfile)["pending_change"] == 0, "the guard tells that nothing is pending")
    about = f'project="{bed.name}",service="litellm"'
    info = f'last_change_info{{{about},from="local",to="redis",result="reverted",by="guard"}}'
    assert series(textfile)[info] == 1 and values(textfile)["last_change_success"] == 0
    assert bed.config.read_bytes() == bed.pristine


@pytest.mark.rest
def test_a_directory_that_cannot_be_written_is_in_the_way_of_no_way_back(
    bed: Bed, ansible: AnsibleRunner, tmp_path: Path
) -> None:
    nowhere = {**QUICK, "litellm_cache_textfile_dir": str(tmp_path / "nowhere")}
    before = bed.fingerprint()
    why = f"litellm_cache_textfile_dir: there is no directory {tmp_path}/nowhere on the managed host"
    refused = ansible.playbook(SWITCH, variables=nowhere)
    (failure,) = refused.failures
    assert why in failure.message and failure.message.endswith("nothing was changed"), refused.output
    status = ansible.playbook(STATUS, variables=nowhere)
    assert status.code == 0 and why in " ".join(status.output.split()), status.output
    assert bed.fingerprint() == before
    back = ansible.playbook(ROLLBACK, "--check", variables=nowhere)
    assert back.code == 0 and f"no metrics will be written: {why}" in " ".join(back.output.split()), back.output
