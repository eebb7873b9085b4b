# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings the sections of config.yaml to their targets, key by key. Private to the collection.

Every change is the smallest one: a live key keeps its line and gets another token, a commented key is uncommented, an absent
one is inserted. What the journal would need and may not store is commented out instead of overwritten.
"""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_keys import (
    NUMBER_OR_TEXT_KEYS,
    PRAGMA,
    REDIS_ONLY_PARAMS,
    ROUTER_REDIS_KEYS,
    TIMEOUT_KEYS,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_operations import (
    COMMENT,
    DELETE,
    INSERT,
    OPEN,
    REPLACE,
    UNCOMMENT,
    Operation,
    digest_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_targets import SectionTarget
from ansible_collections.erni_ki.litellm.plugins.module_utils._commented_entries import SectionComments
from ansible_collections.erni_ki.litellm.plugins.module_utils._draft import finding
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._live_token import LiveToken
from ansible_collections.erni_ki.litellm.plugins.module_utils._new_lines import NewLines
from ansible_collections.erni_ki.litellm.plugins.module_utils._public_values import is_public
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml_scalar import scalar_token
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml_section import (
    ABSENT,
    BLOCK,
    EMPTY_TOKEN,
    FOREIGN,
)

_REDIS_KEYS = frozenset(REDIS_ONLY_PARAMS + ROUTER_REDIS_KEYS)


def bring_to_target(draft, target, in_place):
    """Collect in ``draft`` what brings the file to the CacheTarget.

    ``in_place`` tells that no journal will be kept, so that any value may be overwritten. Raises UnsupportedConfigError.
    """
    if draft.root.state != BLOCK:
        raise UnsupportedConfigError("config.yaml is in flow style, as JSON is; write it with one key a line", line=1)
    SectionEditor(draft, draft.root, SectionTarget("", target.sections), in_place).edit()


def same_setting(key, current, wanted):
    """Whether LiteLLM makes the same of both values of ``key``."""
    if isinstance(wanted, bool) or isinstance(current, bool):
        return current is wanted
    if isinstance(wanted, list):
        return isinstance(current, list) and sorted(map(str, current)) == sorted(wanted)
    if isinstance(wanted, (int, float)) and isinstance(current, str) and key in NUMBER_OR_TEXT_KEYS:
        return current.strip() == str(wanted)
    if isinstance(wanted, str) != isinstance(current, str):
        return False
    return current == wanted


class SectionEditor:
    """Edits one section of a draft."""

    def __init__(self, draft, section, target, in_place):
        self._draft = draft
        self._section = section
        self._target = target
        self._in_place = in_place
        self._lines = draft.document.lines
        self._comments = SectionComments(section)
        self._new_lines = NewLines(draft.document, section.step)
        self._redis_key_is_live = any(entry.key in _REDIS_KEYS for entry in section.entries)
        self._anchors = {}
        for entry in section.entries:
            self._anchors[entry.key] = entry.last_line

    def edit(self):
        """Collect the changes of this section and of those inside."""
        for key in self._target.unwanted:
            self._turn_off(key)
        for item in self._target.wanted:
            if isinstance(item, SectionTarget):
                self._edit_section(item)
            else:
                self._set(item)

    # sections inside

    def _edit_section(self, target):
        section = self._section.section(target.key)
        if section.state == BLOCK:
            self._edit_inside(section, target)
        elif not target.wanted:
            return
        elif section.state == ABSENT:
            self._make_section(target)
        elif section.state == FOREIGN:
            self._replace_foreign(section, target)
        else:
            self._open(section)
            self._edit_inside(section, target)

    def _edit_inside(self, section, target):
        self._draft.require_own_lines(section.header)
        SectionEditor(self._draft, section, target, self._in_place).edit()

    def _make_section(self, target):
        commented = self._commented_section(target)
        if commented is None:
            self._insert(target)
        else:
            self._uncomment_section(commented)

    def _commented_section(self, target):
        """Return the commented entry that is exactly the wanted section, one key a line, or None."""
        for commented in reversed(self._comments.of(target.key)):
            if commented.value == target.value and len(commented.contents) == len(target.wanted) + 1:
                return commented
        return None

    def _replace_foreign(self, section, target):
        entry = section.header
        if all(same_setting(key, section.model.get(key), value) for key, value in target.value.items()):
            return
        if not target.replaceable:
            raise UnsupportedConfigError(
                "line %d: %s is not a block mapping (one key a line), so it cannot be edited exactly; write it as one"
                % (entry.first_line + 1, section.name), line=entry.first_line + 1)
        self._comment_out(entry)
        self._insert(target, entry.last_line + 1)

    def _open(self, section):
        """Take away the null or {} behind the section's key."""
        if section.state != EMPTY_TOKEN:
            return
        entry = section.header
        text = self._draft.document.text
        colon = text.index(":", entry.key_node.end_mark.index) + 1
        old_token = text[colon:entry.value_end]
        if old_token.strip(" ") != text[entry.value_start:entry.value_end]:
            raise UnsupportedConfigError("line %d: %s has an anchor or a tag, so it cannot be edited exactly"
                                         % (entry.first_line + 1, section.name), line=entry.first_line + 1)
        self._draft.patch.replace(colon, entry.value_end, "")
        start = self._lines.start(entry.first_line)
        content = self._lines.content(entry.first_line)
        opened = content[:colon - start] + content[entry.value_end - start:]
        self._done(Operation(OPEN, section.path[:-1], section.path[-1], digest_of([opened]), old_token=old_token),
                   entry.first_line)

    # keys that should be there

    def _set(self, wanted):
        entry = self._section.entry(wanted.key)
        if wanted.key in self._section.model:
            current = self._section.model[wanted.key]
            if wanted.default and current is not None or same_setting(wanted.key, current, wanted.value):
                return
        if entry is None:
            self._bring_in(wanted)
        else:
            self._draft.require_own_lines(entry)
            self._change(entry, wanted)

    def _change(self, entry, wanted):
        token = LiveToken.of(self._draft.document, entry)
        made = self._draft.ledger.live(self._place(wanted.key))
        if token is not None and self._may_overwrite(entry, wanted, made):
            self._overwrite(entry, token, wanted, made)
            return
        if made is not None and made.kind == UNCOMMENT and made.digest == digest_of(self._draft.contents(entry)):
            self._take_back(entry, made)
        else:
            self._comment_out(entry)
        self._insert(wanted, entry.last_line + 1)

    def _may_overwrite(self, entry, wanted, made):
        if isinstance(wanted.value, list):
            return False
        if self._in_place or (made is not None and made.kind == INSERT):
            return True
        return not wanted.secret and is_public(wanted.key, self._section.model.get(entry.key))

    def _overwrite(self, entry, token, wanted, made):
        new_token = self._token(wanted, token.text)
        rest = self._draft.document.text[token.end:self._lines.end(entry.first_line)]
        if wanted.secret and not rest.strip():
            new_token += "  " + PRAGMA
        self._draft.patch.replace(token.start, token.end, new_token)
        content = self._draft.contents(entry)
        start = token.start - self._lines.start(entry.first_line)
        new_content = content[0][:start] + new_token + content[0][start + len(token.text):]
        self._expect(wanted.key, self._written_value(wanted, token.text))
        self._done(self._merged_replacement(made, token, new_token, new_content, content, wanted.key), entry.first_line,
                   action=REPLACE)

    def _merged_replacement(self, made, token, new_token, new_content, content, key):
        """Return the operation for a replaced token; what an earlier operation knows of the time before stays."""
        if made is None or made.kind not in (INSERT, UNCOMMENT, REPLACE):
            return Operation(REPLACE, self._section.path, key, digest_of([new_token]), old_token=token.text)
        if made.kind == REPLACE:
            return self._changed(made, digest_of([new_token]), made.old_token)
        if made.digest != digest_of(content):
            return made  # the operator's line: what is undone later must not take it for ours
        old_token = made.old_token
        if made.kind == UNCOMMENT and old_token is None:
            old_token = token.text
        return self._changed(made, digest_of([new_content]), old_token)

    @staticmethod
    def _changed(made, digest, old_token):
        return Operation(made.kind, made.path, made.key, digest, made.line_count, made.prefixes, old_token, made.container)

    def _bring_in(self, wanted):
        commented = self._comments.of(wanted.key)
        candidate = self._candidate(wanted, commented)
        if candidate is not None:
            self._uncomment(candidate, wanted)
        elif commented:
            self._insert(wanted, commented[-1].last_line + 1)
        else:
            self._insert(wanted)

    def _candidate(self, wanted, commented):
        """Return the commented entry that may be made live for ``wanted``, or None."""
        same = [entry for entry in commented if same_setting(wanted.key, entry.value, wanted.value)]
        if same:
            return same[-1]
        if len(commented) > 1:
            numbers = ", ".join(str(entry.first_line + 1) for entry in commented)
            self._draft.findings.append(finding(
                "ambiguous_comments", "%s stands commented out on several lines (%s) with other values; none of them was used"
                % (wanted.key, numbers), commented[-1].first_line + 1))
        alone = len(commented) == 1 and len(commented[0].contents) == 1
        if not alone or self._redis_key_is_live or wanted.secret or isinstance(wanted.value, list):
            return None
        return commented[0] if is_public(wanted.key, commented[0].value) else None

    def _uncomment(self, commented, wanted):
        contents = commented.contents
        old_token = None
        value = commented.value
        self._draft.make_live(commented)
        if not same_setting(wanted.key, value, wanted.value):
            token = LiveToken.in_line(contents[0])
            old_token = token.text
            new_token = self._token(wanted, old_token)
            value = self._written_value(wanted, old_token)
            shift = self._lines.end(commented.first_line) - len(contents[0])
            self._draft.patch.replace(token.start + shift, token.end + shift, new_token)
            contents = (contents[0][:token.start] + new_token + contents[0][token.end:],)
        self._anchors[wanted.key] = commented.last_line
        self._expect(wanted.key, value)
        self._done_uncommenting(wanted.key, contents, commented, old_token)

    def _done_uncommenting(self, key, contents, commented, old_token):
        """Record that a comment is live; one that the journal made is back to what it was, or has another token than that."""
        place = self._place(key)
        earlier = self._draft.ledger.commented(place)
        if earlier is None or earlier.digest != digest_of(self._lines.contents(commented.first_line, commented.last_line)):
            self._done(Operation(UNCOMMENT, self._section.path, key, digest_of(contents), len(contents), commented.prefixes,
                                 old_token), commented.first_line)
            return
        self._draft.ledger.drop(earlier)
        if old_token is not None:
            new_token = LiveToken.in_line(contents[0]).text
            self._draft.ledger.put(Operation(REPLACE, self._section.path, key, digest_of([new_token]), old_token=old_token))
        self._draft.note(UNCOMMENT, place, commented.first_line)

    def _uncomment_section(self, commented):
        """Make a commented section live: its header and each of its keys as an operation of its own."""
        self._draft.make_live(commented)
        self._anchors[commented.key] = commented.last_line
        self._expect(commented.key, dict(commented.value))
        path = self._place(commented.key)
        earlier = self._draft.ledger.commented(path)
        if earlier is not None and earlier.digest == digest_of(
                self._lines.contents(commented.first_line, commented.last_line)):
            self._draft.ledger.drop(earlier)
            self._draft.note(UNCOMMENT, path, commented.first_line)
            return
        self._done(Operation(UNCOMMENT, self._section.path, commented.key, digest_of(commented.contents[:1]),
                             prefixes=commented.prefixes[:1], container=True), commented.first_line)
        for offset, key in enumerate(commented.value, 1):
            self._done(Operation(UNCOMMENT, path, key, digest_of(commented.contents[offset:offset + 1]),
                                 prefixes=commented.prefixes[offset:offset + 1]), commented.first_line + offset)

    def _insert(self, item, line=None):
        line = self._line_for(item.key) if line is None else line
        contents, operations = self._new_lines.of(item, self._section.path, self._comments.column)
        self._draft.patch.insert_lines(line, contents)
        self._anchors[item.key] = line - 1
        for operation in operations:
            self._done(operation, line)
        self._expect(item.key, item.value)

    def _line_for(self, key):
        """Line before which a new ``key`` belongs."""
        order = self._target.order
        earlier = order[:order.index(key)] if key in order else ()
        if key in TIMEOUT_KEYS:
            earlier = tuple(name for name in earlier if name in TIMEOUT_KEYS)
        for name in reversed(earlier):
            if name in self._anchors:
                return self._anchors[name] + 1
        if key == "type":
            return self._section.header.first_line + 1
        if self._section.parent is None:
            return self._end_of_document()
        return max([self._section.last_line] + list(self._anchors.values())) + 1

    def _end_of_document(self):
        for line in range(self._section.last_line + 1, len(self._lines)):
            content = self._lines.content(line)
            if content == "..." or content.startswith("... "):
                return line
        return len(self._lines)

    # keys that should not be live

    def _turn_off(self, key):
        entry = self._section.entry(key)
        if entry is None:
            return
        self._draft.require_own_lines(entry)
        made = self._draft.ledger.live(self._place(key))
        below = self._draft.ledger.below(self._place(key))
        if below or (made is not None and made.container):
            self._turn_off_section(entry, made, below)
        elif made is not None and made.kind in (INSERT, UNCOMMENT) and made.digest == digest_of(self._draft.contents(entry)):
            self._take_back(entry, made)
        else:
            self._comment_out(entry)

    def _turn_off_section(self, entry, made, below):
        """Take a section away whose keys the journal knows: each key as it came, or all of it as a comment."""
        section = self._section.section(entry.key)
        known = {operation.key: operation for operation in below}
        whole = made is not None and made.digest == self._draft.header_digest(entry) and all(
            inner.key in known and known[inner.key].kind in (INSERT, UNCOMMENT)
            and known[inner.key].digest == digest_of(self._draft.contents(inner)) for inner in section.entries)
        if not whole:
            self._draft.comment_out(entry)
            self._draft.lose(self._section.path, entry.key)
            self._draft.note(COMMENT, self._place(entry.key), entry.first_line)
            return
        for inner in section.entries:
            self._take_back(inner, known[inner.key])
        self._take_back(section.header, made)

    def _take_back(self, entry, made):
        last_line = entry.first_line + made.line_count - 1
        if made.kind == INSERT:
            self._draft.patch.delete_lines(entry.first_line, last_line)
        else:
            self._restore_comment(entry, made)
        self._draft.ledger.drop(made)
        self._draft.lose(made.path, made.key)
        self._draft.note(COMMENT if made.kind == UNCOMMENT else DELETE, made.place, entry.first_line)

    def _restore_comment(self, entry, made):
        if made.old_token is not None:
            token = LiveToken.of(self._draft.document, entry)
            self._draft.patch.replace(token.start, token.end, made.old_token)
        self._draft.change_prefixes(entry.first_line, made.prefixes)

    def _comment_out(self, entry):
        made = self._draft.ledger.live(self._place(entry.key))
        self._restore_replaced(entry, made)
        contents = self._commented_contents(entry, made)
        self._draft.lose(self._section.path, entry.key)
        self._done(Operation(COMMENT, self._section.path, entry.key, digest_of(contents), len(contents)), entry.first_line)

    def _restore_replaced(self, entry, made):
        """Put back the token that the journal replaced, so that the comment holds the line of before."""
        if made is not None and made.kind == REPLACE:
            token = LiveToken.of(self._draft.document, entry)
            if token is not None and made.digest == digest_of([token.text]):
                self._draft.patch.replace(token.start, token.end, made.old_token)

    def _commented_contents(self, entry, made):
        contents = self._draft.comment_out(entry)
        if made is not None and made.kind == REPLACE:
            token = LiveToken.of(self._draft.document, entry)
            if token is not None and made.digest == digest_of([token.text]):
                start = token.start - self._lines.start(entry.first_line) + len("# ")
                contents[0] = contents[0][:start] + made.old_token + contents[0][start + len(token.text):]
            self._draft.ledger.drop(made)
        return contents

    # small things

    def _place(self, key):
        return self._section.path + (key,)

    def _expect(self, key, value):
        self._draft.expected.set(self._section.path, key, value)

    def _done(self, operation, line, action=None):
        self._draft.ledger.put(operation)
        self._draft.note(action or operation.kind, operation.place, line)

    @staticmethod
    def _token(wanted, model_token):
        return scalar_token(SectionEditor._written_value(wanted, model_token), model_token)

    @staticmethod
    def _written_value(wanted, model_token):
        """The value in the manner of the token that it replaces: a port in quotes stays in quotes."""
        quoted = model_token[:1] in ("'", '"')
        number = isinstance(wanted.value, (int, float)) and not isinstance(wanted.value, bool)
        return str(wanted.value) if quoted and number and wanted.key in NUMBER_OR_TEXT_KEYS else wanted.value
