# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one HTML page that needs nothing else: no script, no font, no request.

Made on the controller, with Jinja2, which ansible-core brings. Everything in a document comes from outside in the end (names of
containers, lines of logs), so the template escapes all of it, and the page's own policy forbids any request.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jinja2

from ...module_utils._telling import counted, milliseconds
from .plots import AXIS_PIXELS, census_plot, label_of, latency_plot, timeline_plot

#: What a report is about, as its heading says it.
TITLES = {
    "verify": "Verification of the cache",
    "diagnose": "Diagnosis of the cache",
    "status": "State of the cache",
    "change": "Change of the cache",
}
#: What is said where not all is well; a diagnosis and a status have done what was asked for then.
_NOT_WELL = {"diagnose": "FOUND", "status": "WRONG"}
#: Verdicts of rows, by the name of their class in the page.
_CLASSES = {"ok": "good", "note": "note", "WRONG": "wrong"}


def page_of(document: dict[str, Any]) -> str:
    """The page.

    :param document: what a report is made of, docs/report.md.
    :returns: HTML in UTF-8.
    """
    # What a document leaves out is nothing there, so the template may ask for it.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    latency = document.get("latency") or []
    return environment.get_template("page.html.j2").render(
        document=document,
        title=title_of(document),
        verdict_class=verdict_class(document),
        verdict_word=verdict_word(document),
        verdict_words=verdict_words(document),
        when=moment(document["at"]),
        groups=groups_of(document.get("rows") or []),
        experiments=any(row.get("experiment") for row in document.get("rows") or []),
        latency=latency_plot(latency),
        latency_rows=[dict(entry, label=label_of(entry, latency)) for entry in latency if entry.get("p50")],
        timeline=timeline_plot(document.get("timeline") or []),
        census=census_plot(document.get("census")),
        axis_pixels=AXIS_PIXELS,
        counted=counted,
        milliseconds=milliseconds,
        moment=moment,
    )


def title_of(document: dict[str, Any]) -> str:
    """The heading, with the project; a status may not know it."""
    return f"{TITLES[document['kind']]}: {document['project'] or 'unknown project'}"


def verdict_word(document: dict[str, Any]) -> str:
    """The verdict in one word, as the run prints it."""
    if "word" in document["verdict"]:
        return str(document["verdict"]["word"])
    return "OK" if document["verdict"]["ok"] else _NOT_WELL.get(document["kind"], "FAILED")


def verdict_words(document: dict[str, Any]) -> str:
    """What stands behind the verdict: how it is known, else what is wrong."""
    return document["verdict"]["words"] or "; ".join(document["verdict"]["problems"])


def verdict_class(document: dict[str, Any]) -> str:
    """The class of the verdict in the page."""
    return "good" if document["verdict"]["ok"] else "wrong"


def moment(at: float | str | None) -> str:
    """A moment as people read it, in UTC: ``2026-11-26 14:05:09 UTC``; what is no number stays as it is."""
    if at is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at)) if isinstance(at, (int, float)) else str(at)


def groups_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a verdict by what they belong to: those that are indented belong to the one above that is not.

    :returns: groups with their ``rows``, each row with its ``kind`` and ``word``.
    """
    groups: list[dict[str, Any]] = []
    for row in rows:
        told = dict(row, kind=_CLASSES.get(row["verdict"], "fact"), word=row["verdict"], what=row["what"].strip())
        if groups and row["what"].startswith(" "):
            groups[-1]["rows"].append(told)
        else:
            groups.append({"rows": [told]})
    return groups
