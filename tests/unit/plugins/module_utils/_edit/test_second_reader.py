# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The second reader: the real ruamel.yaml where it agrees, one made to err where it does not."""

from __future__ import annotations

import importlib
import warnings
from typing import Any, Callable

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit import second_reader
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode, plan_text
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsafeEditError
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LIVE_REDIS,
    LOCAL,
    NO_CACHE,
    ONLY_COMMENTS,
    REDIS,
    RUNBOOK,
    codes,
    revert,
    stored,
    switch,
    variants,
    wishes,
)

ruamel = pytest.importorskip("ruamel.yaml")
NAME = f"ruamel.yaml {ruamel.__version__}"
NO_JUDGE = "second_reader_no_judge"
SECTION = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n"
read_by = second_reader.read_by


def let_it_read(monkeypatch: pytest.MonkeyPatch, change: Callable[[str, Any], Any]) -> None:
    """Let the second reader read what ``change`` makes of a text and of what ruamel.yaml reads in it."""
    monkeypatch.setattr(second_reader, "read_by", lambda library, text: change(text, read_by(library, text)))


def other_where(word: str) -> Callable[[str, Any], Any]:
    """A change that gives a text with ``word`` another number for the port."""

    def change(text: str, read: Any) -> Any:
        if word in text and "cache_params" in read.get("litellm_settings", {}):
            read["litellm_settings"]["cache_params"]["port"] = "6379"
        return read

    return change


def stop_where(word: str) -> Callable[[str, Any], Any]:
    """A change that cannot read a text with ``word``."""

    def change(text: str, read: Any) -> Any:
        if word in text:
            raise ruamel.YAMLError("cannot read OldPassw0rd")
        return read

    return change


@pytest.mark.parametrize("text", (RUNBOOK, ONLY_COMMENTS, LIVE_REDIS, NO_CACHE))
@pytest.mark.parametrize("to", (REDIS, LOCAL), ids=("redis", "local"))
def test_agreement_is_named(text: str, to: Any) -> None:
    for variant in variants(text).values():
        there = switch(variant, to)
        assert there.second_reader == (NAME if there.changed else None)
        assert NO_JUDGE not in codes(there)
        if there.journal:
            assert revert(there).second_reader == NAME


def test_nothing_is_read_where_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    there = switch(RUNBOOK)
    let_it_read(monkeypatch, stop_where(""))
    assert plan_cache_mode(there.candidate, REDIS, stored(there.journal)).second_reader is None


@pytest.mark.parametrize("error", (ImportError("none"), AttributeError("module 'collections' has no 'Hashable'")))
def test_absence_is_no_error(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def without(name: str) -> Any:
        raise error

    expected = switch(RUNBOOK)
    monkeypatch.setattr(importlib, "import_module", without)
    there = switch(RUNBOOK)
    assert there.second_reader is None
    assert (there.candidate, there.findings) == (expected.candidate, expected.findings)


def test_another_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_read(monkeypatch, other_where("host: redis"))
    message = f"line 22: {NAME} reads litellm_settings otherwise than PyYAML after the edit"
    with pytest.raises(UnsafeEditError) as caught:
        plan_cache_mode(RUNBOOK, REDIS, None)
    assert str(caught.value) == message
    assert caught.value.line == 22 == RUNBOOK[: RUNBOOK.index("  cache_params:")].count("\n") + 1


def test_a_new_section_has_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_read(monkeypatch, other_where("host: redis"))
    with pytest.raises(UnsafeEditError, match=f"^{NAME} reads litellm_settings otherwise") as caught:
        plan_cache_mode(NO_CACHE, REDIS, None)
    assert caught.value.line is None


def test_what_it_cannot_read_is_refused_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_read(monkeypatch, stop_where("    host: redis"))
    with pytest.raises(UnsafeEditError) as caught:
        plan_cache_mode(RUNBOOK, REDIS, None)
    assert str(caught.value) == f"line 19: {NAME} cannot read litellm_settings after the edit"


def test_the_way_back_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    there = switch(RUNBOOK)
    let_it_read(monkeypatch, stop_where("type: 'local'"))
    with pytest.raises(UnsafeEditError, match="cannot read litellm_settings"):
        plan_revert(there.candidate, stored(there.journal))


@pytest.mark.parametrize(
    "change, what",
    (
        (other_where(""), "reads litellm_settings otherwise than PyYAML"),
        (stop_where("litellm_settings"), "cannot read litellm_settings"),
    ),
    ids=("other", "unreadable"),
)
def test_who_did_not_agree_before_is_no_judge(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[str, Any], Any], what: str
) -> None:
    expected = switch(RUNBOOK)
    let_it_read(monkeypatch, change)
    there = plan_cache_mode(RUNBOOK, REDIS, None)
    assert (there.candidate, there.second_reader) == (expected.candidate, NAME)
    (told,) = [item for item in there.findings if item["code"] == NO_JUDGE]
    assert told["line"] == 19
    assert told["message"] == f"{NAME} {what} without this edit too, so PyYAML alone has checked the edit there"


@pytest.mark.parametrize("last_wins", [True, False])
def test_a_merge_of_several_is_judged_where_both_take_the_first(
    last_wins: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyYAML 6.0.4 takes the last, so that a way back to such a text would be refused, which was there before."""
    monkeypatch.setattr(second_reader, "_last_merged_wins", lambda: last_wins)
    let_it_read(monkeypatch, other_where("host: redis"))
    text = "a: &a {drop_params: true}\n" + SECTION.replace(":\n", ":\n  <<: [*a]\n", 1)
    if not last_wins:
        with pytest.raises(UnsafeEditError, match="reads litellm_settings otherwise"):
            plan_cache_mode(text, REDIS, None)
        return
    (told,) = [one for one in plan_cache_mode(text, REDIS, None).findings if one["code"] == NO_JUDGE]
    assert "takes the last of several merged mappings" in told["message"]


def test_the_installed_pyyaml_tells_which_of_several_wins() -> None:
    text = "- &a {num_retries: 1}\n- &b {num_retries: 2}\n- {<<: [*a, *b]}\n"
    assert (yaml.safe_load(text)[2]["num_retries"] == 2) is second_reader._last_merged_wins()


def test_a_snapshot_is_restored_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan_text(RUNBOOK, LIVE_REDIS, None).second_reader == NAME
    let_it_read(monkeypatch, stop_where("host: redis"))
    assert codes(plan_text(RUNBOOK, LIVE_REDIS, None)) == {NO_JUDGE}


def test_a_real_difference_does_not_block() -> None:
    """Of two keys PyYAML takes the last one, ruamel.yaml the first."""
    there = switch(SECTION + "  timeout: 1\n  timeout: 2\n")
    assert codes(there) >= {NO_JUDGE}


@pytest.mark.parametrize(
    "value",
    ("0600", "0o17", "12:30:45", "1e3", "1.5e5", "._5", "y", "N", "yes", "off", "2001-12-14", "2001-12-14 21:59:43 Z")
    + (
        "2001-12-14T21:59:43.10-05:00",
        "1_000",
        "0xFF",
        "~",
        ".inf",
        ".nan",
        "1.10",
        '"é\\x41"',
        "!!str 3",
        "!!set {b}",
    ),
)
def test_known_differences_are_none(value: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        there = switch(f"{SECTION}  other: {value}\n")
    assert there.second_reader == NAME
    assert NO_JUDGE not in codes(there)


@pytest.mark.parametrize("word", ("1e5", "y", "12345", "0x1", "on", "a: b", "1_0", "=", "<<", "2001-12-14"))
def test_a_value_that_is_written_is_read(word: str) -> None:
    there = switch(RUNBOOK, wishes(namespace=word))
    assert there.second_reader == NAME
    assert NO_JUDGE not in codes(there)


@pytest.mark.parametrize(
    "text",
    (
        "x: &x\n  ttl: 5\nfiller: 1\n" + SECTION + "    <<: *x\n",
        "y: &y 5\nx: &x\n  ttl: *y\n" + SECTION + "    <<: *x\n  other: '*'\n",
        "%YAML 1.1\n---\n" + SECTION + "...\n",
        "x: &x\n  router_settings:\n    num_retries: 3\n<<: *x\n" + SECTION,
    ),
)
def test_anchors_and_rare_shapes_are_read(text: str) -> None:
    there = switch(text)
    assert there.second_reader == NAME
    assert NO_JUDGE not in codes(there)


def test_only_what_is_needed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    let_it_read(monkeypatch, lambda text, loaded: read.append(text) or loaded)
    models = "model_list:\n" + "  - model_name: &name gpt\n    model_info: {id: *name}\n"
    plan_cache_mode(models + SECTION, REDIS, None)
    assert ["model_list" in text for text in read] == [False] * len(read)
    assert read


def test_a_star_that_the_edit_writes_makes_no_other_text_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a star in the section what holds anchors is read too: before the edit as well as after."""
    let_it_read(monkeypatch, stop_where("model_list"))
    there = plan_cache_mode(
        "model_list: [{api_base: 'http://x/?a&b'}]\n" + SECTION, wishes(redis_password="a*b5"), None
    )
    assert NO_JUDGE in codes(there)


def test_a_long_section_is_left_out() -> None:
    long = SECTION + "  callbacks:\n" + "  - some_callback_with_a_long_name\n" * (second_reader.MOST_CHARACTERS // 30)
    there = switch(long)
    assert (there.second_reader, NO_JUDGE in codes(there)) == (None, False)
    document = YamlText(long)
    assert second_reader.read_again(document, document) == second_reader.SecondReading(None)
