# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diffs that show changed lines and no secret.

Default is to mask: of a line only what is known to be harmless is shown, which is its indentation, a key of our own
vocabulary, and a value on the allow-list. That holds for live lines, for commented ones and for comments behind values, so
no encoded form of a secret can appear either.
"""

from __future__ import annotations

import difflib
import re

from .._yaml.document import load_yaml, split_byte_order_mark, yaml
from .._yaml.lines import LineTable
from .keys import (
    CACHE_PARAMS,
    CACHE_PARAMS_ORDER,
    LITELLM_SETTINGS,
    PRAGMA,
    REDIS_ONLY_PARAMS,
    ROUTER_REDIS_KEYS,
    ROUTER_SETTINGS,
)
from .public_values import is_public

MASK = "********"
CHANGED = " (changed)"

_KEYS = frozenset(
    ("cache", CACHE_PARAMS, LITELLM_SETTINGS, ROUTER_SETTINGS)
    + CACHE_PARAMS_ORDER
    + REDIS_ONLY_PARAMS
    + ROUTER_REDIS_KEYS
)
_LINE = re.compile(r"(?P<lead>[ \t]*(?:#+[ \t]*)?(?:- )?)(?P<key>[A-Za-z_]+):(?P<gap>[ \t]*)(?P<rest>.*)\Z")
_ITEM = re.compile(r"(?P<lead>[ \t]*(?:#+[ \t]*)?- )(?P<rest>.*)\Z")
_LEAD = re.compile(r"([ \t]*(?:#+[ \t]*)?).*")
_VALUE = re.compile(
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|\[[^\[\]{}#]*\]|[^\s#\[\]{}\"'](?:[^ \t#]|[ \t]+(?![ \t#]|\Z))*|)"
    r"(?P<comment>[ \t]+#.*|[ \t]*)\Z"
)
_CONTEXT_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z_]+):(?:[ \t]|\Z)")


def masked_diff(before: str, after: str, path: str) -> dict[str, str]:
    """Ansible's diff dictionary of two texts of the file ``path``.

    ``before`` and ``after`` hold only the changed lines, masked, each group under the keys that they belong to.
    """
    old, new = (_contents(text) for text in (before, after))
    shown_old, shown_new = _Excerpt(old), _Excerpt(new)
    for hunk in _hunks(old, new):
        masked_old = [masked_line(line) for line in old[hunk.old_start : hunk.old_end]]
        masked_new = [masked_line(line) for line in new[hunk.new_start : hunk.new_end]]
        shown_old.add(hunk.old_start, masked_old)
        shown_new.add(hunk.new_start, _marked_changes(hunk, old, new, masked_old, masked_new))
    return {"before": shown_old.text, "after": shown_new.text, "before_header": path, "after_header": path}


class _Excerpt:
    """The shown part of one text: groups of masked lines under the keys that they belong to."""

    def __init__(self, contents: list[str]) -> None:
        self._contents = contents
        self._context = []
        self._lines = []

    def add(self, line: int, masked: list[str]) -> None:
        """Add the ``masked`` lines that stand from ``line`` on."""
        context = _context(self._contents, line)
        if context != self._context:
            self._lines += context
            self._context = context
        self._lines += masked

    @property
    def text(self) -> str:
        """The excerpt as text."""
        return "".join(line + "\n" for line in self._lines)


def masked_line(content: str) -> str:
    """One line with everything masked that is not known to be harmless."""
    if not content.strip():
        return content
    match = _LINE.match(content)
    if match and match.group("key") in _KEYS:
        return (
            match.group("lead")
            + match.group("key")
            + ":"
            + match.group("gap")
            + _masked_rest(match.group("key"), match.group("rest"))
        )
    item = _ITEM.match(content)
    if item and _public_token("supported_call_types", "[{}]".format(item.group("rest").strip())):
        return content.rstrip()
    return _LEAD.sub(r"\1", content) + MASK


def _masked_rest(key: str, rest: str) -> str:
    """What stands behind ``key:``, masked where it is not public."""
    match = _VALUE.match(rest)
    if not match:
        return MASK
    value = match.group("value")
    shown = value if not value or _public_token(key, value) else MASK
    return shown + _masked_comment(match.group("comment"))


def _masked_comment(comment: str) -> str:
    """The comment behind a value; only our own pragma is shown."""
    text = comment.strip()
    if not text:
        return ""
    return "  " + text if text == PRAGMA else "  # " + MASK


def _public_token(key: str, token: str) -> bool:
    try:
        return is_public(key, load_yaml(token))
    except (yaml.YAMLError, ValueError):
        return False


def _contents(text: str) -> list[str]:
    lines = LineTable(split_byte_order_mark(text)[1])
    return [lines.content(line) for line in range(len(lines))]


class _Hunk:
    """Lines of the old text that became lines of the new one."""

    def __init__(self, old_start: int, old_end: int, new_start: int, new_end: int) -> None:
        self.old_start, self.old_end = old_start, old_end
        self.new_start, self.new_end = new_start, new_end


def _hunks(old: list[str], new: list[str]) -> list[_Hunk]:
    """The changed groups of lines; equal beginnings and ends are set aside first, which keeps it fast."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    tail = 0
    while tail < min(len(old), len(new)) - first and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    matcher = difflib.SequenceMatcher(None, old[first : len(old) - tail], new[first : len(new) - tail])
    return [
        _Hunk(first + start_old, first + end_old, first + start_new, first + end_new)
        for tag, start_old, end_old, start_new, end_new in matcher.get_opcodes()
        if tag != "equal"
    ]


def _context(contents: list[str], line: int) -> list[str]:
    """The keys above ``line`` that it belongs to, without their values; unknown keys are masked."""
    context = []
    column = _indent(contents[line]) if line < len(contents) else 0
    for content in reversed(contents[:line]):
        match = _CONTEXT_KEY.match(content)
        if match and len(match.group("indent")) < column:
            column = len(match.group("indent"))
            key = match.group("key")
            context.insert(0, "{}{}:".format(match.group("indent"), key if key in _KEYS else MASK))
        if column == 0:
            break
    return context


def _indent(content: str) -> int:
    return len(content) - len(content.lstrip(" "))


def _marked_changes(
    hunk: _Hunk, old: list[str], new: list[str], masked_old: list[str], masked_new: list[str]
) -> list[str]:
    """The new lines, with a mark on those whose change the mask would hide."""
    marked = list(masked_new)
    for offset, masked in enumerate(masked_new):
        same_place = offset < len(masked_old) and masked_old[offset] == masked
        if same_place and old[hunk.old_start + offset] != new[hunk.new_start + offset]:
            marked[offset] = masked + CHANGED
    return marked
