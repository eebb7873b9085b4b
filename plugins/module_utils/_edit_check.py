# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies an edit before anybody may write it. Private to the collection."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._draft import MANAGED_SECTIONS
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsafeEditError
from ansible_collections.erni_ki.litellm.plugins.module_utils._text_patch import apply_splices, inverse_splices
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml_section import Section
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml_text import load_yaml, yaml


def verify_edit(draft, splices, edited):
    """Raise UnsafeEditError unless ``edited``, the parsed result of ``splices``, is exactly what ``draft`` meant.

    The managed sections must load as intended with LiteLLM's own loader, all else must be the same YAML as before, and the
    bytes outside the spans and the way back must be the original ones.
    """
    original = draft.document.text
    if apply_splices(edited.text, inverse_splices(original, splices)) != original:
        raise UnsafeEditError("the edit could not be taken back exactly")
    _verify_untouched(original, edited.text, splices)
    expected = draft.expected.finished()
    if edited.pure:
        loaded = edited.model
    else:
        loaded = _sections_loaded_alone(edited)
    for name in MANAGED_SECTIONS:
        if (name in expected) != (name in loaded) or not same_data(expected.get(name), loaded.get(name)):
            raise UnsafeEditError("%s would not load as intended after the edit" % name)
    _verify_other_sections(draft.document, edited)


def _verify_untouched(original, edited, splices):
    position = shift = 0
    for start, end, length in [(splice.start, splice.end, len(splice.new)) for splice in splices] + [
            (len(original), len(original), 0)]:
        if original[position:start] != edited[position + shift:start + shift]:
            raise UnsafeEditError("the edit would touch text that is not its own")
        shift += length - (end - start)
        position = end


def _sections_loaded_alone(document):
    """Load only the managed sections with LiteLLM's loader; the rest of the text is as LiteLLM loaded it before."""
    root = Section.root_of(document)
    loaded = {}
    for name in MANAGED_SECTIONS:
        section = root.section(name)
        if section.header is None:
            continue
        start = document.lines.start(section.header.first_line)
        text = document.text[start:document.lines.start(section.last_line + 1)]
        try:
            loaded.update(load_yaml(text))
        except yaml.YAMLError:  # an alias whose anchor stands in another section
            return load_yaml(document.text)
    return loaded


def _verify_other_sections(before, after):
    entries = [_other_pairs(document) for document in (before, after)]
    if len(entries[0]) != len(entries[1]):
        raise UnsafeEditError("the edit would add or remove a section that is not its own")
    comparison = _NodeComparison()
    for (key_before, value_before), (key_after, value_after) in zip(*entries):
        if not (comparison.same(key_before, key_after) and comparison.same(value_before, value_after)):
            raise UnsafeEditError("the edit would change %s, which is not its own" % key_before.value)


def _other_pairs(document):
    return [pair for pair in document.root.value if pair[0].value not in MANAGED_SECTIONS]


class _NodeComparison:
    """Compares YAML nodes by tag and content; positions and styles do not count."""

    def __init__(self):
        self._seen = set()

    def same(self, first, second):
        """Whether both trees of nodes are the same."""
        pending = [(first, second)]
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


def same_data(first, second):
    """Whether two loaded values are the same in value and type: 1, 1.0 and true are three things."""
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same_data(value, second[key]) for key, value in first.items())
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same_data, first, second))
    return first == second or (first != first and second != second)
