# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The undo of a journal after the operator edited the file: what the operator did survives, the rest comes back."""

from __future__ import annotations

from typing import Callable

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import Journal
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LIVE_REDIS,
    LOCAL,
    NO_CACHE,
    ONLY_COMMENTS,
    REDIS,
    RUNBOOK,
    codes,
    load,
    revert,
    stored,
    switch,
)

TEXTS = {"runbook": RUNBOOK, "only comments": ONLY_COMMENTS, "no cache": NO_CACHE}

# Edits that an operator may make in any mode, on lines that are not ours: (what, from, to).
UNMANAGED_EDITS = {
    "comment on top": lambda text: "# by hand\n" + text,
    "comment at the end": lambda text: text + "# by hand\n",
    "section at the end": lambda text: text + "more:\n  a: 1\n",
    "ttl": lambda text: text.replace("ttl: 1800", "ttl: 60"),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "model": lambda text: text.replace("model_list:", "model_list: # by hand"),
    "header comment": lambda text: text.replace("# Redis", "# The Redis"),
    "setting": lambda text: text.replace("num_retries: 3", "num_retries: 4\n  timeout: 9"),
}


@pytest.mark.parametrize("edit", UNMANAGED_EDITS.values(), ids=UNMANAGED_EDITS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_edit_elsewhere_is_the_same_edit_on_the_original(text: str, edit: Callable[[str], str]) -> None:
    there = switch(text)
    undone = plan_revert(edit(there.candidate), stored(there.journal))
    if "ttl: 1800" not in text and "ttl: 60" in undone.candidate:
        assert not undone.exact  # the line was ours, so the edit keeps it
        return
    assert undone.candidate == edit(text)
    assert undone.exact


@pytest.mark.parametrize(
    "old, new",
    [
        ("    # socket_timeout: 10\n", "    # socket_timeout: 10\n    mode: default_off\n"),
        ("ttl: 600", "ttl: 700"),
        ("  # redis_host", "  num_retries: 1\n  # redis_host"),
    ],
)
def test_edit_inside_a_live_redis_block_survives_local_mode(old: str, new: str) -> None:
    there = switch(LIVE_REDIS, LOCAL)
    edited = there.candidate.replace(old, new)
    assert edited != there.candidate
    undone = plan_revert(edited, stored(there.journal))
    assert undone.candidate == LIVE_REDIS.replace(old.replace("# ", ""), new.replace("# ", ""))
    assert undone.exact


def test_changed_inserted_line_is_kept_as_a_comment() -> None:
    there = switch(RUNBOOK)
    edited = there.candidate.replace("    port: 6379\n", "    port: 6380  # by hand\n")
    back = switch(edited, LOCAL, stored(there.journal))
    assert back.candidate == RUNBOOK.replace("    ttl: 1800\n", "    # port: 6380  # by hand\n    ttl: 1800\n")
    assert not back.exact
    assert "operator_changed_line" in codes(back)


def test_changed_uncommented_line_is_a_comment_again_with_the_new_text() -> None:
    there = switch(RUNBOOK)
    edited = there.candidate.replace('  redis_host: "redis"\n', '  redis_host: "other"\n', 1)
    back = switch(edited, LOCAL, stored(there.journal))
    assert back.candidate == RUNBOOK.replace('  # redis_host: "redis"\n', '  # redis_host: "other"\n', 1)
    assert not back.exact


def test_deleted_inserted_line_is_no_conflict() -> None:
    there = switch(RUNBOOK)
    edited = there.candidate.replace("    host: redis\n", "")
    back = switch(edited, LOCAL, stored(there.journal))
    assert back.candidate == RUNBOOK
    assert back.exact


def test_deleted_uncommented_line_stays_deleted() -> None:
    there = switch(RUNBOOK)
    edited = there.candidate.replace('  redis_host: "redis"\n', "", 1)
    back = switch(edited, LOCAL, stored(there.journal))
    assert back.candidate == RUNBOOK.replace('  # redis_host: "redis"\n', "", 1)
    assert not back.exact


def test_type_set_to_local_by_hand_is_no_obstacle() -> None:
    there = switch(RUNBOOK)
    edited = there.candidate.replace("type: 'redis'", "type: 'local'")
    assert switch(edited, LOCAL, stored(there.journal)).candidate == RUNBOOK


def test_deleted_section_is_no_obstacle() -> None:
    there = switch(NO_CACHE)
    edited = there.candidate[: there.candidate.index("litellm_settings")]
    assert plan_revert(edited, stored(there.journal)).candidate == NO_CACHE


def test_own_key_in_an_inserted_section_keeps_the_section() -> None:
    there = switch(NO_CACHE)
    edited = there.candidate.replace("  cache: true\n", "  cache: true\n  drop_params: true\n")
    undone = plan_revert(edited, stored(there.journal))
    assert undone.candidate == NO_CACHE + "litellm_settings:\n  drop_params: true\n"
    assert not undone.exact


def test_own_ttl_survives_the_way_to_local_in_a_file_that_had_no_cache() -> None:
    there = switch(NO_CACHE)
    back = switch(there.candidate.replace("ttl: 1800", "ttl: 60"), LOCAL, stored(there.journal))
    assert load(back.candidate)["litellm_settings"]["cache_params"]["ttl"] == 60
    assert back.mode_after == "local"


def test_changed_comment_comes_back_live_with_the_change() -> None:
    there = switch(LIVE_REDIS, LOCAL)
    edited = there.candidate.replace("    # host: redis\n", "    # host: other\n")
    undone = plan_revert(edited, stored(there.journal))
    assert undone.candidate == LIVE_REDIS.replace("    host: redis\n", "    host: other\n")
    assert not undone.exact


def test_line_made_live_by_hand_stays() -> None:
    there = switch(LIVE_REDIS, LOCAL)
    edited = there.candidate.replace("    # host: redis\n", "    host: redis\n")
    undone = plan_revert(edited, stored(there.journal))
    assert undone.candidate == LIVE_REDIS


def test_moved_lines_are_found_again() -> None:
    there = switch(RUNBOOK)
    host, rest = "    host: redis\n", "    ttl: 1800\n"
    edited = there.candidate.replace(host, "").replace(rest, rest + host)
    assert load(edited) == load(there.candidate)
    assert not plan_cache_mode(edited, REDIS, stored(there.journal)).changed
    assert switch(edited, LOCAL, stored(there.journal)).candidate == RUNBOOK


def test_comment_added_behind_a_replaced_value_survives() -> None:
    there = switch(RUNBOOK)
    edited = there.candidate.replace("type: 'redis' # в процессе", "type: 'redis' # by hand")
    back = switch(edited, LOCAL, stored(there.journal))
    assert back.candidate == RUNBOOK.replace("# в процессе", "# by hand")
    assert back.exact


@pytest.mark.parametrize("value", ["*params", "{mode: default_off}"])
@pytest.mark.parametrize("by_hand", ["", "  # cache_params: *params # by hand\n"], ids=["gone", "changed"])
def test_a_section_written_anew_stays_when_the_former_one_is_gone(value: str, by_hand: str) -> None:
    text = f"params: &params\n  mode: default_off\nlitellm_settings:\n  cache: true\n  cache_params: {value}\n"
    there = switch(text)
    edited = there.candidate.replace(f"  # cache_params: {value}\n", by_hand)
    assert edited != there.candidate
    back = switch(edited, LOCAL, stored(there.journal))
    params = load(back.candidate)["litellm_settings"]["cache_params"]
    assert (params["mode"], params["type"], "host" in params) == ("default_off", "local", False)
    assert (back.exact, codes(back)) == (False, {"operator_changed_line"})


def test_lost_journal_falls_back_to_comments_in_place() -> None:
    there = switch(RUNBOOK)
    back = switch(there.candidate, LOCAL, None)
    params = load(back.candidate)["litellm_settings"]["cache_params"]
    assert params == load(RUNBOOK)["litellm_settings"]["cache_params"]
    assert load(back.candidate)["router_settings"] == {"num_retries": 3}
    again = switch(back.candidate, REDIS, None)
    assert load(again.candidate) == load(there.candidate)


def test_new_key_does_not_part_a_section_from_its_comments() -> None:
    there = switch(LIVE_REDIS.replace("type: redis", "type: s3"), LOCAL)
    edited = there.candidate.replace("  cache: true\n", "")
    again = switch(edited, LOCAL, stored(there.journal))
    assert "    # connection_pool_timeout: 5\n  cache: true\nrouter_settings:\n" in again.candidate
    assert revert(again).exact


@pytest.mark.parametrize("token", ["!!int x", "[", "a: b: c", "*zq", "!zq", "x\nb"])
def test_a_journal_whose_token_is_none_is_damaged(token: str) -> None:
    there = switch("litellm_settings:\n  cache: false\n")
    data = there.journal.to_dict() if there.journal else {}
    for operation in data["operations"]:
        operation["old_token"] = token
    with pytest.raises(LitellmCacheError) as caught:
        plan_revert(there.candidate, Journal.from_dict(data))
    assert "zq" not in str(caught.value)
