# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site in a browser: readable on a desk and on a telephone, in both languages, with nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import ADDRESS, HTML

#: Width and height of a window.
SIZES = {"desk": (1280, 900), "telephone": (400, 850)}
#: One page of each kind; the others are looked at in `make test-all`.
OF_EACH_KIND = (
    *("index", "README", "docs/architecture", "docs/troubleshooting", "docs/ru/guide"),
    "reference/litellm_cache_role",
)
#: What stands out of the window, and has no ancestor that moves it sideways.
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth, moved = (element) => {
        for (let one = element; one && one !== document.body; one = one.parentElement)
            if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX)) return true;
        return false;
    };
    return [...document.querySelectorAll('article *')]
        .filter((one) => one.getBoundingClientRect().right > width + 1 && !moved(one))
        .map((one) => one.outerHTML.slice(0, 100));
}"""


def built() -> list[str]:
    """The pages that there are, without their suffix."""
    return sorted(path.relative_to(HTML).with_suffix("").as_posix() for path in HTML.rglob("*.html"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each page, those that are not the first of their kind only in `make test-all`."""
    if "name" in metafunc.fixturenames:
        names = [*OF_EACH_KIND, *(name for name in built() if name not in OF_EACH_KIND)]
        marks = {name: () if name in OF_EACH_KIND else pytest.mark.rest for name in names}
        metafunc.parametrize("name", [pytest.param(name, marks=marks[name]) for name in names])


@pytest.mark.parametrize("size", SIZES)
def test_a_page(name: str, size: str, new_site: Callable[..., Page], request: pytest.FixtureRequest) -> None:
    width, height = SIZES[size]
    page = new_site(viewport={"width": width, "height": height})
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on(
        "console",
        lambda one: complaints.append(f"{one.text} {one.location}") if one.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(f"{ADDRESS}{name}.html")
    assert [url for url in asked if not url.startswith((ADDRESS, "data:"))] == []
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_WIDE) == []
    # What the theme and Sphinx have to complain of, they write into the page.
    assert page.locator(".system-message, .problematic, .admonition.error").count() == 0
    assert "ERROR: Adding a table of contents" not in page.locator("body").inner_text()
    folder = request.config.getoption("--screenshots")
    if folder:
        page.screenshot(path=Path(folder) / f"{name.replace('/', '-')}-{size}.png")


#: What axe finds of the theme and of antsibull-docs, wherever they are used: a caption of the menu has no level, a link has an
#: attribute that there is not, the menu is a landmark without a name, and a block that can be moved sideways takes no focus.
NOT_OURS = {"aria-required-attr", "aria-valid-attr", "landmark-unique", "scrollable-region-focusable"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_by_everybody(scheme: str, new_site: Callable[..., Page]) -> None:
    page = new_site(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    for name in ("index", "docs/architecture", "reference/litellm_cache_flush_role", "reference/index"):
        page.goto(f"{ADDRESS}{name}.html")
        violations = Axe().run(page).response["violations"]
        found = {one["id"]: one["nodes"][0]["html"] for one in violations if one["id"] not in NOT_OURS}
        assert found == {}, name


@pytest.mark.parametrize(
    ("word", "found"),
    [("timeout", "troubleshooting"), ("litellm_cache_ttl", "variables"), ("тайм-аут", "Руководство")],
)
def test_search_finds_pages_of_both_languages(word: str, found: str, new_site: Callable[..., Page]) -> None:
    page = new_site()
    page.goto(f"{ADDRESS}index.html")
    page.locator("input[name=q]").first.fill(word)
    page.locator("input[name=q]").first.press("Enter")
    results = page.locator("ul.search li a")
    expect(results.first).to_be_visible()
    page.wait_for_function(
        "document.querySelector('#search-progress, .search-summary')?.textContent.match(/[0-9]+ page/)"
    )
    titles = " ".join(results.all_inner_texts()).lower()
    assert found.lower() in titles


# ------------------------------------------------------------------------------------------ without a browser


class Links(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is looked for."""
        given = dict(attrs)
        self.anchors.update(value for key in ("id", "name") if (value := given.get(key)))
        for key in ("href", "src"):
            if tag in ("a", "img", "link", "script") and (value := given.get(key)):
                self.links.append(value)


def test_no_link_is_dead() -> None:
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in sorted(HTML.rglob("*.html"))}
    dead = []
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            target, fragment = urldefrag(unquote(link.split("?")[0] if "#" not in link else link))
            there = (path.parent / target.split("?")[0]).resolve() if target else path
            known = there.exists() and (not fragment or there not in pages or fragment in pages[there].anchors)
            if not known:
                dead.append(f"{path.relative_to(HTML)}: {link}")
    assert dead == []


def test_every_page_of_the_menu_can_be_reached_from_the_first_one() -> None:
    first = Links((HTML / "index.html").read_text(encoding="utf-8"))
    known = {link.removesuffix(".html") for link in first.links if link.endswith(".html")}
    assert {name for name in built() if not name.startswith("reference/")} - known - {
        "index",
        "genindex",
        "search",
    } == set()
