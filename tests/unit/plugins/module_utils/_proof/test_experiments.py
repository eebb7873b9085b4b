# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which further kinds of requests a verification tries, and what their answers show. What the proxy answers, containers show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.access import Access
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.experiments import (
    Experiment,
    Experiments,
    experiments_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.requests import Requests
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container

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


STREAMING, EMBEDDING = Experiment("streaming", "talk", True), Experiment("embedding", "embed", True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    with EngineServer(tmp_path) as running:
        running.has(container(1, tmp_path))
        running.answers[f"GET /containers/{1:064d}/top"] = {"Processes": []}
        yield running


def experiments(server: EngineServer, folder: Path) -> Experiments:
    options = {"project_dir": str(folder), "service": "litellm", "docker_host": server.host}
    return Experiments(Deployment.open(options), Requests(model="talk", timeout=7), "night")


def answer(answer_id: str, status: int = 200) -> dict[str, Any]:
    return {"status": status, "id": answer_id, "seconds": 0.25, "cache_key": None, "computed": None}


def test_planted_answers_are_asked_for_once_each_in_one_go(tmp_path: Path, server: EngineServer) -> None:
    told = [{"answers": [answer("planted")]}, {"answers": [answer("another")]}]
    server.program_says({"ok": True, "answer": {"each": told}})
    shown = experiments(server, tmp_path).with_planted(
        [STREAMING, EMBEDDING], [[{"seen_as": "planted"}], [{"seen_as": "mine"}]]
    )
    assert [(one["kind"], one["given"], one["seconds"], one["reason"]) for one in shown] == [
        ("streaming", True, 0.25, None),
        ("embedding", False, 0.25, None),
    ]
    (order,) = server.orders
    assert [
        (one["kind"], one["model"], one["prompts"], one["timeout"], one["max_tokens"]) for one in order["each"]
    ] == [
        ("streaming", "talk", [STREAMING.prompt("night")], 7, 1),
        ("embedding", "embed", [EMBEDDING.prompt("night")], 7, 1),
    ]


def test_without_a_planted_answer_one_is_to_repeat_itself(tmp_path: Path, server: EngineServer) -> None:
    told = [{"answers": [answer("a"), answer("a")]}, {"answers": [answer("a"), answer("b")]}]
    server.program_says({"ok": True, "answer": {"each": told}})
    shown = experiments(server, tmp_path).repeated([STREAMING, EMBEDDING])
    assert [one["given"] for one in shown] == [True, False]
    assert [len(one["prompts"]) for one in server.orders[0]["each"]] == [2, 2]


def test_what_one_does_not_show_is_no_hindrance_for_another(tmp_path: Path, server: EngineServer) -> None:
    told = [{"problem": "a request was not answered within 7 s"}, {"answers": [answer("", 401)]}]
    server.program_says({"ok": True, "answer": {"each": told}})
    shown = experiments(server, tmp_path).repeated([STREAMING, EMBEDDING])
    assert [(one["given"], one["reason"]) for one in shown] == [
        (None, "litellm-1: a request was not answered within 7 s"),
        (None, "the proxy answers 401 to this key"),
    ]


def test_an_instance_that_is_gone_shows_nothing(tmp_path: Path, server: EngineServer) -> None:
    server.program_says({"ok": False, "code": "no_proxy", "message": "no proxy", "facts": {}})
    shown = experiments(server, tmp_path).repeated([STREAMING, EMBEDDING])
    assert [(one["given"], one["reason"]) for one in shown] == [(None, "litellm-1: no proxy")] * 2
    assert experiments(server, tmp_path).repeated([]) == []
    assert len(server.orders) == 1
