# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which further kinds of requests a verification tries. What the proxy answers, containers show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.access import Access
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.experiments import experiments_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.requests import Requests

BOTH = (
    {"name": "talk", "mode": "chat", "served_by": "openai/talk"},
    {"name": "embed", "mode": "embedding", "served_by": "openai/embed"},
)
ALL = ["acompletion", "atext_completion", "aembedding"]


def tried(
    mode: str, call_types: Any, models: Sequence[dict[str, Any]] = BOTH, **requests: Any
) -> list[tuple[str, bool]]:
    asked = Requests(**{"model": "talk", "timeout": 1, **requests})
    cache = {"mode": mode, "supported_call_types": call_types}
    return [(one.kind, one.cached) for one in experiments_of(cache, Access({"models": models}), asked)]


@pytest.mark.parametrize(
    ("mode", "call_types", "wanted"),
    [
        ("redis", None, [("streaming", True), ("embedding", True), ("text completion", True)]),
        ("redis", ALL, [("streaming", True), ("embedding", True), ("text completion", True)]),
        # Of what is left out one is tried, because it costs.
        ("redis", ["acompletion"], [("streaming", True), ("embedding", False)]),
        (
            "redis",
            ["acompletion", "aembedding"],
            [("streaming", True), ("embedding", True), ("text completion", False)],
        ),
        # Here each costs, so that two are tried, and none that shows nothing new.
        ("local", None, [("streaming", True), ("embedding", True)]),
        ("local", ["acompletion"], [("streaming", True)]),
    ],
)
def test_what_is_tried_beside_chat(mode: str, call_types: Any, wanted: list[tuple[str, bool]]) -> None:
    assert tried(mode, call_types) == wanted


def test_where_embeddings_prove_the_mode_chat_is_tried() -> None:
    found = tried("redis", ["aembedding"], model="embed", kind="embedding")
    assert found == [("streaming", False)]
    assert ("chat", True) in tried("redis", ALL, model="embed", kind="embedding")


def test_without_a_model_of_its_kind_nothing_is_tried() -> None:
    assert tried("redis", None, BOTH[:1]) == [("streaming", True), ("text completion", True)]
    assert tried("redis", None, why_not="no model", model=None) == []


def test_each_request_is_of_its_run_and_kind() -> None:
    cache = {"mode": "redis", "supported_call_types": None}
    kinds = experiments_of(cache, Access({"models": BOTH}), Requests(model="talk", timeout=1))
    orders = [one.order(run, 60) for one in kinds for run in ("first", "second")]
    prompts = {order["plants"][0]["prompt"] for order in orders}
    assert len(prompts) == len({order["plants"][0]["answer_id"] for order in orders}) == len(orders) == 6
    assert {order["model"] for order in orders if order["kind"] == "embedding"} == {"embed"}
