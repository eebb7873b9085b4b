# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks over the nodes of a text before anything is made of them: some texts parse and could keep a reader busy for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .._errors import UnsupportedConfigError
from .lines import LineTable

MOST_LEVELS = 100
#: Nodes of a text when each alias is replaced by what it stands for. Real files have less than a tenth of that.
MOST_NODES = 1000000

# With fewer columns before the first word of each line, and fewer open brackets, not half of MOST_LEVELS can be there.
_FAR_RIGHT = re.compile("^[ ?:-]{24}", re.MULTILINE)
_BRACKET = re.compile(r"[][{}]")
_MANY_BRACKETS = 24


def may_be_too_big(text: str) -> bool:
    """Whether the nodes of ``text`` are worth the look of :func:`refuse_what_is_too_big`; in a long text that takes a while."""
    if "&" in text or _FAR_RIGHT.search(text):
        return True
    is_open = 0
    for match in _BRACKET.finditer(text):
        is_open = is_open + 1 if match.group() in "[{" else max(is_open - 1, 0)
        if is_open > _MANY_BRACKETS:
            return True
    return False


def children_of(node: Any) -> list[Any]:
    """The nodes right below ``node``."""
    if node.id == "mapping":
        return [child for pair in node.value for child in pair]
    return node.value if node.id == "sequence" else []


def refuse_what_is_too_big(root: Any, lines: LineTable, most_nodes: int = MOST_NODES) -> None:
    """Refuse nodes that are nested too deep, or grow without measure when aliases are followed.

    :param root: the node of the whole text behind ``lines``.
    :param most_nodes: how many nodes there may be when each alias is replaced by what it stands for.
    :raises UnsupportedConfigError: they do; with the line.
    """
    measures: dict[int, tuple[int, int]] = {}  # of each node: levels in it, nodes in it
    for node, inner in _from_below(root):
        levels = 1 + max((measures[id(child)][0] for child in inner), default=0)
        if levels > MOST_LEVELS:
            _refuse(node, lines, f"the value there is nested in more than {MOST_LEVELS} levels")
        measures[id(node)] = levels, 1 + sum(measures[id(child)][1] for child in inner)
    if measures[id(root)][1] > max(len(measures), most_nodes):
        _refuse(root, lines, f"with its aliases followed, it would have more than {most_nodes} values")


def refuse_what_has_no_end(root: Any, lines: LineTable) -> None:
    """Refuse nodes that contain themselves.

    :param root: the node of the whole text behind ``lines``.
    :raises UnsupportedConfigError: one does; with its line.
    """
    for node, inner in _from_below(root):
        if len(inner) < len(children_of(node)):
            _refuse(node, lines, "the value there contains an alias of what it stands in")


def _from_below(root: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Each node once, behind those in it, with its children but those that it stands in itself."""
    done = set()
    around = set()
    pending = [(root, False)]
    while pending:
        node, children_are_done = pending.pop()
        if children_are_done:
            around.discard(id(node))
            yield node, [child for child in children_of(node) if id(child) in done]
            done.add(id(node))
        elif id(node) not in done and id(node) not in around:
            around.add(id(node))
            pending.append((node, True))
            pending += [(child, False) for child in children_of(node)]


def has_question_mark_in_flow(root: Any) -> bool:
    """Whether a plain scalar inside brackets or braces holds a question mark, which only libyaml takes for text."""
    seen = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for child in children_of(node):
            if node.flow_style and child.id == "scalar" and not child.style and "?" in child.value:
                return True
            pending.append(child)
    return False


def _refuse(node: Any, lines: LineTable, why: str) -> None:
    line = lines.at(node.start_mark.index) + 1
    raise UnsupportedConfigError(f"line {line}: {why}, so the file cannot be edited exactly", line=line)
