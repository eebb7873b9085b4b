# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report in a real browser: it loads nothing, complains of nothing, and everybody can read it.

With ``--screenshots FOLDER`` it leaves pictures there, for eyes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.page import page_of
from ansible_collections.erni_ki.litellm.tests.unit.support import report_documents
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DOCUMENTS = {
    "verification": report_documents.verification,
    "diagnosis": report_documents.diagnosis,
    "smallest": report_documents.smallest,
    "hostile": report_documents.hostile,
}
#: Pixels of a desktop, and of a telephone.
WIDTHS = (1280, 400)
NewPage = Callable[..., Page]


class Opened:
    """A page with what it asked for, and what it complained of."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.goto(path.as_uri())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_page(
    name: str, width: int, scheme: str, new_page: NewPage, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(DOCUMENTS[name]()), encoding="utf-8")
    opened = Opened(new_page(viewport={"width": width, "height": 900}, color_scheme=scheme), path)
    folder = request.config.getoption("--screenshots")
    if folder:
        opened.page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    assert [url for url in opened.asked if url not in (path.as_uri(), "data:,")] == []
    wide = opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, f"{wide} pixels stand beside the screen"
    assert violations(opened.page) == []
    assert opened.complaints == []


def test_it_prints_on_paper(new_page: NewPage, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(report_documents.verification()), encoding="utf-8")
    page = Opened(new_page(), path).page
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="print")
    assert violations(page) == []


def test_a_page_that_would_ask_is_kept_from_it(new_page: NewPage, tmp_path: Path) -> None:
    """The policy of the page works, so that even a hole in the template reaches nobody."""
    path = tmp_path / "report.html"
    hole = '<img src="http://127.0.0.1:9/picture"><script>document.title = "ran"</script>'
    path.write_text(page_of(report_documents.smallest()).replace("<main>", f"<main>{hole}"), encoding="utf-8")
    opened = Opened(new_page(), path)
    assert opened.page.title() == "State of the cache: erni-ki"
    assert sum("Content Security Policy" in complaint for complaint in opened.complaints) == 2


def violations(page: Page) -> list[Any]:
    """What axe finds: contrast, landmarks, names, order. axe is injected, past the policy of the page."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
