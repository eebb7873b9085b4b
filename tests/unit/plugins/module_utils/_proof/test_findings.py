# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator reads of a probe."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._finding import finding
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof import findings

VERSIONS = {"litellm_version": "1.80.0", "redis_py_version": "5.2.1"}
ROUTER_DB = {"code": "misplaced", "where": "router", "setting": "db", "wanted": 1, "effective": 0}
SHARED = {"code": "shared_client", "where": "router", "settings": ["db"]}


def read(*observations: dict[str, Any], form: str = "host") -> list[dict[str, Any]]:
    return findings.findings_of(dict(VERSIONS, observations=list(observations)), form)


def test_a_router_elsewhere_is_refused_with_one_way_out() -> None:
    found = read({"code": "one_client", "where": "router", "settings": []}, ROUTER_DB, SHARED)
    assert [entry["class"] for entry in found] == ["ineffective", "ineffective", "cosmetic"]
    assert found[0]["message"].startswith("the router would use database 0, not 1 (known issue LITELLM-")
    refusal = findings.refusal_of(found, VERSIONS)
    assert refusal is not None
    assert refusal.startswith("LiteLLM 1.80.0 with redis-py 5.2.1: the router would use database 0, not 1")
    assert refusal.count("Way out: set litellm_cache_router to consistent or none") == 1
    assert "litellm_cache_known_issues to warn" in refusal


def test_one_client_whose_settings_agree_is_no_known_issue() -> None:
    found = read({"code": "one_client", "where": "router", "settings": []})
    assert (found[0]["known_issue"], found[0]["way_out"]) == (None, None) and "known issue" not in found[0]["message"]
    present = findings.present_issues(found, "1.80.0", None, frozenset({"redis", "host"}))
    assert "LITELLM-SHARED-ASYNC-CLIENT" not in [issue["identifier"] for issue in present]
    present = findings.present_issues(read(SHARED), "1.80.0", None, frozenset({"redis", "host"}))
    assert "LITELLM-SHARED-ASYNC-CLIENT" in [issue["identifier"] for issue in present if issue["observed"]]


def test_a_fatal_key_is_reported_and_refuses_nothing() -> None:
    found = read({"code": "key_left_out", "where": "cache", "setting": "connection_pool_timeout"})
    assert found[0]["message"].startswith(
        "LiteLLM 1.80.0 with redis-py 5.2.1 would not start: connection_pool_timeout is not an argument of the Redis "
        "client; left out, the rest works (known issue LITELLM-"
    )
    assert findings.refusal_of(found, VERSIONS) is None


def test_an_ignored_timeout_names_both_values_and_the_issue() -> None:
    seen = {"code": "ineffective", "where": "cache", "setting": "socket_timeout", "wanted": 30.0, "effective": 5.0}
    (found,) = read(seen)
    assert "the cache would have socket_timeout 5, not the 30 asked for" in found["message"]
    (found,) = read(dict(seen, effective=None), form="url")
    assert "the cache would have socket_timeout none, not the 30 asked for" in found["message"]
    assert "?socket_timeout=" in found["message"]


def test_the_variable_at_fault_is_the_way_out() -> None:
    seen = {"code": "misplaced", "where": "cache", "setting": "host", "wanted": "redis", "effective": "other"}
    (found,) = read(dict(seen, variable="REDIS_URL"))
    for way in ("do not export REDIS_URL", "litellm_cache_redis_url_env", "?socket_timeout=30"):
        assert way in found["message"]
    (found,) = read(dict(seen, variable="REDIS_SSL"))
    assert "environment variable REDIS_SSL" in found["message"]


def test_every_code_has_a_class_and_a_sentence() -> None:
    seen = {"where": "cache", "setting": "db", "wanted": 1, "effective": 2, "settings": [], "detail": "why"}
    for code, kind in findings.CLASSES.items():
        (found,) = read(dict(seen, code=code))
        assert found["class"] == kind
        assert len(found["message"]) > 20
        assert (code in findings.REFUSING_CODES) == (findings.refusal_of([found], VERSIONS) is not None)


def test_what_a_reading_tells_refuses_nothing() -> None:
    moved = finding("place_changes", "the cache moves from redis:6379/0 to redis:6379/1")
    assert findings.refusal_of([moved], VERSIONS) is None
    refusal = findings.refusal_of([moved, *read(ROUTER_DB)], VERSIONS)
    assert refusal is not None and "the cache moves" not in refusal


@pytest.mark.parametrize(
    ("settings", "ignored", "told"),
    [
        (None, None, None),
        ({"type": "redis", "host": "redis", "port": "6379", "db": 1}, None, None),
        ({"type": "redis", "password": "set"}, None, None),
        ({"type": "local"}, None, "type"),
        ({"type": "local"}, "store_model_in_db", None),
        ({"type": "redis", "host": "redis", "db": 0}, None, "db"),
    ],
)
def test_a_stored_row_counts_where_it_contradicts(
    settings: dict[str, Any] | None, ignored: str | None, told: str | None
) -> None:
    wanted = {"type": "redis", "host": "redis", "port": 6379, "db": 1}
    seen = findings.stored_row({"settings": settings, "ignored": ignored, "problem": None}, wanted)
    assert (seen and seen["setting"]) == told
    assert findings.stored_row(None, wanted) is None


def test_a_variable_that_the_file_itself_sets_is_taken_out_there() -> None:
    seen = {"code": "async_broken", "where": "cache", "detail": "no", "variable": "REDIS_USERNAME"}
    (found,) = findings.findings_of(dict(VERSIONS, observations=[seen], set_by_file=["REDIS_USERNAME"]), "host")
    assert found["way_out"] == "environment_variables of the file sets REDIS_USERNAME: take it out there"
    circumstances = frozenset(("local", "REDIS_HOST"))
    (issue,) = [
        entry
        for entry in findings.present_issues([], "1.106.2", None, circumstances, ["REDIS_HOST"])
        if entry["identifier"] == "LITELLM-COORDINATION-REDIS"
    ]
    assert issue["way_out"] == "environment_variables of the file sets REDIS_HOST: take it out there"
