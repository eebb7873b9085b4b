# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirming requests: what the options and the file say of them, and what counts as a hit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.access import Access
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.requests import Requests, failure_of, repeats

OPTIONS = {
    "test_model": None,
    "test_user": None,
    "request_timeout": 60,
    "master_key": None,
    "master_key_env": None,
    "master_key_file": None,
}
CACHE: dict[str, Any] = {"test_model": "first-of-the-file", "supported_call_types": None, "request_mode": None}
NOBODY = Access({})
SERVED = Access(
    {
        "status": 200,
        "key": "proxy",
        "models": [
            {"name": "pictures", "mode": "image_generation", "served_by": "openai/dall-e-3"},
            {"name": "vectors", "mode": "embedding", "served_by": "openai/text-embedding-3-small"},
            {"name": "words", "mode": None, "served_by": "openai/gpt-4o"},
        ],
    }
)


def requests(options: dict[str, Any] | None = None, access: Access = NOBODY, **cache: Any) -> Requests:
    """What is made of options, the file, and what the proxy tells."""
    return Requests.from_options({**OPTIONS, **(options or {})}, {**CACHE, **cache}, access)


def test_the_model_of_the_options_wins_over_that_of_the_file() -> None:
    assert requests().model == "first-of-the-file"
    assert requests({"test_model": "mine"}).model == "mine"


def test_without_a_model_in_the_file_the_proxy_is_asked() -> None:
    found = requests(access=SERVED, test_model=None)
    assert (found.model, found.kind, found.why_not) == ("words", "chat", None)


def test_without_any_model_nothing_can_be_shown_and_that_is_no_error() -> None:
    found = requests(test_model=None)
    assert (found.model, found.refused) == (None, False)
    assert found.why_not == (
        "no chat or embedding model is known whose answers are cached: set litellm_cache_test_model to one that the proxy "
        "serves"
    )


@pytest.mark.parametrize("types", [None, ["acompletion"], ["aembedding", "acompletion"], "literal"])
def test_call_types_that_cache_a_chat_answer(types: Any) -> None:
    assert requests(supported_call_types=types).model == "first-of-the-file"


def test_where_only_embeddings_are_cached_one_is_asked_for() -> None:
    found = requests(access=SERVED, supported_call_types=["aembedding"])
    assert (found.model, found.kind) == ("vectors", "embedding")
    assert requests(supported_call_types=["aembedding"]).model is None


def test_nobody_is_talked_into_caching() -> None:
    found = requests(access=SERVED, supported_call_types=[])
    assert found.model is None and not found.refused
    assert found.why_not == "supported_call_types has neither acompletion nor aembedding, so no answer is cached"
    found = requests({"test_model": "vectors"}, SERVED, supported_call_types=["acompletion"])
    assert found.model is None and "leaves out aembedding" in str(found.why_not)


def test_a_key_that_the_proxy_refuses_is_told_apart() -> None:
    found = requests(access=Access({"status": 401, "key": "proxy", "rules": ["custom_auth"]}))
    assert found.refused and found.model is None and "custom_auth" in str(found.why_not)


def test_the_key_comes_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-1234\n", encoding="utf-8")
    found = requests({"master_key_file": str(tmp_path / "key")}, Access({"key_header": "X-Key"}))
    assert found.of_key == {"key": "sk-1234", "key_variable": None} and found.key_header == "X-Key"
    with pytest.raises(OptionError, match="cannot be read: No such file") as caught:
        requests({"master_key_file": str(tmp_path / "none")})
    assert caught.value.context["option"] == "master_key_file"
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="cannot be read: it is no text"):
        requests({"master_key_file": str(tmp_path / "binary")})


def test_the_cache_is_asked_for_where_the_file_wants_that() -> None:
    assert not requests().use_cache
    assert requests(request_mode="default_off").use_cache


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (200, None),
        (401, "the proxy answers 401 to this key"),
        (403, "the proxy answers 403 to this key"),
        (429, "the request to the model gpt ends with status 429, from the proxy or from the upstream"),
    ],
)
def test_a_failure_blames_the_upstream_only_for_what_may_be_its_own(status: int, words: str | None) -> None:
    assert failure_of({"model": "gpt", "status": status}) == words


@pytest.mark.parametrize(
    ("answers", "hit"),
    [
        ([(200, "a"), (200, "a")], True),
        ([(200, "a"), (200, "b"), (200, "a")], True),
        ([(200, "a"), (200, "b")], False),
        ([(200, "a")], False),
        ([(429, None), (429, None)], False),
    ],
)
def test_an_answer_that_was_given_before_is_a_hit(answers: list[tuple[int, Any]], hit: bool) -> None:
    assert repeats([{"status": status, "id": identifier, "computed": None} for status, identifier in answers]) is hit


@pytest.mark.parametrize(
    ("computed", "hit"),
    [
        ([True, False], True),
        ([True, True, False], True),
        ([True, None], True),
        ([True, True], False),
        ([False, False], False),
        ([False], False),
    ],
)
def test_what_a_model_gives_again_is_none(computed: list[bool | None], hit: bool) -> None:
    """Where LiteLLM tells of no vector that a model gave it, an equal one shows nothing."""
    assert repeats([{"status": 200, "id": "the same", "computed": one} for one in computed]) is hit
