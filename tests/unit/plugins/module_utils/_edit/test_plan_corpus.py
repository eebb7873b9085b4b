# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The edit over real configuration files, judged by other YAML tools.

The files are not part of this project: LITELLM_CONFIG_CORPUS names their folder. Without it these tests are skipped.
"""

from __future__ import annotations

import difflib
import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Callable, Optional

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import Plan, plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import ConfigError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LOCAL,
    REDIS,
    corpus_files,
    load,
    read,
    revert,
    stored,
    variants,
    wishes,
)

FILES = corpus_files()
VARIANTS = ("original", "crlf", "open end", "byte order mark")
OWN_LINE = re.compile(
    r"[\s#]*(cache|cache_params|cache_kwargs|type|host|port|password|db|url|ttl|supported_call_types|redis_\w+"
    r"|socket_\w+|connection_pool_timeout|retry_on_timeout|health_check_interval|litellm_settings|router_settings):"
)
OWN_SECTIONS = ("litellm_settings", "router_settings")

# Parsing takes nearly all of the time, and most texts are looked at by several tests; none of them changes what it gets.
loaded = lru_cache(maxsize=None)(load)

pytestmark = pytest.mark.skipif(not FILES, reason="LITELLM_CONFIG_CORPUS names no folder with configuration files")


def each_file(test: Callable) -> Callable:
    """Run a test for each file, with a variant that goes round."""
    cases = [pytest.param(path, VARIANTS[number % len(VARIANTS)], id=path.stem) for number, path in enumerate(FILES)]
    return pytest.mark.parametrize("path, variant", cases)(test)


@lru_cache(maxsize=None)
def first_plan(path: Path, variant: str, to: CacheWishes) -> tuple[str, Optional[Plan]]:
    """Return text and plan; no plan when LiteLLM's loader refuses the file as well."""
    text = variants(read(path))[variant]
    try:
        return text, plan_cache_mode(text, to, None)
    except ConfigError:
        with pytest.raises(yaml.YAMLError):
            load(text)
        return text, None


def planned(path: Path, variant: str, to: CacheWishes) -> tuple[str, Plan]:
    """Return text and plan, or skip when LiteLLM's loader refuses the file as well."""
    text, plan = first_plan(path, variant, to)
    if plan is None:
        pytest.skip("LiteLLM refuses this file as well")
    return text, plan


@each_file
def test_switch_and_undo(path: Path, variant: str) -> None:
    text, there = planned(path, variant, REDIS)
    before, after = loaded(text), loaded(there.candidate)
    assert {key: after[key] for key in before if key not in OWN_SECTIONS} == {
        key: before[key] for key in before if key not in OWN_SECTIONS
    }
    for section in OWN_SECTIONS:
        for key, value in (before.get(section) or {}).items():
            if key not in ("cache", "cache_params", "cache_kwargs") and not key.startswith("redis_"):
                assert after[section][key] == value
    assert after["litellm_settings"]["cache"] is True
    assert after["litellm_settings"]["cache_params"]["type"] == "redis"
    if there.journal:
        back = revert(there)
        assert (back.candidate, back.exact) == (text, True)


@each_file
def test_switch_to_local_and_undo(path: Path, variant: str) -> None:
    text, there = planned(path, variant, LOCAL)
    after = loaded(there.candidate)
    assert after["litellm_settings"]["cache_params"]["type"] == "local"
    assert not {"redis_host", "redis_port", "redis_password", "redis_db", "redis_url", "cache_kwargs"} & set(
        after.get("router_settings") or {}
    )
    if there.changed:
        assert revert(there).candidate == text
    redis = plan_cache_mode(there.candidate, REDIS, stored(there.journal))
    other = plan_cache_mode(redis.candidate, wishes(redis_password="An0therPassword"), stored(redis.journal))
    if other.journal:
        assert plan_revert(other.candidate, stored(other.journal)).candidate in (text, there.candidate)
    again = plan_cache_mode(other.candidate, LOCAL, stored(other.journal))
    if there.mode_before == "local":
        assert again.candidate == there.candidate


@each_file
def test_edit_by_hand_in_between_is_the_same_edit_on_the_original(path: Path, variant: str) -> None:
    text, there = planned(path, variant, REDIS)
    if there.journal is None:
        pytest.skip("Redis before and after")
    top = "\ufeff# by hand\n" if text.startswith("\ufeff") else "# by hand\n"
    edited, wanted = (top + item.lstrip("\ufeff") for item in (there.candidate, text))
    if wanted.startswith(top + "%"):
        pytest.skip("a directive must stand first")
    undone = plan_revert(edited, stored(there.journal))
    assert undone.candidate == wanted
    assert undone.exact


@each_file
def test_second_reader_agrees(path: Path, variant: str) -> None:
    ruamel = pytest.importorskip("ruamel.yaml")
    text, there = planned(path, variant, REDIS)
    reader = ruamel.YAML(typ="safe", pure=True)
    reader.version = (1, 1)
    reader.allow_duplicate_keys = True
    params = reader.load(io.StringIO(there.candidate.lstrip("\ufeff")))["litellm_settings"]["cache_params"]
    assert params == loaded(there.candidate)["litellm_settings"]["cache_params"]


@pytest.mark.parametrize("to", (REDIS, LOCAL), ids=("redis", "local"))
@each_file
def test_second_reader_refuses_no_real_file(path: Path, variant: str, to: CacheWishes) -> None:
    """Where it is no judge, a key stands there twice: PyYAML takes the last one, ruamel.yaml the first."""
    pytest.importorskip("ruamel.yaml")
    text, there = planned(path, variant, to)
    plans = [there, revert(there)] if there.journal else [there]
    assert [plan.second_reader for plan in plans if plan.changed and plan.second_reader is None] == []
    if any(item["code"] == "second_reader_no_judge" for plan in plans for item in plan.findings):
        keys = re.findall(r"^  (\w+):", text, re.MULTILINE)
        assert any(keys.count(key) > 1 for key in keys)


@each_file
def test_independent_editor_makes_the_same_change(path: Path, variant: str) -> None:
    """yaml-edit, another implementation, replaces the type; its other bytes must be ours."""
    yaml_edit = pytest.importorskip("yaml_edit")
    text = variants(read(path))[variant]
    try:
        params = loaded(text)["litellm_settings"]["cache_params"]
        kind = params["type"]
    except (yaml.YAMLError, KeyError, TypeError):
        pytest.skip("no cache_params to compare")
    if kind not in ("redis", "local") or loaded(text)["litellm_settings"].get("cache") is not True:
        pytest.skip("no simple case")
    to = LOCAL if kind == "redis" else REDIS
    plan = plan_cache_mode(text, to, None)
    document = yaml_edit.Document.parse(text.lstrip("\ufeff"))
    document.set_path("litellm_settings.cache_params.type", to.mode)
    theirs = set(str(document).replace("\r\n", "\n").split("\n"))
    type_lines = [
        line
        for line in plan.candidate.replace("\r\n", "\n").lstrip("\ufeff").split("\n")
        if line.lstrip().startswith("type:") and to.mode in line
    ]
    assert {line.replace('"', "").replace("'", "") for line in type_lines} & {
        line.replace('"', "").replace("'", "") for line in theirs
    }
    ours = yaml_edit.Document.parse(plan.candidate.lstrip("\ufeff"))
    assert str(ours) == plan.candidate.lstrip("\ufeff")
    assert ours.get_path("litellm_settings.cache_params.type").to_python() == to.mode


@each_file
def test_lines_that_are_not_ours_keep_their_bytes(path: Path, variant: str) -> None:
    text, there = planned(path, variant, REDIS)
    old, new = (item.split("\n") for item in (text, there.candidate))
    opcodes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    gone = [line for tag, first, last, _start, _end in opcodes if tag != "equal" for line in old[first:last]]
    assert [line for line in gone if not OWN_LINE.match(line) and line.rstrip("\r") != old[-1].rstrip("\r")] == []


def test_refusals_are_few() -> None:
    plans = [first_plan(path, VARIANTS[number % len(VARIANTS)], REDIS)[1] for number, path in enumerate(FILES)]
    assert plans.count(None) <= len(FILES) * 0.03
