# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proof downloads nothing: on a host without internet it would wait for that to fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed

PROVED = {"redis_password_env": "REDIS_PASSWORD", "mode": "redis", "proof": "probe"}


@pytest.mark.rest
@pytest.mark.parametrize("version", ["newest", "1.80.0"])
def test_a_proof_does_not_ask_for_the_table_of_prices(version: str, tmp_path: Path) -> None:
    bed = Bed.up(tmp_path / "project", f"erni-ki-prices-{os.getpid()}", version, shape="price_table")
    try:
        # The oracle: the proxy itself asked at its start, so whoever imports LiteLLM here without the variable does.
        by_the_proxy = asked(bed)
        assert by_the_proxy > 0
        ansible = bed.ansible(tmp_path)
        options = {"project_dir": str(bed.directory), "state_dir": str(bed.state)}
        run = ansible.tasks({"prove": {"litellm_cache_mode": {**options, **PROVED}}}, "--check")
        assert run.of("prove").ok, run.output
        assert run.of("prove")["probe"]["import_seconds"] > 0
        assert asked(bed) == by_the_proxy
    finally:
        bed.down()


def asked(bed: Bed) -> int:
    """How often somebody asked the upstream for the table."""
    return bed.container("upstream").logs().decode().count("GET /price-table")
