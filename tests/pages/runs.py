# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs print, in docs/output.md, and the picture of one of them for the README.

``record_runs.py`` runs them; here is what is made of their output. The picture is made of the page, so that the two agree.
"""

from __future__ import annotations

import html
import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "output.md"
PICTURE = ROOT / "docs" / "images" / "run.svg"
REPORT = ROOT / "docs" / "images" / "report.png"
#: The run that the picture shows.
SHOWN = "switch"
#: Columns of the terminal.
WIDTH = 80

#: A block that says no more than that a task had nothing to tell.
_QUIET = re.compile(r"TASK \[.*\] \**\n(?:(?:ok|skipping): \[[^\]]*\]|included: .*)(?:\n|\Z)")
_BEGIN, _END = "<!-- run: {} -->\n", "<!-- end of the run -->\n"

# -- the picture: pixels ------------------------------------------------------------------------------------
_COLUMN, _LINE, _MARGIN = 7.8, 17, 16
_BACKGROUND, _PLAIN = "#1e2228", "#d6dae0"
#: The first that matches a line gives its colour.
_COLOURS = (
    (re.compile(r"\$ "), "#ffffff"),
    (re.compile(r"(PLAY|TASK)( RECAP)?\b.*\*\*\*"), "#ffffff"),
    (re.compile(r"changed:"), "#e5c07b"),
    (re.compile(r"ok:"), "#98c379"),
    (re.compile(r"(fatal|failed):|\[ERROR\]"), "#e06c75"),
    (re.compile(r"@@ |--- |\+\+\+ "), "#56b6c2"),
    (re.compile(r"\+"), "#98c379"),
    (re.compile(r"-"), "#e06c75"),
)


def shortened(output: str) -> str:
    """An output without the blocks of tasks that have nothing to tell."""
    blocks = re.split(r"\n\n+", output.strip("\n"))
    return "\n\n".join(block for block in blocks if not _QUIET.fullmatch(block))


def folded(text: str) -> str:
    """A text as a terminal shows it, but broken between words where it can be."""
    lines = []
    for line in text.splitlines():
        lines += textwrap.wrap(line, WIDTH, replace_whitespace=False, break_on_hyphens=False) or [""]
    return "\n".join(lines)


def recorded(page: str) -> dict[str, str]:
    """Name and text of each run on a page."""
    found = re.findall(r"(?ms)^<!-- run: (\w+) -->\n\n```\n(.*?)\n```\n\n<!-- end of the run -->\n", page)
    return dict(found)


def put(page: str, name: str, text: str) -> str:
    """A page with another text of one of its runs.

    :raises ValueError: the page has no place for that run.
    """
    begin = page.index(_BEGIN.format(name)) + len(_BEGIN.format(name))
    end = page.index(_END, begin)
    return f"{page[:begin]}\n```\n{text}\n```\n\n{page[end:]}"


def picture(text: str) -> str:
    """A run as a terminal shows it: an SVG that needs no font and no script from anywhere."""
    lines = text.splitlines()
    width, height = round(WIDTH * _COLUMN) + 2 * _MARGIN, len(lines) * _LINE + 2 * _MARGIN
    drawn = []
    for number, line in enumerate(lines):
        if not line:
            continue
        colour = next((colour for pattern, colour in _COLOURS if pattern.match(line)), _PLAIN)
        baseline = _MARGIN + number * _LINE + 12
        drawn.append(f'<text x="{_MARGIN}" y="{baseline}" fill="{colour}">{html.escape(line, quote=False)}</text>\n')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, monospace" font-size="13" '
        'xml:space="preserve">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACKGROUND}"/>\n{"".join(drawn)}</svg>\n'
    )
