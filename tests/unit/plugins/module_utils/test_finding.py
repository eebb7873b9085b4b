# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A finding has the same keys everywhere."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._finding import finding


def test_a_finding() -> None:
    assert finding("code", "One sentence.") == {"code": "code", "message": "One sentence.", "line": None}
    told = finding("code", "One sentence.", 3, {"wanted": 1})
    assert told == {"code": "code", "message": "One sentence.", "line": 3, "wanted": 1}
