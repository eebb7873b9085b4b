# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of each promise beside the mode."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.experiment_rows import rows_of_experiments


def told(cached: bool, given: bool | None, mode: str = "redis") -> tuple[str, str, str]:
    one: dict[str, Any] = {"kind": "streaming", "model": "m", "cached": cached, "given": given}
    proof = {"experiments": [{**one, "seconds": 0.005, "reason": "the proxy answers 401 to this key"}]}
    (row,) = rows_of_experiments(proof, mode)
    return row.verdict, row.seen, row.brief


@pytest.mark.parametrize(
    ("cached", "given", "wanted"),
    [
        (True, True, ("ok", "answered from Redis in 5 ms", "")),
        (True, False, ("WRONG", "not answered from the cache", "streaming is not cached")),
        (True, None, ("note", "not shown: the proxy answers 401 to this key", "")),
        (False, False, ("ok", "not answered from the cache, as supported_call_types leaves it out", "")),
        (
            False,
            True,
            (
                "WRONG",
                "answered from the cache, although supported_call_types leaves it out",
                "streaming is cached against the file",
            ),
        ),
    ],
)
def test_a_kind_of_requests(cached: bool, given: bool | None, wanted: tuple[str, str, str]) -> None:
    assert told(cached, given) == wanted


def test_in_local_mode_it_is_the_memory() -> None:
    assert told(True, True, "local")[1] == "answered from its memory in 5 ms"


def test_namespaces() -> None:
    (good,) = rows_of_experiments({"write_path": {"namespaces_apart": True}}, "redis")
    (bad,) = rows_of_experiments({"write_path": {"namespaces_apart": False}}, "redis")
    assert (good.verdict, bad.verdict, bad.brief) == ("ok", "WRONG", "namespaces mix")
    assert list(rows_of_experiments({"msg": "refused"}, "redis")) == []
