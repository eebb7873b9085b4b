# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes of a Compose file, kept while its change is pending."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.image_file import ImageFile
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state_directory import StateError
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE


def test_they_go_with_the_change(tmp_path: Path) -> None:
    state = ChangeState(str(tmp_path / "state"))
    kept = ImageFile(state.directory)
    assert kept.content() is None
    with state.locked():
        kept.keep(b"KEY=\xff\n")
        state.open_change(CHANGE, Lease.begin(CHANGE.run, 60))
    (path,) = (path for path in state.directory.iterdir() if path.name == "compose-file")
    assert kept.content() == b"KEY=\xff\n" and path.stat().st_mode & 0o777 == 0o600
    assert state.confirm(CHANGE.run, {}) is not None
    assert kept.content() is None
    with state.locked():
        kept.keep(b"x")
        state.open_change(CHANGE, Lease.begin(CHANGE.run, 60))
        state.abandon_change()
    assert kept.content() is None


def test_what_cannot_be_read_is_no_absence(tmp_path: Path) -> None:
    (tmp_path / "compose-file").mkdir()
    with pytest.raises(StateError, match="compose-file cannot be read"):
        ImageFile(tmp_path).content()
