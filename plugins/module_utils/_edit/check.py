# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies an edit before anybody may write it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .._errors import UnsafeEditError
from .._yaml.document import YamlText, yaml
from .._yaml.patch import Splice, apply_splices, inverse_splices
from .draft import MANAGED_SECTIONS, Draft


def verify_edit(draft: Draft, splices: list[Splice], edited: YamlText) -> None:
    """Require that ``edited``, the parsed result of ``splices``, is exactly what ``draft`` meant.

    The managed sections must load as intended with LiteLLM's own loader, all else must be the same YAML as before, and the
    bytes outside the spans and the way back must be the original ones.

    :raises UnsafeEditError: it is not.
    """
    original = draft.document.text
    if apply_splices(edited.text, inverse_splices(original, splices)) != original:
        raise UnsafeEditError("the edit could not be taken back exactly")
    _verify_untouched(original, edited.text, splices)
    expected = draft.expected.finished()
    loaded = edited.model
    for name in MANAGED_SECTIONS:
        if (name in expected) != (name in loaded) or not same_data(expected.get(name), loaded.get(name)):
            raise UnsafeEditError(f"{name} would not load as intended after the edit")
    _verify_other_sections(draft.document, edited)


def _verify_untouched(original: str, edited: str, splices: list[Splice]) -> None:
    position = shift = 0
    for start, end, length in [(splice.start, splice.end, len(splice.new)) for splice in splices] + [
        (len(original), len(original), 0)
    ]:
        if original[position:start] != edited[position + shift : start + shift]:
            raise UnsafeEditError("the edit would touch text that is not its own")
        shift += length - (end - start)
        position = end


def _verify_other_sections(before: YamlText, after: YamlText) -> None:
    pairs = [
        [pair for pair in _chunks_and_pairs(document) if pair[1][0].value not in MANAGED_SECTIONS]
        for document in (before, after)
    ]
    if len(pairs[0]) != len(pairs[1]):
        raise UnsafeEditError("the edit would add or remove a section that is not its own")
    comparison = _NodeComparison()
    for (chunk_before, pair_before), (chunk_after, pair_after) in zip(*pairs):
        same_text = chunk_before == chunk_after and "&" not in before.text
        if not same_text and not comparison.same(pair_before, pair_after):
            line = before.line_number(pair_before[0].start_mark.index)
            raise UnsafeEditError(f"the edit would change the section in line {line}, which is not its own", line=line)


def _chunks_and_pairs(document: YamlText) -> Iterable[tuple[str, Any]]:
    return zip(document.chunks(), document.root.value)


class _NodeComparison:
    """Compares YAML nodes by tag and content; positions and styles do not count."""

    def __init__(self) -> None:
        self._seen = set()

    def same(self, first: Any, second: Any) -> bool:
        """Whether both trees of nodes are the same."""
        pending = [(first, second)]  # nodes, or tuples of nodes
        while pending:
            left, right = pending.pop()
            if isinstance(left, tuple):
                pending += zip(left, right)
                continue
            if left.tag != right.tag or type(left) is not type(right):
                return False
            if isinstance(left, yaml.ScalarNode):
                if left.value != right.value:
                    return False
            elif (id(left), id(right)) not in self._seen:
                self._seen.add((id(left), id(right)))
                if len(left.value) != len(right.value):
                    return False
                pending += zip(left.value, right.value)
        return True


def same_data(first: Any, second: Any) -> bool:
    """Whether two loaded values are the same in value and type: 1, 1.0 and true are three things."""
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same_data(value, second[key]) for key, value in first.items())
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same_data, first, second))
    if isinstance(first, float) and math.isnan(first):
        return math.isnan(second)
    return first == second
