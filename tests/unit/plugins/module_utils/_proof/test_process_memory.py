# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which lines of a log are requests that may leave an answer. The lines are those of LiteLLM 1.80.0 and 1.106.2."""

from __future__ import annotations

import json

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.process_memory import requests_in, trace_in

COMPLETION = '172.20.0.1:39492 - "POST /v1/chat/completions HTTP/1.1" 200'
ALIVE = '127.0.0.1:48932 - "GET /health/liveliness HTTP/1.1" 200'


@pytest.mark.parametrize(
    ("log", "number"),
    [
        (f"INFO:     {COMPLETION} OK\nINFO:     {ALIVE} OK\n", 1),
        (f"INFO:     {COMPLETION} OK\n" * 3, 3),
        (json.dumps({"message": COMPLETION, "level": "INFO"}) + "\n" + json.dumps({"message": ALIVE}), 1),
        (f"INFO:     {COMPLETION.replace('/v1/chat/completions', '/embeddings?api-version=1')} OK\n", 1),
        (f"INFO:     {COMPLETION.replace('200', '401')} Unauthorized\n", 1),
        (f"INFO:     {ALIVE} OK\nINFO:     Application startup complete.\n", 0),
        ('INFO HTTP Request: POST http://upstream:8000/v1/chat/completions "HTTP/1.1 200 OK"\n', 0),
        ("POST Request Sent from LiteLLM:\ncurl -X POST \\\nhttp://upstream:8000/v1/ \\\n", 0),
        (f"INFO:     {ALIVE.replace('/health/liveliness', '/health')} OK\n", 1),
        (f"INFO:     {ALIVE.replace('/health/liveliness', '/health?model=m')} OK\n", 1),
        (f"INFO:     {ALIVE.replace('/health/liveliness', '/root/health/readiness?x=1')} OK\n", 0),
        (f"INFO:     {ALIVE.replace('/health/liveliness', '/v1/models')} OK\n", 0),
        (f"INFO:     {ALIVE.replace('/health/liveliness', '/key/info')} OK\n", 0),
        (f"INFO:     {ALIVE.replace('/health/liveliness', '/config/field/info?field_name=store_model_in_db')} OK\n", 0),
        (f"INFO:     {ALIVE.replace('/health/liveliness', '/v1/threads/1')} OK\n", 1),
        ('INFO:     172.20.0.1:39492 - "WebSocket /v1/realtime" [accepted]\n', 1),
        ("", 0),
    ],
)
def test_only_requests_to_the_proxy_that_may_leave_an_answer_count(log: str, number: int) -> None:
    assert len(requests_in(log)) == number


def test_a_trace_is_the_same_only_while_nothing_was_asked_and_the_log_begins_as_before() -> None:
    other = ALIVE.replace("48932", "48999")
    began = f"INFO:     {ALIVE} OK\n"
    trace = trace_in(began)
    assert trace is not None and trace["asked"] == []
    assert trace_in(f"LiteLLM starts\n{began}INFO:     {other} OK\n") == trace
    assert trace_in(f"{began}INFO:     {COMPLETION} OK\n") != trace
    # Rotated: what came first is not there any more.
    assert trace_in(f"INFO:     {other} OK\n") != trace
    asked = trace_in(f"{began}INFO:     {COMPLETION} OK\n")
    assert asked is not None and asked != trace_in(f"{began}INFO:     {COMPLETION.replace('39492', '39493')} OK\n")
    # A log without any request may be one that never has a line for one.
    assert trace_in("INFO:     Application startup complete.\n") is None
