# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site that `make site` has just built, in the browser of tests/browser.

Its files are handed to the browser, as by a server. A real one on this machine would not do: Chromium gives up what it is loading
whenever a network comes or goes, and beside these tests others make networks of containers.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from ansible_collections.erni_ki.litellm.tests.browser.conftest import browser, new_page, pytest_addoption
from playwright.sync_api import Page, Route

__all__ = ["browser", "new_page", "pytest_addoption"]

HTML = Path(__file__).resolve().parents[2] / ".cache" / "site" / "html"
#: No name of a real host ends so.
ADDRESS = "http://site.invalid/"


def _answer(route: Route) -> None:
    """Give a file of the site; nothing else is to be had."""
    url = urlsplit(route.request.url)
    file = HTML / unquote(url.path).lstrip("/")
    if f"{url.scheme}://{url.netloc}/" != ADDRESS:
        route.abort()
    elif not file.is_file():
        route.fulfill(status=404)
    else:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(body=file.read_bytes(), content_type=f"{kind}; charset=utf-8")


@pytest.fixture
def new_site(new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Makes pages to which the site is there, each with the settings of its context."""
    if not (HTML / "index.html").exists():
        pytest.fail("there is no site: `make site` builds it, and calls these tests")

    def made(**settings: Any) -> Page:
        page = new_page(**settings)
        page.route("**/*", _answer)
        return page

    return made
