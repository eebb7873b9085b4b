# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure parts of the program that runs inside an instance, and what it makes of a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils import _inside_instance as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._instance import BOOTSTRAP
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


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"host": "redis", "port": "6380", "db": "3"}, ("redis", 6380, 3)),
        ({"host": "redis"}, ("redis", 6379, 0)),
        ({"url": "redis://:secret@cache:6380/2"}, ("cache", 6380, 2)),
        ({"url": "rediss://cache"}, ("cache", 6379, 0)),
        ({"url": "redis://cache/1?db=4&socket_timeout=30"}, ("cache", 6379, 4)),
        ({"url": "redis://cache/1", "host": "other", "db": 9}, ("cache", 6379, 1)),
        ({"url": "unix:///run/redis.sock?db=5"}, ("/run/redis.sock", 0, 5)),
        ({"path": "/run/redis.sock", "db": 6}, ("/run/redis.sock", 0, 6)),
    ],
)
def test_places(settings: dict[str, Any], place: tuple[str, int, int]) -> None:
    assert inside.place_of(settings) == dict(zip(("host", "port", "db"), place))


def test_a_plain_client_takes_from_the_environment_what_litellm_takes_from_there(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("REDIS_PASSWORD", "exported")
    environment.setenv("REDIS_DB", "7")
    environment.setenv("REDIS_SSL", "False")
    environment.setenv("REDIS_USERNAME", "")
    assert inside.connection_settings({"host": "redis", "port": 6380, "ttl": 5}) == {
        "host": "redis",
        "port": 6380,
        "db": 7,
        "password": "exported",
        "ssl": False,
    }
    assert inside.connection_settings({"host": "redis", "password": "own", "db": 1})["password"] == "own"


def test_errors_are_described_without_secrets(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SOME_API_KEY", "sk-1234567890")
    environment.setenv("HARMLESS", "redis-host")
    inside.cache_params_of({"litellm_settings": {"cache_params": {"password": "l1teral", "url": "redis://:p@h/1"}}})
    error = ValueError("key sk-1234567890,\n  password l1teral, url redis://:p@h/1 of redis-host.")
    assert inside.describe(error) == "ValueError: key ********, password ********, url ******** of redis-host"
    assert inside.describe(ValueError()) == "ValueError"


@pytest.mark.parametrize("key", ["a" * 64, "0123456789abcdef" * 4])
def test_response_keys(key: str) -> None:
    assert inside._is_response_key(key, "")
    assert inside._is_response_key("space:" + key, "space:")
    assert not inside._is_response_key("space:" + key, "")
    assert not inside._is_response_key(key[1:], "")
    assert not inside._is_response_key("g" + key[1:], "")


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


def run_program(order: dict[str, Any]) -> dict[str, Any]:
    """What the program answers when it is sent as it is sent to a container."""
    program = Path(inside.__file__).read_bytes()
    stdin = b"%d\n%s%s\n" % (len(program), program, json.dumps(order).encode())
    done = subprocess.run([sys.executable, "-c", BOOTSTRAP], input=stdin, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def test_a_fault_tells_its_place_and_not_its_text() -> None:
    answer = run_program({"operation": "wait", "deadline": 30, "ready_timeout": "a secret"})
    assert (answer["ok"], answer["code"]) == (False, "fault")
    assert answer["message"].startswith("TypeError in wait, line ")
