# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document brought to a target: PyYAML loads what was wanted, a second pass has nothing to do, lines are in place."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.draft import Draft
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.section_editor import bring_to_target
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.target import CacheTarget, SectionTarget, Wanted
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.patch import apply_splices
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import load

ORDER = ("first", "second", "third", "inner")


def brought(text: str, target: SectionTarget, in_place: bool = False) -> tuple[str, Draft]:
    """The text with its target met, checked: it loads so, and a second pass finds nothing to do."""
    draft = Draft(YamlText(text))
    bring_to_target(draft, CacheTarget((target,)), in_place)
    result = apply_splices(draft.document.text, draft.patch.splices())
    model = load(result)
    assert target.met_by(model) or not target.wanted
    assert not set(target.unwanted) & set(model.get(target.key) or {})
    again = Draft(YamlText(result), draft.ledger)
    bring_to_target(again, CacheTarget((target,)), in_place)
    assert again.patch.empty
    return result, draft


def target_of(*wanted: Any, unwanted: tuple[str, ...] = ()) -> SectionTarget:
    return SectionTarget("router_settings", wanted, unwanted, ORDER)


@pytest.mark.parametrize(
    "before, after",
    [
        ("router_settings:\n  a: 1\n", "router_settings:\n  a: 1\n  second: 2\n"),
        ("router_settings:\n  first: 1\n  a: 1\n", "router_settings:\n  first: 1\n  second: 2\n  a: 1\n"),
        ("router_settings:\n    a: 1\nz: 1\n", "router_settings:\n    a: 1\n    second: 2\nz: 1\n"),
        ("router_settings:\n  second: 1  # x\n", "router_settings:\n  # second: 1  # x\n  second: 2\n"),
        ("router_settings:\n  # second: 2\n  a: 1\n", "router_settings:\n  second: 2\n  a: 1\n"),
        ("router_settings:\n  # second: 1\n  a: 1\n", "router_settings:\n  # second: 1\n  second: 2\n  a: 1\n"),
        ("router_settings:\nz: 1\n", "router_settings:\n  second: 2\nz: 1\n"),
        ("router_settings: null # x\nz: 1\n", "router_settings: # x\n  second: 2\nz: 1\n"),
        ("z: 1\n", "z: 1\nrouter_settings:\n  second: 2\n"),
        ("z: 1", "z: 1\nrouter_settings:\n  second: 2"),
        ("z: 1\n...\n", "z: 1\nrouter_settings:\n  second: 2\n...\n"),
        ("y: 1\n# of z\nz: |\n  x", "y: 1\nrouter_settings:\n  second: 2\n# of z\nz: |\n  x"),
        (
            "router_settings:\n  inner:\n    a: 1\n    # of inner\nz: 1\n",
            "router_settings:\n  inner:\n    a: 1\n    # of inner\n  second: 2\nz: 1\n",
        ),
        ("router_settings:\n  second: 2\n", "router_settings:\n  second: 2\n"),
    ],
)
def test_one_key(before: str, after: str) -> None:
    assert brought(before, target_of(Wanted("second", 2)))[0] == after


def test_keys_stand_in_their_order_whatever_order_they_are_made_in() -> None:
    result, _draft = brought("router_settings:\n  a: 1\n", target_of(Wanted("first", 1), Wanted("second", 2), INNER))
    assert list(load(result)["router_settings"]) == ["a", "first", "second", "inner"]
    result, _draft = brought("router_settings:\n  third: 3\n  first: 1\n", target_of(Wanted("second", 2)))
    assert list(load(result)["router_settings"]) == ["third", "first", "second"]


def test_a_type_stands_first() -> None:
    target = SectionTarget("s", (Wanted("type", "redis"),), (), ("type", "url"))
    assert brought("s:\n  a: 1\n", target)[0] == "s:\n  type: redis\n  a: 1\n"


@pytest.mark.parametrize(
    "key, old, overwritten",
    [("port", "6380", True), ("port", "hunter2", False), ("namespace", "x", False), ("type", "local", True)],
)
def test_only_what_the_journal_may_store_is_overwritten(key: str, old: str, overwritten: bool) -> None:
    wanted = Wanted(key, "redis") if key == "type" else Wanted(key, 6379)
    text = "router_settings:\n  %s: %s\n" % (key, old)
    result, _draft = brought(text, target_of(wanted))
    assert (result.count("\n") == 2) is overwritten
    assert overwritten or "  # %s: %s\n" % (key, old) in result
    # Without a journal nothing has to come back.
    assert brought(text, target_of(wanted), in_place=True)[0].count("\n") == 2


def test_a_secret_is_never_put_in_the_place_of_a_value_that_would_be_stored() -> None:
    text = "router_settings:\n  redis_password: os.environ/X\n"
    result, draft = brought(text, target_of(Wanted("redis_password", "hunter2", secret=True)))
    assert "  # redis_password: os.environ/X\n" in result
    assert "hunter2" not in str(list(draft.ledger)) + str(draft.steps)


@pytest.mark.parametrize("value, changed", [("1", False), ("0", False), ("null", True), ("", True)])
def test_a_default_leaves_what_is_there(value: str, changed: bool) -> None:
    text = "router_settings:\n  ttl: %s\n" % value
    result, _draft = brought(text, target_of(Wanted("ttl", 5, default=True)))
    assert (result != text) is changed


def test_unwanted_keys_become_comments() -> None:
    text = "router_settings:\n  a: 1\n  list:\n    - 1\n  b: 2\n"
    result, draft = brought(text, target_of(unwanted=("list", "a", "absent")))
    assert result == "router_settings:\n  # a: 1\n  # list:\n  #   - 1\n  b: 2\n"
    assert {step.action for step in draft.steps} == {"comment"}


def test_unwanted_alone_makes_no_section() -> None:
    assert brought("z: 1\n", target_of(unwanted=("a",)))[0] == "z: 1\n"
    assert brought("router_settings:\n", target_of(unwanted=("a",)))[0] == "router_settings:\n"


INNER = SectionTarget("inner", (Wanted("a", 1), Wanted("b", "x")))


@pytest.mark.parametrize(
    "before, after",
    [
        ("  z: 1\n", "  z: 1\n  inner:\n    a: 1\n    b: x\n"),
        ("  # inner:\n  #   a: 1\n  #   b: x\n", "  inner:\n    a: 1\n    b: x\n"),
        ("  inner:\n    b: x\n", "  inner:\n    b: x\n    a: 1\n"),
        ("  inner: {b: x}\n", "  # inner: {b: x}\n  inner:\n    a: 1\n    b: x\n"),
        ("  inner: {a: 1, b: x}\n", "  inner: {a: 1, b: x}\n"),
    ],
)
def test_a_section_inside(before: str, after: str) -> None:
    assert brought("router_settings:\n" + before, target_of(INNER))[0] == "router_settings:\n" + after


@pytest.mark.parametrize("value", ["[1]", "text", "*x"])
def test_a_shape_that_cannot_be_edited_is_refused_with_its_line(value: str) -> None:
    with pytest.raises(UnsupportedConfigError, match="line 2: router_settings is .*not a block mapping") as caught:
        brought("z: &x [c]\nrouter_settings: %s\n" % value, target_of(Wanted("a", 1)))
    assert caught.value.line == 2


def test_a_document_in_flow_style_is_refused() -> None:
    with pytest.raises(UnsupportedConfigError, match="flow style"):
        brought('{"z": 1}', target_of(Wanted("a", 1)))


def test_twins_in_comments_are_reported_and_left_alone() -> None:
    text = "router_settings:\n  # port: 1\n  # port: 2\n"
    result, draft = brought(text, target_of(Wanted("port", 3)))
    assert result == text + "  port: 3\n"
    (finding,) = draft.findings
    assert (finding["code"], finding["line"]) == ("ambiguous_comments", 3)
    assert "(2, 3)" in finding["message"]


def test_a_single_public_comment_gives_its_line() -> None:
    result, _draft = brought("router_settings:\n  # port: '1' # why\n", target_of(Wanted("port", 3)))
    assert result == "router_settings:\n  port: '3' # why\n"
