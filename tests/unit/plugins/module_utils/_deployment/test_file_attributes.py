# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new file is given what the old one has; what it cannot be given is known, and what can be known before is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import file_attributes
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.file_attributes import (
    keep_attributes,
    lacks_right_to_owner,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import NOBODY, unprivileged

SELINUX, ACL = "security.selinux", "system.posix_acl_access"
by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    for name in ("old", "new"):
        (tmp_path / name).touch(0o600)
    return str(tmp_path / "old"), str(tmp_path / "new")


class Kernel:
    """Extended attributes of files, with those that it does not let be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, forbidden: dict[str, int]) -> None:
        self.attributes: dict[tuple[str, str], bytes] = {}
        self._forbidden = forbidden
        for name in ("listxattr", "getxattr", "setxattr"):
            monkeypatch.setattr(os, name, getattr(self, name))

    def listxattr(self, path: str) -> list[str]:
        return [name for one, name in self.attributes if one == path]

    def getxattr(self, path: str, name: str) -> bytes:
        try:
            return self.attributes[path, name]
        except KeyError:
            raise OSError(errno.ENODATA, "No data available") from None

    def setxattr(self, path: str, name: str, value: bytes) -> None:
        if name in self._forbidden:
            raise OSError(self._forbidden[name], "refused")
        self.attributes[path, name] = value


@pytest.mark.parametrize("refusal", [errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EINVAL, errno.ENOSPC])
def test_what_could_not_be_kept_is_named(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, refusal: int) -> None:
    old, new = files
    kernel = Kernel(monkeypatch, {SELINUX: refusal})
    kernel.attributes.update({(old, SELINUX): b"etc_t", (new, SELINUX): b"tmp_t", (old, "user.origin"): b"by hand"})
    assert keep_attributes(old, new) == (SELINUX,)
    assert kernel.attributes[new, "user.origin"] == b"by hand"


def test_a_context_that_the_new_file_has_already_needs_no_right(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = files
    Kernel(monkeypatch, {SELINUX: errno.EPERM}).attributes.update({(path, SELINUX): b"etc_t" for path in files})
    assert keep_attributes(old, new) == ()


def test_an_acl_is_kept(files: tuple[str, str]) -> None:
    old, new = files
    acl = b"\x02\0\0\0" + b"".join(
        tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, rights, who in (
            (1, 6, 2**32 - 1),
            (2, 4, NOBODY),
            (4, 4, 2**32 - 1),
            (16, 4, 2**32 - 1),
            (32, 0, 2**32 - 1),
        )
    )
    try:
        os.setxattr(old, ACL, acl)
    except OSError:
        pytest.skip("this file system has no ACLs")
    assert keep_attributes(old, new) == ()
    assert os.getxattr(new, ACL) == acl
    assert os.stat(new).st_mode == os.stat(old).st_mode


def test_mode(files: tuple[str, str]) -> None:
    old, new = files
    os.chmod(old, 0o2640)
    keep_attributes(old, new)
    assert os.stat(new).st_mode & 0o7777 == 0o2640


def told_to_nobody(path: str) -> str:
    for directory in list(Path(path).parents)[:4]:  # pytest's own are closed to others
        directory.chmod(directory.stat().st_mode | 0o011)
    return unprivileged(lambda: lacks_right_to_owner(path) or "")


@by_root
@pytest.mark.parametrize(("user", "group", "lacks"), [(0, 0, True), (NOBODY, 0, True), (NOBODY, NOBODY, False)])
def test_the_right_to_the_owner_is_known_before(files: tuple[str, str], user: int, group: int, lacks: bool) -> None:
    os.chown(files[0], user, group)
    told = told_to_nobody(files[0])
    assert bool(told) == lacks
    assert not lacks or told.startswith(f"give a file to the owner of {files[0]} ({user}:{group}), as the one")


@by_root
def test_root_may_and_root_without_the_capability_may_not(files: tuple[str, str]) -> None:
    os.chown(files[0], NOBODY, NOBODY)
    assert lacks_right_to_owner(files[0]) is None
    program = f"from {file_attributes.__name__} import lacks_right_to_owner; print(lacks_right_to_owner({files[0]!r}))"
    drop = "import ctypes; assert ctypes.CDLL(None).prctl(24, 0, 0, 0, 0) == 0; "  # PR_CAPBSET_DROP, CAP_CHOWN
    run = "import os, sys; os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])"
    found = subprocess.run(
        [sys.executable, "-c", drop + run, program],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.startswith("give a file to the owner of")


def test_a_file_that_is_not_there_is_for_others_to_tell(tmp_path: Path) -> None:
    assert lacks_right_to_owner(str(tmp_path / "none")) is None
