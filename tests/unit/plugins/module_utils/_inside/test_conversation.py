# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the proxy is asked over HTTP."""

from __future__ import annotations

import http.server
import json
import os
import threading
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import conversation as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy


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
        proxy = Proxy(os.getpid(), ["litellm"], {})
        return inside.stored_settings(proxy, None)
