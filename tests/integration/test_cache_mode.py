# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""litellm_cache_mode on the real file of a real deployment, in check mode and for real, twice each."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

PASSWORD = {"redis_password_env": "REDIS_PASSWORD"}


def four_ways(options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Tasks: the module in check mode, for real, in check mode again, and for real again."""
    task = {"litellm_cache_mode": options}
    check = {**task, "check_mode": True}
    steps = {"check": check, "real": task, "check again": check, "real again": task}
    return {f"{name} {options['mode']}": step for name, step in steps.items()}


def assert_four_ways(run: Run, mode: str) -> None:
    """The first two say the same and change, the other two change nothing."""
    check, real = run.of(f"check {mode}"), run.of(f"real {mode}")
    assert check.changed and real.changed
    assert real["cache"]["mode"] == mode
    assert {name: check[name] for name in ("cache", "candidate_sha256", "diff", "findings")} == {
        name: real[name] for name in ("cache", "candidate_sha256", "diff", "findings")
    }
    for name in ("check again", "real again"):
        again = run.of(f"{name} {mode}")
        assert again.ok and not again.changed
        assert again["base_sha256"] == again["candidate_sha256"] == real["candidate_sha256"]
        assert again["diff"]["before"] == again["diff"]["after"]
        assert "snapshot" not in again.result


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (PASSWORD, {"host": "redis", "port": 6379, "db": 1, "password": "os.environ/REDIS_PASSWORD"}),
        (
            {
                "redis_password": "a literal: it's #1 / 100%",
                "redis_port": 6380,
                "redis_db": 3,
                "redis_host": "cache.example",
            },
            {"host": "cache.example", "port": 6380, "db": 3, "password": "a literal: it's #1 / 100%"},
        ),
        ({"redis_url_env": "REDIS_URL"}, {"url": "os.environ/REDIS_URL"}),
    ],
    ids=["password of a variable", "literal password", "url of a variable"],
)
def test_redis_and_back_four_ways_each(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any], how: dict[str, Any], expected: dict[str, Any]
) -> None:
    canary = Canary({"literal": how["redis_password"]} if "redis_password" in how else {}).also(**bed.secrets)
    before = bed.started(), bed.calls()
    tasks = {**four_ways({**options, "mode": "redis", **how}), **four_ways({**options, "mode": "local"})}
    run = ansible.tasks(tasks, canary=canary)
    assert run.code == 0, run.output
    assert_four_ways(run, "redis")
    assert_four_ways(run, "local")

    assert bed.config.read_bytes() == bed.pristine
    assert (bed.started(), bed.calls()) == before
    canary.search_all(bed.state_files())
    first, second = (bed.state / "snapshots" / f"00000{number}.yaml" for number in (1, 2))
    assert first.read_bytes() == bed.pristine
    text = second.read_text(encoding="utf-8")
    params = yaml.safe_load(text)["litellm_settings"]["cache_params"]
    assert params["type"] == "redis"
    assert {name: params.get(name) for name in expected} == expected
    # The commented password of the router has the mark already.
    marks = text.count("# pragma: allowlist secret") - bed.pristine.decode().count("# pragma: allowlist secret")
    assert (marks > 0) == ("redis_password" in how)


def test_check_mode_touches_nothing(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    before = bed.fingerprint()
    run = ansible.tasks({"check": {"litellm_cache_mode": {**options, "mode": "redis", **PASSWORD}}}, "--check")
    assert run.of("check").changed
    assert bed.fingerprint() == before


def test_the_diff_shows_the_changed_lines_and_no_secret(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    # A secret on a line that changes, one beside it, and one of another kind than a password.
    text = bed.pristine.decode().replace("type: local", "type: local\n    password: h1dden-1n-pla1n-s1ght")
    bed.put(text.encode())
    canary = Canary({"live password": "h1dden-1n-pla1n-s1ght"}).also(**bed.secrets)
    run = ansible.tasks(
        {"redis": {"litellm_cache_mode": {**options, "mode": "redis", **PASSWORD}}}, "--check", canary=canary
    )
    diff = run.of("redis")["diff"]
    assert "type: redis" in diff["after"] and "type: local" in diff["before"]
    assert "routing_strategy" not in diff["after"].replace("routing_strategy:", "")


def test_what_litellm_would_not_survive_is_left_out_and_told(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    wanted = {**options, "mode": "redis", **PASSWORD}
    run = ansible.tasks(
        {
            "wished": {"litellm_cache_mode": {**wanted, "connection_pool_timeout": 5}},
            "silent": {"litellm_cache_mode": wanted},
        },
        "--check",
    )
    codes = {name: [finding["code"] for finding in run.of(name)["findings"]] for name in ("wished", "silent")}
    assert "connection_pool_timeout_left_out" in codes["wished"]
    assert [code for code in codes["silent"] if "pool_timeout" in code] == []


def test_redis_to_redis_and_then_the_first_bytes(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    redis = {**options, "mode": "redis", **PASSWORD}
    run = ansible.tasks(
        {
            "redis": {"litellm_cache_mode": redis},
            "another timeout": {"litellm_cache_mode": {**redis, "socket_timeout": 7}},
            "local": {"litellm_cache_mode": {**options, "mode": "local"}},
        }
    )
    assert all(outcome.ok and outcome.changed for outcome in run.outcomes), run.output
    assert bed.config.read_bytes() == bed.pristine
    assert run.of("local")["exact"] is True


def test_what_the_operator_edited_in_between_stays(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    ansible.tasks({"redis": {"litellm_cache_mode": {**options, "mode": "redis", **PASSWORD}}})
    edited = bed.config.read_bytes().replace(b"request_timeout: 60", b"request_timeout: 61  # by hand")
    bed.config.write_bytes(edited)
    run = ansible.tasks({"local": {"litellm_cache_mode": {**options, "mode": "local"}}})
    assert run.of("local").changed
    expected = bed.pristine.replace(b"request_timeout: 60", b"request_timeout: 61  # by hand")
    assert bed.config.read_bytes() == expected
