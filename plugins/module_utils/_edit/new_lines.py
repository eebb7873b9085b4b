# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New lines for keys that were not in the file."""

from __future__ import annotations

from typing import Any

from .._settings.keys import NODE_KEYS, PRAGMA
from .._settings.target import SectionTarget, Wanted
from .._yaml.document import YamlText, yaml
from .._yaml.scalar import double_quoted, flow_token, scalar_token
from .._yaml.section import Section
from .journal import INSERT, Operation, digest_of


class NewLines:
    """Writes new keys in the manner of a file: its indentation, its style of lists."""

    def __init__(self, document: YamlText, step: int) -> None:
        self._document = document
        self._step = step

    def of(self, item: Wanted | SectionTarget, path: tuple[str, ...], column: int) -> tuple[list[str], list[Operation]]:
        """The lines of a Wanted or a SectionTarget at ``column``, and their operations."""
        if not isinstance(item, SectionTarget):
            contents = self._contents(item, path, " " * column)
            return contents, [Operation(INSERT, path, item.key, digest_of(contents), len(contents))]
        contents = ["{}{}:{}".format(" " * column, item.key, "" if item.wanted else " {}")]
        operations = [Operation(INSERT, path, item.key, digest_of(contents), container=True)]
        for inner in item.wanted:
            inner_contents, inner_operations = self.of(inner, path + (item.key,), column + self._step)
            contents += inner_contents
            operations += inner_operations
        return contents, operations

    def _contents(self, wanted: Wanted, path: tuple[str, ...], indent: str) -> list[str]:
        value = wanted.value
        if isinstance(value, list) and all(map(_is_node if wanted.key in NODE_KEYS else _is_word, value)):
            return self._list(wanted, path, indent)
        in_flow = wanted.secret or isinstance(value, (list, dict))
        token = flow_token(value) if in_flow else scalar_token(value)
        return [f"{indent}{wanted.key}: {token}{'  ' + PRAGMA if wanted.secret else ''}"]

    def _style_of_lists(self, path: tuple[str, ...]) -> Any:
        """Key and node of the list whose style counts under ``path``: of its own top-level section, else of the file."""
        root = self._document.root
        for key_node, value_node in root.value:
            if path and key_node.value == path[0]:
                own = first_list_of_words(value_node)
                if own is not None:
                    return own
        return first_list_of_words(root)

    def _list(self, wanted: Wanted, path: tuple[str, ...], indent: str) -> list[str]:
        style = self._style_of_lists(path)
        if style is None or style[1].flow_style or not wanted.value:
            of_words = wanted.key not in NODE_KEYS
            token = flow_token(wanted.value) if of_words else f"[{', '.join(map(_flow_node, wanted.value))}]"
            return [f"{indent}{wanted.key}: {token}"]
        columns = [node.start_mark.column for node in style]
        dash = indent + " " * max(columns[1] - columns[0], 0)
        if wanted.key in NODE_KEYS:
            nodes = [line for node in wanted.value for line in _block_node(node)]
            return [f"{indent}{wanted.key}:"] + [dash + line for line in nodes]
        return [f"{indent}{wanted.key}:"] + [f"{dash}- {scalar_token(value)}" for value in wanted.value]


def _flow_node(node: dict[str, Any] | list[Any]) -> str:
    """A server of a Cluster, or a Sentinel, on a part of a line."""
    if isinstance(node, dict):
        return "{host: %s, port: %d}" % (double_quoted(node["host"]), node["port"])
    return "[%s, %d]" % (double_quoted(node[0]), node[1])


def _block_node(node: dict[str, Any] | list[Any]) -> list[str]:
    """A server of a Cluster, or a Sentinel, as an item of a list."""
    if isinstance(node, dict):
        return [f"- host: {scalar_token(node['host'])}", f"  port: {node['port']}"]
    return [f"- {_flow_node(node)}"]


def _is_word(item: Any) -> bool:
    return isinstance(item, str)


def _is_node(node: Any) -> bool:
    """Whether an item is a server as the options have it."""
    if isinstance(node, dict):
        node = [node[key] for key in ("host", "port") if key in node] if len(node) == len(("host", "port")) else []
    return isinstance(node, list) and [type(part) for part in node] == [str, int]


def gap_above(root: Section, line: int, behind_new: bool) -> int:
    """Number of empty lines that belong above a new top-level section before ``line``.

    One where the file parts its sections so, or where the line above is a comment that would seem to be the section's own.

    :param behind_new: another new section goes right above it.
    """
    lines = root.document.lines
    if line <= root.last_line or (not behind_new and not lines.content(line - 1).strip()):
        return 0
    if not behind_new and lines.content(line - 1).startswith("#"):
        return 1
    firsts = []
    for entry in root.entries[1:]:
        first = entry.first_line
        while lines.content(first - 1).startswith("#"):
            first -= 1
        firsts.append(first)
    parted = [first for first in firsts if not lines.content(first - 1).strip()]
    return int(2 * len(parted) > len(firsts))


def first_list_of_words(root: Any) -> Any:
    """Key and list node of the first non-empty list under the node ``root`` that holds scalars alone, or None."""
    pending = [root]
    seen = set()
    while pending:
        node = pending.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            pending += reversed(node.value)
            continue
        for key_node, value_node in node.value:
            if (
                isinstance(value_node, yaml.SequenceNode)
                and value_node.value
                and all(isinstance(item, yaml.ScalarNode) for item in value_node.value)
            ):
                return key_node, value_node
        pending += [value_node for key_node, value_node in reversed(node.value)]
    return None
