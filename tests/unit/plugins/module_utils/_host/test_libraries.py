# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which versions of a library serve."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.libraries import LIBRARIES, lacking, numbers_of

YAML, REDIS = LIBRARIES


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("6.0", (6, 0)),
        ("4.3.4-3", (4, 3, 4)),
        ("1:2.10+dfsg-1", (2, 10)),
        ("8.0.0b1", (8, 0, 0)),
        ("unknown", ()),
    ],
)
def test_the_numbers_of_a_version(version: str, numbers: tuple[int, ...]) -> None:
    assert numbers_of(version) == numbers


def test_ten_is_more_than_nine() -> None:
    assert REDIS.served_by("10.0") and not REDIS.served_by("4.2.99")


def test_what_has_no_number_is_believed_and_what_is_missing_is_not() -> None:
    assert REDIS.served_by("unknown") and not REDIS.served_by(None)


def test_what_is_lacking() -> None:
    assert lacking({"yaml": "6.0", "redis": "4.3.4"}) == []
    assert lacking({"yaml": "5.3.1", "redis": "4.3.4"}) == [YAML]
    assert lacking({"yaml": None}) == [YAML, REDIS]


def test_pip_is_asked_for_what_serves() -> None:
    assert [library.requirement.rpartition(">=")[2] for library in LIBRARIES] == [
        library.lowest_in_words for library in LIBRARIES
    ]
