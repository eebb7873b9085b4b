# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a known issue matches: its range of versions, and how much an observation says."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.issue import KnownIssue, Seen


def issue(first: Optional[str], last: Optional[str]) -> KnownIssue:
    return KnownIssue("X", "title", "symptom", "way out", "source", first=first, last=last)


@pytest.mark.parametrize(
    ("first", "last", "version", "affected"),
    [
        ("1.80.0", "1.80.10", "1.80.0", True),
        ("1.80.0", "1.80.10", "1.80.10", True),
        ("1.80.0", "1.80.10", "1.80.9", True),  # as numbers, not as text
        ("1.80.0", "1.80.10", "1.80.11", False),
        ("1.80.0", "1.80.10", "1.9.99", False),
        (None, "1.98.99", "1.106.2", False),
        ("1.84.0", None, "1.106.2", True),
        (None, None, "1.80.0", True),
        ("1.84.0", None, None, True),  # unknown: it may be
        ("1.84.0", None, "main", True),
        ("1.84.0", None, "1.80.0.dev1", False),
    ],
)
def test_the_range_of_an_issue(
    first: Optional[str], last: Optional[str], version: Optional[str], affected: bool
) -> None:
    assert issue(first, last).affects(version) is affected


def test_an_observation_matches_what_it_names_and_weighs_as_much() -> None:
    finding = {"code": "misplaced", "where": "cache", "setting": "db", "form": "url", "variable": None}
    patterns = [Seen("misplaced"), Seen("misplaced", "cache"), Seen("misplaced", setting="db", form="url")]
    assert all(pattern.matches(finding) for pattern in patterns)
    assert [pattern.weight() for pattern in patterns] == [1, 2, 3]
    assert not Seen("misplaced", "router").matches(finding)
    assert not Seen("misplaced", variable="REDIS_URL").matches(finding)
