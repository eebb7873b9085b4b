# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of the keys of one section, each recorded so that it can be undone.

The ledger already knows what earlier plans did. A change of such a key is merged with that, so that an undo leads back to
the time before all of it; a change that takes an earlier one back leaves no record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .._errors import UnsupportedConfigError
from .._finding import finding
from .._settings.keys import NUMBER_OR_TEXT_KEYS, PRAGMA
from .._settings.target import SectionTarget, Wanted
from .._yaml.comments import CommentedEntry
from .._yaml.scalar import scalar_token
from .._yaml.section import Entry, LiveToken, Section
from .draft import Draft, commented_line
from .former_lines import FormerLines
from .journal import (
    COMMENT,
    DELETE,
    INSERT,
    OPEN,
    REPLACE,
    UNCOMMENT,
    Operation,
    digest_of,
)
from .new_lines import NewLines
from .stale_comments import says_otherwise

_NOTHING = re.compile(r"\s*(?!\s)(?:[&!][^\s#]*(?:\s+(?!\s)|\Z))*(?:~|null|Null|NULL|\{ *\})?\s*\Z")


class KeyChanges:
    """The changes of one section of a draft."""

    def __init__(self, draft: Draft, section: Section, new_lines: NewLines) -> None:
        self._draft = draft
        self._section = section
        self._new_lines = new_lines
        self._lines = draft.document.lines

    def made(self, key: str) -> Operation | None:
        """The earlier operation that made or changed the live line of ``key``, or None."""
        return self._draft.ledger.live(self._place(key))

    def made_comment(self, commented: CommentedEntry) -> bool:
        """Whether an earlier operation commented these very lines out."""
        earlier = self._draft.ledger.commented(self._place(commented.key))
        if earlier is None or earlier.line_count != len(commented.prefixes):
            return False
        return self._draft.commented_lines(self._section, earlier) == commented.first_line

    def insert(self, item: Wanted | SectionTarget, line: int, column: int, gap: int = 0) -> None:
        """Put a new key or section before ``line``, with ``gap`` empty lines above it."""
        contents, operations = self._new_lines.of(item, self._section.path, column)
        operations[0] = replace(operations[0], gap=gap)
        self._draft.patch.insert_lines(line, [""] * gap + contents)
        self._expect(item.key, item.value)
        for operation in operations:
            self._record(operation, line)

    def overwrite(self, entry: Entry, token: LiveToken, wanted: Wanted) -> None:
        """Give a live key another token."""
        value = _in_the_manner_of(token.text, wanted)
        new_token = scalar_token(value, token.text) + self._pragma_behind(token, wanted)
        self._draft.patch.replace(token.start, token.end, new_token)
        self._expect(wanted.key, value)
        self._record_overwriting(entry, token, new_token)
        self._draft.note(REPLACE, self._place(entry.key), entry.first_line)
        behind = self._draft.document.text[token.end : self._lines.end(self._lines.at(token.start))]
        self._report_stale_comment(entry.first_line, behind, token, wanted)

    def uncomment(self, commented: CommentedEntry) -> None:
        """Make a commented key live as it is."""
        self._draft.make_live(commented)
        self._expect(commented.key, commented.value)
        if self._take_back_commenting(commented) is None:
            self._record_uncommenting(commented, commented.contents)

    def uncomment_with(self, commented: CommentedEntry, token: LiveToken, wanted: Wanted) -> None:
        """Make a commented key live with another value in the place of ``token``, whose place counts in the live line."""
        content = commented.contents[0]
        value = _in_the_manner_of(token.text, wanted)
        new_token = scalar_token(value, token.text)
        shift = self._lines.end(commented.first_line) - len(content)
        self._draft.make_live(commented)
        self._draft.patch.replace(token.start + shift, token.end + shift, new_token)
        self._expect(commented.key, value)
        self._report_stale_comment(commented.first_line, content[token.end :], token, wanted)
        if self._take_back_commenting(commented) is None:
            self._record_uncommenting(commented, [token.replaced_in(content, new_token)], token.text)
        else:
            self._draft.ledger.put(self._replacement(commented.key, token, new_token))

    def uncomment_section(self, commented: CommentedEntry) -> None:
        """Make a commented section live: its header and each of its keys as an operation of its own."""
        self._draft.make_live(commented)
        self._expect(commented.key, dict(commented.value))
        if self._take_back_commenting(commented) is not None:
            return
        path = self._place(commented.key)
        places = [(self._section.path, commented.key)] + [(path, key) for key in commented.value]
        for offset, (parent, key) in enumerate(places):
            operation = Operation(
                UNCOMMENT,
                parent,
                key,
                digest_of(commented.contents[offset : offset + 1]),
                prefixes=commented.prefixes[offset : offset + 1],
                container=offset == 0,
            )
            self._record(operation, commented.first_line + offset)

    def comment_out(self, entry: Entry) -> None:
        """Turn a live key into a comment; a token that the journal replaced comes back first, a line of ours stays one."""
        contents = self._draft.comment_out(entry)
        made = self.made(entry.key)
        token = LiveToken.of(self._draft.document, entry)
        if made is not None and made.kind == REPLACE:
            if token is not None and made.digest == digest_of([token.text]):
                self._draft.restore_token(entry, made.old_token)
                shift = len("# ") - self._lines.start(entry.first_line)
                contents[0] = token.moved(shift).replaced_in(contents[0], made.token_before)
            self._draft.ledger.drop(made)
        self._draft.lose(self._section.path, entry.key)
        if made is not None and made.kind in (
            INSERT,
            UNCOMMENT,
        ):  # it was not live before, and must not be after an undo
            self._report_change_by_hand(entry, "it was written, then changed by hand, and is a comment now")
            self._draft.ledger.drop(made)
            self._draft.note(COMMENT, self._place(entry.key), entry.first_line)
        else:
            self._record_commenting(entry, contents)

    def comment_out_merge(self, entry: Entry, keys: list[str]) -> None:
        """Turn a merge key (``<<``), which brings in ``keys``, into a comment."""
        contents = self._draft.comment_out(entry)
        for key in keys:
            self._draft.expected.remove(self._section.path, key)
        self._record_commenting(entry, contents)

    def turn_off(self, entry: Entry) -> None:
        """Make a key no longer live: as it came, where the journal knows that, else as a comment."""
        made = self.made(entry.key)
        below = self._draft.ledger.below(self._place(entry.key))
        if below or (made is not None and made.container):
            self._turn_off_section(entry, made, below)
        elif made is not None and self.is_ours(entry, made):
            self.take_back(entry, made)
        else:
            self.comment_out(entry)

    def is_ours(self, entry: Entry, made: Operation) -> bool:
        """Whether ``entry`` still is as ``made`` brought it in."""
        if made.kind not in (INSERT, UNCOMMENT):
            return False
        return made.digest == (
            self._draft.header_digest(entry) if made.container else digest_of(self._draft.contents(entry))
        )

    def take_back(self, entry: Entry, made: Operation) -> None:
        """Undo what brought ``entry`` in."""
        if made.kind == INSERT:
            self._draft.delete_inserted(entry, made, entry.first_line + made.line_count - 1)
        else:
            self._draft.restore_token(entry, made.old_token)
            self._draft.change_prefixes(entry.first_line, made.prefixes)
        self._draft.ledger.drop(made)
        self._draft.lose(made.path, made.key)
        self._draft.note(COMMENT if made.kind == UNCOMMENT else DELETE, made.place, entry.first_line)

    def open(self) -> None:
        """Take away the null, ~ or {} behind the section's own key."""
        entry = self._section.own_entry
        text = self._draft.document.text
        colon = text.index(":", entry.key_node.end_mark.index) + 1
        token = LiveToken(colon, entry.value_end, text[colon : entry.value_end])
        if not _NOTHING.match(token.text):  # the journal keeps it, so there may be no comment in it either
            line = self._draft.document.line_number(entry.value_start)
            behind = "#" in text[colon : entry.value_start]
            what = f"its value on line {line}, behind a comment" if behind else "a tag, or a comment inside its braces"
            raise UnsupportedConfigError(
                f"line {entry.first_line + 1}: {self._section.name} has {what}, so it cannot be edited exactly",
                line=entry.first_line + 1,
            )
        self._draft.patch.replace(token.start, token.end, "")
        opened = token.moved(-self._lines.start(entry.first_line)).replaced_in(
            self._lines.content(entry.first_line), ""
        )
        parent, key = self._section.path[:-1], self._section.path[-1]
        self._record(Operation(OPEN, parent, key, digest_of([opened]), old_token=token.text), entry.first_line)

    def _turn_off_section(self, entry: Entry, made: Operation | None, below: list[Operation]) -> None:
        section = self._section.section(entry.key)
        known = {operation.key: operation for operation in below}
        all_known = all(inner.key in known for inner in section.entries)
        if made is not None and made.container and all_known:
            if all(self.is_ours(inner, known[inner.key]) for inner in section.entries):
                for inner in section.entries:
                    self.take_back(inner, known[inner.key])
                self._take_back_header(entry, made)
                return
        former = FormerLines(self._draft, section, made, below)
        if former.known:
            self._comment_out_former(entry, former, [*below, *([made] if made is not None else [])])
            return
        # Keys of the operator are among ours: all of it becomes a comment, and the records of the keys stay, so that an
        # undo does not bring them back live.
        self._report_change_by_hand(entry, "it has keys that were added or changed by hand, and is a comment now")
        self._draft.comment_out(entry)
        self._draft.lose(self._section.path, entry.key)
        self._draft.note(COMMENT, self._place(entry.key), entry.first_line)

    def _take_back_header(self, entry: Entry, made: Operation) -> None:
        """Take the header of a section of ours away, or keep it as a comment where somebody wrote behind it."""
        if self.is_ours(entry, made):
            self.take_back(entry, made)
            return
        self._report_change_by_hand(entry, "its line was changed by hand, and is a comment now")
        self._draft.comment_out(entry, entry.first_line)
        self._draft.ledger.drop(made)
        self._draft.lose(made.path, made.key)
        self._draft.note(COMMENT, made.place, entry.first_line)

    def _report_change_by_hand(self, entry: Entry, what: str) -> None:
        message = f"{'.'.join(self._place(entry.key))}: {what}"
        self._draft.findings.append(finding("operator_changed_line", message, entry.first_line + 1))

    def _comment_out_former(self, entry: Entry, former: FormerLines, operations: list[Operation]) -> None:
        """Turn a section of the file's own into a comment, as it was before ``operations``."""
        self._draft.require_own_lines(entry)
        commented = [(line, commented_line(content, entry.column)) for line, content in former.contents()]
        text = "".join(content + self._lines.line_end(line) for line, content in commented[:-1]) + commented[-1][1]
        self._draft.patch.replace(self._lines.start(entry.first_line), self._lines.end(former.last_line), text)
        for operation in operations:
            self._draft.ledger.drop(operation)
        self._draft.lose(self._section.path, entry.key)
        self._record_commenting(entry, [content for line, content in commented])

    def _pragma_behind(self, token: LiveToken, wanted: Wanted) -> str:
        line_end = self._lines.end(self._lines.at(token.start))
        is_last = not self._draft.document.text[token.end : line_end].strip()
        return "  " + PRAGMA if wanted.secret and is_last else ""

    def _report_stale_comment(self, line: int, comment: str, token: LiveToken, wanted: Wanted) -> None:
        if says_otherwise(comment, wanted.key, token.text, wanted.value):
            name = ".".join(self._place(wanted.key))
            message = f"the comment behind {name} fits the value of before, and not the one of now; it stays as it is"
            self._draft.findings.append(finding("comment_says_otherwise", message, line + 1))

    def _record_overwriting(self, entry: Entry, token: LiveToken, new_token: str) -> None:
        made = self.made(entry.key)
        if made is None:
            self._draft.ledger.put(self._replacement(entry.key, token, new_token))
        elif made.kind == REPLACE and made.old_token == new_token:
            self._draft.ledger.drop(made)
        elif made.kind == REPLACE:
            self._draft.ledger.put(replace(made, digest=digest_of([new_token])))
        elif self.is_ours(entry, made):
            content = self._lines.content(entry.first_line)
            changed = token.moved(-self._lines.start(entry.first_line)).replaced_in(content, new_token)
            old_token = token.text if made.kind == UNCOMMENT and made.old_token is None else made.old_token
            self._draft.ledger.put(replace(made, digest=digest_of([changed]), old_token=old_token))
        # A line that the operator changed keeps its old record: an undo must not take it for ours.

    def _replacement(self, key: str, token: LiveToken, new_token: str) -> Operation:
        return Operation(REPLACE, self._section.path, key, digest_of([new_token]), old_token=token.text)

    def _record_uncommenting(
        self, commented: CommentedEntry, contents: Sequence[str], old_token: str | None = None
    ) -> None:
        operation = Operation(
            UNCOMMENT,
            self._section.path,
            commented.key,
            digest_of(contents),
            len(contents),
            commented.prefixes,
            old_token,
        )
        self._record(operation, commented.first_line)

    def _record_commenting(self, entry: Entry, contents: list[str]) -> None:
        twins = self._draft.twins_above(self._section, entry, contents)
        operation = Operation(COMMENT, self._section.path, entry.key, digest_of(contents), len(contents), twins=twins)
        self._record(operation, entry.first_line)

    def _take_back_commenting(self, commented: CommentedEntry) -> Operation | None:
        """Forget, and return, the operation that commented these very lines out; None if there is none."""
        earlier = self._draft.ledger.commented(self._place(commented.key))
        if earlier is None or not self.made_comment(commented):
            return None
        self._draft.ledger.drop(earlier)
        self._draft.note(UNCOMMENT, earlier.place, commented.first_line)
        return earlier

    def _place(self, key: str) -> tuple[str, ...]:
        return self._section.path + (key,)

    def _expect(self, key: str, value: Any) -> None:
        self._draft.expected.set(self._section.path, key, value)

    def _record(self, operation: Operation, line: int) -> None:
        self._draft.ledger.put(operation)
        self._draft.note(operation.kind, operation.place, line)


def _in_the_manner_of(token: str, wanted: Wanted) -> Any:
    """The wanted value as the old token would have it: a port in quotes stays in quotes."""
    quoted = token[:1] in ("'", '"')
    return str(wanted.value) if quoted and wanted.is_number and wanted.key in NUMBER_OR_TEXT_KEYS else wanted.value
