# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a proxy by the name of its service, from a container in its network, as its users there would, until SIGTERM.

Runs in an image of LiteLLM, whose libraries it takes: OpenAI's own client with its own defaults, which keeps connections and
repeats what it could not send, and plain requests of one connection each, which repeat nothing. Every second request streams, and
is as good as its last word. It prints "asking" when each of them was answered once, and at its end, as JSON, by kind: how many
were ``answered``, how many ``failed`` and why, and the ``longest`` wait in seconds.

Usage: network_clients.py URL < KEY
"""

from __future__ import annotations

import collections
import json
import signal
import sys
import threading
import time

import httpx
import openai

#: Of each kind, and seconds between two questions of one of them.
CLIENTS, PAUSE = 3, 0.1
#: Seconds that an address and an answer may take: those of OpenAI's client by default, but for an end of this program.
PATIENCE = httpx.Timeout(60.0, connect=openai.DEFAULT_TIMEOUT.connect)
MODEL, KEPT, ONCE = "test-chat", "kept connections", "one connection each"
END = "[DONE]"


class Client(threading.Thread):
    """One client.

    :param url: of the proxy.
    :param kind: KEPT or ONCE.
    """

    def __init__(self, url: str, key: str, kind: str, number: int, stopped: threading.Event) -> None:
        super().__init__(daemon=True)
        self.kind, self._number, self._stopped = kind, number, stopped
        self._url, self._key = url, key
        self._openai = openai.OpenAI(base_url=url + "/v1", api_key=key, timeout=PATIENCE)
        self.answered, self.longest = 0, 0.0
        self.failed: collections.Counter[str] = collections.Counter()
        self.first = threading.Event()

    def run(self) -> None:
        """Ask until it is enough."""
        asked = 0
        while not self._stopped.is_set():
            asked += 1
            began = time.monotonic()
            messages = [{"role": "user", "content": "%s %d: %d" % (self.kind, self._number, asked // 4)}]
            try:
                (self._keep if self.kind == KEPT else self._once)(messages, asked % 2 == 0)
            except (openai.OpenAIError, httpx.HTTPError, ValueError) as error:
                self.failed["%s: %s" % (type(error).__name__, str(error)[:80])] += 1
            else:
                self.answered += 1
                self.first.set()
            self.longest = max(self.longest, time.monotonic() - began)
            self._stopped.wait(PAUSE)

    def _keep(self, messages: list, streams: bool) -> None:
        answer = self._openai.chat.completions.create(model=MODEL, messages=messages, stream=streams)
        if streams:
            reasons = [chunk.choices[0].finish_reason for chunk in answer if chunk.choices]
            if not any(reasons):
                raise ValueError("no end of the stream")

    def _once(self, messages: list, streams: bool) -> None:
        body = {"model": MODEL, "messages": messages, "stream": streams}
        headers = {"Authorization": "Bearer " + self._key, "Connection": "close"}
        answer = httpx.post(self._url + "/v1/chat/completions", json=body, headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
        if streams and END not in answer.text:
            raise ValueError("no end of the stream")


def main() -> None:
    """Command line."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_unused: stopped.set())
    key = sys.stdin.readline().strip()
    clients = [Client(sys.argv[1], key, kind, number, stopped) for kind in (KEPT, ONCE) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        while not client.first.wait(0.1) and not stopped.is_set():
            pass
    print("asking", flush=True)
    for client in clients:
        client.join()
    told = {}
    for kind in (KEPT, ONCE):
        mine = [client for client in clients if client.kind == kind]
        told[kind] = {
            "answered": sum(client.answered for client in mine),
            "failed": sum((client.failed for client in mine), collections.Counter()),
            "longest": round(max(client.longest for client in mine), 2),
        }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
