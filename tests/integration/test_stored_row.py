# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What LiteLLM's own database says: cache settings that somebody saved in its interface, and what limits a virtual key."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.database import (
    REMOVE_CACHE_SETTINGS,
    in_database,
    save_cache_settings,
)
from ansible_collections.erni_ki.litellm.tests.integration.support.diagnosing import DIAGNOSE, asked, codes

IN_REDIS = b"""type: redis
    host: redis
    port: 6379
    db: 3
    password: os.environ/REDIS_PASSWORD
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A stack with PostgreSQL, whose LiteLLM was told through its own interface to cache in database 3."""
    name = f"erni-ki-stored-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, "1.80.0-database", shape="database")
    place = {"type": "redis", "host": "redis", "port": "6379", "db": 3, "redis_type": "node"}
    assert save_cache_settings(bed, dict(place, password=bed.redis_password)) == 200
    yield bed
    bed.down()


def give_key(bed: Bed, name: str, **settings: Any) -> str:
    """Put a virtual key into the database; the key."""
    key = f"sk-{name}-{os.urandom(8).hex()}"
    hashed = hashlib.sha256(key.encode()).hexdigest()
    in_database(bed, f"INSERT INTO \"LiteLLM_VerificationToken\" VALUES ('{hashed}', '{json.dumps(settings)}')")
    return key


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
    in_database(stored, REMOVE_CACHE_SETTINGS)
    restart(stored)
    run = ansible.playbook("playbooks/switch_redis.yml", variables=quick)
    assert run.code == 0, run.output
    assert "type: redis" in stored.config.read_text(encoding="utf-8")


#: A virtual key, and what is said of it.
LIMITED = {
    "blocked": ({"blocked": True}, "the key is blocked: name a key"),
    "spent": ({"spend": 5.0, "max_budget": 1.0}, "the budget of the key is spent: name a key"),
    "without a cache": (
        {"metadata": {"cache": {"no-cache": True}}},
        "requests of the key are not cached (cache in its metadata): name a key",
    ),
    "without chat": (
        {"allowed_routes": ["/v1/models", "/v1/model/info", "/key/info"]},
        "the key may not ask for chat completions (its allowed_routes): name a key",
    ),
}


def test_what_limits_a_virtual_key_is_told_before_anything_is_touched(stored: Bed, tmp_path: Path) -> None:
    ansible = stored.ansible(tmp_path)
    in_database(stored, REMOVE_CACHE_SETTINGS)
    stored.reset()
    before = stored.config.read_bytes(), stored.started()
    for name, (settings, words) in LIMITED.items():
        key = give_key(stored, name.replace(" ", "-"), **settings)
        run = ansible.playbook("playbooks/switch_redis.yml", variables={"litellm_cache_master_key": key})
        assert run.code != 0 and len(run.failures) == 1, run.output
        assert words in run.failures[0].message, (name, run.failures[0].message)
        assert (stored.config.read_bytes(), stored.started()) == before


#: Settings of a virtual key, what the request says of its cache, and what is found.
COMPLAINTS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "any": ({"max_budget": 100.0}, {"ttl": 300}, []),
    "no-cache": ({"metadata": {"cache": {"no-cache": True}}}, {"ttl": 300}, ["request_key_forbids"]),
    "not about itself": (
        {"metadata": {"cache": {"no-store": True}}, "allowed_routes": ["/chat/completions"]},
        {},
        ["request_key_forbids"],
    ),
    "not every control": ({"allowed_cache_controls": ["no-store"]}, {"ttl": 300}, ["request_key_forbids"]),
}


@pytest.mark.rest
def test_the_key_of_somebody_who_complains_is_told_as_the_reason(stored: Bed, tmp_path: Path) -> None:
    in_database(stored, REMOVE_CACHE_SETTINGS)
    stored.put(stored.pristine)
    restart(stored)
    file = tmp_path / "request.json"

    def diagnosed(key: str, cache: dict[str, Any]) -> list[str]:
        file.write_text(json.dumps(request_of(cache)), encoding="utf-8")
        ansible = stored.ansible(tmp_path)
        ansible.canary = Canary({**stored.secrets, "key": key})
        variables = {"litellm_cache_diagnose_key": key, "litellm_cache_diagnose_request_file": str(file)}
        found = codes(ansible.playbook(DIAGNOSE, variables=asked("not_cached", **variables)))
        assert key.encode() not in stored.container("litellm").logs()
        return found

    for name, (settings, cache, found) in COMPLAINTS.items():
        key = give_key(stored, name.replace(" ", "-"), **settings)
        assert diagnosed(key, cache) == found, name
    assert diagnosed(f"sk-nobody-{os.urandom(8).hex()}", {}) == ["request_key_unknown"]

    # The oracle: what such a key asks twice is answered twice.
    key = give_key(stored, "oracle", **COMPLAINTS["no-cache"][0])
    before = stored.calls()
    for _time in range(2):
        stored.master_key, master = key, stored.master_key
        assert stored.status_of(request_of({})) == 200
        stored.master_key = master
    assert stored.calls() == before + 2


def request_of(cache: dict[str, Any]) -> dict[str, Any]:
    """A request that says something of its cache."""
    return {"model": "test-chat", "messages": [{"role": "user", "content": "asked with a key"}], "cache": cache}


@pytest.mark.rest
def test_where_nothing_else_can_show_redis_the_connections_do(stored: Bed, tmp_path: Path) -> None:
    ansible = stored.ansible(tmp_path)
    in_database(stored, REMOVE_CACHE_SETTINGS)
    stored.reset()
    # No answer is cached, and a key that is not the administrator's may not ping the cache.
    types = b"supported_call_types: [acompletion, atext_completion, aembedding, atranscription]"
    assert stored.pristine.count(types) == 1
    stored.put(stored.pristine.replace(types, b"supported_call_types: []"))
    restart(stored)
    given = {"litellm_cache_master_key": give_key(stored, "plain", max_budget=100.0), "litellm_cache_stable_for": 0}
    run = ansible.playbook("playbooks/switch_redis.yml", variables=given)
    assert run.code == 0, run.output
    (evidence,) = run.of("Confirm the mode by requests")["evidence"]
    assert evidence["kind"] == "connected" and evidence["connections"] > 0
    # The oracle: these are the proxy's, in the database of the file.
    assert 1 in stored.databases_in_use()
