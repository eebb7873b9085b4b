# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sections that were written anew, and in which somebody wrote since.

Such a section hides the one of before: a comment above it, or what a merge key brings in. As a whole it cannot go again, for
the sake of what was written. So it stays, and what the former one holds comes into it.
"""

from __future__ import annotations

from typing import Any

from .._errors import UnsafeEditError
from .._settings.keys import REDIS_ONLY_PARAMS, ROUTER_PATH, ROUTER_REDIS_KEYS
from .._settings.target import SectionTarget
from .._yaml.document import load_yaml, yaml
from .._yaml.patch import TextPatch, apply_splices
from .._yaml.section import BLOCK, Entry, Section
from .draft import Draft
from .journal import DELETE, INSERT, Ledger, Operation, digest_of
from .new_lines import NewLines


def is_of_redis(place: tuple[str, ...]) -> bool:
    """Whether the key at ``place`` is one that local mode does not want."""
    in_router = place[:1] == ROUTER_PATH and any(key in ROUTER_REDIS_KEYS for key in place)
    return in_router or place[-1] in REDIS_ONLY_PARAMS


class RewrittenSection:
    """The section that ``operation`` wrote anew, ``entry`` being its live one.

    ``hidden`` is what loads in its place once it is gone; None where that is nothing, or no mapping.
    """

    def __init__(self, draft: Draft, ledger: Ledger, operation: Operation, entry: Entry) -> None:
        self._draft = draft
        self._ledger = ledger
        self._place = operation.place
        self._section = draft.root.section_at(operation.place)
        self._lines = draft.document.lines
        self.hidden = self._hidden(operation, entry)
        #: Places whose live lines are as they have to be.
        self.kept: set[tuple[str, ...]] = set()

    @property
    def has_keys_by_hand(self) -> bool:
        """Whether a key in it is not as it was written, and has to stay live."""
        return self._by_hand(self._section)

    def complete(self) -> None:
        """Collect in the draft what brings the hidden settings into the section.

        :raises UnsafeEditError: one of them has no form on one line, or the text ends inside a value.
        """
        try:
            self._complete(self._section, SectionTarget(self._place[-1]).keeping(self.hidden))
        except ValueError as error:
            name = ".".join(self._place)
            raise UnsafeEditError(f"what {name} held before cannot all be written beside what it holds now") from error

    def _hidden(self, operation: Operation, entry: Entry) -> dict | None:
        patch = TextPatch(self._lines)
        patch.delete_lines(entry.first_line, entry.last_line)
        former = self._ledger.commented(operation.place)
        parent = self._draft.root.section_at(operation.path)
        if former is not None:
            first_line = self._draft.commented_lines(parent, former)
            if first_line is None:
                return None
            self._draft.take_signs(patch, first_line, former.line_count)
        elif operation.key not in parent.merged:
            return None
        try:
            value = load_yaml(apply_splices(self._draft.document.text, patch.splices()))
            for key in operation.place:
                value = value[key]
        except (yaml.YAMLError, TypeError, KeyError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def _by_hand(self, section: Section) -> bool:
        return any(self._is_by_hand(section, entry) for entry in section.entries)

    def _is_by_hand(self, section: Section, entry: Entry) -> bool:
        made = self._ledger.live((*section.path, entry.key))
        if made is None:
            return True
        if made.container:
            return self._by_hand(section.section(entry.key))
        return not is_of_redis(made.place) and made.digest != digest_of(self._draft.contents(entry))

    def _complete(self, section: Section, target: SectionTarget) -> None:
        if section.ends_in_open_block_scalar:
            raise ValueError("a line behind the section would change its last value")
        self.kept.add(section.path)
        for item in target.wanted:
            entry = section.entry(item.key)
            made = self._ledger.live((*section.path, item.key))
            if entry is None:
                self._insert(section, item, section.last_line + 1)
            elif isinstance(item, SectionTarget) and section.section(item.key).state == BLOCK:
                self._complete(section.section(item.key), item)
            elif made is not None and made.kind == INSERT and made.digest == digest_of(self._draft.contents(entry)):
                self._write_again(section, entry, item, made)
            else:
                self.kept.add((*section.path, item.key))

    def _write_again(self, section: Section, entry: Entry, item: Any, made: Operation) -> None:
        """Give a key of ours the value of before."""
        self.kept.add(made.place)
        if section.model[entry.key] != item.value:
            self._draft.delete_inserted(entry, made, entry.last_line)
            self._draft.note(DELETE, made.place, entry.first_line)
            self._insert(section, item, entry.first_line)

    def _insert(self, section: Section, item: Any, line: int) -> None:
        new_lines = NewLines(self._draft.document, section.step)
        contents, _operations = new_lines.of(item, section.path, section.child_column)
        self._draft.patch.insert_lines(line, contents)
        self._draft.expected.set(section.path, item.key, item.value)
        self._draft.note(INSERT, (*section.path, item.key), line)
