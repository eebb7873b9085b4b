# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upstreams whose answers cannot be told apart by their ids: what is alike is no sign of a cache."""

from __future__ import annotations

import textwrap

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.operator import (
    ENTRYPOINT,
    GENERAL,
    LOCAL,
    MODELS,
    Deployed,
    Operator,
)

START = 'export REDIS_PASSWORD="$$(cat /run/secrets/redis_password)"; exec litellm --config /app/config.yaml'
#: Some servers of models have one id for all their answers.
SERVER = """
import http.server, json

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])), flush=True)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        data = json.dumps({**body, "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
SERVICE = """  one-id:
    image: ${UPSTREAM_IMAGE:-erni-ki-test/upstream:1}
    init: true
    entrypoint:
      - python3
      - -c
      - |
"""


@pytest.mark.shape("an upstream that gives all its answers one `id`")
@pytest.mark.rest
def test_answers_with_one_id(operator: Operator) -> None:
    bed = operator.bed
    config = MODELS.replace("//upstream:", "//one-id:") + LOCAL + GENERAL
    service = SERVICE + textwrap.indent(SERVER, " " * 8)
    Deployed(config, ENTRYPOINT.format(commands=START) + "    depends_on: [one-id]\n", service).bring(bed)

    def asked() -> int:
        return bed.container("one-id").logs().count(b"written request")

    switch = operator.succeeds("switch_redis")
    assert "answered from Redis" in operator.told(switch)
    flush = operator.succeeds("flush_cache")
    assert [one["kind"] for one in flush.of("Show that the request is a miss now")["evidence"]] == ["missed"]
    before = asked()
    back = operator.succeeds("rollback_local")
    assert [one["kind"] for one in back.of("Confirm the mode by requests")["evidence"]] == ["hit"]
    assert asked() - before == 1
