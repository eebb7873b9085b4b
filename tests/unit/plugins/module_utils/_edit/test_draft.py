# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An edit in the making: each change of the text is loaded by PyYAML and must be what the draft expects."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.draft import Draft, ExpectedModel
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.comments import SectionComments
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.patch import apply_splices
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.section import Entry
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import load

TEXT = "litellm_settings:\n  a: 'x'  # why\n  list:\n    - 1\n\n    - 2\n  # b: 2\n  c: 3\n"


def draft_of(text: str = TEXT) -> Draft:
    return Draft(YamlText(text))


def entry_of(draft: Draft, key: str) -> Entry:
    entry = draft.root.section("litellm_settings").entry(key)
    assert entry is not None
    return entry


def result(draft: Draft) -> str:
    return apply_splices(draft.document.text, draft.patch.splices())


@pytest.mark.parametrize("key", ["a", "list", "c"])
def test_what_is_commented_out_is_gone_and_can_be_read_again(key: str) -> None:
    draft = draft_of()
    entry = entry_of(draft, key)
    contents = draft.comment_out(entry)
    draft.lose(("litellm_settings",), key)
    text = result(draft)
    assert load(text) == draft.expected.finished()
    assert text.split("\n")[entry.first_line : entry.last_line + 1] == contents
    assert text.replace("# ", "") == TEXT.replace("# ", "")
    assert all(content.lstrip().startswith("# ") for content in contents if content)


def test_a_key_with_a_neighbour_before_it_cannot_be_commented_out() -> None:
    draft = draft_of("litellm_settings:\n  ? a\n  : 1\n  b: 2\n")
    draft.require_own_lines(entry_of(draft, "b"))
    with pytest.raises(UnsupportedConfigError, match="line 2: a does not begin its line") as caught:
        draft.comment_out(entry_of(draft, "a"))
    assert caught.value.line == 2
    assert draft.patch.empty


def test_a_commented_key_is_made_live() -> None:
    draft = draft_of()
    (commented,) = SectionComments(draft.root.section("litellm_settings")).of("b")
    draft.make_live(commented)
    draft.expected.set(("litellm_settings",), "b", commented.value)
    assert load(result(draft)) == draft.expected.finished()
    assert result(draft) == TEXT.replace("# b", "b")


def test_a_token_comes_back() -> None:
    draft = draft_of()
    draft.restore_token(entry_of(draft, "a"), '"old"')
    draft.restore_token(entry_of(draft, "c"), None)  # it was not replaced
    draft.restore_token(entry_of(draft, "list"), "1")  # it has no token
    assert result(draft) == TEXT.replace("'x'", '"old"')


def test_prefixes_take_the_place_of_the_indentation() -> None:
    draft = draft_of()
    draft.change_prefixes(entry_of(draft, "a").first_line, ["  #   "])
    assert result(draft) == TEXT.replace("  a:", "  #   a:")


def test_steps_are_named_with_lines_as_people_count() -> None:
    draft = draft_of()
    draft.note("insert", ("litellm_settings", "a"), 0)
    (step,) = draft.steps
    assert (step.action, step.key, step.line) == ("insert", "litellm_settings.a", 1)


def test_lines_and_digests_of_an_entry() -> None:
    draft = draft_of()
    entry = entry_of(draft, "list")
    assert draft.contents(entry) == ["  list:", "    - 1", "", "    - 2"]
    assert draft.header_digest(entry) == hashlib.sha256(b"  list:").hexdigest()


def test_what_a_merge_key_brings_in_shows_again() -> None:
    draft = draft_of("base: &b\n  a: 1\nlitellm_settings:\n  <<: *b\n  a: 2\n  c: 3\n")
    for key in ("a", "c"):
        draft.comment_out(entry_of(draft, key))
        draft.lose(("litellm_settings",), key)
    assert draft.expected.finished() == {"litellm_settings": {"a": 1}}
    assert load(result(draft))["litellm_settings"] == {"a": 1}


class TestExpectedModel:
    def test_only_the_managed_sections_and_a_copy_of_them(self) -> None:
        model = {"litellm_settings": {"cache_params": {"ttl": [5]}}, "model_list": [1]}
        expected = ExpectedModel(model)
        expected.set(("litellm_settings", "cache_params"), "ttl", 6)
        expected.set(("router_settings", "cache_kwargs"), "db", 1)
        assert expected.finished() == {
            "litellm_settings": {"cache_params": {"ttl": 6}},
            "router_settings": {"cache_kwargs": {"db": 1}},
        }
        assert model == {"litellm_settings": {"cache_params": {"ttl": [5]}}, "model_list": [1]}

    def test_what_an_alias_shares_is_changed_in_one_place_only(self) -> None:
        shared = {"a": 1}
        expected = ExpectedModel({"litellm_settings": {"x": shared, "y": shared}})
        expected.set(("litellm_settings", "x"), "a", 2)
        assert expected.finished()["litellm_settings"] == {"x": {"a": 2}, "y": {"a": 1}}

    def test_a_mapping_that_loses_its_last_key_is_null(self) -> None:
        expected = ExpectedModel({"router_settings": {"a": 1, "b": 2}})
        expected.remove(("router_settings",), "a")
        assert expected.finished() == {"router_settings": {"b": 2}}
        expected = ExpectedModel({"router_settings": {"a": 1}})
        expected.remove(("router_settings",), "a")
        assert expected.finished() == {"router_settings": None} == load("router_settings:\n  # a: 1\n")

    def test_a_mapping_that_gets_a_key_again_is_not_null(self) -> None:
        expected = ExpectedModel({"router_settings": {"a": 1}})
        expected.remove(("router_settings",), "a")
        expected.set(("router_settings",), "b", 2)
        assert expected.finished() == {"router_settings": {"b": 2}}

    def test_an_empty_mapping_comes_back_as_it_was(self) -> None:
        expected = ExpectedModel({"router_settings": {"a": 1}})
        expected.remove(("router_settings",), "a")
        expected.restore((), "router_settings", {})
        assert expected.finished() == {"router_settings": {}}

    def test_a_section_taken_away_whole(self) -> None:
        expected = ExpectedModel({"router_settings": {"a": 1}, "litellm_settings": {}})
        expected.remove(("router_settings",), "a")
        expected.remove((), "router_settings")
        assert expected.finished() == {"litellm_settings": {}}
