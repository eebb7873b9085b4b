# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts, as rules ask for them."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen
from ansible_collections.erni_ki.litellm.tests.unit.support import verifications as told


def test_each_sentence_is_told_once_and_with_a_name_where_there_are_several() -> None:
    one = seen.facts()
    assert one.of_each(lambda _one: ["it is so", "it is so"]) == ("it is so",)
    two = seen.facts(seen.instance("a"), seen.instance("b"))
    assert two.of_each(lambda one: [f"this is {one.name}"]) == ("a: this is a", "b: this is b")


def test_an_instance_of_which_nothing_more_is_known_has_no_facts() -> None:
    (one,) = seen.facts(seen=[]).instances
    assert (one.redis, one.problem, one.server, one.numbers, one.events, one.requests) == ({}, {}, {}, {}, [], {})


def test_the_playbook_of_a_mode_is_that_of_the_file() -> None:
    assert seen.facts().words["apply"].endswith("switch_redis")
    assert seen.facts(told.local(answers=True), mode="local").words["apply"].endswith("rollback_local")
    assert seen.facts(mode="none").words["apply"].endswith("switch_redis")


def test_the_service_of_redis_is_the_one_that_was_found() -> None:
    container = {"name": "erni-ki-cache-1", "service": "cache", "status": "running"}
    assert seen.facts(container=container).words["redis"] == "cache"
