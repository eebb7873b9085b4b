# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site that `make site` has just built, served from this machine, and the browser of tests/browser."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.browser.conftest import browser, new_page, pytest_addoption

__all__ = ["browser", "new_page", "pytest_addoption"]

HTML = Path(__file__).resolve().parents[2] / ".cache" / "site" / "html"


class Silent(http.server.SimpleHTTPRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the site is; search asks for pages, which a browser does not give to pages that are files."""
    if not (HTML / "index.html").exists():
        pytest.fail("there is no site: `make site` builds it, and calls these tests")
    handler = functools.partial(Silent, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
