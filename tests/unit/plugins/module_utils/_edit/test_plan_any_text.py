# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the text: it ends in a plan or in one of our errors, and neither that nor what is stored quotes the text.

Each value, comment and foreign key of the texts holds ``zq!``, and nothing of ours does.
"""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Optional

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import Journal
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import Plan, plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import ConfigError, LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.description import describe_cache, secrets_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.nodes import MOST_LEVELS
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LOCAL, REDIS, load, stored, wishes

SEEDS = (
    """\
zq!base: &zqa
  ttl: 600
  zq!x: [zq!1, {zq!2: zq!3}]
model_list:
  - model_name: "zq!4"
    litellm_params: {model: zq!5, api_key: 'zq!6'}
litellm_settings: # zq!7
  drop_params: true
  cache: true # zq!8
  cache_params: # zq!9
    <<: *zqa
    type: redis
    host: redis # zq!a
    password: "zq!b"
    # port: 6379 # zq!c
    namespace: zq!d
    # ssl: true
    ttl: 5
  zq!e: |
    zq!f
    # zq!g
router_settings:
  redis_host: redis
  redis_password: zq!h
  cache_kwargs: {client_name: zq!j}
# zq!k
""",
    """\
litellm_settings:
  # cache: zq!1
  # cache_params:
  #   type: redis
  #   password: zq!2
  callbacks: [zq!3]
router_settings:
  # redis_host: redis
  # redis_port: 6379
  # redis_password: "zq!4" # zq!5
general_settings:
  master_key: zq!6
  zq!7: {zq!8: [zq!9, "zq!a"], ? zq!b : zq!c}
""",
    """\
litellm_settings: {}
router_settings: ~
x: &zqx {redis_host: redis, redis_port: 6379}
zq!y: >-
  zq!1
<<: *zqx
""",
)
PIECES = (
    "&zqa |*zqa|<<: *zqa|<<|? |: |:|- |{|}|[|]|, |'|\"|#| # zq!|!!int |!!bool |!!float |!!null |!!timestamp |!!binary |!!set |"
    "!!omap |!!map |!!str |!zq! |!<zq> |!zq!zq |!|&|*|%|@|`|>-|>+|\t|\x07|\x00|\ufeff|\u2028|\x85|\r|\ud7ff|\U0001f511|\\|\\x|~|"
    "null|\n|\n\n|  |\n  |\n---\n|\n...\n|%YAML 9.9\n---\n|%TAG ! zq:\n---\n|=|0x|1:30|2026-13-45|.inf|1e999|yes|{%|{{ zq }}"
).split("|") + ["|", "|+", "||"]


def mutated(text: str, chance: random.Random) -> str:
    """The text with a few pieces put in, taken out or moved."""
    for _number in range(chance.randint(1, 4)):
        lines = text.split("\n")
        kind = chance.randrange(5)
        line = chance.randrange(len(lines))
        if kind == 0:
            lines.insert(line, lines.pop(chance.randrange(len(lines))))
        elif kind == 1:
            lines[line] = " " * chance.randrange(5) + lines[line].lstrip(" ")
        elif kind == 2:
            lines[line] = lines[line].lstrip(" #")
        elif kind == 3:
            lines[line] += chance.choice(lines).lstrip(" ")
        text = "\n".join(lines)
        if kind == 4 or chance.randrange(3):
            place = chance.choice(
                [chance.randrange(len(text) + 1), text.find(": ", chance.randrange(len(text) + 1)) + 2]
            )
            text = text[:place] + chance.choice(PIECES) + text[place + chance.choice([0, 0, 0, 1, 3]) :]
    return text


def outcome_of(text: str, to: CacheWishes, journal: Optional[Journal] = None) -> tuple[str, Optional[Plan]]:
    """What a plan says and stores, and the plan; what the error says, and None."""
    try:
        plan = plan_cache_mode(text, to, journal)
    except LitellmCacheError as error:
        assert error.__cause__ is None or isinstance(error.__cause__, (LitellmCacheError, ValueError))
        return f"{error} {error.context}", None
    kept = plan.journal.to_dict() if plan.journal else None
    return json.dumps([plan.findings, [str(step) for step in plan.operations], kept]), plan


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Break off what takes longer."""

    def stop(_number: int, _frame: Optional[FrameType]) -> None:
        raise AssertionError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("seed", range(12))
def test_any_text_ends_in_a_plan_or_in_one_of_our_errors(seed: int) -> None:
    chance = random.Random(seed)
    ends = set()
    for number in range(22):
        text = mutated(SEEDS[(seed + number) % len(SEEDS)], chance)
        with within(20):
            told, plan = outcome_of(text, REDIS if number % 2 else LOCAL)
            ends.add(plan is not None)
            if plan is not None and not number % 2:
                router = load(plan.candidate).get("router_settings") or {}
                assert not (router.get("redis_host") and router.get("redis_port")), text
            if plan is not None:
                back = outcome_of(plan.candidate, LOCAL if number % 2 else REDIS, stored(plan.journal))
                told += back[0]
        assert "zq" not in told, (text, told)
    assert ends == {True, False}


#: What is no YAML for LiteLLM, and the line.
BROKEN = {
    "unquoted secret as a tag": ("a: 1\nmaster_key: !zq!\n", 2),
    "unquoted secret as a short tag": ("a: 1\nmaster_key: !zq\n", 2),
    "unquoted secret as an alias": ("a: 1\nmaster_key: *zq\n", 2),
    "an anchor twice": ("a: &zq 1\nb: &zq 2\n", 2),
    "a tag handle": ("a: !zq!x 1\n", 1),
    "a handle twice": ("%TAG !zq! zq:a\n%TAG !zq! zq:b\n---\na: 1\n", 2),
    "a sign": ("a: 1\nb: @zq\n", 2),
    "a percent sign": ("a: %zq\n", 1),
    "a letter in a directive": ("%YAML zq\n---\na: 1\n", 1),
    "an escape": ('a: "\\zq"\n', 1),
    "a short escape": ('a: "\\x0zq"\n', 1),
    "an open quote": ('a: "zq\nb: 1\n', 2),
    "an open bracket": ("a: [zq\nb: 1\n", 2),
    "a tab": ("a:\n\tzq: 1\n", 2),
    "a control character": ("a: zq\x07\n", 1),
    "a block scalar": ("a: |zq\n  b\n", 1),
    "a URL in a tag": ("a: !<zq%zz> b\n", 1),
    "no UTF-8 in a tag": ("a: !<zq%ff%fe> b\n", 1),
    "a number": ("a: !!int zq\n", 1),
    "no number": ("a: 1\nb: !!int\n", 2),
    "a float": ("a: !!float zq\n", 1),
    "a truth": ("a: !!bool zq\n", 1),
    "a date": ("a: !!timestamp zq\n", 1),
    "a wrong date": ("a: zq\nb: 2026-13-45\n", 2),
    "bytes": ("a: !!binary zq\n", 1),
    "no ASCII in bytes": ("a: !!binary é\n", 1),
    "pairs": ("a: !!pairs [zq]\n", 1),
    "a list as a key": ("? [zq]\n: 1\n", 1),
    "a mapping as a key": ("{zq: 1}: 2\n", 1),
    "a merge of a scalar": ("<<: zq\na: 1\n", 1),
    "a merge of scalars": ("a: 1\n<<: [zq]\n", 2),
    "brackets without end": ("a: " + "[" * 600, 1),
    "braces without end": ("a: " + "{a: " * 600, 1),
    "an anchor in itself": ("litellm_settings:\n  zq: &zq\n    - *zq\n  cache: true\n", 2),
    "an anchor far inside itself": ("a: 1\nb: &zq\n  c: {d: [1, *zq]}\n", 3),
    "a section in itself": ("litellm_settings: &zq\n  cache: true\n  a: *zq\n", 1),
    "many levels": ("a: 1\nb: " + "[" * (MOST_LEVELS + 1) + "]" * (MOST_LEVELS + 1) + "\n", 2),
}


@pytest.mark.parametrize("text, line", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_an_error_names_place_and_kind_and_quotes_nothing(text: str, line: int, long: bool) -> None:
    if long:  # libyaml's way
        text = text.rstrip("\n") + "\n" + "# \n" * 3000
    for read in (describe_cache, lambda broken: plan_cache_mode(broken, REDIS, None)):
        if read is describe_cache and "itself" in str(text):
            continue
        try:
            with within(20):
                read(text)
        except ConfigError as error:
            assert "zq" not in f"{error}{error.context}"
            assert error.line == line or (long and error.line is not None)
            assert error.__cause__ is None and error.__suppress_context__ or not error.__context__
        else:
            assert read is describe_cache


def test_what_aliases_would_grow_to_is_measured_before_it_is_made() -> None:
    lines = ["a0: &a0 [x, y, z]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    merges = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)]
    for text in (lines, merges):
        with within(20), pytest.raises(ConfigError, match="more than 1000000 values"):
            plan_cache_mode("\n".join(text) + "\nlitellm_settings:\n  x: *a11\n", REDIS, None)


def test_a_comment_that_is_no_value_stays_one() -> None:
    for comment in ("!!int", "!!bool x", "!!timestamp x", "2026-13-45", "*x", "!x", "[", "&x", "!!float"):
        text = f"litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n    # ttl: {comment}\n"
        plan = plan_cache_mode(text, REDIS, None)
        assert f"    # ttl: {comment}\n" in plan.candidate
        assert plan_revert(plan.candidate, stored(plan.journal)).candidate == text


@pytest.mark.parametrize("braces", ["{ # zq!\n    }", "{\n    # zq!\n    }", "\n    # zq!\n    {}"])
@pytest.mark.parametrize("key", ["cache_params", "zq"])
def test_a_comment_is_never_stored(braces: str, key: str) -> None:
    text = f"litellm_settings:\n  cache: false\n  {key}: {braces}\n"
    told, plan = outcome_of(text, REDIS)
    assert "zq" not in told
    assert (plan is None) == (key == "cache_params")


@pytest.mark.parametrize("odd, loads", [("x: [what?]", False), ("x: {a:, b: 1}", True), ("x: |-# a", False)])
def test_a_long_text_is_judged_as_a_short_one(odd: str, loads: bool) -> None:
    for text in (f"{odd}\n", "# \n" * 3000 + f"{odd}\n"):
        if loads:
            assert load(plan_cache_mode(text, LOCAL, None).candidate)["x"] == load(text)["x"]
            continue
        with pytest.raises(yaml.YAMLError):
            load(text)
        with pytest.raises(ConfigError):
            plan_cache_mode(text, LOCAL, None)


def test_secrets_are_found_in_what_does_not_load_too() -> None:
    assert "S3cretPass" in secrets_of("password: !!int S3cretPass\n")


def test_wishes_are_no_part_of_an_error_either() -> None:
    with pytest.raises(LitellmCacheError) as caught:
        plan_cache_mode("litellm_settings: [1]\n", wishes(redis_password="zqzqzqzq"), None)
    assert "zq" not in str(caught.value)
