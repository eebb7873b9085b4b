# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to local where something besides the cache needs Redis: seen before anything is touched, and told afterwards."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

RECORDS = "litellm_spend_update_buffer"
QUICK = {"litellm_cache_stable_for": 0}
WARN = {**QUICK, "litellm_cache_known_issues": "warn"}
BUFFER = "use_redis_transaction_buffer"
IN_REDIS = """\
model_list:
  - model_name: test-chat
    litellm_params: {model: openai/test-chat, api_base: "http://upstream:8000/v1", api_key: not-checked}

litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: redis
    port: 6379
    db: 1
    password: os.environ/REDIS_PASSWORD
    ttl: 1800

general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  # All replicas hand over what they spend through Redis.
  use_redis_transaction_buffer: true
"""


@pytest.fixture(scope="module", params=[pytest.param("1.80.0", marks=pytest.mark.rest), "newest"])
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A stack of a version that drops spend without Redis, and one of a version that does not start."""
    name = f"erni-ki-leaving-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, request.param)
    yield bed
    bed.down()


@pytest.fixture
def buffered(started: Bed) -> Bed:
    """The same, running with its cache and its spend buffer in Redis, and three records in a list."""
    started.config.write_text(IN_REDIS, encoding="utf-8")
    with_environment(started, {})
    subprocess.run(["rm", "-rf", str(started.state)], check=True)
    started.container("litellm").restart(timeout=5)
    until(started.proxy_answers, "LiteLLM answers from Redis")
    client = started.redis()
    client.delete(RECORDS)
    client.rpush(RECORDS, "{}", "{}", "{}")
    return started


@pytest.fixture
def ansible(buffered: Bed, tmp_path: Path) -> AnsibleRunner:
    return buffered.ansible(tmp_path)


def with_environment(bed: Bed, variables: dict[str, str]) -> None:
    """Give the proxy further variables, and let it start with them."""
    override = bed.directory / "compose.override.yml"
    text = yaml.safe_dump({"services": {"litellm": {"environment": variables}}})
    if override.exists() and override.read_text(encoding="utf-8") == text:
        return
    override.write_text(text, encoding="utf-8")
    compose = ["docker", "compose", "up", "--detach", "--no-build", "--pull", "never", "litellm"]
    subprocess.run(compose, cwd=bed.directory, check=True, stderr=subprocess.DEVNULL)
    until(bed.proxy_answers, "LiteLLM answers")


def switch_off(bed: Bed) -> None:
    """What the refusal says."""
    bed.config.write_text(IN_REDIS.replace(f"{BUFFER}: true", f"{BUFFER}: false"), encoding="utf-8")


def back(ansible: AnsibleRunner, *words: str, variables: dict[str, object] | None = None) -> Run:
    return ansible.playbook("erni_ki.litellm.rollback_local", *words, variables=variables or QUICK)


def report(run: Run) -> str:
    return "\n".join(run.of("Report")["lines"])


def drops(bed: Bed) -> bool:
    """Whether this version starts without a Redis for its spend."""
    return "1.80.0" in bed.container("litellm").attrs["Config"]["Image"]


@pytest.mark.shape("`use_redis_transaction_buffer`")
def test_the_buffer_is_refused_before_anything_is_touched(buffered: Bed, ansible: AnsibleRunner) -> None:
    before = buffered.fingerprint()
    for words in (("--check",), ()):
        run = back(ansible, *words)
        assert run.code != 0 and len(run.failures) == 1, run.output
        message = run.failures[0].message
        assert f"general_settings.{BUFFER} is on and needs Redis" in message, message
        assert f"set {BUFFER}: false in general_settings" in message
        assert f"3 spend records in Redis ({RECORDS}: 3)" in message
        assert ("counts no spend" in message) == drops(buffered)
        assert ("does not start" in message) == ("export REDIS_HOST" in message) == (not drops(buffered))
        assert buffered.fingerprint() == before


@pytest.mark.shape("`use_redis_transaction_buffer`, switched off")
@pytest.mark.rest
def test_the_way_out_works_and_what_waits_is_told(buffered: Bed, ansible: AnsibleRunner) -> None:
    switch_off(buffered)
    run = back(ansible)
    assert run.code == 0, run.output
    assert "type: local" in buffered.config.read_text(encoding="utf-8")
    assert "3 spend records in Redis" in report(run)
    assert buffered.redis().llen(RECORDS) == 3
    assert "connections to Redis" not in report(run)


@pytest.mark.rest
def test_a_warning_goes_on_only_where_litellm_would_start(buffered: Bed, ansible: AnsibleRunner) -> None:
    before = buffered.fingerprint()
    run = back(ansible, variables=WARN)
    if drops(buffered):
        assert run.code == 0, run.output
        assert "counts no spend from then on" in report(run)
        verify = ansible.playbook("erni_ki.litellm.verify", variables=QUICK)
        assert verify.code == 0 and f"{buffered.instance} counts no spend" in verify.verdict, verify.output
    else:
        assert run.code != 0 and "does not start" in run.failures[0].message, run.output
        assert buffered.fingerprint() == before


@pytest.mark.shape("`use_redis_transaction_buffer`, `REDIS_HOST` in the environment")
@pytest.mark.rest
def test_another_redis_in_the_environment_is_asked_of_litellm_itself(buffered: Bed, ansible: AnsibleRunner) -> None:
    with_environment(buffered, {"REDIS_HOST": "redis", "REDIS_PORT": "6379", "REDIS_DB": "1"})
    run = back(ansible)
    if drops(buffered):
        assert run.code != 0 and "counts no spend" in run.failures[0].message, run.output
        return
    assert run.code == 0, run.output
    assert "to Redis at redis:6379 open (REDIS_HOST)" in report(run), report(run)
    verify = ansible.playbook("erni_ki.litellm.verify", variables=QUICK)
    assert verify.code == 0 and "(REDIS_HOST)" in report(verify), verify.output


@pytest.mark.shape("`use_redis_transaction_buffer`, no instance")
@pytest.mark.rest
def test_without_an_instance_the_file_alone_refuses(buffered: Bed, ansible: AnsibleRunner) -> None:
    buffered.container("litellm").stop(timeout=5)
    before = buffered.config.read_bytes()
    run = back(ansible)
    assert run.code != 0 and "no instance could be asked" in run.failures[0].message, run.output
    assert buffered.config.read_bytes() == before
    switch_off(buffered)
    assert back(ansible).code == 0
    until(buffered.proxy_answers, "LiteLLM is back")
