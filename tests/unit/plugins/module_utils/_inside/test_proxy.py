# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure parts of the program that runs inside an instance, and what it makes of a real process."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instance_client import (
    BOOTSTRAP,
    program_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import proxy as inside
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged


@pytest.mark.parametrize(
    "words",
    [
        "litellm --config /app/config.yaml",
        "/usr/bin/python3 /usr/local/bin/litellm --port 4000",
        "/app/.venv/bin/python3 /app/.venv/bin/litellm",
        "python -m litellm --config x",
        "python3.13 -m litellm.proxy.proxy_cli",
        "python /app/litellm/proxy/proxy_cli.py",
        "/usr/bin/python3 /usr/bin/uvicorn litellm.proxy.proxy_server:app",
        "uvicorn litellm.proxy.proxy_server:app --workers 2",
        "gunicorn -k uvicorn.workers.UvicornWorker litellm.proxy.proxy_server:app",
    ],
)
def test_command_lines_that_start_litellm(words: str) -> None:
    assert inside.starts_litellm(words.split())


@pytest.mark.parametrize(
    "words",
    [
        "",
        "/bin/sh /entrypoint.sh --config /app/config.yaml",
        "sh -c litellm",
        "/sbin/docker-init -- litellm --config x",
        "tini -- litellm",
        "setpriv --reuid=1000 litellm",
        "python3 -c import_litellm litellm",
        "python3 /healthcheck.py",
        "tail -f /var/log/litellm",
        "python3 -m http.server",
    ],
)
def test_command_lines_that_do_not(words: str) -> None:
    assert not inside.starts_litellm(words.split())


@pytest.mark.parametrize(
    ("words", "value"),
    [("x --port 4000", "4000"), ("x --port=4000", "4000"), ("x --port", None), ("x --ports 1", None), ("", None)],
)
def test_options(words: str, value: str | None) -> None:
    assert inside.option_of(words.split(), ("--port",)) == value


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in [name for name in os.environ if name.startswith("REDIS_")]:
        monkeypatch.delenv(name)
    yield monkeypatch


def test_references_are_replaced_at_every_depth(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HERE", "value")
    written = {"a": ["os.environ/HERE", {"b": "os.environ/NOT_HERE"}], "c": 5, "d": "os.environ"}
    assert inside.resolved(written) == {"a": ["value", {"b": None}], "c": 5, "d": "os.environ"}


def test_errors_are_described_without_secrets(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SOME_API_KEY", "sk-1234567890")
    environment.setenv("HARMLESS", "redis-host")
    environment.setattr(inside, "_secrets", set())  # what other tests of this process met
    inside.cache_params_of({"litellm_settings": {"cache_params": {"password": "l1teral", "url": "redis://:p@h/1"}}})
    error = ValueError("key sk-1234567890,\n  password l1teral, url redis://:p@h/1 of redis-host.")
    assert inside.describe(error) == "ValueError: key ********, password ********, url ******** of redis-host"
    assert inside.describe(ValueError()) == "ValueError"


def test_the_environment_of_a_process_of_somebody_else_is_refused() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has a process that others may not read")

    def read() -> str:
        with pytest.raises(inside.Refusal) as refusal:
            inside.environment_of(os.getppid())
        return f"{refusal.value.code}: {refusal.value}"

    assert unprivileged(read) == (
        f"environment_unreadable: the environment of the proxy's process {os.getpid()} may not be read as user 65534"
    )


def run_program(order: dict[str, Any], modules: tuple[Any, ...] = (inside,)) -> dict[str, Any]:
    """What the program answers when it is sent as it is sent to a container."""
    stdin = program_of(modules) + json.dumps(dict(order, module=modules[-1].__name__)).encode() + b"\n"
    # Nothing of the collection can be imported there.
    command = [sys.executable, "-I", "-c", BOOTSTRAP]
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True, cwd="/")
    return json.loads(done.stdout)


def test_a_fault_tells_its_place_and_not_its_text() -> None:
    answer = run_program({"operation": "wait", "deadline": 30, "ready_timeout": "a secret"})
    assert (answer["ok"], answer["code"]) == (False, "fault")
    assert answer["message"].startswith("TypeError in wait, line ")


def test_a_refusal_takes_its_facts_along() -> None:
    refusal = inside.Refusal("redis_auth", "no", variable="REDIS_URL")
    assert (refusal.code, str(refusal), refusal.facts) == ("redis_auth", "no", {"variable": "REDIS_URL"})


def test_stored_settings_are_named_and_their_secrets_are_not() -> None:
    values = {"type": "redis", "host": "other", "password": "hidden", "namespace": None}
    found = stored_from(200, {"current_values": values})
    assert found == {"settings": {"type": "redis", "host": "other", "password": "set"}, "problem": None}
    assert stored_from(404, {"detail": "Not Found"}) == {"settings": None, "problem": None}
    assert stored_from(200, {"current_values": {}}) == {"settings": None, "problem": None}
    assert stored_from(401, {})["problem"] == "/cache/settings answers with status 401"


def stored_from(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """What is made of a real answer over HTTP."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/cache/settings"
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_unused: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        proxy = inside.Proxy(1, ["litellm", "--port", str(server.server_port)], {})
        return inside.stored_settings(proxy, None)
