# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of known issues: complete, true to its ranges, and explaining what is observed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.image_reference import parse_image_reference
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.findings import CLASSES, expected, explain
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.known_issues import KNOWN_ISSUES
from ansible_collections.erni_ki.litellm.tests.pages.known_issues import PAGE, page


def test_each_issue_is_complete_and_there_once() -> None:
    identifiers = [issue.identifier for issue in KNOWN_ISSUES]
    assert len(set(identifiers)) == len(identifiers)
    for issue in KNOWN_ISSUES:
        assert issue.identifier == issue.identifier.upper()
        for text in (issue.title, issue.symptom, issue.way_out, issue.source):
            assert len(text) > 10
        assert not issue.way_out.endswith(".")
        assert {seen.code for seen in issue.observed_as} <= set(CLASSES)


@pytest.mark.parametrize(
    ("finding", "version", "identifier"),
    [
        ({"code": "key_left_out", "where": "cache", "setting": "x"}, "1.106.2", "LITELLM-UNKNOWN-KEY-STOPS-START"),
        ({"code": "misplaced", "where": "router", "setting": "db"}, "1.81.0", "LITELLM-ROUTER-DB-IGNORED"),
        ({"code": "misplaced", "where": "router", "setting": "db"}, "1.83.14", None),
        ({"code": "misplaced", "where": "router", "setting": "db"}, None, "LITELLM-ROUTER-DB-IGNORED"),
        ({"code": "shared_client"}, "1.80.10", "LITELLM-SHARED-ASYNC-CLIENT"),
        ({"code": "shared_client"}, "1.80.11", None),
        (
            {"code": "ineffective", "where": "cache", "setting": "socket_timeout", "form": "url"},
            "1.90.7",
            "LITELLM-URL-DROPS-TIMEOUTS",
        ),
        (
            {"code": "ineffective", "where": "cache", "setting": "socket_timeout", "form": "host"},
            "1.80.0",
            "LITELLM-FIXED-SOCKET-TIMEOUT",
        ),
        (
            {"code": "misplaced", "where": "cache", "setting": "db", "form": "host", "variable": "REDIS_URL"},
            "1.80.0",
            "LITELLM-REDIS-URL-WINS",
        ),
        (
            {"code": "ineffective", "where": "cache", "setting": "ssl", "variable": "REDIS_SSL"},
            "1.80.0",
            "LITELLM-SSL-IN-ENVIRONMENT",
        ),
        ({"code": "ineffective", "where": "cache", "setting": "ssl"}, "1.80.0", "LITELLM-SSL-FALSE-MEANS-TLS"),
        ({"code": "stored_row", "where": "database"}, "1.80.0", "LITELLM-STORED-ROW-WINS"),
        ({"code": "stored_row", "where": "database"}, "1.77.7", None),
    ],
)
def test_the_issue_that_explains_best(finding: dict[str, Any], version: str | None, identifier: str | None) -> None:
    issue = explain(finding, version)
    assert (issue.identifier if issue else None) == identifier


def test_what_cannot_be_observed_is_expected_by_version_or_tag() -> None:
    redis = frozenset(("redis", "host"))
    old = {issue.identifier for issue in expected("1.80.0", None, redis)}
    new = {issue.identifier for issue in expected("1.106.2", None, redis)}
    assert {"LITELLM-ANSWERS-IN-LOG", "LITELLM-MEMORY-TIER-OUTLIVES-FLUSH"} <= old
    assert "LITELLM-ANSWERS-IN-LOG" not in new
    assert "LITELLM-FIXED-SOCKET-TIMEOUT" not in old
    image = parse_image_reference("ghcr.io/berriai/litellm:v1.80.0.rc.1")
    assert "LITELLM-FIXED-SOCKET-TIMEOUT" in {issue.identifier for issue in expected("1.80.0", image, redis)}
    assert expected(None, None, redis) == []


def test_what_is_expected_matters_here() -> None:
    def identifiers(version: str, *circumstances: str) -> set[str]:
        return {issue.identifier for issue in expected(version, None, frozenset(circumstances))}

    assert identifiers("1.106.2", "local") == set()
    assert identifiers("1.106.2", "local", "REDIS_HOST") == {"LITELLM-COORDINATION-REDIS"}
    assert "LITELLM-START-WAITS-FOR-REDIS" in identifiers("1.106.2", "redis", "host", "redis-py 8")
    assert "LITELLM-START-WAITS-FOR-REDIS" not in identifiers("1.110.2", "redis", "host", "redis-py 5")
    assert "LITELLM-ENVIRONMENT-IGNORED" not in identifiers("1.90.7", "redis", "host")
    assert "LITELLM-ENVIRONMENT-IGNORED" in identifiers("1.90.7", "redis", "environment", "redis-py 8")
    assert "LITELLM-STORED-MODELS-LOSE-CACHE" in identifiers("1.90.7", "redis", "host", "database")


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make docs"
