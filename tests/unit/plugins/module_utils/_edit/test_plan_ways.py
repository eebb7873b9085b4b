# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways from one state of a file to another that were blocked once: options changed later, twins, comments inside values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import Plan
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LOCAL,
    NO_CACHE,
    REDIS,
    codes,
    load,
    revert,
    stored,
    switch,
    wishes,
)

LOCAL_CACHE = """\
litellm_settings:
  cache: true
  cache_params:
    type: local
"""

TWIN_BESIDE_REDIS = """\
litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: redis
    port: 6379
    # password: os.environ/REDIS_PASSWORD
    password: os.environ/REDIS_PASSWORD
"""

TWIN_IN_ROUTER = """\
router_settings:
  redis_host: "redis"
  # redis_host: "redis"
"""

PLAIN_REDIS = """\
litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: redis
    port: 6379
"""


def chain(text: str, *steps: Optional[dict[str, Any]]) -> Plan:
    """Plan one step after another, None for a lost journal; return the last plan."""
    journal = None
    for step in steps:
        if step is None:
            journal = None
            continue
        plan = switch(text, wishes(**step), journal)
        text, journal = plan.candidate, stored(plan.journal)
    return plan


@pytest.mark.parametrize("text", [LOCAL_CACHE, NO_CACHE])
@pytest.mark.parametrize("variant", [["acompletion"], ["aembedding", "acompletion"]])
def test_a_list_that_we_wrote_is_replaced_by_a_later_one(text: str, variant: list[str]) -> None:
    there = switch(text)
    plan = chain(text, {}, {"supported_call_types": variant})
    assert load(plan.candidate)["litellm_settings"]["cache_params"]["supported_call_types"] == variant
    assert "# supported_call_types" not in plan.candidate
    assert len(plan.candidate.splitlines()) == len(there.candidate.splitlines())
    assert revert(plan).candidate == text


def test_options_of_local_mode_changed_later_lead_back() -> None:
    plan = chain(NO_CACHE, {"mode": "local"}, {"mode": "local", "supported_call_types": ["acompletion"]})
    assert plan.candidate.count("supported_call_types") == 1
    assert revert(plan).candidate == NO_CACHE


def test_a_list_that_we_wrote_is_gone_after_the_way_back() -> None:
    steps = ({}, {"supported_call_types": ["acompletion"]}, {"supported_call_types": ["aembedding"]}, {"mode": "local"})
    assert chain(LOCAL_CACHE, *steps).candidate == LOCAL_CACHE


@pytest.mark.parametrize("text", [TWIN_BESIDE_REDIS, TWIN_IN_ROUTER])
def test_a_commented_twin_beside_the_live_line_is_told_apart(text: str) -> None:
    there = switch(text, LOCAL)
    assert revert(there).candidate == text


def test_redis_again_makes_the_line_live_that_was_live() -> None:
    there = switch(TWIN_BESIDE_REDIS, LOCAL)
    back = switch(there.candidate, REDIS, stored(there.journal))
    assert back.journal is None
    assert back.candidate.startswith(TWIN_BESIDE_REDIS)


def test_the_live_one_of_two_twins_comes_back_live() -> None:
    text = TWIN_IN_ROUTER.replace('  redis_host: "redis"\n', "", 1) + '  redis_host: "redis"\n  num_retries: 2\n'
    there = switch(text, LOCAL)
    assert there.candidate.count('  # redis_host: "redis"\n') == 2
    again = switch(there.candidate, REDIS, stored(there.journal))
    assert again.candidate.startswith(text[: text.index("  num_retries")])


def test_a_twin_by_the_tool_alone_does_not_stand_in_the_way() -> None:
    steps = ({"leave_out": ("port",)}, {"redis_port": 6380}, {}, {"mode": "local"})
    local = chain(PLAIN_REDIS, *steps)
    assert local.candidate.count("    # port: 6379\n") == 2
    assert revert(local).candidate == chain(PLAIN_REDIS, *steps[:-1]).candidate


@pytest.mark.parametrize(
    "text",
    [
        "litellm_settings:\n  cache_params:\n  # cache: true\n    type: local\n",
        "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n    supported_call_types:\n"
        "    # password: old\n      - aembedding\n",
    ],
)
def test_a_comment_inside_the_value_of_another_key_is_no_key(text: str) -> None:
    there = switch(text)
    assert next(line for line in text.splitlines() if "#" in line) in there.candidate.splitlines()
    assert revert(there).candidate == text


@pytest.mark.parametrize("last_line", ["    \xa0", "      ", "      \n      \n\n", "    \n    \n"])
@pytest.mark.parametrize("header", ["|", "|-", ">", "|+"])
def test_a_block_scalar_whose_last_line_is_blank_keeps_its_value(last_line: str, header: str) -> None:
    text = f"router_settings:\n  note: {header}\n    text\n{last_line}\nmodel_list: []\n"
    there = switch(text)
    assert load(there.candidate)["router_settings"]["note"] == load(text)["router_settings"]["note"]
    assert revert(there).candidate == text


def test_aliases_at_the_end_of_a_list_are_counted_one_by_one() -> None:
    text = "x: &x a\ny: &y b\nrouter_settings:\n  tags:\n    # *x\n    - *x\n    - *y # *x\n    - '*x'\n    - *y\n    - *x\n"
    there = switch(text)
    assert load(there.candidate)["router_settings"]["tags"] == ["a", "b", "*x", "b", "a"]
    assert revert(there).candidate == text


def test_an_empty_list_of_nodes_is_no_cluster() -> None:
    text = PLAIN_REDIS + "    redis_startup_nodes: []\n"
    there = switch(text)
    assert {"host": "redis", "port": 6379, "db": 1}.items() <= load(there.candidate)["litellm_settings"][
        "cache_params"
    ].items()
    assert revert(switch(text, LOCAL)).candidate == text


FLOW = (
    "litellm_settings:\n  cache: true\n  cache_params: {type: redis, host: redis, namespace: mine, ttl: 60}  # ours\n"
)


ALIAS = "x: &x {type: redis, host: redis, namespace: mine, ttl: 60}\n" + FLOW.partition("{")[0] + "*x\n"


@pytest.mark.parametrize("text", [FLOW, ALIAS])
def test_flow_parameters_become_a_comment_and_stand_below_it(text: str) -> None:
    there = switch(text, LOCAL)
    assert codes(there) == {"section_written_anew"}
    assert "  # cache_params: " in there.candidate
    params = load(there.candidate)["litellm_settings"]["cache_params"]
    assert (params["type"], params["namespace"], params["ttl"], "host" in params) == ("local", "mine", 60, False)
    assert revert(there).candidate == text
    back = switch(there.candidate, REDIS, stored(there.journal))
    params = load(back.candidate)["litellm_settings"]["cache_params"]
    assert (params["type"], params["namespace"], params["ttl"], params["host"]) == ("redis", "mine", 60, "redis")


def test_commented_lines_with_an_alias_come_back() -> None:
    text = "x: &x redis\ny: &y acompletion\n" + PLAIN_REDIS.replace("host: redis", "host: *x")
    text += "    supported_call_types:\n      - aembedding\n      - *y\n"
    there = switch(text, wishes("local", supported_call_types=["acompletion"]))
    assert "    # host: *x\n" in there.candidate
    assert revert(there).candidate == text


def test_an_empty_mapping_on_the_next_line_is_opened() -> None:
    text = LOCAL_CACHE + "router_settings:\n  {}\n"
    there = switch(text)
    assert load(there.candidate)["router_settings"]["redis_host"] == "redis"
    assert revert(there).candidate == text


def test_local_mode_arrives_with_a_journal_that_leads_nowhere() -> None:
    there = switch(PLAIN_REDIS, LOCAL)
    journal = stored(there.journal)
    damaged = replace(journal, operations=tuple(replace(item, key=item.key + "s") for item in journal.operations))
    plan = switch(there.candidate, wishes("local", ttl=60), damaged)
    assert load(plan.candidate)["litellm_settings"]["cache_params"] == {
        **load(there.candidate)["litellm_settings"]["cache_params"],
        "ttl": 60,
    }
    assert (plan.journal, plan.exact, codes(plan)) == (None, False, {"journal_not_kept"})


SPACED = """\
model_list: []

litellm_settings:
  drop_params: true

general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""
UNDER_A_COMMENT = "litellm_settings:\n  drop_params: true\n\n# Server configuration\n# The server listens on 4000\n"


@pytest.mark.parametrize("text", [SPACED, SPACED.rstrip("\n"), SPACED.replace("\n", "\r\n"), SPACED + "\n"])
@pytest.mark.parametrize("own", ["litellm_settings", "callback_settings"])
def test_new_sections_are_parted_as_the_others_are(text: str, own: str) -> None:
    text = text.replace("litellm_settings", own)
    there = switch(text)
    lines = there.candidate.splitlines()
    assert not any(lines[lines.index(section) - 1] for section in ("litellm_settings:", "router_settings:"))
    assert "\n\n\n" not in there.candidate.replace("\r", "")
    assert revert(there).candidate == text


def test_a_new_section_does_not_stand_under_a_comment_of_something_else() -> None:
    there = switch(UNDER_A_COMMENT)
    assert "# The server listens on 4000\n\nrouter_settings:\n" in there.candidate
    assert revert(there).candidate == UNDER_A_COMMENT


def test_an_empty_line_above_our_section_that_somebody_filled_stays() -> None:
    there = switch(SPACED)
    undone = revert(
        replace(there, candidate=there.candidate.replace("\n\nrouter_settings", "\n# by hand\nrouter_settings"))
    )
    assert undone.candidate == SPACED + "# by hand\n"


def test_new_keys_of_the_router_stand_behind_the_last_of_their_kind() -> None:
    router = "router_settings:\n  redis_host: redis\n  redis_password: os.environ/REDIS_PASSWORD\n  redis_port: 6379\n"
    there = switch(LOCAL_CACHE + router + "  num_retries: 2\n")
    assert router + "  redis_db: 1\n  cache_kwargs:\n    db: 1\n" in there.candidate
    assert there.candidate.endswith("    health_check_interval: 30\n  num_retries: 2\n")


def test_a_commented_block_with_other_values_is_named() -> None:
    text = "litellm_settings:\n  # cache: true\n  # cache_params:\n  #   type: redis\n  #   host: localhost\n  #   port: 6379\n"
    there = switch(text)
    (finding,) = [item for item in there.findings if item["code"] == "commented_section_not_used"]
    assert finding["line"] == 3
    assert "  # cache_params:\n  #   type: redis\n  #   host: localhost\n" in there.candidate


def test_a_file_without_a_key_of_litellm_is_named() -> None:
    there = switch("replicaCount: 1\nproxy_config:\n  model_list: []\n")
    (finding,) = [item for item in there.findings if item["code"] == "no_key_of_litellm"]
    assert "below proxy_config" in finding["message"]
    assert "below" not in next(
        item["message"] for item in switch("a: 1\n").findings if item["code"] == "no_key_of_litellm"
    )
    assert "no_key_of_litellm" not in codes(switch(NO_CACHE))


@pytest.mark.parametrize("section", ["router_settings", "  cache_params", "  cache_kwargs", "litellm_settings"])
def test_a_comment_behind_a_header_of_ours_stays_and_is_named(section: str) -> None:
    there = switch("model_list: []\n")
    edited = there.candidate.replace(f"{section}:\n", f"{section}:  # see ticket 42\n")
    back = switch(edited, LOCAL, stored(there.journal))
    assert f"# {section.strip()}:  # see ticket 42\n" in back.candidate
    assert (back.exact, "operator_changed_line" in codes(back)) == (False, True)
    assert load(back.candidate)["litellm_settings"]["cache_params"]["type"] == "local"


def test_a_comment_behind_a_header_that_an_option_takes_away_stays_and_is_named() -> None:
    there = switch("model_list: []\n")
    edited = there.candidate.replace("  cache_kwargs:\n", "  cache_kwargs:  # see ticket 42\n")
    plan = switch(edited, wishes(router="none"), stored(there.journal))
    assert plan.candidate.endswith("router_settings:\n  # cache_kwargs:  # see ticket 42\n")
    assert "operator_changed_line" in codes(plan)
    added = there.candidate.replace("  cache_kwargs:\n", "  cache_kwargs:\n    mine: 1\n")
    plan = switch(added, wishes(router="none"), stored(there.journal))
    assert "  # cache_kwargs:\n  #   mine: 1\n  #   db: 1\n" in plan.candidate
    assert "operator_changed_line" in codes(plan)


@pytest.mark.parametrize("text", ["model_list: []\n", LOCAL_CACHE])
def test_a_line_of_ours_that_was_changed_by_hand_is_a_comment_for_good(text: str) -> None:
    local = switch(text, LOCAL)
    there = switch(local.candidate, REDIS, stored(local.journal))
    edited = there.candidate.replace('"atranscription"]\n', '"atranscription"]  # by hand\n')
    plan = switch(edited, wishes(supported_call_types=["acompletion"]), stored(there.journal))
    assert "operator_changed_line" in codes(plan)
    back = switch(plan.candidate, LOCAL, stored(plan.journal))
    assert "journal_not_undone" not in codes(back)
    assert '    # supported_call_types: ["acompletion", "atext_completion"' in back.candidate


def test_a_change_on_top_of_what_somebody_edited_is_not_told_as_one_that_leads_back() -> None:
    there = switch(LOCAL_CACHE, REDIS)
    by_hand = there.candidate.replace("  cache_kwargs:\n", "  cache_kwargs:  # see ticket 42\n")
    again = switch(by_hand, replace(REDIS, redis_db=4), stored(there.journal))
    assert not again.exact
    assert "see ticket 42" in revert(again).candidate


def test_a_change_on_top_of_a_change_leads_back() -> None:
    there = switch(LOCAL_CACHE, REDIS)
    again = switch(there.candidate, replace(REDIS, redis_db=4), stored(there.journal))
    assert again.exact
    assert revert(again).candidate == LOCAL_CACHE
