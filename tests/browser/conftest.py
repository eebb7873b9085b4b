# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium, driven by Playwright; tests/browser/chromium.sh installs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
#: It would look for updates and its maker's services, which have nothing to do with a page.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
#: Milliseconds after which something hangs, also on a busy machine.
LONGEST_WAIT = 300_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each page has a context of its own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, chromium_sandbox=False, timeout=LONGEST_WAIT
        )
        yield started
        started.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes pages, each in a context of its own, with the settings of that context."""
    contexts: list[BrowserContext] = []

    def made(**settings: Any) -> Page:
        contexts.append(browser.new_context(**settings))
        contexts[-1].set_default_timeout(LONGEST_WAIT)
        return contexts[-1].new_page()

    yield made
    for context in contexts:
        context.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where pictures are left."""
    parser.addoption("--screenshots", metavar="FOLDER", help="leave a picture of each page in this folder")
