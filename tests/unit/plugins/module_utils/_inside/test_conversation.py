# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the proxy is asked over HTTP."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import conversation as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import Key
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy

VALUES = {"type": "redis", "host": "other", "password": "hidden", "namespace": None}
STORED = {"/cache/settings": (200, {"current_values": VALUES})}
IN_DATABASE = "/config/field/info?field_name=store_model_in_db"
NOTHING = {"settings": None, "ignored": None, "problem": None}


def test_stored_settings_are_named_and_their_secrets_are_not() -> None:
    assert stored_from(STORED, store_model_in_db=True) == {
        "settings": {"type": "redis", "host": "other", "password": "set"},
        "ignored": None,
        "problem": None,
    }
    assert stored_from({"/cache/settings": (404, {"detail": "Not Found"})}) == NOTHING
    assert stored_from({"/cache/settings": (200, {"current_values": {}})}) == NOTHING
    assert stored_from({"/cache/settings": (401, {})})["problem"] == "/cache/settings answers with status 401"


@pytest.mark.parametrize(
    ("general", "environment", "in_database", "ignored"),
    [
        ({"store_model_in_db": True}, {}, None, None),
        ({}, {"STORE_MODEL_IN_DB": "True"}, None, None),
        ({"store_model_in_db": "os.environ/SWITCH"}, {"SWITCH": "true"}, None, None),
        ({}, {}, (200, {"field_value": True}), None),
        ({}, {}, (401, {}), None),  # nobody knows, so they may count
        ({}, {}, (200, {"field_value": False}), "store_model_in_db"),
        ({"store_model_in_db": False}, {}, (400, {}), "store_model_in_db"),
        ({"store_model_in_db": True, "supported_db_objects": ["models"]}, {}, None, "supported_db_objects"),
        ({"store_model_in_db": True, "supported_db_objects": ["models", "cache_settings"]}, {}, None, None),
    ],
)
def test_stored_settings_that_the_proxy_does_not_heed(
    general: dict[str, Any],
    environment: dict[str, str],
    in_database: Any,
    ignored: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("STORE_MODEL_IN_DB", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    answers = {**STORED, **({IN_DATABASE: in_database} if in_database else {})}
    assert stored_from(answers, **general)["ignored"] == ignored


@pytest.mark.parametrize(
    ("values", "is_row"),
    [
        ({"type": "redis", "url": "***", "redis_type": "node"}, False),
        ({"type": "redis", "url": "***", "host": None}, False),
        ({"type": "redis", "url": "***", "ttl": 60}, True),
        ({"type": "local"}, True),
        ({"type": "redis", "host": "other", "url": "***"}, True),
    ],
)
def test_what_a_newer_version_fills_in_from_the_environment_is_no_row(
    values: dict[str, Any], is_row: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://redis:6379/1")
    answers = {"/cache/settings": (200, {"current_values": values})}
    monkeypatch.setattr(inside, "litellm_source", lambda path: b"_redis_kwargs_from_environment()")
    assert bool(stored_from(answers, store_model_in_db=True)["settings"]) == is_row
    monkeypatch.setattr(inside, "litellm_source", lambda path: b"")
    assert stored_from(answers, store_model_in_db=True)["settings"]


REFUSAL = "Authentication Error, Key is blocked. Update via `/key/unblock` if you're admin."


@pytest.mark.parametrize(
    ("status", "error", "limits"),
    [
        (401, {"message": REFUSAL, "type": "auth_error", "code": "401"}, ["blocked"]),
        (400, {"message": "Budget has been exceeded! Current cost: 5.0", "type": "budget_exceeded"}, ["budget"]),
        (401, {"message": "Authentication Error, Invalid proxy server token passed", "type": "auth_error"}, []),
        (500, "Internal Server Error", []),
    ],
)
def test_a_key_that_is_let_in_nowhere_says_why(status: int, error: Any, limits: list[str]) -> None:
    with answering({"/v1/models": (status, {"error": error})}) as proxy:
        assert inside.access(proxy, Key("sk-1")) == {"status": status, "models": [], "limits": limits}


@pytest.mark.parametrize(
    ("info", "limits"),
    [
        ({"spend": 5.0, "max_budget": 1.0}, ["budget"]),
        ({"spend": 0.5, "max_budget": 1.0, "allowed_routes": []}, []),
        ({"metadata": {"cache": {"no-cache": True}}}, ["cache"]),
        ({"metadata": {"cache": {"no-store": True, "ttl": 5}}}, ["cache"]),
        ({"metadata": {"cache": {"no-cache": False, "ttl": 5}}}, []),
        ({"metadata": {"cache": "no-cache"}}, []),
        ({"metadata": "no-cache"}, []),
        ({"allowed_routes": ["/v1/embeddings", "/key/info"]}, ["routes"]),
        ({"allowed_routes": ["/v1/embeddings", "llm_api_routes"]}, []),
    ],
)
def test_a_key_that_is_let_in_may_be_limited(info: dict[str, Any], limits: list[str]) -> None:
    models = {"/v1/models": (200, {"data": [{"id": "m"}]}), "/v1/model/info": (200, {"data": []})}
    with answering({**models, "/key/info": (200, {"info": info})}) as proxy:
        told = inside.access(proxy, Key("sk-1"))
    assert (told["status"], told["limits"], [one["name"] for one in told["models"]]) == (200, limits, ["m"])


@contextlib.contextmanager
def answering(answers: dict[str, tuple[int, dict[str, Any]]]) -> Iterator[Proxy]:
    """A proxy that gives real answers over HTTP."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = answers[self.path]
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_unused: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        yield Proxy(os.getpid(), ["litellm"], {})


def stored_from(answers: dict[str, tuple[int, dict[str, Any]]], **general: Any) -> dict[str, Any]:
    """What is made of real answers, each path asked at most once."""
    with answering(answers) as proxy:
        return inside.stored_settings(proxy, Key(None), general)
