# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a canary in words."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.canary_words import (
    WAY_IN,
    in_report,
    not_proved_by,
    would_start,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.clone_config import (
    ALERTS,
    CALLBACKS,
    CloneConfig,
)


def test_what_is_not_proved() -> None:
    plain = CloneConfig("", {}, "n", ())
    assert list(not_proved_by(plain, (), has_database=False)) == [WAY_IN]
    left_out = {CALLBACKS: ["litellm_settings.callbacks"], ALERTS: ["general_settings.alerting"]}
    told = list(not_proved_by(CloneConfig("", left_out, "n", ()), ("/app/data",), has_database=True))
    assert told[0] == WAY_IN and told[1].startswith("the database")
    assert told[2:] == [
        "callbacks (litellm_settings.callbacks)",
        "alerting (general_settings.alerting)",
        "writing to /app/data",
    ]


def test_a_report_tells_what_was_seen_and_what_was_not() -> None:
    canary = {
        "version": "1.80.0",
        "ready_seconds": 3.2,
        "evidence": [{"instance": "c", "kind": "harvested", "seconds": 0.005}],
        "requests": 2,
        "upstream_calls": 1,
        "not_proved": ["the way in", "the database"],
    }
    assert list(in_report(canary)) == [
        "LiteLLM 1.80.0 started on the change within 3.2 s and answered from Redis in 5 ms (2 requests, 1 of them to a model)",
        "it does not show the way in; the database",
    ]


def test_a_check_tells_what_would_be_started() -> None:
    told = would_start("erni-ki-litellm-1", "litellm:1", 4, 2)
    assert list(in_report({"would_start": told, "not_proved": ["the way in"]})) == [told, "it does not show the way in"]
    assert "asked 4 times at most, of which 2 could reach a model" in told
