# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token of a value that stands on one line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .document import YamlText, yaml
from .section import Entry


@dataclass(frozen=True)
class LiveToken:
    """The characters of a scalar, its quotes included, with their place."""

    start: int
    end: int
    text: str

    @classmethod
    def of(cls, document: YamlText, entry: Entry) -> LiveToken | None:
        """The token of the entry's value; None if it is none, has an anchor or a tag, or takes several lines."""
        if entry.is_alias:
            return None
        return cls._of_node(entry.value_node, document.text)

    @classmethod
    def in_line(cls, content: str) -> LiveToken | None:
        """The token of the value in a line ``key: value``, with places in that line; None as above."""
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        return cls._of_node(root.value[0][1], content)

    def moved(self, shift: int) -> LiveToken:
        """The token with its place counted from elsewhere."""
        return replace(self, start=self.start + shift, end=self.end + shift)

    def replaced_in(self, content: str, new_token: str) -> str:
        """Return ``content``, in which the token's place counts, with another token."""
        return content[: self.start] + new_token + content[self.end :]

    @classmethod
    def _of_node(cls, node: Any, text: str) -> LiveToken | None:
        start, end = node.start_mark.index, node.end_mark.index
        token = text[start:end]
        if not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">") or not token:
            return None
        if token[0] in "&!*" or "\n" in token:
            return None
        return cls(start, end, token)
