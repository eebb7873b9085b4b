# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Compose file as YAML: its values with their places, anchors, aliases and merge keys followed.

Nothing is ever made of the nodes, so a tag such as Compose's own ``!reset`` is what it is: a tag.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any

from .._errors import UnsupportedConfigError
from .._yaml.document import require_yaml, yaml
from .._yaml.nodes import may_be_too_big, refuse_what_has_no_end, refuse_what_is_too_big
from .._yaml.reasons import reason_of
from .pieces import ComposeError, FileText, Written

#: Nodes of a file with its aliases followed; compose-go has the same limit from 2.11 on.
MOST_NODES = 100000
RESET, OVERRIDE = "!reset", "!override"
_MERGE, _NULL = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:null"
# PyYAML's own errors, and what it lets through where characters or numbers are none that exist.
_PARSE_ERRORS: tuple[type[Exception], ...] = (
    (yaml.YAMLError, RecursionError, ArithmeticError, ValueError) if yaml else ()
)
_ANCHOR_AND_TAG = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+(?:#[^\n]*\n\s*)*)*")


@dataclass(frozen=True)
class Value:
    """A node of a Compose file."""

    file: FileText
    node: Any

    @property
    def is_null(self) -> bool:
        """Whether it is nothing, ``null`` or ``~``, or taken away by ``!reset``."""
        return self.node.tag in (_NULL, RESET)

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_scalar(self) -> bool:
        """Whether it is one value."""
        return isinstance(self.node, yaml.ScalarNode)

    def refuse(self, message: str) -> ComposeError:
        """The error for this value."""
        return self.file.refuse(self.node.start_mark.index, message)

    def items(self) -> list[Value]:
        """The values of a list; the value itself where it is no list, none where it is nothing."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Value(self.file, node) for node in self.node.value]
        return [] if self.is_null else [self]

    def pairs(self) -> dict[str, Value]:
        """The values of its keys, those of merge keys (``<<``) too.

        :raises ComposeError: it is nothing with keys, or a key stands there twice.
        """
        if not self.is_mapping:
            raise self.refuse("Compose wants keys with their values there; write them")
        own: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        lines: dict[str, int] = {}
        for key, value in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            line = self.file.line_number(key.start_mark.index)
            if key.value in lines:
                raise Value(self.file, key).refuse(
                    f"{key.value} stands there again, first on line {lines[key.value]}; remove one"
                )
            lines[key.value] = line
            if key.tag == _MERGE:
                for source in Value(self.file, value).items():
                    merged = {**source.pairs(), **merged}
            else:
                own[key.value] = Value(self.file, value)
        return {**merged, **own}

    def get(self, key: str) -> Value | None:
        """The value of a key, None where it is not there or nothing."""
        found = self.pairs().get(key)
        return None if found is None or found.is_null else found

    def written(self) -> Written:
        """The characters of one value.

        :raises ComposeError: it is no single value.
        """
        if not self.is_scalar:
            raise self.refuse("Compose wants one value there; write one")
        start, end = self.node.start_mark.index, self.node.end_mark.index
        start = min(self._behind_properties(start, end), end)
        text = self.file.text[start:end]
        if self.node.style in ("|", ">"):
            return self._written_as_block(start, end)
        if self.node.style:
            start, end, text = start + 1, end - 1, text[1:-1]
        return Written(self.file, self.node.value, start, end, text == self.node.value)

    def _behind_properties(self, start: int, end: int) -> int:
        match = _ANCHOR_AND_TAG.match(self.file.text, start, end)
        return match.end() if match else start

    def _written_as_block(self, start: int, end: int) -> Written:
        """The one line of a block scalar that keeps no line end; another one is nowhere exact."""
        value = self.node.value
        body = self.file.text.find("\n", start, end) + 1
        if value and body and self.file.text.count(value, body, end) == 1:
            first = self.file.text.index(value, body, end)
            return Written(self.file, value, first, first + len(value), True)
        return Written(self.file, value, start, end, False)


def documents_of(file: FileText) -> list[Value]:
    """The documents of a Compose file, each a mapping; Compose lays them over each other in their order.

    :raises ComposeError: it does not parse, or is none.
    """
    if file.documents is None:
        require_yaml()
        found = [Value(file, node) for node in _nodes_of(file)]
        for document in found:
            _require_mapping(document)
        file.documents = found
    return file.documents


def _require_mapping(document: Value) -> None:
    """Check that a document is a mapping, of a size that can be looked at."""
    file = document.file
    try:
        refuse_what_has_no_end(document.node, file.lines)
        if may_be_too_big(file.text):
            refuse_what_is_too_big(document.node, file.lines, MOST_NODES)
    except UnsupportedConfigError as error:
        raise ComposeError(str(error).partition(": ")[2] or str(error), file.path, error.line) from None
    if not document.is_mapping:
        raise document.refuse("a Compose file has keys such as services there; write them")


def _nodes_of(file: FileText) -> list[Any]:
    """The nodes of all documents. Compose's own reader is libyaml's kin, and lets pass tabs where the pure loader does not."""
    try:
        return _composed(file.text, _pure_loader())
    except _PARSE_ERRORS as error:
        if yaml.__with_libyaml__ and "\t" in file.text:
            with contextlib.suppress(*_PARSE_ERRORS):  # what the pure loader says has the better words
                return _composed(file.text, yaml.CSafeLoader)
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        index = getattr(error, "position", None) if mark is None else mark.index
        line = None if index is None else file.line_number(index)
        reason = "nested too deep" if isinstance(error, RecursionError) else reason_of(error)
        message = f"it does not parse: {reason}; mend it, `docker compose config` shows when it is right"
        raise ComposeError(message, file.path, line) from None  # the error quotes the text


def _pure_loader() -> Any:
    """PyYAML's pure loader, where an anchor may be set anew, as YAML 1.2 and Compose have it."""

    class Loader(yaml.SafeLoader):  # made here, because PyYAML may be missing
        def compose_node(self, parent: Any, index: Any) -> Any:
            if not self.check_event(yaml.AliasEvent):
                self.anchors.pop(self.peek_event().anchor, None)
            return super().compose_node(parent, index)

    return Loader


def _composed(text: str, kind: Any) -> list[Any]:
    loader = kind(text)
    found = []
    try:
        while loader.check_node():
            found.append(loader.get_node())
    finally:
        loader.dispose()
    return found
