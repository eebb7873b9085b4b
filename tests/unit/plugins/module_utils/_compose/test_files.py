# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files are read once, with a bound."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.files import (
    MOST_BYTES,
    MOST_FILES,
    Files,
    encoded,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged


def test_a_file_is_read_once_under_all_its_names(tmp_path: Path) -> None:
    (tmp_path / "real.yml").write_text("one")
    (tmp_path / "link.yml").symlink_to("real.yml")
    read = Files()
    first = read(str(tmp_path / "link.yml"))
    (tmp_path / "real.yml").write_text("two")
    assert first is not None
    assert (first.path, first.text) == (os.path.realpath(tmp_path / "real.yml"), "one")
    assert read(str(tmp_path / "real.yml")) is first


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa: 1\r\n", b"# caf\xe9\n", b"", "Ключ: 🚀".encode()])
def test_bytes_come_back(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    file = Files()(str(tmp_path / ".env"))
    assert file is not None
    assert encoded(file.content) == content


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("")
    read = Files()
    assert [read(str(tmp_path / name)) for name in ("no", "a-file/no", "no\0name", ".")] == [None] * 4


def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    with pytest.raises(ComposeError, match="is no regular file"):
        Files()(str(tmp_path / ".env"))


def test_a_large_file(tmp_path: Path) -> None:
    (tmp_path / "fits").write_bytes(b"#" * MOST_BYTES)
    (tmp_path / "large").write_bytes(b"#" * (MOST_BYTES + 1))
    assert Files()(str(tmp_path / "fits")) is not None
    with pytest.raises(ComposeError, match=f"{tmp_path}/large: it has more than {MOST_BYTES} bytes"):
        Files()(str(tmp_path / "large"))


def test_many_files(tmp_path: Path) -> None:
    read = Files()
    for number in range(MOST_FILES):
        read(str(tmp_path / str(number)))
    with pytest.raises(ComposeError, match=f"more than {MOST_FILES} files"):
        read(str(tmp_path / "one-more"))


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(0)
    for directory in (tmp_path, *list(tmp_path.parents)[:3]):
        if directory.stat().st_uid == os.getuid():
            directory.chmod(0o755)

    def refusal() -> str:
        try:
            Files()(str(path))
        except ComposeError as error:
            return str(error)
        return "read"

    assert (
        unprivileged(refusal) == f"{path}: it cannot be read: Permission denied; give the user of this run access to it"
    )
