# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._variables.names import (
    OF_THE_PLAYBOOKS,
    meant,
    unknown_names,
)

KNOWN = ("litellm_cache_redis_db", "litellm_cache_redis_port", "litellm_cache_reason")
OF_YOUR_OWN = "The name of a variable of your own must not start with litellm_cache_"


def test_a_misspelled_name_leads_to_the_right_one() -> None:
    assert unknown_names(["litellm_cache_redis_bd"], KNOWN) == [
        "litellm_cache_redis_bd is no variable of erni_ki.litellm, did you mean litellm_cache_redis_db?",
        OF_YOUR_OWN,
    ]


def test_a_name_like_no_other_leads_to_none() -> None:
    assert unknown_names(["litellm_cache_zzz"], KNOWN) == [
        "litellm_cache_zzz is no variable of erni_ki.litellm",
        OF_YOUR_OWN,
    ]


def test_what_is_known_or_not_ours_is_let_be() -> None:
    names = [*KNOWN, *OF_THE_PLAYBOOKS, "ansible_host", "__litellm_cache_found", "litellm_caches", "my_litellm_cache_x"]
    assert unknown_names(names, KNOWN) == []


def test_each_strange_name_is_told_in_the_order_of_the_alphabet() -> None:
    told = unknown_names(["litellm_cache_zzz", "litellm_cache_host"], KNOWN)
    assert [sentence.split()[0] for sentence in told] == ["litellm_cache_host", "litellm_cache_zzz", "The"]
    assert "did you mean litellm_cache_hosts?" in told[0]


def test_what_all_names_start_with_makes_no_two_of_them_alike() -> None:
    assert meant("litellm_cache_x", KNOWN) == ""


def test_names_without_the_prefix_are_compared_too() -> None:
    assert meant("redis_hots", ["redis_host", "redis_port"]) == ", did you mean redis_host?"
