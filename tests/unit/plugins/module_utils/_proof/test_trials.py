# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not tried, and why. What is tried, a real LiteLLM and a real Redis show."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.requests import Requests
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.trials import TRIALS, Trials

NOBODY = cast(Deployment, None)  # whoever asks it fails


def results(mode: str, effective: dict[str, Any], **requests: Any) -> list[tuple[str, Any, Any]]:
    asked = Requests(**{"model": "talk", "timeout": 1, **requests})
    trials = Trials(NOBODY, asked, "run", "", mode, effective)
    return [(one["trial"], one["given"], one["reason"]) for one in trials.results(TRIALS)]


def test_where_no_request_shows_anything_none_is_sent() -> None:
    assert results("redis", {}, why_not="no model") == [("restart", None, "no model"), ("hang", None, "no model")]
    assert results("local", {}, why_not="no model") == [("restart", None, "no model")]


@pytest.mark.parametrize(
    ("effective", "reason"),
    [
        ({}, "no timeout is in effect, so that a request would wait as long as Redis hangs"),
        ({"socket_timeout": 5, "socket_connect_timeout": None}, "no timeout is in effect, so that"),
        (
            {"socket_timeout": 88, "socket_connect_timeout": 5},
            "Redis would have to hang for 91 s, and 90 s are the most",
        ),
        (
            {"socket_timeout": 45, "socket_connect_timeout": 5, "retry_on_timeout": True},
            "Redis would have to hang for 93 s, and 90 s are the most",
        ),
    ],
)
def test_redis_hangs_for_a_bounded_time_only(effective: dict[str, Any], reason: str) -> None:
    trials = Trials(NOBODY, Requests(model="talk", timeout=1), "run", "", "redis", effective)
    (told,) = trials.results(["hang"])
    assert told["given"] is None and told["reason"].startswith(reason) and not told["restarted"]
