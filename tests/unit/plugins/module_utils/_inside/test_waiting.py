# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who waits for a start looks at Redis meanwhile: silence is what ends the wait, an answer of any kind is not."""

from __future__ import annotations

import itertools
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import program
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import waiting as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal

pytest.importorskip("redis")
#: An answer to HELLO 3.
GREETING = b"%1\r\n+proto\r\n:3\r\n"
PASSWORD = "a-Canary/of#50%@home"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that a test can go through."""
    monkeypatch.setattr(inside, "FIRST_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(inside, "BETWEEN_LOOKS_SECONDS", 0.0)
    monkeypatch.setattr(inside, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(inside, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(program, "_secrets", {PASSWORD})


@contextmanager
def server(answer: bytes) -> Iterator[int]:
    """A server that answers each command with the same, but greets redis-py 8 as that wants it; returns its port."""

    class Answering(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while command := self.request.recv(4096):
                self.request.sendall(GREETING if b"HELLO" in command else answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()


def watch_of(port: int) -> inside.RedisWatch:
    """A watch of a server on this machine."""
    params = {"type": "redis", "host": "127.0.0.1", "port": port, "password": PASSWORD}
    return inside.RedisWatch(time.monotonic(), lambda: params)


def looked(watch: inside.RedisWatch, times: int) -> None:
    """Look so often."""
    for _look in range(times):
        watch.look()


def until_refused(watch: inside.RedisWatch) -> Refusal:
    """Look until it is given up."""
    with pytest.raises(Refusal) as refused:
        looked(watch, 10**6)
    return refused.value


@pytest.mark.parametrize("listens", [True, False])
def test_a_silent_server_ends_the_wait(listens: bool) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listens:
            taken.listen()
        refusal = until_refused(watch_of(taken.getsockname()[1]))
    assert (refusal.code, refusal.facts) == ("redis_silent", {"cause": "redis"})
    assert "Redis has not answered for " in str(refusal)
    assert ("TimeoutError" if listens else "ConnectionError") in str(refusal) and "Canary" not in str(refusal)


@pytest.mark.parametrize(
    "answer", [b"-LOADING Redis is loading the dataset in memory\r\n", b"-NOAUTH no\r\n", b"-ERR no\r\n", b"+PONG\r\n"]
)
def test_an_answer_of_any_kind_does_not(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "SILENCE_SECONDS", 0.0)
    with server(answer) as port:
        looked(watch_of(port), 5)


def test_silence_that_ends_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of its own: each look takes more than half of the silence that is waited for."""
    ticks = itertools.count(0.0, 0.3)
    monkeypatch.setattr(inside, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        silent = taken.getsockname()[1]
    with server(b"+PONG\r\n") as answering:
        params: dict[str, Any] = {"type": "redis", "host": "127.0.0.1"}
        watch = inside.RedisWatch(next(ticks), lambda: params)
        for params["port"] in (silent, answering) * 3:
            watch.look()
        params["port"] = silent
        watch.look()
        with pytest.raises(Refusal):
            watch.look()


def test_before_the_first_look_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "FIRST_LOOK_SECONDS", 60.0)

    def connection() -> dict:
        raise AssertionError("looked at")

    looked(inside.RedisWatch(time.monotonic(), connection), 3)


@pytest.mark.parametrize(("code", "times"), [("no_proxy", 5), ("only_litellm", 1), ("config_unreadable", 1)])
def test_who_cannot_look_waits_on(code: str, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "SILENCE_SECONDS", 0.0)
    asked = []

    def connection() -> dict:
        asked.append(code)
        raise Refusal(code, "words")

    looked(inside.RedisWatch(time.monotonic(), connection), 5)
    assert len(asked) == times


@pytest.mark.parametrize("params", [{"host": "127.0.0.1", "port": "none"}, {"url": "http://nowhere"}, {"url": 5}])
def test_settings_that_no_client_takes_end_no_start(params: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "SILENCE_SECONDS", 0.0)
    looked(inside.RedisWatch(time.monotonic(), lambda: {"type": "redis", **params}), 5)
