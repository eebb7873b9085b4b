# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request counts as a reason, and what does not."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import Facts
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.of_the_request import (
    is_stored,
    kind_not_cached,
    model_unknown,
    not_stored,
    request_forbids,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen


def asked(**request: Any) -> Facts:
    """Facts of a request."""
    return seen.facts(request=seen.request(**request))


def test_without_a_request_nothing_is_said_of_one() -> None:
    for look in (is_stored, kind_not_cached, model_unknown, not_stored, request_forbids):
        assert look(seen.facts()) is None


def test_what_could_not_be_looked_up_is_not_missing() -> None:
    assert not_stored(asked(problem="TimeoutError")) is None and not_stored(asked(looked_into=None)) is None


def test_what_makes_another_key_is_named() -> None:
    found = not_stored(asked(streams=True, controls={"namespace": "team-a"}))
    assert found is not None and found.seen == (
        f"no answer lies under its key {'a' * 64}",
        "another value of one of these would be another key: temperature",
        "the request streams, so an answer that was not streamed is under another key",
        "the request looks into a namespace of its own alone: namespace",
    )


def test_an_answer_that_is_too_old_for_the_request() -> None:
    entry = {"db": 1, "seconds_left": 900, "age": 900.0}
    found = request_forbids(asked(entries=[entry], controls={"s-maxage": 60}))
    assert found is not None and found.seen == (
        "the request takes no answer older than 60 s, and its answer is 900 s old",
    )
    assert request_forbids(asked(entries=[entry], controls={"s-maxage": 6000, "no-cache": False})) is None


def test_an_answer_without_an_end() -> None:
    found = is_stored(asked(entries=[{"db": 1, "seconds_left": None, "age": None}]))
    assert found is not None and found.seen == ("its answer lies in database 1 without an end",)
