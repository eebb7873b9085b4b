# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of single keys: the text loads as expected, and what the ledger remembers leads back to the text of before."""

from __future__ import annotations

from typing import Any, Callable, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.draft import Draft
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import (
    Journal,
    Ledger,
    Operation,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.key_changes import KeyChanges
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.new_lines import NewLines
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.keys import PRAGMA
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import SectionTarget, Wanted
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.comments import CommentedEntry, SectionComments
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.patch import apply_splices
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.section import Entry, LiveToken, Section
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import load

PATH = ("litellm_settings", "cache_params")
TEXT = """\
litellm_settings:
  cache: true
  cache_params:
    type: 'local' # why
    port: "6379"
    ttl: 5
    # host: "old"  # of before
    # inner:
    #   a: 1
    #   b: x
    list:
      - 1
      - 2
other: 1
"""


class Work:
    """One pass of changes over a text."""

    def __init__(self, text: str = TEXT, operations: tuple[Operation, ...] = (), path: tuple[str, ...] = PATH) -> None:
        self.text = text
        self.draft = Draft(YamlText(text), Ledger(operations))
        self.section: Section = self.draft.root.section_at(path)
        self.changes = KeyChanges(self.draft, self.section, NewLines(self.draft.document, 2))

    def entry(self, key: str) -> Entry:
        entry = self.section.entry(key)
        assert entry is not None
        return entry

    def commented(self, key: str) -> CommentedEntry:
        (entry,) = SectionComments(self.section).of(key)
        return entry

    def overwrite(self, key: str, value: Any, secret: bool = False) -> None:
        token = LiveToken.of(self.draft.document, self.entry(key))
        assert token is not None
        self.changes.overwrite(self.entry(key), token, Wanted(key, value, secret=secret))

    @property
    def result(self) -> str:
        return apply_splices(self.text, self.draft.patch.splices())

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(self.draft.ledger)

    def finish(self) -> str:
        """The text after the changes, checked: it loads as expected, and the ledger leads back."""
        result = self.result
        model = load(result)
        assert {key: model[key] for key in self.draft.expected.finished()} == self.draft.expected.finished()
        assert model.get("other") == load(self.text).get("other")
        back = plan_revert(result, Journal("local", "redis", self.operations))
        assert (back.candidate, back.exact) == (self.text, True)
        return result


def uncomment_with(work: Work, key: str, value: Any) -> None:
    commented = work.commented(key)
    token = LiveToken.in_line(commented.contents[0])
    assert token is not None
    work.changes.uncomment_with(commented, token, Wanted(key, value))


CHANGES: dict[str, tuple[Callable[[Work], None], str, str, list[str]]] = {
    "insert": (
        lambda work: work.changes.insert(Wanted("db", 1), 6, 4),
        "    # host:",
        "    db: 1\n    # host:",
        ["insert"],
    ),
    "insert a section": (
        lambda work: work.changes.insert(SectionTarget("new", (Wanted("a", 1), Wanted("b", "x"))), 6, 4),
        "    # host:",
        "    new:\n      a: 1\n      b: x\n    # host:",
        ["insert", "insert", "insert"],
    ),
    "overwrite in its quotes": (lambda work: work.overwrite("type", "redis"), "'local' #", "'redis' #", ["replace"]),
    "a port in quotes stays in quotes": (lambda work: work.overwrite("port", 6380), '"6379"', '"6380"', ["replace"]),
    "overwrite": (lambda work: work.overwrite("ttl", 60), "ttl: 5", "ttl: 60", ["replace"]),
    "uncomment": (
        lambda work: work.changes.uncomment(work.commented("host")),
        '# host: "old"  #',
        'host: "old"  #',
        ["uncomment"],
    ),
    "uncomment with another value": (
        lambda work: uncomment_with(work, "host", "redis"),
        '# host: "old"  #',
        'host: "redis"  #',
        ["uncomment"],
    ),
    "uncomment a section": (
        lambda work: work.changes.uncomment_section(work.commented("inner")),
        "    # inner:\n    #   a: 1\n    #   b: x\n",
        "    inner:\n      a: 1\n      b: x\n",
        ["uncomment", "uncomment", "uncomment"],
    ),
    "comment out": (
        lambda work: work.changes.comment_out(work.entry("list")),
        "    list:\n      - 1\n      - 2\n",
        "    # list:\n    #   - 1\n    #   - 2\n",
        ["comment"],
    ),
}


@pytest.mark.parametrize("change, old, new, kinds", CHANGES.values(), ids=CHANGES)
def test_one_change_and_the_way_back(change: Callable[[Work], None], old: str, new: str, kinds: list[str]) -> None:
    work = Work()
    change(work)
    assert work.finish() == TEXT.replace(old, new) != TEXT
    assert [operation.kind for operation in work.operations] == kinds
    assert [step.action for step in work.draft.steps] == kinds
    assert all(TEXT.count("\n", 0, TEXT.index(old)) + 1 <= step.line for step in work.draft.steps)


@pytest.mark.parametrize(
    "header",
    [
        "cache_params: null",
        "cache_params: ~  # why",
        "cache_params: {}",
        "cache_params:   {}",
        "cache_params: &a {}",
        "cache_params: !!map {}",
    ],
)
def test_a_section_that_is_null_is_opened(header: str) -> None:
    text = "litellm_settings:\n  cache: true\n  %s\n" % header
    work = Work(text)
    work.changes.open()
    work.changes.insert(Wanted("type", "redis"), 3, 4)
    assert load(work.finish())["litellm_settings"]["cache_params"] == {"type": "redis"}


def test_a_secret_is_marked_for_scanners_where_it_is_last_on_its_line() -> None:
    work = Work("litellm_settings:\n  cache_params:\n    password: a\n    sentinel_password: 'b' # x\n")
    work.overwrite("password", "hunter2", secret=True)
    work.overwrite("sentinel_password", "hunter2", secret=True)
    lines = work.result.splitlines()[2:]
    assert lines == ["    password: hunter2  " + PRAGMA, "    sentinel_password: 'hunter2' # x"]


class TestMerged:
    """What a later pass does with a key that an earlier one changed."""

    def test_back_to_the_first_value_leaves_no_record(self) -> None:
        first = Work()
        first.overwrite("ttl", 60)
        second = Work(first.result, first.operations)
        second.overwrite("ttl", 5)
        assert (second.result, second.operations) == (TEXT, ())

    @pytest.mark.parametrize("name", ["insert", "uncomment", "uncomment with another value"])
    def test_a_line_of_ours_with_another_value_still_leads_to_the_first_text(self, name: str) -> None:
        first = Work()
        CHANGES[name][0](first)
        key, value = ("db", 7) if name == "insert" else ("host", "third")
        second = Work(first.result, first.operations)
        second.overwrite(key, value)
        assert len(second.operations) == 1
        back = plan_revert(second.result, Journal("local", "redis", second.operations))
        assert (back.candidate, back.exact) == (TEXT, True)

    @pytest.mark.parametrize("name", ["insert", "insert a section", "uncomment", "uncomment with another value"])
    def test_what_we_brought_in_goes_as_it_came(self, name: str) -> None:
        first = Work()
        CHANGES[name][0](first)
        key = {"insert": "db", "insert a section": "new"}.get(name, "host")
        second = Work(first.result, first.operations)
        second.changes.turn_off(second.entry(key))
        assert (second.result, second.operations) == (TEXT, ())

    def test_what_the_operator_changed_becomes_a_comment_and_is_not_lost(self) -> None:
        first = Work()
        first.changes.insert(Wanted("db", 1), 6, 4)
        edited = first.result.replace("db: 1", "db: 2  # mine")
        second = Work(edited, first.operations)
        second.changes.turn_off(second.entry("db"))
        assert second.result == edited.replace("db: 2", "# db: 2")

    def test_a_key_of_the_operator_in_a_section_of_ours_keeps_it_as_a_comment(self) -> None:
        first = Work()
        CHANGES["insert a section"][0](first)
        edited = first.result.replace("      b: x\n    #", "      b: x\n      mine: 1\n    #")
        second = Work(edited, first.operations)
        second.changes.turn_off(second.entry("new"))
        assert "    # new:\n    #   a: 1\n    #   b: x\n    #   mine: 1\n" in second.result

    def test_what_we_commented_out_comes_back_without_a_record(self) -> None:
        first = Work()
        first.changes.comment_out(first.entry("ttl"))
        second = Work(first.result, first.operations)
        second.changes.uncomment(second.commented("ttl"))
        assert (second.result, second.operations) == (TEXT, ())

    def test_a_comment_of_ours_made_live_with_another_value_is_a_replacement(self) -> None:
        first = Work()
        first.changes.comment_out(first.entry("ttl"))
        second = Work(first.result, first.operations)
        uncomment_with(second, "ttl", 60)
        assert second.result == TEXT.replace("ttl: 5", "ttl: 60")
        assert [operation.kind for operation in second.operations] == ["replace"]
        assert plan_revert(second.result, Journal("local", "redis", second.operations)).candidate == TEXT

    def test_a_replaced_value_comes_back_before_its_line_becomes_a_comment(self) -> None:
        first = Work()
        first.overwrite("type", "redis")
        second = Work(first.result, first.operations)
        second.changes.comment_out(second.entry("type"))
        assert second.result == TEXT.replace("type: 'local'", "# type: 'local'")
        assert plan_revert(second.result, Journal("local", "redis", second.operations)).candidate == TEXT

    @pytest.mark.parametrize("name", ["insert", "uncomment"])
    def test_ours_is_told_by_the_whole_line(self, name: str) -> None:
        first = Work()
        CHANGES[name][0](first)
        key = "db" if name == "insert" else "host"

        def ours(text: str) -> Optional[bool]:
            work = Work(text, first.operations)
            made = work.changes.made(key)
            return made and work.changes.is_ours(work.entry(key), made)

        assert ours(first.result) is True
        assert ours(first.result.replace(key + ":", key + ": ", 1)) is False
        assert Work(first.result).changes.made(key) is None
