# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a killed write leaves is known by its name, and nothing else is taken for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import temporary_file

STRANGE = [
    ".litellm_cache.config.yaml.bak",
    ".litellm_cache.config.yaml",
    ".bashrc",
    "a1b2c3d4",
    ".a1b2c3d",
    ".A1B2C3D4",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    config = tmp_path / "config [1].yaml"
    config.write_text("a: 1\n")
    for name in STRANGE:
        (tmp_path / name).write_text("not ours")
    return config


def left(path: Path) -> str:
    descriptor, name = temporary_file.create(str(path))
    os.close(descriptor)
    return name


def test_what_is_left_is_found_beside_its_file_and_in_its_directory(path: Path) -> None:
    names = sorted((left(path), left(path)))
    other = left(path.with_name("config [1].yaml.b"))
    former = path.parent / ".a1b2c3_z"
    former.write_text("a: 1\n")
    assert temporary_file.remains_beside(str(path)) == names
    assert sorted(temporary_file.remains_in(str(path.parent))) == sorted([*names, other, str(former)])
    temporary_file.remove([*names, other, str(former)])
    assert sorted(os.listdir(path.parent)) == sorted([path.name, *STRANGE])


def test_only_for_its_owner(path: Path) -> None:
    assert os.stat(left(path)).st_mode & 0o777 == 0o600


def test_links_folders_and_files_of_others_are_not_ours(path: Path) -> None:
    name = f"{temporary_file.PREFIX}{path.name}."
    (path.parent / f"{name}abcdefgh").symlink_to(path)
    (path.parent / f"{name}abcdefgi").mkdir()
    if os.geteuid() == 0:
        other = path.parent / f"{name}abcdefgj"
        other.touch()
        os.chown(other, 1234, 1234)
    assert temporary_file.remains_beside(str(path)) == []
    assert temporary_file.remains_in(str(path.parent)) == []


def test_nothing_is_left_where_nothing_is(tmp_path: Path) -> None:
    assert temporary_file.remains_beside(str(tmp_path / "none" / "config.yaml")) == []
    assert temporary_file.remains_in(str(tmp_path / "none")) == []
