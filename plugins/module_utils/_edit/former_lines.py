# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a section as they were before the operations of a journal on its keys."""

from __future__ import annotations

from .._yaml.section import Entry, LiveToken, Section
from .draft import Draft
from .journal import COMMENT, INSERT, OPEN, REPLACE, UNCOMMENT, Operation, digest_of


class FormerLines:
    """A section of the file's own, in which ``operations`` changed keys; ``made`` is the operation on its header, if any.

    ``known`` tells whether all of them left the lines as they are, so that the former ones can be told. ``last_line`` is the
    last line of the section, with what was commented out at its end.
    """

    def __init__(self, draft: Draft, section: Section, made: Operation | None, operations: list[Operation]) -> None:
        self._draft = draft
        self._section = section
        self._lines = draft.document.lines
        self._changed: dict[int, str | None] = {}
        self.last_line = section.own_entry.last_line
        self.known = (made is None or made.kind == OPEN) and all(self._take_back(item) for item in operations)
        if made is not None and self.known:
            self.known = self._close(made)

    def contents(self) -> list[tuple[int, str]]:
        """Number and former text of each line that was there."""
        lines = range(self._section.own_entry.first_line, self.last_line + 1)
        former = [(line, self._changed.get(line, self._lines.content(line))) for line in lines]
        return [(line, content) for line, content in former if content is not None]

    def _take_back(self, operation: Operation) -> bool:
        if operation.kind == COMMENT:
            return self._make_live(operation)
        entry = self._section.entry(operation.key)
        if entry is None or operation.container or operation.kind == OPEN:
            return False
        if operation.kind == REPLACE:
            return self._restore_token(entry, operation)
        if operation.digest != digest_of(self._draft.contents(entry)):
            return False
        if (
            operation.kind == UNCOMMENT
            and operation.old_token is not None
            and not self._restore_token(entry, operation)
        ):
            return False
        for offset, line in enumerate(range(entry.first_line, entry.last_line + 1)):
            text = self._changed.get(line) or self._lines.content(line)
            self._changed[line] = None if operation.kind == INSERT else operation.prefixes[offset] + text.lstrip(" ")
        return True

    def _restore_token(self, entry: Entry, operation: Operation) -> bool:
        token = LiveToken.of(self._draft.document, entry)
        if token is None or (operation.kind == REPLACE and operation.digest != digest_of([token.text])):
            return False
        line = self._lines.at(token.start)
        content = self._lines.content(line)
        self._changed[line] = token.moved(-self._lines.start(line)).replaced_in(content, operation.token_before)
        return True

    def _make_live(self, operation: Operation) -> bool:
        first_line = self._draft.commented_lines(self._section, operation)
        if first_line is None:
            return False
        for line in range(first_line, first_line + operation.line_count):
            self._changed[line] = self._lines.content(line).replace("# ", "", 1)
        self.last_line = max(self.last_line, first_line + operation.line_count - 1)
        return True

    def _close(self, made: Operation) -> bool:
        """Put null, ~ or {} back behind the header."""
        entry = self._section.own_entry
        if made.digest != self._draft.header_digest(entry) or "\n" in made.token_before:
            return False
        content = self._lines.content(entry.first_line)
        colon = content.index(":", entry.key_node.end_mark.index - self._lines.start(entry.first_line)) + 1
        self._changed[entry.first_line] = content[:colon] + made.token_before + content[colon:]
        return True
