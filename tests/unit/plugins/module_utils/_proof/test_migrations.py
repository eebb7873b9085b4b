# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What another image does to the database, by the migrations that both bring along."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.migrations import (
    migrates,
    newer_database,
    unknown_there,
)

OLD, NEW = ["2025_a", "2025_b"], ["2025_a", "2025_b", "2026_c", "2026_d"]


def test_what_the_wanted_one_does_not_know() -> None:
    assert unknown_there(NEW, OLD) == ["2026_c", "2026_d"]
    assert (
        unknown_there(OLD, NEW) == unknown_there(OLD, OLD) == unknown_there(None, OLD) == unknown_there(NEW, None) == []
    )
    assert newer_database("1.110.2", ["2026_c", "2026_d"]) == (
        "the database is ahead of it: LiteLLM 1.110.2 has brought it 2 migrations that the wanted image does not know (the first "
        "is 2026_c), and no LiteLLM takes one back"
    )


def test_what_the_wanted_one_brings() -> None:
    (told,) = migrates(OLD, NEW, "1.110.2")
    assert told["code"] == "database_migrates"
    assert told["message"].startswith("LiteLLM 1.110.2 migrates the database at its start (2 migrations)")
    assert migrates(NEW, OLD, "1.80.0") == migrates(None, NEW, "1.110.2") == migrates(OLD, None, None) == []
