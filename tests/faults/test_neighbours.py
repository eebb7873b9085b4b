# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is beside a change: a state directory of somebody else, a second service, and words that are a secret too."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.project import state_dir_of
from ansible_collections.erni_ki.litellm.tests.faults.campaign import EITHER_GUARD, REST, SHORT_SILENCE, Campaign
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

NOBODY = 65534
#: A service beside the one of the stack, with a file of its own.
SECOND = """\
services:
  second:
    extends: {file: compose.yml, service: litellm}
    ports: !reset []
    volumes: !override
      - ./conf/litellm/second.yaml:/app/config.yaml:ro
      - ./conf/entrypoints/litellm.sh:/entrypoint.sh:ro
"""


@EITHER_GUARD
@pytest.mark.parametrize("part", ["", pytest.param("snapshots", marks=REST)])
def test_the_state_directory_is_that_of_a_stranger(campaign: Campaign, part: str) -> None:
    campaign.row.fault = f"state directory{f', {part} in it,' if part else ''} of a stranger"
    campaign.row.where = "before the run"
    state = campaign.bed.state
    (state / part).mkdir(mode=0o700, parents=True)
    os.chown(state / part, NOBODY, NOBODY)
    try:
        run = campaign.start()
        campaign.now()
        campaign.settle()
        assert f"{state / part} belongs to nobody, so nothing in it is believed" in " ".join(run.output.split())
    finally:
        os.chown(state / part, 0, 0)
    campaign.expect("old")


@REST
@EITHER_GUARD
def test_the_state_directory_becomes_that_of_a_stranger(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "state directory of a stranger, then ours again", "restart"
    state = campaign.bed.state
    run = campaign.start()
    campaign.module("litellm_restart")
    os.chown(state, NOBODY, NOBODY)
    campaign.now()
    try:
        assert run.end() == 2, run.output[-3000:]
        assert "GOING BACK FAILED TOO" in run.output
        assert campaign.bed.config.read_bytes() != campaign.bed.pristine
    finally:
        os.chown(state, 0, 0)
    if campaign.guard == "none":
        campaign.lapsed()
        campaign.expect_taken_up()
    else:
        campaign.expect("old")


@contextlib.contextmanager
def password(bed: Bed, word: str) -> Iterator[None]:
    """Redis and the environment of the proxy have another password."""
    file, before = bed.directory / "secrets" / "redis_password", bed.redis_password
    try:
        bed.redis().config_set("requirepass", word)
        bed.redis_password = word
        file.write_text(word, encoding="utf-8")  # in its place, as the container sees it
        bed.restart()
        yield
    finally:
        file.write_text(before, encoding="utf-8")
        bed.redis().config_set("requirepass", before)
        bed.redis_password = before
        bed.restart()


@REST
@EITHER_GUARD
def test_the_password_is_the_name_of_the_service(campaign: Campaign) -> None:
    """Ansible hides a word that is a secret wherever it stands, also in what one module hands to the next."""
    campaign.row.fault, campaign.row.where = "password litellm, as the service is called; the module killed", "restart"
    bed = campaign.bed
    with password(bed, "litellm"):
        told = campaign.start(litellm_cache_redis_password_env="", litellm_cache_redis_password="litellm")
        assert told.end() == 2
        assert "litellm_cache_redis_password may not be a word of our own results" in " ".join(told.output.split())
        campaign.start()
        pid = campaign.module("litellm_restart")
        campaign.now()
        os.kill(pid, signal.SIGKILL)
        campaign.expect("old")
    campaign.row.outcome += "; as a literal it is refused"


class Second:
    """The second service of a project, and its file."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.config = bed.config.with_name("second.yaml")
        self.pristine = bed.pristine + b"# of the second service\n"
        self.override = bed.directory / "compose.override.yml"
        places = [
            {"service": "litellm", "config_path": str(bed.config)},
            {"service": "second", "config_path": str(self.config)},
        ]
        names = {"state_dir": None, "docker_host": None, "project_dir": str(bed.directory), "project_name": bed.name}
        self.states = [Path(state_dir_of({**names, **place})) for place in places]
        self.variables = {"litellm_cache_service": "second", "litellm_cache_config_path": str(self.config)}

    def answers(self) -> bool:
        """Whether its proxy is alive."""
        connection = http.client.HTTPConnection(self.bed.address("second"), 4000, timeout=5)
        try:
            connection.request("GET", "/health/liveliness")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@pytest.fixture
def second(bed: Bed) -> Iterator[Second]:
    """It runs."""
    one = Second(bed)
    assert not one.override.exists()
    one.config.write_bytes(one.pristine)
    one.override.write_text(SECOND, encoding="utf-8")
    try:
        bed.compose("up", "--detach", "--no-deps", "second")
        until(one.answers, "the second service answers")
        yield one
    finally:
        with contextlib.suppress(StopIteration):
            bed.container("second").remove(force=True)
        one.override.unlink()
        one.config.unlink()
        for state in one.states:
            shutil.rmtree(state, ignore_errors=True)


@REST
def test_two_services_of_one_project(campaign: Campaign, second: Second) -> None:
    campaign.row.fault, campaign.row.where = "two services of one project, kill -9 of both controllers", "restart"
    bed = campaign.bed
    default: dict[str, Any] = {**SHORT_SILENCE, "litellm_cache_state_dir": ""}
    runs = []
    for variables in ({}, second.variables):
        runs.append(campaign.start(**default, **variables))
    until(lambda: bed.config.read_bytes() != bed.pristine, "the first file is written")
    until(lambda: second.config.read_bytes() != second.pristine, "the second file is written")
    campaign.now()
    for run in runs:
        run.kill_controller()
    until(lambda: all((state / "history.jsonl").exists() for state in second.states), "both guards went back")
    assert bed.config.read_bytes() == bed.pristine and second.config.read_bytes() == second.pristine
    # Each has a snapshot of its own file.
    held = [(state / "snapshots" / "000001.yaml").read_bytes() for state in second.states]
    assert held == [bed.pristine, second.pristine]
    campaign.expect("old")
