# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""REDIS_URL with a password that is not percent-encoded: one sentence, no piece of it anywhere, and the way back is open."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, awkward_password, until
from ansible_collections.erni_ki.litellm.tests.integration.support.process_watch import ProcessWatch

SENTENCE = "the URL in REDIS_URL does not parse as meant: a password in a URL must be percent-encoded (or use host and password)"
URL_FORM = b"""litellm_settings:
  cache: true
  cache_params:
    type: redis
    url: os.environ/REDIS_URL
    ttl: 1800
"""
#: How a password parses, and what LiteLLM makes of it.
PASSWORDS = {
    "a piece is the host, and LiteLLM caches nothing": (awkward_password(), True),
    "a piece is the port, and LiteLLM does not start": ("Pw1dd1ed/Pw2dd2ed#Pw3dd3ed", False),
}
AS_PARAMETERS = [
    pytest.param(case, id=name, marks=(*marks, pytest.mark.shape(f"a raw password in `REDIS_URL`: {case}")))
    for case, name, marks in zip(PASSWORDS, ("host", "port"), ((), (pytest.mark.rest,)))
]
OBSERVE = {"observe": ["log", "connections", "entries", "settings", "memory"]}


@pytest.fixture(scope="module", params=AS_PARAMETERS)
def raw(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bed, bool]]:
    """A stack whose live file names that URL, restarted with it, and whether LiteLLM starts."""
    password, starts = PASSWORDS[request.param]
    name = f"erni-ki-raw-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, shape="raw_redis_url", password=password)
    try:
        local = bed.pristine
        begin, end = local.index(b"litellm_settings:"), local.index(b"general_settings:")
        bed.put(local[:begin] + URL_FORM + local[end:])
        bed.container("litellm").restart(timeout=5)
        if starts:
            until(bed.proxy_answers, "LiteLLM answers")
        else:
            until(lambda: b"Application startup failed" in bed.container("litellm").logs(), "LiteLLM's start fails")
        yield bed, starts
    finally:
        bed.down()


@pytest.fixture
def ansible(raw: tuple[Bed, bool], tmp_path: Path) -> AnsibleRunner:
    """Runs playbooks there. LiteLLM's own log has pieces of the password; nothing of ours may."""
    return raw[0].ansible(tmp_path)


def untouched(bed: Bed) -> tuple[bytes, float, dict[str, int]]:
    """The file, and how often somebody wrote to Redis."""
    statistics = bed.redis().info("commandstats")
    writes = {name: statistics.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("set", "del", "unlink", "eval")}
    return bed.config.read_bytes(), bed.config.stat().st_mtime, writes


def test_every_look_and_every_change_says_the_one_sentence(raw: tuple[Bed, bool], ansible: AnsibleRunner) -> None:
    bed, starts = raw
    before, containers = untouched(bed), bed.started()
    by_url: dict[str, Any] = {"litellm_cache_redis_url_env": "REDIS_URL", "litellm_cache_redis_password_env": ""}
    with ProcessWatch() as processes:
        runs = {
            "verify": ansible.playbook("playbooks/verify.yml"),
            "check": ansible.playbook("playbooks/switch_redis.yml", "--check", variables=by_url),
            "switch": ansible.playbook("playbooks/switch_redis.yml", variables=by_url),
            "without its variable": ansible.playbook("playbooks/switch_redis.yml"),
            "flush": ansible.playbook("playbooks/flush_cache.yml", "--check"),
        }
        options = {"project_dir": str(bed.directory), "state_dir": str(bed.state)}
        looks = ansible.tasks(
            {"look": {"litellm_cache_info": {**options, **OBSERVE}}, "redis": {"redis_cache_info": options}}
        )
    processes.check(ansible.canary)
    # The table of verify folds its cells.
    said = {name for name, run in runs.items() if run.code != 0 and SENTENCE in " ".join(run.output.split())}
    assert said == {*runs}
    (instance,) = looks.of("look")["instances"]
    assert SENTENCE in json.dumps(instance) and SENTENCE in looks.of("redis").message
    assert untouched(bed) == before
    assert not starts or bed.started() == containers
    ansible.canary.search_all(bed.state_files())


@pytest.mark.rest
def test_the_way_back_to_local_mode_is_open(raw: tuple[Bed, bool], ansible: AnsibleRunner) -> None:
    bed, _starts = raw
    back = ansible.playbook("playbooks/rollback_local.yml", variables={"litellm_cache_stable_for": 0})
    assert back.code == 0, back.output
    assert bed.cache_type() == "local"
    ansible.canary.search_all(bed.state_files())
