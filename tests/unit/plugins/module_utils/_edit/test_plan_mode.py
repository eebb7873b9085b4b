# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switch in both directions on handwritten files."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    ALTERNATIVES,
    LIVE_REDIS,
    LOCAL,
    NO_CACHE,
    ONLY_COMMENTS,
    REDIS,
    RUNBOOK,
    codes,
    load,
    revert,
    stored,
    switch,
    variants,
    wishes,
)

TEXTS = {"runbook": RUNBOOK, "only comments": ONLY_COMMENTS, "no cache": NO_CACHE, "alternatives": ALTERNATIVES}
TIMEOUTS = {"socket_connect_timeout": 10, "socket_timeout": 30, "retry_on_timeout": True, "health_check_interval": 30}
CALL_TYPES = ["acompletion", "atext_completion", "aembedding", "atranscription"]


def cache_params(text: str) -> dict:
    return load(text)["litellm_settings"]["cache_params"]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("variant", ["original", "crlf", "open end", "byte order mark"])
def test_redis_and_back_gives_the_original_bytes(name: str, variant: str) -> None:
    text = variants(TEXTS[name])[variant]
    there = switch(text)
    assert there.mode_after == "redis"
    assert revert(there).candidate == text
    back = switch(there.candidate, LOCAL, stored(there.journal))
    assert back.mode_after == "local"
    if there.mode_before == "local":
        assert back.candidate == text
        assert back.journal is None


def test_runbook_state_becomes_redis_with_the_smallest_change() -> None:
    assert switch(RUNBOOK).candidate == RUNBOOK.replace(
        '  # redis_host: "redis"\n  # redis_port: 6379\n',
        '  redis_host: "redis"\n  redis_port: 6379\n',
        1,
    ).replace(
        "  # redis_db: 1 # та же база\n",
        "  redis_password: os.environ/REDIS_PASSWORD\n"
        "  redis_db: 1 # та же база\n"
        "  cache_kwargs:\n    db: 1\n    socket_connect_timeout: 10\n    socket_timeout: 30\n"
        "    retry_on_timeout: true\n    health_check_interval: 30\n",
    ).replace(
        "    type: 'local' # в процессе\n",
        "    type: 'redis' # в процессе\n    host: redis\n    port: 6379\n    password: os.environ/REDIS_PASSWORD\n    db: 1\n",
    ).replace(
        "  #   socket_connect_timeout: 10 # подключение\n  #   socket_timeout: 10 # операции\n",
        "    socket_connect_timeout: 10 # подключение\n    socket_timeout: 30 # операции\n"
        "    retry_on_timeout: true\n    health_check_interval: 30\n",
    )


def test_model_after_the_switch_of_a_file_without_cache() -> None:
    assert load(switch(NO_CACHE).candidate) == dict(
        load(NO_CACHE),
        litellm_settings={
            "cache": True,
            "cache_params": dict(
                TIMEOUTS,
                type="redis",
                host="redis",
                port=6379,
                password="os.environ/REDIS_PASSWORD",
                db=1,
                ttl=1800,
                supported_call_types=CALL_TYPES,
            ),
        },
        router_settings={
            "redis_host": "redis",
            "redis_port": 6379,
            "redis_password": "os.environ/REDIS_PASSWORD",
            "redis_db": 1,
            "cache_kwargs": dict(TIMEOUTS, db=1),
        },
    )


def test_literal_password_has_a_pragma_and_survives_any_character() -> None:
    password = "p: #'\"\\ wört 🔑 {x}"
    text = switch(NO_CACHE, wishes(redis_password=password)).candidate
    assert cache_params(text)["password"] == password
    assert load(text)["router_settings"]["redis_password"] == password
    assert text.count("  # pragma: allowlist secret\n") == 2


def test_commented_password_equal_to_the_wanted_one_is_uncommented() -> None:
    text = switch(ONLY_COMMENTS, wishes(redis_password="OldPassw0rd")).candidate
    assert '\n  redis_password: "OldPassw0rd" # pragma: allowlist secret\n' in text


def test_without_a_password_a_commented_one_stays_commented_and_a_live_one_stays() -> None:
    none = wishes(redis_password="")
    assert '\n  # redis_password: "OldPassw0rd"' in switch(ONLY_COMMENTS, none).candidate
    live = switch(LIVE_REDIS, none)
    assert live.candidate.count('password: "OldPassw0rd"\n') == 2


def test_journal_holds_no_secret() -> None:
    there = switch(RUNBOOK, wishes(redis_password="NewPassw0rd"))
    again = switch(there.candidate, wishes(redis_password="Other1Passw0rd"), stored(there.journal))
    assert again.candidate.count("Other1Passw0rd") == 2
    assert "assw0rd" not in str(there.journal.to_dict()) + str(again.journal.to_dict())
    assert switch(again.candidate, LOCAL, stored(again.journal)).candidate == RUNBOOK


@pytest.mark.parametrize("name", TEXTS)
def test_changes_within_redis_merge_in_the_journal(name: str) -> None:
    text = TEXTS[name]
    steps = [
        wishes(redis_password="First1Passw0rd"),
        wishes(redis_password="Second1Passw0rd", socket_timeout=45, redis_db=4),
        wishes(redis_url_env="REDIS_URL"),
        wishes(router="none", ttl=60),
        wishes(router="runbook", redis_host="other", redis_form="host"),
        REDIS,
    ]
    plan = switch(text, steps[0])
    for step in steps[1:]:
        plan = switch(plan.candidate, step, stored(plan.journal))
        assert revert(plan).candidate == text
        assert revert(plan).exact
    back = switch(plan.candidate, LOCAL, stored(plan.journal))
    assert back.mode_after == "local"
    if plan.journal.from_mode == "local":
        assert back.candidate == text


def test_live_redis_to_local_comments_in_place_and_back_again() -> None:
    there = switch(LIVE_REDIS, LOCAL)
    assert cache_params(there.candidate) == {
        "type": "local",
        "ttl": 600,
        "supported_call_types": CALL_TYPES,
        "namespace": "litellm",
    }
    assert load(there.candidate)["router_settings"] is None
    assert '    # password: "OldPassw0rd"\n' in there.candidate
    assert revert(there).candidate == LIVE_REDIS
    lost_journal = switch(there.candidate, wishes(redis_password="OldPassw0rd"))
    assert cache_params(lost_journal.candidate)["password"] == "OldPassw0rd"
    assert lost_journal.candidate.count("OldPassw0rd") == 2


def test_redis_to_redis_without_journal_writes_in_place() -> None:
    plan = switch(LIVE_REDIS)
    assert plan.journal is None
    assert plan.candidate.count('password: "os.environ/REDIS_PASSWORD"\n') == 2
    assert '    port: "6379"\n' in plan.candidate
    assert "    # connection_pool_timeout: 5\n" in plan.candidate
    assert "connection_pool_timeout_commented_out" in codes(plan)
    assert load(plan.candidate)["router_settings"]["cache_kwargs"] == dict(TIMEOUTS, db=1, namespace="router")


def test_alternative_block_in_comments_is_never_touched() -> None:
    text = switch(ALTERNATIVES).candidate
    assert ALTERNATIVES.split("  cache_params:\n    type", maxsplit=1)[0] in text
    assert cache_params(text)["host"] == "redis"


def test_commented_password_beside_a_live_host_stays_a_comment() -> None:
    text = (
        'router_settings:\n  redis_host: redis\n  redis_port: 6379\n  # redis_password: "server has none"\n' + NO_CACHE
    )
    assert '  # redis_password: "server has none"\n' in switch(text, wishes(redis_password="")).candidate


def test_commented_twins_with_other_values_are_left_alone_and_reported() -> None:
    text = ONLY_COMMENTS.replace("  # redis_port: 6379\n", "  # redis_port: 6380\n  # redis_port: 6381\n")
    plan = switch(text)
    assert "  # redis_port: 6380\n  # redis_port: 6381\n  redis_port: 6379\n" in plan.candidate
    assert "ambiguous_comments" in codes(plan)
    assert revert(plan).candidate == text


def test_prose_in_comments_is_no_key() -> None:
    text = ONLY_COMMENTS.replace(
        '  # redis_host: "redis"\n', "  # redis_host: see docs: networking\n  # redis_host: the name of it\n"
    )
    plan = switch(text)
    assert "  # redis_host: see docs: networking\n  # redis_host: the name of it\n" in plan.candidate
    assert revert(plan).candidate == text


class TestForms:
    URL = ALTERNATIVES.replace("    type: local\n", "    type: redis\n    url: os.environ/REDIS_URL\n")

    def test_file_in_url_form_stays_in_it(self) -> None:
        plan = switch(self.URL)
        assert cache_params(plan.candidate) == dict(
            TIMEOUTS, type="redis", url="os.environ/REDIS_URL", ttl=600, supported_call_types=CALL_TYPES
        )
        assert load(plan.candidate)["router_settings"] == {"redis_url": "os.environ/REDIS_URL"}
        assert "url_form_timeouts" in codes(plan)

    def test_url_to_host_replaces_the_keys(self) -> None:
        params = cache_params(switch(self.URL, wishes(redis_form="host")).candidate)
        assert "url" not in params
        assert (params["host"], params["port"], params["db"]) == ("redis", 6379, 1)

    def test_host_to_url_replaces_the_keys(self) -> None:
        plan = switch(LIVE_REDIS, wishes(redis_url_env="REDIS_URL"))
        assert not {"host", "port", "password", "db"} & set(cache_params(plan.candidate))
        assert load(plan.candidate)["router_settings"] == {"redis_url": "os.environ/REDIS_URL"}

    def test_url_form_without_a_url_is_refused(self) -> None:
        with pytest.raises(OptionError, match="redis_url_env"):
            switch(ALTERNATIVES, wishes(redis_form="url"))

    def test_literal_url_is_not_copied_to_the_router(self) -> None:
        text = self.URL.replace("os.environ/REDIS_URL", "redis://:Passw0rd@redis/1")
        plan = switch(text)
        assert plan.candidate.count("Passw0rd") == 1
        assert "router_shares_connection" in codes(plan)

    def test_commented_url_comes_back_without_a_journal(self) -> None:
        local = switch(self.URL, LOCAL).candidate
        assert cache_params(switch(local).candidate)["url"] == "os.environ/REDIS_URL"

    def test_environment_form_is_completed(self) -> None:
        plan = switch("litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n")
        assert cache_params(plan.candidate)["host"] == "redis"
        assert "environment_form_completed" in codes(plan)

    def test_cluster_keeps_its_nodes_and_gets_no_database(self) -> None:
        text = (
            "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n"
            "    redis_startup_nodes: [{host: a, port: 7001}]\n"
        )
        params = cache_params(switch(text).candidate)
        assert "redis_startup_nodes" in params
        assert not {"host", "port", "db"} & set(params)


class TestRouter:
    def test_runbook_writes_the_four_keys_alone(self) -> None:
        plan = switch(NO_CACHE, wishes(router="runbook"))
        assert sorted(load(plan.candidate)["router_settings"]) == [
            "redis_db",
            "redis_host",
            "redis_password",
            "redis_port",
        ]
        assert "router_differs" in codes(plan)

    def test_none_comments_all_of_it_out(self) -> None:
        plan = switch(LIVE_REDIS, wishes(router="none"))
        assert load(plan.candidate)["router_settings"] is None

    def test_null_cache_kwargs_are_filled(self) -> None:
        text = LIVE_REDIS.replace("  cache_kwargs:\n    db: 1\n    namespace: router\n", "  cache_kwargs:\n")
        assert load(switch(text).candidate)["router_settings"]["cache_kwargs"] == dict(TIMEOUTS, db=1)

    def test_flow_cache_kwargs_are_written_anew_behind_the_comment(self) -> None:
        text = LIVE_REDIS.replace("  cache_kwargs:\n    db: 1\n    namespace: router\n", "  cache_kwargs: {db: 5}\n")
        plan = switch(text)
        assert "  # cache_kwargs: {db: 5}\n  cache_kwargs:\n    db: 1\n" in plan.candidate


class TestShapes:
    @pytest.mark.parametrize("token", ["", " null", " ~", " {}", " {}  # nothing", "  # nothing"])
    @pytest.mark.parametrize("section", ["litellm_settings", "router_settings"])
    def test_empty_sections_are_filled_and_come_back(self, section: str, token: str) -> None:
        text = "%s:%s\nmodel_list: []\n" % (section, token)
        there = switch(text)
        assert load(there.candidate)["router_settings"]["redis_host"] == "redis"
        assert revert(there).candidate == text

    @pytest.mark.parametrize("token", ["", " null", " {}"])
    def test_empty_cache_params_are_filled_and_come_back(self, token: str) -> None:
        text = "litellm_settings:\n  cache: true\n  cache_params:%s\n  json_logs: true\n" % token
        there = switch(text, LOCAL)
        assert cache_params(there.candidate)["type"] == "local"
        assert revert(there).candidate == text

    @pytest.mark.parametrize("cache", ["false", "False", '"true"', "os.environ/CACHE", "null", ""])
    def test_cache_becomes_a_real_true(self, cache: str) -> None:
        text = "litellm_settings:\n  cache: %s\n  set_verbose: true\n" % cache
        there = switch(text)
        assert load(there.candidate)["litellm_settings"]["cache"] is True
        assert revert(there).candidate == text

    def test_case_of_a_boolean_is_kept(self) -> None:
        assert "  cache: True  # off\n" in switch("litellm_settings:\n  cache: False  # off\n").candidate

    def test_cache_without_cache_params_behind_it_is_put_at_the_end_of_the_section(self) -> None:
        text = "litellm_settings:\n  cache_params:\n    type: local\n"
        there = switch(text)
        assert load(there.candidate)["litellm_settings"]["cache"] is True
        assert revert(there).candidate == text

    @pytest.mark.parametrize(
        "text",
        [
            "a: 1\n...\n",
            "---\na: 1\n",
            "%YAML 1.1\n---\na: 1\n",
            "a: |\n  x\n\n\n",
            "a: |+\n  x\n\n\n",
            "z: 1\n# about a\na:\n  - b: >-\n      x\n",
            "litellm_settings:\n  success: |+\n    x\n\n\nb: 1\n",
            "litellm_settings:\n    drop_params: true\nb:\n    c: 1\n",
            "\u0085a: 1\n".lstrip("\u0085") + 'b: "x\u0085\u2028y"\nlitellm_settings:\n  cache: false\n',
            "a: 🔑\nlitellm_settings: # 🔑\n  cache: false # 🔑\n",
            "x: &x [1]\ny: *x\nlitellm_settings:\n  list: [a]\n  other: *x\n",
            "litellm_settings:\n  models: &m\n  - a\n  again:\n  - *m\n",
            "base: &base\n  type: redis\nlitellm_settings:\n  cache: true\n  cache_params:\n    <<: *base\n    ttl: 5\n",
            "? litellm_params\n: 1\n",
            "  a: 1\n  b: 2\n",
            "a: 1\r\nlitellm_settings:\n  cache: false\r\nb: 1\n",
        ],
    )
    @pytest.mark.parametrize("variant", ["original", "crlf", "open end", "byte order mark"])
    def test_rarities_are_edited_and_come_back(self, text: str, variant: str) -> None:
        text = variants(text)[variant]
        for to in (REDIS, LOCAL):
            there = switch(text, to)
            assert there.mode_after == to.mode
            if there.journal:
                assert revert(there).candidate == text

    def test_list_style_of_the_file_is_used(self) -> None:
        text = "x:\n  words:\n    - a\n    - b\n" + NO_CACHE
        assert "    supported_call_types:\n      - acompletion\n" in switch(text).candidate

    def test_new_lines_take_the_line_end_of_their_neighbour(self) -> None:
        assert "  cache: true\r\n" in switch("litellm_settings:\r\n  a: 1\r\nb: 1\n").candidate


class TestKeptSettings:
    def test_ttl_and_call_types_of_the_file_stay_unless_wished(self) -> None:
        text = "litellm_settings:\n  cache: true\n  cache_params:\n    type: local\n    ttl: 5\n    supported_call_types: []\n"
        assert cache_params(switch(text).candidate)["ttl"] == 5
        assert cache_params(switch(text).candidate)["supported_call_types"] == []
        wished = cache_params(switch(text, wishes(ttl=7, supported_call_types=["acompletion"])).candidate)
        assert (wished["ttl"], wished["supported_call_types"]) == (7, ["acompletion"])

    def test_other_type_of_cache_is_replaced_and_reported(self) -> None:
        text = "litellm_settings:\n  cache: true\n  cache_params:\n    type: s3\n    s3_bucket_name: b\n"
        plan = switch(text)
        assert plan.mode_before == "other"
        assert cache_params(plan.candidate)["s3_bucket_name"] == "b"
        assert "cache_type_replaced" in codes(plan)
        assert revert(plan).candidate == text

    def test_dollar_values_and_includes_are_reported(self) -> None:
        text = LIVE_REDIS.replace('"OldPassw0rd"', '"${REDIS_PASSWORD}"') + "include: [other.yaml]\n"
        assert {"dollar_value", "include_not_followed"} <= codes(switch(text, wishes(redis_password="")))
