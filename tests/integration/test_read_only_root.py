# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is written inside a container: the whole way works where its root file system is read-only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed


@pytest.mark.rest
@pytest.mark.shape("a read-only root file system")
def test_switched_and_back(tmp_path: Path) -> None:
    bed = Bed.up(tmp_path / "project", f"erni-ki-read-only-{os.getpid()}", shape="read_only")
    try:
        assert bed.container("litellm").exec_run(["touch", "/x"]).exit_code != 0
        ansible = bed.ansible(tmp_path)
        quick = {"litellm_cache_stable_for": 0}
        switch = ansible.playbook("playbooks/switch_redis.yml", variables=quick)
        assert switch.code == 0, switch.output
        assert bed.cache_type() == "redis"
        back = ansible.playbook("playbooks/rollback_local.yml", variables=quick)
        assert back.code == 0, back.output
        assert bed.config.read_bytes() == bed.pristine and bed.cache_type() == "local"
    finally:
        bed.down()
