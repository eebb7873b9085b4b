# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as a page: read back by an HTML parser, which is not what made it."""

from __future__ import annotations

import html.parser
import xml.etree.ElementTree

import pytest
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.markdown import markdown_of
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.page import (
    groups_of,
    moment,
    page_of,
    verdict_word,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import report_documents

DOCUMENTS = {
    "verification": report_documents.verification,
    "diagnosis": report_documents.diagnosis,
    "smallest": report_documents.smallest,
    "hostile": report_documents.hostile,
}
#: Elements without an end.
VOID = {"meta", "link", "br"}


class Reader(html.parser.HTMLParser):
    """Reads a page: its elements with their attributes, the text, and whether it is nested as it says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_needs_nothing_from_anywhere(name: str) -> None:
    page = Reader(page_of(DOCUMENTS[name]()))
    assert {"script", "img", "iframe", "object", "form", "base", "a"} & {
        tag for tag, _attributes in page.elements
    } == set()
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    for _tag, attributes in page.elements:
        assert not {
            attribute for attribute in attributes if attribute.startswith("on") or attribute in ("src", "action")
        }
    policy = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_what_comes_from_outside_is_text() -> None:
    document = report_documents.hostile()
    page = Reader(page_of(document))
    assert page.text.count(report_documents.HOSTILE) > 20
    plain = Reader(
        page_of(
            {
                **report_documents.diagnosis(),
                **{
                    name: report_documents.verification()[name]
                    for name in ("rows", "latency", "timeline", "census", "history")
                },
            }
        )
    )
    assert {tag for tag, _attributes in page.elements} == {tag for tag, _attributes in plain.elements}


def test_each_plot_says_what_it_shows() -> None:
    text = page_of(report_documents.verification())
    plots = [
        xml.etree.ElementTree.fromstring(f"<svg{rest.partition('</svg>')[0]}</svg>") for rest in text.split("<svg")[1:]
    ]
    assert len(plots) == 2
    for plot in plots:
        title = plot.find("title")
        assert title is not None and plot.get("role") == "img" and plot.get("aria-labelledby") == title.get("id")
    told = "".join(plots[0].find("title").itertext())  # type: ignore[union-attr]  # looked at above
    assert "redis hit p50" in told and "budget 10 ms" in told
    assert "erni-ki-litellm-1 away 7.5 s; erni-ki-litellm-2 away 8.0 s, not proved" in "".join(plots[1].itertext())


def test_both_modes_stand_against_their_budgets() -> None:
    document = report_documents.verification()
    assert "p50 to p99" not in Reader(page_of(document)).text
    del document["latency"][-1]["seconds"]
    page = page_of(document)
    assert page.count('class="span"') == 1 and "p50 to p99 of a measuring before" in Reader(page).text
    row = next(line for line in markdown_of(document).splitlines() if line.startswith("| local hit, measured "))
    assert row.endswith("| 2 ms |")
    assert f"local hit, {row.partition(', ')[2].partition(' |')[0]}" in Reader(page).text


def test_the_order_of_a_page_is_that_of_reading() -> None:
    page = Reader(page_of(report_documents.verification()))
    tags = [tag for tag, _attributes in page.elements]
    assert [tag for tag in tags if tag in ("header", "main", "footer", "h1")] == ["header", "h1", "main", "footer"]
    assert page.all("html")[0]["lang"] == "en"
    labels = [one["aria-labelledby"] for one in page.all("section")]
    assert labels == [one["id"] for one in page.all("h2")] and len(set(labels)) == len(labels)


def test_what_a_document_leaves_out_is_no_heading() -> None:
    page = Reader(page_of(report_documents.smallest()))
    assert page.all("section") == []


@pytest.mark.parametrize(
    ("kind", "ok", "check", "word"),
    [
        ("verify", True, False, "OK"),
        ("verify", False, False, "FAILED"),
        ("verify", False, True, "FAILED"),
        ("diagnose", False, False, "FOUND"),
        ("status", False, False, "WRONG"),
        ("status", True, True, "OK"),
    ],
)
def test_the_verdict_is_the_word_that_the_run_prints(kind: str, ok: bool, check: bool, word: str) -> None:
    document = report_documents.smallest()
    document.update(kind=kind, check=check, verdict={"ok": ok, "words": "w", "problems": []})
    assert verdict_word(document) == word
    assert ("a check, which changes nothing" in Reader(page_of(document)).text) is check


@pytest.mark.parametrize("word", ["OK", "CHECK", "UNCHANGED", "FAILED", "REFUSED"])
def test_a_change_brings_its_own_word(word: str) -> None:
    document = report_documents.smallest()
    ok = word not in ("FAILED", "REFUSED")
    document.update(kind="change", verdict={"ok": ok, "word": word, "words": "", "problems": ["it is down"]})
    assert f"{word} it is down" in " ".join(Reader(page_of(document)).text.split())
    assert f"**{word}** it is down" in markdown_of(document)


def test_rows_belong_to_the_one_above_that_is_not_indented() -> None:
    groups = groups_of(report_documents.verification()["rows"])
    assert [[row["what"] for row in group["rows"]] for group in groups] == [
        ["mode in the file"],
        ["mode in effect"],
        ["erni-ki-litellm-1", "image", "proof", "known issue", "log since its start"],
        ["erni-ki-litellm-2", "stale"],
        ["Redis from this host"],
    ]


@pytest.mark.parametrize(("at", "words"), [(0, "1970-01-01 00:00:00 UTC"), ("yesterday", "yesterday"), (None, "")])
def test_moment(at: object, words: str) -> None:
    assert moment(at) == words  # type: ignore[arg-type]  # whatever a record holds
