# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings the sections of config.yaml to their targets, key by key.

Every change is the smallest one: a live key keeps its line and gets another token, a commented key is uncommented, an absent
one is inserted. What the journal would need and may not store is commented out instead of overwritten.
"""

from __future__ import annotations

from typing import Any

from .._errors import UnsupportedConfigError
from .._finding import finding
from .._settings.keys import (
    CACHE_KWARGS,
    REDIS_ONLY_PARAMS,
    ROUTER_REDIS_KEYS,
    TIMEOUT_KEYS,
)
from .._settings.public_values import is_public
from .._settings.target import CacheTarget, SectionTarget, Wanted
from .._yaml.comments import (
    CommentedEntry,
    SectionComments,
    comment_line,
)
from .._yaml.section import (
    ABSENT,
    BLOCK,
    EMPTY_TOKEN,
    FOREIGN,
    Entry,
    LiveToken,
    Section,
    line_of,
)
from .draft import Draft, Vacancy
from .journal import INSERT, Operation
from .key_changes import KeyChanges
from .new_lines import NewLines, gap_above

_REDIS_KEYS = frozenset(REDIS_ONLY_PARAMS + ROUTER_REDIS_KEYS)


def bring_to_target(draft: Draft, target: CacheTarget, in_place: bool) -> None:
    """Collect in ``draft`` what brings the file to the CacheTarget.

    ``in_place`` tells that no journal will be kept, so that any value may be overwritten.

    :raises UnsupportedConfigError: a place that must change has a shape that cannot be edited exactly.
    """
    if draft.root.state != BLOCK:
        raise UnsupportedConfigError("config.yaml is in flow style, as JSON is; write it with one key a line", line=1)
    SectionEditor(draft, draft.root, SectionTarget("", target.sections), in_place).edit()


def _kept(target: SectionTarget, hidden: Any, parent: str, line: int) -> SectionTarget:
    """The target with what ``hidden`` holds besides.

    :param parent: the name of the section that the target belongs into.
    :param line: where that stands now, from 1.
    :raises UnsupportedConfigError: it cannot be written.
    """
    try:
        return target.keeping(hidden)
    except ValueError as error:
        raise UnsupportedConfigError(
            f"line {line}: {target.key} must be written anew, and what it holds here cannot all be kept; write it as a "
            f"block mapping (one key a line) that stands in {parent} itself",
            line=line,
        ) from error


class SectionEditor:
    """Decides for each key of one section what to do, and where."""

    def __init__(self, draft: Draft, section: Section, target: SectionTarget, in_place: bool) -> None:
        self._draft = draft
        self._section = section
        self._target = target
        self._in_place = in_place
        self._comments = SectionComments(section)
        self._changes = KeyChanges(draft, section, NewLines(draft.document, section.step))
        self._redis_key_is_live = any(entry.key in _REDIS_KEYS for entry in section.entries)
        self._new_sections = set()  # lines before which one was put
        self._last_lines = {entry.key: entry.last_line for entry in section.entries}

    def edit(self) -> None:
        """Collect the changes of this section and of those inside."""
        if self._section.state == EMPTY_TOKEN:
            self._changes.open()
        for key in self._target.unwanted:
            entry = self._section.entry(key)
            if entry is not None:
                self._draft.require_own_lines(entry)
                self._changes.turn_off(entry)
        self._write_out_merged()
        for item in self._target.wanted:
            if isinstance(item, SectionTarget):
                self._edit_section(item)
            else:
                self._edit_key(item)

    def _edit_section(self, target: SectionTarget) -> None:
        section = self._section.section(target.key)
        if section.state == BLOCK:
            self._edit_inside(section, target)
        elif section.state == ABSENT:
            if (target.wanted or section.model) and not target.met_by(self._section.model):
                self._make_section(self._keeping(target))
        elif section.state == FOREIGN:
            if not target.met_by(self._section.model):
                self._replace_section(section, target)
        elif target.wanted:
            self._edit_inside(section, target)

    def _edit_inside(self, section: Section, target: SectionTarget) -> None:
        self._draft.require_own_lines(section.own_entry)
        SectionEditor(self._draft, section, target, self._in_place).edit()

    def _make_section(self, target: SectionTarget) -> None:
        others = self._comments.of(target.key)
        for commented in reversed(others):
            if commented.value == target.value and len(commented.contents) == len(target.wanted) + 1:
                self._changes.uncomment_section(commented)
                self._last_lines[target.key] = commented.last_line
                return
        self._report_unused(
            target.key, [entry for entry in others if entry.value and not self._changes.made_comment(entry)]
        )
        vacancy = self._vacancy(target.key)
        line = vacancy.line if vacancy else self._line_for(target.key)
        gap = gap_above(self._section, line, line in self._new_sections) if self._section.parent is None else 0
        self._new_sections.add(line)
        self._insert(target, line, vacancy.gap if vacancy else gap)

    def _replace_section(self, section: Section, target: SectionTarget) -> None:
        entry = section.own_entry
        if not isinstance(self._section.model.get(target.key), dict):
            what = "an alias (*) of what stands elsewhere, " if entry.is_alias else ""
            raise UnsupportedConfigError(
                f"line {entry.first_line + 1}: {section.name} is {what}not a block mapping (one key a line), so it cannot be "
                "edited exactly; write it as one",
                line=entry.first_line + 1,
            )
        whole = self._keeping(target)
        stands = bool(whole.wanted) or target.key in self._section.merged  # which would show again
        below = ", and stands anew below it, with what is wanted and its other settings" if stands else ""
        message = f"{section.name} was not written with one key a line, so it is a comment now{below}"
        self._draft.findings.append(finding("section_written_anew", message, entry.first_line + 1))
        self._changes.comment_out(entry)
        if stands:
            self._insert_below(whole, entry)

    def _write_out_merged(self) -> None:
        """Make a merge key (``<<``) that brings in something unwanted a comment, and write its other keys below it."""
        merged, entry = self._section.merged, self._section.merge_entry
        if entry is None or not any(key in merged for key in self._target.unwanted):
            return
        own = {inner.key for inner in self._section.entries}
        hidden = {key: value for key, value in merged.items() if key not in own or key in self._target.unwanted}
        changing = [item.key for item in self._target.wanted if not item.met_by(self._section.model)]
        others = SectionTarget(self._target.key, unwanted=(*self._target.unwanted, *changing))
        parent = self._section.parent.name if self._section.parent is not None else self._section.name
        kept = _kept(others, hidden, parent, entry.first_line + 1)
        message = f"{self._section.name}: its merge key (<<) brings in what is not wanted, so it is a comment now"
        below = ", and its other keys stand below it" if kept.wanted else ""
        self._draft.findings.append(finding("merge_key_written_out", message + below, entry.first_line + 1))
        self._changes.comment_out_merge(entry, list(hidden))
        for item in kept.wanted:
            self._insert_below(item, entry)

    def _keeping(self, target: SectionTarget) -> SectionTarget:
        """The target of a section that is written anew, with what is loaded in its place now.

        That is what a merge key (``<<``) of this section brings in, or what a flow mapping holds: the new section hides it.

        :raises UnsupportedConfigError: that cannot be written.
        """
        hidden = self._section.model.get(target.key)
        if not hidden:
            return target
        line = line_of(self._draft.document, (*self._section.path, target.key))
        return _kept(target, hidden, self._section.name, line)

    def _edit_key(self, wanted: Wanted) -> None:
        entry = self._section.entry(wanted.key)
        if wanted.met_by(self._section.model):
            return
        if entry is None:
            self._bring_in(wanted)
        else:
            self._draft.require_own_lines(entry)
            self._change(entry, wanted)

    def _change(self, entry: Entry, wanted: Wanted) -> None:
        token = LiveToken.of(self._draft.document, entry)
        made = self._changes.made(wanted.key)
        if token is not None and self._may_overwrite(entry, wanted, made):
            self._changes.overwrite(entry, token, wanted)
            return
        if made is not None and self._changes.is_ours(entry, made):
            self._changes.take_back(entry, made)
        else:
            self._changes.comment_out(entry)
        self._insert_below(wanted, entry)

    def _may_overwrite(self, entry: Entry, wanted: Wanted, made: Operation | None) -> bool:
        """Whether nothing is lost with the old value: no journal, a line of ours, or a value that the journal may store."""
        if isinstance(wanted.value, list):
            return False
        if self._in_place or (made is not None and made.kind == INSERT):
            return True
        return not wanted.secret and is_public(wanted.key, self._section.model.get(entry.key))

    def _bring_in(self, wanted: Wanted) -> None:
        """Make a key live that is not: from a comment where that says the same or may be changed, else by new lines."""
        commented = self._comments.of(wanted.key)
        same = [entry for entry in commented if wanted.same_as(entry.value)]
        if same:
            ours = [entry for entry in same if self._changes.made_comment(entry)]
            chosen = (ours or same)[-1]
            self._changes.uncomment(chosen)
            self._last_lines[wanted.key] = chosen.last_line
            return
        candidate = self._changeable(wanted, commented)
        token = LiveToken.in_line(candidate.contents[0]) if candidate else None
        if candidate and token:
            self._changes.uncomment_with(candidate, token, wanted)
            self._last_lines[wanted.key] = candidate.last_line
        else:
            self._insert(wanted, commented[-1].last_line + 1 if commented else self._line_for(wanted.key))

    def _changeable(self, wanted: Wanted, commented: list[CommentedEntry]) -> CommentedEntry | None:
        """The commented entry that may be made live with another value, or None.

        It may when it is the only one, can be restored from the journal, and no key of Redis is live in the section, beside
        which it could be there on purpose.
        """
        if len(commented) > 1:
            self._report_ambiguity(wanted.key, commented)
        alone = len(commented) == 1 and len(commented[0].contents) == 1
        if not alone or self._redis_key_is_live or wanted.secret or isinstance(wanted.value, list):
            return None
        return commented[0] if is_public(wanted.key, commented[0].value) else None

    def _report_ambiguity(self, key: str, commented: list[CommentedEntry]) -> None:
        numbers = ", ".join(str(entry.first_line + 1) for entry in commented)
        self._draft.findings.append(
            finding(
                "ambiguous_comments",
                f"{key} stands commented out on several lines ({numbers}) with other values; none of them was used",
                commented[-1].first_line + 1,
            )
        )

    def _report_unused(self, key: str, commented: list[CommentedEntry]) -> None:
        if commented:
            line = commented[-1].first_line + 1
            message = (
                f"{self._section.name}.{key} stands commented out on line {line} with other values; it was not used"
            )
            self._draft.findings.append(finding("commented_section_not_used", message, line))

    def _insert(self, item: Wanted | SectionTarget, line: int, gap: int = 0) -> None:
        self._changes.insert(item, line, self._comments.column, gap)
        self._last_lines[item.key] = line - 1

    def _insert_below(self, item: Wanted | SectionTarget, entry: Entry) -> None:
        """Put what takes the place of ``entry`` below it, or where it stood before: somebody may have written in between."""
        vacancy = self._vacancy(item.key)
        self._insert(item, vacancy.line if vacancy else entry.last_line + 1)

    def _vacancy(self, key: str) -> Vacancy | None:
        """Where ``key`` stood until just now, while that still is a place between keys of this section; else None."""
        vacancy = self._draft.vacancies.get((*self._section.path, key))
        header = self._section.header
        first = header.first_line if header is not None else -1
        if vacancy is None or self._section.ends_in_open_block_scalar:
            return None
        inside = any(entry.first_line < vacancy.line <= entry.last_line for entry in self._section.entries)
        return vacancy if first < vacancy.line <= self._section.limit and not inside else None

    def _line_for(self, key: str) -> int:
        """Line before which a new ``key`` belongs: behind the nearest key that should precede it, else at the end."""
        order = self._target.order
        earlier = order[: order.index(key)] if key in order else ()
        if key in TIMEOUT_KEYS:
            earlier = tuple(name for name in earlier if name in TIMEOUT_KEYS)
        if key in ROUTER_REDIS_KEYS:  # behind the last of its kind
            of_kind = [
                line for name, line in self._last_lines.items() if name in ROUTER_REDIS_KEYS and name != CACHE_KWARGS
            ]
            if of_kind:
                return max(of_kind) + 1
        for name in reversed(earlier):
            if name in self._last_lines:
                return self._last_lines[name] + 1
        if key == "type":
            return self._section.own_entry.first_line + 1
        if self._section.parent is None:
            return self._end_of_document()
        return self._behind_deeper_comments(max([self._section.last_line, *self._last_lines.values()]) + 1)

    def _behind_deeper_comments(self, line: int) -> int:
        """Return ``line``, or the line behind the comments there that belong to a section inside this one."""
        lines = self._draft.document.lines
        while line < len(lines):
            comment = comment_line(lines, line)
            if comment is None or not comment.is_deeper_than(self._comments.column):
                break
            line += 1
        return line

    def _end_of_document(self) -> int:
        """Line before which a new top-level key belongs: the end of the text or of the document.

        Where a line behind the last value would change it, the new key goes before that value's key and its comments.
        """
        lines = self._draft.document.lines
        if self._section.ends_in_open_block_scalar:
            line = self._section.entries[-1].first_line
            while line and lines.content(line - 1).startswith("#"):
                line -= 1
            return line
        for line in range(self._section.last_line + 1, len(lines)):
            if lines.content(line).split(" ")[0] == "...":
                return line
        return len(lines)
