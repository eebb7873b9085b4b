# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file names the host of Redis, the environment of the proxy the rest: LiteLLM completes, and so do the playbooks."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.operator import (
    ENTRYPOINT,
    GENERAL,
    MODELS,
    Deployed,
    Operator,
)

DATABASE = 3
VERIFY = "playbooks/verify.yml"
COMMANDS = (
    f'export REDIS_DB={DATABASE}; export REDIS_PASSWORD="$$(cat /run/secrets/redis_password)"; '
    "exec litellm --config /app/config.yaml --port 4000"
)
HOST_ALONE = """
litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: redis
    ttl: 1800
"""


def answers_in(bed: Bed, database: int) -> int:
    """How many entries a database of the bed's Redis has that are named like answers."""
    return sum(len(key) == 64 for key in bed.redis(database).scan_iter())


@pytest.mark.rest
@pytest.mark.shape("the file names the host, `REDIS_DB` the database")
def test_the_environment_names_the_database(operator: Operator) -> None:
    bed = operator.bed
    Deployed(MODELS + HOST_ALONE + GENERAL, ENTRYPOINT.format(commands=COMMANDS)).bring(bed)
    assert f"to database {DATABASE}" in operator.succeeds("verify").verdict
    # A misspelling says nothing of the shape, so nobody notes what became of it.
    alone = AnsibleRunner(bed.inventory, operator.ansible.scratch, operator.ansible.canary)
    misspelled = alone.playbook(VERIFY, variables={"litellm_cache_redis_access": {"redis_hots": "redis"}})
    told = misspelled.failures[0].message
    assert misspelled.code == 2 and "litellm_cache_redis_access has no redis_hots" in told, misspelled.output
    bed.ask("Which database is that?")
    until(lambda: answers_in(bed, DATABASE), "LiteLLM stores the answer")
    assert f"redis:6379/{DATABASE}" in operator.told(operator.succeeds("flush_cache"))
    assert not answers_in(bed, DATABASE)
    operator.succeeds("rollback_local")
    assert bed.cache_type() == "local"
    told = operator.told(operator.succeeds("switch_redis", litellm_cache_redis_db=DATABASE))
    assert "answered from Redis in" in told and bed.cache_type() == "redis"
    operator.changes_nothing("switch_redis", litellm_cache_redis_db=DATABASE)
