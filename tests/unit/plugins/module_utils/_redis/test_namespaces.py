# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which namespaces are told, and which of them are the proxy's own."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.kinds import FOREIGN
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.namespaces import NAMESPACES_AT_MOST, Namespaces

HASH = b"a" * 64


def answer(at: object) -> bytes:
    """The first bytes of an entry that was stored at that time."""
    return b'{"timestamp": %s, "response": "{}"}' % str(at).encode()


def seen(own: str | None, *names: bytes) -> dict[str, bool | None]:
    """Whose each of some namespaces is, when the proxy has its own."""
    namespaces = Namespaces(own)
    for name in names:
        namespaces.count(name + HASH, answer(1.5))
    return {one["name"]: one["own"] for one in namespaces.described(1.0)}


@pytest.mark.parametrize(
    ("own", "whose"),
    [
        ("prod", {"": False, "prod": True, "prod:team": True, "other": False}),
        ("", {"": True, "prod": None, "prod:team": None, "other": None}),
        (None, {"": None, "prod": None, "prod:team": None, "other": None}),
    ],
)
def test_what_does_not_begin_with_its_own_namespace_is_of_somebody_else(
    own: str | None, whose: dict[str, bool | None]
) -> None:
    assert seen(own, b"", b"prod:", b"prod:team:", b"other:") == whose


def test_what_a_verification_has_left_is_no_namespace() -> None:
    assert seen("prod", FOREIGN.encode() + b":", b"prod:" + FOREIGN.encode() + b":") == {}


def test_answers_are_counted_and_the_newest_comes_first() -> None:
    namespaces = Namespaces("")
    for name, at in ((b"old:", 10), (b"new:", 30), (b"old:", 20), (b"untold:", None)):
        namespaces.count(name + HASH, answer(at))
    told = [(one["name"], one["answers"], one["newest"]) for one in namespaces.described(2.0)]
    assert told == [("new", 2, 30.0), ("old", 4, 20.0), ("untold", 2, None)]


def test_no_more_are_told_than_a_reader_can_use() -> None:
    assert len(seen("", *(b"user%d:" % number for number in range(3 * NAMESPACES_AT_MOST)))) == NAMESPACES_AT_MOST
