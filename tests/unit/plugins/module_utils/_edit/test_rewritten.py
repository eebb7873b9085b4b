# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody writes into a section that was written anew: nothing of the one that it hides is lost on the way on or back."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import Plan, plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.rewritten import is_of_redis
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.cache_oracle import Judged
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    codes,
    load,
    stored,
    switch,
    variants,
    wishes,
)

PLAIN_REDIS = CacheWishes.from_options({"mode": "redis"})
SETTINGS = (
    "a: 1\nlitellm_settings: {cache: true, cache_params: {type: redis, host: redis, password: Passw0rdPassw0rd, ssl: true,"
    " ttl: 60}, callbacks: [a, {b: c}]}\nb: 1\n"
)
ROUTER = (
    "a: 1\nrouter_settings: {redis_host: redis, redis_port: 6379, num_retries: 3, cache_kwargs: {client_name: app}}\n"
)
PARAMS = "litellm_settings:\n  cache: true\n  cache_params: {type: redis, host: redis, username: me, mine: 5}\n  callbacks: [a]\n"
ALIAS = "p: &p {type: redis, host: redis, mine: 3}\nlitellm_settings:\n  cache: true\n  cache_params: *p\n"
AT_THE_ROOT = (
    "base: &base\n  litellm_settings:\n    drop_params: true\n    callbacks: [a]\n  router_settings:\n    num_retries: 9\n"
    "    redis_url: redis://a\n<<: *base\nb: 1\n"
)


def edited(plan: Plan, above: str, indent: str) -> str:
    """The text with a key above the last line that begins with a word."""
    start = plan.candidate.rindex(f"\n{indent}{above}") + 1
    end = "\r\n" if "\r\n" in plan.candidate else "\n"
    return f"{plan.candidate[:start]}{indent}by_hand: 1{end}{plan.candidate[start:]}"


CASES = {
    "settings": (SETTINGS, "cache:", "  "),
    "parameters in them": (SETTINGS, "type:", "    "),
    "router": (ROUTER, "num_retries:", "  "),
    "parameters": (PARAMS, "type:", "    "),
    "alias": (ALIAS, "type:", "    "),
    "merge key, settings": (AT_THE_ROOT, "cache:", "  "),
    "merge key, router": (AT_THE_ROOT, "num_retries:", "  "),
}


@pytest.mark.parametrize("variant", ["original", "crlf", "open end"])
@pytest.mark.parametrize("text, above, indent", CASES.values(), ids=CASES)
def test_a_key_by_hand_costs_no_other(text: str, above: str, indent: str, variant: str) -> None:
    there = switch(variants(text)[variant], wishes("local"))
    by_hand = edited(there, above, indent)
    other = switch(by_hand, wishes("redis"), stored(there.journal))
    assert not list(Judged(by_hand, other.candidate, {"mode": "redis"}).faults())
    assert not switch(other.candidate, wishes("redis"), stored(other.journal)).changed
    assert "operator_changed_line" in codes(other)
    assert not other.exact
    again = switch(other.candidate, wishes("local"), stored(other.journal))
    assert not list(Judged(other.candidate, again.candidate, {"mode": "local"}).faults())


def test_login_and_encryption_come_back_with_it() -> None:
    there = switch(SETTINGS, wishes("local"))
    other = switch(edited(there, "cache:", "  "), PLAIN_REDIS, stored(there.journal))
    params = load(other.candidate)["litellm_settings"]["cache_params"]
    assert (params["password"], params["ssl"], params["ttl"]) == ("Passw0rdPassw0rd", True, 60)
    assert "Passw0rd" not in str(other.findings)


def test_the_way_back_gives_the_values_of_before_too() -> None:
    there = switch(SETTINGS, wishes("local"))
    back = plan_revert(edited(there, "cache:", "  "), stored(there.journal))
    assert load(back.candidate)["litellm_settings"] == {**load(SETTINGS)["litellm_settings"], "by_hand": 1}
    assert not back.exact


def test_a_changed_setting_stays_beside_the_others() -> None:
    there = switch(ROUTER, wishes("local"))
    text = there.candidate.replace("num_retries: 3\n", "num_retries: 4\n  timeout: 5\n")
    other = switch(text, wishes("redis"), stored(there.journal))
    router = load(other.candidate)["router_settings"]
    assert (router["num_retries"], router["timeout"], router["redis_host"]) == (4, 5, "redis")
    assert router["cache_kwargs"]["client_name"] == "app"


def test_what_cannot_be_written_leaves_the_section_as_it_is() -> None:
    there = switch(AT_THE_ROOT, wishes("local"))
    text = edited(there, "num_retries:", "  ").replace("redis_url: redis://a", "since: 2026-01-02")
    other = switch(text, wishes("redis"), stored(there.journal))
    assert "journal_not_undone" in codes(other)
    assert load(other.candidate)["router_settings"].items() >= {"num_retries": 9, "by_hand": 1}.items()


@pytest.mark.parametrize(
    "place, answer",
    [
        (("litellm_settings", "cache_params", "host"), True),
        (("litellm_settings", "cache_params", "ttl"), False),
        (("router_settings", "redis_host"), True),
        (("router_settings", "cache_kwargs", "db"), True),
        (("router_settings", "num_retries"), False),
    ],
)
def test_keys_that_local_mode_does_not_want(place: tuple, answer: bool) -> None:
    assert is_of_redis(place) is answer
