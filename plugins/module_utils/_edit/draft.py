# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An edit in the making: the document, its patch, and what the result must load as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import UnsupportedConfigError
from .._settings.keys import LITELLM_SETTINGS, ROUTER_SETTINGS
from .._yaml.comments import CommentedEntry
from .._yaml.document import YamlText
from .._yaml.patch import TextPatch
from .._yaml.section import Entry, LiveToken, Section
from .journal import Ledger, Operation, digest_of

MANAGED_SECTIONS = (LITELLM_SETTINGS, ROUTER_SETTINGS)


@dataclass(frozen=True)
class Step:
    """One thing that a plan does, for the report: verb, dotted key, and the line in the text as read (from 1)."""

    action: str
    key: str
    line: int


@dataclass(frozen=True)
class Vacancy:
    """Where lines of ours stood that an undo took away: before ``line``, with ``gap`` empty lines above them."""

    line: int
    gap: int


def commented_line(content: str, column: int) -> str:
    """A line of a key at ``column`` as a comment: with ``# `` before its text; an empty line stays empty."""
    if not content.strip():
        return content
    column = min(column, len(content) - len(content.lstrip(" ")))
    return content[:column] + "# " + content[column:]


class Draft:
    """A document with the changes collected so far.

    :param vacancies: by place, where this document had lines of ours until just now.
    """

    def __init__(
        self,
        document: YamlText,
        ledger: Ledger | None = None,
        vacancies: dict[tuple[str, ...], Vacancy] | None = None,
    ) -> None:
        self.document = document
        self.root = Section.root_of(document)
        self.patch = TextPatch(document.lines)
        self.ledger = ledger or Ledger()
        self.vacancies = vacancies or {}
        self.vacated = {}  # what the next draft finds in its ``vacancies``
        self.expected = ExpectedModel(document.model)
        self.steps = []
        self.findings = []

    def note(self, action: str, operation_place: tuple[str, ...], line: int) -> None:
        """Remember a step for the report."""
        self.steps.append(Step(action, ".".join(operation_place), line + 1))

    def lose(self, path: tuple[str, ...], key: str) -> None:
        """Expect ``path`` without its own ``key``; what a merge key brings in shows again."""
        merged = self.root.section_at(path).merged
        if key in merged:
            self.expected.set(path, key, merged[key])
        else:
            self.expected.remove(path, key)

    def contents(self, entry: Entry) -> list[str]:
        """The lines of ``entry``."""
        return self.document.lines.contents(entry.first_line, entry.last_line)

    def header_digest(self, entry: Entry) -> str:
        """The digest of the first line of ``entry``."""
        return digest_of([self.document.lines.content(entry.first_line)])

    def commented_lines(self, section: Section, operation: Operation) -> int | None:
        """The first of the lines that ``operation`` commented out in ``section``; None when they are not as it left them."""
        if section.header is None and section.path:
            return None
        twins = self._commented_twins(section, operation.digest, operation.line_count, section.limit)
        return twins[min(operation.twins, len(twins) - 1)] if twins else None

    def twins_above(self, section: Section, entry: Entry, contents: list[str]) -> int:
        """The number of comments in ``section`` that stand above ``entry`` and read like ``contents``, which it will become."""
        return len(self._commented_twins(section, digest_of(contents), len(contents), entry.first_line))

    def _commented_twins(self, section: Section, digest: str, count: int, limit: int) -> list[int]:
        lines = self.document.lines
        start = section.header.first_line + 1 if section.header is not None else 0
        return [
            line
            for line in range(start, limit - count + 1)
            if lines.content(line).lstrip(" ").startswith("# ")
            and digest_of(lines.contents(line, line + count - 1)) == digest
        ]

    def take_signs(self, patch: TextPatch, first_line: int, count: int) -> list[str]:
        """Take in ``patch`` away the ``# `` before the text of each of ``count`` lines; return the lines as they will be."""
        contents = []
        for line in range(first_line, first_line + count):
            content = self.document.lines.content(line)
            if content.strip():
                column = content.index("# ")
                start = self.document.lines.start(line) + column
                patch.replace(start, start + len("# "), "")
                content = content[:column] + content[column + len("# ") :]
            contents.append(content)
        return contents

    def require_own_lines(self, entry: Entry) -> None:
        """Require that ``entry`` begins its line.

        :raises UnsupportedConfigError: it does not.
        """
        lines = self.document.lines
        content = lines.content(entry.first_line)
        if content[: entry.column].strip(" "):
            raise UnsupportedConfigError(
                f"line {entry.first_line + 1}: {entry.key} does not begin its line, so it cannot be edited exactly",
                line=entry.first_line + 1,
            )

    def delete_inserted(self, entry: Entry, operation: Operation, last_line: int) -> None:
        """Delete the lines of ``entry`` down to ``last_line``, and the empty ones that ``operation`` put above them."""
        first_line = entry.first_line
        while (
            entry.first_line - first_line < operation.gap
            and first_line
            and not self.document.lines.content(first_line - 1)
        ):
            first_line -= 1
        self.patch.delete_lines(first_line, last_line)
        self.vacated[operation.place] = Vacancy(first_line, entry.first_line - first_line)

    def comment_out(self, entry: Entry, last_line: int | None = None) -> list[str]:
        """Put ``# `` before the text of every line of ``entry``, or down to ``last_line``; return the lines as they will be."""
        self.require_own_lines(entry)
        lines = self.document.lines
        contents = []
        for line in range(entry.first_line, (entry.last_line if last_line is None else last_line) + 1):
            content = lines.content(line)
            commented = commented_line(content, entry.column)
            if commented != content:
                place = lines.start(line) + commented.index("# ")
                self.patch.replace(place, place, "# ")
            contents.append(commented)
        return contents

    def change_prefixes(
        self, first_line: int, prefixes: Sequence[str], old_prefixes: Sequence[str] | None = None
    ) -> None:
        """Give the lines from ``first_line`` new text in the place of their indentation, or of ``old_prefixes``."""
        lines = self.document.lines
        for offset, prefix in enumerate(prefixes):
            content = lines.content(first_line + offset)
            start = lines.start(first_line + offset)
            length = len(old_prefixes[offset]) if old_prefixes else len(content) - len(content.lstrip(" "))
            self.patch.replace(start, start + length, prefix)

    def restore_token(self, entry: Entry, old_token: str | None) -> None:
        """Put ``old_token`` back in the place of the value's token; None: it was not replaced."""
        token = LiveToken.of(self.document, entry)
        if token is not None and old_token is not None:
            self.patch.replace(token.start, token.end, old_token)

    def make_live(self, commented: CommentedEntry) -> None:
        """Turn a CommentedEntry into the live lines that it holds."""
        self.change_prefixes(
            commented.first_line,
            [" " * (len(content) - len(content.lstrip(" "))) for content in commented.contents],
            commented.prefixes,
        )


class ExpectedModel:
    """What the managed sections must load as after the edit; a mapping that loses its last key loads as null."""

    def __init__(self, model: dict) -> None:
        self.sections = {name: _copy(model[name]) for name in MANAGED_SECTIONS if name in model}
        self._emptied = set()

    def set(self, path: tuple[str, ...], key: str, value: Any) -> None:
        """``path`` gets ``key`` with ``value``; mappings on the way are made."""
        self._mapping(path)[key] = value
        self._emptied -= {path, path + (key,)}

    def complete(self, path: tuple[str, ...], values: dict[str, Any]) -> None:
        """``path`` gets those of ``values`` whose keys it does not have."""
        known = self._mapping(path)
        for key in [key for key in values if key not in known]:
            self.set(path, key, values[key])

    def remove(self, path: tuple[str, ...], key: str) -> None:
        """``path`` loses ``key``."""
        mapping = self._mapping(path)
        mapping.pop(key, None)
        if path and not mapping:
            self._emptied.add(path)

    def restore(self, path: tuple[str, ...], key: str, value: Any) -> None:
        """``path`` gets back an empty ``key``, exactly as ``value``."""
        self._mapping(path)[key] = value
        self._emptied.discard(path + (key,))

    def finished(self) -> dict:
        """The model of the managed sections."""
        for path in self._emptied:
            parent = self.sections
            for key in path[:-1]:
                parent = parent.get(key) or {}
            if parent.get(path[-1]) == {}:
                parent[path[-1]] = None
        return self.sections

    def _mapping(self, path: tuple[str, ...]) -> dict:
        mapping = self.sections
        for key in path:
            if not isinstance(mapping.get(key), dict):
                mapping[key] = {}
            mapping = mapping[key]
        return mapping


def _copy(value: Any) -> Any:
    """Copy plain data; what an alias shared becomes separate, so that a change of the anchor's text is noticed."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
