# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names the anchor that stands in the way of an edit."""

from __future__ import annotations

from .._errors import ConfigError, UnsafeEditError, UnsupportedConfigError
from .._yaml.document import YamlText, yaml
from .._yaml.section import Section
from .draft import MANAGED_SECTIONS


def named_by_anchor(document: YamlText, error: UnsafeEditError) -> ConfigError:
    """``error``, or one that names the anchor of a managed section that an alias repeats elsewhere."""
    found = _anchor_in_the_way(document)
    if found is None:
        return error
    anchor_line, alias_line = found
    return UnsupportedConfigError(
        f"line {anchor_line}: an anchor (&) here is repeated by the alias (*) on line {alias_line}, so a change of the one would"
        " change the other; write the values out in the place of the alias",
        line=anchor_line,
    )


def _anchor_in_the_way(document: YamlText) -> tuple[int, int] | None:
    """Lines, as people count, of an anchor in a managed section and of an alias of it; None when there are none."""
    root = Section.root_of(document)
    sections = [root.section(name) for name in MANAGED_SECTIONS]
    spans = [(section.own_entry.first_line + 1, section.last_line + 1) for section in sections if section.header]
    anchors: dict[str, int] = {}
    for event in yaml.parse(document.text, Loader=yaml.SafeLoader):
        name = getattr(event, "anchor", None)
        if not name:
            continue
        line = document.line_number(event.start_mark.index)
        if not isinstance(event, yaml.AliasEvent):
            anchors[name] = line
        elif any(first <= anchors[name] <= last for first, last in spans):
            return anchors[name], line
    return None
