# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Undoes a journal, tolerant of what the operator changed in between.

Every operation is found again by path, key and digest, never by line number. A line that still is as we left it gets exactly
what was there before. A line that the operator changed keeps the operator's text: as a comment where it must not be live, else
as it is; then the undo is not exact, and a finding says so.
"""

from __future__ import annotations

from typing import Any

from .._errors import JournalError, UnsafeEditError
from .._finding import finding
from .._yaml.comments import SectionComments
from .._yaml.document import load_yaml, yaml
from .._yaml.patch import apply_splices
from .._yaml.section import BLOCK, MERGE, Entry, LiveToken, Section
from .draft import Draft
from .journal import (
    COMMENT,
    DELETE,
    INSERT,
    OPEN,
    REPLACE,
    UNCOMMENT,
    Journal,
    Ledger,
    Operation,
    digest_of,
)
from .rewritten import RewrittenSection, is_of_redis


class JournalUndo:
    """Collects in a draft what undoes ``journal``; ``exact`` tells whether all of it came back as it was."""

    def __init__(self, draft: Draft, journal: Journal) -> None:
        self._draft = draft
        self._journal = journal
        self._ledger = Ledger(journal.operations)
        self._gone = set()  # places whose live lines this undo takes away ...
        self._kept = set()  # ... and of these the ones that stay as comments with the operator's text
        self._unread = []  # what cannot be read alone, because it holds an alias
        self.exact = True

    def collect(self) -> None:
        """Collect the changes, the keys inside a section before the section."""
        methods = {
            INSERT: self._undo_insert,
            UNCOMMENT: self._undo_uncomment,
            COMMENT: self._undo_comment,
            REPLACE: self._undo_replace,
            OPEN: self._undo_open,
        }
        staying = [operation.place for operation in self._journal.operations if self._has_lost_the_former(operation)]
        staying += self._without_their_merge_key()
        kept = self._kept_by_hand(staying)
        for operation in sorted(reversed(self._journal.operations), key=lambda operation: -len(operation.path)):
            whole = any(operation.place[: len(place)] == place for place in staying)
            if not whole and operation.place not in kept:
                methods[operation.kind](operation)
        self._read_in_place()

    def _kept_by_hand(self, staying: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
        """The places that stay for the sake of what somebody wrote into a section that was written anew."""
        kept = set()
        for operation in self._journal.operations:
            entry = self._entry(operation)
            if not operation.container or operation.kind != INSERT or entry is None or operation.place in staying:
                continue
            rewritten = RewrittenSection(self._draft, self._ledger, operation, entry)
            if rewritten.hidden is not None and rewritten.has_keys_by_hand:
                rewritten.complete()
                kept |= rewritten.kept
                self._conflict(operation, entry, "it has keys that were added or changed by hand, so it stays")
        return kept

    def _has_lost_the_former(self, operation: Operation) -> bool:
        """Whether a section that was written anew is all that is left of the one before it, and so has to stay."""
        entry = self._entry(operation)
        section = self._draft.root.section_at(operation.path)
        former = self._ledger.commented(operation.place)
        if not operation.container or operation.kind != INSERT or entry is None or former is None:
            return False
        if self._draft.commented_lines(section, former) is not None or SectionComments(section).of(operation.key):
            return False
        self._conflict(operation, entry, "the lines whose place it took are gone or changed, so it stays")
        return True

    def _without_their_merge_key(self) -> list[tuple[str, ...]]:
        """The keys that were written out of a merge key (``<<``) which does not come back, because its comment is gone."""
        staying = []
        for merge in self._journal.operations:
            section = self._draft.root.section_at(merge.path)
            is_merge = merge.kind == COMMENT and merge.key == MERGE
            if not is_merge or section.merge_entry or self._draft.commented_lines(section, merge) is not None:
                continue
            for operation in self._journal.operations:
                entry = self._entry(operation)
                if (
                    operation.kind == INSERT
                    and operation.path == merge.path
                    and entry
                    and not is_of_redis(operation.place)
                ):
                    staying.append(operation.place)
                    self._conflict(
                        operation, entry, "the merge key whose place it took is gone or changed, so it stays"
                    )
        return staying

    def _took_a_place(self, operation: Operation) -> bool:
        """Whether a line stands for one that became a comment: of its own key, or a merge key that brought it in."""
        return any(self._ledger.commented((*operation.path, key)) is not None for key in (operation.key, MERGE))

    def _entry(self, operation: Operation) -> Entry | None:
        return self._draft.root.section_at(operation.path).entry(operation.key)

    def _undo_insert(self, operation: Operation) -> None:
        entry = self._entry(operation)
        if entry is None:
            return
        if operation.container:
            self._undo_container(operation, entry)
        elif operation.digest == digest_of(self._draft.contents(entry)):
            self._draft.delete_inserted(entry, operation, entry.last_line)
            if not self._took_a_place(operation):  # the next plan finds a place for its key by itself
                del self._draft.vacated[operation.place]
            self._take_away(operation, entry, DELETE)
        elif is_of_redis(operation.place):
            self._conflict(operation, entry, "it was inserted, then changed by hand, and is now commented out")
            self._keep_as_comment(operation, entry)
        else:
            self._conflict(operation, entry, "it was inserted, then changed by hand, and stays")

    def _undo_uncomment(self, operation: Operation) -> None:
        entry = self._entry(operation)
        if entry is None:
            self._conflict(operation, None, "it had been uncommented and is gone")
        elif operation.container:
            self._undo_container(operation, entry)
        elif operation.digest == digest_of(self._draft.contents(entry)):
            self._draft.restore_token(entry, operation.old_token)
            self._comment_again(operation, entry)
        else:
            self._conflict(operation, entry, "it was uncommented, then changed by hand, and is a comment again")
            self._keep_as_comment(operation, entry)

    def _undo_container(self, operation: Operation, entry: Entry) -> None:
        """Take the header line of a section away once none of its keys is live."""
        section = self._draft.root.section_at(operation.place)
        remaining = [inner for inner in section.entries if operation.place + (inner.key,) not in self._gone]
        unchanged = operation.digest == self._draft.header_digest(entry)
        if remaining or (section.state != BLOCK and not unchanged):
            self._conflict(operation, entry, "it has keys that were added by hand, and stays")
        elif not unchanged:
            self._conflict(operation, entry, "its line was changed by hand, and is a comment now")
            self._keep_header(operation, entry)
        elif any(place[:-1] == operation.place for place in self._kept):
            self._keep_header(operation, entry)
        elif operation.kind == INSERT:
            self._draft.delete_inserted(entry, operation, entry.first_line)
            self._take_away(operation, entry, DELETE)
        else:
            self._comment_again(operation, entry)

    def _keep_header(self, operation: Operation, entry: Entry) -> None:
        """Keep the header line of a section without live keys as a comment."""
        self._kept.add(operation.place)
        if operation.kind == UNCOMMENT:
            self._comment_again(operation, entry)
        else:
            self._draft.comment_out(entry, entry.first_line)
            self._take_away(operation, entry, COMMENT)

    def _undo_comment(self, operation: Operation) -> None:
        section = self._draft.root.section_at(operation.path)
        live = section.entry(operation.key)
        first_line = self._draft.commented_lines(section, operation)
        is_live = live is not None and operation.place not in self._gone
        if first_line is not None and not is_live:
            self._make_live(operation, first_line)
        elif is_live:
            self._conflict(operation, live, "it was commented out and is live again, so it stays")
        else:
            self._uncomment_changed(section, operation)

    def _undo_replace(self, operation: Operation) -> None:
        entry = self._entry(operation)
        token = LiveToken.of(self._draft.document, entry) if entry is not None else None
        if entry is not None and token is not None and operation.digest == digest_of([token.text]):
            self._draft.restore_token(entry, operation.old_token)
            self._draft.expected.set(operation.path, operation.key, _value_before(operation))
            self._draft.note(REPLACE, operation.place, entry.first_line)
        elif token is None or token.text != operation.old_token:
            self._conflict(operation, entry, "its value was changed by hand, and stays")

    def _undo_open(self, operation: Operation) -> None:
        entry = self._entry(operation)
        if entry is None:
            self._conflict(operation, None, "its section is gone")
            return
        section = self._draft.root.section_at(operation.place)
        remaining = [inner for inner in section.entries if operation.place + (inner.key,) not in self._gone]
        if remaining or operation.digest != self._draft.header_digest(entry):
            self._conflict(operation, entry, "the section has keys that were added by hand, and stays")
            return
        colon = self._draft.document.text.index(":", entry.key_node.end_mark.index) + 1
        self._draft.patch.replace(colon, colon, operation.token_before)
        self._draft.expected.restore(operation.path, operation.key, _value_before(operation))
        self._draft.note(OPEN, operation.place, entry.first_line)

    def _take_away(self, operation: Operation, entry: Entry, action: str) -> None:
        self._gone.add(operation.place)
        self._draft.lose(operation.path, operation.key)
        self._draft.note(action, operation.place, entry.first_line)

    def _comment_again(self, operation: Operation, entry: Entry) -> None:
        self._draft.change_prefixes(entry.first_line, operation.prefixes)
        self._take_away(operation, entry, COMMENT)

    def _keep_as_comment(self, operation: Operation, entry: Entry) -> None:
        """Comment out a line that the operator changed, in the manner of before where that is known."""
        self._kept.add(operation.place)
        if len(operation.prefixes) == entry.last_line - entry.first_line + 1:
            self._comment_again(operation, entry)
        else:
            self._draft.comment_out(entry)
            self._take_away(operation, entry, COMMENT)

    def _make_live(self, operation: Operation, first_line: int) -> None:
        """Take away the ``# `` that the operation put before each line."""
        contents = self._draft.take_signs(self._draft.patch, first_line, operation.line_count)
        try:
            value = load_yaml("\n".join(contents) + "\n")[operation.key]
        except (yaml.YAMLError, TypeError, KeyError):
            self._unread.append(operation)
        else:
            self._draft.expected.set(operation.path, operation.key, value)
        self._draft.note(UNCOMMENT, operation.place, first_line)

    def _read_in_place(self) -> None:
        """Expect of lines with an alias what they load as in the whole text."""
        if not self._unread:
            return
        name = self._unread[0].name
        try:
            loaded = load_yaml(apply_splices(self._draft.document.text, self._draft.patch.splices()))
            for operation in self._unread:
                name = operation.name
                section = loaded
                for key in operation.path:
                    section = section[key]
                if operation.key == MERGE:
                    self._draft.expected.complete(operation.path, section)
                else:
                    self._draft.expected.set(operation.path, operation.key, section[operation.key])
        except (yaml.YAMLError, TypeError, KeyError, ValueError) as error:
            raise UnsafeEditError(f"the commented lines of {name} cannot be read") from error

    def _uncomment_changed(self, section: Section, operation: Operation) -> None:
        """Make the operator's version of a commented key live."""
        commented = SectionComments(section).of(operation.key) if section.header is not None else []
        if not commented:
            self._conflict(operation, None, "it had been commented out and is gone")
            return
        entry = commented[-1]
        self._draft.make_live(entry)
        self._draft.expected.set(operation.path, operation.key, entry.value)
        self._draft.note(UNCOMMENT, operation.place, entry.first_line)
        self._conflict(
            operation, None, "it was changed while it was a comment, and is live with that change", entry.first_line + 1
        )

    def _conflict(self, operation: Operation, entry: Entry | None, what: str, line: int | None = None) -> None:
        self.exact = False
        line = entry.first_line + 1 if entry is not None else line
        self._draft.findings.append(finding("operator_changed_line", f"{operation.name}: {what}", line))


def _value_before(operation: Operation) -> Any:
    """What the value was before ``operation``.

    :raises JournalError: its token is none.
    """
    try:
        return load_yaml(f"key: {operation.token_before}")["key"]
    except (yaml.YAMLError, TypeError, KeyError):
        raise JournalError("the journal is damaged") from None
