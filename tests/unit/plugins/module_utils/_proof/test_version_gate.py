# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes and goes with another version of LiteLLM, by the table of known issues."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.version_gate import (
    TESTED_VERSIONS,
    advice,
    circumstances_of,
    comparison,
    issues_of,
)
from ansible_collections.erni_ki.litellm.tests.stack.images import LITELLM

REDIS = frozenset(("redis", "url"))


def observed(**instance: Any) -> dict[str, Any]:
    """What is seen of a deployment of one instance."""
    seen = {"redis_variables": ["REDIS_URL"], "has_database": True, **instance}
    return {"cache": {"mode": "redis", "form": "url"}, "instances": [seen]}


def test_the_tested_versions_are_those_that_the_tests_bring_up() -> None:
    assert TESTED_VERSIONS == tuple(LITELLM)


def test_what_matters_is_what_the_deployment_has() -> None:
    assert circumstances_of(observed()) == {"redis", "url", "REDIS_URL", "database"}
    assert circumstances_of(observed(redis_variables=None, has_database=False)) == {"redis", "url"}
    assert circumstances_of({"cache": {"mode": "local", "form": None}, "instances": []}) == {"local"}


def test_only_issues_that_another_version_has_not_tell_versions_apart() -> None:
    titles = {issue.identifier for issue in issues_of("1.80.0", REDIS)}
    assert "LITELLM-URL-DROPS-TIMEOUTS" in titles and "LITELLM-URL-DROPS-LOGIN" not in titles
    assert issues_of("1.80.0", frozenset(("local",))) == [] and issues_of(None, REDIS) == []


def test_the_issues_that_come_are_told_with_their_way_out_and_those_that_go_by_name() -> None:
    forth = list(comparison("1.80.0", "ghcr.io/berriai/litellm:v1.106.2", REDIS))
    assert "known_issue_goes" in {one["code"] for one in forth}
    (gone,) = [one["message"] for one in forth if one["code"] == "known_issue_goes"]
    assert gone.startswith("LiteLLM 1.106.2 no longer has: ") and "timeouts of cache_params are ignored" in gone
    back = [one["message"] for one in comparison("1.106.2", "litellm:1.80.0", REDIS)]
    assert any(
        told.startswith("LiteLLM 1.80.0 has what 1.106.2 has not: In the url form the timeouts") for told in back
    )
    assert any("use the host form" in told for told in back)
    assert list(comparison("1.80.0", "litellm:1.80.0", REDIS)) == []


def test_what_a_tag_does_not_tell_is_not_compared() -> None:
    assert [one["code"] for one in comparison("1.80.0", "litellm:main-latest", REDIS)] == ["version_unknown"]
    assert list(comparison("1.80.0", "litellm:main-latest", REDIS, "1.80.0")) == []
    assert [
        one["code"] for one in comparison(None, "litellm:v1.80.0", REDIS) if one["code"] != "known_issue_goes"
    ] == []


def test_the_advice_is_a_version_with_the_fewest() -> None:
    told = advice(["1.80.0"], REDIS)
    assert {"title", "way_out"} == set(told["issues"][0])
    fewest = {len(issues_of(version, REDIS)) for version in told["versions"]}
    assert fewest == {told["left"]} and "1.80.0" not in told["versions"]
    assert all(len(issues_of(version, REDIS)) >= told["left"] for version in TESTED_VERSIONS)
    local = advice(["1.80.0"], frozenset(("local",)))
    assert local == {"issues": [], "versions": list(reversed(TESTED_VERSIONS)), "left": 0}
