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


@pytest.mark.parametrize(
    ("trial", "mode", "wanted"),
    [
        ({"trial": "restart", "given": True}, "redis", ("ok", "the answer of before came from Redis")),
        ({"trial": "restart", "given": True}, "local", ("ok", "the request was answered anew")),
        ({"trial": "restart", "given": False}, "redis", ("WRONG", "the answer of before was not given any more")),
        (
            {"trial": "restart", "given": False, "reason": "it did not come back"},
            "local",
            ("WRONG", "it did not come back"),
        ),
        (
            {"trial": "hang", "given": True, "seconds": 2.5, "hung": 5},
            "redis",
            ("ok", "a request was answered in 2.5 s, and Redis hung for 5 s"),
        ),
        (
            {"trial": "hang", "given": True, "seconds": 5.1, "hung": 5},
            "redis",
            ("note", "a request was answered in 5.1 s, and Redis hung for 5 s: it was held up until the end"),
        ),
        ({"trial": "hang", "given": False, "reason": "502"}, "redis", ("WRONG", "502")),
        ({"trial": "hang", "given": None, "reason": "no timeout"}, "redis", ("note", "not shown: no timeout")),
    ],
)
def test_what_is_tried_where_it_is_allowed(trial: dict[str, Any], mode: str, wanted: tuple[str, str]) -> None:
    (row,) = rows_of_experiments({"trials": [{"seconds": None, "hung": None, "reason": None, **trial}]}, mode)
    assert (row.verdict, row.seen) == wanted
    assert bool(row.brief) == bool(row.mend) == (row.verdict == "WRONG")


def test_namespaces() -> None:
    (good,) = rows_of_experiments({"write_path": {"namespaces_apart": True}}, "redis")
    (bad,) = rows_of_experiments({"write_path": {"namespaces_apart": False}}, "redis")
    assert (good.verdict, bad.verdict, bad.brief) == ("ok", "WRONG", "namespaces mix")
    assert list(rows_of_experiments({"msg": "refused"}, "redis")) == []
