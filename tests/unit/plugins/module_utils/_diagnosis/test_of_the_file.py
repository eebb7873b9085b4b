# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a configuration counts as a trouble, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.of_the_file import (
    cache_off,
    call_type_missing,
    not_as_the_variables,
    ttl_short,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses as seen

WITHOUT_EMBEDDINGS = ["acompletion", "atext_completion", "atranscription"]


def test_a_cache_without_parameters_is_off_too() -> None:
    found = cache_off(seen.facts(mode="none"))
    assert found is not None and found.seen == ("cache_params of the file are no mapping",)


def test_the_whole_list_is_what_mends_it() -> None:
    found = call_type_missing(seen.facts(cache={"supported_call_types": ["arerank"]}))
    assert found is not None and len(found.seen) == 4
    command, _option, variables = found.mend.partition(" -e ")
    assert command == "ansible-playbook erni_ki.litellm.switch_redis"
    assert json.loads(variables.strip("'"))["litellm_cache_supported_call_types"] == [
        "acompletion",
        "aembedding",
        "arerank",
        "atext_completion",
        "atranscription",
    ]


@pytest.mark.parametrize(("complaint", "told"), [(None, False), ("not_cached", True)])
def test_who_leaves_embeddings_out_may_mean_it(complaint: str | None, told: bool) -> None:
    facts = seen.facts(cache={"supported_call_types": WITHOUT_EMBEDDINGS}, complaint=complaint)
    assert (call_type_missing(facts) is not None) is told


@pytest.mark.parametrize("types", [None, "literal"])
def test_a_list_that_is_not_there_leaves_nothing_out(types: Any) -> None:
    assert call_type_missing(seen.facts(cache={"supported_call_types": types})) is None


@pytest.mark.parametrize(
    "redis",
    [
        {"host": "redis", "port": "6379", "db": "1"},
        {"host": "os.environ/REDIS_HOST", "port": None, "db": 1},
        {"host": "literal", "port": 6379, "db": 1},
    ],
)
def test_what_cannot_be_compared_is_no_difference(redis: dict[str, Any]) -> None:
    assert not_as_the_variables(seen.facts(cache={"redis": redis})) is None


def test_a_url_is_not_compared_with_a_host() -> None:
    assert (
        not_as_the_variables(seen.facts(cache={"form": "url", "redis": {"host": None, "port": None, "db": None}}))
        is None
    )


def test_a_database_that_the_file_leaves_out_is_the_first() -> None:
    found = not_as_the_variables(seen.facts(cache={"redis": {"host": "redis", "port": 6379, "db": None}}))
    assert found is not None and found.seen == ("db is 0 in the file, and 1 by litellm_cache_redis_db",)


@pytest.mark.parametrize("ttl", [None, 60, "literal", "os.environ/TTL"])
def test_a_time_to_live_that_is_not_short(ttl: Any) -> None:
    assert ttl_short(seen.facts(cache={"ttl": ttl})) is None
