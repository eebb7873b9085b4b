# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents tell their readers to type, typed, in the order of somebody who has read them all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.new_user import NewUser, kept_of
from ansible_collections.erni_ki.litellm.tests.unit.support.documented_commands import CONFIG, PLAYBOOK, STATE, TYPED


@pytest.fixture
def user(bed: Bed, tmp_path: Path) -> Iterator[NewUser]:
    """A reader of the documents; afterwards the host is as without one."""
    yield NewUser(tmp_path, bed, bed.name)
    for folder in kept_of(bed):
        shutil.rmtree(folder)


def as_it_is_here(command: str, bed: Bed) -> str:
    """A command with what its reader replaces: the project, its folders, and the number of the newest snapshot."""
    for folder in kept_of(bed):
        newest = max(path.stem for path in (folder / "snapshots").glob("0*.yaml"))
        command = command.replace("000007", newest)
    # The inventory of the bed names its file, which need not lie where that of ERNI-KI does.
    command = command.replace(CONFIG, str(bed.config)).replace("/opt/erni-ki", str(bed.directory))
    command = command.replace(STATE, STATE.replace("erni-ki.litellm", f"{bed.name}.litellm"))
    return f"cd {bed.directory} && {command}" if command.startswith("docker compose") else command


# Each of them for itself is run by the tests of its playbook; here they are taken by their words.
@pytest.mark.rest
def test_every_command_of_the_documents_can_be_typed(bed: Bed, user: NewUser) -> None:
    """The modes that they lead to are looked at where a command says that it leads there."""
    for command, expected in TYPED.items():
        code, output = user.calls(as_it_is_here(command, bed))
        assert code == expected, f"{command}\n{output}"
        if command == f"{PLAYBOOK}switch_redis":
            assert bed.cache_type() == "redis"
        if command == "cd /opt/erni-ki && docker compose restart litellm":
            until(bed.proxy_answers, "the proxy answers after the restart")
            assert bed.cache_type() == "local"  # the snapshot is of before the switch
    assert bed.cache_type() == "local"
