# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A row as a document has it."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.row import Row


def test_a_row_is_told_without_what_only_the_first_line_has() -> None:
    row = Row("WRONG", "  stale", "the file is newer", "it is stale", "restart")
    assert row.told() == {"verdict": "WRONG", "what": "  stale", "seen": "the file is newer", "mend": "restart"}
