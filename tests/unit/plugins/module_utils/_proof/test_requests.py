# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirming requests: what the options and the file say of them, and what counts as a hit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.requests import Requests, repeats

OPTIONS = {
    "test_model": None,
    "request_timeout": 60,
    "master_key": None,
    "master_key_env": None,
    "master_key_file": None,
}
CACHE: dict[str, Any] = {"test_model": "first-of-the-file", "supported_call_types": None, "request_mode": None}


def test_the_model_of_the_options_wins_over_that_of_the_file() -> None:
    assert Requests.from_options(OPTIONS, CACHE).model == "first-of-the-file"
    assert Requests.from_options({**OPTIONS, "test_model": "mine"}, CACHE).model == "mine"


def test_without_a_model_nothing_can_be_asked() -> None:
    with pytest.raises(OptionError, match="litellm_cache_test_model") as caught:
        Requests.from_options(OPTIONS, {**CACHE, "test_model": None})
    assert caught.value.context["option"] == "test_model"


@pytest.mark.parametrize("types", [None, ["acompletion"], ["aembedding", "acompletion"], "literal"])
def test_call_types_that_cache_a_chat_answer(types: Any) -> None:
    assert Requests.from_options(OPTIONS, {**CACHE, "supported_call_types": types}).model


@pytest.mark.parametrize("types", [[], ["aembedding"]])
def test_call_types_that_cache_no_chat_answer_are_refused(types: Any) -> None:
    with pytest.raises(OptionError, match="leaves out acompletion"):
        Requests.from_options(OPTIONS, {**CACHE, "supported_call_types": types})


def test_the_key_comes_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-1234\n", encoding="utf-8")
    assert Requests.from_options({**OPTIONS, "master_key_file": str(tmp_path / "key")}, CACHE).key == "sk-1234"
    with pytest.raises(OptionError, match="cannot be read: No such file") as caught:
        Requests.from_options({**OPTIONS, "master_key_file": str(tmp_path / "none")}, CACHE)
    assert caught.value.context["option"] == "master_key_file"


def test_the_cache_is_asked_for_where_the_file_wants_that() -> None:
    assert not Requests.from_options(OPTIONS, CACHE).use_cache
    assert Requests.from_options(OPTIONS, {**CACHE, "request_mode": "default_off"}).use_cache


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
    assert repeats([{"status": status, "id": identifier} for status, identifier in answers]) is hit
