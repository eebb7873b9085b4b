# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server over real sockets that answers chat requests as a LiteLLM with a cache, for tests that need none."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Status, id of the answer, and the cache key of a hit, None for a miss.
Answer = tuple[int, str, "str | None"]


class Seen:
    """What a server was asked.

    :param answer: from the prompts so far, the last one included, to the answer of the last one.
    """

    def __init__(self, answer: Callable[[list[str]], Answer]) -> None:
        self.answer = answer
        self.prompts: list[str] = []
        self.keys: set[str | None] = set()
        self.paths: set[str] = set()
        self.clients: set[Any] = set()


@contextmanager
def serving(
    answer: Callable[[list[str]], Answer], certificate: tuple[Path, Path] | None = None
) -> Iterator[tuple[int, Seen]]:
    """A server at a port of loopback.

    :param certificate: files of the certificate and its key, for TLS.
    """
    seen = Seen(answer)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.prompts.append(body["messages"][0]["content"])
            seen.keys.add(self.headers.get("Authorization"))
            seen.paths.add(self.path)
            seen.clients.add(self.client_address)
            status, identifier, cache_key = seen.answer(seen.prompts)
            data = json.dumps({"id": identifier}).encode()
            self.send_response(status)
            if cache_key:
                self.send_header("x-litellm-cache-key", cache_key)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_unused: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1], seen
        finally:
            server.shutdown()
            thread.join()
