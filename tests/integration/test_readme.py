# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of a new user: what the README says to copy and to type, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.new_user import NewUser, commands, kept_of

PLAYBOOK = "ansible-playbook -i inventory.yml erni_ki.litellm."


@pytest.fixture
def user(bed: Bed, tmp_path: Path) -> Iterator[NewUser]:
    """A new user of the bed; afterwards the host is as without one."""
    yield NewUser(tmp_path, bed, bed.name)
    for folder in kept_of(bed):
        Canary(bed.secrets).search_all(
            [
                (str(path), path.read_text(encoding="utf-8", errors="replace"))
                for path in folder.rglob("*")
                if path.is_file() and "snapshots" not in path.parts
            ]
        )
        shutil.rmtree(folder)


def params_of(bed: Bed) -> dict[str, Any]:
    """What the file says of the cache."""
    return yaml.safe_load(bed.config.read_text(encoding="utf-8"))["litellm_settings"]["cache_params"]


def test_the_quick_start_works_as_it_stands(bed: Bed, user: NewUser) -> None:
    build, install, check, switch, verify, rollback = commands()
    before = bed.fingerprint()
    user.types(build)
    user.types(install)
    installed = user.home / ".ansible" / "collections" / "ansible_collections" / "erni_ki" / "litellm"
    assert (installed / "MANIFEST.json").is_file(), "installed from something else than an artifact"

    assert check == f"{PLAYBOOK}switch_redis --check --diff"
    assert "+    type: redis" in user.types(check)
    assert bed.fingerprint() == before and kept_of(bed) == []

    assert switch == f"{PLAYBOOK}switch_redis"
    user.types(switch)
    assert bed.cache_type() == "redis"
    params = params_of(bed)
    assert (params["host"], params["db"], params["password"]) == ("redis", 1, "os.environ/REDIS_PASSWORD")

    assert verify == f"{PLAYBOOK}verify"
    running = bed.started()
    user.types(verify)
    assert bed.started() == running

    assert rollback == f"{PLAYBOOK}rollback_local"
    user.types(rollback)
    assert bed.cache_type() == "local" and bed.config.read_bytes() == bed.pristine
