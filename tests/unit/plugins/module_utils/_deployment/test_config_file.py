# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The config file is replaced whole or not at all, and keeps all but its content."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import (
    ConfigFile,
    ConfigFileError,
    read_document,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    config = tmp_path / "config.yaml"
    config.write_bytes("\ufeffa: 1\r\nb: ключ\r\n".encode())
    return config


def test_reads_the_exact_bytes(path: Path) -> None:
    file = ConfigFile.read(str(path))
    assert file.content == path.read_bytes()
    assert file.text == "\ufeffa: 1\r\nb: ключ\r\n"
    assert file.modified == path.stat().st_mtime_ns


def test_replaces_by_another_inode(path: Path) -> None:
    before = path.stat()
    with path.open("rb") as held:
        ConfigFile.read(str(path)).replace(b"new: true\n")
        assert held.read() == "\ufeffa: 1\r\nb: ключ\r\n".encode()
    assert path.read_bytes() == b"new: true\n"
    assert path.stat().st_ino != before.st_ino
    assert path.stat().st_mtime_ns > before.st_mtime_ns
    assert os.listdir(path.parent) == ["config.yaml"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_keeps_the_mode(path: Path, mode: int) -> None:
    path.chmod(mode)
    ConfigFile.read(str(path)).replace(b"x")
    assert path.stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_keeps_owner_and_group(path: Path) -> None:
    os.chown(path, 1234, 1235)
    ConfigFile.read(str(path)).replace(b"x")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


def test_keeps_extended_attributes(path: Path) -> None:
    try:
        os.setxattr(path, "user.origin", b"by hand")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    ConfigFile.read(str(path)).replace(b"x")
    assert os.getxattr(path, "user.origin") == b"by hand"


def test_sets_a_modification_time(path: Path) -> None:
    ConfigFile.read(str(path)).replace(b"x", modified=1_600_000_000_123_456_789)
    assert path.stat().st_mtime_ns == 1_600_000_000_123_456_789


def test_a_modification_time_to_come_is_not_when_it_was_written(path: Path) -> None:
    """It made every instance stale for ever."""
    os.utime(path, (4e9, 4e9))
    file = ConfigFile.read(str(path))
    assert file.modified == 4_000_000_000_000_000_000
    assert file.written == path.stat().st_ctime_ns < 4_000_000_000_000_000_000
    os.utime(path, (5, 5))
    assert ConfigFile.read(str(path)).written == 5_000_000_000


def test_a_second_name_is_told_before_a_change_and_stops_no_way_back(path: Path) -> None:
    os.link(path, path.with_name("other"))
    file = ConfigFile.read(str(path))
    with pytest.raises(
        ConfigFileError, match=r"config.yaml has 2 names \(hard links\).* cp -p .*/config.yaml .*\.new && mv"
    ):
        file.require_one_name()
    assert path.samefile(path.with_name("other"))
    file.replace(b"x")
    assert path.read_bytes() == b"x" and path.with_name("other").read_bytes() == file.content
    ConfigFile.read(str(path)).require_one_name()


def test_a_symbolic_link_stays_and_its_target_is_replaced(path: Path) -> None:
    link = path.parent / "link.yaml"
    link.symlink_to("config.yaml")
    file = ConfigFile.read(str(link))
    file.replace(b"x")
    assert file.path == str(path)
    assert link.is_symlink() and os.readlink(link) == "config.yaml"
    assert path.read_bytes() == b"x"


def test_a_read_only_directory_is_told_and_nothing_is_left(path: Path) -> None:
    path.parent.chmod(0o555)

    def replace() -> str:
        with pytest.raises(ConfigFileError) as error:
            ConfigFile.read(str(path)).replace(b"x")
        return str(error.value)

    for directory in list(path.parents)[1:4]:  # pytest's own are closed to others
        directory.chmod(directory.stat().st_mode | 0o011)
    try:
        assert unprivileged(replace) == f"{path} was not changed, it cannot be replaced: Permission denied"
    finally:
        path.parent.chmod(0o755)
    assert os.listdir(path.parent) == ["config.yaml"]
    assert path.read_bytes().startswith("\ufeffa: 1".encode())


def test_errors_name_the_file_and_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="there is no config file .*: set litellm_cache_config_path"):
        ConfigFile.read(str(tmp_path / "absent.yaml"))
    with pytest.raises(ConfigFileError, match="cannot be read: Is a directory"):
        ConfigFile.read(str(tmp_path))
    (tmp_path / "latin.yaml").write_bytes(b"a: caf\xe9\n")
    with pytest.raises(ConfigFileError, match="latin.yaml is not UTF-8 at byte 6"):
        ConfigFile.read(str(tmp_path / "latin.yaml"))


def test_a_document_that_is_there_that_is_not_and_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("é", encoding="utf-8")
    (tmp_path / "b.md").write_bytes(b"\xe9")
    assert (read_document(str(tmp_path / "a.md")), read_document(str(tmp_path / "none.md"))) == ("é", None)
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "b.md", "it is not UTF-8")):
        with pytest.raises(OptionError, match=f"{path} cannot be read: {why}"):
            read_document(str(path))
