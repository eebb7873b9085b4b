# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mappings of config.yaml with the places of their keys, and of their values where they stand on one line."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .._errors import UnsupportedConfigError
from .document import YamlText, yaml

ABSENT = "absent"
EMPTY = "empty"  # `key:` with nothing or only comments behind it
EMPTY_TOKEN = "token"  # `key: null`, `key: ~` or `key: {}`
BLOCK = "block"
MERGE = "<<"
FOREIGN = "foreign"  # a flow mapping, an alias, a scalar, a list
_DEFAULT_STEP = 2
_ALIAS = re.compile(r"(?:[\s:?-]|#[^\n]*\n)*\*[^\s,\]}]+")  # with what may stand before one: an indicator, a comment


@dataclass(frozen=True)
class Entry:
    """One key of a block mapping with its value; lines count from 0, ``column`` too. ``key`` is '' for a list or a mapping."""

    key: str
    key_node: Any
    value_node: Any
    first_line: int
    last_line: int
    column: int

    @property
    def value_start(self) -> int:
        """Index of the first character of the value, its anchor and tag included."""
        return self.value_node.start_mark.index

    @property
    def value_end(self) -> int:
        """Index behind the value's last character."""
        return self.value_node.end_mark.index

    @property
    def is_alias(self) -> bool:
        """Whether the value is an alias; its marks are those of the anchored node, which stands earlier."""
        return self.value_start < self.key_node.start_mark.index


def _end_of(node: Any, floor: int, text: str) -> int:
    """Index behind the last character of ``node``, which stands behind ``floor``; comments do not count.

    The end mark of a block collection is the next token, so it is the end of the last leaf that counts.
    """
    while True:
        if node.start_mark.index < floor:
            match = _ALIAS.match(text, floor)
            return match.end() if match else floor
        if isinstance(node, yaml.ScalarNode) or node.flow_style:
            return _end_of_leaf(node, text)
        if isinstance(node, yaml.MappingNode):
            key_node, node = node.value[-1]
            floor = key_node.end_mark.index
        else:
            floor = max(floor, node.start_mark.index)
            for item in node.value[:-1]:  # each, because the place of an alias is told by what stands before it alone
                floor = _end_of(item, floor, text)
            node = node.value[-1]


def _end_of_leaf(node: Any, text: str) -> int:
    end = node.end_mark.index
    if not isinstance(node, yaml.ScalarNode) or node.style not in ("|", ">"):
        return end
    header, _line_end, body = text[node.start_mark.index : end].partition("\n")
    if "+" in header.split("#")[0]:
        return end
    blank = len(body) - len(body.rstrip(" \r\n"))
    return end - blank + len(_content_in_blanks(body, node.value, body[len(body) - blank :]))


def _content_in_blanks(body: str, value: str, blanks: str) -> str:
    """The part of ``blanks``, at the end of a block scalar, that belongs to its value: blanks deeper than its indentation."""
    first = next((line for line in body.split("\n") if line.strip(" \r")), "")
    first_of_value = next((line for line in value.split("\n") if line.strip(" \r")), "")
    indentation = len(first) - len(first.lstrip(" ")) - (len(first_of_value) - len(first_of_value.lstrip(" ")))
    lines = blanks.split("\n")
    while len(lines) > 1 and len(lines[-1].rstrip("\r")) <= indentation:
        lines.pop()
    return "\n".join(lines) if len(lines) > 1 else ""


class Section:
    """A mapping under a path of keys, present or not.

    ``header`` is the entry that holds it in the parent, None for the root and for an absent section.
    """

    def __init__(
        self, document: YamlText, path: tuple[str, ...], parent: Section | None, header: Entry | None, node: Any
    ) -> None:
        self.document = document
        self.path = path
        self.parent = parent
        self.header = header
        self.node = node
        self.entries = list(self._entries()) if self.state == BLOCK else []

    @classmethod
    def root_of(cls, document: YamlText) -> Section:
        """The section of the whole document."""
        return cls(document, (), None, None, document.root)

    @property
    def name(self) -> str:
        """The section's path as people write it."""
        return ".".join(self.path) or "the document"

    @property
    def state(self) -> str:
        """One of ABSENT, EMPTY, EMPTY_TOKEN, BLOCK and FOREIGN."""
        if self.node is None:
            return ABSENT
        if self.header is not None and self.header.is_alias:
            return FOREIGN
        if isinstance(self.node, yaml.MappingNode):
            if not self.node.flow_style and self.node.value:
                return BLOCK
            return FOREIGN if self.node.value else EMPTY_TOKEN
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == "tag:yaml.org,2002:null":
            token = self.document.text[self.node.start_mark.index : self.node.end_mark.index]
            return EMPTY_TOKEN if token else EMPTY
        return FOREIGN

    def _entries(self) -> Iterator[Entry]:
        lines = self.document.lines
        text = self.document.text
        for key_node, value_node in self.node.value:
            start = key_node.start_mark.index
            end = max(_end_of(value_node, key_node.end_mark.index, text), key_node.end_mark.index)
            first_line = lines.at(start)
            last_line = lines.at(max(end - 1, start))
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            yield Entry(key, key_node, value_node, first_line, last_line, start - lines.start(first_line))

    def entry(self, key: str) -> Entry | None:
        """The live entry of ``key`` or None.

        :raises UnsupportedConfigError: it is there twice.
        """
        found = [entry for entry in self.entries if entry.key == key]
        if len(found) > 1:
            numbers = " and ".join(str(entry.first_line + 1) for entry in found)
            raise UnsupportedConfigError(
                f"{key} stands more than once in {self.name} (lines {numbers}); LiteLLM takes the last one only, so remove the "
                "others",
                line=found[-1].first_line + 1,
            )
        return found[0] if found else None

    def section(self, key: str) -> Section:
        """The section under ``key``, which may be absent."""
        entry = self.entry(key)
        if entry is None:
            return Section(self.document, self.path + (key,), self, None, None)
        return Section(self.document, self.path + (key,), self, entry, entry.value_node)

    def section_at(self, path: tuple[str, ...]) -> Section:
        """The section under the keys of ``path``."""
        section = self
        for key in path:
            section = section.section(key)
        return section

    @property
    def model(self) -> dict:
        """What LiteLLM loads for this section; {} when it is absent or not a mapping."""
        model = self.document.model
        for key in self.path:
            model = model.get(key) if isinstance(model, dict) else None
        return model if isinstance(model, dict) else {}

    @property
    def ends_in_open_block_scalar(self) -> bool:
        """Whether the text ends inside a block scalar without a line end; a line behind it would change its value."""
        node = self.node
        while not isinstance(node, yaml.ScalarNode) and not node.flow_style:
            node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        return is_block and self.document.lines.ends_open and node.end_mark.index == len(self.document.text)

    @property
    def merged(self) -> dict:
        """What a merge key (``<<``) brings into the section."""
        pairs = [pair for pair in self.node.value if pair[0].tag == "tag:yaml.org,2002:merge"] if self.entries else []
        if not pairs:
            return {}
        node = copy.deepcopy(yaml.MappingNode("tag:yaml.org,2002:map", pairs))  # constructing changes the nodes
        return yaml.SafeLoader("").construct_document(node)

    @property
    def merge_entry(self) -> Entry | None:
        """The merge key (``<<``) of the section, None where it has none, or several."""
        found = [entry for entry in self.entries if entry.key_node.tag == "tag:yaml.org,2002:merge"]
        return found[0] if len(found) == 1 else None

    def _begins_its_line(self, entry: Entry) -> bool:
        return not self.document.lines.content(entry.first_line)[: entry.column].strip(" ")

    @property
    def step(self) -> int:
        """Columns by which the file indents: those of its first nested block mapping, else 2."""
        root = self.document.root
        for key_node, value_node in root.value:
            if isinstance(value_node, yaml.MappingNode) and not value_node.flow_style and value_node.value:
                lines = self.document.lines
                columns = []
                for node in (key_node, value_node.value[0][0]):
                    index = node.start_mark.index
                    columns.append(index - lines.start(lines.at(index)))
                if columns[1] > columns[0]:
                    return columns[1] - columns[0]
        return _DEFAULT_STEP

    @property
    def own_entry(self) -> Entry:
        """The entry that holds the section in its parent.

        :raises ValueError: the root and an absent section.
        """
        if self.header is None:
            raise ValueError(f"{self.name} has no key of its own")
        return self.header

    @property
    def header_column(self) -> int | None:
        """Column of the section's own key; None for the root and an absent section."""
        return self.header.column if self.header else None

    @property
    def child_column(self) -> int:
        """Column at which the section's keys stand, or would stand."""
        for entry in self.entries:
            if self._begins_its_line(entry):
                return entry.column
        if self.parent is None:
            return 0
        column = self.header.column if self.header else self.parent.child_column
        return column + self.step

    @property
    def last_line(self) -> int:
        """Line on which the section's last value ends, or its header line; -1 for an absent one."""
        if self.entries:
            return max(entry.last_line for entry in self.entries)
        return self.header.last_line if self.header else -1

    @property
    def limit(self) -> int:
        """First line behind the section that holds a key of an outer mapping; the number of lines at the end."""
        limit = len(self.document.lines)
        section = self
        while section.parent is not None and section.header is not None:
            after = [entry.first_line for entry in section.parent.entries if entry.first_line > self.last_line]
            limit = min([limit] + after)
            section = section.parent
        return limit


def line_of(document: YamlText, place: tuple[str, ...]) -> int:
    """Line, from 1, of what leaves no exact edit of the key at ``place``.

    That is the merge key that brings it in, the alias or flow mapping that holds it, else the key itself.

    :raises UnsupportedConfigError: a key on the way is there twice.
    """
    section = Section.root_of(document)
    line = 1
    for key in place:
        own = section.entry(key)
        merge = next((entry for entry in section.entries if entry.key == MERGE), None)
        hides_another = len(place) == len(section.path) + 1 and key in section.merged
        entry = merge if own is None or hides_another else own
        line = entry.first_line + 1 if entry is not None else line
        if own is None:
            break
        section = section.section(key)
    return line


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
