# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cache settings that somebody saved in LiteLLM's interface: found before a switch, told by info, gone when removed."""

from __future__ import annotations

import http.client
import json
import os
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

IN_REDIS = b"""type: redis
    host: redis
    port: 6379
    db: 3
    password: os.environ/REDIS_PASSWORD
"""
REMOVE = 'DELETE FROM "LiteLLM_CacheConfig"'


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A stack with PostgreSQL, whose LiteLLM was told through its own interface to cache in database 3."""
    name = f"erni-ki-stored-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, "1.80.0-database", shape="database")
    place = {"type": "redis", "host": "redis", "port": "6379", "db": 3, "redis_type": "node"}
    assert save(bed, dict(place, password=bed.redis_password)) == 200
    yield bed
    bed.down()


def save(bed: Bed, settings: dict[str, Any]) -> int:
    """What an administrator does in LiteLLM's interface.

    :returns: the status.
    """
    connection = http.client.HTTPConnection(bed.address("litellm"), 4000, timeout=30)
    headers = {"Authorization": f"Bearer {bed.master_key}", "Content-Type": "application/json"}
    connection.request("POST", "/cache/settings", json.dumps({"cache_settings": settings}), headers)
    return connection.getresponse().status


def restart(bed: Bed) -> None:
    """Start the proxy again."""
    bed.container("litellm").restart(timeout=5)
    until(bed.proxy_answers, "LiteLLM answers")


@pytest.mark.shape("cache settings saved in the interface, then not heeded, then removed")
def test_a_stored_row_is_found_and_the_ways_out_work(stored: Bed, tmp_path: Path) -> None:
    ansible = stored.ansible(tmp_path)
    options = {"project_dir": str(stored.directory), "state_dir": str(stored.state)}

    # The oracle: after a start the proxy has not the cache of its file.
    restart(stored)
    assert "type: local" in stored.config.read_text(encoding="utf-8")
    until(lambda: stored.cache_type() == "redis", "the row takes over")

    before = stored.config.read_bytes(), stored.started()
    # The way back too: it says "local already" of a proxy that caches in Redis to nobody.
    for playbook in ("switch_redis", "rollback_local"):
        run = ansible.playbook(f"playbooks/{playbook}.yml")
        assert run.code != 0 and len(run.failures) == 1, run.output
        assert "(type: redis, host: redis, port: 6379, db: 3)" in run.failures[0].message
        assert "LITELLM-STORED-ROW-WINS" in run.failures[0].message and "LiteLLM_CacheConfig" in run.failures[0].message
        assert (stored.config.read_bytes(), stored.started()) == before

    run = ansible.tasks({"look": {"litellm_cache_info": {**options, "observe": ["settings"]}}})
    (row,) = run.of("look")["instances"][0]["settings"]["rows"]
    assert (row["configured"], row["stored"], row["effective"]) == ("local", "redis", "redis")
    assert (row["wins"], row["drift"]) == ("database", True)

    # Somebody who goes on all the same is told what came of it, and is not taken back to where he came from.
    heeds = stored.config.read_bytes()
    assert heeds.count(b"type: local\n") == 1
    stored.config.write_bytes(heeds.replace(b"type: local\n", IN_REDIS))
    restart(stored)
    quick = {"litellm_cache_stable_for": 0}
    run = ansible.playbook("playbooks/rollback_local.yml", variables={**quick, "litellm_cache_known_issues": "warn"})
    assert run.code != 0 and len(run.failures) == 1, run.output
    assert "still reports a cache of type redis, not local" in run.failures[0].message
    assert b"type: local\n" in stored.config.read_bytes()

    assert heeds.count(b"general_settings:\n") == 1
    stored.config.write_bytes(
        heeds.replace(b"general_settings:\n", b"general_settings:\n  supported_db_objects: [models]\n")
    )
    restart(stored)
    run = ansible.playbook("playbooks/rollback_local.yml", variables=quick)
    assert run.code == 0 and not run.changed, run.output
    assert stored.cache_type() == "local"
    run = ansible.playbook("playbooks/switch_redis.yml", variables=quick)
    assert run.code == 0, run.output
    run = ansible.tasks({"look": {"litellm_cache_info": {**options, "observe": ["settings"]}}})
    look = run.of("look")["instances"][0]
    assert look["stored"]["ignored"] == "supported_db_objects" and look["stored"]["settings"]["db"] == 3
    assert {row["stored"] for row in look["settings"]["rows"]} == {None}

    stored.config.write_bytes(heeds)
    postgres = stored.container("postgres")
    assert postgres.exec_run(["psql", "-h", "/tmp", "-U", "postgres", "-c", REMOVE]).exit_code == 0
    restart(stored)
    run = ansible.playbook("playbooks/switch_redis.yml", variables=quick)
    assert run.code == 0, run.output
    assert "type: redis" in stored.config.read_text(encoding="utf-8")
