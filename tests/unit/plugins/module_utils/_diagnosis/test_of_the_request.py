# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request counts as a reason, and what does not."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.facts import Facts
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.of_the_request import (
    is_stored,
    key_forbids,
    key_unknown,
    kind_not_cached,
    model_unknown,
    not_stored,
    request_forbids,
    short_answer,
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


def of_key(request: dict[str, Any] | None = None, **key: Any) -> Facts:
    """Facts of a request that comes with a virtual key; what the key says stands in the place of what the request says."""
    facts = asked(**(request or {}))
    facts.gathered["key"] = seen.key(**key)
    return facts


def test_a_key_that_forbids_it_is_the_reason_and_not_the_request() -> None:
    facts = of_key({"controls": {"no-store": True}}, controls={"no-store": True})
    found = key_forbids(facts)
    assert found is not None and found.seen == ("the metadata of its key say no-store in cache",)
    assert request_forbids(facts) is None
    assert key_forbids(of_key(controls={"no-store": False})) is None and key_forbids(asked()) is None


def test_a_control_that_the_key_may_not_have_is_refused() -> None:
    facts = of_key({"controls": {"ttl": 5, "no-cache": True, "caching": False}}, allowed=["no-cache"])
    found = key_forbids(facts)
    assert found is not None and found.seen == (
        "the request says ttl in cache, which allowed_cache_controls of the key leaves out: status 403",
    )
    assert key_forbids(of_key({"controls": {"ttl": 5}})) is None


def test_what_a_key_says_is_told_as_its_word() -> None:
    found = short_answer(of_key({"controls": {"ttl": 5}}, controls={"ttl": 5}))
    assert found is not None and found.seen[0].startswith("the key of the request says ttl: 5")


def test_where_nobody_could_look_no_answer_is_said_to_be_gone() -> None:
    short = {"controls": {"ttl": 5}}
    assert short_answer(asked(**short)) is not None
    assert short_answer(asked(**short, looked_into=None)) is None and short_answer(asked(**short, problem="no")) is None


def test_a_key_that_is_let_in_or_known_is_no_trouble() -> None:
    assert key_unknown(of_key(status=403, known=True)) is None and key_unknown(of_key(known=False)) is None
    found = key_unknown(of_key(status=401, known=False))
    assert found is not None and found.seen == ("the proxy answers it with status 401",)
