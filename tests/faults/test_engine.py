# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker Engine answers with errors, to all that it is asked or to some of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.faults.campaign import EITHER_GUARD, REST, Campaign
from ansible_collections.erni_ki.litellm.tests.faults.refusing_engine import RefusingEngine
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

RESTARTS = re.compile(r"POST \S+/containers/\w+/restart")
INSPECTIONS = re.compile(r"GET \S+/containers/\w+/json ")
ALL = re.compile("")
REFUSES = pytest.mark.parametrize(
    ("refuses", "what"), [(ALL, "to everything"), (INSPECTIONS, "to inspections")], ids=["everything", "inspections"]
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[RefusingEngine]:
    """The engine as the runs of a test reach it."""
    with RefusingEngine(tmp_path / "docker.sock") as found:
        yield found


@EITHER_GUARD
def test_it_does_not_restart(campaign: Campaign, engine: RefusingEngine) -> None:
    campaign.row.fault, campaign.row.where = "Docker answers 500 when it is to restart", "restart"
    engine.refuses = RESTARTS
    campaign.start(litellm_cache_docker_host=engine.address)
    campaign.wait_for(lambda: engine.refused, "asked for a restart")
    campaign.now()
    campaign.expect("old")


@REST
@REFUSES
def test_the_guard_goes_on_until_it_answers(
    campaign: Campaign, engine: RefusingEngine, refuses: re.Pattern[str], what: str
) -> None:
    campaign.row.fault, campaign.row.where = f"Docker answers 500 {what}, then no longer", "confirm"
    run = campaign.start(litellm_cache_docker_host=engine.address)
    campaign.module("litellm_cache_roundtrip")
    engine.refuses = refuses
    campaign.now()
    assert run.end() == 2, run.output[-3000:]
    assert "GOING BACK FAILED TOO" in run.output
    told = campaign.bed.state / "guard.log"
    until(lambda: "the fault campaign refuses" in told.read_text(encoding="utf-8"), "the guard was refused too")
    assert campaign.bed.config.read_bytes() == campaign.bed.pristine  # that needs no Docker
    engine.refuses = None
    campaign.expect("old")


@REST
@REFUSES
@pytest.mark.parametrize("campaign", ["none"], indirect=True)
def test_the_next_run_goes_on_where_there_is_no_guard(
    campaign: Campaign, engine: RefusingEngine, refuses: re.Pattern[str], what: str
) -> None:
    campaign.row.fault, campaign.row.where = f"Docker answers 500 {what}, then no longer", "confirm"
    run = campaign.start(litellm_cache_docker_host=engine.address)
    campaign.module("litellm_cache_roundtrip")
    engine.refuses = refuses
    campaign.now()
    assert run.end() == 2, run.output[-3000:]
    engine.refuses = None
    assert campaign.bed.config.read_bytes() == campaign.bed.pristine
    assert campaign.state.reverting() is not None
    campaign.expect_taken_up()
