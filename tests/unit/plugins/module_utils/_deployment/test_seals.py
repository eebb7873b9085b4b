# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps even root from replacing a file is seen before: on real files with real attributes, and real mounts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import seals
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.seals import seal_of_directory, seal_of_file

by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may seal and mount")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file; both can be removed in the end."""
    made = tmp_path / "folder"
    made.mkdir()
    (made / "config.yaml").touch()
    yield made
    subprocess.run(["chattr", "-ia", str(made), str(made / "config.yaml")], check=False, stderr=subprocess.DEVNULL)


def seal(path: Path, attribute: str) -> None:
    """Give a file an attribute."""
    if subprocess.run(["chattr", f"+{attribute}", str(path)], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("this file system has no such attributes")


def test_what_nothing_is_against(folder: Path) -> None:
    assert seal_of_file(str(folder / "config.yaml")) is None
    assert seal_of_file(str(folder / "none.yaml")) is None
    assert seal_of_directory(str(folder)) is None
    assert seal_of_directory(str(folder / "none")) is None
    assert seal_of_file(os.devnull) is None  # it knows no such request


@by_root
@pytest.mark.parametrize("attribute", ["i", "a"])
def test_an_attribute_of_the_file(folder: Path, attribute: str) -> None:
    path = folder / "config.yaml"
    seal(path, attribute)
    with pytest.raises(PermissionError):
        os.replace(path, folder / "other")
    assert seal_of_file(str(path)) == (
        f"{path} has the attribute {attribute} (lsattr), so it cannot be replaced: chattr -{attribute} {path}"
    )


@by_root
@pytest.mark.parametrize("attribute", ["i", "a"])
def test_an_attribute_of_the_directory(folder: Path, attribute: str) -> None:
    seal(folder, attribute)
    told = f"{folder} has the attribute {attribute} (lsattr), so no file in it can be replaced: chattr -{attribute} {folder}"
    assert seal_of_directory(str(folder)) == told
    assert seal_of_directory(str(folder), replaces=False) == (told if attribute == "i" else None)


@by_root
def test_mounts(folder: Path) -> None:
    odd = folder / "a b\\c"
    odd.touch()
    program = (
        f"import sys; from {seals.__name__} import *; "
        "print(seal_of_directory(sys.argv[1])); print(seal_of_file(sys.argv[2]))"
    )
    mounts = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && mount --bind "$2" "$2" && exec "$3" -c "$4" "$1" "$2"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mounts, "sh", str(folder), str(odd), sys.executable, program],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip("no mounts of its own are allowed here")
    assert done.stdout.splitlines() == [
        f"{folder} lies on a file system that is mounted read-only: mount it for writing",
        f"{odd} is a mount point itself, so it cannot be replaced: run the play on the host that holds the file",
    ], done.stderr


def test_a_kernel_that_tells_no_mounts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MOUNTS", folder / "none")
    assert seal_of_file(str(folder / "config.yaml")) is None
