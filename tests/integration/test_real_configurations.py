# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations that mean something else than their text says: included files, variables of the file, references, templates.

What LiteLLM makes of them is the oracle. A refusal touches nothing; what goes through restarts once.
"""

from __future__ import annotations

import pytest
import redis
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until
from ansible_collections.erni_ki.litellm.tests.integration.support.operator import (
    ENTRYPOINT,
    GENERAL,
    LOCAL,
    MODELS,
    Deployed,
    Operator,
)

HASH = "0123456789abcdef" * 4


# -- environment_variables of the file -------------------------------------------------------------------

WITHOUT_PASSWORD = ENTRYPOINT.format(commands='exec litellm "$$@"')
TOO_LATE = "is set by environment_variables of the file, which LiteLLM applies after it has read os.environ/ references"


@pytest.mark.rest
@pytest.mark.parametrize(
    ("section", "variable"),
    [
        ('{CACHE_PASSWORD: "@REDIS_PASSWORD@"}', "CACHE_PASSWORD"),
        ("{REDIS_PASSWORD: os.environ/REDIS_PW}", "REDIS_PASSWORD"),
    ],
)
@pytest.mark.shape("`environment_variables` set the password, `os.environ/` names it")
def test_a_variable_that_only_the_file_sets_answers_no_reference(
    operator: Operator, section: str, variable: str
) -> None:
    Deployed(f"environment_variables: {section}\n{MODELS}{LOCAL}{GENERAL}", WITHOUT_PASSWORD).bring(operator.bed)
    operator.is_refused("switch_redis", f"{variable} {TOO_LATE}", litellm_cache_redis_password_env=variable)
    operator.succeeds("verify")


@pytest.mark.shape("`environment_variables` set all of Redis")
@pytest.mark.rest
def test_a_cache_that_is_wholly_in_variables_of_the_file(operator: Operator) -> None:
    section = 'environment_variables: {REDIS_HOST: redis, REDIS_PORT: "6379", REDIS_PASSWORD: "@REDIS_PASSWORD@"}\n'
    settings = "\nlitellm_settings:\n  cache: true\n"
    Deployed(section + MODELS + settings + GENERAL, WITHOUT_PASSWORD).bring(operator.bed)
    assert "answered from Redis in" in operator.succeeds("verify").verdict
    operator.bed.redis(0).set(HASH, '{"timestamp": 1763990000.5, "response": "an answer"}', ex=900)
    operator.succeeds("flush_cache")
    assert not operator.bed.redis(0).exists(HASH)
    operator.succeeds("rollback_local")
    assert operator.bed.cache_type() == "local"
    operator.changes_nothing("rollback_local")


# -- include ---------------------------------------------------------------------------------------------

INCLUDES = "include:\n  - limits.yaml\n" + MODELS + "\nlitellm_settings:\n  drop_params: true\n" + GENERAL


@pytest.mark.shape("`include` with `litellm_settings` of its own")
@pytest.mark.rest
def test_an_included_section_takes_the_place_of_the_file_s_own(operator: Operator) -> None:
    limits = "litellm_settings: {num_retries: 1, cache: true, cache_params: {type: local, ttl: 300}}\n"
    Deployed(INCLUDES, files={"limits.yaml": limits}).bring(operator.bed)
    assert "litellm_settings of /app/limits.yaml, which is included" in operator.succeeds("verify").verdict
    operator.is_refused(
        "switch_redis",
        "limits.yaml has a litellm_settings of its own, which wins: move the cache settings there, or merge",
    )
    operator.changes_nothing("rollback_local")


@pytest.mark.shape("`include` with the list of models")
@pytest.mark.rest
def test_an_included_list_of_models_does_no_harm(operator: Operator) -> None:
    config = "include: [models.yaml]\nmodel_list: []\n" + LOCAL + GENERAL
    Deployed(config, files={"models.yaml": MODELS}).bring(operator.bed)
    before = operator.bed.config.read_bytes()
    # Which models there are, the text does not say.
    models = {"litellm_cache_test_model": "test-chat"}
    switch = operator.succeeds("switch_redis", **models)
    assert operator.bed.cache_type() == "redis" and "answered from Redis" in operator.told(switch)
    operator.changes_nothing("switch_redis", **models)
    operator.succeeds("rollback_local", **models)
    assert operator.bed.config.read_bytes() == before


@pytest.mark.shape("`include` with `router_settings` of its own")
@pytest.mark.rest
def test_an_included_router_keeps_its_redis(operator: Operator) -> None:
    limits = "router_settings: {redis_host: redis, redis_port: 6379, redis_password: os.environ/REDIS_PASSWORD}\n"
    Deployed("include: [limits.yaml]\n" + MODELS + LOCAL + GENERAL, files={"limits.yaml": limits}).bring(operator.bed)
    wins = "limits.yaml has a router_settings of its own, which wins"
    operator.is_refused("switch_redis", wins, "set litellm_cache_router to none")
    assert wins in operator.told(operator.changes_nothing("rollback_local"))
    operator.succeeds("switch_redis", litellm_cache_router="none", litellm_cache_known_issues="warn")
    assert wins in operator.told(operator.succeeds("rollback_local"))
    assert operator.bed.cache_type() == "local"


# -- references, and a second Redis ----------------------------------------------------------------------

BY_REFERENCE = (
    MODELS
    + """
litellm_settings:
  cache: os.environ/USE_CACHE
  cache_params:
    type: redis
    host: os.environ/REDIS_HOST
    port: os.environ/REDIS_PORT
    password: os.environ/REDIS_PASSWORD
    namespace: os.environ/REDIS_NAMESPACE
    ttl: os.environ/LITELLM_CACHE_TTL
    max_connections: 200

router_settings:
  redis_host: os.environ/REDIS_HOST
  redis_port: os.environ/REDIS_PORT
  redis_password: os.environ/REDIS_PASSWORD
"""
    + GENERAL
)
VARIABLES = """    environment:
      USE_CACHE: "true"
      REDIS_HOST: redis-cache
      REDIS_PORT: "6379"
      REDIS_NAMESPACE: llm
      LITELLM_CACHE_TTL: "{ttl}"
"""
SECOND_REDIS = """  redis-cache:
    image: ${REDIS_IMAGE}
    entrypoint: ["/bin/sh", "/entrypoint.sh"]
    volumes:
      - ./conf/entrypoints/redis.sh:/entrypoint.sh:ro
    secrets: [redis_password]
"""


@pytest.mark.shape("references for all, a second Redis")
@pytest.mark.rest
def test_references_stay_and_the_cache_stays_where_they_lead(operator: Operator) -> None:
    bed = operator.bed
    needs = VARIABLES.format(ttl="900") + "    depends_on: [redis-cache]\n"
    Deployed(BY_REFERENCE, needs, SECOND_REDIS).bring(bed)
    cache = redis.Redis(bed.address("redis-cache"), 6379, 0, bed.redis_password, decode_responses=True)
    until(cache.ping, "the second Redis answers")
    assert "answered from Redis in" in operator.succeeds("verify").verdict

    other = {"litellm_cache_redis_host": "redis-of-others"}
    operator.is_refused("switch_redis", "cache_params.host is os.environ/REDIS_HOST (redis-cache)", **other)
    switch = operator.succeeds("switch_redis")
    text = bed.config.read_text(encoding="utf-8")
    for line in ("cache: os.environ/USE_CACHE", "  host: os.environ/REDIS_HOST", "ttl: os.environ/LITELLM_CACHE_TTL"):
        assert line in text, text
    assert "db:" not in text and "reference_replaced" not in str(switch.outcomes)
    operator.changes_nothing("switch_redis")

    switched = bed.config.read_bytes()
    operator.succeeds("rollback_local")
    assert bed.cache_type() == "local"
    operator.succeeds("switch_redis")
    assert bed.config.read_bytes() == switched

    entry = '{"timestamp": 1763990000.5, "response": "an answer"}'
    for client, key in ((cache, f"llm:{HASH}"), (bed.redis(1), f"llm:{HASH}"), (bed.redis(0), f"llm:{HASH}")):
        client.set(key, entry, ex=900)
    operator.succeeds("flush_cache", litellm_cache_flush_namespace="llm")
    assert not cache.exists(f"llm:{HASH}")
    assert bed.redis(1).exists(f"llm:{HASH}") and bed.redis(0).exists(f"llm:{HASH}")


@pytest.mark.shape("references that nothing answers")
@pytest.mark.rest
def test_a_reference_without_an_answer_is_told(operator: Operator) -> None:
    needs = VARIABLES.format(ttl="").replace('"true"', '"false"') + "    depends_on: [redis-cache]\n"
    Deployed(BY_REFERENCE, needs, SECOND_REDIS).bring(operator.bed)
    options = {"project_dir": str(operator.bed.directory), "state_dir": str(operator.bed.state)}
    look = operator.ansible.tasks({"look": {"litellm_cache_info": options}}).of("look")
    assert look["cache"]["mode"] == "none"
    assert "LITELLM_CACHE_TTL, which is empty" in str(look["findings"])
    operator.is_refused("switch_redis", "litellm_settings.cache is os.environ/USE_CACHE, which gives false")
    operator.succeeds("rollback_local")
    assert operator.bed.cache_type() == "local"


# -- the file that the proxy reads -----------------------------------------------------------------------

RENDERS = """export REDIS_PASSWORD="$$(cat /run/secrets/redis_password)";
        python3 -c "import os; print(os.path.expandvars(open('/app/config.yaml').read()))" > /tmp/made.yaml;
        exec litellm --config /tmp/made.yaml --port 4000"""
TEMPLATE = (
    MODELS.replace("http://upstream:8000/v1", "${UPSTREAM_URL}")
    + """
litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: redis
    port: 6379
    db: 1
    password: ${REDIS_PASSWORD}
    ttl: 1800
"""
    + GENERAL
)


@pytest.mark.shape("the file is a template, rendered at the start")
@pytest.mark.rest
def test_a_template_is_told_and_not_judged_as_if_the_proxy_read_it(operator: Operator) -> None:
    url = '    environment: {UPSTREAM_URL: "http://upstream:8000/v1"}\n'
    Deployed(TEMPLATE, url + ENTRYPOINT.format(commands=RENDERS)).bring(operator.bed)
    made = "the proxy reads /tmp/made.yaml, which is made at its start"
    verdict = operator.succeeds("verify").verdict
    assert made in verdict and "answered from Redis in" in verdict
    operator.is_refused("switch_redis", made)
    back = operator.succeeds("rollback_local")
    assert operator.bed.cache_type() == "local" and made in operator.told(back)
    operator.changes_nothing("rollback_local")
    operator.succeeds("verify")
    operator.is_refused("switch_redis", made)


@pytest.mark.shape("the proxy reads a copy of the file")
@pytest.mark.rest
def test_a_copy_is_as_good_as_the_file(operator: Operator) -> None:
    copies = """export REDIS_PASSWORD="$$(cat /run/secrets/redis_password)"; cp /app/config.yaml /tmp/copy.yaml;
        export CONFIG_FILE_PATH=/tmp/copy.yaml; exec litellm --config /nowhere.yaml --port 4000"""
    # The command line reads the file that it was given, though not the proxy.
    copies = copies.replace("/nowhere.yaml", "/app/config.yaml")
    Deployed(MODELS + LOCAL + GENERAL, ENTRYPOINT.format(commands=copies)).bring(operator.bed)
    before = operator.bed.config.read_bytes()
    operator.succeeds("switch_redis")
    assert operator.bed.cache_type() == "redis"
    operator.changes_nothing("switch_redis")
    operator.succeeds("rollback_local")
    assert operator.bed.config.read_bytes() == before


@pytest.mark.shape("the proxy reads another file (`CONFIG_FILE_PATH`)")
@pytest.mark.rest
def test_another_file_that_the_proxy_reads_is_named(operator: Operator) -> None:
    service = "    environment: {CONFIG_FILE_PATH: /app/other.yaml}\n"
    files = {"other.yaml": "general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}\nmodel_list: []\n"}
    Deployed(MODELS + LOCAL + GENERAL, service, files=files).bring(operator.bed)
    named = f"the proxy reads /app/other.yaml, which is {operator.bed.config.parent / 'other.yaml'} on this host"
    for playbook in ("switch_redis", "rollback_local"):
        operator.is_refused(playbook, named)


# -- hooks -----------------------------------------------------------------------------------------------

#: As a company may want it: each request names who pays for it.
REFUSING_HOOK = """
from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger


class Hook(CustomLogger):
    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        if "project" not in (data.get("metadata") or {}):
            raise HTTPException(status_code=400, detail={"error": "no project named"})
        return data


refusing = Hook()
"""


@pytest.mark.shape("a hook that refuses requests which name no project")
@pytest.mark.rest
def test_what_a_hook_refuses_is_told_as_sent_and_refused(operator: Operator) -> None:
    config = MODELS + LOCAL.replace("  cache: true\n", "  cache: true\n  callbacks: hook.refusing\n") + GENERAL
    Deployed(config, files={"hook.py": REFUSING_HOOK}).bring(operator.bed)
    switch = operator.succeeds("switch_redis")
    refused = (
        "did not give the planted answer (the request to the model test-chat ends with status 400, from the proxy or"
    )
    assert refused in operator.told(switch) and "no request was sent" not in operator.told(switch)
    assert [entry["kind"] for entry in switch.of("Confirm the mode by requests")["evidence"]] == ["pinged"]
    operator.succeeds("flush_cache")
    operator.succeeds("rollback_local")
    assert operator.bed.cache_type() == "local"
