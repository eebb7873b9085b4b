# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the table of rooms of CONTRIBUTING.md; `make docs` calls it.

What imports stands above what it imports. Nobody draws it by hand: tests/unit/test_rooms.py compares.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
#: A row of the table: room, what it holds, the rooms that it may import.
ROW = re.compile(r"^\| `(_\w+)` \| ([^|]+) \|([^|]*)\|$", re.MULTILINE)

# Pixels.
WIDTH, BOX, GAP, ROW_GAP, LINE, EDGE = 880, 190, 20, 46, 15, 20
#: The room that an arrow takes which passes a row.
LANE = 20
#: Characters in a line of a box.
LETTERS = 26
STYLE = """\
  text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
  .name { font-weight: 600; font-size: 14px }
  .page { fill: #ffffff }
  .box { fill: #eef3fb; stroke: #5b7fb5 }
  .arrow { fill: none; stroke: #6b7280; stroke-width: 1.4 }
  .head { fill: #6b7280 }"""


@dataclass
class Place:
    """A room in the picture, or an arrow that passes a row (then `name` names its two ends, and `holds` is empty)."""

    name: str
    holds: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    x: float = 0.0
    top: float = 0.0
    bottom: float = 0.0

    @property
    def width(self) -> int:
        """How wide it is."""
        return BOX if self.holds else LANE


def rooms(text: str) -> dict[str, tuple[str, list[str]]]:
    """Each room of the table: what it holds, and what it may import.

    :param text: of CONTRIBUTING.md.
    """
    return {
        room: (holds.replace("`", ""), re.findall(r"`(_\w+)`", allowed)) for room, holds, allowed in ROW.findall(text)
    }


def levels(table: dict[str, tuple[str, list[str]]]) -> dict[str, int]:
    """The row of each room, 0 at the bottom: above all that it imports, and no higher than it must be to be below its users."""
    found: dict[str, int] = {}

    def lowest(room: str) -> int:
        if room not in found:
            found[room] = max((lowest(other) + 1 for other in table[room][1]), default=0)
        return found[room]

    for room in table:
        lowest(room)
    for room in sorted(table, key=lambda name: -found[name]):
        users = [found[other] for other, (_holds, allowed) in table.items() if room in allowed]
        if users and table[room][1]:
            found[room] = min(users) - 1
    return found


def in_rows(table: dict[str, tuple[str, list[str]]]) -> list[list[Place]]:
    """The rooms in their rows, the highest first, and a place in each row that an arrow passes."""
    level = levels(table)
    highest = max(level.values())
    found: list[list[Place]] = [[] for _row in range(highest + 1)]
    for room, (holds, allowed) in table.items():
        place = Place(room, textwrap.wrap(holds, LETTERS))
        found[highest - level[room]].append(place)
        for other in allowed:
            above = place
            for row in range(level[room] - 1, level[other], -1):
                passing = Place(f"{room} {other}")
                above.below.append(passing.name)
                found[highest - row].append(passing)
                above = passing
            above.below.append(other)
    return found


def untangled(found: list[list[Place]]) -> list[list[Place]]:
    """The rows with their places in the order in which the fewest arrows cross; the first one found of equal ones."""
    done = [found[0]]
    for row in found[1:]:
        above = done[-1]
        best = min(itertools.permutations(row), key=lambda order: (_crossings(above, order), _reach(above, order)))
        done.append(list(best))
    return done


def _ends(above: list[Place], order: tuple[Place, ...]) -> list[tuple[int, int]]:
    at = {place.name: number for number, place in enumerate(order)}
    return [(number, at[name]) for number, place in enumerate(above) for name in place.below if name in at]


def _crossings(above: list[Place], order: tuple[Place, ...]) -> int:
    pairs = itertools.combinations(_ends(above, order), 2)
    return sum((one[0] - two[0]) * (one[1] - two[1]) < 0 for one, two in pairs)


def _reach(above: list[Place], order: tuple[Place, ...]) -> float:
    half = (len(above) - len(order)) / 2
    return sum(abs(upper - lower - half) for upper, lower in _ends(above, order))


def place_all(found: list[list[Place]]) -> float:
    """Give each place its coordinates.

    :returns: the height of the picture.
    """
    top = float(EDGE)
    for row in found:
        height = 34 + LINE * max(len(place.holds) for place in row)
        x = (WIDTH - sum(place.width for place in row) - GAP * (len(row) - 1)) / 2
        for place in row:
            place.x, place.top, place.bottom = x + place.width / 2, top, top + height
            x += place.width + GAP
        top += height + ROW_GAP
    return top - ROW_GAP + EDGE


def svg(text: str) -> str:
    """The picture.

    :param text: of CONTRIBUTING.md.
    """
    found = untangled(in_rows(rooms(text)))
    height = place_all(found)
    places = {place.name: place for row in found for place in row}
    lines = [
        "<!--",
        *(line.lstrip("# ") for line in Path(__file__).read_text(encoding="utf-8").splitlines()[:3]),
        "Made by `make docs` from the table of rooms in CONTRIBUTING.md.",
        "-->",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
        ' role="img" aria-labelledby="title">',
        '<title id="title">The rooms of plugins/module_utils: an arrow leads from a room to one that it may import</title>',
        f"<style>\n{STYLE}\n</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
        f'<rect class="page" width="{WIDTH}" height="{height:.0f}" rx="8"/>',
    ]
    for place in places.values():
        place.below.sort(key=lambda name: places[name].x)
        lines += [_arrow(place, places[name]) for name in place.below]
        if not place.holds:
            lines.append(f'<path class="arrow" d="M{place.x:.0f} {place.top:.0f}V{place.bottom:.0f}"/>')
    lines += [line for place in places.values() if place.holds for line in _box(place)]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _arrow(upper: Place, lower: Place) -> str:
    """From the lower edge of one to the upper edge of the other; several of them leave a box beside each other."""
    shift = 0.0
    if upper.holds:
        shift = (upper.below.index(lower.name) - (len(upper.below) - 1) / 2) * 24
    start, middle = upper.x + shift, (upper.bottom + lower.top) / 2
    tip = ' marker-end="url(#tip)"' if lower.holds else ""
    path = f"M{start:.0f} {upper.bottom:.0f}C{start:.0f} {middle:.0f} {lower.x:.0f} {middle:.0f} {lower.x:.0f} {lower.top:.0f}"
    return f'<path class="arrow" d="{path}"{tip}/>'


def _box(place: Place) -> list[str]:
    left = place.x - BOX / 2
    height = place.bottom - place.top
    lines = [f'<rect class="box" x="{left:.0f}" y="{place.top:.0f}" width="{BOX}" height="{height:.0f}" rx="6"/>']
    lines.append(f'<text class="name" x="{left + 10:.0f}" y="{place.top + 21:.0f}">{escape(place.name)}</text>')
    for number, line in enumerate(place.holds, 1):
        y = place.top + 23 + LINE * number
        lines.append(f'<text x="{left + 10:.0f}" y="{y:.0f}">{escape(line)}</text>')
    return lines


def main() -> None:
    """Writes the picture."""
    PICTURE.write_text(svg((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")), encoding="utf-8")
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
