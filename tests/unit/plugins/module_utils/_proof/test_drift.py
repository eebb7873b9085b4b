# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of configured, stored and effective wins, and why."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.drift import drift_of

HELD = {"host": "redis", "port": 6379, "db": 1, "socket_timeout": 30, "max_connections": 50}
ANSWER: dict[str, Any] = {
    "wanted": {"host": "redis", "port": 6379, "db": 1, "socket_timeout": 30.0},
    "cache": {"async": HELD},
    "observations": [],
}


def rows(answer: dict[str, Any], **other: Any) -> dict[str, dict[str, Any]]:
    given = {"mode": "redis", "reported": "redis", "stored": None, "file_is_newer": True, **other}
    return {row["setting"]: row for row in drift_of(answer=answer, **given)}


def test_a_file_that_is_heeded() -> None:
    found = rows(ANSWER)
    assert not any(row["drift"] for row in found.values())
    assert found["socket_timeout"]["wins"] == "file"
    assert found["max_connections"]["wins"] == "LiteLLM" and "default" in found["max_connections"]["why"]


def test_a_variable_that_overrides() -> None:
    seen = {"code": "misplaced", "where": "cache", "setting": "db", "variable": "REDIS_URL"}
    found = rows(dict(ANSWER, cache={"async": dict(HELD, db=0)}, observations=[seen]))["db"]
    assert (found["configured"], found["effective"], found["wins"], found["drift"]) == (1, 0, "environment", True)
    assert "REDIS_URL" in found["why"]


def test_a_variable_that_says_what_the_file_leaves_out() -> None:
    wanted = {"host": "redis"}
    answer = dict(ANSWER, wanted=wanted, cache={"async": dict(HELD, db=3)}, redis_variables=["REDIS_DB", "REDIS_PORT"])
    found = rows(answer)
    assert (found["db"]["wins"], found["db"]["drift"]) == ("environment", False)
    assert found["db"]["why"] == "the file does not say, so the proxy's environment variable REDIS_DB counts"
    assert found["port"]["wins"] == "LiteLLM" and "default" in found["port"]["why"]  # it has what nobody need say


def test_a_setting_that_is_ignored() -> None:
    found = rows(dict(ANSWER, cache={"async": dict(HELD, socket_timeout=None)}))["socket_timeout"]
    assert (found["configured"], found["effective"], found["wins"], found["drift"]) == (30.0, None, "LiteLLM", True)


def test_a_stored_row_that_wins() -> None:
    found = rows(ANSWER, stored={"type": "redis", "host": "other", "db": "1"})
    assert (found["host"]["effective"], found["host"]["wins"], found["host"]["drift"]) == ("other", "database", True)
    assert (found["db"]["wins"], found["db"]["drift"]) == ("database", False)


def test_a_process_that_was_not_restarted() -> None:
    (found,) = rows({}, mode="local", reported="redis").values()
    assert (found["effective"], found["wins"], found["drift"]) == ("redis", "process", True)
    (found,) = rows({}, mode="local", reported=None).values()
    assert (found["effective"], found["drift"]) == ("local", False)


def test_a_process_that_was_restarted_since_and_has_another_type_all_the_same() -> None:
    (stale,) = rows({}, mode="local", reported="redis").values()
    (other,) = rows({}, mode="local", reported="redis", file_is_newer=False).values()
    assert "was not restarted" in stale["why"]
    assert "was not restarted" not in other["why"] and other["drift"]
