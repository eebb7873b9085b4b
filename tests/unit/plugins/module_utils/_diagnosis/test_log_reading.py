# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a log tells, counted over time, of any length and without a word of anybody."""

from __future__ import annotations

import math
import time

from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.log_findings import LINE_CHARACTERS
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.log_reading import told_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import OUR_MARK

FOREVER = math.inf
FAILED = (
    "LiteLLM Redis Caching: async set() - Got exception from REDIS Error 111 connecting to redis:6379. Connection refused., "
    "Writing value={'content': 'Ann is ill'}"
)


def at(second: int, text: str) -> str:
    """A line as Docker gives it."""
    return f"2025-11-26T09:40:{second:02d}.250000000Z {text}"


def asked(status: int, path: str = "/v1/chat/completions") -> str:
    """A line of the web server."""
    return f'INFO:     172.18.0.1:51234 - "POST {path} HTTP/1.1" {status} OK'


def test_a_finding_has_its_first_and_its_last_time() -> None:
    told = told_of("\n".join([at(1, FAILED), at(2, "nothing"), at(9, FAILED)]), FOREVER)
    (event,) = told["events"]
    assert (event["code"], event["count"]) == ("redis_write_failed", 2)
    assert (event["first"], event["last"]) == (1_764_150_001.25, 1_764_150_009.25)
    assert told["lines"] == 3 and told["complete"] and "Ann" not in str(told)


def test_requests_to_models_are_counted_by_who_is_at_fault() -> None:
    lines = [asked(200), asked(500), asked(429, "/chat/completions"), asked(401), asked(500, "/key/generate")]
    lines += [asked(200, "/v1/embeddings"), 'a client says "POST /v1/chat/completions"']
    told = told_of("\n".join(at(place, line) for place, line in enumerate(lines)), FOREVER)["requests"]
    assert (told["count"], told["failed"], told["statuses"]) == (5, 2, {"500": 1, "429": 1})
    assert told["last"] == {"at": 1_764_150_005.25, "status": 200, "failed": False}


def test_our_own_hits_hide_no_failure_of_the_models() -> None:
    ours = f"/v1/chat/completions?{OUR_MARK}"
    lines = [asked(500), *(asked(200, ours) for _hit in range(9)), asked(429, ours)]
    told = told_of("\n".join(at(place, line) for place, line in enumerate(lines)), FOREVER)["requests"]
    assert (told["count"], told["failed"], told["last"]["status"]) == (1, 1, 500)
    ours_failed = told_of(at(1, asked(503, ours)), FOREVER)["requests"]
    assert ours_failed["statuses"] == {"503": 1}


def test_within_json_too() -> None:
    line = '{"message": "172.18.0.1:5 - \\"POST /v1/completions HTTP/1.1\\" 503"}'
    assert told_of(at(1, line), FOREVER)["requests"]["statuses"] == {"503": 1}


def test_it_ends_in_time_and_says_so() -> None:
    told = told_of("\n".join([at(1, FAILED)] * 10), time.monotonic() - 1)
    assert told["lines"] == 0 and not told["complete"] and told["events"] == []


def test_a_long_line_is_cut_before_it_is_looked_at() -> None:
    assert told_of(at(1, "x" * LINE_CHARACTERS + FAILED), FOREVER)["events"] == []


def test_an_empty_log_tells_nothing() -> None:
    assert told_of("", FOREVER)["requests"] == {"count": 0, "failed": 0, "statuses": {}, "last": None}
