# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How requests of each kind are sent, and the ids of their answers. That LiteLLM takes them so, containers show."""

from __future__ import annotations

import email.message
import json

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.kinds import (
    CALLS,
    CHAT,
    EMBEDDING,
    PATHS,
    STREAMING,
    TEXT,
    body_of,
    call_of,
    first_event,
    id_of,
    id_of_answer,
    is_computed,
    is_given_again,
    seen_as,
    stored_of,
    vector_of,
)

USAGE = {"include_usage": True}
SAID = [{"role": "user", "content": "hello"}]


@pytest.mark.parametrize(
    ("kind", "body", "adds"),
    [
        (CHAT, {"model": "m", "messages": SAID, "max_tokens": 1, "user": "u"}, {"stream": False}),
        (
            STREAMING,
            {"model": "m", "messages": SAID, "max_tokens": 1, "user": "u", "stream": True, "stream_options": USAGE},
            {},
        ),
        (TEXT, {"model": "m", "prompt": "hello", "max_tokens": 1, "user": "u"}, {}),
        (EMBEDDING, {"model": "m", "input": "hello", "user": "u"}, {}),
    ],
)
def test_the_call_is_the_body_in_its_order(kind: str, body: dict, adds: dict) -> None:
    made = body_of(kind, "m", "hello", "u", 1)
    assert list(made.items()) == list(body.items())
    assert list(call_of(kind, made).items()) == [*body.items(), *adds.items()]
    assert "user" not in body_of(kind, "m", "hello") and "max_tokens" not in body_of(kind, "m", "hello")


@pytest.mark.parametrize("kind", sorted(PATHS))
def test_what_is_stored_is_seen_in_its_answer(kind: str) -> None:
    of_a_vector = {"data": [{"embedding": vector_of("one")}]}
    answer = of_a_vector if kind == EMBEDDING else json.loads(stored_of(kind, "m", "one"))
    assert id_of_answer(kind, json.loads(json.dumps(answer))) == seen_as(kind, "one") != seen_as(kind, "another")
    assert set(CALLS) == set(PATHS)


def test_the_first_event_of_a_stream_has_its_id() -> None:
    content = b'data: {"id": "one", "choices": []}\n\ndata: {"id": "two"}\n\ndata: [DONE]\n\n'
    assert id_of_answer(STREAMING, json.loads(first_event(content))) == "one"
    assert first_event(b'{"id": "one"}') == b"" and first_event(b"") == b""


def test_what_is_no_answer_has_no_id() -> None:
    for content in ({}, {"data": []}, {"data": None}, {"data": ["x"]}, {"data": [{"embedding": "AAAA"}]}, None, []):
        assert id_of_answer(EMBEDDING, content) is None
        assert id_of_answer(CHAT, content) is None


def test_another_vector_has_another_id() -> None:
    vector = vector_of("one")
    assert vector == vector_of("one") != vector_of("another")
    assert id_of_answer(EMBEDDING, {"data": [{"embedding": [0.25]}]}) != id_of(vector)


@pytest.mark.parametrize(
    ("kind", "header", "computed"),
    [
        (EMBEDDING, "X-LiteLLM-Response-Duration-Ms", True),
        (EMBEDDING, "x-litellm-version", False),
        (CHAT, "x-litellm-response-duration-ms", None),  # a hit has it, too
        (CHAT, "LLM_Provider-Date", True),
        (EMBEDDING, "llm_provider-date", True),
    ],
)
def test_litellm_tells_whether_a_model_gave_an_answer(kind: str, header: str, computed: bool | None) -> None:
    headers = email.message.Message()
    headers[header] = "12.5"
    assert is_computed(kind, headers) is computed


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        ({"status": 200, "id": "a", "computed": None}, True),
        ({"status": 200, "id": "a", "computed": False}, True),
        ({"status": 200, "id": "a", "computed": True}, False),
        ({"status": 200, "id": "b", "computed": None}, False),
        ({"status": 500, "id": "a", "computed": None}, False),
        ({"status": 200, "id": None, "computed": None}, False),
    ],
)
def test_what_was_given_before_and_is_no_new_answer_of_a_model_is_of_a_cache(answer: dict, given: bool) -> None:
    assert is_given_again(answer, ["a", None]) is given
