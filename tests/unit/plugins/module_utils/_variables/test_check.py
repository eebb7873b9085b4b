# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._module import CACHE, REDIS
from ansible_collections.erni_ki.litellm.plugins.module_utils._variables.check import (
    Given,
    VariableError,
    looked_at,
    require_right_variables,
)

ROLE = Path(__file__).resolve().parents[5] / "roles" / "litellm_cache"
SPECS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
ENOUGH = {**DEFAULTS, "litellm_cache_project_dir": "/srv/erni-ki", "litellm_cache_mode": "redis"}


def answer(entry_point: str = "switch", *, unreadable: dict[str, str] | None = None, **values: Any) -> str | list[str]:
    """What the check says of the variables that an inventory sets beside those that are needed.

    :returns: the refusal, or what is told without one.
    """
    everything = {**ENOUGH, **values}
    more = {name: everything.pop(name) for name in ("mode_of_playbook", "failed_before") if name in everything}
    names = [*everything, *(unreadable or {})]
    readable = {name: value for name, value in everything.items() if name not in (unreadable or {})}
    try:
        return require_right_variables(entry_point, SPECS, Given(names, readable, unreadable or {}, **more))
    except VariableError as error:
        return str(error)


def refusal(entry_point: str = "switch", **values: Any) -> str:
    """The refusal; '' for none."""
    told = answer(entry_point, **values)
    return told if isinstance(told, str) else ""


@pytest.mark.parametrize("entry_point", SPECS)
def test_what_is_needed_is_enough(entry_point: str) -> None:
    assert refusal(entry_point) == ""


@pytest.mark.parametrize("entry_point", SPECS)
def test_a_missing_variable_is_one_line(entry_point: str) -> None:
    assert refusal(entry_point, litellm_cache_project_dir="") == (
        "litellm_cache_project_dir must be set: directory of the Compose project on the managed host. Set it in the "
        "inventory, or with --extra-vars litellm_cache_project_dir=VALUE."
    )


@pytest.mark.parametrize("entry_point", SPECS)
def test_a_misspelled_name_is_refused_everywhere(entry_point: str) -> None:
    told = refusal(entry_point, litellm_cache_redis_bd=3)
    assert told.startswith(
        "litellm_cache_redis_bd is no variable of erni_ki.litellm, did you mean litellm_cache_redis_db? "
    )


@pytest.mark.parametrize("entry_point", SPECS)
def test_variables_of_the_other_entry_points_are_known(entry_point: str) -> None:
    others = {name: "" for spec in SPECS.values() for name in spec["options"]}
    assert refusal(entry_point, **{name: value for name, value in others.items() if name not in ENOUGH}) == ""
    assert refusal(entry_point, litellm_cache_hosts="web", litellm_cache_serial=2) == ""


def test_only_what_the_entry_point_uses_is_looked_at() -> None:
    assert refusal("switch", litellm_cache_flush_older_than="soon") == ""
    assert "litellm_cache_flush_older_than must be a whole number" in refusal(
        "flush", litellm_cache_flush_older_than="soon"
    )


def test_all_that_is_wrong_is_one_error() -> None:
    told = refusal(litellm_cache_redis_bd=3, litellm_cache_project_dir="", litellm_cache_redis_port="six")
    assert "litellm_cache_redis_bd is no variable" in told
    assert "litellm_cache_project_dir must be set" in told
    assert "litellm_cache_redis_port must be a whole number, or empty." in told
    assert "\n" not in told


def test_a_variable_that_cannot_be_evaluated_is_told_with_its_reason_and_not_as_missing() -> None:
    name = "litellm_cache_project_dir"
    assert refusal(unreadable={name: "cannot be evaluated"}) == f"{name} cannot be evaluated."
    assert refusal("history", unreadable={"litellm_cache_ttl": "cannot be evaluated"}) == ""


def test_the_mode_may_not_be_missing_wrong_or_another_one_than_that_of_the_playbook() -> None:
    assert refusal(litellm_cache_mode="").startswith('litellm_cache_mode is "". It must be redis or local')
    assert 'litellm_cache_mode is "memory"' in refusal(litellm_cache_mode="memory")
    assert "brings the cache to local" in refusal(mode_of_playbook="local")
    assert (
        refusal(unreadable={"litellm_cache_mode": "cannot be evaluated"}) == "litellm_cache_mode cannot be evaluated."
    )
    assert refusal("verify", litellm_cache_mode="memory") == ""


OF_REDIS = {
    "litellm_cache_redis_host": "redis://:x@y",
    "litellm_cache_redis_port": "six",
    "litellm_cache_redis_password": "redis",
    "litellm_cache_redis_password_env": "a b",
    "litellm_cache_redis_access": {"redis_hots": 1},
    "litellm_cache_max_connections": "many",
    "litellm_cache_socket_timeout": "long",
    "litellm_cache_socket_connect_timeout": "long",
    "litellm_cache_health_check_interval": "often",
    "litellm_cache_retry_on_timeout": "perhaps",
    "litellm_cache_connection_pool_timeout": "long",
    "litellm_cache_router": "wrong",
    "litellm_cache_proof": "wrong",
    "litellm_cache_empty": "perhaps",
    "litellm_cache_namespace": ["a"],
}


@pytest.mark.parametrize("name", OF_REDIS)
def test_nothing_about_redis_stands_in_the_way_to_the_local_mode(name: str) -> None:
    assert refusal(**{name: OF_REDIS[name]}) != ""
    assert answer(litellm_cache_mode="local", **{name: OF_REDIS[name]}) == []
    assert answer(litellm_cache_mode="local", unreadable={name: "cannot be evaluated"}) == []


def test_what_the_local_mode_needs_is_looked_at() -> None:
    for wrong in ("litellm_cache_ready_timeout", "litellm_cache_ttl"):
        assert f"{wrong} must be" in refusal(litellm_cache_mode="local", **{wrong: "soon"})


def test_a_name_that_is_none_of_ours_is_told_on_the_way_to_the_local_mode() -> None:
    strange = {"litellm_cache_redis_bd": 1, "litellm_cache_reddy_timeout": "soon"}
    told = answer(litellm_cache_mode="local", **strange)
    assert told[:2] == [
        "litellm_cache_reddy_timeout is no variable of erni_ki.litellm, did you mean litellm_cache_ready_timeout?",
        "litellm_cache_redis_bd is no variable of erni_ki.litellm, did you mean litellm_cache_redis_db?",
    ]
    assert "is no variable" in refusal("verify", litellm_cache_mode="local", **strange)
    assert "is no variable" not in refusal(litellm_cache_mode="local", litellm_cache_project_dir="", **strange)


def test_what_excludes_each_other_is_refused() -> None:
    both = {"litellm_cache_redis_password": "s0mething-l0ng", "litellm_cache_redis_password_env": "REDIS_PASSWORD"}
    assert "exclude each other" in refusal(**both)
    assert "must be the name of an environment variable" in refusal("verify", litellm_cache_master_key_env="sk-1")


def test_a_playbook_stops_when_another_host_failed() -> None:
    assert refusal(failed_before=["web2", "web1"]) == "web1, web2 failed, so nothing is done here."


def test_dictionaries_have_the_options_of_the_modules() -> None:
    assert "litellm_cache_redis_access has no redis_hots, did you mean redis_host?" in refusal(
        "verify", litellm_cache_redis_access={"redis_hots": "a"}
    )
    assert "litellm_cache_redis_tls has no cafile, did you mean ca_file?" in refusal(
        litellm_cache_redis_tls={"cafile": "/a"}
    )
    options = looked_at("switch", SPECS, Given(ENOUGH, ENOUGH))
    assert options["litellm_cache_redis_access"]["options"] is REDIS
    assert options["litellm_cache_redis_tls"]["options"] is CACHE["redis_tls"]["options"]


def test_a_survey_may_leave_everything_else_empty() -> None:
    needed = ("litellm_cache_project_dir", "litellm_cache_mode")
    assert refusal(**{name: "" for name in DEFAULTS if name not in needed}) == ""


def test_a_survey_sends_numbers_as_text() -> None:
    numbers = {name: str(value) for name, value in DEFAULTS.items() if isinstance(value, (int, bool))}
    assert len(numbers) > 10 and refusal(**numbers) == ""
