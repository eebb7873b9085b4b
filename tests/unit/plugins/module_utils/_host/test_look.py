# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen of a host: of this one, and of folders that stand for others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._host import look


def test_this_python() -> None:
    found = look.running_python()
    assert found.path == sys.executable and found.version.startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert found.libraries["yaml"] is not None


def test_a_virtual_environment_is_no_python_of_the_distribution() -> None:
    assert not look.is_of_the_distribution("/opt/venv", "/usr/bin/python3")
    assert look.is_of_the_distribution("/usr", "/usr/bin/python3")
    assert not look.is_of_the_distribution("/usr", "/usr/bin/python3-of-somebody")


def test_an_environment_that_is_not_there_yet(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):  # an empty folder is as good
        found = look.environment(str(folder))
        assert (found.occupied, found.python) == (False, None)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_place_that_is_occupied(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").touch()
    assert look.environment(str(tmp_path / "file" if kind == "file" else tmp_path)).occupied


def test_an_environment_whose_python_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").touch()
    found = look.environment(str(tmp_path))
    assert (found.occupied, found.python) == (False, None)


def test_docker_that_does_not_answer(tmp_path: Path) -> None:
    found = look.docker(f"unix://{tmp_path}/none.sock")
    assert found.release is None and found.problem and "none.sock" in found.problem


def test_a_folder_that_can_be_made(tmp_path: Path) -> None:
    assert look.may_write(str(tmp_path / "a" / "b"))
    (tmp_path / "file").touch()
    assert not look.may_write(str(tmp_path / "file" / "b"))
