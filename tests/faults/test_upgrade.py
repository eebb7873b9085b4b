# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of an upgrade is killed: image, file and containers are those of before.

``campaign.expect`` looks at the configuration and its mode, and lets the next switch run on the old image.
"""

from __future__ import annotations

import os
import signal

import pytest
from ansible_collections.erni_ki.litellm.tests.faults.campaign import PATIENCE, REST, SHORT_SILENCE, STEPS, Campaign
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

UPGRADE = "playbooks/upgrade_litellm.yml"
NEWEST = "erni-ki-test/litellm:1.110.2"
VARIABLES = {"litellm_upgrade_image": NEWEST, "litellm_upgrade_proof": "none"}
NAMED = "name the image"


class Before:
    """What an upgrade changes, as it was."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self.file = campaign.bed.directory / ".env"
        self.bytes = self.file.read_bytes()
        self.image = self._image()

    def _image(self) -> str:
        return str(self._campaign.bed.container("litellm").attrs["Config"]["Image"])

    def is_back(self) -> None:
        """All of it is as it was, and the next upgrade has something to do."""
        campaign = self._campaign
        campaign.settle()
        assert self.file.read_bytes() == self.bytes and self._image() == self.image
        assert not (campaign.bed.state / "compose-file").exists()
        check = campaign.ansible.playbook(UPGRADE, "--check", variables={**PATIENCE, **VARIABLES})
        assert check.code == 0 and check.changed, check.output[-4000:]

    @property
    def is_named_no_more(self) -> bool:
        """Whether the file names another image."""
        return self.file.read_bytes() != self.bytes


@REST
@pytest.mark.parametrize("module", [None, "litellm_restart", "litellm_cache_roundtrip"])
def test_the_controller_is_killed(campaign: Campaign, module: str | None) -> None:
    campaign.row.fault = "upgrade: kill -9 of ansible-playbook"
    campaign.row.where = STEPS[module] if module else NAMED
    before = Before(campaign)
    run = campaign.start(UPGRADE, **SHORT_SILENCE, **VARIABLES)
    if module:
        campaign.module(module)
    else:
        campaign.wait_for(lambda: before.is_named_no_more, "named the image")
    campaign.now()
    run.kill_controller()
    until(lambda: not before.is_named_no_more, "the guard took the image back")
    before.is_back()
    last = campaign.state.history()[-1]
    assert (last["result"], last["by"]) == ("reverted", "guard")
    campaign.expect("old")


@REST
@pytest.mark.parametrize(
    ("campaign", "module", "sent"),
    [
        (guard, module, sent)
        for guard in ("auto", "none")
        for module, sent in (
            ("litellm_image", signal.SIGKILL),
            ("litellm_restart", signal.SIGKILL),
            ("litellm_restart", signal.SIGTERM),
            ("litellm_cache_roundtrip", signal.SIGKILL),
        )
    ],
    indirect=["campaign"],
)
def test_a_module_is_killed(campaign: Campaign, module: str, sent: signal.Signals) -> None:
    campaign.row.fault = f"upgrade: {sent.name} to the module on the host"
    campaign.row.where = STEPS.get(module, NAMED)
    before = Before(campaign)
    campaign.start(UPGRADE, **VARIABLES)
    pid = campaign.module(module)
    campaign.now()
    os.kill(pid, sent)
    before.is_back()
    campaign.expect("old")
