# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._module import CACHE, DEPLOYMENT, REDIS, REQUESTS
from ansible_collections.erni_ki.litellm.plugins.module_utils._vocabulary import (
    OPTIONS,
    VARIABLES,
    for_reader,
    variable_of,
)

ROOT = Path(__file__).resolve().parents[4]
SPECS = yaml.safe_load((ROOT / "roles/litellm_cache/meta/argument_specs.yml").read_text(encoding="utf-8"))
KNOWN = {name for spec in SPECS["argument_specs"].values() for name in spec["options"]}
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
ON_THE_CONTROLLER = "litellm_cache_variables"
MODE, FLUSH = "litellm_cache_mode", "redis_cache_flush"
OF_MODE = {**DEPLOYMENT, **CACHE, **REQUESTS, "confirm_timeout": {}, "confirm": {}}
OF_FLUSH = {**DEPLOYMENT, **REDIS, "confirm": {}, "older_than": {}, "scope": {}}
#: What the role hands to an option, as it writes that in YAML.
HANDED_ON = re.compile(r'^ +(\w+): "\{\{ (?:[^"]*\b)?(litellm_cache_[a-z_]+)', re.MULTILINE)


def declared(module: str) -> set[str]:
    """The options of a module that its own text declares; those of bundles are in _module.py."""
    text = (ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    return set(re.findall(r"^            (\w+)=\{", text, re.MULTILINE))


@pytest.mark.parametrize("module", [name for name in MODULES if name != ON_THE_CONTROLLER])
def test_each_option_is_a_variable_of_the_role_or_none(module: str) -> None:
    strange = {
        option: variable_of(module, option)
        for option in declared(module)
        if (variable_of(module, option) or "litellm_cache_mode").rpartition(" ")[2] not in KNOWN
    }
    assert strange == {}


def test_each_option_of_a_bundle_is_a_variable() -> None:
    bundles = {**DEPLOYMENT, **CACHE, **REQUESTS}
    assert {variable_of(MODE, option) for option in bundles if option not in ("leave_out", "names_in_errors")} <= KNOWN


def test_the_role_hands_on_what_the_errors_name() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "roles/litellm_cache").glob("[tv]a*s/*.yml")]
    handed_on = {pair for text in texts for pair in HANDED_ON.findall(text) if not pair[0].startswith("__")}
    assert len(handed_on) > 40
    lost = [(option, name) for option, name in handed_on if name not in {variable_of(m, option) for m in MODULES}]
    # The last one is an option of an action, whose errors name the variable themselves.
    told_otherwise = ("exits_allowed", "scope", "msg", "directory")
    assert [pair for pair in lost if pair[1] in KNOWN and pair[0] not in told_otherwise] == []


def test_the_user_of_the_role_reads_the_names_of_variables() -> None:
    text = "redis_port must be a whole number, see redis_password_env"
    assert for_reader(text, VARIABLES, MODE, OF_MODE) == (
        "litellm_cache_redis_port must be a whole number, see litellm_cache_redis_password_env"
    )
    assert for_reader("older_than must be 0 or more", VARIABLES, FLUSH, OF_FLUSH) == (
        "litellm_cache_flush_older_than must be 0 or more"
    )
    assert for_reader("set redis_host to an address", VARIABLES, FLUSH, OF_FLUSH) == (
        "set redis_host in litellm_cache_redis_access to an address"
    )


def test_a_name_without_an_underscore_is_one_where_the_error_begins_with_it() -> None:
    assert for_reader("ttl must be greater than 0, a ttl", VARIABLES, MODE, OF_MODE, "ttl") == (
        "litellm_cache_ttl must be greater than 0, a ttl"
    )
    assert for_reader("scope: wrong", VARIABLES, FLUSH, OF_FLUSH, "scope") == "litellm_cache_flush_scope: wrong"
    assert for_reader("keep must be 0 or more", VARIABLES, "litellm_cache_snapshots", {"keep": {}}, "keep") == (
        "litellm_cache_history_snapshots_keep must be 0 or more"
    )
    assert for_reader("redis_port must be", VARIABLES, FLUSH, OF_FLUSH, "redis_port") == (
        "redis_port in litellm_cache_redis_access must be"
    )
    assert for_reader("ttl of the file", VARIABLES, MODE, OF_MODE) == "ttl of the file"


def test_the_user_of_a_module_reads_the_names_of_options() -> None:
    text = "set litellm_cache_confirm_timeout or litellm_cache_state_dir"
    assert for_reader(text, OPTIONS, MODE, OF_MODE) == "set confirm_timeout or state_dir"
    assert for_reader("set litellm_cache_flush_confirm to redis:6379/1", OPTIONS, FLUSH, OF_FLUSH) == (
        "set confirm to redis:6379/1"
    )


def test_what_the_module_has_no_option_for_keeps_its_name() -> None:
    text = "set litellm_cache_proof to none; the playbook erni_ki.litellm.rollback_local, litellm_cache_mode"
    assert for_reader(text, OPTIONS, FLUSH, OF_FLUSH) == text


@pytest.mark.parametrize(
    "text",
    [
        "keep one of them, confirm it, in the scope of the run",
        "/srv/redis_host/redis_port and cache_params.redis_db, conf/redis_host",
        "litellm_cache_redis_port must be a whole number",
        "cache_params of the file",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert for_reader(text, VARIABLES, MODE, OF_MODE) == text
    if "litellm" not in text:
        assert for_reader(text, OPTIONS, MODE, OF_MODE) == text
